//! What torture once found, as the scripts that it shrank: each holds now, and stays so.

use kvorum::script::{RunOptions, run};

fn holds(name: &str, script: &str) {
    let report = run(name, script, &RunOptions::default()).expect("a script that parses");
    let failed: Vec<_> = report.steps.iter().filter(|step| !step.ok).collect();
    assert!(report.passed(), "{name}: {failed:#?}");
}

/// A full disk failed the sync of the first attempt. The retry found the change in the store's memory, and vouched
/// for a copy that no disk had: it was gone with the next restart.
#[test]
fn a_retry_does_not_vouch_for_what_a_full_disk_could_not_sync() {
    holds(
        "retry-on-a-full-disk.kv",
        "cluster nodes=5 replication=3 read=2 write=2 sloppy=off hints=on repair=1s purge=off \
           detector=phi gossip=277ms readrepair=off hedge=off timeout=200ms delay=1ms..3ms seed=554\n\
         kill n2\n\
         disk n1 full\n\
         start r20: put k0 v20 token=20 via n5\n\
         put k0 v20 token=20 via n5 -> error io\n\
         disk n4 lie\n\
         heal\n\
         disk n1 fine\n\
         disk n4 fine\n\
         kill n1\n\
         wipe n4\n\
         restart n1\n\
         restart n2\n\
         restart n4\n\
         settle\n\
         expect converged within=180s\n\
         expect no-lost-writes\n",
    );
}

/// A delete took the first attempt of a write along; the retry, asked for after it, was told that the write had been
/// applied, and the checker missed it.
#[test]
fn a_retry_may_find_its_write_applied_and_deleted() {
    holds(
        "retry-after-a-delete.kv",
        "cluster nodes=5 zones=2 replication=3 read=3 write=2 sloppy=off hints=on repair=off purge=off \
           detector=swim gossip=581ms readrepair=off digests=off hedge=8ms timeout=720ms delay=1ms..6ms loss=4% \
           duplicate=4% reorder=5% seed=13725\n\
         pause n4 633ms\n\
         put k4 v1 token=1 via n4\n\
         start r2: get k3 via n5\n\
         put k0 v3 via n1 as $k0\n\
         pause n2 942ms\n\
         run 93ms\n\
         start r6: delete k4 via n3\n\
         get k2 via n4 as $k2\n\
         get k2 via n1\n\
         put k4 v1 token=1 via n3\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         settle\n\
         expect converged within=180s\n\
         expect no-lost-writes\n",
    );
}

/// The key was deleted by somebody who was not told so, purged, and written anew: a reader of the new value has not
/// seen the old one, and need not.
#[test]
fn a_key_purged_and_written_anew_need_not_show_what_an_unanswered_delete_removed() {
    holds(
        "unanswered-delete.kv",
        "cluster nodes=5 replication=3 read=local_quorum write=each_quorum sloppy=off hints=on repair=200ms \
           purge=safe purgeevery=865ms grace=673ms detector=off gossip=211ms health=off readrepair=off hedge=8ms \
           timeout=298ms delay=1ms..6ms loss=8% duplicate=2% reorder=15% seed=21639\n\
         table count conflict=counter\n\
         table tags conflict=orset\n\
         start r1: put k4 v1 via n5 session=s1\n\
         remove t x2 table=tags via n4\n\
         start r3: get k0 via n3\n\
         start r4: delete k4 via n5\n\
         get k4 via n5 as $k4 session=s0\n\
         start r6: put k1 v6 via n3\n\
         start r11: incr c0 8 table=count via n5\n\
         start r13: put k1 v13 via n2 session=s1\n\
         get k0 via n3 session=s0\n\
         run 3s\n\
         put k4 v15 via n3 as $k4\n\
         start r19: get k4 via n1\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         settle\n\
         expect converged within=180s\n\
         expect causal\n",
    );
}

/// A session's next write names the deletes that the session saw, though they are purged: that is no trace of them.
#[test]
fn a_write_in_the_context_of_a_purged_delete_is_not_behind() {
    holds(
        "context-of-a-purged-delete.kv",
        "cluster nodes=5 replication=3 read=2 write=2 sloppy=off hints=off repair=1s purge=safe purgeevery=404ms \
           grace=636ms detector=phi gossip=981ms readrepair=async hedge=off timeout=412ms delay=1ms..15ms seed=491\n\
         delete k3 via n3 session=s0\n\
         delete k3 via n5 session=s1\n\
         run 3s\n\
         kill n1\n\
         get k3 via n4 as $k3 session=s0\n\
         kill n4\n\
         put k3 v35 via n3 context=$k3 session=s0\n\
         restart n4\n\
         get k3 via n2\n\
         heal\n\
         restart n1\n\
         settle\n\
         expect converged within=180s\n\
         expect causal\n",
    );
}

/// A change was proposed, and accepted by one owner; its proposer lost the next round, found that the condition no
/// longer held, and said so. A reader found the proposal and finished it: refused, and it took effect. Now the
/// proposer has the state that refused it accepted, which voids the proposal, before it tells its client.
#[test]
fn a_change_that_was_refused_after_a_first_proposal_does_not_take_effect() {
    holds(
        "refused-and-finished.kv",
        "cluster nodes=5 zones=2 replication=3 read=1 write=1 conflict=siblings sloppy=off \
           hints=on repair=off purge=off purgeevery=2724ms grace=1438ms detector=phi gossip=551ms health=on \
           readrepair=off digests=on hedge=off timeout=791ms delay=1ms..10ms loss=7% duplicate=4% reorder=7% seed=5716\n\
         table reg conflict=cas\n\
         start r1: put k3 v1 via n5 as $k3\n\
         scan prefix=k via n3\n\
         start r4: put k2 v4 via n3\n\
         start c1: put w0 v0 if=value:v2 table=reg via n1\n\
         start c2: get w0 table=reg via n2\n\
         start c3: put w1 v2 if=any table=reg via n3\n\
         run 29ms\n\
         put w1 v2 if=value:v2 table=reg via n5\n\
         start c5: put w1 v1 if=exists table=reg via n5\n\
         cas w1 v2 v1 table=reg via n4\n\
         start c7: put w1 v0 if=value:v3 table=reg via n1\n\
         start c8: put w0 v3 if=any table=reg via n1\n\
         start c10: put w1 v1 if=any table=reg via n4\n\
         start c12: put w0 v2 if=version:1 table=reg via n4\n\
         start c13: put w1 v2 if=exists table=reg via n4\n\
         start c14: put w1 v1 if=value:v3 table=reg via n5\n\
         start c15: get w0 table=reg via n5\n\
         start c16: put w0 v3 if=absent table=reg via n2\n\
         start c17: get w0 table=reg via n2\n\
         put w1 v1 if=value:v0 table=reg via n2\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         settle\n\
         expect converged within=180s\n\
         expect linearizable table=reg\n",
    );
}

/// A node that left kept a hint, and was no longer asked whether it did when tombstones were purged: it handed the hint
/// over after that, and the deleted value was back. Now a node that has left is asked until it keeps nothing.
#[test]
fn a_node_that_has_left_keeps_no_hint_past_a_purge() {
    holds(
        "left-with-a-hint.kv",
        "cluster nodes=5 zones=1 replication=3 read=3 write=2 conflict=lww sloppy=on hints=on repair=500ms purge=safe \
           purgeevery=571ms grace=160ms detector=swim gossip=702ms health=off readrepair=off digests=off hedge=off \
           timeout=388ms delay=1ms..14ms loss=0% duplicate=0% reorder=0% seed=18910\n\
         partition n1 n3 n4 | n2 n5\n\
         start r29: put k0 v29 via n4\n\
         get k1 via n3 as $k1\n\
         heal\n\
         start m2: leave n4 timeout=1159ms via n1\n\
         delete k0 via n2\n\
         settle\n\
         expect moved within=180s\n\
         expect converged within=180s\n\
         expect no-lost-writes\n",
    );
}

/// A node was accused of being dead by one that was let in and given up again; the accused did not know the accuser, and
/// never took a higher incarnation. Now whoever passes the accusation on accuses it himself.
#[test]
fn an_accusation_by_a_node_that_has_left_is_refuted() {
    holds(
        "accused-by-a-stranger.kv",
        "cluster nodes=5 zones=2 replication=3 read=local_quorum write=each_quorum conflict=lww sloppy=off hints=on \
           repair=500ms purge=off detector=swim gossip=477ms health=off readrepair=blocking digests=off hedge=8ms \
           timeout=752ms delay=1ms..8ms loss=2% duplicate=9% reorder=16% seed=14013\n\
         start m1: join n6 weight=2 timeout=1096ms via n1\n\
         kill n5\n\
         put k4 v9 via n2\n\
         join n7 weight=2 timeout=2806ms via n2\n\
         cancel timeout=1661ms via n1\n\
         partition n3 n6 n7 | n1 n2 n4 n5\n\
         run 3s\n\
         put k3 v20 via n6\n\
         put k4 v40 via n1\n\
         run 10s\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         restart n5\n\
         settle\n\
         expect moved within=180s\n\
         expect converged within=180s\n",
    );
}

/// A put reached an owner to come while that was still removing what it no longer owned. It refused the put and said
/// nothing, and its coordinator, which waited for all, waited until the deadline. Now the put waits for the removal.
#[test]
fn a_put_waits_for_what_a_gaining_owner_removes() {
    holds(
        "refused-while-removing.kv",
        "cluster nodes=5 zones=2 replication=3 read=1 write=3 conflict=siblings sloppy=off hints=on \
           repair=200ms purge=safe purgeevery=2463ms grace=1835ms detector=phi gossip=858ms health=off \
           readrepair=blocking digests=off hedge=8ms timeout=600000ms delay=1ms..21ms loss=0% \
           duplicate=0% reorder=2% seed=31895\n\
         start r3: get k0 via n2\n\
         run 61ms\n\
         get k4 via n3 client=3\n\
         link n3 n2 delay=tail:1ms..200ms loss=0% duplicate=6%\n\
         link n4 n5 delay=53ms loss=0% duplicate=10%\n\
         start r5: get k1 via n4\n\
         run 21ms\n\
         run 131ms\n\
         link n5 n2 delay=51ms loss=0% duplicate=18%\n\
         get k0 via n2 client=3\n\
         put k2 v10 via n4 as $k2\n\
         put k0 v11 via n4 as $k0\n\
         put k0 v12 via n5 as $k0 context=$k0\n\
         run 44ms\n\
         run 178ms\n\
         start m1: leave n3 timeout=2288ms via n5\n\
         start m2: join n6 weight=1 timeout=1319ms via n4\n\
         put k0 v16 via n2 as $k0 context=$k0\n\
         join n3 weight=1 timeout=651ms via n4\n\
         put k1 v17 via n2 as $k1\n\
         put k2 v18 via n1 as $k2 context=$k2\n\
         put k1 v21 via n5 as $k1 context=$k1\n\
         put k1 v24 via n4 as $k1 context=$k1\n\
         start r26: get k1 via n1\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         link n1 n2\n\
         link n1 n3\n\
         link n1 n4\n\
         link n1 n5\n\
         link n1 n6\n\
         link n2 n3\n\
         link n2 n4\n\
         link n2 n5\n\
         link n2 n6\n\
         link n3 n4\n\
         link n3 n5\n\
         link n3 n6\n\
         link n4 n5\n\
         link n4 n6\n\
         link n5 n6\n\
         settle\n\
         expect moved within=180s\n\
         expect topology\n\
         expect converged within=180s\n\
         expect no-lost-writes\n\
         expect causal\n\
         expect no-resurrection\n\
         expect sessions\n\
         expect applied-once\n\
         expect bounded\n\
         expect linearizable\n",
    );
}

/// A write was handed to an owner that had entered the next epoch meanwhile, which refused it as any message of an earlier
/// one; nobody was told, and its client waited for the deadline. Now an owner coordinates by its own epoch what it is
/// handed, or says that it owns the key no longer, and another is asked.
#[test]
fn a_write_that_is_handed_over_between_two_epochs_is_carried_out() {
    holds(
        "handed-over-between-epochs.kv",
        "cluster nodes=5 zones=2 replication=3 read=2 write=2 conflict=siblings sloppy=off hints=on \
           repair=500ms purge=safe purgeevery=986ms grace=690ms detector=swim gossip=739ms health=off \
           readrepair=blocking digests=off hedge=p99 timeout=600000ms delay=1ms..15ms loss=0% \
           duplicate=3% reorder=4% seed=36302\n\
         get k1 via n3 client=4\n\
         get k4 via n2 client=3\n\
         put k2 v3 via n4 as $k2\n\
         start r4: get k1 via n5\n\
         put k2 v5 via n1 as $k2 context=$k2\n\
         run 238ms\n\
         get k4 via n5 client=2\n\
         start m1: leave n1 timeout=875ms via n5\n\
         put k2 v8 via n2 as $k2 context=$k2\n\
         start m3: join n1 weight=2 timeout=1955ms via n2\n\
         join n6 weight=2 timeout=754ms via n4\n\
         run 114ms\n\
         put k4 v15 via n2 as $k4\n\
         put k4 v29 via n2 as $k4 context=$k4\n\
         get k4 via n2 client=4\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         settle\n\
         expect moved within=180s\n\
         expect converged within=180s\n\
         expect linearizable\n",
    );
}

/// A change and the one before it, which its condition wants, were proposed together, and one owner accepted them. The
/// retry found that owner away and the condition not to hold, and its client was told of a conflict; then whoever heard
/// that owner finished the proposal, and the change took effect.
#[test]
fn a_retry_that_is_told_a_conflict_does_not_take_effect_later() {
    holds(
        "conflict-of-a-retry.kv",
        "cluster nodes=3 zones=1 replication=3 conflict=cas delay=2ms..2ms loss=0% detector=off seed=1\n\
         put k zero if=any via n1\n\
         start p: put k one if=any via n1\n\
         run 3ms\n\
         oneway n1 n2\n\
         oneway n1 n3\n\
         start a: put k two if=any timeout=100ms via n1\n\
         start b: put k three if=value:two token=7 timeout=100ms via n1\n\
         wait p -> ok\n\
         wait a -> error ambiguous\n\
         wait b -> error ambiguous\n\
         isolate n1\n\
         put k three if=value:two token=7 via n2 -> error conflict\n\
         heal\n\
         isolate n2\n\
         get k via n3 -> one\n\
         expect linearizable -> ok\n",
    );
}

/// A round that found nothing to change told the other zones that its ballot was chosen. Its next round's change had the
/// same ballot and came first: an owner took it for chosen, and showed it to a reader at LOCAL_SERIAL. It was lost.
#[test]
fn a_ballot_of_a_round_without_a_change_is_not_told_as_chosen() {
    holds(
        "chosen-before-accepted.kv",
        "cluster nodes=3 zones=3 replication=3 conflict=cas delay=1ms..1ms loss=0% detector=off seed=1\n\
         put k a if=any via n1\n\
         run 1s\n\
         link n2 n3 delay=20ms\n\
         cas k x y via n2 -> error conflict\n\
         link n2 n3 delay=1ms\n\
         disk n2 slow=200ms\n\
         oneway n2 n1\n\
         start b: put k b if=any timeout=200ms via n2\n\
         run 30ms\n\
         get k read=local_serial via n3\n\
         kill n2\n\
         disk n2 fine\n\
         heal\n\
         restart n2\n\
         isolate n3\n\
         get k via n1\n\
         expect linearizable -> ok\n",
    );
}

/// A write that was told nothing expired and was purged. A session had seen that it expired; later it read a new value
/// from owners that held the old one no more, and the checker missed the old one in it.
#[test]
fn a_session_may_read_a_new_value_without_the_expired_one_before_it() {
    holds(
        "expired-and-purged.kv",
        "cluster nodes=5 zones=2 replication=3 read=local_quorum write=each_quorum conflict=lww \
           sloppy=off hints=off repair=1s purge=safe purgeevery=1904ms grace=1423ms detector=phi \
           gossip=852ms health=off readrepair=off digests=on hedge=8ms timeout=628ms delay=1ms..19ms \
           loss=0% duplicate=0% reorder=0% seed=49806\n\
         pause n1 1764ms\n\
         start r19: put k1 v19 via n3 ttl=907ms session=s0\n\
         get k1 via n1 session=s0\n\
         run 3s\n\
         start r25: put k1 v25 via n3\n\
         get k1 via n5 as $k1 session=s0\n\
         heal\n\
         network loss=0% duplicate=0% reorder=0%\n\
         settle\n\
         expect converged within=180s\n\
         expect no-lost-writes\n\
         expect causal\n\
         expect no-resurrection\n\
         expect sessions\n",
    );
}

//! Values that end by themselves.

use super::*;
use crate::base::mutant::Mutant;
use crate::crdt::{Change, Kind};
use crate::node::full_key;
use crate::sim::ClockFault;

const TTL: Duration = Duration::from_secs(10);

fn lives(ttl: Duration, node: NodeId) -> PutOptions {
    PutOptions {
        ttl: Some(ttl),
        write: Some(Level::All),
        ..via(node)
    }
}

/// Clocks that are right, ahead, behind, and drifting.
fn with_other_clocks(mutant: Option<Mutant>) -> Cluster {
    let mut cluster = cluster(|config| config.mutant = mutant);
    let (owners, others) = owners_and_others(&cluster);
    let behind = ClockFault::Behind(Duration::from_secs(3));
    cluster
        .clock(owners[1], ClockFault::Ahead(Duration::from_secs(2)))
        .unwrap();
    cluster.clock(owners[2], behind).unwrap();
    cluster
        .clock(others[0], ClockFault::Drift { ppm: 100_000 })
        .unwrap();
    cluster
        .clock(others[1], ClockFault::Ahead(Duration::from_secs(5)))
        .unwrap();
    cluster
}

#[test]
fn a_deadline_is_fixed_once_and_every_replica_hides_the_value_when_its_clock_shows_it() {
    let mut cluster = with_other_clocks(None);
    let owners = cluster.owners(b"cart");
    let start = cluster.world().wall(owners[0]).unwrap();
    cluster
        .put(b"cart", b"milk", &lives(TTL, owners[0]))
        .unwrap();
    let full = full_key(0, b"cart");
    let deadline = |node: NodeId| {
        let cell = cluster.world().cell(node, &full).unwrap();
        cell.live().versions().next().unwrap().deadline.unwrap()
    };
    let fixed = deadline(owners[0]);
    let late = u64::try_from(TTL.as_millis()).unwrap();
    assert_eq!(fixed.0, start.0 + late, "by the coordinator's clock");
    assert_eq!([deadline(owners[1]), deadline(owners[2])], [fixed, fixed]);
    // All the way, and beyond: what a node shows, as replica and as coordinator, is a matter of its own clock.
    let (mut shown, mut hidden) = (0, 0);
    for _ in 0..36 {
        cluster.run_for(Duration::from_millis(500)).unwrap();
        for node in cluster.nodes() {
            let get = GetOptions {
                via: Some(node),
                ..GetOptions::default()
            };
            let ticket = cluster.start_get(b"cart", &get).unwrap();
            let before = cluster.world().wall(node).unwrap() < fixed;
            let found = cluster.wait(ticket).unwrap().values;
            // The answer comes some milliseconds later, and the deadline may lie between.
            let after = cluster.world().wall(node).unwrap() < fixed;
            if before == after {
                assert_eq!(found == values(&["milk"]), before, "{node}: {found:?}");
                assert_eq!(found.is_empty(), !before);
                (shown, hidden) = (shown + usize::from(before), hidden + usize::from(!before));
            }
            let held = cluster.peek(node, b"cart").unwrap();
            assert_eq!(!held.is_empty(), after && owners.contains(&node), "{node}");
        }
    }
    assert!(shown > 50 && hidden > 50, "{shown} {hidden}");
    assert_eq!(cluster.check_converged(), Ok(()));
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
    assert_eq!(cluster.check_no_resurrection(), Ok(()));
}

#[test]
fn replicas_that_each_fix_a_deadline_never_agree() {
    let mut cluster = with_other_clocks(Some(Mutant::LocalDeadline));
    let owners = cluster.owners(b"cart");
    cluster
        .put(b"cart", b"milk", &lives(TTL, owners[0]))
        .unwrap();
    cluster.run_for(Duration::from_secs(2)).unwrap();
    assert!(cluster.check_converged().is_err(), "the check sees the bug");
}

#[test]
fn a_write_s_own_time_goes_before_the_table_s_and_the_table_s_before_the_cluster_s() {
    let second = Duration::from_secs(1);
    let mut cluster = cluster(|config| config.ttl = Some(10 * second));
    cluster
        .add_table("short", Conflict::Lww, None, Some(2 * second))
        .unwrap();
    cluster
        .add_table("usual", Conflict::Lww, None, None)
        .unwrap();
    cluster.put(b"a", b"v", &PutOptions::default()).unwrap();
    cluster.put(b"a", b"v", &in_table("short")).unwrap();
    cluster.put(b"a", b"v", &in_table("usual")).unwrap();
    let own = PutOptions {
        ttl: Some(5 * second),
        ..in_table("short")
    };
    cluster.put(b"b", b"v", &own).unwrap();
    // Seconds since, and which are still there: a, short/a, usual/a, short/b.
    let expected = [
        (1, [true, true, true, true]),
        (3, [true, false, true, true]),
        (6, [true, false, true, false]),
        (11, [false, false, false, false]),
    ];
    let start = cluster.now();
    for (seconds, there) in expected {
        let until = start.after(seconds * second);
        cluster.run_for(until.since(cluster.now())).unwrap();
        let mut found =
            |key: &[u8], options: &GetOptions| !read(&mut cluster, key, options).is_empty();
        let found = [
            found(b"a", &GetOptions::default()),
            found(b"a", &of_table("short")),
            found(b"a", &of_table("usual")),
            found(b"b", &of_table("short")),
        ];
        assert_eq!(found, there, "after {seconds}s");
    }
}

#[test]
fn a_value_that_is_written_again_lives_anew() {
    let mut cluster = cluster(|_| {});
    let owners = cluster.owners(b"cart");
    let seen = cluster
        .put(b"cart", b"milk", &lives(TTL, owners[0]))
        .unwrap();
    cluster.run_for(TTL / 2).unwrap();
    let again = PutOptions {
        context: Some(seen),
        ..lives(TTL, owners[1])
    };
    cluster.put(b"cart", b"eggs", &again).unwrap();
    cluster.run_for(TTL * 3 / 4).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["eggs"]));
    cluster.run_for(TTL / 2).unwrap();
    assert!(read(&mut cluster, b"cart", &all()).is_empty());
}

#[test]
fn of_two_siblings_the_one_that_lives_longer_stays() {
    let mut cluster = cluster(|_| {});
    let owners = cluster.owners(b"cart");
    cluster
        .put(b"cart", b"milk", &lives(TTL, owners[0]))
        .unwrap();
    cluster
        .put(b"cart", b"eggs", &lives(TTL * 2, owners[1]))
        .unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &all()),
        values(&["eggs", "milk"])
    );
    cluster.run_for(TTL).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["eggs"]));
}

#[test]
fn a_scan_passes_over_what_has_ended() {
    let mut cluster = cluster(|_| {});
    let node = NodeId(1);
    cluster.put(b"a", b"v", &lives(TTL, node)).unwrap();
    cluster.put(b"b", b"v", &via(node)).unwrap();
    let keys = |cluster: &mut Cluster| -> Vec<Bytes> {
        let page = cluster.scan(b"", None, 10, None, &all()).unwrap();
        page.rows.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys(&mut cluster), values(&["a", "b"]));
    cluster.run_for(TTL).unwrap();
    assert_eq!(keys(&mut cluster), values(&["b"]));
}

#[test]
fn a_counter_that_has_ended_counts_anew() {
    let mut cluster = cluster(|config| {
        config.conflict = Conflict::Crdt(Kind::PnCounter);
        config.ttl = Some(TTL);
    });
    let put = PutOptions::default();
    cluster.update(b"cart", &Change::Add(5), &put).unwrap();
    cluster.run_for(TTL / 2).unwrap();
    cluster.update(b"cart", &Change::Add(1), &put).unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &all()),
        values(&["6"]),
        "a change begins its time anew"
    );
    cluster.run_for(TTL * 3 / 4).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["6"]));
    cluster.run_for(TTL).unwrap();
    assert!(read(&mut cluster, b"cart", &all()).is_empty());
    cluster.update(b"cart", &Change::Add(2), &put).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["2"]));
}

#[test]
fn a_time_to_live_that_cannot_be_is_refused() {
    let mut cluster = cluster(|_| {});
    for ttl in [Duration::ZERO, Duration::from_micros(10), Duration::MAX] {
        let refused = cluster
            .put(b"cart", b"milk", &lives(ttl, NodeId(1)))
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.to_string().contains("ttl: it must be from 1 ms"),
            "{refused}"
        );
    }
    assert!(read(&mut cluster, b"cart", &all()).is_empty());
}

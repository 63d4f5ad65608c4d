//! Scripts on registers: conditions, versions, sums, and what is refused.

use super::*;

/// Runs lines on a table of registers; each must go as it says.
fn runs(lines: &str) {
    goes(&format!("cluster conflict=cas seed=7\n{lines}"));
}

fn goes(text: &str) {
    let report = run("cas.kv", text, &RunOptions::default()).unwrap();
    for step in &report.steps {
        assert!(
            step.ok,
            "{}: {} {:?}",
            step.source, step.printed, step.detail
        );
    }
}

/// What the last line's writer is told.
fn refused(text: &str) -> String {
    let step = last(text);
    assert_eq!(step.printed, "error invalid-argument", "{text}");
    step.detail.unwrap()
}

#[test]
fn a_change_of_a_register_says_what_must_hold() {
    runs(
        "put k tea if=exists               -> error conflict
         put k tea if=absent               -> ok
         put k eggs if=absent              -> error conflict
         cas k milk eggs                   -> error conflict
         cas k tea milk                    -> ok
         put k eggs if=version:2,exists    -> ok
         put k eggs if=version:2           -> error conflict
         put k a,b if=version:3,value:eggs -> ok
         put k both if=\"value:a,b\"         -> ok
         put k \"\" if=any                   -> ok
         cas k \"\" last                     -> ok
         get k                             -> last
         delete k if=value:first           -> error conflict
         delete k if=exists                -> ok
         get k                             -> (nothing)
         put k again if=absent             -> ok
         expect version k 9                -> ok
         expect version k 8                -> failed: k is at version 9
         expect not version k 8            -> ok
         expect version never 0            -> ok",
    );
}

#[test]
fn a_variable_keeps_the_version_of_a_register() {
    runs(
        "get k as $none           -> (nothing)
         put k a if=version:$none -> ok
         put k b context=$none    -> error conflict
         get k as $c              -> a
         put k b context=$c as $d -> ok
         put k c context=$c       -> error conflict
         delete k if=version:$c   -> error conflict
         incr n 2 as $n           -> 2
         incr n if=version:$n     -> 3
         incr n if=version:$n     -> error conflict
         delete k context=$d      -> ok",
    );
}

#[test]
fn a_sum_is_told_and_a_retry_of_it_is_not_added_again() {
    runs(
        "incr n                     -> 1
         incr n -3 via n2           -> -2
         incr n 5 token=7           -> 3
         incr n 2                   -> 5
         incr n 5 token=7 via n3    -> 3
         get n                      -> 5
         incr n if=value:4          -> error conflict
         incr n if=exists,version:4 -> 6
         put n word if=any          -> ok
         delete n if=any            -> ok
         incr n                     -> 1",
    );
}

#[test]
fn requests_of_registers_are_started_pinned_to_a_node_and_named_like_others() {
    runs(
        "table seats conflict=cas replication=5
         start ann: put s1 ann if=absent table=seats via n1 client=1 timeout=2s
         start bob: put s1 bob if=absent table=seats via n1 client=2 timeout=2s
         wait ann -> ok
         wait bob -> error conflict
         get s1 table=seats read=serial via n4 -> ann
         get s1 table=seats read=local_serial -> ann
         start sum: incr n table=seats
         wait sum -> 1
         mget s1 s2 n table=seats -> ann; (nothing); 1
         cas s1 ann bob table=seats ttl=10s token=3
         run 11s
         get s1 table=seats -> (nothing)
         expect version s1 0 table=seats via n2 -> ok",
    );
}

#[test]
fn a_paused_holder_has_a_lower_token_than_the_next_and_renews_nothing() {
    runs(
        "table locks conflict=cas
         lease acquire file ann ttl=10s table=locks -> 1
         run 11s
         lease acquire file bob ttl=10s table=locks -> 2
         lease renew file ann ttl=10s table=locks   -> error conflict
         lease release file ann table=locks         -> error conflict
         get file table=locks                       -> bob
         lease release file bob table=locks         -> ok
         lease acquire file ann ttl=10s table=locks -> 4",
    );
}

#[test]
fn a_register_is_shown_with_what_each_owner_promised_and_accepted() {
    let shown = |lines: &str| {
        let text = format!("cluster nodes=3 conflict=cas seed=7\n{lines}\nshow key k");
        last(&text).printed
    };
    let never = shown("get other");
    assert_eq!(never.lines().count(), 3);
    for row in never.lines() {
        assert!(
            row.contains("promised nothing  accepted nothing         version 0    (nothing)"),
            "{row}"
        );
    }
    let changed = shown("put k tea if=absent via n1\nkill n3\ncas k tea milk via n1\nrun 1s");
    let row = |node: &str| {
        let row = changed.lines().find(|row| row.starts_with(node));
        row.unwrap().to_owned()
    };
    assert!(
        row("n1").contains("2.n1     chosen version 2    milk"),
        "{changed}"
    );
    assert!(
        row("n2").contains("2.n1     chosen version 2    milk"),
        "{changed}"
    );
    assert!(
        row("n3").contains("1.n1            version 1    tea"),
        "{changed}"
    );
    let in_table = "cluster\ntable one conflict=lww replication=1\nshow key k table=one";
    assert_eq!(last(in_table).printed.split(' ').count(), 1);
}

#[test]
fn what_goes_past_agreement_is_refused_with_what_to_write() {
    let registers = "cluster conflict=cas\n";
    for line in ["put cart milk", "delete cart"] {
        let told = refused(&format!("{registers}{line}"));
        assert!(
            told.contains("say what must hold of cart") && told.contains("if=absent"),
            "{told}"
        );
    }
    for (text, said) in [
        ("put k v if=absent", "conflict=cas"),
        ("cas k a b", "conflict=cas"),
        ("expect version k 1", "only a register has a version"),
        (
            "cluster conflict=cas\nincr k if=absent to=n1",
            "to= and session=",
        ),
        (
            "cluster conflict=cas\nput k v if=absent write=2",
            "changed at serial",
        ),
        (
            "table r conflict=cas\nget k as $c\nput k v table=r context=$c",
            "it is no version",
        ),
        (
            "table r conflict=cas\nget k table=r as $c\nput k v context=$c",
            "$c is the version of a register",
        ),
        (
            "cluster conflict=cas\nput k word if=any\nincr k",
            "'word' is no whole number",
        ),
    ] {
        let told = refused(text);
        assert!(told.contains(said), "{text}\n{told}");
    }
}

#[test]
fn a_condition_that_is_none_is_refused_before_anything_runs() {
    for (line, said) in [
        (
            "put k v if=gone",
            "cas.kv:1:12: if: 'gone' is no condition: write absent, exists, version:3",
        ),
        ("put k v if=absent,", "cas.kv:1:12: if: '' is no condition"),
        (
            "put k v if=version:x",
            "cas.kv:1:12: if: 'x' is no whole number",
        ),
        (
            "put k v if=version:$",
            "cas.kv:1:12: if: '$' is no variable",
        ),
        (
            "put k v if=absent,any",
            "cas.kv:1:12: if: 'any' stands alone",
        ),
        (
            "put k v if=version:$c",
            "cas.kv:1:12: no context $c: bind it first, like: get cart as $c",
        ),
    ] {
        let told = run("cas.kv", line, &RunOptions::default()).unwrap_err();
        assert!(told.to_string().starts_with(said), "{line}\n{told}");
    }
}

#[test]
fn a_register_that_was_deleted_is_forgotten_by_all_its_owners() {
    let shown = |lines: &str| {
        let text = format!(
            "cluster nodes=3 conflict=cas grace=1s purge=safe purgeevery=1s seed=7\n\
             put k a if=any via n1\ndelete k if=any via n1\n{lines}\nshow key k"
        );
        last(&text).printed
    };
    let forgets = |printed: &str, owners: usize| {
        let rows = printed.lines();
        let forgotten = rows.filter(|row| row.contains("accepted nothing")).count();
        assert_eq!(forgotten, owners, "{printed}");
    };
    forgets(&shown(""), 0);
    forgets(&shown("run 10s"), 3);
    // One that is away has to take the tombstone first.
    forgets(&shown("kill n2\nrun 10s"), 0);
    forgets(&shown("kill n2\nrun 10s\nrestart n2\nrun 10s"), 3);
    forgets(&shown("run 10s\nput k b if=absent via n2"), 0);
}

#[test]
fn nobody_waits_for_a_register_that_cannot_be_forgotten_yet() {
    // n3 is its first owner: it tries again and again, and needs n2.
    goes(
        "cluster nodes=3 conflict=cas grace=1s purge=safe purgeevery=1s seed=7
         put k a if=any
         delete k if=any
         kill n2
         run 10s
         get k timeout=50ms via n3             -> (nothing)
         put k b if=absent timeout=50ms via n3 -> ok
         delete k if=any timeout=50ms via n3   -> ok
         run 2500ms
         put k c if=absent timeout=50ms via n3 -> ok
         get k timeout=50ms via n1             -> c",
    );
}

//! Rules that other stores learnt the hard way, each as a scenario that fails where it is broken. Where there is a
//! planted bug that breaks a rule, or a setting that gives it up, the same scenario is shown failing with it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;
use std::collections::BTreeSet;

use kvorum::base::limits::{
    BATCH_KEYS_MAX, CONTEXT_BYTES_MAX, KEY_BYTES_MAX, REQUESTS_PENDING_MAX, VALUE_BYTES_MAX,
};
use kvorum::base::time::Wall;
use kvorum::blocking::{Cluster, ClusterConfig, Context, GetOptions, PutOptions};
use kvorum::causal::{Cell, Dot, HLC_AHEAD_MS_MAX};
use kvorum::node::full_key;
use kvorum::script::{Report, RunOptions, Session, run};
use kvorum::{Code, NodeId, Result};

/// Runs a scenario, in which every expectation must hold.
fn holds(text: &str) -> Report {
    let report = run("rule.kv", text, &RunOptions::default()).unwrap();
    for step in &report.steps {
        let (line, source, printed) = (step.line, &step.source, &step.printed);
        assert!(
            step.ok,
            "line {line}: {source} -> {printed}, not {:?}; {:?}",
            step.expected, step.detail
        );
    }
    report
}

/// A scenario that goes on line by line, with looks at the disks in between.
struct Scenario {
    session: Session,
    line: usize,
}

impl Scenario {
    fn new(text: &str) -> Self {
        let mut scenario = Self {
            session: Session::new(&RunOptions::default()),
            line: 0,
        };
        scenario.goes_on(text);
        scenario
    }

    /// Every expectation must hold.
    fn goes_on(&mut self, text: &str) {
        for line in text.lines() {
            self.line += 1;
            if let Some(step) = self.session.execute("rule.kv", self.line, line).unwrap() {
                assert!(step.ok, "{line}: {} ({:?})", step.printed, step.detail);
            }
        }
    }

    fn cluster(&self) -> &Cluster {
        self.session.cluster().unwrap()
    }

    /// What each of the three nodes holds of the key `cart`.
    fn held(&self) -> [Cell; 3] {
        let key = full_key(0, b"cart");
        [1, 2, 3].map(|node| self.cluster().world().cell(NodeId(node), &key).unwrap())
    }

    /// The roots of the three nodes' Merkle trees.
    fn roots(&self) -> [Vec<u64>; 3] {
        [1, 2, 3].map(|node| {
            let roots = self.cluster().tree_roots(NodeId(node)).unwrap();
            roots.into_iter().map(|(_, root)| root).collect()
        })
    }
}

fn all_equal<T: PartialEq>(all: &[T; 3]) -> bool {
    all[0] == all[1] && all[1] == all[2]
}

// A write that times out is ambiguous, not failed.

/// Nothing but hints brings n3 up to date.
fn silent_replica(mutant: &str, then: &str) -> Report {
    holds(&format!(
        "cluster nodes=3 write=3 repair=off readrepair=off seed=1 {mutant}
         isolate n3
         put cart milk via n1 timeout=200ms -> error ambiguous
         settle
         get cart via n1 read=2             -> milk   # it lives on
         heal
         run 5s
         {then}"
    ))
}

#[test]
fn a_write_that_times_out_is_ambiguous_and_its_silent_replica_gets_a_hint() {
    silent_replica(
        "",
        "expect stat hints_stored is 1
         expect stat hints_replayed is 1
         get cart via n3 read=1 to=n3       -> milk
         expect converged",
    );
    silent_replica(
        "mutant=drop-hints-on-timeout",
        "expect stat hints_stored is 0
         get cart via n3 read=1 to=n3       -> (nothing)",
    );
}

// A tombstone is purged when every owner has confirmed that nothing older is left. Time alone is never the gate.

/// A value is deleted while one owner is away, for six times the grace, and comes back.
fn away_for_longer_than_the_grace(purge: &str, away: &str, back: &str) -> Report {
    holds(&format!(
        "cluster nodes=3 grace=10s purgeevery=2s hints=off repair=off readrepair=off seed=2 purge={purge}
         put cart milk via n1 write=3
         isolate n3
         delete cart via n1
         run 60s
         get cart via n1 -> (nothing)
         {away}
         heal
         repair
         run 30s
         {back}"
    ))
}

#[test]
fn a_tombstone_outlives_the_grace_while_an_owner_is_away() {
    away_for_longer_than_the_grace(
        "safe",
        "expect stat purged is 0",
        "get cart read=3                -> (nothing)
         get cart via n3 read=1 to=n3   -> (nothing)
         expect no-resurrection
         expect stat purged is 3
         expect converged",
    );
}

#[test]
fn with_the_grace_as_the_only_gate_a_deleted_value_comes_back() {
    away_for_longer_than_the_grace(
        "grace",
        "expect stat purged is 2",
        "get cart -> milk   # the zombie
         expect converged",
    );
}

// A time to live is fixed once, as a deadline that travels as data.

/// n2's clock runs 30 s ahead of n1's, n3's as much behind.
fn clocks_apart(mutant: &str) -> Scenario {
    Scenario::new(&format!(
        "cluster nodes=3 write=3 repair=1s seed=3 {mutant}
         clock n2 +30s
         clock n3 -30s
         put cart milk ttl=60s via n1"
    ))
}

fn deadlines(scenario: &Scenario) -> BTreeSet<Option<Wall>> {
    let held = scenario.held();
    let versions = held.iter().flat_map(|cell| cell.live().versions());
    versions.map(|version| version.deadline).collect()
}

#[test]
fn a_deadline_is_fixed_once_and_all_replicas_agree_on_it_whatever_their_clocks_say() {
    let mut scenario = clocks_apart("");
    let agree = |scenario: &Scenario| {
        assert_eq!(deadlines(scenario).len(), 1);
        assert!(all_equal(&scenario.held()) && all_equal(&scenario.roots()));
    };
    agree(&scenario);
    let written = scenario.held()[0].live().versions().next().unwrap().stamp;
    assert_eq!(
        deadlines(&scenario),
        BTreeSet::from([Some(Wall(written.wall_ms + 60_000))])
    );
    // Each reader's own clock says whether it has come; nobody's moves it.
    scenario.goes_on("run 29s\nget cart via n2 read=1 -> milk");
    scenario.goes_on("run 2s\nget cart via n2 read=1 -> (nothing)\nget cart via n1 read=3 -> milk");
    agree(&scenario);
    scenario.goes_on("run 28s\nget cart via n1 read=3 -> milk");
    scenario.goes_on("run 2s\nget cart via n1 read=3 -> (nothing)\nget cart via n3 read=1 -> milk");
    scenario.goes_on("run 30s\nget cart via n3 read=3 -> (nothing)");
    agree(&scenario);
    scenario
        .goes_on("expect converged\nexpect stat repair_bytes is 0\nexpect stat read_repairs is 0");
}

#[test]
fn a_deadline_that_each_replica_fixes_by_its_own_clock_is_never_agreed_on() {
    let scenario = clocks_apart("mutant=local-deadline");
    assert!(deadlines(&scenario).len() > 1);
}

// A dot names one write for ever, also where a node has forgotten what it wrote.

/// n1 writes, loses its disk, comes back, and writes again.
fn wiped(mutant: &str, wait: &str) -> Scenario {
    Scenario::new(&format!(
        "cluster nodes=3 write=3 repair=1s seed=4 {mutant}
         put cart milk via n1
         wipe n1
         restart n1
         {wait}
         put cart eggs via n1 timeout=2s
         run 10s"
    ))
}

fn dots(scenario: &Scenario) -> BTreeSet<Dot> {
    scenario
        .held()
        .iter()
        .flat_map(|cell| cell.live().dots())
        .collect()
}

#[test]
fn a_node_that_lost_its_disk_never_gives_a_dot_again() {
    let mut scenario = wiped("", "run 5s");
    let given: Vec<_> = dots(&scenario).into_iter().map(|dot| dot.actor).collect();
    let lives: Vec<_> = given
        .iter()
        .map(|actor| (actor.node, actor.incarnation))
        .collect();
    assert_eq!(lives, [(NodeId(1), 1), (NodeId(1), 2)]);
    scenario.goes_on(
        "get cart read=3 -> eggs, milk   # neither writer saw the other's
         expect no-lost-writes
         expect applied-once
         expect converged",
    );
    let broken = wiped("mutant=reuse-dot", "");
    assert_eq!(
        dots(&broken).len(),
        1,
        "two writes under one name: one of them is lost"
    );
}

#[test]
fn a_node_that_is_being_refilled_lets_others_write_for_it() {
    holds(
        "cluster nodes=3 write=3 repair=1s seed=4
         put cart milk via n1
         wipe n1
         restart n1
         put cart eggs via n1 write=2   # at once, before it knows what it wrote
         run 10s
         get cart read=3 -> eggs, milk
         expect no-lost-writes
         expect converged",
    );
}

// Last write wins by hybrid logical clocks; a stamp too far ahead is refused.

/// n2's clock runs 30 s behind. It has seen `milk`, and writes over it.
fn behind(conflict: &str, winner: &str) -> Report {
    holds(&format!(
        "cluster nodes=3 seed=5 repair=off conflict={conflict}
         clock n2 -30s
         put cart milk via n1 write=3
         get cart via n2             -> milk
         put cart eggs via n2 write=3
         get cart via n3 read=3      -> {winner}
         put tea green via n1 write=3
         get tea via n3 as $seen     -> green
         put tea black via n2 write=3 context=$seen
         get tea via n1 read=3       -> black"
    ))
}

#[test]
fn a_later_write_that_saw_an_earlier_one_wins_though_its_clock_runs_behind() {
    behind("lww", "eggs");
}

#[test]
fn by_raw_wall_clocks_the_write_that_saw_the_other_is_lost() {
    holds(
        "cluster nodes=3 seed=5 repair=off conflict=lww-wall
         clock n2 -30s
         put cart milk via n1 write=3
         get cart via n2             -> milk
         put cart eggs via n2 write=3 -> ok
         get cart via n3 read=3      -> milk   # eggs was acknowledged, and is gone",
    );
}

#[test]
fn a_stamp_from_a_clock_more_than_a_minute_ahead_is_refused() {
    assert_eq!(HLC_AHEAD_MS_MAX, 60_000);
    holds(
        "cluster nodes=3 seed=6 repair=off readrepair=off hints=off
         clock n1 +59s
         put cart milk via n1 write=3 -> ok
         clock n1 +2s
         put cart eggs via n1 timeout=300ms -> error ambiguous
         settle
         expect stat far_ahead is 2
         get cart via n2 to=n2,n3     -> milk   # nobody else's clock was carried away
         clock n1 fine
         put cart tea via n2 write=2 to=n2,n3 -> ok",
    );
}

// Repair names keys before it sends values: what is streamed is bounded by what differs.

#[test]
fn of_a_thousand_keys_of_which_one_differs_repair_streams_that_one() {
    let value = "v".repeat(100);
    let puts: Vec<String> = (0..1_000)
        .map(|number| format!("put key-{number} {value}"))
        .collect();
    let puts = puts.join("\n");
    let one = 7 + 1 + 100 + 60;
    holds(&format!(
        "cluster nodes=3 write=3 repair=off readrepair=off hints=off seed=7
         {puts}
         repair
         run 5s
         expect stat repairs is 6
         expect stat repair_bytes is 0
         isolate n3
         put key-500 {value}w via n1 write=2
         heal
         repair n1
         run 5s
         expect converged
         expect stat repair_bytes > 100
         expect stat repair_bytes < {most}
         expect stat repair_tree_bytes < 5000
         expect bounded",
        most = 3 * one,
    ));
}

// After a failed fsync a store is poisoned: it says so, and never retries.

#[test]
fn after_a_failed_fsync_reads_go_on_and_writes_are_refused_until_the_restart() {
    holds(
        "cluster nodes=3 write=2 seed=8
         put cart milk via n1 write=3
         disk n1 failsync
         put tea green via n1 to=n1 write=1 -> error io
         run 5s
         put tea black via n1 to=n1 write=1 -> error io   # the disk is well again; what it holds is not known
         put tea white via n2               -> ok         # the others go on
         get cart via n1 to=n1 read=1       -> milk
         kill n1
         restart n1
         put tea red via n1 to=n1 write=1   -> ok
         run 20s
         expect no-lost-writes
         expect converged within=20s",
    );
}

// On a full disk reads go on and writes are refused; space that is freed revives it.

#[test]
fn a_full_disk_refuses_writes_serves_reads_and_revives() {
    holds(
        "cluster nodes=3 write=2 seed=9
         put cart milk via n1 write=3
         disk n1 full
         put salt coarse via n1 to=n1 write=1 -> error io   # not durable; when there is room it may be
         put salt fine via n1 to=n1 write=1   -> error io
         put tea green via n2 write=2         -> ok         # the others go on
         get cart via n1 to=n1 read=1         -> milk
         disk n1 room
         put cart eggs via n1 to=n1 write=1   -> ok         # without a restart
         run 10s
         get tea via n1 to=n1 read=1          -> green
         expect no-lost-writes
         expect converged within=20s",
    );
}

// Every key, value, context and queue has a limit.

fn three() -> Cluster {
    Cluster::simulated(ClusterConfig {
        nodes: 3,
        seed: 10,
        ..ClusterConfig::default()
    })
    .unwrap()
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

#[test]
fn keys_values_and_contexts_past_their_limits_are_too_large_and_change_nothing() {
    let mut cluster = three();
    let put = PutOptions::default();
    let (key, value) = (
        vec![b'k'; KEY_BYTES_MAX + 1],
        vec![b'v'; VALUE_BYTES_MAX + 1],
    );
    let too_large = Some(Code::TooLarge);
    assert_eq!(code(cluster.put(&key, b"milk", &put)), too_large);
    assert_eq!(code(cluster.put(&key[1..], b"milk", &put)), None);
    assert_eq!(code(cluster.get(&key, &GetOptions::default())), too_large);
    assert_eq!(code(cluster.put(b"cart", &value, &put)), too_large);
    assert_eq!(code(cluster.put(b"cart", &value[1..], &put)), None);
    let context = |bytes| PutOptions {
        context: Some(Context(vec![0xff; bytes].into())),
        ..PutOptions::default()
    };
    assert_eq!(
        code(cluster.put(b"cart", b"milk", &context(CONTEXT_BYTES_MAX + 1))),
        too_large
    );
    let forged = code(cluster.put(b"cart", b"milk", &context(CONTEXT_BYTES_MAX)));
    assert_eq!(
        forged,
        Some(Code::InvalidArgument),
        "one that fits is looked at, and makes no sense"
    );
    let keys = vec![b"cart".as_slice(); BATCH_KEYS_MAX + 1];
    assert_eq!(
        code(cluster.get_many(&keys, &GetOptions::default())),
        too_large
    );
    assert_eq!(
        cluster.get(b"cart", &GetOptions::default()).unwrap().values,
        [&value[1..]]
    );
}

#[test]
fn a_node_with_too_many_requests_is_overloaded_and_its_queue_does_not_grow() {
    let mut cluster = three();
    let via = PutOptions {
        via: Some(NodeId(1)),
        ..PutOptions::default()
    };
    let more = 500;
    let start = |number: usize| cluster.start_put(format!("{number}").as_bytes(), b"milk", &via);
    let tickets: Vec<_> = (0..REQUESTS_PENDING_MAX + more).map(start).collect();
    let ended: Vec<_> = tickets
        .into_iter()
        .map(|ticket| code(ticket.and_then(|ticket| cluster.wait(ticket))))
        .collect();
    let refused = ended
        .iter()
        .filter(|code| **code == Some(Code::Overloaded))
        .count();
    assert_eq!(
        (refused, ended.iter().filter(|code| code.is_none()).count()),
        (more, REQUESTS_PENDING_MAX)
    );
    cluster.check_bounded().unwrap();
    cluster.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(
        code(cluster.put(b"cart", b"milk", &via)),
        None,
        "it takes more when it is through"
    );
}

#[test]
fn a_node_that_admits_so_many_a_second_refuses_more() {
    holds(
        "cluster nodes=3 rate=10 burst=2 seed=11
         put a 1 via n1
         put b 2 via n1
         put c 3 via n1 -> error overloaded
         put c 3 via n2 -> ok
         run 1s
         put c 4 via n1 -> ok
         expect stat overloaded is 1",
    );
}

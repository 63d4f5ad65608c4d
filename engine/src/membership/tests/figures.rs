//! The figures in the docs of [`membership`](crate::membership); `--nocapture` prints them.

use core::time::Duration;
use std::collections::BTreeSet;

use super::cluster::{Cluster, Make, SECOND, n, phi, seeds, swim};
use crate::base::rng::Rng;
use crate::membership::*;

const SIZE: u32 = 50;
const RUNS: usize = 200;

/// Seconds from a kill to the first ping of the killed node, as a mean over [`RUNS`] seeds. In step, the kill comes
/// just before a period begins.
fn first_ping_s(phase: Phase) -> f64 {
    let wait = |seed: u64| {
        let settings = SwimSettings {
            phase,
            ..SwimSettings::default()
        };
        let mut cluster = Cluster::new(SIZE, swim(settings), seed);
        let odd = match phase {
            Phase::Together => 999_999_999,
            Phase::Spread => Rng::from_seed(seed).below(1_000_000_000),
        };
        let whole = 20 + Rng::from_seed(seed).below(50);
        cluster.run(Duration::new(whole, odd as u32));
        cluster.kill(n(7));
        cluster.pings = Some(Vec::new());
        let pinged = |it: &Cluster| it.pings.iter().flatten().any(|ping| ping.1 == n(7));
        cluster
            .run_until(60 * SECOND, pinged)
            .unwrap()
            .as_secs_f64()
    };
    seeds(RUNS).into_iter().map(wait).sum::<f64>() / RUNS as f64
}

#[test]
fn a_killed_node_is_first_pinged_after_1_57_periods() {
    // Each of 49 observers has it next with probability 1 in 49, whether it draws at random each time or goes round;
    // they are independent, so the mean is much the same. What going round adds is a bound for each observer.
    let others = f64::from(SIZE - 1);
    let power = |base: f64| (0..SIZE - 1).fold(1.0, |product, _| product * base);
    let round: f64 = (0..SIZE - 1)
        .map(|periods| power(1.0 - f64::from(periods) / others))
        .sum();
    let random = 1.0 / (1.0 - power(1.0 - 1.0 / others));
    // The first period counts whole.
    let in_step = first_ping_s(Phase::Together) + 1.0;
    let spread = first_ping_s(Phase::Spread);
    eprintln!(
        "periods to the first ping: {in_step:.2} in step (round-robin {round:.2}, at random {random:.2}); \
         {spread:.2} with periods spread"
    );
    assert!((1.55..1.59).contains(&round) && (1.56..1.59).contains(&random));
    // 200 runs with a deviation of about 0.85: three standard errors.
    assert!((in_step - round).abs() < 0.19, "{in_step}");
    // Pings come at one a period in all, at any time.
    assert!((spread - 1.0).abs() < 0.22, "{spread}");
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The process stands still for 5 s, from a random instant.
    Frozen,
    /// The same, from the instant of its ping.
    FrozenAtItsPing,
    /// Its timers run, and its mail lies unread for 5 s.
    Deaf,
}

/// Members that were suspected without reason after one observer's trouble, and the dead, mean over [`RUNS`] seeds.
fn falsely_suspected(trouble: Trouble, health: Health) -> (f64, usize) {
    let (mut suspected, mut dead) = (0, 0);
    for seed in seeds(RUNS) {
        let settings = SwimSettings {
            health,
            ..SwimSettings::default()
        };
        let mut cluster = Cluster::new(SIZE, swim(settings), seed);
        cluster.run(Duration::from_millis(
            20_000 + Rng::from_seed(seed).below(1_000),
        ));
        match trouble {
            Trouble::Frozen => cluster.freeze(n(1), 5 * SECOND),
            Trouble::Deaf => cluster.deafen(n(1), 5 * SECOND),
            Trouble::FrozenAtItsPing => {
                let before = cluster.sent.from[0];
                let labels = |it: &Cluster| it.sent.by_label["ping"];
                // Its own ping, not an ack, is the message that comes with a ping more in all.
                let mut pings = labels(&cluster);
                let mut own = before;
                loop {
                    cluster.run_until(5 * SECOND, |it| {
                        labels(it) != pings || it.sent.from[0] != own
                    });
                    if labels(&cluster) != pings && cluster.sent.from[0] != own {
                        break;
                    }
                    (pings, own) = (labels(&cluster), cluster.sent.from[0]);
                }
                cluster.freeze(n(1), 5 * SECOND);
            }
        }
        cluster.forget();
        cluster.run(60 * SECOND);
        let accused: BTreeSet<_> = cluster
            .seen
            .iter()
            .filter(|seen| seen.1.liveness == Liveness::Suspect && seen.1.node != n(1))
            .map(|seen| seen.1.node)
            .collect();
        suspected += accused.len();
        dead += cluster.count(Liveness::Dead, |_| true);
        assert!(cluster.all_alive());
    }
    (suspected as f64 / RUNS as f64, dead)
}

#[test]
fn a_troubled_observer_accuses_fewer_with_local_health() {
    let figures = [Trouble::Frozen, Trouble::FrozenAtItsPing, Trouble::Deaf].map(|trouble| {
        let (off, dead_off) = falsely_suspected(trouble, Health::Off);
        let (on, dead_on) = falsely_suspected(trouble, Health::On);
        eprintln!("{trouble:?}: {off:.2} false suspicions without local health, {on:.2} with it; dead {dead_off}, {dead_on}");
        (off, on)
    });
    let [frozen, at_ping, deaf] = figures;
    assert_eq!(at_ping, (1.0, 0.0));
    assert!(frozen.1 == 0.0 && frozen.0 < 0.1);
    assert!(deaf.0 >= 4.0 && deaf.1 <= 2.0);
}

/// Messages and bytes that a node sends in a second, and the largest message.
fn load(size: u32, make: Box<Make>) -> (f64, f64, usize) {
    let mut cluster = Cluster::new(size, make, 1);
    // By then each has heard of each, and no rumour of a start goes round.
    cluster.run(300 * SECOND);
    cluster.forget();
    cluster.run(120 * SECOND);
    let node_seconds = f64::from(size) * 120.0;
    let sent = &cluster.sent;
    let most = *sent.from.iter().max().unwrap() as f64 / 120.0;
    eprintln!(
        "{size} nodes: {:.2} messages and {:.0} bytes a node a second, at most {most:.2} of one node; \
         the largest message has {} bytes; {:?}",
        sent.messages as f64 / node_seconds,
        sent.bytes as f64 / node_seconds,
        sent.bytes_max,
        sent.by_label
    );
    (sent.messages as f64 / node_seconds, most, sent.bytes_max)
}

#[test]
fn the_load_of_a_swim_member_does_not_grow_with_the_cluster() {
    for size in [5, 10, 50, 128] {
        let (messages, most, bytes_max) = load(size, swim(SwimSettings::default()));
        assert!((1.99..2.01).contains(&messages), "a ping and an ack");
        assert!(most < 2.5);
        assert_eq!(bytes_max, 18, "no rumour goes round in calm");
    }
}

#[test]
fn a_message_of_swim_is_bounded_in_the_worst_of_times() {
    for size in [10, 50, 128] {
        let mut cluster = Cluster::new(size, swim(SwimSettings::default()), 1);
        cluster.loss = 0.1;
        cluster.run(10 * SECOND);
        cluster.split_after(size / 2);
        cluster.run(120 * SECOND);
        cluster.heal();
        cluster.run(60 * SECOND);
        let messages = cluster.sent.messages as f64 / f64::from(size) / 190.0;
        eprintln!(
            "{size} nodes, 10% loss, a partition: {messages:.2} messages a node a second, the largest of {} bytes",
            cluster.sent.bytes_max
        );
        assert!(cluster.sent.records_max <= RECORDS_PER_MESSAGE_MAX);
        assert!(messages < 6.0);
    }
}

#[test]
fn the_messages_of_phi_are_as_many_but_carry_the_whole_cluster() {
    for size in [5, 10, 50, 128] {
        let (messages, _, bytes_max) = load(size, phi(PhiSettings::default()));
        // A peer that knows nothing newer does not answer.
        assert!((1.7..2.01).contains(&messages), "an offer and an answer");
        assert_eq!(bytes_max, 2 + 16 * size as usize);
    }
}

/// What a node's calls cost; run by hand: `cargo test --release -p kvorum --lib membership -- --ignored --nocapture`.
#[test]
#[ignore = "a figure, not a rule"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
fn what_a_call_costs() {
    for (name, make) in [
        ("swim", swim(SwimSettings::default())),
        ("phi", phi(PhiSettings::default())),
    ] {
        let start = std::time::Instant::now();
        let mut cluster = Cluster::new(128, make, 1);
        cluster.run(600 * SECOND);
        let each = start.elapsed().as_nanos() as u64 / cluster.sent.messages;
        eprintln!("{name}, 128 nodes: {each} ns a message, harness included");
    }
}

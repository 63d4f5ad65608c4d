//! Clusters of phi accrual detectors.

use core::time::Duration;

use super::cluster::{Cluster, SECOND, n, phi, seeds};
use crate::membership::*;

fn usual(size: u32, seed: u64) -> Cluster {
    Cluster::new(size, phi(PhiSettings::default()), seed)
}

#[test]
fn a_killed_node_is_dead_at_everyone_soon_after_18_4_seconds() {
    for size in [5, 50, 128] {
        let (mut took, mut mean_s) = (Duration::ZERO, 0.0);
        for seed in seeds(5) {
            let mut cluster = usual(size, seed);
            cluster.run(60 * SECOND);
            assert!(cluster.seen.is_empty(), "{:?}", cluster.seen);
            mean_s += cluster.phi_mean_s(n(1)) / 5.0;
            cluster.kill(n(2));
            let found = cluster.run_until(70 * SECOND, |it| it.all_see(n(2), Liveness::Dead));
            let found = found.unwrap_or_else(|| panic!("{size} nodes, seed {seed}"));
            assert!(found > 18 * SECOND, "{found:?}");
            took = took.max(found);
            assert_eq!(cluster.count(Liveness::Suspect, |_| true), 0);
        }
        eprintln!(
            "{size} nodes: dead at everyone after at most {took:?}, mean interval {mean_s:.2} s"
        );
    }
}

#[test]
fn a_tenth_of_all_messages_lost_kills_nobody() {
    for seed in seeds(3) {
        let mut cluster = usual(20, seed);
        cluster.loss = 0.1;
        cluster.run(600 * SECOND);
        assert!(cluster.seen.is_empty(), "seed {seed}: {:?}", cluster.seen);
    }
}

#[test]
fn the_next_heartbeat_takes_a_verdict_back() {
    for seed in seeds(5) {
        let mut cluster = usual(20, seed);
        cluster.run(30 * SECOND);
        cluster.kill(n(2));
        cluster.run(60 * SECOND);
        assert!(cluster.all_see(n(2), Liveness::Dead));
        cluster.restart(n(2));
        let back = cluster.run_until(20 * SECOND, |it| it.all_see(n(2), Liveness::Alive));
        assert!(back.is_some(), "seed {seed}");
        assert_eq!(cluster.view_of(n(1))[1].incarnation.life, 2);
        cluster.run(60 * SECOND);
        assert!(cluster.all_alive());
    }
}

#[test]
fn a_healed_partition_joins_by_itself() {
    for size in [5, 50, 128] {
        let mut took = Duration::ZERO;
        for seed in seeds(5) {
            let mut cluster = usual(size, seed);
            cluster.run(10 * SECOND);
            cluster.split_after(size * 2 / 5);
            cluster.run(120 * SECOND);
            assert_eq!(cluster.liveness(n(1), n(size)), Liveness::Dead);
            assert_eq!(cluster.liveness(n(1), n(2)), Liveness::Alive);
            cluster.heal();
            let joined = cluster.run_until(30 * SECOND, Cluster::all_alive);
            took = took.max(joined.unwrap_or_else(|| panic!("{size} nodes, seed {seed}")));
        }
        eprintln!("{size} nodes: all alive at all at most {took:?} after the heal");
    }
}

#[test]
fn a_one_way_link_does_not_kill() {
    let mut cluster = usual(10, 1);
    cluster.cut_one_way(n(1), n(2));
    cluster.run(300 * SECOND);
    assert!(cluster.seen.is_empty());
}

#[test]
fn an_observer_that_was_frozen_convicts_nobody_with_local_health() {
    for (health, convicted) in [(Health::On, 0), (Health::Off, 49)] {
        let settings = PhiSettings {
            health,
            ..PhiSettings::default()
        };
        let mut cluster = Cluster::new(50, phi(settings), 1);
        cluster.run(60 * SECOND);
        cluster.freeze(n(1), 60 * SECOND);
        cluster.run(120 * SECOND);
        assert_eq!(
            cluster.count(Liveness::Dead, |seen| seen.0 == n(1)),
            convicted
        );
        assert!(cluster.all_alive());
    }
}

#[test]
fn one_seed_is_one_run() {
    let run = |seed| {
        let mut cluster = usual(20, seed);
        cluster.loss = 0.6;
        cluster.run(100 * SECOND);
        (cluster.seen.clone(), cluster.sent.messages)
    };
    assert_eq!(run(7), run(7));
}

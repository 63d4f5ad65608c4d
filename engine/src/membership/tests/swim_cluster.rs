//! Clusters of SWIM detectors.

use core::time::Duration;

use super::cluster::{Cluster, MS, SECOND, n, seeds, swim};
use crate::membership::*;

fn usual(size: u32, seed: u64) -> Cluster {
    Cluster::new(size, swim(SwimSettings::default()), seed)
}

#[test]
fn a_calm_cluster_accuses_nobody() {
    for seed in seeds(5) {
        let mut cluster = usual(50, seed);
        cluster.run(120 * SECOND);
        assert!(cluster.seen.is_empty(), "{:?}", cluster.seen);
        assert!(!cluster.sent.by_label.contains_key("ping-req"));
    }
}

#[test]
fn a_killed_node_is_dead_at_everyone_within_a_bound() {
    for (size, bound_s) in [(3, 45), (5, 45), (50, 45), (128, 60)] {
        let mut took = Duration::ZERO;
        for seed in seeds(10) {
            let mut cluster = usual(size, seed);
            cluster.run(20 * SECOND);
            cluster.kill(n(2));
            let found = cluster.run_until(bound_s * SECOND, |it| it.all_see(n(2), Liveness::Dead));
            took = took.max(found.unwrap_or_else(|| panic!("{size} nodes, seed {seed}")));
            cluster.run(60 * SECOND);
            assert!(cluster.all_see(n(2), Liveness::Dead), "and stays so");
            assert_eq!(cluster.count(Liveness::Dead, |seen| seen.1.node != n(2)), 0);
        }
        eprintln!("{size} nodes: dead at everyone after at most {took:?}");
    }
}

#[test]
fn a_tenth_of_all_messages_lost_kills_nobody() {
    for seed in seeds(3) {
        let mut cluster = usual(20, seed);
        cluster.loss = 0.1;
        cluster.run(600 * SECOND);
        assert_eq!(cluster.count(Liveness::Dead, |_| true), 0, "seed {seed}");
        assert!(cluster.sent.by_label["ping-req"] > 0);
    }
}

#[test]
fn a_one_way_link_does_not_kill_a_node_that_others_reach() {
    for seed in seeds(10) {
        let mut cluster = usual(10, seed);
        cluster.cut_one_way(n(1), n(2));
        cluster.run(300 * SECOND);
        assert!(
            cluster.seen.is_empty(),
            "indirect probes answer for it: {:?}",
            cluster.seen
        );
        assert!(cluster.sent.by_label["ping-req"] > 0);
    }
    // Without helpers the same link does.
    let settings = SwimSettings {
        helpers: 0,
        ..SwimSettings::default()
    };
    let mut cluster = Cluster::new(10, swim(settings), 1);
    cluster.cut_one_way(n(1), n(2));
    cluster.run(300 * SECOND);
    assert!(cluster.count(Liveness::Suspect, |seen| seen.1.node == n(2)) > 0);
}

#[test]
fn a_suspect_that_answers_is_alive_again() {
    for seed in seeds(10) {
        let mut cluster = usual(20, seed);
        cluster.run(60 * SECOND);
        cluster.freeze(n(2), 3 * SECOND);
        cluster.run(60 * SECOND);
        assert!(cluster.all_alive());
        assert_eq!(cluster.count(Liveness::Dead, |_| true), 0);
        let suspected = cluster.count(Liveness::Suspect, |seen| seen.1.node == n(2));
        let refuted = cluster.view_of(n(1))[1].incarnation.refuted;
        assert_eq!(suspected > 0, refuted > 0, "cleared by refutation alone");
        for observer in 1..=20 {
            assert_eq!(cluster.view_of(n(observer))[1].incarnation.refuted, refuted);
        }
    }
}

#[test]
fn a_restarted_node_is_alive_at_everyone_and_learns_who_is_not() {
    for seed in seeds(10) {
        let mut cluster = usual(20, seed);
        cluster.run(20 * SECOND);
        cluster.kill(n(2));
        cluster.kill(n(3));
        cluster.run(90 * SECOND);
        assert!(cluster.all_see(n(2), Liveness::Dead) && cluster.all_see(n(3), Liveness::Dead));
        cluster.restart(n(2));
        let back = cluster.run_until(15 * SECOND, |it| it.all_see(n(2), Liveness::Alive));
        assert!(back.is_some(), "seed {seed}");
        let told = cluster.run_until(10 * SECOND, |it| it.all_see(n(3), Liveness::Dead));
        assert!(told.is_some(), "seed {seed}");
        assert_eq!(
            cluster.view_of(n(1))[1].incarnation,
            Incarnation::starting(2)
        );
        // And one that restarts before anybody has missed it.
        cluster.restart(n(4));
        cluster.run(20 * SECOND);
        assert!(cluster.all_see(n(4), Liveness::Alive));
        assert_eq!(cluster.view_of(n(1))[3].incarnation.life, 2);
    }
}

#[test]
fn a_healed_partition_joins_by_itself() {
    for (size, bound_s) in [(5, 30), (50, 45), (128, 90)] {
        let mut took = Duration::ZERO;
        for seed in seeds(5) {
            let mut cluster = usual(size, seed);
            cluster.run(10 * SECOND);
            cluster.split_after(size * 2 / 5);
            cluster.run(240 * SECOND);
            assert_eq!(cluster.liveness(n(1), n(size)), Liveness::Dead);
            assert_eq!(cluster.liveness(n(size), n(1)), Liveness::Dead);
            assert_eq!(cluster.liveness(n(1), n(2)), Liveness::Alive);
            cluster.heal();
            let joined = cluster.run_until(bound_s * SECOND, Cluster::all_alive);
            took = took.max(joined.unwrap_or_else(|| panic!("{size} nodes, seed {seed}")));
            cluster.run(60 * SECOND);
            assert!(cluster.all_alive(), "and stays so");
        }
        eprintln!("{size} nodes: all alive at all at most {took:?} after the heal");
    }
}

#[test]
fn a_node_alone_gives_up_the_others_and_takes_them_back() {
    let mut cluster = usual(10, 1);
    cluster.split_after(1);
    cluster.run(900 * SECOND);
    assert!((2..=10).all(|node| cluster.liveness(n(1), n(node)) == Liveness::Dead));
    cluster.heal();
    assert!(cluster.run_until(60 * SECOND, Cluster::all_alive).is_some());
}

#[test]
fn slow_links_alone_kill_nobody() {
    let mut cluster = usual(20, 1);
    // Two delays make an ack: at times above the timeout, never above the period.
    cluster.delay = (50 * MS, 350 * MS);
    cluster.run(300 * SECOND);
    assert_eq!(cluster.count(Liveness::Dead, |_| true), 0);
}

#[test]
fn everybody_knows_the_lives_of_all_soon_after_a_start() {
    for size in [5, 50, 128] {
        let mut cluster = usual(size, 1);
        let unknown = |it: &Cluster| {
            let views = (1..=size).flat_map(|observer| it.view_of(n(observer)));
            views.filter(|member| member.incarnation.life == 0).count()
        };
        cluster.run(45 * SECOND);
        let left = unknown(&cluster);
        eprintln!("{size} nodes: {left} of {} not known", size * size);
        assert!(left <= (size * size / 100) as usize);
        // The last by their own probes, at most two passes.
        cluster.run(255 * SECOND);
        assert_eq!(unknown(&cluster), 0);
    }
}

#[test]
fn one_seed_is_one_run() {
    let run = |seed| {
        let mut cluster = usual(20, seed);
        cluster.loss = 0.2;
        cluster.run(100 * SECOND);
        (cluster.seen.clone(), cluster.sent.by_label.clone())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).1, run(8).1);
}

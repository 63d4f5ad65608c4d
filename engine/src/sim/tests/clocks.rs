//! Wall clocks that jump and drift.

use super::*;
use crate::sim::{ClockFault, DRIFT_PPM_MAX};

/// The wall time in the stamp of a write that goes through a node.
fn stamp_ms(world: &mut World, node: NodeId) -> u64 {
    let key = key_of(world, node);
    let told = put(world, node, &key, "milk", 1).unwrap();
    told.context.stamp.wall_ms
}

#[test]
fn a_jump_and_a_drift_change_the_stamps_of_one_node_only() {
    let mut world = world();
    let start = stamp_ms(&mut world, N1);
    world.clock(N1, ClockFault::Ahead(ms(300))).unwrap();
    assert!((300..310).contains(&(stamp_ms(&mut world, N1) - start)));
    world.clock(N2, ClockFault::Drift { ppm: 10_000 }).unwrap();
    run_for(&mut world, Duration::from_secs(20));
    let (first, second) = (stamp_ms(&mut world, N1), stamp_ms(&mut world, N2));
    let third = stamp_ms(&mut world, N3);
    assert!((20_300..20_320).contains(&(first - start)), "{first}");
    assert!((20_200..20_220).contains(&(second - start)), "{second}");
    assert!((20_000..20_020).contains(&(third - start)), "{third}");
    assert_eq!(struck(&world, FaultKind::ClockJump), 1);
    assert_eq!(struck(&world, FaultKind::ClockDrift), 1);
}

#[test]
fn timers_do_not_mind_what_the_wall_clock_shows() {
    let mut world = world();
    world.clock(N1, ClockFault::Behind(Duration::MAX)).unwrap();
    assert_eq!(world.wall(N1).unwrap().0, 0);
    let key = key_of(&world, N1);
    for node in [N2, N3, N4, N5] {
        world.kill(node).unwrap();
    }
    let put = put(&mut world, N1, &key, "milk", 3);
    assert!(put.is_err());
    assert_eq!(world.now().0, 500_000_000, "the request's own time ran out");
}

#[test]
fn a_clock_is_the_machines_and_outlives_the_node() {
    let mut world = world();
    let right = world.wall(N1).unwrap();
    world.clock(N1, ClockFault::Ahead(ms(500))).unwrap();
    world.kill(N1).unwrap();
    world.restart(N1).unwrap();
    assert_eq!(world.wall(N1).unwrap().0 - right.0, 500);
    world.clock(N1, ClockFault::Fine).unwrap();
    assert_eq!(world.wall(N1).unwrap(), right);
    let past = ClockFault::Drift {
        ppm: DRIFT_PPM_MAX + 1,
    };
    assert!(world.clock(N1, past).is_err());
    assert!(world.clock(NodeId(9), ClockFault::Fine).is_err());
}

//! Nodes that stop, for a while or for good.

use super::*;
use crate::base::limits::PAUSED_INPUTS_MAX;
use crate::{Code, Error};

#[test]
fn a_paused_node_gets_all_that_waited_late_at_once_and_in_order() {
    let mut world = world();
    world.pause(N2, ms(100)).unwrap();
    for _ in 0..10 {
        send(&mut world, N1, N2, 1);
        run_for(&mut world, ms(3));
    }
    assert!(arrived(&world, N2).is_empty());
    // This one arrives at the very moment at which the pause ends.
    run_for(&mut world, ms(69));
    send(&mut world, N1, N2, 1);
    run_for(&mut world, ms(1));
    assert_eq!(world.now().0, 100_000_000);
    let messages = arrived(&world, N2);
    assert!(messages.len() == 11 && messages.is_sorted(), "{messages:?}");
    let events = world.trace().events();
    let received = |what: &What| matches!(what, What::Deliver { .. });
    let late = events.iter().filter(|event| received(&event.what));
    assert!(late.clone().all(|event| event.at.0 == 100_000_000));
    assert!(struck(&world, FaultKind::Pause) >= 10);
}

#[test]
fn a_request_and_a_disk_wait_for_a_paused_node_and_another_pause_makes_it_longer() {
    let mut world = world();
    let key = key_of(&world, N1);
    let before = start_put(&mut world, N1, &key, "milk", 1);
    world.pause(N1, ms(50)).unwrap();
    let meanwhile = start_put(&mut world, N1, &key, "eggs", 1);
    run_for(&mut world, ms(10));
    world.pause(N1, ms(90)).unwrap();
    world.pause(N1, ms(1)).unwrap();
    run_for(&mut world, ms(89));
    assert!(world.take_ended().is_empty());
    finish(&mut world, before).unwrap();
    assert_eq!(world.now().0, 100_000_000);
    finish(&mut world, meanwhile).unwrap();
    assert!(world.settle().is_ok());
}

#[test]
fn what_waits_for_a_paused_node_is_bounded_and_dies_with_it() {
    let mut world = world();
    world.pause(N2, Duration::from_secs(60)).unwrap();
    send(&mut world, N1, N2, PAUSED_INPUTS_MAX + 10);
    run_for(&mut world, ms(10));
    assert_eq!(struck(&world, FaultKind::Pause), PAUSED_INPUTS_MAX as u64);
    assert_eq!(struck(&world, FaultKind::QueueFull), 10);
    let refused = submit(&mut world, N2, &full("key"), Kind::Get, 1).unwrap_err();
    assert_eq!(refused.code(), Code::Overloaded);
    world.kill(N2).unwrap();
    assert_eq!(struck(&world, FaultKind::Down), PAUSED_INPUTS_MAX as u64);
    assert!(world.settle().is_ok());
    assert!(world.pause(N2, ms(1)).is_err());
    world.restart(N2).unwrap();
    send(&mut world, N1, N2, 1);
    world.settle().unwrap();
    assert_eq!(arrived(&world, N2).len(), 1, "a new life is not paused");
}

#[test]
fn a_wiped_node_comes_back_empty_in_a_new_incarnation() {
    let mut world = world();
    let key = key_of(&world, N1);
    let first = put(&mut world, N1, &key, "milk", 3).unwrap();
    world.settle().unwrap();
    assert_eq!(world.cell(N1, &key).unwrap().shown_values(), ["milk"]);
    let open = start_put(&mut world, N1, &key, "tea", 3);
    world.wipe(N1).unwrap();
    assert!(matches!(
        finish(&mut world, open),
        Err(Error::Ambiguous { .. })
    ));
    assert!(world.cell(N1, &key).unwrap().is_empty());
    world.restart(N1).unwrap();
    // It coordinates again once its peers have filled its disk.
    run_for(&mut world, ms(5_000));
    let second = put(&mut world, N1, &key, "eggs", 1).unwrap();
    let (first, second) = (first.dot.unwrap().actor, second.dot.unwrap().actor);
    assert_eq!(first.node, second.node);
    assert!(first.incarnation < second.incarnation, "no dot comes twice");
    // And a disk that is lost while its node is down.
    world.kill(N1).unwrap();
    world.wipe(N1).unwrap();
    assert!(world.cells(N1).unwrap().is_empty());
    assert_eq!(
        [FaultKind::Kill, FaultKind::Restart, FaultKind::Wipe].map(|kind| struck(&world, kind)),
        [2, 1, 2]
    );
    assert!(
        struck(&world, FaultKind::BytesLost) > 0,
        "the last put was not synced"
    );
}

#[test]
fn a_killed_node_leaves_no_timer_and_no_work_behind() {
    let mut world = world();
    for number in 0..100_u64 {
        let key = full(&format!("key-{number}"));
        start_put(&mut world, N1, &key, "milk", 3);
    }
    run_for(&mut world, Duration::from_micros(100));
    for node in world.nodes() {
        world.kill(node).unwrap();
    }
    world.settle().unwrap();
    while world.step().unwrap() {}
    assert_eq!(world.pending(), 0);
}

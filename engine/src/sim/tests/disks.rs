//! Disks that are slow, full, lying, failing, damaged.

use super::*;
use crate::Error;
use crate::causal::Token;
use crate::sim::DiskFault;

#[test]
fn a_slow_disk_makes_its_nodes_operations_late() {
    let mut world = world();
    let key = key_of(&world, N1);
    put(&mut world, N1, &key, "milk", 1).unwrap();
    assert!(world.now().0 < 1_000_000);
    world.settle().unwrap();
    world.disk(N1, DiskFault::Slow(ms(40))).unwrap();
    let before = world.now();
    get(&mut world, N1, &key, 3).unwrap();
    assert!(world.now().since(before) >= ms(40));
    assert!(struck(&world, FaultKind::DiskSlow) > 0);
    world.disk(N1, DiskFault::Fine).unwrap();
    let before = world.now();
    get(&mut world, N1, &key, 3).unwrap();
    assert!(world.now().since(before) < ms(5));
    assert!(world.disk(N1, DiskFault::Slow(Duration::MAX)).is_err());
}

#[test]
fn a_full_disk_refuses_and_takes_writes_again_when_there_is_room() {
    let mut world = world();
    let key = key_of(&world, N1);
    put(&mut world, N1, &key, "milk", 1).unwrap();
    world.settle().unwrap();
    world.disk(N1, DiskFault::Full).unwrap();
    let refused = put(&mut world, N1, &key, "eggs", 1).unwrap_err();
    // The disk found no room when the change was synced, and not before: nobody can say that it has not happened.
    assert!(matches!(refused, Error::Io { .. }), "{refused}");
    assert!(
        refused.to_string().contains("not durable, and not undone"),
        "{refused}"
    );
    let values = get(&mut world, N1, &key, 1).unwrap();
    assert!(values.contains(&Bytes::from("milk")), "reads go on");
    assert!(struck(&world, FaultKind::DiskFull) > 0);
    world.disk(N1, DiskFault::Room).unwrap();
    put(&mut world, N1, &key, "tea", 1).unwrap();
    world.settle().unwrap();
    let values = world.cell(N1, &key).unwrap().shown_values();
    assert!(values.contains(&Bytes::from("milk")) && values.contains(&Bytes::from("tea")));
}

#[test]
fn what_was_not_synced_is_vouched_for_by_no_retry_and_no_second_copy() {
    let mut world = world();
    let key = key_of(&world, N1);
    let tried = |world: &mut World, via: NodeId, quorum: usize| {
        let kind = Kind::Put {
            value: "eggs".into(),
            context: Context::default(),
        };
        let request = Request {
            token: Some(Token(7)),
            ..request(&key, kind, quorum)
        };
        let asked = ask(world, via, request).unwrap();
        finish(world, asked)
    };
    world.disk(N1, DiskFault::Full).unwrap();
    // The first try stands in the store's memory, where the second one finds it: it is no more durable for that.
    for _ in 0..2 {
        let refused = tried(&mut world, N1, 1).unwrap_err();
        assert!(matches!(refused, Error::Io { .. }), "{refused}");
    }
    world.disk(N1, DiskFault::Room).unwrap();
    tried(&mut world, N1, 1).unwrap();
    world.kill(N1).unwrap();
    world.restart(N1).unwrap();
    assert_eq!(world.cell(N1, &key).unwrap().shown_values(), ["eggs"]);
}

#[test]
fn a_lying_disk_shows_it_at_the_next_crash_and_not_before() {
    let mut world = world();
    let key = key_of(&world, N1);
    put(&mut world, N1, &key, "milk", 3).unwrap();
    world.settle().unwrap();
    world.disk(N1, DiskFault::Lie).unwrap();
    // Many small writes: a crash leaves what it likes of their bytes, but not all.
    for number in 0..50 {
        let key = beside(&key, number);
        put(&mut world, N1, &key, "eggs", 1).unwrap();
    }
    world.settle().unwrap();
    let before = world.cells(N1).unwrap().len();
    assert!(before > 20 && struck(&world, FaultKind::DiskLie) > 20);
    world.kill(N1).unwrap();
    world.restart(N1).unwrap();
    assert!(world.cells(N1).unwrap().len() < before);
    assert!(struck(&world, FaultKind::BytesLost) > 0);
    assert_eq!(world.cell(N1, &key).unwrap().shown_values(), ["milk"]);
}

#[test]
fn a_failed_sync_poisons_the_store_until_its_node_is_restarted() {
    let mut world = world();
    let key = key_of(&world, N1);
    put(&mut world, N1, &key, "milk", 1).unwrap();
    world.settle().unwrap();
    world.disk(N1, DiskFault::FailSync).unwrap();
    for value in ["eggs", "tea"] {
        let refused = put(&mut world, N1, &key, value, 1).unwrap_err();
        assert!(matches!(refused, Error::Io { .. }), "{refused}");
    }
    assert_eq!(struck(&world, FaultKind::DiskSync), 1);
    world.kill(N1).unwrap();
    world.restart(N1).unwrap();
    put(&mut world, N1, &key, "rice", 1).unwrap();
    let values = world.cell(N1, &key).unwrap().shown_values();
    assert!(values.contains(&Bytes::from("milk")) && values.contains(&Bytes::from("rice")));
    assert_eq!(struck(&world, FaultKind::DiskSync), 1);
}

#[test]
fn a_node_whose_disk_is_damaged_stays_down_and_the_world_goes_on() {
    let mut damaged = 0;
    for seed in 0..20 {
        let mut world = World::new(config(seed)).unwrap();
        let key = key_of(&world, N1);
        for number in 0..20 {
            let key = beside(&key, number);
            put(&mut world, N1, &key, "milk", 2).unwrap();
        }
        world.settle().unwrap();
        world.kill(N1).unwrap();
        world.disk(N1, DiskFault::Flip).unwrap();
        assert_eq!(struck(&world, FaultKind::DiskFlip), 1);
        if let Err(error) = world.restart(N1) {
            assert!(matches!(error, Error::Corruption { .. }), "{error}");
            assert_eq!(struck(&world, FaultKind::Unreadable), 1);
            assert!(!world.is_up(N1) && world.cells(N1).is_err());
            damaged += 1;
            world.wipe(N1).unwrap();
            world.restart(N1).unwrap();
        }
        put(&mut world, N2, &key, "eggs", 2).unwrap();
        world.settle().unwrap();
    }
    assert!(
        damaged > 5,
        "{damaged} of 20 flips were found at the restart"
    );
}

#[test]
fn nothing_flips_on_an_empty_disk() {
    let mut world = world();
    world.wipe(N1).unwrap();
    world.disk(N1, DiskFault::Flip).unwrap();
    assert_eq!(struck(&world, FaultKind::DiskFlip), 0);
}

#[test]
fn writes_that_wait_for_a_sync_share_the_next_one() {
    let mut world = world();
    let key = key_of(&world, N1);
    for number in 0..50 {
        let key = beside(&key, number);
        start_put(&mut world, N1, &key, "milk", 1);
    }
    world.settle().unwrap();
    let events = world.trace().events().iter();
    let stored: Vec<u64> = events
        .filter_map(|event| match &event.what {
            What::Stored { node, .. } if *node == N1 => Some(event.at.0),
            _ => None,
        })
        .collect();
    let mut syncs = stored.clone();
    syncs.dedup();
    assert!(stored.len() > 20, "{}", stored.len());
    assert!(syncs.len() * 3 < stored.len(), "{} syncs", syncs.len());
}

#[test]
fn a_crash_in_the_middle_of_a_sync_leaves_any_part_of_it() {
    let mut left = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let mut world = World::new(config(seed)).unwrap();
        let key = key_of(&world, N1);
        put(&mut world, N1, &key, "milk", 3).unwrap();
        world.settle().unwrap();
        for number in 0..10 {
            let key = beside(&key, number);
            start_put(&mut world, N1, &key, "eggs", 1);
        }
        // The first is being synced, the others wait; then the others are.
        run_for(&mut world, Duration::from_micros(320));
        world.kill(N1).unwrap();
        world.restart(N1).unwrap();
        let cells = world.cells(N1).unwrap();
        assert!(cells.iter().any(|(found, _)| *found == key), "SEED={seed}");
        left.insert(cells.len());
        world.settle().unwrap();
    }
    assert!(left.len() > 3, "{left:?}");
}

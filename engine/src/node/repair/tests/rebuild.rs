//! A node that lost its disk.

use core::time::Duration;

use super::{Few, Weather};
use crate::NodeId;
use crate::base::rng::Rng;
use crate::node::replica::tests::fixture::{cell, key, keyspace, merge, open_of};
use crate::node::{Content, Replica};
use crate::seeded::cases;
use crate::vfs::MemoryDisk;
use proptest::prelude::*;

fn fill(replica: &mut Replica, id: u32, keys: u64) {
    let keys_of = keyspace(3);
    for number in 0..keys {
        assert!(keys_of.owners(&key(number)).contains(&NodeId(id)));
        merge(
            replica,
            vec![(key(number), cell(1 + (number % 3) as u32, Some(b"milk")))],
        );
    }
}

fn content(few: &mut Few, id: u32) -> Content {
    few.side(id).node.rebuild().content()
}

/// Node 1 comes back with nothing, and so begins to ask its peers.
fn lose_disk(few: &mut Few, incarnation: u32) {
    few.boot(1, MemoryDisk::new(), incarnation);
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn it_is_filled_by_its_peers_whatever_the_network_loses(
        seed in any::<u64>(),
        keys in 0_u64..800,
        lost in 0.0..0.5,
        rate in prop_oneof![Just(0_u64), Just(20_000)],
    ) {
        let mut few = Few::new(3, 3, rate);
        few.rng = Rng::from_seed(seed);
        (1..=3).for_each(|id| fill(&mut few.side(id).replica, id, keys));
        let before = few.side(1).replica.cells().unwrap();
        few.weather = Weather { lost, twice: 0.2, early: 0.3 };
        lose_disk(&mut few, 2);
        few.settle();
        let mut ticks = 0;
        while content(&mut few, 1) == Content::Rebuilding {
            ticks += 1;
            prop_assert!(ticks < 400);
            few.pass(Duration::from_millis(200));
        }
        prop_assert_eq!(few.side(1).replica.cells().unwrap(), before);
        prop_assert!(few.agree(1, 2) && few.agree(1, 3));
    }
}

#[test]
fn it_is_not_whole_before_its_last_peer_has_spoken_and_remembers_that() {
    let mut few = Few::new(2, 3, 0);
    fill(&mut few.side(2).replica, 2, 500);
    assert_eq!(
        content(&mut few, 1),
        Content::Whole,
        "a new node's disk is blank, and whole"
    );
    lose_disk(&mut few, 2);
    assert_eq!(
        content(&mut few, 1),
        Content::Rebuilding,
        "a later life's blank disk is a lost one"
    );
    few.settle();
    for _ in 0..20 {
        few.pass(Duration::from_millis(200));
    }
    let left: Vec<NodeId> = few.side(1).node.rebuild().left().collect();
    assert_eq!(left, [NodeId(3)]);
    assert_eq!(
        few.side(1).replica.cells().unwrap().len(),
        500,
        "the dead one is not waited for"
    );
    few.side(1).replica.sync().unwrap();
    let disk = few.side(1).disk.clone();
    few.sides.remove(&NodeId(1));
    let (_, found) = open_of(&disk, 1, 3);
    assert_eq!(found.content, Some(Content::Rebuilding));

    few.boot(3, MemoryDisk::new(), 1);
    few.boot(1, disk.clone(), 3);
    assert!(few.side(1).node.is_rebuilding());
    few.settle();
    for _ in 0..20 {
        few.pass(Duration::from_millis(200));
    }
    assert_eq!(content(&mut few, 1), Content::Whole);
    assert!(few.side(1).events.contains(&"rebuilt".to_owned()));
    few.side(1).replica.sync().unwrap();
    few.sides.remove(&NodeId(1));
    assert_eq!(open_of(&disk, 1, 3).1.content, Some(Content::Whole));
}

#[test]
fn a_page_that_the_disk_refuses_is_asked_for_again() {
    let mut few = Few::new(2, 2, 0);
    for number in 0..200 {
        let cells = vec![(key(number), cell(2, Some(&[b'v'; 10_000])))];
        merge(&mut few.side(2).replica, cells);
    }
    lose_disk(&mut few, 2);
    few.settle();
    assert_eq!(content(&mut few, 1), Content::Whole);
    lose_disk(&mut few, 3);
    let disk = few.side(1).disk.clone();
    disk.set_capacity_bytes(100_000);
    few.settle();
    for _ in 0..5 {
        few.pass(Duration::from_millis(200));
    }
    assert_eq!(content(&mut few, 1), Content::Rebuilding);
    assert!(
        few.side(1)
            .events
            .iter()
            .any(|text| text.contains("disk full"))
    );
    disk.set_capacity_bytes(1 << 30);
    for _ in 0..5 {
        few.pass(Duration::from_millis(200));
    }
    assert_eq!(content(&mut few, 1), Content::Whole);
    assert!(few.agree(1, 2));
}

/// Which of the first three nodes are whole after a while.
fn whole_after(few: &mut Few, seconds: u64) -> [bool; 3] {
    for _ in 0..seconds * 5 {
        few.pass(Duration::from_millis(200));
    }
    [1, 2, 3].map(|id| content(few, id) == Content::Whole && !few.side(id).node.is_rebuilding())
}

#[test]
fn two_that_lost_their_disks_do_not_wait_for_each_other_for_ever() {
    let mut few = Few::new(3, 3, 0);
    (1..=3).for_each(|id| fill(&mut few.side(id).replica, id, 300));
    let before = few.side(3).replica.cells().unwrap();
    (1..=2).for_each(|id| few.boot(id, MemoryDisk::new(), 2));
    assert_eq!(whole_after(&mut few, 5), [true; 3]);
    for id in 1..=2 {
        assert_eq!(few.side(id).replica.cells().unwrap(), before, "n{id}");
    }
}

#[test]
fn when_all_lost_their_disks_they_go_on_with_nothing() {
    let mut few = Few::new(3, 3, 0);
    (1..=3).for_each(|id| few.boot(id, MemoryDisk::new(), 2));
    assert_eq!(whole_after(&mut few, 5), [true; 3]);
    // And take in what is written from then on.
    merge(
        &mut few.side(1).replica,
        vec![(key(1), cell(1, Some(b"milk")))],
    );
    few.exchange(1, 2);
    assert!(few.agree(1, 2));
}

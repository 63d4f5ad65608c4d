//! Random operations, reopening and crashes: the trees and counts are those of the disk, and an operation is whole
//! or not there.

use core::ops::Bound;

use bytes::Bytes;
use proptest::prelude::*;

use super::fixture::{cell, key, keyspace, open, writer};
use crate::NodeId;
use crate::base::rng::Rng;
use crate::base::time::Wall;
use crate::causal::VersionVector;
use crate::node::replica::boot::plant;
use crate::node::{Content, Recovered, Replica, StoreOp, StoreResult};
use crate::seeded::cases;
use crate::vfs::MemoryDisk;

#[derive(Clone, Debug)]
enum Step {
    Write(u64, Option<u8>),
    Merge(Vec<(u64, u32, u8)>),
    Purge(Vec<u64>),
    Hint(u32, u64),
    Drop(u32, Vec<u64>),
    Epoch(u64),
    Content(bool),
    Sync,
    Maintain,
    Reopen,
    Crash(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = 0_u64..30;
    let step = prop_oneof![
        6 => (key.clone(), any::<Option<u8>>()).prop_map(|(key, value)| Step::Write(key, value)),
        6 => prop::collection::vec((key.clone(), 1_u32..4, any::<u8>()), 0..6).prop_map(Step::Merge),
        3 => prop::collection::vec(key.clone(), 0..4).prop_map(Step::Purge),
        3 => (2_u32..4, key).prop_map(|(target, key)| Step::Hint(target, key)),
        2 => (2_u32..4, prop::collection::vec(0_u64..9, 0..4))
            .prop_map(|(target, numbers)| Step::Drop(target, numbers)),
        1 => any::<u64>().prop_map(Step::Epoch),
        1 => any::<bool>().prop_map(Step::Content),
        2 => Just(Step::Sync),
        1 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
        1 => any::<u64>().prop_map(Step::Crash),
    ];
    prop::collection::vec(step, 1..60)
}

/// All that the store holds.
type Stored = Vec<(Bytes, Bytes)>;

fn content(replica: &Replica) -> Stored {
    let mut range = replica
        .store()
        .range(Bound::Unbounded, Bound::Unbounded)
        .unwrap();
    let mut pairs = Vec::new();
    while let Some((key, value)) = range.next().unwrap() {
        pairs.push((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
    }
    pairs
}

fn op(replica: &Replica, step: &Step) -> StoreOp {
    match step {
        Step::Write(number, value) => StoreOp::Write {
            key: key(*number),
            value: value.map(|value| Bytes::from(vec![value])),
            supersedes: VersionVector::default(),
            writer: writer(1),
        },
        Step::Merge(cells) => {
            let each = cells.iter();
            let cells = each.map(|(number, by, value)| (key(*number), cell(*by, Some(&[*value]))));
            let mut cells: Vec<_> = cells.collect();
            match cells.len() {
                1 => {
                    let (key, cell) = cells.remove(0);
                    StoreOp::MergeOne(key, cell)
                }
                _ => StoreOp::Merge(cells),
            }
        }
        Step::Purge(numbers) => {
            let digest =
                |number: &u64| (key(*number), replica.cell(&key(*number)).unwrap().digest());
            StoreOp::Purge(numbers.iter().chain(numbers).map(digest).collect())
        }
        Step::Hint(target, number) => StoreOp::Hint {
            target: NodeId(*target),
            key: key(*number),
            cell: cell(1, Some(b"kept")),
            at: Wall(*number),
        },
        Step::Drop(target, numbers) => StoreOp::DropHints {
            target: NodeId(*target),
            numbers: numbers.clone(),
        },
        Step::Epoch(epoch) => StoreOp::SetRepairEpoch(*epoch),
        Step::Content(whole) if *whole => StoreOp::SetContent(Content::Whole),
        _ => StoreOp::SetContent(Content::Rebuilding),
    }
}

/// The trees and counts are those of a boot.
fn check(replica: &Replica) {
    let planted = plant(replica.store(), &keyspace(5), NodeId(1)).unwrap();
    assert!(
        *replica.forest() == planted,
        "the trees are not those of the disk"
    );
}

fn check_boot(before: &Replica, after: &Replica, found: &Recovered) {
    assert!(before.forest() == after.forest());
    assert_eq!(before.hint_counts(), found.hints);
    assert_eq!(before.metadata, after.metadata);
    let metadata = (found.repair_epoch, found.content);
    assert_eq!(
        (before.metadata.repair_epoch, before.metadata.content),
        metadata
    );
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn trees_and_counts_are_those_of_the_disk_and_an_operation_is_whole(steps in steps()) {
        let disk = MemoryDisk::new();
        let (mut replica, _) = open(&disk, 1);
        // What the disk may hold after a crash: what was synced, or any later state.
        let mut states = vec![content(&replica)];
        for step in &steps {
            match step {
                Step::Sync => {
                    replica.sync().unwrap();
                    states = vec![content(&replica)];
                }
                Step::Maintain => drop(replica.maintain().unwrap()),
                Step::Reopen => {
                    replica.sync().unwrap();
                    // The folder's lock is given back first.
                    let Replica { store, keys, forest, hints, metadata, batch, staged, scratch, undurable, tail } = replica;
                    drop(store);
                    let (again, found) = open(&disk, 1);
                    let before = Replica {
                        store: crate::storage::Store::open(
                            std::sync::Arc::new(MemoryDisk::new()),
                            crate::storage::Options::small(),
                        )
                        .unwrap(),
                        keys, forest, hints, metadata, batch, staged, scratch, tail, undurable,
                    };
                    check_boot(&before, &again, &found);
                    replica = again;
                    states = vec![content(&replica)];
                }
                Step::Crash(seed) => {
                    drop(replica);
                    disk.crash(&mut Rng::from_seed(*seed));
                    replica = open(&disk, 1).0;
                    let found = content(&replica);
                    prop_assert!(states.contains(&found), "a state that never was");
                    states = vec![found];
                }
                _ => {
                    let op = op(&replica, step);
                    let (result, _) = replica.execute(op);
                    prop_assert!(!matches!(result, StoreResult::Failed(_)), "{result:?}");
                    states.push(content(&replica));
                }
            }
            check(&replica);
        }
    }
}

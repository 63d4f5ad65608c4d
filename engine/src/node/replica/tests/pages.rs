//! Walks: every key once, whatever the size of a page.

use crate::node::replica::{Page, StreamWhy};
use core::ops::Bound;

use bytes::Bytes;
use proptest::prelude::*;

use super::fixture::{cell, keyspace, merge, open};
use crate::NodeId;
use crate::base::time::Wall;
use crate::causal::Cell;
use crate::node::replica::forest::{LEAVES, LeafSet, Leaves, leaf_of};
use crate::node::{Group, Replica, StoreOp, StoreResult, TreeOp, TreeResult};
use crate::seeded::cases;
use crate::vfs::MemoryDisk;

fn keys() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // Around the edges of tables, and of what is no table.
    let edge = prop_oneof![Just(0_u8), Just(1), Just(0x7f), Just(238), Just(239)];
    let key = (
        edge,
        prop::collection::vec(prop_oneof![Just(0_u8), Just(255), any::<u8>()], 0..4),
    )
        .prop_map(|(first, rest)| [&[first][..], &rest].concat());
    prop::collection::vec(key, 0..60)
}

fn filled(keys: &[Vec<u8>]) -> (Replica, Vec<Bytes>) {
    let (mut replica, _) = open(&MemoryDisk::new(), 1);
    for key in keys {
        let value = vec![b'v'; key.len() * 7];
        merge(
            &mut replica,
            vec![(Bytes::from(key.clone()), cell(1, Some(&value)))],
        );
    }
    let hint = StoreOp::Hint {
        target: NodeId(2),
        key: Bytes::from("k"),
        cell: cell(1, None),
        at: Wall(0),
    };
    replica.execute(hint);
    replica.execute(StoreOp::SetRepairEpoch(3));
    let mut sorted: Vec<Bytes> = keys.iter().cloned().map(Bytes::from).collect();
    sorted.sort();
    sorted.dedup();
    (replica, sorted)
}

fn bound() -> impl Strategy<Value = Bound<Bytes>> {
    let key = prop::collection::vec(any::<u8>(), 0..3).prop_map(Bytes::from);
    prop_oneof![
        2 => Just(Bound::Unbounded),
        1 => key.clone().prop_map(Bound::Included),
        1 => key.prop_map(Bound::Excluded),
    ]
}

fn all_leaves() -> LeafSet {
    let mut set = LeafSet::default();
    (0..LEAVES as u16).for_each(|leaf| set.insert(leaf));
    set
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn pages_of_a_scan_hold_every_key_of_the_range_once(
        keys in keys(),
        from in bound(),
        to in bound(),
        keys_max in 1_usize..9,
        bytes_max in 0_usize..300,
    ) {
        let (mut replica, sorted) = filled(&keys);
        let expected: Vec<Bytes> = sorted
            .into_iter()
            .filter(|key| core::ops::RangeBounds::contains(&(from.clone(), to.clone()), key))
            .collect();
        let (mut met, mut from) = (Vec::<Bytes>::new(), from);
        loop {
            let op = StoreOp::Scan { from: from.clone(), to: to.clone(), keys_max, bytes_max };
            let (StoreResult::Page { cells, more }, _) = replica.execute(op) else { panic!("no page") };
            let size = |(key, cell): &(Bytes, Cell)| key.len() + cell.encode().len();
            prop_assert!(cells.len() <= keys_max);
            prop_assert!(cells.len() == 1 || cells.iter().map(size).sum::<usize>() <= bytes_max);
            met.extend(cells.into_iter().map(|(key, _)| key));
            if !more { break; }
            from = Bound::Excluded(met.last().unwrap().clone());
        }
        prop_assert_eq!(met, expected);
    }

    #[test]
    fn pages_of_leaves_name_each_of_their_keys_once(
        keys in keys(),
        keys_max in 0_usize..9,
        looks_max in 0_usize..20,
        part in any::<bool>(),
    ) {
        let (mut replica, sorted) = filled(&keys);
        let space = keyspace(5);
        let mut set = all_leaves();
        if part {
            set = LeafSet::default();
            sorted.iter().step_by(2).for_each(|key| set.insert(leaf_of(key)));
        }
        let group = |key: &Bytes| Group::new(space.owners(key));
        let wanted: std::collections::BTreeSet<Group> = sorted.iter().step_by(3).map(group).collect();
        let leaves: Leaves = wanted.iter().map(|group| (group.clone(), set)).collect();
        let expected: Vec<Bytes> = sorted
            .iter()
            .filter(|key| wanted.contains(&group(key)) && set.contains(leaf_of(key)))
            .cloned()
            .collect();
        let (mut met, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let op = TreeOp::Keys { leaves: leaves.clone(), after, upto: None, keys_max, looks_max };
            let (StoreResult::Tree(TreeResult::Keys { keys, upto }), _) = replica.execute(StoreOp::Tree(op))
            else { panic!("no page") };
            pages += 1;
            prop_assert!(keys.len() <= keys_max.max(1) && pages <= sorted.len() + 1);
            for named in keys {
                prop_assert_eq!(named.digest, replica.cell(&named.key).unwrap().digest());
                met.push(named.key);
            }
            if upto.is_none() { break; }
            after = upto;
        }
        prop_assert_eq!(met, expected);
    }

    #[test]
    fn pages_of_a_stream_hold_every_shared_key_once(
        keys in keys(),
        looks_max in 0_usize..20,
        bytes_max in 0_usize..300,
    ) {
        let (mut replica, sorted) = filled(&keys);
        let space = keyspace(5);
        let both = |key: &&Bytes| {
            let owners = space.owners(key);
            owners.contains(&NodeId(1)) && owners.contains(&NodeId(2))
        };
        let expected: Vec<Bytes> = sorted.iter().filter(both).cloned().collect();
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let op = TreeOp::Stream { peer: NodeId(2), why: StreamWhy::Lost, after: after.clone(), looks_max, bytes_max };
            let (StoreResult::Tree(TreeResult::Stream { page: Page { cells, .. }, bytes, next }), _) =
                replica.execute(StoreOp::Tree(op))
            else { panic!("no page") };
            prop_assert!(cells.len() <= 1 || bytes <= bytes_max);
            prop_assert!(next.is_none() || next > after);
            met.extend(cells.into_iter().map(|(key, _)| key));
            if next.is_none() { break; }
            after = next;
        }
        prop_assert_eq!(met, expected);
    }
}

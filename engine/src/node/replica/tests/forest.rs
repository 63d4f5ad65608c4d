//! Trees: what they tell of two replicas.

use crate::node::topology::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::fixture::{cell, key, keyspace, merge, open, placement};
use crate::NodeId;
use crate::node::replica::forest::{LEAVES, LeafSet, Leaves, leaf_of};
use crate::node::{Group, Keyspace, Replica, StoreOp, StoreResult, TreeOp, TreeResult};
use crate::ring::{Member, Modulo};
use crate::seeded::cases;
use crate::storage::{Options, Store};
use crate::vfs::MemoryDisk;

fn replica(id: u32) -> Replica {
    open(&MemoryDisk::new(), id).0
}

fn tree(replica: &mut Replica, op: TreeOp) -> TreeResult {
    match replica.execute(StoreOp::Tree(op)) {
        (StoreResult::Tree(found), _) => found,
        (other, _) => panic!("{other:?}"),
    }
}

/// The comparison from the roots down to the leaves, as node 1 and node 2 do it.
fn differing_leaves(one: &mut Replica, two: &mut Replica) -> Leaves {
    let (peer, groups_max) = (NodeId(2), 100);
    let ask = TreeOp::Roots {
        peer,
        after: None,
        groups_max,
    };
    let TreeResult::Roots { roots, upto } = tree(one, ask) else {
        panic!("no roots")
    };
    let ask = TreeOp::Branches {
        peer: NodeId(1),
        after: None,
        upto,
        theirs: roots,
        groups_max,
    };
    let TreeResult::Branches { branches, .. } = tree(two, ask) else {
        panic!("no branches")
    };
    let ask = TreeOp::Leaves {
        theirs: branches,
        rows_max: 1 << 12,
    };
    let TreeResult::Leaves { leaves, .. } = tree(one, ask) else {
        panic!("no leaves")
    };
    match tree(two, TreeOp::Differing { theirs: leaves }) {
        TreeResult::Differing(leaves) => leaves,
        other => panic!("{other:?}"),
    }
}

fn group_of(key: &[u8]) -> Group {
    Group::new(keyspace(5).owners(key))
}

fn shared(key: &[u8]) -> bool {
    let group = group_of(key);
    group.contains(NodeId(1)) && group.contains(NodeId(2))
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn the_comparison_finds_just_the_leaves_that_differ(
        both in prop::collection::btree_set(0_u64..400, 0..200),
        other in prop::collection::btree_map(0_u64..400, 0_u8..3, 0..12),
    ) {
        let (mut one, mut two) = (replica(1), replica(2));
        for number in &both {
            let known = vec![(key(*number), cell(3, Some(b"milk")))];
            merge(&mut one, known.clone());
            merge(&mut two, known);
        }
        let mut expected: BTreeMap<Group, LeafSet> = BTreeMap::new();
        for (number, place) in &other {
            let news = vec![(key(*number), cell(4, Some(b"eggs")))];
            let places = [place % 2 == 0, place % 3 == 1];
            if places[0] { merge(&mut one, news.clone()); }
            if places[1] { merge(&mut two, news); }
            if places[0] != places[1] && shared(&key(*number)) {
                expected.entry(group_of(&key(*number))).or_default().insert(leaf_of(&key(*number)));
            }
        }
        let found: BTreeMap<Group, LeafSet> =
            differing_leaves(&mut one, &mut two).iter().cloned().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn equal_replicas_have_equal_roots_in_whatever_order_their_keys_came(
        numbers in prop::collection::vec(0_u64..500, 1..120),
        turn in 0_usize..120,
        parts in 1_usize..20,
    ) {
        let (mut one, mut two) = (replica(1), replica(2));
        let cells: Vec<_> = numbers
            .iter()
            .map(|number| (key(*number), cell(1 + (*number % 3) as u32, Some(b"milk"))))
            .collect();
        let mut turned = cells.clone();
        turned.rotate_left(turn % cells.len());
        turned.reverse();
        for cell in cells { merge(&mut one, vec![cell]); }
        for part in turned.chunks(parts) { merge(&mut two, part.to_vec()); }
        let of = |replica: &Replica| -> BTreeMap<Group, u64> {
            let roots = replica.forest().roots().into_iter();
            roots.filter(|(group, _)| group.contains(NodeId(1)) && group.contains(NodeId(2))).collect()
        };
        prop_assert_eq!(of(&one), of(&two));
        prop_assert!(differing_leaves(&mut one, &mut two).is_empty());
    }
}

#[test]
fn the_groups_of_five_nodes_are_few_and_their_keys_are_spread_over_the_leaves() {
    let mut replica = replica(1);
    let mut leaves: BTreeMap<Group, BTreeSet<u16>> = BTreeMap::new();
    let mut keys: BTreeMap<Group, usize> = BTreeMap::new();
    let all: Vec<Bytes> = (0..20_000).map(key).collect();
    for key in &all {
        leaves
            .entry(group_of(key))
            .or_default()
            .insert(leaf_of(key));
        *keys.entry(group_of(key)).or_default() += 1;
    }
    let some = cell(1, Some(b"milk"));
    merge(
        &mut replica,
        all.into_iter().map(|key| (key, some.clone())).collect(),
    );
    assert!(leaves.len() <= 10);
    let here = leaves.keys().filter(|group| group.contains(NodeId(1)));
    assert_eq!(replica.forest().roots().len(), here.count());
    for (group, leaves) in &leaves {
        // Thrown at random, n keys miss a leaf with probability (1 - 1/1024)^n.
        let thrown = keys[group] as f64 / LEAVES as f64;
        let least = LEAVES as f64 * if thrown > 2.0 { 0.8 } else { thrown * 0.3 };
        assert!(
            leaves.len() as f64 > least,
            "{group}: {} leaves of {thrown}",
            leaves.len()
        );
    }
}

#[test]
fn a_placement_that_is_no_ring_has_groups_too_and_a_new_placement_plants_anew() {
    let disk = MemoryDisk::new();
    let member = |node| Member {
        node: NodeId(node),
        zone: crate::Zone(1),
        weight: 1,
    };
    let modulo = Arc::new(Modulo::new((1..=5).map(member).collect()).unwrap());
    let keys = Keyspace::new(modulo, super::fixture::tables(), None);
    let store = Store::open(Arc::new(disk.clone()), Options::small()).unwrap();
    let (mut replica, _) = Replica::open(store, NodeId(1), keys).unwrap();
    for number in 0..200 {
        merge(&mut replica, vec![(key(number), cell(1, Some(b"milk")))]);
    }
    assert_eq!(
        replica.forest().roots().len(),
        3,
        "five neighbours in a circle"
    );
    let shape = Shape::founding(placement(5));
    replica.execute(StoreOp::Adopt(shape));
    replica.sync().unwrap();
    let placed = replica.forest().roots();
    drop(replica);
    assert_eq!(placed, open(&disk, 1).0.forest().roots());
}

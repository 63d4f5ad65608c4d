//! Partitions and slots: each node has its due, and as little changes hands as can.
//!
//! `SEED=n cargo test` replays a failing run; the seed stands in the failure's output.

use std::collections::BTreeSet;

use kvorum::base::id::Nodes;
use kvorum::base::limits::PARTITIONS_MAX;
use kvorum::ring::{Member, Partitions, Placement, Slots, movement};
use kvorum::{NodeId, Zone};
use proptest::prelude::*;

mod common_ring;
mod seeded;
use common_ring::keys;
use seeded::cases;

fn member(node: u32, zones: u32, weight: u32) -> Member {
    Member {
        node: NodeId(node),
        zone: Zone(1 + node % zones),
        weight,
    }
}

fn partitions(nodes: u32, zones: u32, count: u32) -> Partitions {
    Partitions::new(
        (1..=nodes).map(|node| member(node, zones, 1)).collect(),
        count,
        3,
    )
    .expect("these partitions are good")
}

fn first_of(lists: &[Nodes], node: NodeId) -> usize {
    lists.iter().filter(|list| list[0] == node).count()
}

fn copies_of(lists: &[Nodes], node: NodeId) -> usize {
    lists.iter().filter(|list| list.contains(&node)).count()
}

#[test]
fn each_node_is_first_of_its_part_and_holds_its_part() {
    for nodes in [3, 7, 10, 30] {
        let partitions = partitions(nodes, 1, 1_000);
        for member in partitions.members() {
            let first = first_of(partitions.lists(), member.node);
            let copies = copies_of(partitions.lists(), member.node);
            assert!(
                first.abs_diff(1_000 / nodes as usize) <= 1,
                "{member:?} of {nodes}: {first}"
            );
            assert!(
                copies.abs_diff(3_000 / nodes as usize) <= 1,
                "{member:?} of {nodes}: {copies}"
            );
        }
    }
    let weighted = Partitions::new(
        vec![member(1, 1, 1), member(2, 1, 2), member(3, 1, 5)],
        800,
        1,
    )
    .unwrap();
    for (node, part) in [(1, 100), (2, 200), (3, 500)] {
        assert_eq!(first_of(weighted.lists(), NodeId(node)), part);
    }
    for nodes in [9, 12] {
        let partitions = partitions(nodes, 3, 1_000);
        for member in partitions.members() {
            let first = first_of(partitions.lists(), member.node);
            assert!(
                first.abs_diff(1_000 / nodes as usize) <= 1,
                "{member:?}: {first}, in zones too"
            );
        }
    }
}

#[test]
fn a_join_moves_the_joiners_due_and_a_leave_the_leavers() {
    let ten = partitions(10, 1, 1_000);
    let slots = Slots::new(ten.members().to_vec(), 3).unwrap();
    for placement in [&ten as &dyn Placement, &slots] {
        let join = placement.with(member(11, 1, 1)).unwrap();
        let moved = movement(placement, &*join, 3, keys(20_000));
        assert!(
            (moved.share() - 1.0 / 11.0).abs() < 0.01,
            "{}",
            moved.share()
        );
        assert!(
            (moved.replica_share() - 1.0 / 11.0).abs() < 0.01,
            "{}",
            moved.replica_share()
        );
        assert!(moved.between.keys().all(|(_, to)| *to == NodeId(11)));

        let leave = placement.without(NodeId(4)).unwrap();
        let moved = movement(placement, &*leave, 3, keys(20_000));
        assert!((moved.share() - 0.1).abs() < 0.01, "{}", moved.share());
        assert!(
            (moved.replica_share() - 0.1).abs() < 0.01,
            "{}",
            moved.replica_share()
        );
        assert!(moved.between.keys().all(|(from, _)| *from == NodeId(4)));
    }
}

#[test]
fn a_tag_keeps_keys_together() {
    let slots = Slots::new((1..=6).map(|node| member(node, 3, 1)).collect(), 3).unwrap();
    let cart = slots.owners(b"{alice}:cart", 3);
    for key in ["{alice}:orders", "last:{alice}", "alice"] {
        assert_eq!(slots.owners(key.as_bytes(), 3), cart);
    }
    let apart = (0..50).filter(|key| slots.owners(format!("alice:{key}").as_bytes(), 3) != cart);
    assert!(apart.count() > 25);
}

#[test]
fn tables_that_make_no_sense_are_refused() {
    let refused = |count: u32, copies: usize, part: &str| {
        let members = (1..=5).map(|node| member(node, 1, 1)).collect();
        let error = Partitions::new(members, count, copies)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(4, 3, "4 partitions for 5 nodes");
    refused(0, 3, "0 partitions");
    refused(PARTITIONS_MAX + 1, 3, "are too many");
    refused(100, 0, "give 1 copy or more");
    let full = partitions(5, 1, 5);
    assert!(
        full.with(member(6, 1, 1)).is_err(),
        "a sixth node would have none"
    );
    assert!(Slots::new(vec![member(1, 1, 1)], 0).is_err());
}

fn clusters() -> impl Strategy<Value = Vec<Member>> {
    prop::collection::vec((1_u32..5, 1_u32..5), 1..12).prop_map(|drawn| {
        let numbered = (1..).zip(drawn);
        let member = |(node, (zone, weight))| Member {
            node: NodeId(node),
            zone: Zone(zone),
            weight,
        };
        numbered.map(member).collect()
    })
}

/// What a table promises in any state.
fn check(placement: &dyn Placement, copies: usize) -> Result<(), TestCaseError> {
    let zone_of = |node: &NodeId| {
        let found = placement
            .members()
            .iter()
            .find(|member| member.node == *node);
        found.expect("an owner is a member").zone
    };
    let zones_all: BTreeSet<Zone> = placement
        .members()
        .iter()
        .map(|member| member.zone)
        .collect();
    for key in keys(200) {
        let owners = placement.owners(&key, copies);
        prop_assert_eq!(owners.len(), copies.min(placement.members().len()));
        let distinct: BTreeSet<_> = owners.iter().collect();
        prop_assert_eq!(distinct.len(), owners.len());
        let zones: BTreeSet<Zone> = owners.iter().map(zone_of).collect();
        prop_assert_eq!(zones.len(), owners.len().min(zones_all.len()));
        let whole = placement.owners(&key, 20);
        prop_assert_eq!(&whole[..owners.len()], &owners[..]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn only_a_joiner_gains_and_only_a_leaver_loses(
        members in clusters(), copies in 1_usize..5, zone in 1_u32..6, leaver in 0_usize..12,
    ) {
        let before = Partitions::new(members.clone(), 128, copies).unwrap();
        check(&before, copies)?;
        let joiner = Member { node: NodeId(50), zone: Zone(zone), weight: 2 };
        let after = before.with(joiner).unwrap();
        check(&*after, copies)?;
        for key in keys(200) {
            let (old, new) = (before.owners(&key, copies), after.owners(&key, copies));
            prop_assert!(new.iter().all(|node| old.contains(node) || *node == joiner.node));
            prop_assert!(new[0] == old[0] || new[0] == joiner.node || !new.contains(&old[0]));
        }
        let leaver = members[leaver % members.len()].node;
        let less = after.without(leaver).unwrap();
        check(&*less, copies)?;
        for key in keys(200) {
            let (old, new) = (after.owners(&key, copies), less.owners(&key, copies));
            if !old.contains(&leaver) {
                prop_assert_eq!(BTreeSet::from_iter(old), BTreeSet::from_iter(new));
            } else {
                let stayed = old.iter().filter(|node| **node != leaver);
                prop_assert!(stayed.into_iter().all(|node| new.contains(node)));
            }
        }
    }
}

//! What every placement promises, whatever the members: distinct nodes, zones spread, shares by weight.
//!
//! `SEED=n cargo test` replays a failing run; the seed stands in the failure's output.

use std::collections::BTreeSet;

use kvorum::ring::{Jump, Member, Modulo, Partitions, Placement, Rendezvous, Ring, Slots, balance};
use kvorum::{NodeId, Zone};
use proptest::prelude::*;

mod common_ring;
mod seeded;
use common_ring::keys;
use seeded::cases;

fn member(node: u32, zone: u32, weight: u32) -> Member {
    Member {
        node: NodeId(node),
        zone: Zone(zone),
        weight,
    }
}

/// All of them, but for slots: they are a table as partitions are, and a large one.
fn placements(members: &[Member], tokens: u32) -> Vec<Box<dyn Placement>> {
    let mut all = by_members(members, tokens);
    let partitions = Partitions::new(members.to_vec(), 256, 3);
    all.push(Box::new(partitions.expect("these members are good")));
    all
}

/// Those that are a function of the members there are, and not of how they came.
fn by_members(members: &[Member], tokens: u32) -> Vec<Box<dyn Placement>> {
    vec![
        Box::new(Ring::new(members.to_vec(), tokens, 7).expect("these members are good")),
        // A few tokens will do, and are found soon.
        Box::new(
            Ring::allocated(members.to_vec(), tokens.min(4), 3, 7).expect("these members are good"),
        ),
        Box::new(Modulo::new(members.to_vec()).expect("these members are good")),
        Box::new(Rendezvous::new(members.to_vec()).expect("these members are good")),
        Box::new(Jump::new(members.to_vec()).expect("these members are good")),
    ]
}

fn clusters() -> impl Strategy<Value = Vec<Member>> {
    let one = (1_u32..60, 1_u32..5, 1_u32..4);
    prop::collection::vec(one, 1..14).prop_map(|drawn| {
        let mut seen = BTreeSet::new();
        let first = drawn.into_iter().filter(|(node, ..)| seen.insert(*node));
        first
            .map(|(node, zone, weight)| member(node, zone, weight))
            .collect()
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn owners_are_distinct_members_spread_over_zones(
        members in clusters(),
        tokens in 1_u32..20,
        copies in 0_usize..16,
        key in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        for placement in placements(&members, tokens) {
            let owners = placement.owners(&key, copies);
            prop_assert_eq!(owners.len(), copies.min(members.len()));
            let distinct: BTreeSet<_> = owners.iter().collect();
            prop_assert_eq!(distinct.len(), owners.len(), "{}", placement.name());

            let zone_of = |node: &NodeId| {
                let found = placement.members().iter().find(|member| member.node == *node);
                found.expect("an owner is a member").zone
            };
            let zones_all: BTreeSet<_> = members.iter().map(|member| member.zone).collect();
            let zones: BTreeSet<_> = owners.iter().map(zone_of).collect();
            prop_assert_eq!(zones.len(), owners.len().min(zones_all.len()), "{}", placement.name());
            let head = &owners[..zones.len()];
            let head_zones: BTreeSet<_> = head.iter().map(zone_of).collect();
            prop_assert_eq!(head_zones.len(), head.len(), "new zones come first");

            let longer = placement.owners(&key, copies + 1);
            prop_assert_eq!(&longer[..owners.len()], &owners[..], "a shorter list heads a longer");
        }
    }

    #[test]
    fn members_stand_in_order_whatever_order_they_joined_in(members in clusters(), key in any::<[u8; 8]>()) {
        let mut reversed = members.clone();
        reversed.reverse();
        for (one, other) in placements(&members, 8).iter().zip(placements(&reversed, 8)) {
            prop_assert!(one.members().is_sorted_by_key(|member| member.node));
            prop_assert_eq!(one.owners(&key, 5), other.owners(&key, 5));
        }
    }

    #[test]
    fn leaving_undoes_joining(members in clusters(), key in any::<[u8; 8]>()) {
        for placement in by_members(&members, 8) {
            let back = placement.with(member(99, 9, 2)).unwrap().without(NodeId(99)).unwrap();
            prop_assert_eq!(back.members(), placement.members());
            prop_assert_eq!(back.owners(&key, 5), placement.owners(&key, 5));
        }
    }

    #[test]
    fn ring_shares_sum_to_one_and_tokens_are_sorted(members in clusters(), tokens in 1_u32..50, seed: u64) {
        let ring = Ring::new(members.clone(), tokens, seed).unwrap();
        let sum: f64 = ring.shares().values().sum();
        prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
        prop_assert!(ring.tokens().is_sorted());
        for member in &members {
            let own = ring.tokens().iter().filter(|(_, node)| *node == member.node);
            prop_assert_eq!(own.count() as u32, tokens * member.weight);
        }
    }
}

#[test]
fn shares_follow_weights() {
    let members = [member(1, 1, 1), member(2, 1, 2), member(3, 2, 5)];
    for placement in placements(&members, 512) {
        let balance = balance(placement.as_ref(), keys(60_000));
        for (node, weight) in [(1, 1.0), (2, 2.0), (3, 5.0)] {
            let expected = 60_000.0 * weight / 8.0;
            let actual = balance.per_node[&NodeId(node)] as f64;
            let off = (actual / expected - 1.0).abs();
            assert!(
                off < 0.12,
                "{} n{node}: {actual} of {expected}",
                placement.name()
            );
        }
    }
}

#[test]
fn a_rings_shares_are_what_keys_find() {
    let members: Vec<Member> = (1..=5).map(|id| member(id, 1, 1)).collect();
    let ring = Ring::new(members, 4, 3).unwrap();
    let balance = balance(&ring, keys(50_000));
    for (node, share) in ring.shares() {
        let found = balance.per_node[&node] as f64 / 50_000.0;
        assert!(
            (found - share).abs() < 0.01,
            "{node}: {found} against {share}"
        );
    }
}

#[test]
fn more_tokens_even_out_a_ring() {
    let members: Vec<Member> = (1..=10).map(|id| member(id, 1, 1)).collect();
    let mean_of_20_seeds = |tokens| {
        let fullest = |seed| {
            let ring = Ring::new(members.clone(), tokens, seed).unwrap();
            ring.shares()
                .values()
                .fold(0.0, |max: f64, share| max.max(*share))
                * 10.0
        };
        (0..20).map(fullest).sum::<f64>() / 20.0
    };
    let (one, many) = (mean_of_20_seeds(1), mean_of_20_seeds(128));
    assert!(
        (2.2..3.8).contains(&one),
        "one token each: the fullest has about 2.9 means, here {one}"
    );
    assert!(
        (1.0..1.25).contains(&many),
        "128 tokens each: nearly even, here {many}"
    );
}

#[test]
fn placement_is_the_same_on_every_machine() {
    let members: Vec<Member> = (1..=6).map(|id| member(id, 1 + id % 3, 1)).collect();
    let mut all = placements(&members, 16);
    all.push(Box::new(Slots::new(members, 3).unwrap()));
    let found: Vec<(&str, String)> = all
        .iter()
        .map(|placement| {
            let list = |key: &[u8]| {
                let owners = placement.owners(key, 3);
                owners
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            (
                placement.name(),
                format!("{} | {}", list(b"cart"), list(b"")),
            )
        })
        .collect();
    let expected = [
        ("ring", "n5 n3 n4 | n4 n2 n6"),
        ("allocated", "n6 n2 n4 | n2 n6 n1"),
        ("modulo", "n4 n5 n6 | n5 n6 n1"),
        ("rendezvous", "n3 n2 n4 | n5 n3 n4"),
        ("jump", "n5 n6 n1 | n1 n5 n6"),
        ("partitions", "n6 n1 n5 | n5 n3 n4"),
        ("slots", "n6 n5 n4 | n6 n5 n4"),
    ];
    let expected = expected.map(|(name, lists)| (name, lists.to_owned()));
    assert_eq!(
        found, expected,
        "nodes that disagree on this lose each other's keys"
    );
}

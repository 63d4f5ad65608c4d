//! What moves when members come and go, by placement.
//!
//! `SEED=n cargo test` replays a failing run; the seed stands in the failure's output.

use kvorum::ring::{
    Jump, Member, Modulo, Movement, Placement, Rendezvous, Ring, Token, balance, movement, plan,
};
use kvorum::{NodeId, Zone};
use proptest::prelude::*;

mod common_ring;
mod seeded;
use common_ring::keys;
use seeded::cases;

fn member(node: u32) -> Member {
    Member {
        node: NodeId(node),
        zone: Zone(1 + node % 3),
        weight: 1,
    }
}

fn members(count: u32) -> Vec<Member> {
    (1..=count).map(member).collect()
}

fn joined(placement: &dyn Placement, node: u32, copies: usize) -> Movement {
    let after = placement.with(member(node)).expect("a new node may join");
    movement(placement, after.as_ref(), copies, keys(20_000))
}

fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() < tolerance,
        "{actual}, not {expected}"
    );
}

#[test]
fn modulo_moves_nearly_everything() {
    let placement = Modulo::new(members(4)).unwrap();
    assert_near(joined(&placement, 5, 1).share(), 0.8, 0.02);
    let placement = Modulo::new(members(10)).unwrap();
    assert_near(joined(&placement, 11, 1).share(), 10.0 / 11.0, 0.02);
}

#[test]
fn the_others_move_the_new_nodes_share_only() {
    let ring = Ring::new(members(5), 256, 7).unwrap();
    let rendezvous = Rendezvous::new(members(5)).unwrap();
    let jump = Jump::new(members(5)).unwrap();
    for placement in [&ring as &dyn Placement, &rendezvous, &jump] {
        for copies in [1, 3] {
            let movement = joined(placement, 6, copies);
            assert_near(movement.share(), 1.0 / 6.0, 0.03);
        }
        let movement = joined(placement, 6, 1);
        let only_to_new = movement.between.keys().all(|(_, to)| *to == NodeId(6));
        assert!(only_to_new, "{}: {movement:?}", placement.name());
    }
}

#[test]
fn jump_renumbers_when_a_node_in_the_middle_leaves() {
    let placement = Jump::new(members(6)).unwrap();
    let gone = |node| {
        let after = placement.without(NodeId(node)).unwrap();
        movement(&placement, after.as_ref(), 1, keys(20_000)).share()
    };
    assert_near(gone(6), 1.0 / 6.0, 0.02);
    assert!(gone(1) > 0.5, "leaving at the front moves {}", gone(1));
}

#[test]
fn nothing_moves_between_equals() {
    let ring = Ring::new(members(5), 16, 7).unwrap();
    let movement = movement(&ring, &ring.clone(), 3, keys(500));
    assert_eq!((movement.primaries_moved, movement.replicas_moved), (0, 0));
    assert_eq!((movement.keys, movement.replicas), (500, 1500));
    let plan = plan(&ring, &ring.clone(), 3);
    assert!(plan.moves.is_empty());
    assert_eq!(plan.share, 0.0);
    let none = kvorum::ring::movement(&ring, &ring.clone(), 3, keys(0));
    assert_eq!((none.share(), none.replica_share()), (0.0, 0.0));
    assert_eq!(balance(&ring, keys(0)).max_over_mean, 1.0);
}

#[test]
fn a_second_node_takes_from_the_first_and_the_first_keeps_its_copies() {
    let one = Ring::new(members(1), 1, 7).unwrap();
    let two = one.with(member(2)).unwrap();
    let plan = plan(&one, &two, 2);
    let whole: u128 = plan
        .moves
        .iter()
        .map(|range| range.start.positions_to(range.end))
        .sum();
    assert_eq!(whole, 1 << 64, "every position gets its second copy");
    assert!(
        plan.moves
            .iter()
            .all(|range| (range.from, range.to) == (NodeId(1), NodeId(2)))
    );
    assert_eq!(plan.moves.len(), 1, "ranges that touch are joined");
    assert_eq!(plan.share, 0.5);
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn only_a_joiner_gains_and_only_a_leaver_loses(
        count in 2_u32..9, tokens in 1_u32..12, seed: u64, leaver in 1_u32..9,
    ) {
        let ring = Ring::new(members(count), tokens, seed).unwrap();
        let rendezvous = Rendezvous::new(members(count)).unwrap();
        for placement in [&ring as &dyn Placement, &rendezvous] {
            let more = placement.with(member(20)).unwrap();
            let leaver = NodeId(1 + leaver % count);
            let less = placement.without(leaver).unwrap();
            for key in keys(300) {
                let owner = placement.owners(&key, 1)[0];
                let with = more.owners(&key, 1)[0];
                prop_assert!(with == owner || with == NodeId(20), "{owner} lost a key to {with}");
                let without = less.owners(&key, 1)[0];
                prop_assert!(without == owner || owner == leaver, "{owner} lost a key to {without}");
            }
        }
    }

    #[test]
    fn a_rings_plan_is_exactly_what_keys_see(
        count in 1_u32..8, tokens in 1_u32..8, seed: u64, copies in 1_usize..4, leave: bool,
    ) {
        let ring = Ring::new(members(count), tokens, seed).unwrap();
        let after = match leave && count > 1 {
            true => ring.without(NodeId(1)).unwrap(),
            false => ring.with(member(20)).unwrap(),
        };
        let plan = plan(&ring, &after, copies);
        for key in keys(300) {
            let position = Token::of_key(&key);
            let old = ring.owners(&key, copies);
            let new = after.owners(&key, copies);
            let mut gained: Vec<NodeId> =
                new.iter().filter(|node| !old.contains(node)).copied().collect();
            let holds = |start: Token, end: Token| {
                start == end || start.positions_to(position) <= start.positions_to(end)
            };
            let here = plan.moves.iter().filter(|range| holds(range.start, range.end));
            let mut planned = Vec::new();
            for range in here {
                prop_assert!(old.contains(&range.from), "who gives holds the key");
                planned.push(range.to);
            }
            gained.sort_unstable();
            planned.sort_unstable();
            prop_assert_eq!(planned, gained);
        }
        let seen = movement(&ring, &after, copies, keys(4_000));
        prop_assert!((seen.replica_share() - plan.share).abs() < 0.05);
        let between: u64 = seen.between.values().sum();
        prop_assert_eq!(between, seen.replicas_moved);
    }
}

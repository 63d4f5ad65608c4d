//! A ring answers from tables what a walk from token to token would find.
//!
//! `SEED=n cargo test` replays a failing run; the seed stands in the failure's output.

use kvorum::ring::{Allocation, Member, Placement, Ring, Token};
use kvorum::{NodeId, Zone};
use proptest::prelude::*;

mod seeded;
use seeded::cases;

/// The preference list as `Placement::owners` defines it, by the plainest code.
fn walked(ring: &Ring, position: Token, copies: usize) -> Vec<NodeId> {
    let after = ring.tokens().iter().filter(|(token, _)| *token >= position);
    let before = ring.tokens().iter().filter(|(token, _)| *token < position);
    let mut order: Vec<NodeId> = Vec::new();
    for (_, node) in after.chain(before) {
        if !order.contains(node) {
            order.push(*node);
        }
    }
    let zone = |node: &NodeId| {
        let mut members = ring.members().iter();
        members
            .find(|member| member.node == *node)
            .map(|member| member.zone)
    };
    let is_first =
        |node: &NodeId| order.iter().find(|other| zone(other) == zone(node)) == Some(node);
    let (mut list, others): (Vec<NodeId>, Vec<NodeId>) =
        order.iter().partition(|node| is_first(node));
    list.extend(others);
    list.truncate(copies);
    list
}

fn check(ring: &Ring, position: Token) -> Result<(), TestCaseError> {
    let whole = walked(ring, position, usize::MAX);
    for copies in 0..=ring.members().len() + 1 {
        let expected = &whole[..copies.min(whole.len())];
        prop_assert_eq!(&ring.owners_at(position, copies)[..], expected);
    }
    let first = ring
        .tokens()
        .iter()
        .position(|(token, _)| *token >= position);
    prop_assert_eq!(ring.segment(position), first.unwrap_or(0));
    Ok(())
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    prop::collection::vec((1_u32..6, 1_u32..4), 1..20).prop_map(|drawn| {
        let numbered = (1..).zip(drawn);
        let member = |(node, (zone, weight))| Member {
            node: NodeId(node),
            zone: Zone(zone),
            weight,
        };
        numbered.map(member).collect()
    })
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_drawn_ring_answers_as_its_walk(
        members in members(), tokens in 1_u32..40, seed: u64, position: u64, near in 0_usize..400,
    ) {
        let ring = Ring::new(members, tokens, seed).unwrap();
        let (token, _) = ring.tokens()[near % ring.tokens().len()];
        for position in [position, token.0, token.0.wrapping_add(1), token.0.wrapping_sub(1), 0, u64::MAX] {
            check(&ring, Token(position))?;
        }
    }

    #[test]
    fn crowded_tokens_answer_as_their_walk(
        members in members(), places in prop::collection::btree_set(0_u64..500, 20..60), position in 0_u64..600,
    ) {
        let nodes = members.len() as u32;
        let tokens = places.into_iter().zip((1..=nodes).cycle());
        let tokens = tokens.map(|(place, node)| (Token(place), NodeId(node))).collect();
        let ring = Ring::with_tokens(members, tokens, 1, Allocation::Random, 0).unwrap();
        check(&ring, Token(position))?;
        check(&ring, Token(u64::MAX - position))?;
    }
}

#[test]
fn what_is_kept_is_what_the_documentation_says() {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    let ring = Ring::new((1..=100).map(member).collect(), 128, 7).unwrap();
    // 12,800 tokens of 16 bytes; 16,385 buckets of 4; five owners of 1 for each token.
    assert_eq!(ring.table_bytes(), 12_800 * 16 + 16_385 * 4 + 12_800 * 5);
}

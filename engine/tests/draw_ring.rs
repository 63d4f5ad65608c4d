//! Pictures of a ring say what the ring says, for any size and any key.

use kvorum::draw::{ring_svg, ring_text};
use kvorum::ring::{Jump, Member, Modulo, Placement, Rendezvous, Ring};
use kvorum::{NodeId, Zone};
use proptest::prelude::*;

#[expect(dead_code, reason = "the runs are for the other picture")]
mod common_draw;
mod seeded;
use common_draw::{members, ring, xml::assert_clean};
use seeded::cases;

fn every_kind(members: &[Member]) -> [Box<dyn Placement>; 4] {
    let members = || members.to_vec();
    [
        Box::new(Ring::new(members(), 8, 7).expect("these members are good")),
        Box::new(Modulo::new(members()).expect("these members are good")),
        Box::new(Rendezvous::new(members()).expect("these members are good")),
        Box::new(Jump::new(members()).expect("these members are good")),
    ]
}

#[test]
fn every_placement_names_its_nodes_shares_and_owners() {
    for placement in every_kind(&members(6, 3)) {
        let svg = ring_svg(placement.as_ref(), Some((b"cart", 3)));
        let text = ring_text(placement.as_ref(), Some((b"cart", 3)), 80);
        assert_clean(&svg);
        for id in 1..=6 {
            assert!(svg.contains(&format!(">n{id}<")) && text.contains(&format!("n{id} ")));
        }
        let owners = placement.owners(b"cart", 3);
        let first = format!("1st {} (", owners[0]);
        let third = format!("3rd {} (", owners[2]);
        for list in [&svg, &text] {
            assert!(list.contains(&first) && list.contains(&third), "{list}");
        }
    }
}

#[test]
fn a_rings_picture_gives_its_exact_shares() {
    let ring = ring(5, 2, 4);
    let (svg, text) = (ring_svg(&ring, None), ring_text(&ring, None, 80));
    for share in ring.shares().into_values() {
        let percent = format!("{:.1}%", share * 100.0);
        assert!(
            svg.contains(&percent) && text.contains(&percent),
            "{percent}"
        );
    }
}

#[test]
fn a_huge_ring_stays_a_small_picture_that_says_what_it_leaves_out() {
    let ring = ring(128, 4, 1024);
    let owners = ring.owners(b"cart", 3);
    let svg = ring_svg(&ring, Some((b"cart", 3)));
    assert_clean(&svg);
    assert!(svg.len() < 400_000, "{} bytes", svg.len());
    assert!(svg.contains("and 112 more") && svg.contains("131072 tokens"));
    for owner in &owners {
        assert!(
            svg.contains(&format!(">{owner}<")),
            "an owner is always in the legend"
        );
    }
    let text = ring_text(&ring, Some((b"cart", 3)), 80);
    assert!(text.lines().count() < 40);
}

#[test]
fn tokens_passed_over_are_counted_with_the_reason() {
    let ring = ring(6, 2, 1);
    let key = (0..200_u8).find(|key| {
        let walk: Vec<NodeId> = ring
            .walk(kvorum::ring::Token::of_key(&[*key]))
            .map(|(_, node)| node)
            .collect();
        walk[0].0 % 2 == walk[1].0 % 2 && walk[1].0 % 2 != walk[2].0 % 2
    });
    let key = [key.expect("one of 200 keys passes a zone over")];
    let text = ring_text(&ring, Some((&key, 2)), 80);
    assert!(
        text.contains("passed over: 1 in a zone used before"),
        "{text}"
    );
    let svg = ring_svg(&ring, Some((&key, 2)));
    assert!(svg.contains("its zone was used before"));
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn any_ring_and_any_key_give_a_clean_picture_that_is_always_the_same(
        count in 1_u32..40, zones in 1_u32..4, tokens in 1_u32..40, weight in 1_u32..4,
        key in prop::collection::vec(any::<u8>(), 0..80), copies in 0_usize..50, width in 0_usize..300,
    ) {
        let ring = ring(count, zones, tokens)
            .with(Member { node: NodeId(u32::MAX), zone: Zone(u32::MAX), weight })
            .unwrap();
        let svg = ring_svg(&ring, Some((&key, copies)));
        assert_clean(&svg);
        prop_assert_eq!(&svg, &ring_svg(&ring, Some((&key, copies))));
        let text = ring_text(&ring, Some((&key, copies)), width);
        for line in text.lines() {
            prop_assert!(line.chars().count() <= width.clamp(40, 240), "{}", line);
            prop_assert!(!line.contains(char::is_control));
        }
    }
}

//! Laws of plain values.

use proptest::prelude::*;

use crate::NodeId;
use crate::base::rng::Rng;
use crate::membership::logarithm::{ln, log2_up};
use crate::membership::roster::Roster;
use crate::membership::*;

fn states() -> impl Strategy<Value = MemberState> {
    let number = || prop_oneof![4 => 0..4_u32, 1 => u32::MAX - 1..=u32::MAX];
    let liveness = prop_oneof![
        Just(Liveness::Alive),
        Just(Liveness::Suspect),
        Just(Liveness::Dead)
    ];
    (number(), number(), liveness).prop_map(|(life, refuted, liveness)| MemberState {
        incarnation: Incarnation { life, refuted },
        liveness,
    })
}

proptest! {
    #![proptest_config(crate::seeded::cases(2_000))]

    #[test]
    fn a_merge_is_commutative_associative_and_idempotent(a in states(), b in states(), c in states()) {
        prop_assert_eq!(merge_member(a, b), merge_member(b, a));
        prop_assert_eq!(merge_member(merge_member(a, b), c), merge_member(a, merge_member(b, c)));
        prop_assert_eq!(merge_member(a, a), a);
    }

    #[test]
    fn a_merge_prefers_the_higher_incarnation_and_then_the_worse_news(a in states(), b in states()) {
        let merged = merge_member(a, b);
        prop_assert!(merged == a || merged == b);
        prop_assert_eq!(merged.incarnation, a.incarnation.max(b.incarnation));
        if a.incarnation == b.incarnation {
            prop_assert_eq!(merged.liveness, a.liveness.max(b.liveness));
        }
    }

    #[test]
    fn alive_above_a_rumour_outranks_it(rumour in states()) {
        prop_assume!(rumour.incarnation != Incarnation::LAST);
        let refuted = MemberState::alive(rumour.incarnation.above());
        prop_assert_eq!(merge_member(rumour, refuted), refuted);
    }

    #[test]
    fn a_restart_outranks_every_rumour_about_the_former_self(rumour in states(), life in 1..u32::MAX) {
        prop_assume!(rumour.incarnation.life < life);
        let restarted = MemberState::alive(Incarnation::starting(life));
        prop_assert_eq!(merge_member(rumour, restarted), restarted);
    }
}

#[test]
fn the_states_of_one_incarnation_are_in_order() {
    assert!(Liveness::Alive < Liveness::Suspect && Liveness::Suspect < Liveness::Dead);
    let names = [Liveness::Alive, Liveness::Suspect, Liveness::Dead].map(Liveness::name);
    assert_eq!(names, ["alive", "suspect", "dead"]);
}

#[test]
fn logarithms_in_plain_arithmetic_are_right() {
    let mut worst = 0.0_f64;
    for number in 1..=100_000_u32 {
        let right = f64::from(number).ln();
        worst = worst.max((ln(number) - right).abs() / right.max(1.0));
    }
    assert!(worst <= 4e-15, "{worst}");
    assert_eq!([1, 2, 3, 4, 5, 129].map(log2_up), [0, 1, 2, 2, 3, 8]);
}

#[test]
fn a_draw_names_others_that_fit_once_each_and_equally_often() {
    let members: Vec<NodeId> = (1..=11).map(NodeId).collect();
    let mut roster = Roster::new(NodeId(6), &members);
    let mut rng = Rng::from_seed(1);
    let mut times = [0_u32; 11];
    let mut drawn = Vec::new();
    for _ in 0..9_000 {
        roster.draw(&mut rng, 3, |place| place != 0, &mut drawn);
        assert_eq!(drawn.len(), 3);
        for place in &drawn {
            times[*place] += 1;
        }
    }
    assert_eq!((times[0], times[5]), (0, 0), "one does not fit, one is me");
    let others = times.iter().filter(|count| **count > 0);
    assert!(
        others.clone().count() == 9 && others.clone().all(|count| (2_800..3_200).contains(count)),
        "{times:?}"
    );
    roster.draw(&mut rng, 3, |place| place == 2, &mut drawn);
    assert_eq!(drawn, [2], "no more than there are");
    assert_eq!(roster.draw_one(&mut rng, |place| place == 7), Some(7));
    assert_eq!(roster.draw_one(&mut rng, |_| false), None);
}

//! The laws of a semilattice, and what states become against the model.

use super::*;
use crate::base::rng::Rng;
use crate::seeded::cases;

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn merge_is_commutative_associative_and_idempotent(
        (kind, steps) in history_with_deletes(), picks in prop::array::uniform3(any::<prop::sample::Index>())
    ) {
        let world = World::play(kind, &steps, |_| {});
        let [a, b, c] = picks.map(|pick| &world.states[pick.index(world.states.len())].0);
        prop_assert_eq!(&merged(a, b), &merged(b, a));
        prop_assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)));
        prop_assert_eq!(&merged(a, a), a);
        prop_assert_eq!(&merged(&merged(a, b), b), &merged(a, b));
        prop_assert_eq!(&merged(a, &State::empty(kind)), a);
    }

    #[test]
    fn any_order_and_grouping_of_all_states_ends_in_one_state(
        (kind, steps) in history_with_deletes(), seed in any::<u64>()
    ) {
        let world = World::play(kind, &steps, |_| {});
        let bytes: Vec<Vec<u8>> = world.states.iter().map(|(state, _)| state.encode()).collect();
        let in_order = join(kind, bytes.iter()).unwrap();
        // Two of the heap become one, until one is left.
        let mut rng = Rng::from_seed(seed);
        let mut heap: Vec<State> = world.states.iter().map(|(state, _)| state.clone()).collect();
        while heap.len() > 1 {
            let a = heap.swap_remove(rng.index(heap.len()));
            let b = rng.index(heap.len());
            heap[b] = merged(&heap[b], &a);
        }
        prop_assert_eq!(heap[0].encode(), in_order.encode());
    }

    #[test]
    fn a_replica_shows_the_changes_it_has_heard_of((kind, steps) in history()) {
        let mut world = World::play(kind, &steps, |world| {
            for replica in &world.replicas {
                assert_eq!(replica.state.values(), world.model(&replica.heard));
            }
        });
        world.sync();
        for replica in &world.replicas {
            assert_eq!(replica.state, world.replicas[0].state);
            assert_eq!(replica.heard.len(), world.done.len());
            assert_eq!(replica.state.values(), world.model(&replica.heard));
        }
    }

    #[test]
    fn a_change_only_moves_a_state_upwards((kind, steps) in history()) {
        // What a replica writes must cover what it was written upon: it supersedes that.
        let world = World::play(kind, &steps, |_| {});
        for replica in &world.replicas {
            for (state, heard) in &world.states {
                if heard.is_subset(&replica.heard) {
                    prop_assert_eq!(&merged(&replica.state, state), &replica.state);
                }
            }
        }
    }
}

#[test]
fn states_of_two_kinds_do_not_merge() {
    let mut counter = State::empty(Kind::PnCounter);
    let error = counter.merge(&State::empty(Kind::OrSet)).unwrap_err();
    assert_eq!(error.code(), crate::Code::Corruption);
    let set = State::empty(Kind::OrSet).encode();
    let error = join(Kind::PnCounter, [set].iter()).unwrap_err();
    assert_eq!(error.code(), crate::Code::Corruption);
}

#[test]
fn a_change_that_a_kind_does_not_take_is_refused_with_what_it_takes() {
    let mut state = State::empty(Kind::OrSet);
    let error = state.apply(&Change::Add(1), &origin(1, 1, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid argument: kind orset takes insert and remove, not add"
    );
    assert_eq!(state, State::empty(Kind::OrSet));
}

#[test]
fn a_kind_is_known_by_its_name() {
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let error = "set".parse::<Kind>().unwrap_err().to_string();
    assert!(error.contains("gcounter, counter, orset"), "{error}");
}

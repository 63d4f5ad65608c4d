//! What a state may hold, and how one that holds too much is emptied again.

use super::*;
use crate::Code;
use crate::base::limits::{ACTORS_MAX, CRDT_BYTES_MAX, CRDT_ENTRIES_MAX, VALUE_BYTES_MAX};

fn full(node: u32, entries: usize, bytes: usize) -> State {
    let mut state = State::empty(Kind::OrSet);
    for number in 0..entries {
        let element = format!("{node} {number:bytes$}");
        let origin = origin(node, number as u64 + 1, 1);
        state.apply(&insert(&element), &origin).unwrap();
    }
    state
}

#[test]
fn entries_are_bounded() {
    let mut state = full(1, CRDT_ENTRIES_MAX, 1);
    let before = state.clone();
    let next = CRDT_ENTRIES_MAX as u64 + 1;
    let refused = state.apply(&insert("one more"), &origin(1, next, 1));
    assert_eq!(refused.unwrap_err().code(), Code::TooLarge);
    assert_eq!(state, before);
    state.apply(&insert("1 7"), &origin(1, next, 1)).unwrap();
    state
        .apply(&remove("1 7"), &origin(1, next + 1, 1))
        .unwrap();
    state.apply(&insert("8"), &origin(1, next + 2, 1)).unwrap();

    let mut map = State::empty(Kind::Map);
    for number in 0..next {
        let refused = map.apply(&unset(&number.to_string()), &origin(1, number + 1, 1));
        assert_eq!(refused.is_err(), number + 1 == next);
    }
}

#[test]
fn bytes_are_bounded_and_two_full_sides_can_be_emptied() {
    const BYTES: usize = 1_000;
    let fits = CRDT_BYTES_MAX / (BYTES + 10);
    let (left, right) = (full(1, fits, BYTES), full(2, fits, BYTES));
    let mut both = merged(&left, &right);
    assert!((CRDT_BYTES_MAX..VALUE_BYTES_MAX).contains(&both.encode().len()));
    let before = both.clone();
    let refused = both.apply(&insert("x"), &origin(3, 1, 1)).unwrap_err();
    assert_eq!(refused.code(), Code::TooLarge);
    assert_eq!(both, before);
    let elements = both.values();
    for element in &elements[..fits + 20] {
        let change = Change::Remove(element.clone());
        both.apply(&change, &origin(3, 1, 1)).unwrap();
    }
    both.apply(&insert("x"), &origin(3, 1, 1)).unwrap();
    assert_eq!(State::decode(Kind::OrSet, &both.encode()), Ok(both));
}

#[test]
fn a_map_is_emptied_past_the_limit_but_not_filled_with_removed_fields() {
    let filled = |node, name: &str| {
        let mut map = State::empty(Kind::Map);
        let change = set(name, &"x".repeat(CRDT_BYTES_MAX - 100));
        map.apply(&change, &origin(node, 1, 1)).unwrap();
        map
    };
    let mut both = merged(&filled(1, "a"), &filled(2, "b"));
    let refused = both.apply(&unset("c"), &origin(3, 1, 2)).unwrap_err();
    assert_eq!(refused.code(), Code::TooLarge);
    both.apply(&unset("a"), &origin(3, 1, 2)).unwrap();
    both.apply(&unset("c"), &origin(3, 2, 2)).unwrap();
    assert_eq!(both.values().len(), 1);
}

#[test]
fn a_register_takes_a_value_of_almost_the_limit() {
    let mut state = State::empty(Kind::Register);
    let assign = |bytes| Change::Assign(Bytes::from(vec![b'x'; bytes]));
    let refused = state.apply(&assign(VALUE_BYTES_MAX), &origin(1, 1, 1));
    assert_eq!(refused.unwrap_err().code(), Code::TooLarge);
    assert_eq!(state, State::empty(Kind::Register));
    state
        .apply(&assign(VALUE_BYTES_MAX - 20), &origin(1, 1, 1))
        .unwrap();
    assert!(state.encode().len() <= VALUE_BYTES_MAX);
    assert_eq!(State::decode(Kind::Register, &state.encode()), Ok(state));
}

#[test]
fn actors_are_bounded() {
    for (kind, change) in [
        (Kind::PnCounter, Change::Add(1)),
        (Kind::OrSet, insert("x")),
    ] {
        let mut state = State::empty(kind);
        for node in 0..ACTORS_MAX as u32 {
            state.apply(&change, &origin(node, 1, 1)).unwrap();
        }
        let before = state.clone();
        let refused = state.apply(&change, &origin(ACTORS_MAX as u32, 1, 1));
        assert_eq!(refused.unwrap_err().code(), Code::Overloaded);
        assert_eq!(state, before);
        state.apply(&change, &origin(7, 2, 1)).unwrap();
    }
}

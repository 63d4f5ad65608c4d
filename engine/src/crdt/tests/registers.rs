//! Maps and registers by example.

use super::*;

fn lines(state: &State) -> Vec<Bytes> {
    state.values()
}

#[test]
fn fields_of_both_sides_stand_and_the_later_stamp_wins_a_field() {
    let (mut left, mut right) = (State::empty(Kind::Map), State::empty(Kind::Map));
    left.apply(&set("name", "Ada"), &origin(1, 1, 10)).unwrap();
    left.apply(&set("town", "Bath"), &origin(1, 2, 11)).unwrap();
    right
        .apply(&set("town", "York"), &origin(2, 1, 12))
        .unwrap();
    right.apply(&set("age", "36"), &origin(2, 2, 13)).unwrap();
    let both = merged(&left, &right);
    assert_eq!(lines(&both), ["age=36", "name=Ada", "town=York"]);
}

#[test]
fn a_late_write_does_not_bring_a_removed_field_back() {
    let (mut left, mut right) = (State::empty(Kind::Map), State::empty(Kind::Map));
    left.apply(&set("town", "Bath"), &origin(1, 1, 10)).unwrap();
    right.apply(&unset("town"), &origin(2, 1, 12)).unwrap();
    assert_eq!(lines(&merged(&left, &right)), [""; 0]);
    left.apply(&set("town", "Bath"), &origin(1, 2, 13)).unwrap();
    assert_eq!(lines(&merged(&left, &right)), ["town=Bath"]);
}

#[test]
fn of_equal_stamps_the_higher_dot_wins() {
    let assign = |node, counter, value| {
        let mut state = State::empty(Kind::Register);
        let mut origin = origin(node, counter, 10);
        origin.stamp.node = NodeId(1);
        state.apply(&Change::Assign(text(value)), &origin).unwrap();
        state
    };
    let (a, b, c) = (assign(1, 1, "a"), assign(1, 2, "b"), assign(2, 1, "c"));
    assert_eq!(merged(&b, &a).values(), ["b"]);
    assert_eq!(merged(&c, &b).values(), ["c"]);
    assert_eq!(State::empty(Kind::Register).values(), [""; 0]);
}

#[test]
fn a_register_on_a_clock_that_went_back_loses_what_is_assigned() {
    let mut state = State::empty(Kind::Register);
    let mut assign = |counter, wall_ms, value| {
        let change = Change::Assign(text(value));
        state.apply(&change, &origin(1, counter, wall_ms)).unwrap();
        state.values()
    };
    assert_eq!(assign(1, 10, "old"), ["old"]);
    assert_eq!(assign(2, 9, "new"), ["old"]);
}

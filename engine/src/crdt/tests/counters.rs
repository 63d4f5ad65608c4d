//! Counters by example: retries, folding, and where their memory ends.

use super::*;
use crate::Code;
use crate::base::limits::{COUNTER_ADOPT_MS, COUNTER_RECENT_MAX, IDEMPOTENCY_WINDOW_MS};

const START_MS: u64 = 1_000_000;
const FOLDED_MS: u64 = START_MS + IDEMPOTENCY_WINDOW_MS + 1;
const ADOPTED_MS: u64 = START_MS + COUNTER_ADOPT_MS + 1;

fn counter() -> State {
    State::empty(Kind::PnCounter)
}

fn add(state: &mut State, delta: i64, origin: &Origin) {
    state.apply(&Change::Add(delta), origin).unwrap();
}

fn value(state: &State) -> String {
    String::from_utf8(state.values()[0].to_vec()).unwrap()
}

#[test]
fn what_both_sides_of_a_partition_added_adds_up() {
    let (mut left, mut right) = (counter(), counter());
    add(&mut left, 5, &origin(1, 1, START_MS));
    add(&mut left, -1, &origin(1, 2, START_MS));
    add(&mut right, 10, &origin(2, 1, START_MS));
    assert_eq!(value(&merged(&left, &right)), "14");
    assert_eq!(value(&counter()), "0");
}

#[test]
fn a_retry_at_the_same_replica_counts_once() {
    let mut state = counter();
    add(&mut state, 5, &tokened(1, 1, START_MS, 7));
    add(&mut state, 5, &tokened(1, 2, START_MS + 1, 7));
    add(&mut state, 5, &tokened(1, 3, START_MS + 2, 8));
    assert_eq!(value(&state), "10");
}

#[test]
fn a_retry_at_another_replica_counts_once_when_they_meet() {
    let (mut left, mut right) = (counter(), counter());
    add(&mut left, 5, &tokened(1, 1, START_MS, 7));
    add(&mut right, 5, &tokened(2, 1, START_MS + 9, 7));
    let both = merged(&left, &right);
    assert_eq!((value(&left), value(&both)), ("5".into(), "5".into()));
}

#[test]
fn a_retry_counts_once_after_either_side_has_folded() {
    for first_to_fold in [1, 2] {
        let (mut left, mut right) = (counter(), counter());
        add(&mut left, 5, &tokened(1, 1, START_MS, 7));
        add(&mut right, 5, &tokened(2, 1, START_MS, 7));
        let both = merged(&left, &right);
        let mut states = [left, right, both.clone(), both.clone(), both];
        // One actor folds, then the other upon what it knew before, then both meet with all from before.
        let other = 3 - first_to_fold;
        add(&mut states[2], 1, &origin(first_to_fold, 2, FOLDED_MS));
        add(&mut states[3], 1, &origin(other, 2, FOLDED_MS));
        assert_eq!(value(&states[2]), "6");
        let all = states
            .iter()
            .fold(counter(), |all, state| merged(&all, state));
        assert_eq!(value(&all), "7");
        assert!(all.encode().len() < 40, "both entries are folded");
    }
}

#[test]
fn a_token_is_forgotten_after_the_window_at_its_writer() {
    let mut state = counter();
    add(&mut state, 5, &tokened(1, 1, START_MS, 7));
    let with_entry = state.encode().len();
    add(&mut state, 1, &origin(1, 2, FOLDED_MS - 1));
    assert_eq!(value(&state), "6");
    assert!(state.encode().len() >= with_entry, "still in the window");
    add(&mut state, 1, &origin(1, 3, FOLDED_MS));
    assert_eq!(value(&state), "7");
    assert!(state.encode().len() < with_entry);
    add(&mut state, 5, &tokened(1, 4, FOLDED_MS, 7));
    assert_eq!(value(&state), "12", "past the window it is another write");
}

#[test]
fn another_writer_folds_an_entry_only_when_its_writer_may_be_gone() {
    let mut state = counter();
    add(&mut state, 5, &tokened(1, 1, START_MS, 7));
    let mut early = state.clone();
    add(&mut early, 0, &tokened(2, 1, ADOPTED_MS - 1, 8));
    let mut late = state.clone();
    add(&mut late, 0, &tokened(2, 1, ADOPTED_MS, 8));
    assert!(late.encode().len() < early.encode().len());
    assert_eq!((value(&early), value(&late)), ("5".into(), "5".into()));
    // The writer comes back and goes on from what it has.
    add(&mut state, 2, &tokened(1, 2, ADOPTED_MS, 9));
    assert_eq!(value(&merged(&state, &late)), "7");
    assert_eq!(value(&merged(&late, &state)), "7");
}

#[test]
fn sides_that_meet_only_after_the_window_count_twice_and_lose_nothing() {
    // What the docs promise not to promise.
    let (mut left, mut right) = (counter(), counter());
    add(&mut left, 5, &tokened(1, 1, START_MS, 7));
    add(&mut right, 5, &tokened(2, 1, START_MS, 7));
    add(&mut left, 0, &origin(1, 2, FOLDED_MS));
    add(&mut right, 0, &origin(2, 2, FOLDED_MS));
    assert_eq!(value(&merged(&left, &right)), "10");
}

#[test]
fn a_token_with_two_amounts_is_refused() {
    let mut state = counter();
    add(&mut state, 5, &tokened(1, 1, START_MS, 7));
    let before = state.clone();
    let error = state
        .apply(&Change::Add(6), &tokened(1, 2, START_MS, 7))
        .unwrap_err();
    assert!(error.to_string().contains("came with 5 before"), "{error}");
    assert_eq!(state, before);
}

#[test]
fn a_dot_is_taken_once() {
    let mut state = counter();
    add(&mut state, 5, &origin(1, 2, START_MS));
    let error = state
        .apply(&Change::Add(5), &origin(1, 2, START_MS))
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(value(&state), "5");
}

#[test]
fn the_recent_increments_are_bounded_until_they_fold() {
    let mut state = counter();
    for number in 1..=COUNTER_RECENT_MAX as u64 {
        add(&mut state, 1, &tokened(1, number, START_MS, number));
    }
    let (before, next) = (state.clone(), COUNTER_RECENT_MAX as u64 + 1);
    let refused = state.apply(&Change::Add(1), &tokened(1, next, START_MS, next));
    assert_eq!(refused.unwrap_err().code(), Code::Overloaded);
    let refused = state.apply(&Change::Add(1), &tokened(2, 1, FOLDED_MS, next));
    assert_eq!(refused.unwrap_err().code(), Code::Overloaded);
    assert_eq!(state, before);
    // A retry is none of them, nor is an increment without a token; and a window later there is room.
    add(&mut state, 1, &tokened(1, next, START_MS, 9));
    add(&mut state, 1, &origin(1, next, START_MS));
    add(&mut state, 1, &tokened(1, next + 1, FOLDED_MS, next));
    assert_eq!(value(&state), (COUNTER_RECENT_MAX + 2).to_string());
}

#[test]
fn sums_do_not_wrap() {
    let mut state = counter();
    add(&mut state, i64::MAX, &origin(1, 1, START_MS));
    add(&mut state, i64::MAX, &tokened(1, 2, START_MS, 1));
    let before = state.clone();
    let refused = state.apply(&Change::Add(i64::MAX), &origin(1, 3, START_MS));
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(state, before);
    add(&mut state, i64::MIN, &tokened(1, 3, START_MS, 2));
    add(&mut state, i64::MAX, &origin(2, 1, START_MS));
    assert_eq!(value(&state), (2 * i128::from(i64::MAX) - 1).to_string());
    add(&mut state, 0, &origin(1, 4, FOLDED_MS));
    assert_eq!(value(&state), (2 * i128::from(i64::MAX) - 1).to_string());
}

#[test]
fn a_gcounter_only_grows() {
    let mut state = State::empty(Kind::GCounter);
    add(&mut state, 3, &origin(1, 1, START_MS));
    let error = state
        .apply(&Change::Add(-1), &origin(1, 2, START_MS))
        .unwrap_err();
    assert!(error.to_string().contains("only grows"), "{error}");
    assert_eq!(value(&state), "3");
}

#[test]
fn what_an_actor_wrote_before_a_delete_stays_gone() {
    let mut state = counter();
    add(&mut state, 10, &origin(1, 1, START_MS));
    add(&mut state, -4, &tokened(1, 2, START_MS, 7));
    let mut sibling = state.clone();
    add(&mut sibling, 100, &origin(2, 1, ADOPTED_MS));
    // The key is deleted under dot 3.
    let mut anew = counter();
    add(&mut anew, 5, &origin(1, 4, ADOPTED_MS));
    assert_eq!(value(&merged(&anew, &sibling)), "105");
}

//! Sets by example.

use super::*;

fn shown(state: &State) -> Vec<String> {
    let text = |value: &Bytes| String::from_utf8(value.to_vec()).unwrap();
    state.values().iter().map(text).collect()
}

#[test]
fn an_insert_outlives_a_concurrent_remove_and_no_later_one() {
    let mut left = State::empty(Kind::OrSet);
    left.apply(&insert("milk"), &origin(1, 1, 1)).unwrap();
    let mut right = left.clone();
    left.apply(&remove("milk"), &origin(1, 2, 2)).unwrap();
    assert_eq!(shown(&merged(&left, &right)), [""; 0], "it was seen");
    right.apply(&insert("milk"), &origin(2, 1, 2)).unwrap();
    let mut both = merged(&left, &right);
    assert_eq!(shown(&both), ["milk"], "inserted again, unseen");
    both.apply(&remove("milk"), &origin(1, 3, 3)).unwrap();
    assert_eq!(shown(&merged(&both, &right)), [""; 0]);
}

#[test]
fn a_removed_element_leaves_nothing_behind() {
    let mut state = State::empty(Kind::OrSet);
    let mut counters = [0; 3];
    let mut change = |state: &mut State, node: u32, change: &Change| {
        let counter = &mut counters[node as usize];
        *counter += 1;
        state.apply(change, &origin(node, *counter, 1)).unwrap();
    };
    change(&mut state, 1, &insert("kept"));
    change(&mut state, 2, &insert("gone"));
    change(&mut state, 1, &remove("gone"));
    let few = state.encode().len();
    for round in 0..10_000 {
        let (from, to) = (1 + round % 2, 2 - round % 2);
        let element = format!("element {round}");
        change(&mut state, from, &insert(&element));
        change(&mut state, to, &remove(&element));
    }
    assert_eq!(shown(&state), ["kept"]);
    // Two varints of 5,000 and more in place of two of 1.
    assert!(state.encode().len() <= few + 4);
}

#[test]
fn an_element_keeps_one_dot_however_often_it_is_inserted() {
    let mut state = State::empty(Kind::OrSet);
    state.apply(&insert("milk"), &origin(1, 1, 1)).unwrap();
    let once = state.encode().len();
    for counter in 2..100 {
        state
            .apply(&insert("milk"), &origin(1, counter, 1))
            .unwrap();
    }
    assert_eq!(state.encode().len(), once);
}

#[test]
fn an_insert_needs_a_fresh_dot() {
    let mut state = State::empty(Kind::OrSet);
    state.apply(&insert("milk"), &origin(1, 5, 1)).unwrap();
    let before = state.clone();
    assert!(state.apply(&insert("tea"), &origin(1, 5, 1)).is_err());
    assert!(state.apply(&insert("tea"), &origin(1, 4, 1)).is_err());
    assert_eq!(state, before);
}

#[test]
fn a_delete_of_the_key_takes_what_its_writer_had_inserted() {
    let mut state = State::empty(Kind::OrSet);
    state.apply(&insert("old"), &origin(1, 1, 1)).unwrap();
    let mut sibling = state.clone();
    sibling.apply(&insert("tea"), &origin(2, 1, 2)).unwrap();
    // The key is deleted under dot 2, concurrently.
    let mut anew = State::empty(Kind::OrSet);
    anew.apply(&insert("new"), &origin(1, 3, 3)).unwrap();
    assert_eq!(shown(&merged(&anew, &sibling)), ["new", "tea"]);
}

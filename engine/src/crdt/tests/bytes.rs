//! States as bytes: canonical, and proof against damage.

use super::*;
use crate::seeded::cases;

/// What decodes says so in the same bytes, and can be shown, merged and changed.
fn survives(kind: Kind, bytes: &[u8], beside: &State) {
    match State::decode(kind, bytes) {
        Err(error) => assert_eq!(error.code(), crate::Code::Corruption, "{error}"),
        Ok(mut state) => {
            assert_eq!(state.encode(), bytes);
            _ = state.values();
            _ = state.merge(beside);
            _ = merged(beside, &state).values();
            for change in [Change::Add(i64::MAX), insert("x"), unset("x"), remove("")] {
                _ = state.apply(&change, &tokened(1, u64::MAX, u64::MAX, 3));
            }
            _ = state.encode();
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn states_survive_encoding((kind, steps) in history_with_deletes()) {
        let world = World::play(kind, &steps, |_| {});
        for (state, _) in &world.states {
            prop_assert_eq!(&State::decode(kind, &state.encode()).unwrap(), state);
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_as_what_they_say(
        (kind, steps) in history(), flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..4)
    ) {
        let state = World::play(kind, &steps, |_| {}).replicas.swap_remove(0).state;
        let bytes = state.encode();
        for length in 0..bytes.len() {
            survives(kind, &bytes[..length], &state);
        }
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                survives(kind, &damaged, &state);
            }
        }
        let mut damaged = bytes.clone();
        for (at, flip) in flips {
            let at = at.index(damaged.len());
            damaged[at] ^= flip;
        }
        survives(kind, &damaged, &state);
        damaged.push(0);
        survives(kind, &damaged, &state);
    }

    #[test]
    fn forged_bytes_give_errors(kind in kinds(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = bytes;
        survives(kind, &bytes, &State::empty(kind));
        bytes.insert(0, kind as u8 + 1);
        survives(kind, &bytes, &State::empty(kind));
    }
}

#[test]
fn bytes_of_another_kind_are_refused() {
    for (written, read) in [(Kind::GCounter, Kind::PnCounter), (Kind::OrSet, Kind::Map)] {
        let bytes = State::empty(written).encode();
        let error = State::decode(read, &bytes).unwrap_err();
        assert_eq!(error.code(), crate::Code::Corruption);
    }
}

#[test]
fn a_number_written_too_long_is_refused() {
    let mut bytes = State::empty(Kind::OrSet).encode();
    assert_eq!(bytes, [3, 0, 0]);
    bytes.splice(1..2, [0x80, 0]);
    let error = State::decode(Kind::OrSet, &bytes).unwrap_err();
    assert_eq!(error.code(), crate::Code::Corruption);
}

#[test]
fn a_counter_takes_the_bytes_that_its_docs_say() {
    let mut state = State::empty(Kind::PnCounter);
    let empty = state.encode().len();
    let change = Change::Add(1_000);
    state.apply(&change, &origin(1, 300, 1)).unwrap();
    let share = state.encode().len() - empty;
    assert!((11..=13).contains(&share), "{share}");
    let wall_ms = 1_795_000_000_000;
    let origin = tokened(1, 301, wall_ms, u64::MAX);
    state.apply(&change, &origin).unwrap();
    let entry = state.encode().len() - share - empty;
    assert!((21..=23).contains(&entry), "{entry}");
}

#[test]
fn an_element_whose_insert_was_never_seen_is_refused() {
    let mut set = State::empty(Kind::OrSet);
    set.apply(&insert("x"), &origin(1, 1, 1)).unwrap();
    let mut bytes = set.encode();
    // The last number is the counter of the element's dot.
    *bytes.last_mut().unwrap() = 2;
    let error = State::decode(Kind::OrSet, &bytes).unwrap_err();
    assert!(error.to_string().contains("never seen"), "{error}");
}

#[test]
fn a_gcounter_that_shrank_is_refused() {
    let mut counter = State::empty(Kind::PnCounter);
    let change = Change::Add(-1);
    counter.apply(&change, &origin(1, 1, 1)).unwrap();
    let mut bytes = counter.encode();
    bytes[0] = State::empty(Kind::GCounter).encode()[0];
    let error = State::decode(Kind::GCounter, &bytes).unwrap_err();
    assert!(error.to_string().contains("taken from"), "{error}");
}

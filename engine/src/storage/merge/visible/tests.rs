//! What is visible, against a map that replays the history.

use core::cell::Cell;
use core::ops::Bound;
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::seeded::cases;
use crate::storage::entry::SEQUENCE_MAX;
use crate::storage::merge::history::{END_MS, history, key};
use crate::storage::merge::merge_cursor::MergeCursor;
use crate::storage::merge::vec_cursor::{Owned, VecCursor};

#[derive(Clone, Debug)]
enum Step {
    First,
    Last,
    Seek(Bytes),
    SeekAfter(Bytes),
    Next,
    Prev,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        1 => Just(Step::First),
        1 => Just(Step::Last),
        2 => key().prop_map(Step::Seek),
        2 => key().prop_map(Step::SeekAfter),
        10 => Just(Step::Next),
        10 => Just(Step::Prev),
    ];
    prop::collection::vec(one, 1..60)
}

fn bound() -> impl Strategy<Value = Bound<Bytes>> {
    prop_oneof![
        2 => Just(Bound::Unbounded),
        1 => key().prop_map(Bound::Included),
        1 => key().prop_map(Bound::Excluded),
    ]
}

fn bounds() -> impl Strategy<Value = Bounds> {
    prop_oneof![
        (bound(), bound()).prop_map(|(from, to)| Bounds::new(
            from.as_ref().map(AsRef::as_ref),
            to.as_ref().map(AsRef::as_ref)
        )),
        key().prop_map(|key| Bounds::prefix(&key)),
    ]
}

/// Where the model stands.
#[derive(Clone, Debug)]
enum At {
    Unplaced,
    Before,
    After,
    Gap(Bytes),
    On(Bytes),
}

fn expected(map: &BTreeMap<Bytes, Bytes>, at: &At, step: &Step) -> Option<(Bytes, Bytes)> {
    let found = match (step, at) {
        (Step::Next, At::Unplaced | At::Before) => map.iter().next(),
        (Step::Next, At::Gap(key)) => map.range(key.clone()..).next(),
        (Step::Next, At::On(key)) => map
            .range((Bound::Excluded(key.clone()), Bound::Unbounded))
            .next(),
        (Step::Prev, At::Unplaced | At::After) => map.iter().next_back(),
        (Step::Prev, At::Gap(key) | At::On(key)) => map.range(..key.clone()).next_back(),
        _ => None,
    };
    found.map(|(key, value)| (key.clone(), value.clone()))
}

/// Takes the steps; after an error both are unplaced.
fn walk<C: Cursor>(visible: &mut Visible<C>, map: &BTreeMap<Bytes, Bytes>, steps: &[Step]) {
    let mut at = At::Unplaced;
    for step in steps {
        let moved = match step {
            Step::First => {
                visible.seek_first();
                at = At::Before;
                continue;
            }
            Step::Last => {
                visible.seek_last();
                at = At::After;
                continue;
            }
            Step::Seek(key) => {
                visible.seek(key);
                at = At::Gap(key.clone());
                continue;
            }
            Step::SeekAfter(key) => {
                visible.seek_after(key);
                at = At::Gap([key.as_ref(), &[0]].concat().into());
                continue;
            }
            Step::Next => visible.next(),
            Step::Prev => visible.prev(),
        };
        let Ok(pair) = moved else {
            assert_eq!(visible.entry(), None);
            at = At::Unplaced;
            continue;
        };
        let pair =
            pair.map(|(key, value)| (Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
        assert_eq!(pair, expected(map, &at, step), "{step:?} from {at:?}");
        assert_eq!(
            visible.value(),
            pair.as_ref()
                .map_or(Bytes::new(), |(_, value)| value.clone())
        );
        at = match (pair, step) {
            (Some((key, _)), _) => At::On(key),
            (None, Step::Next) => At::After,
            (None, _) => At::Before,
        };
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn a_reader_sees_what_the_history_says(
        history in history(80),
        cuts in prop::collection::vec(1_u64..80, 0..4),
        (snapshot, now_ms) in (0_u64..81, 0..=END_MS),
        bounds in bounds(),
        steps in steps(),
        moves_left in prop_oneof![4 => Just(u32::MAX), 1 => 0_u32..40],
    ) {
        let mut map = history.seen(snapshot, now_ms);
        map.retain(|key, _| !bounds.is_before(key) && !bounds.is_past(key));
        let runs = history.runs(&cuts);
        let left = Rc::new(Cell::new(moves_left));
        let cursors = runs.iter().map(|run| run.cursor().failing(Rc::clone(&left)));
        let sets: Vec<_> = runs.iter().map(super::super::history::Run::set).collect();
        let merge = MergeCursor::new(cursors.collect());
        let mut visible = Visible::new(merge, snapshot, now_ms, bounds, &sets);
        walk(&mut visible, &map, &steps);
        left.set(u32::MAX);
        walk(&mut visible, &map, &[vec![Step::First], steps].concat());
    }
}

/// One key with many versions between two others.
fn hot(versions: u64) -> VecCursor {
    let mut entries = vec![Owned::put(b"a", 1, b"first"), Owned::put(b"z", 2, b"last")];
    entries.extend((3..3 + versions).map(|sequence| Owned::put(b"hot", sequence, b"new")));
    VecCursor::new(entries)
}

#[test]
fn many_versions_of_a_key_are_passed_by_a_seek() {
    for snapshot in [2, 500, SEQUENCE_MAX] {
        let cursor = hot(1000);
        let moves = Rc::clone(&cursor.moves);
        let mut visible = Visible::new(cursor, snapshot, 0, Bounds::all(), []);
        let mut keys = Vec::new();
        while let Some((key, _)) = visible.next().unwrap() {
            keys.push(key.to_vec());
        }
        let mut back = Vec::new();
        while let Some((key, _)) = visible.prev().unwrap() {
            back.insert(0, key.to_vec());
        }
        let all: Vec<&[u8]> = if snapshot == 2 {
            vec![b"a", b"z"]
        } else {
            vec![b"a", b"hot", b"z"]
        };
        assert_eq!(keys, all);
        assert_eq!(back, all);
        assert!(moves.get() < 70, "{} moves", moves.get());
    }
}

#[test]
fn a_scan_past_many_newer_keys_seeks_for_none_of_them() {
    let entries = (0..200).map(|i| Owned::put(&[i], 5, b"")).collect();
    let cursor = VecCursor::new(entries);
    let moves = Rc::clone(&cursor.moves);
    let mut visible = Visible::new(cursor, 4, 0, Bounds::all(), []);
    assert_eq!(visible.next(), Ok(None));
    assert_eq!(visible.prev(), Ok(None));
    assert!(moves.get() <= 2 * 202, "{} moves", moves.get());
}

#[test]
fn a_long_value_is_shared_both_ways() {
    let value = Bytes::from(vec![7; COPIED_BYTES_MAX + 1]);
    let mut entry = Owned::put(b"k", 1, b"");
    entry.value = value.clone();
    let mut visible = Visible::new(VecCursor::new(vec![entry]), 1, 0, Bounds::all(), []);
    visible.prev().unwrap();
    assert_eq!(visible.value().as_ptr(), value.as_ptr());
    visible.seek_first();
    visible.next().unwrap();
    assert_eq!(visible.value().as_ptr(), value.as_ptr());
}

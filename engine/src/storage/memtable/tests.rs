//! Examples, and long random histories beside a `BTreeMap`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::base::hash::hash64;
use crate::seeded::cases;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Found, Kind, NEVER_MS, SEQUENCE_MAX, Sequence};

fn put(table: &Memtable, key: &[u8], sequence: Sequence, value: &[u8]) {
    table
        .writer()
        .insert(key, hash64(key), sequence, Kind::Put, NEVER_MS, value);
}

fn get(table: &Memtable, key: &[u8], snapshot: Sequence) -> Option<Bytes> {
    Some(table.get(key, hash64(key), snapshot)?.value)
}

fn keys_forward(table: &Arc<Memtable>) -> Vec<Vec<u8>> {
    let mut cursor = table.cursor();
    let mut keys = Vec::new();
    cursor.seek_first().unwrap();
    while let Some(entry) = cursor.entry() {
        keys.push(entry.key.to_vec());
        cursor.next().unwrap();
    }
    keys
}

#[test]
fn an_empty_memtable_holds_nothing() {
    let table = Arc::new(Memtable::new(1 << 26));
    assert!(table.is_empty());
    assert_eq!(table.bytes(), 0);
    assert_eq!((table.sequence_min(), table.sequence_max()), (None, None));
    assert_eq!(table.get(b"", hash64(b""), SEQUENCE_MAX), None);
    assert_eq!(table.covering_delete(b"a", SEQUENCE_MAX), None);
    let mut cursor = table.cursor();
    cursor.seek_first().unwrap();
    assert_eq!(cursor.entry(), None);
    cursor.seek_last().unwrap();
    assert_eq!(cursor.entry(), None);
    cursor.seek(b"", SEQUENCE_MAX).unwrap();
    assert_eq!(cursor.entry(), None);
    cursor.seek_before(b"z").unwrap();
    assert_eq!(cursor.entry(), None);
    assert_eq!(cursor.value(), Bytes::new());
}

#[test]
fn an_empty_memtable_is_small() {
    assert!(size_of::<Memtable>() < 4096, "{}", size_of::<Memtable>());
}

#[test]
fn a_snapshot_sees_the_version_of_its_time() {
    let table = Memtable::new(0);
    put(&table, b"k", 10, b"ten");
    put(&table, b"k", 20, b"twenty");
    assert_eq!(get(&table, b"k", 9), None);
    assert_eq!(get(&table, b"k", 10).unwrap(), "ten");
    assert_eq!(get(&table, b"k", 19).unwrap(), "ten");
    assert_eq!(get(&table, b"k", SEQUENCE_MAX).unwrap(), "twenty");
}

#[test]
fn tombstones_and_deadlines_come_back_as_they_went_in() {
    let table = Memtable::new(0);
    let mut writer = table.writer();
    writer.insert(b"k", hash64(b"k"), 1, Kind::Put, 77, b"v");
    writer.insert(b"k", hash64(b"k"), 2, Kind::Delete, NEVER_MS, b"");
    writer.insert(b"k", hash64(b"k"), 3, Kind::Put, 0, b"");
    drop(writer);
    let found = |sequence, kind, deadline_ms, value: &'static [u8]| Found {
        sequence,
        kind,
        deadline_ms,
        value: Bytes::from_static(value),
    };
    let hash = hash64(b"k");
    assert_eq!(
        table.get(b"k", hash, 1),
        Some(found(1, Kind::Put, 77, b"v"))
    );
    assert_eq!(
        table.get(b"k", hash, 2),
        Some(found(2, Kind::Delete, NEVER_MS, b""))
    );
    assert_eq!(table.get(b"k", hash, 9), Some(found(3, Kind::Put, 0, b"")));
    assert_eq!((table.entries(), table.deletes()), (3, 1));
    assert_eq!(
        (table.sequence_min(), table.sequence_max()),
        (Some(1), Some(3))
    );
}

#[test]
fn keys_that_begin_each_other_are_in_order() {
    let table = Arc::new(Memtable::new(0));
    let mut keys: Vec<Vec<u8>> = (0..40).map(|length| vec![b'a'; length]).collect();
    keys.extend((0..40).map(|length| [vec![b'a'; length], vec![0]].concat()));
    keys.extend((0..40).map(|length| [vec![b'a'; length], vec![255]].concat()));
    for (sequence, key) in keys.iter().enumerate() {
        put(&table, key, sequence as u64, key);
    }
    keys.sort();
    assert_eq!(keys_forward(&table), keys);
    for key in &keys {
        assert_eq!(get(&table, key, SEQUENCE_MAX).unwrap(), key);
    }
}

#[test]
fn every_byte_can_branch() {
    let table = Arc::new(Memtable::new(0));
    let mut keys = Vec::new();
    for at in 0..=u8::MAX {
        let byte = at.wrapping_mul(167);
        keys.push(vec![7, byte]);
        keys.push(vec![7, byte, byte]);
    }
    for (sequence, key) in keys.iter().enumerate() {
        put(&table, key, sequence as u64, b"");
        assert_eq!(keys_forward(&table).len(), sequence + 1);
    }
    keys.sort();
    assert_eq!(keys_forward(&table), keys);
}

#[test]
fn a_value_of_128_mib_is_stored_once_and_read_without_a_copy() {
    let table = Memtable::new(1 << 20);
    let value = vec![5; 128 << 20];
    put(&table, b"large", 1, &value);
    put(&table, b"small", 2, b"v");
    let (one, other) = (
        get(&table, b"large", 9).unwrap(),
        get(&table, b"large", 9).unwrap(),
    );
    assert_eq!(one.as_ptr(), other.as_ptr());
    assert!(one == value);
    assert!(table.bytes() > value.len() && table.bytes() < value.len() + (64 << 10));
}

#[test]
fn values_around_the_bound_of_large_ones_come_back() {
    let table = Memtable::new(0);
    for (sequence, length) in (4080..4112).chain([60_000, 70_000]).enumerate() {
        let value: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        put(&table, &value[..sequence + 1], sequence as u64, &value);
        assert_eq!(
            get(&table, &value[..sequence + 1], SEQUENCE_MAX).unwrap(),
            value
        );
    }
}

#[test]
fn a_key_longer_than_the_chunk_is_stored() {
    let table = Arc::new(Memtable::new(0));
    let long = vec![1; 300_000];
    put(&table, b"a", 1, b"");
    put(&table, &long, 2, b"v");
    put(&table, &long[..299_999], 3, b"w");
    put(&table, b"b", 4, b"");
    assert_eq!(get(&table, &long, 9).unwrap(), "v");
    assert_eq!(
        keys_forward(&table),
        [long[..299_999].to_vec(), long, b"a".to_vec(), b"b".to_vec()]
    );
}

/// An old snapshot of a hot key is found by leaps, each version of it.
#[test]
fn every_version_of_a_hot_key_is_found() {
    let table = Arc::new(Memtable::new(0));
    let versions = 5_000;
    for sequence in 1..=versions {
        put(&table, b"hot", sequence * 2, &sequence.to_le_bytes());
        put(&table, b"cold", sequence * 2 + 1, b"");
    }
    for sequence in 1..=versions {
        for snapshot in [sequence * 2, sequence * 2 + 1] {
            let value = get(&table, b"hot", snapshot).unwrap();
            assert_eq!(value, sequence.to_le_bytes().as_slice());
        }
    }
    assert_eq!(get(&table, b"hot", 1), None);
    let mut cursor = table.cursor();
    cursor.seek_last().unwrap();
    for sequence in 1..=versions {
        assert_eq!(cursor.entry().unwrap().sequence, sequence * 2);
        cursor.prev().unwrap();
    }
    assert_eq!(cursor.entry().unwrap().key, b"cold");
}

#[test]
#[should_panic(expected = "sequences increase")]
fn a_sequence_that_does_not_increase_is_refused() {
    let table = Memtable::new(0);
    put(&table, b"a", 5, b"");
    put(&table, b"b", 5, b"");
}

#[test]
fn a_refused_write_leaves_the_memtable_at_work() {
    let table = Memtable::new(0);
    put(&table, b"a", 5, b"v");
    let refused = std::panic::catch_unwind(|| put(&table, b"a", 4, b"w"));
    assert!(refused.is_err());
    put(&table, b"a", 6, b"x");
    assert_eq!(get(&table, b"a", SEQUENCE_MAX).unwrap(), "x");
    assert_eq!(table.entries(), 2);
}

#[test]
fn counts_include_range_deletes() {
    let table = Memtable::new(0);
    let mut writer = table.writer();
    writer.insert_range_delete(b"b", b"a", 1);
    writer.insert_range_delete(b"a", b"a", 2);
    writer.insert_range_delete(b"a", b"b", 3);
    drop(writer);
    assert!(table.has_range_deletes() && !table.is_empty());
    assert_eq!(table.range_deletes().len(), 1);
    assert_eq!(table.entries(), 0);
    assert_eq!(table.sequence_min(), Some(3));
    assert!(table.bytes() > 0);
}

/// Kind, deadline and value.
type Version = (Kind, u64, Vec<u8>);

/// What the memtable should hold.
#[derive(Debug, Default)]
struct Model {
    entries: BTreeMap<(Vec<u8>, Reverse<Sequence>), Version>,
    ranges: Vec<(Vec<u8>, Vec<u8>, Sequence)>,
    sequence: Sequence,
}

type ModelEntry<'a> = (&'a (Vec<u8>, Reverse<Sequence>), &'a (Kind, u64, Vec<u8>));

impl Model {
    fn is(entry: Option<Entry<'_>>, expected: Option<ModelEntry<'_>>) -> bool {
        match (entry, expected) {
            (None, None) => true,
            (Some(entry), Some(((key, sequence), (kind, deadline_ms, value)))) => {
                entry
                    == Entry {
                        key,
                        sequence: sequence.0,
                        kind: *kind,
                        deadline_ms: *deadline_ms,
                        value,
                    }
            }
            _ => false,
        }
    }

    fn covering(&self, key: &[u8], snapshot: Sequence) -> Option<Sequence> {
        self.ranges
            .iter()
            .filter(|(from, to, sequence)| {
                from.as_slice() <= key && key < to.as_slice() && *sequence <= snapshot
            })
            .map(|(_, _, sequence)| *sequence)
            .max()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<u8>, u64, Vec<u8>),
    Delete(Vec<u8>),
    DeleteRange(Vec<u8>, Vec<u8>),
    Look(Vec<u8>, Sequence),
    Seek(Vec<u8>, Sequence, Vec<bool>),
    SeekBefore(Vec<u8>, Vec<bool>),
    First(Vec<bool>),
    Last(Vec<bool>),
}

/// Keys that share long beginnings, that begin each other, and whose bytes branch narrowly and widely.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let narrow = vec(prop_oneof![Just(0), Just(1), Just(255), Just(b'a')], 0..6);
    let wide = vec(any::<u8>(), 1..3);
    let shared = (0..3_usize, narrow.clone()).prop_map(|(times, tail)| {
        let mut key = b"common/beginning".repeat(times);
        key.extend(tail);
        key
    });
    let numbered = (0..2000_u32).prop_map(|number| format!("user{number:06}").into_bytes());
    prop_oneof![narrow, wide, shared, numbered]
}

fn step() -> impl Strategy<Value = Step> {
    let moves = || vec(any::<bool>(), 0..8);
    prop_oneof![
        12 => (key(), prop_oneof![4 => Just(NEVER_MS), 1 => any::<u64>()], vec(any::<u8>(), 0..40))
            .prop_map(|(key, deadline, value)| Step::Put(key, deadline, value)),
        3 => key().prop_map(Step::Delete),
        1 => (key(), key()).prop_map(|(from, to)| Step::DeleteRange(from, to)),
        4 => (key(), 0..600_u64).prop_map(|(key, snapshot)| Step::Look(key, snapshot)),
        3 => (key(), 0..600_u64, moves())
            .prop_map(|(key, snapshot, moves)| Step::Seek(key, snapshot, moves)),
        2 => (key(), moves()).prop_map(|(key, moves)| Step::SeekBefore(key, moves)),
        1 => moves().prop_map(Step::First),
        1 => moves().prop_map(Step::Last),
    ]
}

/// Moves the cursor and the model's place together, and compares them at each.
fn follow(
    model: &Model,
    cursor: &mut MemtableCursor,
    place: Option<ModelEntry<'_>>,
    moves: &[bool],
) -> std::result::Result<(), TestCaseError> {
    let mut place = place;
    prop_assert!(
        Model::is(cursor.entry(), place),
        "{:?} is not {place:?}",
        cursor.entry()
    );
    for &is_forward in moves {
        let Some((at, _)) = place else { break };
        if is_forward {
            cursor.next().unwrap();
            place = model
                .entries
                .range((Bound::Excluded(at.clone()), Bound::Unbounded))
                .next();
        } else {
            cursor.prev().unwrap();
            place = model.entries.range(..at.clone()).next_back();
        }
        prop_assert!(
            Model::is(cursor.entry(), place),
            "{:?} is not {place:?}",
            cursor.entry()
        );
        if let Some((_, (_, _, value))) = place {
            prop_assert_eq!(&cursor.value(), value);
        }
    }
    Ok(())
}

fn apply(
    table: &Memtable,
    model: &mut Model,
    cursor: &mut MemtableCursor,
    step: &Step,
) -> std::result::Result<(), TestCaseError> {
    match step {
        Step::Put(key, deadline_ms, value) => {
            model.sequence += 1;
            let sequence = model.sequence;
            table
                .writer()
                .insert(key, hash64(key), sequence, Kind::Put, *deadline_ms, value);
            model.entries.insert(
                (key.clone(), Reverse(sequence)),
                (Kind::Put, *deadline_ms, value.clone()),
            );
        }
        Step::Delete(key) => {
            model.sequence += 3;
            let sequence = model.sequence;
            table
                .writer()
                .insert(key, hash64(key), sequence, Kind::Delete, NEVER_MS, b"");
            model.entries.insert(
                (key.clone(), Reverse(sequence)),
                (Kind::Delete, NEVER_MS, Vec::new()),
            );
        }
        Step::DeleteRange(from, to) => {
            model.sequence += 1;
            table.writer().insert_range_delete(from, to, model.sequence);
            if from < to {
                model
                    .ranges
                    .push((from.clone(), to.clone(), model.sequence));
            }
        }
        Step::Look(key, snapshot) => {
            let expected = model
                .entries
                .range((key.clone(), Reverse(*snapshot))..)
                .next()
                .filter(|((found, _), _)| found == key);
            let hash = hash64(key);
            let is_equal = table.get_with(key, hash, *snapshot, |entry| {
                Model::is(Some(entry), expected)
            });
            prop_assert_eq!(is_equal.unwrap_or(expected.is_none()), true);
            let found = table.get(key, hash, *snapshot);
            prop_assert_eq!(
                found.map(|found| (found.sequence, found.kind, found.value)),
                expected.map(|((_, sequence), (kind, _, value))| {
                    (sequence.0, *kind, Bytes::copy_from_slice(value))
                })
            );
            prop_assert_eq!(
                table.covering_delete(key, *snapshot),
                model.covering(key, *snapshot)
            );
        }
        Step::Seek(key, snapshot, moves) => {
            cursor.seek(key, *snapshot).unwrap();
            let place = model
                .entries
                .range((key.clone(), Reverse(*snapshot))..)
                .next();
            follow(model, cursor, place, moves)?;
        }
        Step::SeekBefore(key, moves) => {
            cursor.seek_before(key).unwrap();
            let place = model
                .entries
                .range(..(key.clone(), Reverse(Sequence::MAX)))
                .next_back();
            follow(model, cursor, place, moves)?;
        }
        Step::First(moves) => {
            cursor.seek_first().unwrap();
            follow(model, cursor, model.entries.iter().next(), moves)?;
        }
        Step::Last(moves) => {
            cursor.seek_last().unwrap();
            follow(model, cursor, model.entries.iter().next_back(), moves)?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_memtable_is_a_sorted_map_of_versions(steps in vec(step(), 1..400)) {
        let table = Arc::new(Memtable::new(0));
        let mut model = Model::default();
        let mut cursor = table.cursor();
        for step in &steps {
            apply(&table, &mut model, &mut cursor, step)?;
        }
        let whole = vec![true; model.entries.len() + 1];
        cursor.seek_first().unwrap();
        follow(&model, &mut cursor, model.entries.iter().next(), &whole)?;
        let whole = vec![false; model.entries.len() + 1];
        cursor.seek_last().unwrap();
        follow(&model, &mut cursor, model.entries.iter().next_back(), &whole)?;
        prop_assert_eq!(table.entries(), model.entries.len());
        let ranges: Vec<_> = table
            .range_deletes()
            .iter()
            .map(|range| (range.from.to_vec(), range.to.to_vec(), range.sequence))
            .collect();
        prop_assert_eq!(ranges, model.ranges);
    }

    /// A cursor that was placed before a write goes on through all that was there.
    #[test]
    fn a_cursor_outlives_writes_beside_it(
        keys in vec(key(), 1..60),
        later in vec(key(), 0..60),
        start in key(),
    ) {
        let table = Arc::new(Memtable::new(0));
        let mut sequence = 0;
        for key in &keys {
            sequence += 1;
            put(&table, key, sequence, b"");
        }
        let snapshot = sequence;
        let mut later = later.iter();
        for is_forward in [true, false] {
            let mut cursor = table.cursor();
            let mut expected: Vec<&Vec<u8>> = keys
                .iter()
                .filter(|key| if is_forward { **key >= start } else { **key < start })
                .collect();
            expected.sort();
            expected.dedup();
            if is_forward {
                cursor.seek(&start, SEQUENCE_MAX).unwrap();
            } else {
                cursor.seek_before(&start).unwrap();
                expected.reverse();
            }
            let mut seen: Vec<Vec<u8>> = Vec::new();
            while let Some(entry) = cursor.entry() {
                if entry.sequence <= snapshot {
                    seen.push(entry.key.to_vec());
                }
                if let Some(key) = later.next() {
                    sequence += 1;
                    put(&table, key, sequence, b"");
                }
                if is_forward {
                    cursor.next().unwrap();
                } else {
                    cursor.prev().unwrap();
                }
            }
            seen.dedup();
            prop_assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn range_deletes_cover_as_a_list_of_them_does(
        ranges in vec((vec(0..6_u8, 0..4), vec(0..6_u8, 0..4)), 1..200),
        looks in vec((vec(0..6_u8, 0..4), 0..220_u64), 100),
    ) {
        let table = Memtable::new(0);
        let mut model = Model::default();
        for (from, to) in ranges {
            model.sequence += 1;
            table.writer().insert_range_delete(&from, &to, model.sequence);
            if from < to {
                model.ranges.push((from, to, model.sequence));
            }
        }
        for (key, snapshot) in looks {
            prop_assert_eq!(
                table.covering_delete(&key, snapshot),
                model.covering(&key, snapshot)
            );
        }
    }
}

//! The proof that compaction changes nothing for any reader: random histories, parted into runs, of which
//! random neighbours are compacted, read as the history says before and after, now and later.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::seeded::cases;
use crate::storage::entry::RangeDelete;
use crate::storage::merge::bounds::Bounds;
use crate::storage::merge::history::{END_MS, History, Run, Write, history, key};
use crate::storage::merge::merge_cursor::MergeCursor;
use crate::storage::merge::vec_cursor::{Owned, VecCursor};
use crate::storage::merge::visible::Visible;

/// One compaction of a random history of them.
#[derive(Clone, Debug)]
struct Compaction {
    /// Which neighbours: the first, and how many.
    first: usize,
    count: usize,
    /// Where the output's tables part.
    splits: Vec<Bytes>,
    /// Snapshots let go before it: those whose bit is set.
    released: u8,
    /// How much time passes before it, ms.
    elapsed_ms: u64,
    /// Whether the store may say less than it could about what is at the bottom.
    shy: bool,
}

fn compaction() -> impl Strategy<Value = Compaction> {
    (
        0..8_usize,
        1..8_usize,
        prop::collection::vec(key(), 0..3),
        any::<u8>(),
        0..=2_u64,
        prop::bool::weighted(0.2),
    )
        .prop_map(|(first, count, mut splits, released, elapsed_ms, shy)| {
            splits.sort();
            splits.dedup();
            Compaction {
                first,
                count,
                splits,
                released: released & (released >> 4),
                elapsed_ms,
                shy,
            }
        })
}

fn merge(runs: &[Run]) -> MergeCursor<VecCursor> {
    MergeCursor::new(runs.iter().map(Run::cursor).collect())
}

/// All entries that `retain` gives.
fn drain<C: Cursor, B: FnMut(&[u8]) -> bool>(retain: &mut Retain<C, B>) -> Vec<Owned> {
    let mut entries: Vec<Owned> = Vec::new();
    while let Some(entry) = retain.next().unwrap() {
        entries.push(entry.into());
    }
    assert_eq!(retain.next(), Ok(None), "the end stays the end");
    let retained = *retain.retained();
    let left_out = retained.hidden
        + retained.range_deleted
        + retained.tombstones
        + retained.expired
        + retained.filtered;
    assert_eq!(retained.read, retained.written + left_out);
    assert_eq!(retained.written, entries.len() as u64);
    assert!(
        entries
            .windows(2)
            .all(|pair| (&pair[0].key, pair[1].sequence) < (&pair[1].key, pair[0].sequence)),
        "in order, no version twice"
    );
    entries
}

/// Compacts `inputs` above `older` into one run.
fn compact(inputs: &[Run], older: &[Run], options: &RetainOptions, plan: &Compaction) -> Run {
    let sets: Vec<_> = inputs.iter().map(Run::set).collect();
    let mut asked: Option<Vec<u8>> = None;
    let shy = |key: &[u8]| plan.shy && key.len().is_multiple_of(2);
    let bottom = |key: &[u8]| {
        assert!(asked.as_deref() < Some(key), "asked once, ascending");
        asked = Some(key.to_vec());
        !shy(key) && !older.iter().any(|run| run.touches(key))
    };
    let mut retain = Retain::new(
        merge(inputs),
        &RangeDeletes::union(&sets),
        bottom,
        options.clone(),
    );
    let entries = drain(&mut retain);
    let mut range_deletes = Vec::new();
    let mut from = Bytes::new();
    for to in plan.splits.iter().map(Some).chain([None]) {
        let survivors = retain.surviving_range_deletes(&from, to.map(AsRef::as_ref), |from, to| {
            !shy(from) && !older.iter().any(|run| run.touches_range(from, to))
        });
        for delete in survivors.iter() {
            assert!(from <= delete.from && to.is_none_or(|to| delete.to <= *to));
        }
        range_deletes.extend(survivors.iter().cloned());
        from = to.cloned().unwrap_or_default();
    }
    Run {
        entries,
        range_deletes,
    }
}

fn assert_reads(history: &History, runs: &[Run], snapshot: Sequence, now_ms: u64) {
    let sets: Vec<_> = runs.iter().map(Run::set).collect();
    let mut visible = Visible::new(merge(runs), snapshot, now_ms, Bounds::all(), &sets);
    let mut seen = Vec::new();
    while let Some((key, value)) = visible.next().unwrap() {
        seen.push((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
    }
    let expected: Vec<_> = history.seen(snapshot, now_ms).into_iter().collect();
    assert_eq!(seen, expected, "at snapshot {snapshot}, {now_ms} ms");
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn every_reader_left_reads_the_same_after_any_compactions(
        history in history(60),
        cuts in prop::collection::vec(1_u64..60, 0..7),
        snapshots in prop::collection::btree_set(0_u64..60, 0..5),
        compactions in prop::collection::vec(compaction(), 1..5),
    ) {
        let mut runs = history.runs(&cuts);
        let mut snapshots: Vec<Sequence> =
            snapshots.into_iter().filter(|&snapshot| snapshot <= history.last()).collect();
        let mut now_ms = 0;
        for plan in &compactions {
            now_ms = END_MS.min(now_ms + plan.elapsed_ms);
            let mut bit = 1_u8;
            snapshots.retain(|_| {
                let stays = plan.released & bit == 0;
                bit = bit.rotate_left(1);
                stays
            });
            let first = plan.first % runs.len();
            let end = runs.len().min(first + plan.count);
            let options = RetainOptions {
                snapshots: snapshots.clone(),
                now_ms,
                ..RetainOptions::default()
            };
            let output = compact(&runs[first..end], &runs[end..], &options, plan);
            runs.splice(first..end, [output]);
            for later_ms in now_ms..=END_MS + 1 {
                for &snapshot in snapshots.iter().chain([&history.last()]) {
                    assert_reads(&history, &runs, snapshot, later_ms);
                }
            }
        }
    }

    #[test]
    fn at_the_bottom_without_snapshots_only_what_is_read_is_left(
        history in history(60),
        cuts in prop::collection::vec(1_u64..60, 0..4),
        now_ms in 0..=END_MS,
    ) {
        let runs = history.runs(&cuts);
        let sets: Vec<_> = runs.iter().map(Run::set).collect();
        let all = RangeDeletes::union(&sets);
        let options = RetainOptions { now_ms, ..RetainOptions::default() };
        let mut retain = Retain::new(merge(&runs), &all, |_| true, options);
        let entries = drain(&mut retain);
        for entry in &entries {
            prop_assert_eq!(entry.kind, Kind::Put);
            let covered = all.covering(&entry.key, SEQUENCE_MAX).is_some();
            prop_assert_eq!(entry.sequence == 0, !covered);
        }
        let left: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        let seen: Vec<_> = history.seen(history.last(), now_ms).into_iter().collect();
        prop_assert_eq!(left, seen);
        prop_assert!(retain.surviving_range_deletes(b"", None, |_, _| true).is_empty());
    }

    #[test]
    fn a_flush_keeps_tombstones_and_at_most_a_version_for_each_stratum(
        history in history(60),
        snapshots in prop::collection::btree_set(0_u64..60, 0..3),
    ) {
        let runs = history.runs(&[]);
        let snapshots: Vec<_> = snapshots.into_iter().collect();
        let options = RetainOptions { snapshots: snapshots.clone(), ..RetainOptions::default() };
        let mut retain = Retain::for_flush(merge(&runs), &runs[0].set(), Below::Something, options);
        let entries = drain(&mut retain);
        for versions in entries.chunk_by(|a, b| a.key == b.key) {
            prop_assert!(versions.len() <= snapshots.len() + 1);
        }
        prop_assert!(entries.iter().all(|entry| entry.sequence > 0));
        if let Some(Write::Delete(key) | Write::Put(key, _)) = history.0.last() {
            let newest = entries.iter().find(|entry| entry.key == key);
            prop_assert_eq!(newest.map(|entry| entry.sequence), Some(history.last()));
        }
    }
}

#[derive(Debug)]
struct ByValue;

impl CompactionFilter for ByValue {
    fn filter(&self, level: u8, _key: &[u8], value: &[u8]) -> Decision {
        assert_eq!(level, 3);
        match value {
            b"remove" => Decision::Remove,
            b"replace" => Decision::Replace(b"replaced".to_vec()),
            _ => Decision::Keep,
        }
    }
}

fn filtered(entries: Vec<Owned>, snapshots: &[Sequence], bottom: bool) -> (Vec<Owned>, Retained) {
    let options = RetainOptions {
        snapshots: snapshots.to_vec(),
        level: 3,
        filter: Some(Arc::new(ByValue)),
        ..RetainOptions::default()
    };
    let cursor = VecCursor::new(entries);
    let mut retain = Retain::new(cursor, &RangeDeletes::default(), |_| bottom, options);
    (drain(&mut retain), *retain.retained())
}

#[test]
fn the_filter_removes_and_replaces_what_no_snapshot_sees() {
    let inputs = || {
        vec![
            Owned::put(b"a", 9, b"remove"),
            Owned::put(b"a", 3, b"old"),
            Owned::put(b"b", 8, b"replace"),
            Owned::put(b"c", 4, b"remove"),
        ]
    };
    let (entries, retained) = filtered(inputs(), &[], true);
    assert_eq!(entries, [Owned::put(b"b", 0, b"replaced")]);
    assert_eq!((retained.filtered, retained.replaced), (2, 1));

    let (entries, retained) = filtered(inputs(), &[5], true);
    let kept = [
        Owned::delete(b"a", 9),
        Owned::put(b"a", 0, b"old"),
        Owned::put(b"b", 8, b"replaced"),
        Owned::put(b"c", 0, b"remove"),
    ];
    assert_eq!(entries, kept, "the snapshot sees c");
    assert_eq!(retained.filtered_to_tombstone, 1);

    let (entries, _) = filtered(inputs(), &[], false);
    let above = [
        Owned::delete(b"a", 9),
        Owned::put(b"b", 8, b"replaced"),
        Owned::delete(b"c", 4),
    ];
    assert_eq!(entries, above, "older versions below do not come back");
}

#[test]
fn the_filter_sees_no_older_version() {
    let (entries, _) = filtered(
        vec![Owned::put(b"k", 7, b"new"), Owned::put(b"k", 6, b"remove")],
        &[6],
        true,
    );
    let kept = [Owned::put(b"k", 7, b"new"), Owned::put(b"k", 0, b"remove")];
    assert_eq!(entries, kept);
}

#[test]
fn a_sequence_is_not_forgotten_under_a_range_delete_that_may_stay() {
    let set = RangeDeletes::new([RangeDelete {
        from: Bytes::from_static(b"a"),
        to: Bytes::from_static(b"z"),
        sequence: 2,
    }]);
    let cursor = VecCursor::new(vec![
        Owned::put(b"k", 5, b"new"),
        Owned::put(b"z", 6, b"out"),
    ]);
    let mut retain = Retain::new(cursor, &set, |_| true, RetainOptions::default());
    let entries = drain(&mut retain);
    let kept = [Owned::put(b"k", 5, b"new"), Owned::put(b"z", 0, b"out")];
    assert_eq!(entries, kept);
    // The store knows of something older elsewhere in the range.
    let survivors = retain.surviving_range_deletes(b"c", Some(b"m"), |_, _| false);
    let survivor = survivors.iter().next().unwrap();
    assert_eq!(
        (survivor.from.as_ref(), survivor.to.as_ref()),
        (&b"c"[..], &b"m"[..])
    );
}

#[test]
fn an_error_is_given_again_rather_than_an_end() {
    let left = std::rc::Rc::new(core::cell::Cell::new(2));
    let entries = (0..9).map(|i| Owned::put(&[i], 1, b"")).collect();
    let cursor = VecCursor::new(entries).failing(left);
    let options = RetainOptions::default();
    let mut retain = Retain::new(cursor, &RangeDeletes::default(), |_| true, options);
    assert!(retain.next().is_ok());
    assert!(retain.next().is_ok());
    assert!(retain.next().is_err());
    assert!(retain.next().is_err());
}

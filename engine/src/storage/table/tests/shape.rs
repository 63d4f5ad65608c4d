//! What a table says of itself, what it costs, and what a builder refuses.

use std::sync::Arc;

use bytes::Bytes;

use super::model::*;
use crate::Error;
use crate::base::limits::RECORD_BYTES_MAX;
use crate::storage::cursor::Cursor;
use crate::storage::describe::TableMeta;
use crate::storage::entry::{Kind, NEVER_MS, RangeDelete, SEQUENCE_MAX};
use crate::storage::table::filter::FilterPolicy;
use crate::storage::table::{
    Compression, FillCache, FilterChoice, PinBudget, TableBuilder, TableCursor, TableOptions,
    TableReader,
};
use crate::vfs::{MemoryDisk, Vfs};

fn range(from: &str, to: &str, sequence: u64) -> RangeDelete {
    RangeDelete {
        from: Bytes::copy_from_slice(from.as_bytes()),
        to: Bytes::copy_from_slice(to.as_bytes()),
        sequence,
    }
}

/// `count` keys of six digits with values of 20 bytes.
fn numbered(count: u32) -> Vec<Sample> {
    let sample = |n: u32| Sample::put(format!("{n:06}").as_bytes(), u64::from(n) + 1, &[7; 20]);
    (0..count).map(sample).collect()
}

#[test]
fn the_description_says_what_the_table_holds() {
    let mut samples = vec![
        Sample::put(b"b", 9, b"12345"),
        Sample::put(b"b", 4, b""),
        Sample::put(b"d", 5, b"1"),
    ];
    samples[0].deadline_ms = 70;
    samples[1].deadline_ms = 80;
    samples[2].kind = Kind::Delete;
    samples[2].value.clear();
    let options = Setup::default().options;
    let (bytes, meta) = file_of(&samples, &[], &options);
    let expected = TableMeta {
        id: ID,
        bytes: bytes.len() as u64,
        raw_bytes: 8,
        entries: 3,
        deletes: 1,
        range_deletes: 0,
        smallest: Bytes::from_static(b"b"),
        end: Bytes::from_static(b"d\0"),
        sequence_min: 4,
        sequence_max: 9,
        deadline_max_ms: 80,
        created_ms: 5,
        checksum: meta.checksum,
    };
    assert_eq!(meta, expected);
    let context = Setup::default().context();
    let repaired = open(&bytes, None, &context).unwrap();
    assert_eq!(**repaired.meta(), meta, "the file alone says the same");

    let deletes = [range("c", "x", 30), range("a", "c", 2), range("c", "d", 31)];
    let (bytes, meta) = file_of(&samples, &deletes, &options);
    assert_eq!(
        (meta.smallest.as_ref(), meta.end.as_ref()),
        (&b"a"[..], &b"x"[..])
    );
    assert_eq!(
        (meta.sequence_min, meta.sequence_max, meta.range_deletes),
        (2, 31, 3)
    );
    let table = open(&bytes, Some(&meta), &context).unwrap();
    table.verify(&mut |_| {}).unwrap();
    let sorted = [range("a", "c", 2), range("c", "d", 31), range("c", "x", 30)];
    assert_eq!(table.range_deletes(), sorted);
}

#[test]
fn a_value_that_never_expires_outlasts_all() {
    let mut samples = numbered(2);
    samples[0].deadline_ms = 70;
    assert_eq!(
        file_of(&samples, &[], &TableOptions::default())
            .1
            .deadline_max_ms,
        NEVER_MS
    );
}

#[test]
fn range_tombstones_alone_make_a_table() {
    let (bytes, meta) = file_of(&[], &[range("b", "d", 3)], &TableOptions::default());
    assert_eq!(
        (meta.entries, meta.smallest.as_ref(), meta.end.as_ref()),
        (0, &b"b"[..], &b"d"[..])
    );
    let table = open(&bytes, Some(&meta), &Setup::default().context()).unwrap();
    table.verify(&mut |_| {}).unwrap();
    assert_eq!(get(&table, b"c", SEQUENCE_MAX).unwrap(), None);
    let mut cursor = TableCursor::new(table, FillCache::Yes);
    for step in 0..4 {
        match step {
            0 => cursor.seek_first().unwrap(),
            1 => cursor.seek_last().unwrap(),
            2 => cursor.seek(b"c", SEQUENCE_MAX).unwrap(),
            _ => cursor.seek_before(b"c").unwrap(),
        }
        stands_on(&cursor, None);
    }
}

#[test]
fn what_makes_no_table_is_refused() {
    let disk = MemoryDisk::new();
    let builder = || TableBuilder::new(disk.open("t").unwrap(), TableOptions::default());
    assert!(matches!(
        builder().finish(1),
        Err(Error::InvalidArgument { .. })
    ));
    for (from, to) in [("b", "b"), ("b", "a")] {
        let refused = builder().add_range_delete(range(from, to, 1));
        assert!(matches!(refused, Err(Error::InvalidArgument { .. })));
    }
    let huge = Sample::put(b"k", 1, &vec![0; RECORD_BYTES_MAX]);
    assert!(matches!(
        builder().add(huge.entry()),
        Err(Error::TooLarge { .. })
    ));

    disk.open("t").unwrap().append(b"something").unwrap();
    let mut late = builder();
    late.add(Sample::put(b"k", 1, b"").entry()).unwrap();
    assert!(matches!(late.finish(1), Err(Error::InvalidArgument { .. })));
}

#[test]
#[should_panic(expected = "in their order")]
fn keys_that_go_back_are_a_fault_of_the_caller() {
    let mut samples = numbered(2);
    samples.swap(0, 1);
    file_of(&samples, &[], &TableOptions::default());
}

#[test]
#[should_panic(expected = "in their order")]
fn two_entries_of_one_key_and_sequence_are_a_fault_of_the_caller() {
    let samples = [Sample::put(b"k", 3, b"a"), Sample::put(b"k", 3, b"b")];
    file_of(&samples, &[], &TableOptions::default());
}

#[test]
fn the_estimate_comes_near_the_length() {
    for (compression, bits_per_key) in [(Compression::None, 10.0), (Compression::Lz4, 0.0)] {
        let options = TableOptions {
            compression,
            bits_per_key,
            ..TableOptions::default()
        };
        let disk = MemoryDisk::new();
        let mut builder = TableBuilder::new(disk.open("t").unwrap(), options);
        for sample in numbered(20_000) {
            builder.add(sample.entry()).unwrap();
        }
        let estimated = builder.estimated_bytes() as f64;
        let ratio = estimated / builder.finish(1).unwrap().bytes as f64;
        assert!((0.95..1.05).contains(&ratio), "{ratio}");
    }
}

#[test]
fn lz4_stays_away_from_what_it_cannot_shrink() {
    let noise: Vec<u8> = (0..100_000_u64)
        .map(|n| crate::base::hash::hash64(&n.to_be_bytes()) as u8)
        .collect();
    let bytes = |compression, value: &[u8]| {
        let options = TableOptions {
            compression,
            ..TableOptions::default()
        };
        file_of(&[Sample::put(b"k", 1, value)], &[], &options)
            .1
            .bytes
    };
    let (none, lz4) = (Compression::None, Compression::Lz4);
    assert_eq!(bytes(lz4, &noise), bytes(none, &noise));
    let zeros = vec![0; noise.len()];
    assert!(bytes(lz4, &zeros) < bytes(none, &zeros) / 50);
}

#[test]
fn partitions_are_pinned_while_the_budget_lasts() {
    let samples = numbered(5000);
    let setup = Setup::default();
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let mut context = setup.context();
    let first = open(&bytes, Some(&meta), &context).unwrap();
    let taken = context.pins.bytes();
    assert!(taken > 0 && first.pinned_bytes() > taken);

    context.pins = PinBudget::new(taken + taken / 2);
    let first = open(&bytes, Some(&meta), &context).unwrap();
    let second = open(&bytes, Some(&meta), &context).unwrap();
    assert_eq!(context.pins.bytes(), taken, "no room for a second");
    assert_eq!(first.pinned_bytes(), second.pinned_bytes() + taken);
    for sample in samples.iter().step_by(50) {
        assert_eq!(
            get(&second, &sample.key, SEQUENCE_MAX),
            get(&first, &sample.key, SEQUENCE_MAX)
        );
    }
    drop(first);
    assert_eq!(context.pins.bytes(), 0, "what was pinned is given back");
}

#[test]
fn the_filter_spares_reads_and_counts() {
    let setup = Setup::default();
    let samples = numbered(10_000);
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let context = setup.context();
    let table = open(&bytes, Some(&meta), &context).unwrap();
    for n in 0..20_000 {
        assert_eq!(
            get(&table, format!("absent {n}").as_bytes(), SEQUENCE_MAX).unwrap(),
            None
        );
    }
    let counts = context.counters.counts();
    assert_eq!(counts.filter_checks, 20_000);
    assert_eq!(
        counts.filter_negatives + counts.filter_false_positives,
        20_000
    );
    let rate = counts.filter_false_positives as f64 / 20_000.0;
    assert!((0.005..0.015).contains(&rate), "{rate}");
    assert!(counts.blocks_read <= counts.filter_false_positives);

    for sample in &samples[..100] {
        assert!(get(&table, &sample.key, SEQUENCE_MAX).unwrap().is_some());
        assert!(
            get(&table, &sample.key, 0).unwrap().is_none(),
            "hidden, not absent"
        );
    }
    let after = context.counters.counts();
    assert_eq!(after.filter_checks, 20_200);
    assert_eq!(after.filter_false_positives, counts.filter_false_positives);
}

/// Keeps every hash.
#[derive(Debug)]
struct Exact;

impl FilterPolicy for Exact {
    fn name(&self) -> &str {
        "exact"
    }

    fn build(&self, hashes: &[u64], _bits_per_key: f64) -> Vec<u8> {
        hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    fn may_contain(&self, filter: &[u8], hash: u64) -> bool {
        filter.chunks(8).any(|stored| stored == hash.to_le_bytes())
    }
}

#[test]
fn another_filter_takes_the_place_of_ours() {
    let mut setup = Setup::default();
    setup.options.filter = FilterChoice::Custom(Arc::new(Exact));
    let samples = numbered(500);
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let context = setup.context();
    let table = open(&bytes, Some(&meta), &context).unwrap();
    table.verify(&mut |_| {}).unwrap();
    for n in 0..500 {
        assert_eq!(
            get(&table, format!("absent {n}").as_bytes(), SEQUENCE_MAX).unwrap(),
            None
        );
    }
    assert_eq!(context.counters.counts().filter_negatives, 500);

    let context = Setup::default().context();
    let table = open(&bytes, Some(&meta), &context).unwrap();
    table.verify(&mut |_| {}).unwrap();
    for sample in &samples {
        assert!(get(&table, &sample.key, SEQUENCE_MAX).unwrap().is_some());
    }
    assert_eq!(
        context.counters.counts().filter_checks,
        0,
        "a filter nobody can read"
    );
}

#[test]
fn a_scan_reads_ahead_and_leaves_the_cache_alone_if_told_to() {
    for compression in [Compression::None, Compression::Lz4] {
        let mut setup = Setup::default();
        setup.options.compression = compression;
        setup.options.block_bytes = 4096;
        let samples = numbered(100_000);
        let (bytes, meta) = file_of(&samples, &[], &setup.options);
        for fill in [FillCache::No, FillCache::Yes] {
            let context = setup.context();
            let table = open(&bytes, Some(&meta), &context).unwrap();
            let mut cursor = TableCursor::new(table, fill);
            cursor.seek_first().unwrap();
            let mut count = 0;
            while cursor.entry().is_some() {
                count += 1;
                cursor.next().unwrap();
            }
            assert_eq!(count, 100_000);
            let read = context.counters.counts();
            assert!(read.blocks_read < 30, "{read:?}");
            assert!(read.block_bytes_read <= meta.bytes);
            assert_eq!(context.cache.stats().blocks > 0, fill == FillCache::Yes);
        }
    }
}

#[test]
fn scattered_reads_read_no_more_than_their_blocks() {
    let setup = Setup::default();
    let samples = numbered(10_000);
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let context = setup.context();
    let table: Arc<TableReader> = open(&bytes, Some(&meta), &context).unwrap();
    let mut cursor = TableCursor::new(table, FillCache::No);
    for step in 0..100 {
        cursor
            .seek(&samples[step * 37 % 100 * 100].key, SEQUENCE_MAX)
            .unwrap();
    }
    assert!(context.counters.counts().block_bytes_read < 100 * 300);
}

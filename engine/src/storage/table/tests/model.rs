//! Entries, the table that holds them, and the sorted vector that says what it must answer.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use crate::base::hash::hash64;
use crate::storage::cache::{BlockCache, CachePolicy};
use crate::storage::cursor::Cursor;
use crate::storage::describe::TableMeta;
use crate::storage::entry::{Entry, Found, Kind, NEVER_MS, RangeDelete, SEQUENCE_MAX, Sequence};
use crate::storage::table::{
    Compression, FillCache, FilterChoice, PinBudget, TableBuilder, TableContext, TableCounters,
    TableCursor, TableOptions, TableReader,
};
use crate::vfs::{MemoryDisk, Vfs};
use crate::{Error, Result};

/// The file id that every table of these tests has.
pub(super) const ID: u64 = 7;

/// An entry that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) key: Vec<u8>,
    pub(super) sequence: Sequence,
    pub(super) kind: Kind,
    pub(super) deadline_ms: u64,
    pub(super) value: Vec<u8>,
}

impl Sample {
    pub(super) fn put(key: &[u8], sequence: Sequence, value: &[u8]) -> Self {
        Self {
            key: key.to_vec(),
            sequence,
            kind: Kind::Put,
            deadline_ms: NEVER_MS,
            value: value.to_vec(),
        }
    }

    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            key: &self.key,
            sequence: self.sequence,
            kind: self.kind,
            deadline_ms: self.deadline_ms,
            value: &self.value,
        }
    }
}

/// How a table is written and read.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) options: TableOptions,
    pub(super) cache_bytes: usize,
    pub(super) pin_bytes: u64,
    pub(super) fill: FillCache,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            options: TableOptions {
                block_bytes: 256,
                created_ms: 5,
                ..TableOptions::default()
            },
            cache_bytes: 8 << 20,
            pin_bytes: 1 << 20,
            fill: FillCache::Yes,
        }
    }
}

impl Setup {
    pub(super) fn context(&self) -> TableContext {
        TableContext {
            cache: Arc::new(BlockCache::new(self.cache_bytes, CachePolicy::default())),
            pins: PinBudget::new(self.pin_bytes),
            counters: Arc::new(TableCounters::default()),
            filter: self.options.filter.clone(),
        }
    }
}

pub(super) fn setups() -> impl Strategy<Value = Setup> {
    (
        prop::sample::select(vec![256_usize, 300, 1000, 4096, 65_536]),
        prop::sample::select(vec![Compression::None, Compression::Lz4]),
        prop::sample::select(vec![0.0, 0.3, 10.0]),
        prop::sample::select(vec![0_usize, 3000, 8 << 20]),
        prop::sample::select(vec![0_u64, 1 << 30]),
        prop::sample::select(vec![FillCache::Yes, FillCache::No]),
    )
        .prop_map(
            |(block_bytes, compression, bits_per_key, cache_bytes, pin_bytes, fill)| Setup {
                options: TableOptions {
                    block_bytes,
                    compression,
                    bits_per_key,
                    filter: FilterChoice::default(),
                    created_ms: 5,
                },
                cache_bytes,
                pin_bytes,
                fill,
            },
        )
}

/// Keys that meet: few letters, long common parts, zeros and 255s at the ends, and the empty one.
pub(super) fn keys() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[ab]{0,5}".prop_map(String::into_bytes),
        "a/long/part/that/many/keys/share/[0-9]{0,6}".prop_map(String::into_bytes),
        prop::collection::vec(prop::sample::select(vec![0_u8, 1, 7, 254, 255]), 0..8),
        (any::<u8>(), 100_usize..300).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(Vec::new()),
        6 => prop::collection::vec(any::<u8>(), 0..40),
        2 => (any::<u8>(), 0_usize..2000).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

fn sequences() -> impl Strategy<Value = Sequence> {
    prop_oneof![
        3 => 0_u64..12,
        1 => any::<u64>().prop_map(|bits| bits & SEQUENCE_MAX),
        1 => Just(SEQUENCE_MAX),
    ]
}

fn samples_of_key() -> impl Strategy<Value = Sample> {
    let kinds = prop_oneof![4 => Just(Kind::Put), 1 => Just(Kind::Delete)];
    let deadlines = prop_oneof![4 => Just(NEVER_MS), 1 => any::<u64>()];
    (keys(), sequences(), kinds, deadlines, values()).prop_map(
        |(key, sequence, kind, deadline_ms, value)| match kind {
            Kind::Put => Sample {
                key,
                sequence,
                kind,
                deadline_ms,
                value,
            },
            Kind::Delete => Sample {
                key,
                sequence,
                kind,
                deadline_ms: NEVER_MS,
                value: Vec::new(),
            },
        },
    )
}

/// Sorted entries, at least one, no two of the same key and sequence.
pub(super) fn samples() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec(samples_of_key(), 1..250).prop_map(sorted)
}

pub(super) fn sorted(mut samples: Vec<Sample>) -> Vec<Sample> {
    let rank = |sample: &Sample| (sample.key.clone(), SEQUENCE_MAX - sample.sequence);
    samples.sort_by_key(rank);
    samples.dedup_by_key(|sample| rank(sample));
    samples
}

/// The file that these entries and range tombstones make, and its description.
pub(super) fn file_of(
    samples: &[Sample],
    deletes: &[RangeDelete],
    options: &TableOptions,
) -> (Vec<u8>, TableMeta) {
    let disk = MemoryDisk::new();
    let file = disk.open("table").unwrap();
    let mut builder = TableBuilder::new(file, options.clone());
    for sample in samples {
        builder.add(sample.entry()).unwrap();
    }
    for delete in deletes {
        builder.add_range_delete(delete.clone()).unwrap();
    }
    let meta = builder.finish(ID).unwrap();
    (disk.open("table").unwrap().read_all().unwrap(), meta)
}

/// Opens a table whose file holds these bytes.
pub(super) fn open(
    bytes: &[u8],
    meta: Option<&TableMeta>,
    context: &TableContext,
) -> Result<Arc<TableReader>> {
    let disk = MemoryDisk::new();
    let mut file = disk.open("table").unwrap();
    file.append(bytes).unwrap();
    TableReader::open(file, meta.cloned().map(Arc::new), context)
}

pub(super) fn table_of(samples: &[Sample], setup: &Setup) -> Arc<TableReader> {
    let (bytes, meta) = file_of(samples, &[], &setup.options);
    open(&bytes, Some(&meta), &setup.context()).unwrap()
}

/// The place of `(key, sequence)` in the sorted entries.
pub(super) fn place(samples: &[Sample], key: &[u8], sequence: Sequence) -> usize {
    samples.partition_point(|sample| {
        (sample.key.as_slice(), SEQUENCE_MAX - sample.sequence)
            < (key, SEQUENCE_MAX.saturating_sub(sequence))
    })
}

pub(super) fn found_in(samples: &[Sample], key: &[u8], snapshot: Sequence) -> Option<Found> {
    let sample = samples.get(place(samples, key, snapshot))?;
    (sample.key == key).then(|| Found {
        sequence: sample.sequence,
        kind: sample.kind,
        deadline_ms: sample.deadline_ms,
        value: Bytes::copy_from_slice(&sample.value),
    })
}

pub(super) fn get(table: &TableReader, key: &[u8], snapshot: Sequence) -> Result<Option<Found>> {
    table.get(key, hash64(key), snapshot)
}

/// Where a cursor must stand: on this entry, or on none.
pub(super) fn stands_on(cursor: &TableCursor, sample: Option<&Sample>) {
    assert_eq!(cursor.entry(), sample.map(Sample::entry));
    if let Some(sample) = sample {
        assert_eq!(cursor.value(), sample.value);
    }
}

pub(super) fn is_corruption<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Corruption { .. }))
}

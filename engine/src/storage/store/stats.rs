//! What a store can say about itself: sizes, and the amplifications that lesson 5 computes.

use super::Store;
use crate::storage::cache::CacheStats;
use crate::storage::levels::{Describe, Levels};
use crate::storage::table::TableCounts;

/// One level of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LevelStats {
    /// Sorted runs.
    pub runs: u64,
    /// Tables of these runs.
    pub tables: u64,
    /// Their files, bytes.
    pub bytes: u64,
    /// Their keys and values before prefixes and compression, bytes.
    pub raw_bytes: u64,
    /// The part of [`raw_bytes`](Self::raw_bytes) in the oldest run.
    pub oldest_raw_bytes: u64,
    /// Their entries, tombstones included.
    pub entries: u64,
    /// Their tombstones.
    pub deletes: u64,
    /// Their range tombstones.
    pub range_deletes: u64,
}

impl LevelStats {
    pub(super) fn of<T: Describe>(levels: &Levels<T>) -> Vec<Self> {
        (0..=levels.deepest().unwrap_or(0))
            .map(|level| {
                let mut stats = Self::default();
                for run in levels.level(level) {
                    stats.runs += 1;
                    stats.oldest_raw_bytes = 0;
                    for meta in run.tables().iter().map(Describe::meta) {
                        stats.tables += 1;
                        stats.bytes += meta.bytes;
                        stats.raw_bytes += meta.raw_bytes;
                        stats.oldest_raw_bytes += meta.raw_bytes;
                        stats.entries += meta.entries;
                        stats.deletes += meta.deletes;
                        stats.range_deletes += meta.range_deletes;
                    }
                }
                stats
            })
            .collect()
    }
}

/// Counts since the store was opened, and sizes now.
///
/// ```
/// use std::sync::Arc;
/// use kvorum::storage::{Options, Store};
/// use kvorum::vfs::MemoryDisk;
///
/// let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
/// for number in 0..1_000_u32 {
///     store.put(&number.to_be_bytes(), &[7; 100])?;
/// }
/// store.flush()?;
/// let stats = store.stats();
/// assert_eq!((stats.writes, stats.user_bytes), (1_000, 104_000));
/// assert_eq!((stats.flushes, stats.runs()), (1, 1));
/// // Once into the log, once into a table.
/// assert!((2.0..3.0).contains(&stats.write_amplification()));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StoreStats {
    /// The levels, top first.
    pub levels: Vec<LevelStats>,
    /// Memory of the memtables, bytes.
    pub memtable_bytes: u64,
    /// Entries in the memtables.
    pub memtable_entries: u64,
    /// Sealed memtables that wait for their flush.
    pub memtables_sealed: u64,
    /// The highest sequence that readers see.
    pub last_sequence: u64,
    /// Snapshots held.
    pub snapshots: u64,
    /// Operations written.
    pub writes: u64,
    /// Keys and values of these operations, bytes.
    pub user_bytes: u64,
    /// Bytes written to the log.
    pub log_bytes: u64,
    /// Syncs of log segments.
    pub log_syncs: u64,
    /// Memtables flushed.
    pub flushes: u64,
    /// Bytes of the tables that flushes wrote.
    pub flush_bytes: u64,
    /// Merges of runs.
    pub compactions: u64,
    /// Bytes that merges read.
    pub compaction_read_bytes: u64,
    /// Bytes that merges wrote.
    pub compaction_write_bytes: u64,
    /// Tables that went down a level without being rewritten.
    pub tables_moved: u64,
    /// Tables dropped whole.
    pub tables_dropped: u64,
    /// Jobs that failed, and were or will be tried again.
    pub job_failures: u64,
    /// Writes that did a share of the merging themselves.
    pub stalls_slow: u64,
    /// Writes that waited for room.
    pub stalls_stop: u64,
    /// What lookups in tables met.
    pub reads: TableCounts,
    /// The block cache.
    pub cache: CacheStats,
    /// Bytes of the filters and indexes that open tables hold in memory.
    pub pinned_bytes: u64,
    /// Frames of the log that opening replayed.
    pub recovered_frames: u64,
    /// Bytes of torn frames that opening cut off.
    pub torn_bytes: u64,
    /// Whether a failed sync has closed the store for writes.
    pub poisoned: bool,
}

impl StoreStats {
    /// Bytes in tables.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        self.levels.iter().map(|level| level.bytes).sum()
    }

    /// Runs that a lookup may have to search besides the memtables.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.levels.iter().map(|level| level.runs).sum()
    }

    /// Bytes written to the disk for each byte that callers wrote: log, flushes and merges. 0 before the
    /// first write.
    #[must_use]
    pub fn write_amplification(&self) -> f64 {
        let written = self.log_bytes + self.flush_bytes + self.compaction_write_bytes;
        ratio(written, self.user_bytes)
    }

    /// As [`write_amplification`](Self::write_amplification), without the log: 1 for the flush and what
    /// compaction adds.
    #[must_use]
    pub fn table_write_amplification(&self) -> f64 {
        ratio(
            self.flush_bytes + self.compaction_write_bytes,
            self.user_bytes,
        )
    }

    /// Keys and values in all runs for those in the oldest one, as if every newer entry replaced one of these: an
    /// estimate from above, unless most of the oldest run is deleted. 1 is least.
    #[must_use]
    pub fn space_amplification(&self) -> f64 {
        space_amplification(&self.levels)
    }

    /// The share of filter checks for absent keys that said "maybe". 0 before the first.
    #[must_use]
    pub fn filter_false_positive_rate(&self) -> f64 {
        let absent = self.reads.filter_negatives + self.reads.filter_false_positives;
        ratio(self.reads.filter_false_positives, absent)
    }
}

pub(super) fn space_amplification(levels: &[LevelStats]) -> f64 {
    let oldest = levels.iter().rev().find(|level| level.raw_bytes > 0);
    let all: u64 = levels.iter().map(|level| level.raw_bytes).sum();
    oldest.map_or(1.0, |level| ratio(all, level.oldest_raw_bytes))
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

impl Store {
    /// Counts and sizes.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        let view = self.view.load_full();
        let levels = LevelStats::of(&view.levels);
        let sealed = view.sealed.iter().map(|sealed| &sealed.memtable);
        let memtables: Vec<_> = core::iter::once(&view.active).chain(sealed).collect();
        let counters = &self.counters;
        StoreStats {
            levels,
            memtable_bytes: memtables
                .iter()
                .map(|memtable| memtable.bytes() as u64)
                .sum(),
            memtable_entries: memtables
                .iter()
                .map(|memtable| memtable.entries() as u64)
                .sum(),
            memtables_sealed: view.sealed.len() as u64,
            last_sequence: self.visible(),
            snapshots: self.snapshots.count() as u64,
            writes: counters.writes.get(),
            user_bytes: counters.user_bytes.get(),
            log_bytes: counters.log_bytes.get(),
            log_syncs: counters.log_syncs.get(),
            flushes: counters.flushes.get(),
            flush_bytes: counters.flush_bytes.get(),
            compactions: counters.compactions.get(),
            compaction_read_bytes: counters.compaction_read_bytes.get(),
            compaction_write_bytes: counters.compaction_write_bytes.get(),
            tables_moved: counters.moves.get(),
            tables_dropped: counters.tables_dropped.get(),
            job_failures: counters.job_failures.get(),
            stalls_slow: counters.stalls_slow.get(),
            stalls_stop: counters.stalls_stop.get(),
            reads: self.tables.context().counters.counts(),
            cache: self.cache.stats(),
            pinned_bytes: self.tables.pinned_bytes(),
            recovered_frames: counters.recovered_frames.get(),
            torn_bytes: counters.torn_bytes.get(),
            poisoned: self.poison.get().is_some(),
        }
    }

    /// The levels and their runs as text.
    #[must_use]
    pub fn levels_text(&self) -> String {
        self.view.load().levels.to_text()
    }
}

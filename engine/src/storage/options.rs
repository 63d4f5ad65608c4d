//! What a store can be told: sizes, durability, compaction, and the parts that can be swapped.

use core::fmt::Debug;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::base::limits::{CACHE_BYTES_MAX, MEMTABLE_BYTES_MAX};
use crate::base::time::Wall;
use crate::storage::cache::CachePolicy;
use crate::storage::compact::{
    Fifo, FifoOptions, LazyLeveled, LazyLeveledOptions, Leveled, LeveledOptions, Picker,
    SizeTiered, SizeTieredOptions, TimeWindow, TimeWindowOptions,
};
use crate::storage::merge::CompactionFilter;
use crate::storage::table::Compression;
use crate::storage::wal::Ahead;
use crate::{Error, Result};

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Durability {
    /// In the process's memory: the end of the process may lose it.
    Memory,
    /// In the operating system's: the process may be killed, a power cut may lose it.
    Os,
    /// On the disk, synced: it survives a power cut.
    #[default]
    Fsync,
}

/// The wall clock that deadlines are compared with. A store is given one and reads no other.
pub trait Clock: Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Wall;
}

/// A clock that stands where it was put. A store with the default one, at the epoch, expires nothing.
///
/// ```
/// use kvorum::base::time::Wall;
/// use kvorum::storage::{Clock, ManualClock};
///
/// let clock = ManualClock::default();
/// clock.set(Wall(1_000));
/// assert_eq!(clock.now(), Wall(1_000));
/// ```
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Puts the clock at `wall`.
    pub fn set(&self, wall: Wall) {
        self.0.store(wall.0, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Wall {
        Wall(self.0.load(Ordering::Relaxed))
    }
}

/// How runs are merged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Compaction {
    /// One run a level, each ten times the last: few runs to read, more bytes written.
    Leveled(LeveledOptions),
    /// Runs of like size merged together: few bytes written, more runs to read, more space.
    SizeTiered(SizeTieredOptions),
    /// Tiered above, leveled at the last level (Dayan and Idreos, "Dostoevsky", SIGMOD 2018).
    LazyLeveled(LazyLeveledOptions),
    /// Nothing merged; the oldest tables dropped by age or total size.
    Fifo(FifoOptions),
    /// Tiered inside windows of time, which then stay as they are: for values that expire.
    TimeWindow(TimeWindowOptions),
    /// A picker of the caller's own.
    Custom(Arc<dyn Picker>),
}

impl Compaction {
    pub(super) fn picker(&self) -> Result<Arc<dyn Picker>> {
        Ok(match self {
            Self::Leveled(options) => Arc::new(Leveled::new(options.clone())?),
            Self::SizeTiered(options) => Arc::new(SizeTiered::new(options.clone())?),
            Self::LazyLeveled(options) => Arc::new(LazyLeveled::new(options.clone())?),
            Self::Fifo(options) => Arc::new(Fifo::new(options.clone())),
            Self::TimeWindow(options) => Arc::new(TimeWindow::new(options.clone())?),
            Self::Custom(picker) => Arc::clone(picker),
        })
    }
}

/// How many bits of Bloom filter a key gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FilterBits {
    /// No filter: every lookup searches every run whose range holds the key.
    None,
    /// The same at every level.
    Uniform(f64),
    /// This many on average, more where runs are small: the sum of false positives over the levels is least
    /// (Dayan, Athanassoulis, Idreos, "Monkey", SIGMOD 2017).
    Monkey(f64),
}

/// What a [`Store`](super::Store) is opened with. The defaults suit a server's disk. None of it is kept in the
/// folder: a store may be opened with other options each time, and what is there changes as it is merged.
///
/// ```
/// use kvorum::storage::compact::SizeTieredOptions;
/// use kvorum::storage::{Compaction, FilterBits, Options};
///
/// let many_writes = Options {
///     memtable_bytes: 128 << 20,
///     compaction: Compaction::SizeTiered(SizeTieredOptions::default()),
///     filter_bits: FilterBits::Monkey(10.0),
///     ..Options::default()
/// };
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// A memtable is sealed and flushed once it takes this many bytes.
    pub memtable_bytes: usize,
    /// Sealed memtables that wait for their flush; at this many, writes wait for the oldest.
    pub memtables_sealed_max: usize,
    /// Bytes of table blocks kept in memory.
    pub cache_bytes: usize,
    /// Which blocks leave when the cache is full.
    pub cache_policy: CachePolicy,
    /// Tables whose files are open at a time.
    pub tables_open_max: usize,
    /// Bytes of table indexes that stay in memory besides the cache; further ones go through the cache.
    pub index_pin_bytes_max: usize,
    /// A table's block, bytes before compression.
    pub block_bytes: usize,
    /// How blocks are compressed from [`compress_from_level`](Self::compress_from_level) down.
    pub compression: Compression,
    /// The first level that is compressed. The levels above it are small and short-lived.
    pub compress_from_level: u8,
    /// Bloom filters.
    pub filter_bits: FilterBits,
    /// How runs are merged.
    pub compaction: Compaction,
    /// What compaction asks about each pair that no snapshot sees.
    pub compaction_filter: Option<Arc<dyn CompactionFilter>>,
    /// Runs in level 0 from which on each write does a share of the merging itself.
    pub runs_slow: usize,
    /// Runs in level 0 at which writes wait until there are fewer.
    pub runs_stop: usize,
    /// The durability of writes that name none.
    pub durability: Durability,
    /// Whether a log segment in which writes are synced one by one has its blocks written before they are
    /// used, which makes each sync cheaper.
    pub log_ahead: Ahead,
    /// The clock of deadlines.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            memtable_bytes: 64 << 20,
            memtables_sealed_max: 3,
            cache_bytes: 256 << 20,
            cache_policy: CachePolicy::default(),
            tables_open_max: 1 << 10,
            index_pin_bytes_max: 64 << 20,
            block_bytes: 8 << 10,
            compression: Compression::Lz4,
            compress_from_level: 2,
            filter_bits: FilterBits::Uniform(10.0),
            compaction: Compaction::Leveled(LeveledOptions::default()),
            compaction_filter: None,
            runs_slow: 12,
            runs_stop: 24,
            durability: Durability::Fsync,
            log_ahead: Ahead::Zeros,
            clock: Arc::new(ManualClock::default()),
        }
    }
}

impl Options {
    /// A store of a few hundred kilobytes: a node of a simulated cluster, or a test.
    #[must_use]
    pub fn small() -> Self {
        Self {
            memtable_bytes: 256 << 10,
            memtables_sealed_max: 2,
            cache_bytes: 256 << 10,
            tables_open_max: 64,
            index_pin_bytes_max: 64 << 10,
            compaction: Compaction::Leveled(LeveledOptions {
                level_base_bytes: 1 << 20,
                table_bytes: 256 << 10,
                ..LeveledOptions::default()
            }),
            log_ahead: Ahead::Nothing,
            ..Self::default()
        }
    }

    /// Checks what would make a store useless.
    pub(super) fn check(&self) -> Result<()> {
        between("memtable_bytes", self.memtable_bytes, 1, MEMTABLE_BYTES_MAX)?;
        between("memtables_sealed_max", self.memtables_sealed_max, 1, 64)?;
        between("cache_bytes", self.cache_bytes, 0, CACHE_BYTES_MAX)?;
        between("tables_open_max", self.tables_open_max, 1, 1 << 20)?;
        between("block_bytes", self.block_bytes, 64, 1 << 24)?;
        between("runs_slow", self.runs_slow, 2, 1 << 10)?;
        between("runs_stop", self.runs_stop, self.runs_slow, 1 << 12)?;
        if let FilterBits::Uniform(bits) | FilterBits::Monkey(bits) = self.filter_bits
            && !(1.0..=64.0).contains(&bits)
        {
            return Err(Error::invalid(format!(
                "filter_bits is {bits}: a key takes 1 to 64 bits, or choose FilterBits::None"
            )));
        }
        Ok(())
    }
}

fn between(what: &str, value: usize, low: usize, high: usize) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{what} is {value}: choose {low} to {high}"
    )))
}

//! The memtable itself: its one writer and its many readers.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;

use super::arena::{Bump, Offset};
use super::cursor::MemtableCursor;
use super::index::{HashIndex, IndexFill};
use super::node::DEPTH_MAX;
use super::radix::Radix;
use super::ranges::Ranges;
use super::record::{LARGE_VALUE_BYTES, Records, Write};
use super::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering};
use crate::storage::entry::{Entry, Found, Kind, RangeDelete, SEQUENCE_MAX, Sequence};

/// The bytes that a key and its value are thought to take, when the index is given its first sizes.
const ENTRY_BYTES_USUAL: usize = 128;

/// What was written since the last flush, sorted. See the [module](super).
#[derive(Debug)]
pub struct Memtable {
    pub(super) records: Records,
    pub(super) tree: Radix,
    index: HashIndex,
    ranges: Ranges,
    counts: Counts,
    writing: Mutex<Writing>,
}

/// What is counted for readers, on a cache line of its own: a get reads none of it.
#[derive(Debug)]
#[repr(align(128))]
struct Counts {
    bytes: AtomicUsize,
    entries: AtomicUsize,
    deletes: AtomicUsize,
    sequence_min: AtomicU64,
    sequence_max: AtomicU64,
}

/// What only the writer needs.
#[derive(Debug)]
struct Writing {
    bump: Bump,
    index: IndexFill,
    /// Bytes outside the arena and the index: large values and range deletes.
    other_bytes: usize,
    entries: usize,
    deletes: usize,
    sequence_min: Sequence,
    sequence_max: Sequence,
}

impl Memtable {
    /// An empty memtable that is expected to grow to `capacity_hint_bytes`. It takes some KiB until then.
    #[must_use]
    pub fn new(capacity_hint_bytes: usize) -> Self {
        Self {
            records: Records::new(),
            tree: Radix::new(),
            index: HashIndex::new(capacity_hint_bytes / ENTRY_BYTES_USUAL),
            ranges: Ranges::new(),
            counts: Counts {
                bytes: AtomicUsize::new(0),
                entries: AtomicUsize::new(0),
                deletes: AtomicUsize::new(0),
                sequence_min: AtomicU64::new(Sequence::MAX),
                sequence_max: AtomicU64::new(0),
            },
            writing: Mutex::new(Writing {
                bump: Bump::new(),
                index: IndexFill::default(),
                other_bytes: 0,
                entries: 0,
                deletes: 0,
                sequence_min: Sequence::MAX,
                sequence_max: 0,
            }),
        }
    }

    /// The writer. There is one at a time: a second waits until the first is dropped.
    #[must_use]
    pub fn writer(&self) -> MemtableWriter<'_> {
        MemtableWriter {
            table: self,
            // A writer that panicked did so before it changed anything.
            writing: self.writing.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Asks the processor for the place where a [`get`](Self::get) of a key with `hash` begins: worth its
    /// while when some other key is looked up first.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        self.index.prefetch(hash);
    }

    #[inline]
    fn find(&self, key: &[u8], hash: u64) -> Option<Offset> {
        self.index
            .find(hash, |record| self.records.key(record) == key)
    }

    #[inline]
    fn locate(&self, key: &[u8], hash: u64, snapshot: Sequence) -> Option<(Offset, Offset)> {
        let record = self.find(key, hash)?;
        let newest = self.records.newest(record);
        match self.records.visible(newest, snapshot) {
            0 => None,
            version => Some((record, version)),
        }
    }

    /// The newest version of `key` that is not newer than `snapshot`, tombstones included. `hash` is
    /// [`hash64`](crate::base::hash::hash64) of the key.
    #[must_use]
    pub fn get(&self, key: &[u8], hash: u64, snapshot: Sequence) -> Option<Found> {
        let (record, version) = self.locate(key, hash, snapshot)?;
        let entry = self.records.entry(record, version);
        Some(Found {
            sequence: entry.sequence,
            kind: entry.kind,
            deadline_ms: entry.deadline_ms,
            value: self.records.value(version),
        })
    }

    /// As [`get`](Self::get), for a look at the version where it stands.
    #[inline]
    pub fn get_with<T>(
        &self,
        key: &[u8],
        hash: u64,
        snapshot: Sequence,
        look: impl FnOnce(Entry<'_>) -> T,
    ) -> Option<T> {
        let (record, version) = self.locate(key, hash, snapshot)?;
        Some(look(self.records.entry(record, version)))
    }

    /// Whether a range delete was ever written.
    #[inline]
    #[must_use]
    pub fn has_range_deletes(&self) -> bool {
        self.ranges.count() != 0
    }

    /// The range deletes, oldest first.
    #[must_use]
    pub fn range_deletes(&self) -> Arc<[RangeDelete]> {
        self.ranges.all()
    }

    /// The highest sequence, up to `snapshot`, of a range delete that covers `key`.
    #[inline]
    #[must_use]
    pub fn covering_delete(&self, key: &[u8], snapshot: Sequence) -> Option<Sequence> {
        if self.has_range_deletes() {
            self.ranges.covering(key, snapshot)
        } else {
            None
        }
    }

    /// A position in the point entries, standing on none. It sees every entry that was written before it was
    /// last placed by a seek, and may see newer ones.
    #[must_use]
    pub fn cursor(self: &Arc<Self>) -> MemtableCursor {
        MemtableCursor::new(Arc::clone(self))
    }

    /// The memory that its contents take, bytes: keys, values, and what keeps them in order.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.counts.bytes.load(Ordering::Relaxed)
    }

    /// Point entries, tombstones included. This and the other counts change when a writer is dropped.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.counts.entries.load(Ordering::Relaxed)
    }

    /// Point tombstones.
    #[must_use]
    pub fn deletes(&self) -> usize {
        self.counts.deletes.load(Ordering::Relaxed)
    }

    /// The lowest sequence in it, range deletes included; `None` when it is empty.
    #[must_use]
    pub fn sequence_min(&self) -> Option<Sequence> {
        (!self.is_empty()).then(|| self.counts.sequence_min.load(Ordering::Relaxed))
    }

    /// The highest sequence in it, range deletes included; `None` when it is empty.
    #[must_use]
    pub fn sequence_max(&self) -> Option<Sequence> {
        (!self.is_empty()).then(|| self.counts.sequence_max.load(Ordering::Relaxed))
    }

    /// Whether it holds neither an entry nor a range delete.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries() == 0 && !self.has_range_deletes()
    }
}

/// The right to write to a memtable.
#[derive(Debug)]
pub struct MemtableWriter<'a> {
    table: &'a Memtable,
    writing: MutexGuard<'a, Writing>,
}

impl MemtableWriter<'_> {
    /// Adds a version of `key`. `hash` is [`hash64`](crate::base::hash::hash64) of the key; a key that comes
    /// with two different ones is not found, and panics.
    ///
    /// # Panics
    /// Unless `sequence` is higher than every sequence before and at most [`SEQUENCE_MAX`]; for a key of 16 MiB
    /// or more; past 32 GiB in all. Nothing is lost then.
    #[inline]
    pub fn insert(
        &mut self,
        key: &[u8],
        hash: u64,
        sequence: Sequence,
        kind: Kind,
        deadline_ms: u64,
        value: &[u8],
    ) {
        assert!(key.len() <= DEPTH_MAX, "a key has less than 16 MiB");
        self.advance(sequence);
        let table = self.table;
        let writing = &mut *self.writing;
        let write = Write {
            sequence,
            kind,
            deadline_ms,
            value,
        };
        match table.find(key, hash) {
            Some(record) => table.records.update(&mut writing.bump, record, write),
            None => {
                let record = table.records.create(&mut writing.bump, key, write);
                table.tree.insert(&table.records, &mut writing.bump, record);
                table.index.insert(&mut writing.index, hash, record);
            }
        }
        if value.len() >= LARGE_VALUE_BYTES {
            writing.other_bytes += value.len() + size_of::<Bytes>();
        }
        writing.entries += 1;
        writing.deletes += usize::from(kind == Kind::Delete);
    }

    /// Adds a delete of all keys in `from..to` that were written before. One with nothing between its ends
    /// changes nothing.
    ///
    /// # Panics
    /// As [`insert`](Self::insert) for the sequence.
    pub fn insert_range_delete(&mut self, from: &[u8], to: &[u8], sequence: Sequence) {
        if from >= to {
            return;
        }
        self.advance(sequence);
        self.writing.other_bytes += self.table.ranges.push(from, to, sequence);
    }

    #[inline]
    fn advance(&mut self, sequence: Sequence) {
        let writing = &mut *self.writing;
        let is_first = writing.sequence_min == Sequence::MAX;
        assert!(
            sequence <= SEQUENCE_MAX && (is_first || sequence > writing.sequence_max),
            "sequences increase"
        );
        if is_first {
            writing.sequence_min = sequence;
        }
        writing.sequence_max = sequence;
    }
}

impl Drop for MemtableWriter<'_> {
    fn drop(&mut self) {
        let (counts, writing) = (&self.table.counts, &*self.writing);
        let bytes = writing.bump.used_bytes() + writing.index.bytes() + writing.other_bytes;
        counts.bytes.store(bytes, Ordering::Relaxed);
        counts.entries.store(writing.entries, Ordering::Relaxed);
        counts.deletes.store(writing.deletes, Ordering::Relaxed);
        counts
            .sequence_min
            .store(writing.sequence_min, Ordering::Relaxed);
        counts
            .sequence_max
            .store(writing.sequence_max, Ordering::Relaxed);
    }
}

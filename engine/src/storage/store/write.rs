//! The one ordered writer: log, then memtable, under one lock.

use core::sync::atomic::Ordering;
use std::sync::Arc;

use bytes::Bytes;

use super::sync::Pending;
use super::view::{DeleteSet, Sealed, View};
use super::{Store, lock};
use crate::base::hash::hash64;
use crate::base::limits::CONDITIONS_MAX;
use crate::storage::WriteBatch;
use crate::storage::describe::FileId;
use crate::storage::entry::{Kind, NEVER_MS, SEQUENCE_MAX, Sequence};
use crate::storage::memtable::Memtable;
use crate::storage::options::Durability;
use crate::storage::wal::{
    Ahead, AppendMode, Operation, Operations, SegmentOptions, SegmentWriter, SyncHandle,
};
use crate::{Error, Result};

/// Room for an operation's tag and lengths, bytes.
const OPERATION_BYTES: usize = 24;

/// What must hold for a conditional write to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The key has no value.
    Absent(Bytes),
    /// The key has a value, whatever it is.
    Present(Bytes),
    /// The key has this value.
    Equals(Bytes, Bytes),
}

/// What only one thread at a time may touch.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) segment: SegmentWriter,
    /// Segments that hold what no table holds yet, oldest first; the last is being written.
    pub(super) segments: Vec<FileId>,
    /// Obsolete segments that wait to be overwritten.
    pub(super) recycled: Vec<String>,
    /// Closed segments that are not known to be synced, oldest first.
    pub(super) unsynced: Vec<SyncHandle>,
    pub(super) next_sequence: Sequence,
    /// The highest sequence that some writer waits to see synced.
    pub(super) promised: Sequence,
    pub(super) active: Arc<Memtable>,
}

/// A write's place in the order.
struct Appended {
    last: Sequence,
    /// Earlier writes up to here must be durable before this one may be seen.
    promised: Sequence,
}

impl Store {
    /// Sets `key` to `value`, at the durability of the [`Options`](crate::storage::Options).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<Sequence> {
        self.put_with(key, value, self.options.durability)
    }

    /// As [`put`](Self::put), at a durability of its own.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn put_with(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<Sequence> {
        let mut batch = WriteBatch::with_capacity(key.len() + value.len() + OPERATION_BYTES);
        batch.put(key, value);
        self.write(&batch, durability)
    }

    /// Removes `key`.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn delete(&self, key: &[u8]) -> Result<Sequence> {
        self.delete_with(key, self.options.durability)
    }

    /// As [`delete`](Self::delete), at a durability of its own.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn delete_with(&self, key: &[u8], durability: Durability) -> Result<Sequence> {
        let mut batch = WriteBatch::with_capacity(key.len() + OPERATION_BYTES);
        batch.delete(key);
        self.write(&batch, durability)
    }

    /// Applies `batch`, whole or not at all, and returns its last sequence once it is as durable as asked.
    /// An empty batch does nothing.
    ///
    /// # Errors
    /// - [`Error::TooLarge`] past a limit, [`Error::DiskFull`] where its log has no space: nothing changed.
    /// - [`Error::Io`] when the disk fails. The batch may survive or not, readers do not see it, and the store
    ///   takes no more writes until it is opened again.
    pub fn write(&self, batch: &WriteBatch, durability: Durability) -> Result<Sequence> {
        self.write_if(&[], batch, durability)
    }

    /// Applies `batch` if every condition holds at its place in the order of writes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use kvorum::storage::{Condition, Durability, Options, Store, WriteBatch};
    /// use kvorum::vfs::MemoryDisk;
    ///
    /// let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
    /// let mut mine = WriteBatch::new();
    /// mine.put("lock", "me");
    /// let free = [Condition::Absent("lock".into())];
    /// store.write_if(&free, &mine, Durability::Fsync)?;
    /// assert!(store.write_if(&free, &mine, Durability::Fsync).is_err());
    /// # Ok::<(), kvorum::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] that names the first condition that does not hold: nothing changed. Otherwise as
    /// [`write`](Self::write), and as [`get`](Self::get) for the conditions.
    pub fn write_if(
        &self,
        conditions: &[Condition],
        batch: &WriteBatch,
        durability: Durability,
    ) -> Result<Sequence> {
        batch.check()?;
        if conditions.len() > CONDITIONS_MAX {
            return Err(Error::TooLarge {
                what: "conditions of a write, in their number,",
                actual: conditions.len(),
                limit: CONDITIONS_MAX,
            });
        }
        self.make_room(batch.record_bytes())?;
        let appended = {
            let mut writer = lock(&self.writer);
            self.refuse_if_poisoned()?;
            self.check_conditions(conditions)?;
            if batch.is_empty() {
                return Ok(self.visible());
            }
            self.append(&mut writer, batch, durability)?
        };
        self.acknowledge(&appended, durability)?;
        Ok(appended.last)
    }

    /// Makes every write so far durable.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk fails, and from then on.
    pub fn sync(&self) -> Result<()> {
        let last = lock(&self.writer).next_sequence - 1;
        self.refuse_if_poisoned()?;
        self.sync_to(last)
    }

    fn check_conditions(&self, conditions: &[Condition]) -> Result<()> {
        if conditions.is_empty() {
            return Ok(());
        }
        let view = self.view.load();
        for condition in conditions {
            let value = self.get_in(&view, condition.key(), SEQUENCE_MAX)?;
            condition.holds(value.as_deref())?;
        }
        Ok(())
    }

    fn append(
        &self,
        writer: &mut Writer,
        batch: &WriteBatch,
        durability: Durability,
    ) -> Result<Appended> {
        if writer.active.bytes() >= self.options.memtable_bytes {
            self.rotate(writer)?;
        }
        let first = writer.next_sequence;
        let last = first + batch.len() as u64 - 1;
        if last > SEQUENCE_MAX {
            return Err(Error::Overloaded {
                detail: format!("this store has done {SEQUENCE_MAX} writes: copy it to a new one"),
            });
        }
        let mode = match durability {
            Durability::Memory => AppendMode::Buffer,
            Durability::Os | Durability::Fsync => AppendMode::WriteThrough,
        };
        if durability == Durability::Fsync {
            writer.segment.write_ahead(self.options.log_ahead);
        }
        let before = writer.segment.bytes();
        let synced = self.syncs.synced();
        let payload = batch.payload();
        match writer
            .segment
            .append(first, batch.len(), payload, synced, mode)
        {
            Ok(()) => self.counters.log_bytes.add(writer.segment.bytes() - before),
            Err(full @ Error::DiskFull { .. }) => return Err(full),
            Err(why) => return Err(self.poison(&why)),
        }
        insert(&writer.active, first, batch.operations());
        self.counters.writes.add(batch.len() as u64);
        self.counters.user_bytes.add(batch.user_bytes() as u64);
        writer.next_sequence = last + 1;
        let promised = writer.promised;
        if durability == Durability::Fsync {
            writer.promised = last;
        }
        Ok(Appended { last, promised })
    }

    fn acknowledge(&self, appended: &Appended, durability: Durability) -> Result<()> {
        let synced_first = match durability {
            Durability::Fsync => appended.last,
            Durability::Os | Durability::Memory => appended.promised,
        };
        if self.syncs.synced() < synced_first {
            self.sync_to(synced_first)?;
        }
        self.visible.fetch_max(appended.last, Ordering::AcqRel);
        Ok(())
    }

    /// Seals the memtable and begins another, with a log segment of its own.
    ///
    /// # Errors
    /// [`Error::DiskFull`]: nothing changed. Any other poisons the store, since a failed sync of the folder drops
    /// names that others wait for too.
    pub(super) fn rotate(&self, writer: &mut Writer) -> Result<()> {
        let segment = match self.next_segment(writer) {
            Ok(segment) => segment,
            Err(full @ Error::DiskFull { .. }) => return Err(full),
            Err(why) => return Err(self.poison(&why)),
        };
        let id = segment.id();
        let closed = core::mem::replace(&mut writer.segment, segment);
        writer.unsynced.push(closed.sync_handle());
        writer.segments.push(id);
        let active = Arc::new(Memtable::new(self.options.memtable_bytes));
        let sealed = Arc::new(Sealed {
            memtable: core::mem::replace(&mut writer.active, Arc::clone(&active)),
            log_next: id,
            deletes: DeleteSet::default(),
        });
        let change = lock(&self.view_change);
        let view = self.view.load_full();
        let mut all = Vec::with_capacity(view.sealed.len() + 1);
        all.push(sealed);
        all.extend(view.sealed.iter().cloned());
        self.view.store(Arc::new(View {
            active,
            active_deletes: DeleteSet::default(),
            sealed: all,
            levels: view.levels.clone(),
        }));
        drop(change);
        self.announce_work();
        Ok(())
    }

    fn next_segment(&self, writer: &mut Writer) -> Result<SegmentWriter> {
        writer.segment.flush_buffer()?;
        let id = self.new_file();
        let options = SegmentOptions {
            id,
            first_sequence: writer.next_sequence,
            durable_sequence: self.syncs.synced(),
            ahead: Ahead::Nothing,
            recycled: writer.recycled.pop(),
        };
        SegmentWriter::create(&*self.vfs, &options)
    }
}

pub(super) fn insert(memtable: &Memtable, first: Sequence, operations: Operations<'_>) {
    let mut writer = memtable.writer();
    for (operation, sequence) in operations.zip(first..) {
        match operation {
            Operation::Put {
                key,
                value,
                deadline_ms,
            } => writer.insert(key, hash64(key), sequence, Kind::Put, deadline_ms, value),
            Operation::Delete { key } => {
                writer.insert(key, hash64(key), sequence, Kind::Delete, NEVER_MS, &[]);
            }
            Operation::DeleteRange { from, to } => writer.insert_range_delete(from, to, sequence),
        }
    }
}

impl Writer {
    /// What to sync for `wanted` to be durable, and all before it.
    pub(super) fn pending_sync(&mut self, wanted: Sequence) -> Result<Pending> {
        match self.segment.flush_buffer() {
            // There is no room for later writes that wait in the buffer; those that were asked for are in the file.
            Err(Error::DiskFull { .. }) if self.segment.written_sequence() >= wanted => {}
            flushed => flushed?,
        }
        let mut segments = core::mem::take(&mut self.unsynced);
        segments.push(self.segment.sync_handle());
        Ok(Pending {
            segments,
            target: self.segment.written_sequence(),
        })
    }
}

impl Condition {
    fn key(&self) -> &[u8] {
        match self {
            Self::Absent(key) | Self::Present(key) | Self::Equals(key, _) => key,
        }
    }

    fn holds(&self, value: Option<&[u8]>) -> Result<()> {
        let wanted = match (self, value) {
            (Self::Absent(_), None) | (Self::Present(_), Some(_)) => return Ok(()),
            (Self::Equals(_, wanted), Some(value)) if wanted == value => return Ok(()),
            (Self::Absent(_), _) => "no value",
            (Self::Present(_), _) => "a value",
            (Self::Equals(..), _) => "another value",
        };
        let key = self.key().escape_ascii();
        let found = if value.is_some() {
            "has one"
        } else {
            "has none"
        };
        Err(Error::Conflict {
            detail: format!("the key '{key}' should have {wanted}, and {found}"),
        })
    }
}

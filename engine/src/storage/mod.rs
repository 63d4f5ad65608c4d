//! What a node keeps on its disk: a log-structured merge tree.
//!
//! | part | what it is | lesson |
//! |---|---|---|
//! | [`wal`] | the log: every write first | 1, 5 |
//! | [`memtable`] | the newest writes, sorted, in memory | 1, 5 |
//! | [`table`] | an immutable sorted file with an index and a Bloom filter | 5 |
//! | [`cache`] | table blocks in memory | 5, 9 |
//! | [`levels`] | which tables there are, newest first | 5 |
//! | [`compact`] | which of them to merge next | 5 |
//! | [`merge`] | merging them, and what may be forgotten | 5 |
//! | [`manifest`] | the log of changes to the levels | 5 |
//! | [`Store`] | all of it together | 1, 5 |
//!
//! After O'Neil et al., "The Log-Structured Merge-Tree" (1996), in the form that Bigtable gave it (Chang et al.,
//! OSDI 2006, section 5.3 and 5.4) and LevelDB and RocksDB made common.
//!
//! ```
//! use std::sync::Arc;
//! use kvorum::storage::{Durability, Options, Store, WriteBatch};
//! use kvorum::vfs::MemoryDisk;
//!
//! let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
//! let mut batch = WriteBatch::new();
//! batch.put("cart", "milk").delete("wishlist");
//! store.write(&batch, Durability::Fsync)?;
//! assert_eq!(store.get(b"cart")?.as_deref(), Some(b"milk".as_slice()));
//! # Ok::<(), kvorum::Error>(())
//! ```

pub mod cache;
pub mod compact;
pub mod cursor;
pub mod describe;
pub mod entry;
#[doc(hidden)]
pub mod fuzz;
pub mod levels;
pub mod manifest;
pub mod memtable;
pub mod merge;
mod options;
mod store;
pub mod table;
pub mod wal;

use core::fmt::Debug;
use core::ops::Bound;

use bytes::Bytes;

use crate::Result;

pub use options::{Clock, Compaction, Durability, FilterBits, ManualClock, Options};
pub use store::{
    Condition, Inspection, LevelStats, Range, RepairReport, ScrubReport, Snapshot, Step, Store,
    StoreStats, inspect, repair, scrub,
};
pub use wal::{STORED_KEY_BYTES_MAX, WriteBatch};

/// What a node needs of its disk: a durable ordered map from bytes to bytes.
pub trait Storage: Debug + Send + Sync {
    /// The value of `key`, as the last batch that named it left it, synced or not.
    ///
    /// # Errors
    /// [`Corruption`](crate::Error::Corruption) when the stored bytes are damaged.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>>;

    /// Applies `batch`, whole or not at all. Readers see it at once; it survives a power cut once
    /// [`sync`](Self::sync) has succeeded, and may survive one before. An empty batch does nothing.
    ///
    /// # Errors
    /// - [`TooLarge`](crate::Error::TooLarge) past a limit, [`DiskFull`](crate::Error::DiskFull): nothing changed.
    /// - [`Io`](crate::Error::Io) when the store is poisoned (nothing changed), or when the disk failed in a
    ///   way that poisons it now (readers do not see the batch; a crash may bring it back).
    fn write(&mut self, batch: WriteBatch) -> Result<()>;

    /// Makes every batch so far survive a power cut. With none since the last sync it costs nothing.
    ///
    /// # Errors
    /// [`Io`](crate::Error::Io) when the disk fails, and from then on. The store is then poisoned: reads go on,
    /// and every write and sync is refused, since no later sync can vouch for the bytes that this one lost. Open
    /// the store again to see what is left.
    fn sync(&mut self) -> Result<()>;

    /// Up to `limit` pairs whose keys lie between the bounds, in key order. Bounds that cross hold nothing.
    ///
    /// # Errors
    /// [`Corruption`](crate::Error::Corruption) when the stored bytes are damaged.
    fn scan(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>>;

    /// Does a share of the upkeep that is due. A crash at any moment inside it loses nothing.
    ///
    /// # Errors
    /// What the disk reports; see [`Store::step`].
    fn maintain(&mut self) -> Result<Step>;
}

/// What one [`Storage::maintain`] merges, bytes.
const MAINTAIN_BYTES: u64 = 1 << 20;

impl Storage for Store {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        self.get(key)
    }

    fn write(&mut self, batch: WriteBatch) -> Result<()> {
        Store::write(self, &batch, Durability::Memory).map(|_| ())
    }

    fn sync(&mut self) -> Result<()> {
        Store::sync(self)
    }

    fn scan(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>> {
        let mut range = self.range(from, to)?;
        let mut pairs = Vec::new();
        while pairs.len() < limit
            && let Some((key, value)) = range.next()?
        {
            pairs.push((Bytes::copy_from_slice(key), Bytes::copy_from_slice(value)));
        }
        Ok(pairs)
    }

    fn maintain(&mut self) -> Result<Step> {
        self.step(MAINTAIN_BYTES)
    }
}

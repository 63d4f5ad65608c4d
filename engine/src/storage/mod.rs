//! Lessons 1 and 5: a node's durable ordered map.
//!
//! [`WriteBatch`]es come in, a sorted map of bytes to bytes goes out. Invariants, for every [`Storage`]:
//! - a batch is there whole or not at all, whatever happens;
//! - after a crash the map is what some prefix of the batches made, and that prefix reaches at least to
//!   the last [`Storage::sync`] that succeeded;
//! - damage is reported, never read as data; and what a store cannot make sense of it leaves as it is;
//! - nothing here starts a thread or reads a clock: upkeep is a step that the driver asks for.
//!
//! [`LogStore`] is the first engine behind the trait: a checksummed log, and the whole map in memory. It is
//! the shape of Bitcask (Sheehy and Smith, 2010), with values kept in memory too.

mod batch;
pub mod compact;
pub mod cache;
pub mod cursor;
pub mod describe;
pub mod entry;
mod frame;
pub mod levels;
mod log;
pub mod merge;
pub mod memtable;
mod recover;
mod rewrite;
pub mod table;
pub mod fuzz;
pub mod manifest;
pub mod wal;

use core::fmt::Debug;
use core::ops::Bound;

use bytes::Bytes;

use crate::Result;

pub use batch::{STORED_KEY_BYTES_MAX, WriteBatch};
pub use log::{LOG_FILE, LogConfig, LogStore};
pub use rewrite::REWRITE_FILE;

/// A durable ordered map from bytes to bytes.
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
    /// - [`TooLarge`](crate::Error::TooLarge) past a limit: nothing changed.
    /// - [`Io`](crate::Error::Io) when the store is poisoned (nothing changed), or when the disk failed in a
    ///   way that poisons it now (readers do not see the batch; a crash may bring it back).
    fn write(&mut self, batch: WriteBatch) -> Result<()>;

    /// Makes every batch so far survive a power cut. With none since the last sync it costs nothing.
    ///
    /// # Errors
    /// [`Io`](crate::Error::Io) when the disk fails, and from then on. The store is then poisoned: reads go
    /// on, and every write and sync is refused, since no later sync can vouch for the bytes that this one
    /// lost. Open the store again to see what is left.
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

    /// Does one step of upkeep, if one is due. A crash at any moment inside it loses nothing.
    ///
    /// # Errors
    /// What the disk reports. A step that failed before it changed anything leaves the store at work; a
    /// later failure poisons it, like a failed [`sync`](Self::sync).
    fn maintain(&mut self) -> Result<Maintenance>;

    /// Counts and sizes.
    fn stats(&self) -> StorageStats;
}

/// What a step of upkeep did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Maintenance {
    /// Nothing was due.
    Idle,
    /// The log was written anew without its dead bytes. All of the map is synced.
    Rewritten {
        /// The log's length before, bytes.
        bytes_before: u64,
        /// The log's length after, bytes.
        bytes_after: u64,
    },
}

/// Counts and sizes of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StorageStats {
    /// Records in the log: one for each batch, and those of a rewrite.
    pub records: u64,
    /// Keys that have a value.
    pub live_keys: u64,
    /// Bytes that the keys and values that can be read take in the log.
    pub live_bytes: u64,
    /// The log's length, bytes.
    pub log_bytes: u64,
    /// Records that [`LogStore::open`] replayed.
    pub recovered_records: u64,
    /// Bytes of a torn record that [`LogStore::open`] found at the log's end and left out.
    pub torn_bytes_cut: u64,
    /// Syncs that reached the disk and succeeded, since the store was opened.
    pub syncs: u64,
    /// Rewrites of the log by [`Storage::maintain`] since the store was opened.
    pub rewrites: u64,
    /// Whether a failed sync has closed the store for writes.
    pub poisoned: bool,
}

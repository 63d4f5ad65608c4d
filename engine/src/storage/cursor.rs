//! A position in a sorted sequence of entries: what the memtable, a table, a run and a merge have in common.

use bytes::Bytes;

use crate::Result;
use crate::storage::entry::{Entry, Sequence};

/// A position in entries sorted as [`order`](crate::storage::entry::order) says. It stands on an entry or on
/// none (before the first, after the last, or not placed yet: all the same to the caller). After an error it
/// stands on none.
pub trait Cursor {
    /// Moves to the first entry.
    ///
    /// # Errors
    /// What reading the entry's block reports; the same for every move.
    fn seek_first(&mut self) -> Result<()>;

    /// Moves to the last entry.
    ///
    /// # Errors
    /// As [`seek_first`](Self::seek_first).
    fn seek_last(&mut self) -> Result<()>;

    /// Moves to the first entry at or after `(key, sequence)`: the newest version of `key` that is not newer
    /// than `sequence`, or else the first entry of the next key.
    ///
    /// # Errors
    /// As [`seek_first`](Self::seek_first).
    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()>;

    /// Moves to the last entry (the oldest version) of the last key before `key`.
    ///
    /// # Errors
    /// As [`seek_first`](Self::seek_first).
    fn seek_before(&mut self, key: &[u8]) -> Result<()>;

    /// Moves one entry on. Only when it stands on an entry.
    ///
    /// # Errors
    /// As [`seek_first`](Self::seek_first).
    fn next(&mut self) -> Result<()>;

    /// Moves one entry back. Only when it stands on an entry.
    ///
    /// # Errors
    /// As [`seek_first`](Self::seek_first).
    fn prev(&mut self) -> Result<()>;

    /// The entry it stands on.
    fn entry(&self) -> Option<Entry<'_>>;

    /// The value it stands on, sharing memory with its block where there is one. Only on an entry.
    fn value(&self) -> Bytes;
}

//! A cursor over entries in memory, for tests. It can be told to fail.

use core::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;

use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Kind, NEVER_MS, Sequence, order};
use crate::{Error, Result};

/// An entry that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// See [`Entry`].
    pub key: Bytes,
    /// See [`Entry`].
    pub sequence: Sequence,
    /// See [`Entry`].
    pub kind: Kind,
    /// See [`Entry`].
    pub deadline_ms: u64,
    /// See [`Entry`].
    pub value: Bytes,
}

impl Owned {
    /// A value that does not expire.
    pub fn put(key: &[u8], sequence: Sequence, value: &[u8]) -> Self {
        Self {
            key: Bytes::copy_from_slice(key),
            sequence,
            kind: Kind::Put,
            deadline_ms: NEVER_MS,
            value: Bytes::copy_from_slice(value),
        }
    }

    /// A tombstone.
    pub fn delete(key: &[u8], sequence: Sequence) -> Self {
        Self {
            kind: Kind::Delete,
            ..Self::put(key, sequence, b"")
        }
    }

    /// The same, borrowed.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            key: &self.key,
            sequence: self.sequence,
            kind: self.kind,
            deadline_ms: self.deadline_ms,
            value: &self.value,
        }
    }
}

impl From<Entry<'_>> for Owned {
    fn from(entry: Entry<'_>) -> Self {
        Self {
            key: Bytes::copy_from_slice(entry.key),
            sequence: entry.sequence,
            kind: entry.kind,
            deadline_ms: entry.deadline_ms,
            value: Bytes::copy_from_slice(entry.value),
        }
    }
}

/// A cursor over shared entries.
#[derive(Clone, Debug)]
pub struct VecCursor {
    entries: Rc<[Owned]>,
    at: Option<usize>,
    /// Moves left until one fails; shared between the cursors of a test.
    moves_left: Option<Rc<Cell<u32>>>,
    /// Moves so far.
    pub moves: Rc<Cell<u64>>,
}

impl VecCursor {
    /// A cursor over `entries`, which it sorts.
    pub fn new(mut entries: Vec<Owned>) -> Self {
        entries.sort_by(|a, b| order(&a.key, a.sequence, &b.key, b.sequence));
        Self {
            entries: entries.into(),
            at: None,
            moves_left: None,
            moves: Rc::default(),
        }
    }

    /// Fails the move after so many.
    pub fn failing(mut self, moves_left: Rc<Cell<u32>>) -> Self {
        self.moves_left = Some(moves_left);
        self
    }

    fn go(&mut self, at: Option<usize>) -> Result<()> {
        self.moves.set(self.moves.get() + 1);
        self.at = at.filter(|&at| at < self.entries.len());
        if let Some(left) = &self.moves_left {
            if left.get() == 0 {
                self.at = None;
                return Err(Error::corruption("told to fail".to_owned()));
            }
            left.set(left.get() - 1);
        }
        Ok(())
    }
}

impl Cursor for VecCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.go(Some(0))
    }

    fn seek_last(&mut self) -> Result<()> {
        self.go(self.entries.len().checked_sub(1))
    }

    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        let at = self
            .entries
            .partition_point(|entry| order(&entry.key, entry.sequence, key, sequence).is_lt());
        self.go(Some(at))
    }

    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        let at = self
            .entries
            .partition_point(|entry| entry.key.as_ref() < key);
        self.go(at.checked_sub(1))
    }

    fn next(&mut self) -> Result<()> {
        self.go(Some(self.at.expect("stands on an entry") + 1))
    }

    fn prev(&mut self) -> Result<()> {
        self.go(self.at.expect("stands on an entry").checked_sub(1))
    }

    fn entry(&self) -> Option<Entry<'_>> {
        Some(self.entries[self.at?].entry())
    }

    fn value(&self) -> Bytes {
        self.entries[self.at.expect("stands on an entry")]
            .value
            .clone()
    }
}

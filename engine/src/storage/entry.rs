//! What the memtable, the tables and the merge agree on: an entry, and the order of entries.
//!
//! Entries are sorted by key, ascending, and the versions of one key by sequence, descending: the newest
//! version comes first, and a seek to `(key, snapshot)` stands on the version that the snapshot sees.

use core::cmp::Ordering;

use bytes::Bytes;

/// The place of an operation in the order of writes. Each operation of a batch has its own. 0 is older than
/// every write: a table's bottommost entries carry it once no snapshot tells them apart.
pub type Sequence = u64;

/// No write has a higher sequence (2^56 - 1).
pub const SEQUENCE_MAX: Sequence = (1 << 56) - 1;

/// The deadline of a value that does not expire, ms.
pub const NEVER_MS: u64 = u64::MAX;

/// What an entry says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The key has no value: a tombstone.
    Delete = 0,
    /// The key has this value, until its deadline.
    Put = 1,
}

/// One version of a key, borrowed from where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key.
    pub key: &'a [u8],
    /// Its place in the order of writes.
    pub sequence: Sequence,
    /// Whether it is a value or a tombstone.
    pub kind: Kind,
    /// From this moment on (milliseconds since the Unix epoch) it counts as a tombstone; [`NEVER_MS`] for
    /// most, and for every tombstone.
    pub deadline_ms: u64,
    /// The value; empty for a tombstone.
    pub value: &'a [u8],
}

/// What a point lookup found: the newest version that the snapshot sees, tombstones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the order of writes.
    pub sequence: Sequence,
    /// Whether it is a value or a tombstone.
    pub kind: Kind,
    /// See [`Entry::deadline_ms`].
    pub deadline_ms: u64,
    /// The value, sharing memory with the block it stands in where it can.
    pub value: Bytes,
}

/// A delete of every key in `from..to` that was written before `sequence`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeDelete {
    /// The first key.
    pub from: Bytes,
    /// The first key that is left alone.
    pub to: Bytes,
    /// Its place in the order of writes.
    pub sequence: Sequence,
}

/// The order of entries: by key, then newest first.
#[inline]
#[must_use]
pub fn order(a_key: &[u8], a_sequence: Sequence, b_key: &[u8], b_sequence: Sequence) -> Ordering {
    a_key.cmp(b_key).then_with(|| b_sequence.cmp(&a_sequence))
}

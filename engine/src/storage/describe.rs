//! What is known of a table without opening it: the manifest stores it, pickers decide by it.

use bytes::Bytes;

use crate::storage::entry::Sequence;

/// The number of a file of the store, unique in it for all time.
pub type FileId = u64;
/// The number of a sorted run, from the same counter as [`FileId`]: in one level the higher is the newer.
pub type RunId = u64;

/// A sorted table's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableMeta {
    /// Its file.
    pub id: FileId,
    /// The file's length, bytes.
    pub bytes: u64,
    /// Keys and values as the writer gave them, before prefixes and compression, bytes.
    pub raw_bytes: u64,
    /// Point entries, tombstones included.
    pub entries: u64,
    /// Point tombstones.
    pub deletes: u64,
    /// Range tombstones.
    pub range_deletes: u64,
    /// The first key that an entry or a range tombstone touches.
    pub smallest: Bytes,
    /// The end of what it touches, exclusive: the last key followed by a zero byte, or the end of the last
    /// range tombstone. Two tables are disjoint where one's end is at most the other's smallest.
    pub end: Bytes,
    /// The lowest sequence in it.
    pub sequence_min: Sequence,
    /// The highest sequence in it.
    pub sequence_max: Sequence,
    /// When the last of its values expires, ms; [`NEVER_MS`](super::entry::NEVER_MS) when one never does.
    pub deadline_max_ms: u64,
    /// When it was written, by the store's clock, milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// CRC-32 (IEEE) of the file up to its footer, which repeats it under a checksum of its own.
    pub checksum: u32,
}

impl TableMeta {
    /// Whether it touches a key of `from..to` (`to` exclusive).
    #[must_use]
    pub fn touches(&self, from: &[u8], to: &[u8]) -> bool {
        self.smallest.as_ref() < to && from < self.end.as_ref()
    }

    /// Whether `key` lies in its range.
    #[inline]
    #[must_use]
    pub fn spans(&self, key: &[u8]) -> bool {
        self.smallest.as_ref() <= key && key < self.end.as_ref()
    }
}

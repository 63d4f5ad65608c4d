//! Where a running plan writes.

use bytes::Bytes;

use crate::storage::describe::TableMeta;

/// Keys of one level that a running plan writes. Two plans may both read what lies around a gap of the level
/// and each write across it: their inputs differ, their outputs would overlap. So a plan claims, as long as
/// it runs, the whole range from its first to its last input key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The level.
    pub level: u8,
    /// The first key.
    pub from: Bytes,
    /// The first key that is free again.
    pub to: Bytes,
}

impl Claim {
    /// Whether two claims exclude each other.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.level == other.level && self.from < other.to && other.from < self.to
    }

    /// Whether `table`, were it in `level`, would lie in the claimed range.
    #[must_use]
    pub fn covers(&self, level: u8, table: &TableMeta) -> bool {
        self.level == level && table.touches(&self.from, &self.to)
    }
}

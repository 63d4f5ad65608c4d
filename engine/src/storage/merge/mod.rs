//! From many sorted sources to one answer: what a reader sees, and what a compaction writes.
//!
//! ```text
//! tables of a run --RunCursor--+
//! memtables -------------------+--MergeCursor--+--Visible--> pairs of one snapshot, both ways
//! other runs ------------------+               +--Retain---> the entries and range deletes to write
//! range deletes of all of them --RangeDeletes--+
//! ```
//!
//! All of it is generic over [`Cursor`](super::cursor::Cursor) and dispatched statically; nothing here reads a
//! file or a clock. Entries are ordered by key, then newest first; where two sources hold the same key and
//! sequence, the source given first is the newer one.

pub mod bounds;
pub mod filter;
pub mod merge_cursor;
mod prefix;
pub mod range_deletes;
pub mod retain;
pub mod run_cursor;
pub mod visible;

#[cfg(test)]
pub mod history;
#[cfg(test)]
mod speed;
#[cfg(test)]
pub mod vec_cursor;

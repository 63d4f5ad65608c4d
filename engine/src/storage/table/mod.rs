//! Sorted tables: the files that a store's entries come to rest in.
//!
//! Entries in their order go in once, through a [`TableBuilder`]; lookups ([`TableReader::get`]) and cursors
//! ([`TableCursor`]) read them from any thread until the file is removed. A table never changes.
//!
//! ```text
//!                     filter: not here ----------------------------------------> None
//!                    /
//! key, hash, snapshot                 top of the index    partition    hot slot, block cache, or file
//!                    \                (pinned)            (pinned      |
//!                     filter: perhaps -> which partition -> which block -> search -> value,
//!                                                                                    sharing the block
//! ```
//!
//! The file, front to back; every part is sealed under a checksum of its own (see `block/seal.rs`), and the
//! parts follow each other without a gap:
//!
//! | part | holds | in memory |
//! |---|---|---|
//! | data blocks | entries, about [`BLOCK_BYTES`] each (`block/mod.rs`) | in the block cache |
//! | partitions | for each data block a short lower bound of its keys, and where it is (`index.rs`) | pinned within [`PinBudget`], else cached |
//! | filter | [`filter::BlockedBloom`], or another's | as long as the table is open |
//! | top | the same for each partition | as long as the table is open |
//! | range deletes | range tombstones (`range_deletes.rs`) | as long as the table is open |
//! | properties | the [`TableMeta`](crate::storage::describe::TableMeta) (`properties.rs`) | as long as the table is open |
//! | footer | where the others are, format version, checksum of all before it (`footer.rs`) | checked when it is opened |
//!
//! Invariants:
//! - entries are strictly ascending by key, then newest first; versions of one key may span blocks;
//! - a byte that changed fails a checksum before anything is made of it; bytes that were forged under a true
//!   checksum give errors or other answers, never a panic or an allocation larger than the file allows;
//! - a filter never denies a key of its table; [`TableReader::verify`] checks this and all the rest.
//!
//! # What it costs
//!
//! 1M entries of 16 + 100 bytes in one table, everything cached, no compression; nanoseconds an entry or an
//! operation, the fastest tenth of runs of 2,000 on a busy machine of two cores (`cargo test --release -p
//! kvorum --lib storage::table::tests::speed -- --ignored --nocapture`):
//!
//! | | random keys | decimal keys, sequences 0 |
//! |---|---|---|
//! | build, an entry | 110 | 100 |
//! | lookup of a key that is there | 540 | 535 |
//! | lookup of one that is not | 25 | 20 |
//! | seek | 460 | 460 |
//! | seek and 10 steps | 795 | 775 |
//! | scan, an entry; backwards | 24; 27 | 21; 23 |
//! | scan, nothing cached, cache left alone | 34 | 19 |
//! | file, bytes an entry | 123.7 | 109.8 |
//!
//! A lookup waits for memory most of that time: for the partition, the pointer to the block, the block's
//! first lines, the entry. With lz4 the decimal table takes 67.8 bytes an entry, 180 ns to build and 47 to scan
//! uncached.
//!
//! What the choices bought:
//! - heads in one piece and entries that stand alone, instead of restarts and chained prefixes: a search
//!   inside a block is one vector count and one entry, and 26 ns a step backwards as forwards;
//! - 8 KiB blocks instead of 4: a lookup 1.15 times as fast ([`BLOCK_BYTES`]);
//! - pointers from an open table to its cached blocks instead of a lookup in the cache (`cache/hot.rs`): a
//!   lookup 1.2 times as fast, a seek 1.2 times, a scan 1.17 times (random keys, both forms in turn, the
//!   middle of three rounds: 665 to 541 ns, 548 to 460, 28.6 to 24.3);
//! - the count of users beside the block's bytes, and its first lines asked for at once: 1.1 times;
//! - sequence 0 takes no byte, others as many as they need: 116 bytes of key and value take 110 in the
//!   file where keys are near each other and sequences gone, 124 where keys and sequences are random;
//! - CRC-32 (IEEE) rather than CRC-32C: 83 against 257 ns for 4 KiB, with the two crates at hand;
//! - lz4 in safe Rust: it compresses 1.5 times as fast as the crate's unsafe form and decompresses 0.84
//!   times as fast (3.2 and 0.93 us for 4 KiB).

mod block;
mod builder;
mod counters;
mod cursor;
mod fetch;
pub mod filter;
mod footer;
mod index;
mod options;
mod pins;
mod properties;
mod range_deletes;
mod reader;
mod table_cache;
#[cfg(test)]
mod tests;
mod verify;

use crate::storage::describe::FileId;

pub use builder::TableBuilder;
pub use counters::{TableCounters, TableCounts};
pub use cursor::TableCursor;
pub use fetch::FillCache;
pub use options::{BLOCK_BYTES, BLOCK_BYTES_RANGE, Compression, FilterChoice, TableOptions};
pub use pins::PinBudget;
pub use reader::{TableContext, TableReader};
pub use table_cache::{ReaderGuard, TableCache, TableHandle};

/// The name of a table's file: `000123.kvt`.
#[must_use]
pub fn table_file_name(id: FileId) -> String {
    format!("{id:06}.kvt")
}

/// The number in the name of a table's file; none for another file's name.
#[must_use]
pub fn table_file_id(name: &str) -> Option<FileId> {
    let id = name.strip_suffix(".kvt")?.parse().ok()?;
    (table_file_name(id) == name).then_some(id)
}

//! The memtable: what was written since the last flush, sorted, in memory.
//!
//! ```text
//! insert(key, hash, sequence, value)              get(key, hash, snapshot)      cursor: seek, next, prev
//!   one writer at a time (a lock, free              |                             |
//!   because the store has one writer)               v                             v
//!        |            +-----------------------> hash index                   radix tree
//!        v            |                         hash -> record               key order
//!      arena: record (key) -> version (newest) -> older -> older ...   <----------+
//! ```
//!
//! Readers take no lock and never wait. A record is whole before its place is stored with release ordering, and
//! readers load with acquire; nothing that was published moves or changes, until the memtable dies whole. A
//! reader passes its snapshot and goes down a key's versions to the newest that it sees.
//!
//! What a memtable costs is its misses of the processor's cache. A skip list costs one for each node on
//! the way, twenty and more in a million keys; here a lookup costs the index slot and the record, and a new
//! key the few nodes of the tree that are not in the cache. An overwrite finds its record by the index and
//! leaves the tree alone. `unsafe` stands in `arena.rs`, `words.rs` and `record.rs` only: bytes that are written
//! once, before they are published. `engine/tests/memtable_concurrency.rs` runs these sources under a model
//! checker that watches the bytes too.
//!
//! Nanoseconds beside crossbeam's skip list, 500,000 entries of 16 + 100 bytes, big-endian binary keys
//! (`cargo test --release -p kvorum --test memtable_speed -- --ignored --nocapture`):
//!
//! | what | here | skip list |
//! |---|---|---|
//! | insert, random order | 316 | 982 |
//! | insert, ascending | 183 | 126 |
//! | overwrite | 343 | 2087 |
//! | get, there | 190 (378 with a copy of the value) | 1574 |
//! | get, not there | 32 | 1390 |
//! | seek | 481 | 1464 |
//! | next | 178 | 176 |
//!
//! An entry takes 193 bytes, of which 116 are its key and value.

mod append;
mod arena;
mod cursor;
mod index;
mod node;
mod radix;
mod ranges;
mod record;
mod sync;
mod table;
#[cfg(test)]
mod tests;
mod walk;
mod words;

pub use cursor::MemtableCursor;
pub use table::{Memtable, MemtableWriter};

//! The memtable: what was written since the last flush, sorted, in memory.

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

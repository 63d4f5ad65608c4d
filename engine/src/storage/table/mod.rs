//! Sorted tables: the files that a store's entries come to rest in.
//!
//! Entries in their order go in once, through a [`TableBuilder`]; lookups and cursors read them from any
//! thread, through a [`TableReader`], until the file is removed. A table never changes.

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

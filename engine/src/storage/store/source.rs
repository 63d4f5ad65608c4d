//! The one cursor type of the store's merges: over a memtable, or over the tables of a run.

use std::sync::Arc;

use bytes::Bytes;

use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Sequence};
use crate::storage::memtable::MemtableCursor;
use crate::storage::merge::{RunCursor, Tables};
use crate::storage::table::{FillCache, TableCursor, TableHandle};

/// The tables of one run, in key order.
#[derive(Debug)]
pub(super) struct RunTables {
    pub(super) tables: Arc<[Arc<TableHandle>]>,
    pub(super) fill: FillCache,
}

/// See the module.
#[expect(
    clippy::large_enum_variant,
    reason = "a box would cost an allocation for each run of each scan"
)]
#[derive(Debug)]
pub(super) enum Source {
    Memtable(MemtableCursor),
    Run(RunCursor<RunTables>),
}

impl Tables for RunTables {
    type Cursor = TableCursor;

    fn len(&self) -> usize {
        self.tables.len()
    }

    fn smallest(&self, index: usize) -> &[u8] {
        &self.tables[index].meta().smallest
    }

    fn end(&self, index: usize) -> &[u8] {
        &self.tables[index].meta().end
    }

    fn open(&self, index: usize) -> Result<TableCursor> {
        Ok(TableCursor::new(
            self.tables[index].reader_arc()?,
            self.fill,
        ))
    }
}

macro_rules! each {
    ($self:ident, $cursor:ident => $call:expr) => {
        match $self {
            Self::Memtable($cursor) => $call,
            Self::Run($cursor) => $call,
        }
    };
}

impl Cursor for Source {
    #[inline]
    fn seek_first(&mut self) -> Result<()> {
        each!(self, cursor => cursor.seek_first())
    }

    #[inline]
    fn seek_last(&mut self) -> Result<()> {
        each!(self, cursor => cursor.seek_last())
    }

    #[inline]
    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        each!(self, cursor => cursor.seek(key, sequence))
    }

    #[inline]
    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        each!(self, cursor => cursor.seek_before(key))
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        each!(self, cursor => cursor.next())
    }

    #[inline]
    fn prev(&mut self) -> Result<()> {
        each!(self, cursor => cursor.prev())
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        each!(self, cursor => cursor.entry())
    }

    #[inline]
    fn value(&self) -> Bytes {
        each!(self, cursor => cursor.value())
    }
}

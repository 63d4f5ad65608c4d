//! A position among the point entries of a memtable.

use core::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::arena::Offset;
use super::table::Memtable;
use super::walk::Walk;
use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Sequence};

/// A cursor that keeps its memtable alive. None of its moves can fail.
#[derive(Clone)]
pub struct MemtableCursor {
    table: Arc<Memtable>,
    walk: Walk,
    /// The version of the record that the walk stands on; 0 when it stands on none.
    version: Offset,
}

impl MemtableCursor {
    pub(super) fn new(table: Arc<Memtable>) -> Self {
        Self {
            table,
            walk: Walk::default(),
            version: 0,
        }
    }

    /// Stands on the newest version of the walk's record.
    #[inline]
    fn at_newest(&mut self) {
        self.version = match self.walk.record() {
            0 => 0,
            record => self.table.records.newest(record),
        };
    }

    /// Stands on the oldest version of the walk's record.
    fn at_oldest(&mut self) {
        self.version = match self.walk.record() {
            0 => 0,
            record => self.table.records.oldest(record),
        };
    }
}

impl Cursor for MemtableCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.walk.first(&self.table.tree, &self.table.records);
        self.at_newest();
        Ok(())
    }

    fn seek_last(&mut self) -> Result<()> {
        self.walk.last(&self.table.tree, &self.table.records);
        self.at_oldest();
        Ok(())
    }

    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        let records = &self.table.records;
        self.walk.seek(&self.table.tree, records, key);
        let record = self.walk.record();
        if record != 0 && records.key(record) == key {
            self.version = records.visible(records.newest(record), sequence);
            if self.version != 0 {
                return Ok(());
            }
            self.walk.next(records);
        }
        self.at_newest();
        Ok(())
    }

    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        self.walk
            .seek_before(&self.table.tree, &self.table.records, key);
        self.at_oldest();
        Ok(())
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        debug_assert!(self.version != 0, "it stands on an entry");
        let records = &self.table.records;
        self.version = records.older(self.version);
        if self.version == 0 {
            self.walk.next(records);
            self.at_newest();
        }
        Ok(())
    }

    #[inline]
    fn prev(&mut self) -> Result<()> {
        debug_assert!(self.version != 0, "it stands on an entry");
        let records = &self.table.records;
        self.version = records.newer(self.walk.record(), self.version);
        if self.version == 0 {
            self.walk.previous(records);
            self.at_oldest();
        }
        Ok(())
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        match self.version {
            0 => None,
            version => Some(self.table.records.entry(self.walk.record(), version)),
        }
    }

    fn value(&self) -> Bytes {
        match self.version {
            0 => Bytes::new(),
            version => self.table.records.value(version),
        }
    }
}

impl fmt::Debug for MemtableCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemtableCursor")
            .field("walk", &self.walk)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

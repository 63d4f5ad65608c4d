//! The disjoint, sorted tables of one run as one cursor.
//!
//! Descriptions of the tables come in, with a way to open one; their entries go out in order. A table is opened
//! when the cursor enters it and let go when it leaves, so a short scan opens one. A table may hold no entry
//! in its range (its range deletes reach further than its entries): the cursor goes on to the next one.

use bytes::Bytes;

use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Sequence};

#[cfg(test)]
mod tests;

/// The tables of a run: ascending, each `smallest..end`, none overlapping the next.
pub trait Tables {
    /// A position in one table.
    type Cursor: Cursor;

    /// How many tables there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first key of table `at`.
    fn smallest(&self, at: usize) -> &[u8];

    /// The end of table `at`, exclusive.
    fn end(&self, at: usize) -> &[u8];

    /// A cursor over table `at`, not placed yet.
    ///
    /// # Errors
    /// What opening the table reports.
    fn open(&self, at: usize) -> Result<Self::Cursor>;
}

/// A cursor over the tables of a run.
#[derive(Debug)]
pub struct RunCursor<T: Tables> {
    tables: T,
    /// The table that is open.
    at: usize,
    open: Option<T::Cursor>,
}

impl<T: Tables> RunCursor<T> {
    /// A cursor over `tables`, not placed yet; none is opened.
    #[must_use]
    pub fn new(tables: T) -> Self {
        Self {
            tables,
            at: 0,
            open: None,
        }
    }

    /// Opens table `at` unless it is, and places its cursor.
    fn enter(
        &mut self,
        at: usize,
        place: impl FnOnce(&mut T::Cursor) -> Result<()>,
    ) -> Result<bool> {
        let mut cursor = match self.open.take() {
            Some(open) if self.at == at => open,
            _ => self.tables.open(at)?,
        };
        place(&mut cursor)?;
        self.at = at;
        Ok(self.open.insert(cursor).entry().is_some())
    }

    /// The first entry of table `at` or of one after it.
    fn first_from(&mut self, at: usize) -> Result<()> {
        for at in at..self.tables.len() {
            if self.enter(at, T::Cursor::seek_first)? {
                return Ok(());
            }
        }
        self.open = None;
        Ok(())
    }

    /// The last entry of the tables before `end`.
    fn last_before(&mut self, end: usize) -> Result<()> {
        for at in (0..end).rev() {
            if self.enter(at, T::Cursor::seek_last)? {
                return Ok(());
            }
        }
        self.open = None;
        Ok(())
    }

    /// How many tables, from the first, `precedes` holds for.
    fn count(&self, precedes: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.tables.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if precedes(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    #[cold]
    fn leave_forward(&mut self) -> Result<()> {
        self.first_from(self.at + 1)
    }

    #[cold]
    fn leave_backward(&mut self) -> Result<()> {
        self.last_before(self.at)
    }
}

impl<T: Tables> Cursor for RunCursor<T> {
    fn seek_first(&mut self) -> Result<()> {
        self.first_from(0)
    }

    fn seek_last(&mut self) -> Result<()> {
        self.last_before(self.tables.len())
    }

    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        let at = self.count(|at| self.tables.end(at) <= key);
        if at < self.tables.len() && self.enter(at, |cursor| cursor.seek(key, sequence))? {
            return Ok(());
        }
        self.first_from(at + 1)
    }

    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        let tables = self.count(|at| self.tables.smallest(at) < key);
        let Some(at) = tables.checked_sub(1) else {
            self.open = None;
            return Ok(());
        };
        if self.enter(at, |cursor| cursor.seek_before(key))? {
            return Ok(());
        }
        self.last_before(at)
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        if let Some(open) = &mut self.open {
            open.next()?;
            if open.entry().is_none() {
                return self.leave_forward();
            }
        }
        Ok(())
    }

    #[inline]
    fn prev(&mut self) -> Result<()> {
        if let Some(open) = &mut self.open {
            open.prev()?;
            if open.entry().is_none() {
                return self.leave_backward();
            }
        }
        Ok(())
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        self.open.as_ref()?.entry()
    }

    #[inline]
    fn value(&self) -> Bytes {
        self.open.as_ref().map_or_else(Bytes::new, Cursor::value)
    }
}

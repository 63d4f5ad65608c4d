//! The table cache: which tables are open.
//!
//! A store may have more tables than it wants open: each takes a file descriptor, and memory for its filter
//! and index. A [`TableHandle`] stands for a table whether it is open or not. Asking an open one for its
//! reader is one load without a lock; opening one may close another, the first that nobody has asked for
//! since a hand last passed it (the clock algorithm). Who reads a table that is being closed keeps it open
//! to the end.

use core::fmt;
use core::ops::Deref;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::{ArcSwapOption, Guard};

use super::reader::{TableContext, TableReader};
use super::table_file_name;
use crate::storage::describe::TableMeta;
use crate::vfs::Vfs;
use crate::{Error, Result};

/// Opens tables, and closes them when too many are open.
#[derive(Debug)]
pub struct TableCache {
    vfs: Arc<dyn Vfs>,
    context: TableContext,
    open_max: usize,
    ring: Mutex<Ring>,
}

/// The open tables. One that is gone altogether stays until the hand passes.
#[derive(Debug, Default)]
struct Ring {
    handles: Vec<Weak<TableHandle>>,
    hand: usize,
}

/// The lists and the flags are whole at every moment a panic could leave a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TableCache {
    /// Keeps at most `open_max` tables of `vfs` open, but at least one.
    #[must_use]
    pub fn new(vfs: Arc<dyn Vfs>, context: TableContext, open_max: usize) -> Arc<Self> {
        Arc::new(Self {
            vfs,
            context,
            open_max: open_max.max(1),
            ring: Mutex::default(),
        })
    }

    /// What the tables share.
    #[must_use]
    pub fn context(&self) -> &TableContext {
        &self.context
    }

    /// A handle on the table that `meta` describes. Nothing is opened yet.
    #[must_use]
    pub fn handle(self: &Arc<Self>, meta: Arc<TableMeta>) -> Arc<TableHandle> {
        Arc::new_cyclic(|this| TableHandle {
            meta,
            cache: Arc::clone(self),
            this: Weak::clone(this),
            reader: ArcSwapOption::empty(),
            asked: AtomicBool::new(false),
            opening: Mutex::new(()),
        })
    }

    /// How many tables are open.
    #[must_use]
    pub fn open_tables(&self) -> usize {
        let ring = lock(&self.ring);
        let handles = ring.handles.iter().filter_map(Weak::upgrade);
        handles.filter(|handle| handle.is_open()).count()
    }

    /// Memory that the open tables hold: filters and indexes, not the cached blocks; bytes.
    #[must_use]
    pub fn pinned_bytes(&self) -> u64 {
        let ring = lock(&self.ring);
        let handles = ring.handles.iter().filter_map(Weak::upgrade);
        handles
            .filter_map(|handle| Some(handle.reader.load().as_ref()?.pinned_bytes()))
            .sum()
    }

    /// Enters a table that was opened, and closes others while they are too many.
    fn opened(&self, handle: &Weak<TableHandle>) {
        let mut ring = lock(&self.ring);
        ring.handles.push(Weak::clone(handle));
        while ring.handles.len() > self.open_max {
            ring.close_one();
        }
    }
}

impl Ring {
    fn close_one(&mut self) {
        loop {
            if self.hand >= self.handles.len() {
                self.hand = 0;
            }
            let Some(handle) = self.handles[self.hand].upgrade() else {
                self.handles.swap_remove(self.hand);
                return;
            };
            if handle.asked.swap(false, Ordering::Relaxed) {
                self.hand += 1;
                continue;
            }
            handle.reader.store(None);
            self.handles.swap_remove(self.hand);
            return;
        }
    }
}

/// A table of the store, open or not.
pub struct TableHandle {
    meta: Arc<TableMeta>,
    cache: Arc<TableCache>,
    this: Weak<TableHandle>,
    reader: ArcSwapOption<TableReader>,
    /// Asked for since the hand last passed.
    asked: AtomicBool,
    /// Held while it is opened, so that it is opened once.
    opening: Mutex<()>,
}

/// An open table, for as long as this lives. Short lives: a cursor keeps the `Arc` instead.
pub struct ReaderGuard {
    reader: Guard<Option<Arc<TableReader>>>,
}

impl TableHandle {
    /// What is known of the table.
    #[must_use]
    pub fn meta(&self) -> &Arc<TableMeta> {
        &self.meta
    }

    /// Whether it is open now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.reader.load().is_some()
    }

    /// The reader; opens the table where it is not open.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) where the file is missing, damaged or another table's; what the
    /// disk reports. The next call tries again.
    #[inline]
    pub fn reader(&self) -> Result<ReaderGuard> {
        let reader = self.reader.load();
        if reader.is_none() {
            return self.open();
        }
        if !self.asked.load(Ordering::Relaxed) {
            self.asked.store(true, Ordering::Relaxed);
        }
        Ok(ReaderGuard { reader })
    }

    /// As [`reader`](Self::reader), for a long time: a cursor's.
    ///
    /// # Errors
    /// As [`reader`](Self::reader).
    pub fn reader_arc(&self) -> Result<Arc<TableReader>> {
        self.reader().map(ReaderGuard::into_arc)
    }

    #[cold]
    fn open(&self) -> Result<ReaderGuard> {
        let _opening = lock(&self.opening);
        let reader = self.reader.load();
        if reader.is_some() {
            return Ok(ReaderGuard { reader });
        }
        let name = table_file_name(self.meta.id);
        if !self.cache.vfs.exists(&name)? {
            return Err(Error::corruption(format!("the table '{name}' is missing")));
        }
        let file = self.cache.vfs.open(&name)?;
        let meta = Some(Arc::clone(&self.meta));
        let reader = TableReader::open(file, meta, &self.cache.context)?;
        self.asked.store(true, Ordering::Relaxed);
        self.reader.store(Some(Arc::clone(&reader)));
        self.cache.opened(&self.this);
        Ok(ReaderGuard {
            reader: Guard::from_inner(Some(reader)),
        })
    }
}

impl ReaderGuard {
    /// A share of the reader that may live longer.
    ///
    /// # Panics
    /// Never: a guard is made of a reader.
    #[must_use]
    pub fn into_arc(self) -> Arc<TableReader> {
        Guard::into_inner(self.reader).expect("a guard is made of a reader")
    }
}

impl Deref for ReaderGuard {
    type Target = TableReader;

    #[inline]
    fn deref(&self) -> &TableReader {
        self.reader.as_ref().expect("a guard is made of a reader")
    }
}

impl fmt::Debug for TableHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableHandle")
            .field("meta", &self.meta)
            .field("open", &self.is_open())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReaderGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

//! What readers read: an immutable picture of the store, swapped whole.
//!
//! A reader takes the view first and the visible sequence second. So the view may be older than the sequence,
//! which makes the read a little older, but never newer: a version that the sequence allows cannot have been
//! merged away from a view that was taken before it.

use std::sync::{Arc, Mutex};

use super::lock;
use crate::storage::describe::{FileId, TableMeta};
use crate::storage::levels::{Describe, Levels};
use crate::storage::memtable::Memtable;
use crate::storage::merge::RangeDeletes;
use crate::storage::table::TableHandle;

/// The range deletes of a memtable as a set for ordered reads, built anew only after one was added.
#[derive(Debug, Default)]
pub(super) struct DeleteSet(Mutex<RangeDeletes>);

impl DeleteSet {
    pub(super) fn of(&self, memtable: &Memtable) -> RangeDeletes {
        let deletes = memtable.range_deletes();
        let mut set = lock(&self.0);
        if set.len() < deletes.len() {
            *set = RangeDeletes::new(deletes.iter().cloned());
        }
        set.clone()
    }
}

/// A memtable that takes no more writes and waits for its flush.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) memtable: Arc<Memtable>,
    /// The first log segment that holds none of it: once it is flushed, older segments are obsolete.
    pub(super) log_next: FileId,
    pub(super) deletes: DeleteSet,
}

impl Describe for Arc<TableHandle> {
    fn meta(&self) -> &TableMeta {
        TableHandle::meta(self)
    }
}

/// The store at one moment.
#[derive(Debug)]
pub(super) struct View {
    /// Takes the writes.
    pub(super) active: Arc<Memtable>,
    pub(super) active_deletes: DeleteSet,
    /// Newest first.
    pub(super) sealed: Vec<Arc<Sealed>>,
    pub(super) levels: Levels<Arc<TableHandle>>,
}

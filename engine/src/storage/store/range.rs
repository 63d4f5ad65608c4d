//! Ordered reads: a position in what a snapshot sees, that moves both ways.

use core::fmt;
use core::ops::Bound;
use std::sync::Arc;

use super::source::{RunTables, Source};
use super::view::View;
use super::{Snapshot, Store};
use crate::Result;
use crate::storage::entry::Sequence;
use crate::storage::merge::{Bounds, MergeCursor, RangeDeletes, RunCursor, Visible};
use crate::storage::table::{FillCache, TableHandle};

/// The pairs of a range of keys, as of one moment: later writes do not show, nor does a value expire under way.
/// It keeps the tables that it reads, and so their space, until it is dropped.
///
/// ```
/// use core::ops::Bound;
/// use std::sync::Arc;
/// use kvorum::storage::{Options, Store};
/// use kvorum::vfs::MemoryDisk;
///
/// let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
/// store.put(b"cart:1", b"milk")?;
/// store.put(b"cart:2", b"eggs")?;
/// let mut carts = store.prefix(b"cart:")?;
/// assert_eq!(carts.next()?, Some((b"cart:1".as_slice(), b"milk".as_slice())));
/// assert_eq!(carts.next()?, Some((b"cart:2".as_slice(), b"eggs".as_slice())));
/// assert_eq!(carts.next()?, None);
/// assert_eq!(carts.prev()?, Some((b"cart:2".as_slice(), b"eggs".as_slice())));
/// # Ok::<(), kvorum::Error>(())
/// ```
pub struct Range {
    visible: Visible<MergeCursor<Source>>,
    _view: Arc<View>,
}

impl Store {
    /// The pairs between the bounds, from what is visible now.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn range(&self, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Result<Range> {
        let view = self.view.load_full();
        self.range_in(view, self.visible(), Bounds::new(from, to), FillCache::Yes)
    }

    /// The pairs whose keys begin with `prefix`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn prefix(&self, prefix: &[u8]) -> Result<Range> {
        let view = self.view.load_full();
        self.range_in(view, self.visible(), Bounds::prefix(prefix), FillCache::Yes)
    }

    /// The pairs between the bounds at `snapshot`, without those that have expired since.
    ///
    /// # Errors
    /// As [`get_at`](Self::get_at).
    pub fn range_at(
        &self,
        snapshot: &Snapshot,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
    ) -> Result<Range> {
        snapshot.belongs_to(&self.snapshots)?;
        let view = self.view.load_full();
        let bounds = Bounds::new(from, to);
        self.range_in(view, snapshot.sequence(), bounds, FillCache::Yes)
    }

    pub(super) fn range_in(
        &self,
        view: Arc<View>,
        snapshot: Sequence,
        bounds: Bounds,
        fill: FillCache,
    ) -> Result<Range> {
        let mut sources = Vec::with_capacity(1 + view.sealed.len() + view.levels.runs().len());
        let mut deletes: Vec<RangeDeletes> = Vec::new();
        let sealed = view
            .sealed
            .iter()
            .map(|sealed| (&sealed.memtable, &sealed.deletes));
        let active = (&view.active, &view.active_deletes);
        for (memtable, set) in core::iter::once(active).chain(sealed) {
            if memtable.is_empty() {
                continue;
            }
            if memtable.has_range_deletes() {
                deletes.push(set.of(memtable));
            }
            sources.push(Source::Memtable(memtable.cursor()));
        }
        for run in view.levels.runs() {
            let touched = run.touching(bounds.from(), bounds.to());
            if touched.is_empty() {
                continue;
            }
            let tables: Arc<[Arc<TableHandle>]> = touched.into();
            for table in tables.iter().filter(|table| table.meta().range_deletes > 0) {
                deletes.push(table.reader()?.range_delete_set().clone());
            }
            sources.push(Source::Run(RunCursor::new(RunTables { tables, fill })));
        }
        let visible = Visible::new(
            MergeCursor::new(sources),
            snapshot,
            self.now_ms(),
            bounds,
            &deletes,
        );
        Ok(Range {
            visible,
            _view: view,
        })
    }
}

impl Range {
    /// Moves to the next pair: the first, when it has not moved yet. `None` behind the last.
    ///
    /// # Errors
    /// As [`Store::get`].
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "what it returns borrows from the range"
    )]
    pub fn next(&mut self) -> Result<Option<(&[u8], &[u8])>> {
        self.visible.next()
    }

    /// Moves to the pair before: the last, when it has not moved yet. `None` before the first.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn prev(&mut self) -> Result<Option<(&[u8], &[u8])>> {
        self.visible.prev()
    }

    /// Moves so that [`next`](Self::next) gives the first pair at or after `key`.
    pub fn seek(&mut self, key: &[u8]) {
        self.visible.seek(key);
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range").finish_non_exhaustive()
    }
}

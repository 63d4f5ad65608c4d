//! A merge that can stop after any entry: a memtable or runs in, disjoint tables out.

use core::fmt;

use std::sync::Arc;

use super::Store;
use super::source::{RunTables, Source};
use super::view::{Sealed, View};
use crate::storage::compact::{Cutter, Plan, older_tables_outside};
use crate::storage::describe::{FileId, TableMeta};
use crate::storage::entry::Entry;
use crate::storage::merge::{MergeCursor, RangeDeletes, Retain, RetainOptions, RunCursor};
use crate::storage::table::{FillCache, TableBuilder, TableHandle, TableOptions, table_file_name};
use crate::{Error, Result};

/// What an entry costs beside its key and value, bytes: for budgets.
const ENTRY_BYTES: u64 = 16;

/// How far a step came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) bytes: u64,
    pub(super) done: bool,
}

pub(super) struct MergeJob {
    stream: Retain<MergeCursor<Source>, Bottom>,
    output: Output,
}

/// Whether no older version of a key is outside of the inputs.
type Bottom = Box<dyn FnMut(&[u8]) -> bool + Send>;

/// The tables that a merge writes, in key order.
struct Output {
    options: TableOptions,
    table_bytes_max: u64,
    cutter: Option<Cutter>,
    /// The range deletes that outlive the merge.
    deletes: RangeDeletes,
    open: Option<(FileId, TableBuilder)>,
    /// Where the open table's range begins.
    from: Vec<u8>,
    last_key: Vec<u8>,
    written: Vec<TableMeta>,
    /// Every file that was begun, so that a merge that fails leaves none.
    begun: Vec<FileId>,
}

impl MergeJob {
    /// A memtable becomes a run of level 0.
    pub(super) fn flush(store: &Store, sealed: &Sealed) -> Self {
        let memtable = &sealed.memtable;
        let sources = vec![Source::Memtable(memtable.cursor())];
        let deletes = sealed.deletes.of(memtable);
        // A new run is never the bottom: what it deletes may stand in any run below.
        let bottom: Bottom = Box::new(|_| false);
        let stream = Retain::new(
            MergeCursor::new(sources),
            &deletes,
            bottom,
            store.retain_options(0),
        );
        let surviving = stream.surviving_range_deletes(&[], None, |_, _| false);
        Self {
            output: Output::new(store.table_options(0), u64::MAX, None, surviving),
            stream,
        }
    }

    /// Runs become one.
    pub(super) fn compaction(store: &Store, view: &View, plan: &Plan) -> Result<Self> {
        let Plan::Merge {
            target_level,
            table_bytes_max,
            created_ms,
            ..
        } = *plan
        else {
            return Err(Error::invalid("only a merge takes a job"));
        };
        let mut sources = Vec::new();
        let mut deletes = Vec::new();
        for input in plan.inputs() {
            let Some(run) = view.levels.run(input.place()) else {
                return Err(Error::corruption("a plan names a run that is not there"));
            };
            let taken = run
                .tables()
                .iter()
                .filter(|table| input.tables.contains(&table.meta().id));
            let tables: Arc<[Arc<TableHandle>]> = taken.cloned().collect();
            for table in tables.iter() {
                if table.meta().range_deletes > 0 {
                    deletes.push(table.reader_arc()?);
                }
                store.counters.compaction_read_bytes.add(table.meta().bytes);
            }
            let fill = FillCache::No;
            sources.push(Source::Run(RunCursor::new(RunTables { tables, fill })));
        }
        let deletes = RangeDeletes::union(deletes.iter().map(|table| table.range_delete_set()));
        let older = older_tables_outside(&view.levels, plan);
        let mut below = older.clone();
        let bottom: Bottom = Box::new(move |key| !below.holds(key));
        let options = TableOptions {
            created_ms,
            ..store.table_options(target_level)
        };
        let stream = Retain::new(
            MergeCursor::new(sources),
            &deletes,
            bottom,
            store.retain_options(target_level),
        );
        let surviving =
            stream.surviving_range_deletes(&[], None, |from, to| !older.holds_any(from, to));
        let cutter = Cutter::new(&view.levels, plan);
        Ok(Self {
            output: Output::new(options, table_bytes_max, Some(cutter), surviving),
            stream,
        })
    }

    /// Merges about `budget_bytes`, and at least one entry; past the last one, completes the last table.
    pub(super) fn advance(&mut self, store: &Store, budget_bytes: u64) -> Result<Progress> {
        let mut bytes = 0;
        while let Some(entry) = self.stream.next()? {
            bytes += (entry.key.len() + entry.value.len()) as u64 + ENTRY_BYTES;
            self.output.add(store, entry)?;
            if bytes >= budget_bytes {
                return Ok(Progress { bytes, done: false });
            }
        }
        self.output.finish(store)?;
        Ok(Progress { bytes, done: true })
    }

    /// The tables, once it is done.
    pub(super) fn written(&self) -> &[TableMeta] {
        &self.output.written
    }

    /// Lets go of the files: the levels have them now.
    pub(super) fn release(&mut self) {
        self.output.begun.clear();
    }

    /// Removes the files of a merge that failed.
    pub(super) fn discard(mut self, store: &Store) {
        self.output.open = None;
        for id in self.output.begun {
            // What cannot be removed now is an orphan, which the next open removes.
            let _ = store.vfs.remove(&table_file_name(id));
        }
    }
}

impl Output {
    fn new(
        options: TableOptions,
        table_bytes_max: u64,
        cutter: Option<Cutter>,
        deletes: RangeDeletes,
    ) -> Self {
        Self {
            options,
            table_bytes_max,
            cutter,
            deletes,
            open: None,
            from: Vec::new(),
            last_key: Vec::new(),
            written: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn add(&mut self, store: &Store, entry: Entry<'_>) -> Result<()> {
        // All versions of a key stay in one table.
        if let Some(cutter) = &mut self.cutter
            && (self.open.is_none() || entry.key != self.last_key)
        {
            let cut = cutter.ends_before(entry.key);
            let open = self.open.as_ref().map(|(_, table)| table.estimated_bytes());
            let full = open.is_some_and(|bytes| bytes >= self.table_bytes_max);
            if open.is_some() && (cut || full) {
                cutter.restart();
                self.complete(Some(entry.key))?;
            }
            self.last_key.clear();
            self.last_key.extend_from_slice(entry.key);
        }
        self.builder(store)?.add(entry)
    }

    fn builder(&mut self, store: &Store) -> Result<&mut TableBuilder> {
        if self.open.is_none() {
            let id = store.new_file();
            self.begun.push(id);
            let file = store.vfs.open(&table_file_name(id))?;
            self.open = Some((id, TableBuilder::new(file, self.options.clone())));
        }
        let (_, builder) = self.open.as_mut().expect("it was opened above");
        Ok(builder)
    }

    /// Ends the open table before the key `next`, or for good.
    fn complete(&mut self, next: Option<&[u8]>) -> Result<()> {
        if let Some((id, mut table)) = self.open.take() {
            for delete in self.deletes.clip(&self.from, next).iter() {
                table.add_range_delete(delete.clone())?;
            }
            self.written.push(table.finish(id)?);
        }
        self.from.clear();
        self.from.extend_from_slice(next.unwrap_or_default());
        Ok(())
    }

    fn finish(&mut self, store: &Store) -> Result<()> {
        if !self.deletes.clip(&self.from, None).is_empty() {
            self.builder(store)?;
        }
        self.complete(None)
    }
}

impl fmt::Debug for MergeJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeJob")
            .field("written", &self.output.written)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// What a merge must keep. The snapshots are read after its inputs were chosen, and all of these are visible:
    /// a snapshot that is taken later sees all of them.
    fn retain_options(&self, level: u8) -> RetainOptions {
        RetainOptions {
            snapshots: self.snapshots.held(),
            now_ms: self.now_ms(),
            level,
            filter: self.options.compaction_filter.clone(),
        }
    }
}

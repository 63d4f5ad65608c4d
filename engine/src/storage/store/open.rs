//! Opening: the manifest says which tables there are, the log holds what no table holds yet.

use core::sync::atomic::AtomicU64;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use arc_swap::ArcSwap;

use super::counters::Counters;
use super::inspect::manifest_is_not_missing;
use super::jobs::Jobs;
use super::snapshot::Snapshots;
use super::sync::Syncs;
use super::version::Graveyard;
use super::view::{DeleteSet, Sealed, View};
use super::write::{Writer, insert};
use super::{Store, lock};
use crate::storage::cache::BlockCache;
use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::storage::levels::{Levels, Place};
use crate::storage::manifest::{self, Loaded, Manifest, State};
use crate::storage::memtable::Memtable;
use crate::storage::options::{FilterBits, Options};
use crate::storage::table::filter::monkey_bits;
use crate::storage::table::{
    Compression, FilterChoice, PinBudget, TableCache, TableContext, TableCounters, TableHandle,
    TableOptions, table_file_id,
};
use crate::storage::wal::{
    self, Ahead, LOG_RECYCLED_MAX, OnDamage, Recovered, Recovery, SegmentOptions, SegmentWriter,
    log_file_id, log_file_name,
};
use crate::vfs::Vfs;
use crate::{Error, Result};

/// What the logs gave.
struct Replayed {
    active: Arc<Memtable>,
    /// Newest first.
    sealed: Vec<Arc<Sealed>>,
    log: Recovered,
}

impl Store {
    /// Opens the store in the folder `vfs`, or makes one where there is none.
    ///
    /// # Errors
    /// - [`Error::InvalidArgument`] for options that make no sense, and when another store has the folder open.
    /// - [`Error::Corruption`] when a write that was acknowledged as durable is missing from the log, or the
    ///   manifest or a table's frame is damaged. Nothing is changed; [`repair`](super::repair) saves what is whole.
    /// - [`Error::Io`], [`Error::DiskFull`] when the disk fails.
    pub fn open(vfs: Arc<dyn Vfs>, options: Options) -> Result<Self> {
        options.check()?;
        let lock = vfs.lock()?;
        let files = vfs.list()?;
        let picker = options.compaction.picker()?;
        let loaded = load_manifest(&vfs, &files)?;
        let state = loaded
            .as_ref()
            .map_or_else(State::default, |loaded| loaded.state().clone());
        let cache = Arc::new(BlockCache::new(options.cache_bytes, options.cache_policy));
        let context = TableContext {
            cache: Arc::clone(&cache),
            pins: PinBudget::new(options.index_pin_bytes_max as u64),
            counters: Arc::new(TableCounters::default()),
            filter: FilterChoice::default(),
        };
        let tables = TableCache::new(Arc::clone(&vfs), context, options.tables_open_max);
        let levels = levels(&state, &tables)?;
        let replayed = replay(&*vfs, &state, options.memtable_bytes)?;
        let last = replayed.log.last_sequence;
        let numbered = ids(&files, log_file_id).chain(ids(&files, table_file_id));
        let id = state.next_file.max(numbered.max().map_or(1, |id| id + 1));
        // Everything was read and believed: from here on files change.
        let manifest = match loaded {
            Some(loaded) => loaded.open()?,
            None => Manifest::create(Arc::clone(&vfs))?.0,
        };
        wal::seal(&*vfs, &replayed.log)?;
        remove_orphans(&*vfs, &files, &state)?;
        let mut recycled = wal::spares(&*vfs)?;
        for spare in recycled.drain(LOG_RECYCLED_MAX.min(recycled.len())..) {
            vfs.remove(&spare)?;
        }
        let segment = SegmentWriter::create(
            &*vfs,
            &SegmentOptions {
                id,
                first_sequence: last + 1,
                durable_sequence: last,
                ahead: Ahead::Nothing,
                recycled: recycled.pop(),
            },
        )?;
        let live = wal::segments(&*vfs)?.into_iter();
        let segments = live.filter(|id| *id >= state.log_min).collect();
        let store = Self {
            picker,
            view: ArcSwap::from_pointee(View {
                active: Arc::clone(&replayed.active),
                active_deletes: DeleteSet::default(),
                sealed: replayed.sealed,
                levels,
            }),
            view_change: Mutex::default(),
            visible: AtomicU64::new(last),
            writer: Mutex::new(Writer {
                segment,
                segments,
                recycled,
                unsynced: Vec::new(),
                next_sequence: last + 1,
                promised: 0,
                active: replayed.active,
            }),
            // What was read back was synced anew.
            syncs: Syncs::starting_at(last),
            jobs: Mutex::new(Jobs::default()),
            job_done: Condvar::new(),
            manifest: Mutex::new(manifest),
            snapshots: Arc::new(Snapshots::default()),
            graveyard: Mutex::new(Graveyard::default()),
            poison: OnceLock::new(),
            cache,
            tables,
            next_file: AtomicU64::new(id + 1),
            counters: Counters::default(),
            listener: OnceLock::new(),
            vfs,
            options,
            _lock: lock,
        };
        store.counters.recovered_frames.add(replayed.log.frames);
        store.counters.torn_bytes.add(replayed.log.torn_bytes);
        Ok(store)
    }

    /// Makes every write durable and says in the log that it ends here; writes are refused from then on.
    /// Dropping a store without this loses what a crash would: writes that were not synced.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn close(&self) -> Result<()> {
        self.bury();
        if self.poison.get() == Some(&Error::Closed) {
            return Ok(());
        }
        self.sync()?;
        let mut writer = lock(&self.writer);
        writer.segment.close()?;
        self.poison.get_or_init(|| Error::Closed);
        for spare in writer.recycled.drain(..) {
            self.vfs.remove(&spare)?;
        }
        Ok(())
    }

    pub(super) fn table_options(&self, level: u8) -> TableOptions {
        let compressed = level >= self.options.compress_from_level;
        TableOptions {
            block_bytes: self.options.block_bytes,
            compression: if compressed {
                self.options.compression
            } else {
                Compression::None
            },
            bits_per_key: self.bits_per_key(level),
            created_ms: self.now_ms(),
            filter: FilterChoice::default(),
        }
    }

    fn bits_per_key(&self, level: u8) -> f64 {
        match self.options.filter_bits {
            FilterBits::None => 0.0,
            FilterBits::Uniform(bits) => bits,
            FilterBits::Monkey(bits) => self.monkey_bits(level, bits),
        }
    }
}

impl Store {
    /// Monkey's share for a table of `level`, from the levels as they are now.
    fn monkey_bits(&self, level: u8, average: f64) -> f64 {
        let view = self.view.load();
        let deepest = view.levels.deepest().unwrap_or(0).max(level);
        let entries: Vec<u64> = (0..=deepest)
            .map(|level| view.levels.entries(level).max(1))
            .collect();
        monkey_bits(&entries, average)[usize::from(level)]
    }
}

fn ids(files: &[String], id: fn(&str) -> Option<FileId>) -> impl Iterator<Item = FileId> {
    files.iter().filter_map(move |name| id(name))
}

/// The manifest that is there; none in a folder without a store.
fn load_manifest(vfs: &Arc<dyn Vfs>, files: &[String]) -> Result<Option<Loaded>> {
    if !manifest::manifests(&**vfs)?.is_empty() {
        let loaded = Manifest::load(Arc::clone(vfs))?;
        check_log(files, loaded.state())?;
        return Ok(Some(loaded));
    }
    manifest_is_not_missing(files)?;
    Ok(None)
}

/// Refuses a log whose first segment is missing. It was there, synced, before the manifest named it; but the
/// manifest of a checkpoint names one that is still to be made.
pub(super) fn check_log(files: &[String], state: &State) -> Result<()> {
    let name = log_file_name(state.log_min);
    let made = state.log_min > 0 && state.log_min < state.next_file;
    if made && !files.contains(&name) {
        return Err(Error::corruption(format!(
            "the log '{name}' is missing: nothing was changed; rebuild this node from its replicas, or repair \
             the store and lose the writes that are in no table"
        )));
    }
    Ok(())
}

fn levels(state: &State, tables: &Arc<TableCache>) -> Result<Levels<Arc<TableHandle>>> {
    let place = |(level, run, meta): &(u8, RunId, TableMeta)| {
        let place = Place {
            level: *level,
            run: *run,
        };
        (place, tables.handle(Arc::new(meta.clone())))
    };
    Levels::default().apply(state.levels.iter().map(place).collect(), &[])
}

/// Reads the logs back into memtables. Nothing is changed.
fn replay(vfs: &dyn Vfs, state: &State, memtable_bytes: usize) -> Result<Replayed> {
    let mut active = Arc::new(Memtable::new(memtable_bytes));
    let mut sealed: Vec<Arc<Sealed>> = Vec::new();
    let recovery = Recovery {
        from: state.log_min,
        flushed_sequence: state.last_sequence,
        on_damage: OnDamage::Refuse,
    };
    let log = wal::recover(vfs, recovery, |first, batch| {
        if first + batch.len() as u64 <= state.last_sequence + 1 {
            return Ok(());
        }
        if active.bytes() >= memtable_bytes {
            let full = core::mem::replace(&mut active, Arc::new(Memtable::new(memtable_bytes)));
            // The segments stay until the last of these memtables is flushed.
            let log_next = state.log_min;
            sealed.insert(
                0,
                Arc::new(Sealed {
                    memtable: full,
                    log_next,
                    deletes: DeleteSet::default(),
                }),
            );
        }
        insert(&active, first, batch.operations());
        Ok(())
    })?;
    Ok(Replayed {
        active,
        sealed,
        log,
    })
}

/// Removes what a crash left half done: tables that no edit names, segments before the first live one.
fn remove_orphans(vfs: &dyn Vfs, files: &[String], state: &State) -> Result<()> {
    let known: BTreeSet<FileId> = state.levels.iter().map(|(_, _, meta)| meta.id).collect();
    for name in files {
        let orphan = table_file_id(name).is_some_and(|id| !known.contains(&id))
            || log_file_id(name).is_some_and(|id| id < state.log_min);
        if orphan {
            vfs.remove(name)?;
        }
    }
    Ok(())
}

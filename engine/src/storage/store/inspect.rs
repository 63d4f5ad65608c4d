//! Looking at a store's files without changing one of them.

use std::sync::Arc;

use super::open::check_log;
use super::scrub::ScrubReport;
use super::stats::{LevelStats, space_amplification};
use crate::storage::cache::{BlockCache, CachePolicy};
use crate::storage::describe::TableMeta;
use crate::storage::levels::{Levels, Place};
use crate::storage::manifest::{self, Manifest, State};
use crate::storage::table::{
    FilterChoice, PinBudget, TableContext, TableReader, table_file_id, table_file_name,
};
use crate::storage::wal::{self, OnDamage, Recovered, Recovery, log_file_id, log_file_name};
use crate::vfs::Vfs;
use crate::{Error, Result};

/// What the files of a store say.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The tables, as the manifest places them.
    pub levels: Levels<Arc<TableMeta>>,
    /// The last write that is in a table.
    pub flushed_sequence: u64,
    /// Log segments, with their lengths in bytes.
    pub segments: Vec<(String, u64)>,
    /// What the next open will replay.
    pub log: Recovered,
}

impl Inspection {
    /// The levels in figures, top first.
    #[must_use]
    pub fn level_stats(&self) -> Vec<LevelStats> {
        LevelStats::of(&self.levels)
    }

    /// As [`StoreStats::space_amplification`](super::StoreStats::space_amplification).
    #[must_use]
    pub fn space_amplification(&self) -> f64 {
        space_amplification(&self.level_stats())
    }
}

/// Reads the manifest and the log of the store in `vfs`. Nothing is changed, so it may be open meanwhile; then
/// the log may seem torn where it is being written.
///
/// # Errors
/// [`Error::InvalidArgument`] where there is no store, and as [`Store::open`](super::Store::open).
pub fn inspect(vfs: &Arc<dyn Vfs>) -> Result<Inspection> {
    if manifest::manifests(&**vfs)?.is_empty() {
        manifest_is_not_missing(&vfs.list()?)?;
    }
    let mut state = Manifest::inspect(&**vfs)?;
    loop {
        let looked = look(vfs, &state);
        if !matches!(looked, Err(Error::Corruption { .. })) {
            return looked;
        }
        // A store that is open may have gone on from this state, and removed a log that it names.
        let now = Manifest::inspect(&**vfs)?;
        if now == state {
            return looked;
        }
        state = now;
    }
}

fn look(vfs: &Arc<dyn Vfs>, state: &State) -> Result<Inspection> {
    check_log(&vfs.list()?, state)?;
    let place = |&(level, run, ref meta): &(u8, u64, TableMeta)| {
        (Place { level, run }, Arc::new(meta.clone()))
    };
    let levels = Levels::new().apply(state.levels.iter().map(place).collect(), &[])?;
    let recovery = Recovery {
        from: state.log_min,
        flushed_sequence: state.last_sequence,
        on_damage: OnDamage::Refuse,
    };
    let log = wal::recover(&**vfs, recovery, |_, _| Ok(()))?;
    let mut segments = Vec::new();
    for id in log.segments.iter().copied() {
        let name = log_file_name(id);
        let bytes = vfs.open(&name)?.len()?;
        segments.push((name, bytes));
    }
    Ok(Inspection {
        levels,
        flushed_sequence: state.last_sequence,
        segments,
        log,
    })
}

/// Refuses a folder with a store's files and without its manifest, which none was made in: it was lost.
pub(super) fn manifest_is_not_missing(files: &[String]) -> Result<()> {
    let ours = |name: &&String| table_file_id(name).is_some() || log_file_id(name).is_some();
    match files.iter().find(ours) {
        None => Ok(()),
        Some(name) => Err(Error::corruption(format!(
            "'{name}' is there and no manifest is: nothing was changed; rebuild this node from its replicas, \
             or repair the store"
        ))),
    }
}

/// Reads all files of the store in `vfs` and checks all there is to check, without opening it. `progress` is told
/// the bytes of tables done and in all, and ends the scrub by returning `false`.
///
/// ```
/// use std::sync::Arc;
/// use kvorum::storage::{Options, Store, scrub};
/// use kvorum::vfs::{MemoryDisk, Vfs};
///
/// let disk: Arc<dyn Vfs> = Arc::new(MemoryDisk::new());
/// let store = Store::open(Arc::clone(&disk), Options::small())?;
/// store.put(b"cart", b"milk")?;
/// store.flush()?;
/// let report = scrub(&disk, |_done, _all| true)?;
/// assert_eq!((report.entries, report.damage.len()), (1, 0));
/// # Ok::<(), kvorum::Error>(())
/// ```
///
/// # Errors
/// As [`inspect`]; damaged tables are no error but lines of the report.
pub fn scrub(
    vfs: &Arc<dyn Vfs>,
    mut progress: impl FnMut(u64, u64) -> bool,
) -> Result<ScrubReport> {
    let inspection = inspect(vfs)?;
    let context = context();
    let all = inspection.levels.bytes_total();
    let mut report = ScrubReport::default();
    for (_, meta) in inspection.levels.tables() {
        let name = table_file_name(meta.id);
        let checked = if vfs.exists(&name)? {
            TableReader::open(vfs.open(&name)?, Some(Arc::clone(meta)), &context)
                .and_then(|table| table.verify(&mut |_| {}))
        } else {
            Err(Error::corruption("the file is not there"))
        };
        if let Err(why) = checked {
            // While the store is open, a merge may have replaced the table meanwhile.
            let state = Manifest::inspect(&**vfs)?;
            if !state.levels.iter().any(|(_, _, now)| now.id == meta.id) {
                continue;
            }
            report.damage.push(format!("{name}: {why}"));
        }
        report.tables += 1;
        report.bytes += meta.bytes;
        report.entries += meta.entries;
        if !progress(report.bytes, all) {
            break;
        }
    }
    Ok(report)
}

/// A reader's surroundings for one look: nothing is cached.
pub(super) fn context() -> TableContext {
    TableContext {
        cache: Arc::new(BlockCache::new(0, CachePolicy::default())),
        pins: PinBudget::new(0),
        counters: Arc::default(),
        filter: FilterChoice::default(),
    }
}

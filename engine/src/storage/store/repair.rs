//! Repair: a store from whatever files are whole.
//!
//! With the manifest at hand, the levels are as it says, less the tables that cannot be read. Without it every
//! whole table becomes a run of level 0, in the order of its newest write. Then a table that a merge had replaced
//! may stand beside the one that replaced it, so a key that was deleted long ago can come back; the report says
//! so. Whole frames of the log are kept up to the first that is missing.

use std::sync::Arc;

use super::inspect::{self, manifest_is_not_missing};
use crate::storage::describe::{FileId, TableMeta};
use crate::storage::manifest::{Added, Edit, Manifest, manifest_file_name, manifests};
use crate::storage::table::{TableReader, table_file_id, table_file_name};
use crate::storage::wal::{self, OnDamage, Recovered, Recovery, TornAt};
use crate::vfs::Vfs;
use crate::{Error, Result};

/// What a repair saved and what it gave up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairReport {
    /// Tables kept.
    pub tables: u64,
    /// Their entries.
    pub entries: u64,
    /// Whether the manifest could be read.
    pub manifest: bool,
    /// Files given up, each with what is wrong. Those that are there have the ending `.damaged` now.
    pub set_aside: Vec<String>,
    /// Bytes of the log given up.
    pub log_bytes_lost: u64,
}

/// Makes the folder `vfs` hold a store that opens, from the files that are whole. Nothing that is damaged is removed,
/// it is renamed; a store that is whole stays as it is.
///
/// # Errors
/// [`Error::InvalidArgument`] while the store is open, where there is none, and for a manifest in a newer format:
/// nothing was changed. What the disk reports; repair again.
pub fn repair(vfs: &Arc<dyn Vfs>) -> Result<RepairReport> {
    let _lock = vfs.lock()?;
    let mut report = RepairReport::default();
    let state = match Manifest::inspect(&**vfs) {
        Ok(state) => Some(state),
        Err(why @ Error::InvalidArgument { .. }) => {
            if !manifests(&**vfs)?.is_empty() || manifest_is_not_missing(&vfs.list()?).is_ok() {
                return Err(why);
            }
            None
        }
        Err(_) => None,
    };
    report.manifest = state.is_some();
    let mut edit = Edit::default();
    match &state {
        Some(state) => {
            edit.last_sequence = Some(state.last_sequence);
            edit.log_min = Some(state.log_min);
            edit.next_file = Some(state.next_file);
            for &(level, run, ref meta) in &state.levels {
                if let Some(meta) = whole(vfs, meta.id, Some(meta), &mut report)? {
                    edit.added.push(Added { level, run, meta });
                }
            }
        }
        None => salvage(vfs, &mut edit, &mut report)?,
    }
    let last = edit.added.iter().map(|added| added.meta.sequence_max).max();
    edit.last_sequence = edit.last_sequence.max(last);
    let recovery = Recovery {
        from: edit.log_min.unwrap_or(0),
        flushed_sequence: edit.last_sequence.unwrap_or(0),
        on_damage: OnDamage::DropRest,
    };
    let log = wal::recover(&**vfs, recovery, |_, _| Ok(()))?;
    report.log_bytes_lost = log.torn_bytes;
    if let Some(state) = &state
        && edit.added.len() == state.levels.len()
        && log.segments.first() == Some(&state.log_min)
        && log
            .torn
            .is_none_or(|torn| torn.segment > state.log_min || torn.offset > 0)
    {
        // The manifest says what is there already.
        wal::seal(&**vfs, &log)?;
        return Ok(report);
    }
    edit.log_min = Some(log_begin(&mut edit, &log));
    // The new manifest counts from the moment that it has its name: a repair that is cut off is undone or done.
    let old = manifests(&**vfs)?;
    Manifest::replace(Arc::clone(vfs), &edit)?;
    for id in old {
        let name = manifest_file_name(id);
        if report.manifest {
            vfs.remove(&name)?;
        } else {
            set_aside(&**vfs, &name, "it is not whole", &mut report)?;
        }
    }
    wal::seal(&**vfs, &log)?;
    vfs.sync_dir()?;
    Ok(report)
}

/// The first segment that stays: the oldest of those that were read, or none of them when the torn tail begins
/// with it.
fn log_begin(edit: &mut Edit, log: &Recovered) -> FileId {
    let first = log.segments.first().copied();
    let stays = |id: &FileId| {
        log.torn
            != Some(TornAt {
                segment: *id,
                offset: 0,
            })
    };
    let begin = first.filter(stays);
    let behind = log.segments.last().map_or(0, |last| last + 1);
    edit.next_file = Some(edit.next_file.unwrap_or(1).max(behind));
    begin.or(edit.next_file).unwrap_or(1)
}

/// The description of table `id`, if all of it can be read and it is as the manifest says.
fn whole(
    vfs: &Arc<dyn Vfs>,
    id: FileId,
    expected: Option<&TableMeta>,
    report: &mut RepairReport,
) -> Result<Option<TableMeta>> {
    let name = table_file_name(id);
    if !vfs.exists(&name)? {
        report.set_aside.push(format!("{name}: it is not there"));
        return Ok(None);
    }
    let expected = expected.map(|meta| Arc::new(meta.clone()));
    let file = vfs.open(&name)?;
    let read = TableReader::open(file, expected, &inspect::context()).and_then(|table| {
        table
            .verify(&mut |_| {})
            .map(|()| TableMeta::clone(table.meta()))
    });
    match read {
        Ok(meta) if meta.id != id => {
            let why = format!("it is table {} by its own account", meta.id);
            set_aside(&**vfs, &name, &why, report)?;
            Ok(None)
        }
        Ok(meta) => {
            report.tables += 1;
            report.entries += meta.entries;
            Ok(Some(meta))
        }
        Err(why) => {
            set_aside(&**vfs, &name, &why.to_string(), report)?;
            Ok(None)
        }
    }
}

fn set_aside(vfs: &dyn Vfs, name: &str, why: &str, report: &mut RepairReport) -> Result<()> {
    vfs.rename(name, &format!("{name}.damaged"))?;
    report.set_aside.push(format!("{name}: {why}"));
    Ok(())
}

/// Every whole table as a run of its own in level 0, the newest first.
fn salvage(vfs: &Arc<dyn Vfs>, edit: &mut Edit, report: &mut RepairReport) -> Result<()> {
    let mut ids: Vec<FileId> = vfs
        .list()?
        .iter()
        .filter_map(|name| table_file_id(name))
        .collect();
    ids.sort_unstable();
    let mut metas = Vec::new();
    for id in ids {
        metas.extend(whole(vfs, id, None, report)?);
    }
    metas.sort_by_key(|meta| (meta.sequence_max, meta.id));
    let highest = metas.iter().map(|meta| meta.id).max().unwrap_or(0);
    for (run, meta) in (highest + 1..).zip(metas) {
        edit.added.push(Added {
            level: 0,
            run,
            meta,
        });
    }
    edit.next_file = Some(highest + 2 + edit.added.len() as u64);
    Ok(())
}

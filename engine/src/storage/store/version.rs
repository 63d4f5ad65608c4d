//! Commits: the manifest first, then the view, then what became obsolete.

use core::sync::atomic::Ordering;
use std::sync::Arc;

use super::jobs::{Job, Purpose};
use super::view::{DeleteSet, Sealed, View};
use super::{Store, lock};
use crate::Result;
use crate::storage::compact::{Edit, Plan};
use crate::storage::describe::{FileId, TableMeta};
use crate::storage::levels::{Levels, Place};
use crate::storage::manifest;
use crate::storage::table::{TableHandle, table_file_name};
use crate::storage::wal::{self, Retired};

/// Tables that left the view and may still be read by older views and ranges.
#[derive(Debug, Default)]
pub(super) struct Graveyard {
    tables: Vec<Arc<TableHandle>>,
}

impl Store {
    /// Commits what a job wrote.
    pub(super) fn commit(&self, job: &mut Job) -> Result<()> {
        let written: Vec<_> = job
            .merge
            .written()
            .iter()
            .map(|meta| self.handle(meta))
            .collect();
        let bytes: u64 = written.iter().map(|table| table.meta().bytes).sum();
        match &job.purpose {
            Purpose::Flush(sealed) => {
                self.commit_change(Some(sealed), |_| {
                    let run = written.first().map_or(0, |table| table.meta().id);
                    let place = Place { level: 0, run };
                    Edit {
                        added: written
                            .iter()
                            .map(|table| (place, Arc::clone(table)))
                            .collect(),
                        removed: Vec::new(),
                    }
                })?;
                self.counters.flushes.add(1);
                self.counters.flush_bytes.add(bytes);
                // The tables are committed: what is left over in the log is only space.
                self.retire_logs(sealed.log_next);
            }
            Purpose::Compact { plan, fresh } => {
                self.commit_change(None, |levels| plan.edit(levels, written.clone(), *fresh))?;
                self.counters.compactions.add(1);
                self.counters.compaction_write_bytes.add(bytes);
            }
        }
        job.merge.release();
        Ok(())
    }

    /// Carries out a plan that only moves or drops tables.
    pub(super) fn commit_without_merge(&self, plan: &Plan) -> Result<()> {
        let fresh = self.new_file();
        self.commit_change(None, |levels| plan.edit(levels, Vec::new(), fresh))?;
        let tables = plan.files().count() as u64;
        match plan {
            Plan::Drop { .. } => self.counters.tables_dropped.add(tables),
            _ => self.counters.moves.add(tables),
        }
        Ok(())
    }

    fn handle(&self, meta: &TableMeta) -> Arc<TableHandle> {
        self.tables.handle(Arc::new(meta.clone()))
    }

    /// Writes a change of the levels to the manifest, then shows it to readers.
    fn commit_change(
        &self,
        flushed: Option<&Arc<Sealed>>,
        change: impl FnOnce(&Levels<Arc<TableHandle>>) -> Edit<Arc<TableHandle>>,
    ) -> Result<()> {
        let mut manifest = lock(&self.manifest);
        let before = self.view.load_full();
        let Edit { added, removed } = change(&before.levels);
        let gone: Vec<_> = removed
            .iter()
            .filter_map(|id| before.levels.find(*id))
            .map(|(place, table)| (place, Arc::clone(table)))
            .collect();
        let edit = manifest::Edit {
            added: added
                .iter()
                .map(|(place, table)| manifest::Added {
                    level: place.level,
                    run: place.run,
                    meta: (**table.meta()).clone(),
                })
                .collect(),
            removed: gone
                .iter()
                .map(|(place, table)| (place.level, place.run, table.meta().id))
                .collect(),
            log_min: flushed.map(|sealed| sealed.log_next),
            next_file: Some(self.next_file.load(Ordering::Relaxed)),
            last_sequence: flushed.and_then(|sealed| sealed.memtable.sequence_max()),
        };
        // Checked before it is written: what the manifest holds must be what it can be read back as.
        before.levels.apply(added.clone(), &removed)?;
        if !added.is_empty() {
            // A failed sync drops names that others wait for too, and no later one brings them back.
            self.vfs.sync_dir().map_err(|why| self.poison(&why))?;
        }
        if let Err(why) = manifest.commit(&edit) {
            let unknown = manifest.is_poisoned();
            return Err(if unknown { self.poison(&why) } else { why });
        }
        {
            let _change = lock(&self.view_change);
            let view = self.view.load_full();
            let levels = view.levels.apply(added, &removed)?;
            let waits =
                |sealed: &&Arc<Sealed>| flushed.is_none_or(|flushed| !Arc::ptr_eq(flushed, sealed));
            self.view.store(Arc::new(View {
                active: Arc::clone(&view.active),
                active_deletes: DeleteSet::default(),
                sealed: view.sealed.iter().filter(waits).cloned().collect(),
                levels,
            }));
        }
        drop(manifest);
        let stays = self.view.load_full();
        let buried = gone
            .into_iter()
            .map(|(_, table)| table)
            .filter(|table| stays.levels.find(table.meta().id).is_none());
        lock(&self.graveyard).tables.extend(buried);
        Ok(())
    }

    /// Removes the files of tables that nobody reads any more.
    pub(super) fn bury(&self) {
        let mut graveyard = lock(&self.graveyard);
        if graveyard.tables.is_empty() {
            return;
        }
        graveyard.tables.retain(|table| {
            if Arc::strong_count(table) > 1 {
                return true;
            }
            let id = table.meta().id;
            // What cannot be removed now is an orphan, which the next open removes.
            let _ = self.vfs.remove(&table_file_name(id));
            false
        });
    }

    /// Lets go of the log segments before `log_next`, whose writes are all in tables.
    fn retire_logs(&self, log_next: FileId) {
        let mut writer = lock(&self.writer);
        let keep = writer
            .segments
            .partition_point(|segment| *segment < log_next);
        let obsolete: Vec<FileId> = writer.segments.drain(..keep).collect();
        for segment in obsolete {
            // What cannot be retired now is an orphan, which the next open removes.
            if let Ok(Retired::Kept(name)) = wal::retire(&*self.vfs, segment) {
                writer.recycled.push(name);
            }
        }
    }
}

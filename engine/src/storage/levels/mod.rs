//! Which tables the store consists of, and in which order they are asked.
//!
//! ```text
//!             newest
//!  level 0    run 14  [a....................z]                    a flushed memtable each
//!             run 11  [b.................x]
//!  level 1    run  9  [a...c] [d.....k]  [m....q] [r..z]          a run: disjoint tables, by key
//!  level 2    run  4  [a..b][c..d][e..h][i....m][n...p][q...z]
//!             oldest
//! ```
//!
//! A [`Levels`] is one version of that picture. It never changes: [`apply`](Levels::apply) makes the next one
//! and shares with it every run that stayed as it was, so a reader keeps the version that it started with.
//!
//! Invariants, checked by [`apply`](Levels::apply):
//! - there are at most [`LEVELS_MAX`] levels; in one, run numbers differ, and the higher is the newer;
//! - the tables of a run are disjoint, as half-open key ranges, and sorted;
//! - a file is in one place.
//!
//! The invariant that makes reads right: **of the versions of one key, the one in a newer run is the newer**
//! (runs are asked level by level downwards, and in a level by falling number). So a point lookup ends at
//! the first run that holds a version its snapshot sees. Flushing keeps it because memtables are flushed
//! in order; compaction keeps it because no plan carries a table past another one that overlaps it
//! ([`compact::check_plan`](super::compact::check_plan)).
//!
//! What each choice bought is said in [`run`].

pub mod run;
mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::{Error, Result};

pub use run::Run;

/// Levels of a store, level 0 among them.
pub const LEVELS_MAX: usize = 7;

/// What holds a table and knows its description.
pub trait Describe {
    /// The table's description.
    fn meta(&self) -> &TableMeta;
}

impl Describe for Arc<TableMeta> {
    fn meta(&self) -> &TableMeta {
        self
    }
}

/// Where a table is: which run of which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The level, from 0.
    pub level: u8,
    /// The run's number in it.
    pub run: RunId,
}

impl Place {
    /// Whether a run here is asked before a run at `other`: what it holds is newer.
    #[must_use]
    pub fn is_newer_than(self, other: Self) -> bool {
        (self.level, other.run) < (other.level, self.run)
    }
}

/// One version of the store's tables, each held as a `T`.
#[derive(Debug)]
pub struct Levels<T> {
    /// All runs, in the order in which they are asked.
    runs: Vec<Arc<Run<T>>>,
    /// Where each level's runs start in `runs`, and where the last one's end.
    starts: [usize; LEVELS_MAX + 1],
}

impl<T> Clone for Levels<T> {
    fn clone(&self) -> Self {
        Self {
            runs: self.runs.clone(),
            starts: self.starts,
        }
    }
}

impl<T> Default for Levels<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Levels<T> {
    /// No tables at all.
    #[must_use]
    pub fn new() -> Self {
        Self {
            runs: Vec::new(),
            starts: [0; LEVELS_MAX + 1],
        }
    }

    /// All runs in the order in which they are asked: newest first.
    #[inline]
    #[must_use]
    pub fn runs(&self) -> &[Arc<Run<T>>] {
        &self.runs
    }

    /// The runs of one level, newest first; none for a level that does not exist.
    #[must_use]
    pub fn level(&self, level: u8) -> &[Arc<Run<T>>] {
        let level = usize::from(level);
        if level >= LEVELS_MAX {
            return &[];
        }
        &self.runs[self.starts[level]..self.starts[level + 1]]
    }

    /// The run at `place`.
    #[must_use]
    pub fn run(&self, place: Place) -> Option<&Arc<Run<T>>> {
        self.level(place.level)
            .iter()
            .find(|run| run.id() == place.run)
    }

    /// Every table with its place, run by run, newest first.
    pub fn tables(&self) -> impl Iterator<Item = (Place, &T)> {
        self.runs
            .iter()
            .flat_map(|run| run.tables().iter().map(|table| (run.place(), table)))
    }

    /// The table in file `id`.
    #[must_use]
    pub fn find(&self, id: FileId) -> Option<(Place, &T)> {
        self.runs.iter().find_map(|run| {
            let at = run.ids().iter().position(|&other| other == id)?;
            Some((run.place(), &run.tables()[at]))
        })
    }

    /// The tables that touch a key of `from..to` (all keys from `from` on where `to` is none), newest first.
    pub fn touching<'a>(
        &'a self,
        from: &'a [u8],
        to: Option<&'a [u8]>,
    ) -> impl Iterator<Item = (Place, &'a T)> {
        self.runs.iter().flat_map(move |run| {
            run.touching(from, to)
                .iter()
                .map(|table| (run.place(), table))
        })
    }

    /// Whether there is no table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many tables there are.
    #[must_use]
    pub fn table_count(&self) -> usize {
        self.runs.iter().map(|run| run.tables().len()).sum()
    }

    /// The files of one level, bytes.
    #[must_use]
    pub fn bytes(&self, level: u8) -> u64 {
        self.level(level).iter().map(|run| run.bytes()).sum()
    }

    /// The entries of one level, tombstones included.
    #[must_use]
    pub fn entries(&self, level: u8) -> u64 {
        self.level(level).iter().map(|run| run.entries()).sum()
    }

    /// All files, bytes.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes()).sum()
    }

    /// All entries, tombstones and versions that newer ones hide included.
    #[must_use]
    pub fn entries_total(&self) -> u64 {
        self.runs.iter().map(|run| run.entries()).sum()
    }

    /// The highest level number that has a table.
    #[must_use]
    pub fn deepest(&self) -> Option<u8> {
        self.runs.last().map(|run| run.level())
    }

    /// The same picture with each table held another way.
    ///
    /// # Errors
    /// The first that `hold` returns.
    pub fn try_map<U>(&self, mut hold: impl FnMut(Place, &T) -> Result<U>) -> Result<Levels<U>> {
        let mut runs = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            runs.push(Arc::new(run.try_map(|table| hold(run.place(), table))?));
        }
        Ok(Levels {
            runs,
            starts: self.starts,
        })
    }

    /// As [`try_map`](Self::try_map), for a `hold` that cannot fail.
    #[must_use]
    pub fn map<U>(&self, mut hold: impl FnMut(&T) -> U) -> Levels<U> {
        Levels {
            runs: (self.runs.iter())
                .map(|run| Arc::new(run.map(&mut hold)))
                .collect(),
            starts: self.starts,
        }
    }
}

impl<T: Describe + Clone> Levels<T> {
    /// The version after this one: without the files `removed`, then with `added`. A table that moves is in
    /// both. A run that `added` names and that does not exist is made, at the place that its number gives it.
    ///
    /// # Errors
    /// [`Error::Corruption`], with this version as it was, when a removed file is not here (or named twice),
    /// an added one is (or is named twice), a level does not exist, or tables of one run overlap.
    pub fn apply(&self, added: Vec<(Place, T)>, removed: &[FileId]) -> Result<Self> {
        let mut gone = BTreeSet::new();
        for &id in removed {
            if !gone.insert(id) {
                return Err(Error::corruption(format!("file {id} removed twice")));
            }
        }
        let leaves = gone.clone();
        let mut joining: BTreeMap<(u8, core::cmp::Reverse<RunId>), Vec<T>> = BTreeMap::new();
        let mut ids_joining = BTreeSet::new();
        for (place, table) in added {
            let id = table.meta().id;
            if usize::from(place.level) >= LEVELS_MAX {
                return Err(Error::corruption(format!(
                    "file {id} in level {}, the last is {}",
                    place.level,
                    LEVELS_MAX - 1
                )));
            }
            if !ids_joining.insert(id) {
                return Err(Error::corruption(format!("file {id} added twice")));
            }
            let key = (place.level, core::cmp::Reverse(place.run));
            joining.entry(key).or_default().push(table);
        }

        let mut runs = Vec::with_capacity(self.runs.len() + joining.len());
        for run in &self.runs {
            let place = run.place();
            let mut leaving = 0;
            for id in run.ids() {
                if gone.remove(id) {
                    leaving += 1;
                } else if ids_joining.contains(id) {
                    return Err(Error::corruption(format!("file {id} is there already")));
                }
            }
            let mut tables = joining
                .remove(&(place.level, core::cmp::Reverse(place.run)))
                .unwrap_or_default();
            if leaving == 0 && tables.is_empty() {
                runs.push(Arc::clone(run));
                continue;
            }
            tables.extend(
                (run.ids().iter().zip(run.tables()))
                    .filter(|(id, _)| !leaves.contains(id))
                    .map(|(_, table)| table.clone()),
            );
            if !tables.is_empty() {
                runs.push(Arc::new(Run::new(place, tables)?));
            }
        }
        if let Some(id) = gone.first() {
            return Err(Error::corruption(format!(
                "file {id} removed, but not there"
            )));
        }
        for ((level, core::cmp::Reverse(run)), tables) in joining {
            runs.push(Arc::new(Run::new(Place { level, run }, tables)?));
        }
        runs.sort_by_key(|run| (run.level(), core::cmp::Reverse(run.id())));
        Ok(Self::from_sorted(runs))
    }

    fn from_sorted(runs: Vec<Arc<Run<T>>>) -> Self {
        let mut starts = [0; LEVELS_MAX + 1];
        for (level, start) in starts.iter_mut().enumerate() {
            *start = runs.partition_point(|run| usize::from(run.level()) < level);
        }
        Self { runs, starts }
    }

    /// Checks that no table of level 0 lies above a newer one that it overlaps. Memtables are flushed in
    /// order, and merges in level 0 join neighbours, so there the sequences prove it: of two tables that
    /// overlap, the one in the newer run has the higher last sequence, unless all of its sequences were
    /// cleared (to 0, when nothing older was beneath). Further down a table may rightly lie above one with
    /// higher sequences, of other keys in the gaps between its own.
    ///
    /// # Errors
    /// [`Error::Corruption`] that names the two files.
    pub fn check_invariants(&self) -> Result<()> {
        let runs = self.level(0);
        for (at, newer) in runs.iter().enumerate() {
            for table in newer.tables().iter().map(Describe::meta) {
                if table.sequence_max == 0 {
                    continue;
                }
                for older in &runs[at + 1..] {
                    let beneath = older.touching(&table.smallest, Some(&table.end));
                    for other in beneath.iter().map(Describe::meta) {
                        if other.sequence_max >= table.sequence_max {
                            return Err(Error::corruption(format!(
                                "file {} in run {} ends at sequence {}, but file {} in the older run {} \
                                 overlaps it and ends at {}",
                                table.id,
                                newer.id(),
                                table.sequence_max,
                                other.id,
                                older.id(),
                                other.sequence_max
                            )));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The picture as text, for a terminal of 80 columns: a line for each level, two for each run.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::picture(self)
    }
}

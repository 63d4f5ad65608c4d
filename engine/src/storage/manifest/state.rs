//! What all edits so far add up to.

use core::cmp::Reverse;
use std::collections::BTreeSet;

use super::edit::{Added, Edit};
use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::storage::entry::{SEQUENCE_MAX, Sequence};
use crate::storage::wal::RANGE_BOUND_BYTES_MAX;
use crate::{Error, Result};

/// The shape of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Every table with its level and run: by level, then newest run first, then by key.
    pub levels: Vec<(u8, RunId, TableMeta)>,
    /// Log segments with lower numbers are obsolete.
    pub log_min: FileId,
    /// No file and no run has this number or a higher one, as far as the manifest knows: log segments may
    /// have been made since.
    pub next_file: FileId,
    /// Every write up to this one is in tables.
    pub last_sequence: Sequence,
    /// The numbers of the tables.
    files: BTreeSet<FileId>,
}

impl Default for State {
    /// The shape of a new store. Numbers begin at 1, so that a `log_min` of 0 keeps every segment.
    fn default() -> Self {
        Self {
            levels: Vec::new(),
            log_min: 0,
            next_file: 1,
            last_sequence: 0,
            files: BTreeSet::new(),
        }
    }
}

/// The order of [`State::levels`].
fn place(level: u8, run: RunId, smallest: &[u8]) -> (u8, Reverse<RunId>, &[u8]) {
    (level, Reverse(run), smallest)
}

impl State {
    /// The shape after `edit`.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) when the edit does not fit: it adds a table that is there, removes one
    /// that is not, puts two tables with common keys into one run, describes a table that cannot be, or
    /// takes a number back.
    pub fn after(&self, edit: &Edit) -> Result<Self> {
        let mut next = self.clone();
        next.apply(edit)?;
        Ok(next)
    }

    /// [`after`](Self::after) in place; after an error this is neither the old shape nor the new.
    pub(super) fn apply(&mut self, edit: &Edit) -> Result<()> {
        for (level, run, file) in &edit.removed {
            self.remove(*level, *run, *file)?;
        }
        for added in &edit.added {
            self.add(added)?;
        }
        advance("log minimum", &mut self.log_min, edit.log_min)?;
        advance("next file", &mut self.next_file, edit.next_file)?;
        let last_sequence = edit.last_sequence;
        advance("last sequence", &mut self.last_sequence, last_sequence)?;
        if self.last_sequence > SEQUENCE_MAX {
            return Err(Error::corruption(
                "the last sequence is past the last there is",
            ));
        }
        self.cover(self.log_min.saturating_sub(1));
        Ok(())
    }

    /// Sees to it that `number` is not given out again.
    fn cover(&mut self, number: FileId) {
        self.next_file = self.next_file.max(number.saturating_add(1));
    }

    fn remove(&mut self, level: u8, run: RunId, file: FileId) -> Result<()> {
        let at = self
            .levels
            .iter()
            .position(|(l, r, meta)| (*l, *r, meta.id) == (level, run, file));
        let Some(at) = at else {
            return Err(Error::corruption(format!(
                "table {file} is removed from run {run} of level {level}, where it is not"
            )));
        };
        self.levels.remove(at);
        self.files.remove(&file);
        Ok(())
    }

    fn add(&mut self, added: &Added) -> Result<()> {
        let Added { level, run, meta } = added;
        check_table(meta)?;
        let wanted = place(*level, *run, &meta.smallest);
        let at = self
            .levels
            .partition_point(|(level, run, meta)| place(*level, *run, &meta.smallest) < wanted);
        let same_run = |(l, r, _): &&(u8, RunId, TableMeta)| (*l, *r) == (*level, *run);
        let before = self.levels[..at].last().filter(same_run);
        let behind = self.levels.get(at).filter(same_run);
        let overlaps = before.is_some_and(|(_, _, before)| before.end > meta.smallest)
            || behind.is_some_and(|(_, _, behind)| meta.end > behind.smallest);
        if overlaps {
            return Err(Error::corruption(format!(
                "table {} shares keys with another of run {run} of level {level}",
                meta.id
            )));
        }
        if !self.files.insert(meta.id) {
            return Err(Error::corruption(format!(
                "table {} is added where it is already",
                meta.id
            )));
        }
        self.levels.insert(at, (*level, *run, meta.clone()));
        self.cover(meta.id);
        self.cover(*run);
        Ok(())
    }

    /// Edits that make this of the empty state, of about `bytes` bytes each.
    pub(super) fn snapshot(&self, bytes: usize) -> Vec<Edit> {
        let mut edits = vec![Edit {
            log_min: Some(self.log_min),
            next_file: Some(self.next_file),
            last_sequence: Some(self.last_sequence),
            ..Edit::default()
        }];
        let mut filled = 0;
        for (level, run, meta) in &self.levels {
            if filled >= bytes {
                edits.push(Edit::default());
                filled = 0;
            }
            filled += TABLE_BYTES + meta.smallest.len() + meta.end.len();
            if let Some(edit) = edits.last_mut() {
                edit.added.push(Added {
                    level: *level,
                    run: *run,
                    meta: meta.clone(),
                });
            }
        }
        edits
    }
}

/// What a table takes in an edit beside its keys, bytes, about.
const TABLE_BYTES: usize = 60;

fn check_table(meta: &TableMeta) -> Result<()> {
    let what = if meta.smallest >= meta.end {
        "holds no key"
    } else if meta.smallest.len().max(meta.end.len()) > RANGE_BOUND_BYTES_MAX {
        "has a key past the limit"
    } else if meta.sequence_min > meta.sequence_max || meta.sequence_max > SEQUENCE_MAX {
        "has impossible sequences"
    } else {
        return Ok(());
    };
    Err(Error::corruption(format!("table {} {what}", meta.id)))
}

fn advance(what: &str, number: &mut u64, to: Option<u64>) -> Result<()> {
    let Some(to) = to else { return Ok(()) };
    if to < *number {
        return Err(Error::corruption(format!(
            "the {what} goes back from {number} to {to}"
        )));
    }
    *number = to;
    Ok(())
}

//! What a picker answers: which tables to read, and where what is written goes.

use bytes::Bytes;

use crate::storage::compact::{Claim, Picture};
use crate::storage::describe::{FileId, RunId, TableMeta};
use crate::storage::levels::{Describe, Levels, Place, Run};

/// Tables of one run that a plan takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The run's level.
    pub level: u8,
    /// The run.
    pub run: RunId,
    /// The tables, ordered by key. Not empty.
    pub tables: Vec<FileId>,
}

impl Input {
    /// All tables of `run`.
    #[must_use]
    pub fn whole<T>(run: &Run<T>) -> Self {
        Self::some(run, 0..run.ids().len())
    }

    /// The tables of `run` at the indexes `range`.
    #[must_use]
    pub fn some<T>(run: &Run<T>, range: core::ops::Range<usize>) -> Self {
        Self {
            level: run.level(),
            run: run.id(),
            tables: run.ids()[range].to_vec(),
        }
    }

    /// Where its tables are.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            level: self.level,
            run: self.run,
        }
    }
}

/// Which run of the target level takes what a plan writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunTarget {
    /// The run of this number: one that is there, or the place of one whose tables are all inputs.
    Into(RunId),
    /// A new run above all others of the level. Its number is drawn when the plan starts.
    New,
}

/// Why a plan was made: for `stats` and the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// Level 0 has as many runs as it may.
    Level0Runs,
    /// Level 0 has as many bytes as the level below should.
    Level0Bytes,
    /// Level 0's runs are small beside what they overlap below, or the way down is taken: they are merged
    /// with each other for now.
    Level0Inner,
    /// A level is larger than its target.
    LevelBytes,
    /// The last level is full: it becomes the next one as it is.
    LevelFull,
    /// A level that the store is too small for is emptied.
    LevelNeedless,
    /// A level that should be one run has several.
    ManyRuns,
    /// Nothing lies in the way: the tables move without being read.
    Free,
    /// Enough runs of a like size.
    Alike,
    /// There are more runs than the options allow.
    RunsMax,
    /// Most of it is tombstones, or has expired.
    Tombstones,
    /// All of it has expired.
    Expired,
    /// It is older than the options retain.
    Retention,
    /// There are more bytes than the options retain.
    BytesMax,
    /// A window of time is over, and becomes one run.
    WindowOver,
    /// Someone asked.
    Manual,
}

impl Reason {
    /// The name in `stats` and in the trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Level0Runs => "level-0-runs",
            Self::Level0Bytes => "level-0-bytes",
            Self::Level0Inner => "level-0-inner",
            Self::LevelBytes => "level-bytes",
            Self::LevelFull => "level-full",
            Self::LevelNeedless => "level-needless",
            Self::ManyRuns => "many-runs",
            Self::Free => "free",
            Self::Alike => "alike",
            Self::RunsMax => "runs-max",
            Self::Tombstones => "tombstones",
            Self::Expired => "expired",
            Self::Retention => "retention",
            Self::BytesMax => "bytes-max",
            Self::WindowOver => "window-over",
            Self::Manual => "manual",
        }
    }
}

/// What to do with some tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Reads them, and writes what is still worth keeping.
    Merge {
        /// The tables, newest run first.
        inputs: Vec<Input>,
        /// The level that takes what is written.
        target_level: u8,
        /// The run of it.
        target: RunTarget,
        /// The length at which a written table ends, bytes.
        table_bytes_max: u64,
        /// A written table ends before it overlaps more than this of the level below the target, bytes.
        overlap_bytes_max: u64,
        /// The `created_ms` that the written tables carry: the time of the newest input, so that what is
        /// old stays old for pickers that go by time.
        created_ms: u64,
        /// Why.
        reason: Reason,
    },
    /// Puts them elsewhere as they are.
    Move {
        /// The tables, newest run first. No two overlap.
        inputs: Vec<Input>,
        /// The level that takes them.
        target_level: u8,
        /// The run of it.
        target: RunTarget,
        /// Why.
        reason: Reason,
    },
    /// Deletes them unread.
    Drop {
        /// The tables.
        tables: Vec<FileId>,
        /// Why.
        reason: Reason,
    },
}

/// What a plan that is done changes: the arguments of [`Levels::apply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit<T> {
    /// The tables that are new at their place.
    pub added: Vec<(Place, T)>,
    /// The files that leave theirs.
    pub removed: Vec<FileId>,
}

impl Plan {
    /// Every table it names.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let dropped = match self {
            Self::Drop { tables, .. } => tables.as_slice(),
            Self::Merge { .. } | Self::Move { .. } => &[],
        };
        let taken = self.inputs().iter().flat_map(|input| &input.tables);
        taken.chain(dropped).copied()
    }

    /// What it takes, run by run; nothing for a drop.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Merge { inputs, .. } | Self::Move { inputs, .. } => inputs,
            Self::Drop { .. } => &[],
        }
    }

    /// Why it was made.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Merge { reason, .. } | Self::Move { reason, .. } | Self::Drop { reason, .. } => {
                *reason
            }
        }
    }

    /// Where what it writes or moves goes; `fresh` is the number of a run that has to be made.
    #[must_use]
    pub fn place(&self, fresh: RunId) -> Option<Place> {
        let (level, target) = match *self {
            Self::Merge {
                target_level,
                target,
                ..
            }
            | Self::Move {
                target_level,
                target,
                ..
            } => (target_level, target),
            Self::Drop { .. } => return None,
        };
        let run = match target {
            RunTarget::Into(run) => run,
            RunTarget::New => fresh,
        };
        Some(Place { level, run })
    }

    /// The tables it names, found in `levels`; those that are not there are left out.
    pub fn tables<'a, T>(&'a self, levels: &'a Levels<T>) -> impl Iterator<Item = (Place, &'a T)> {
        let taken = self.inputs().iter().flat_map(|input| {
            let run = levels.run(input.place());
            input.tables.iter().filter_map(move |id| {
                let run = run?;
                let at = run.ids().iter().position(|other| other == id)?;
                Some((run.place(), &run.tables()[at]))
            })
        });
        let dropped = match self {
            Self::Drop { tables, .. } => tables.as_slice(),
            Self::Merge { .. } | Self::Move { .. } => &[],
        };
        taken.chain(dropped.iter().filter_map(|&id| levels.find(id)))
    }

    /// The bytes of the tables it names.
    #[must_use]
    pub fn input_bytes<T: Describe>(&self, levels: &Levels<T>) -> u64 {
        self.tables(levels)
            .map(|(_, table)| table.meta().bytes)
            .sum()
    }

    /// The range of keys from the first to the last that its tables touch (the end exclusive).
    #[must_use]
    pub fn span<T: Describe>(&self, levels: &Levels<T>) -> Option<(Bytes, Bytes)> {
        span_of(self.tables(levels).map(|(_, table)| table.meta()))
    }

    /// What it keeps others from writing while it runs: keys of its target level. None for a drop.
    #[must_use]
    pub fn claim(&self, levels: &Picture) -> Option<Claim> {
        let level = self.place(RunId::MAX)?.level;
        let (from, to) = self.span(levels)?;
        Some(Claim { level, from, to })
    }

    /// The change that installs it: `outputs` are the tables that a merge wrote (none for the other plans),
    /// `fresh` is a number, from the counter of runs and files, that was drawn when the plan started.
    #[must_use]
    pub fn edit<T: Describe + Clone>(
        &self,
        levels: &Levels<T>,
        outputs: Vec<T>,
        fresh: RunId,
    ) -> Edit<T> {
        let added = match (self, self.place(fresh)) {
            (Self::Merge { .. }, Some(place)) => {
                outputs.into_iter().map(|table| (place, table)).collect()
            }
            (Self::Move { .. }, Some(place)) => (self.tables(levels))
                .map(|(_, table)| (place, table.clone()))
                .collect(),
            _ => Vec::new(),
        };
        Edit {
            added,
            removed: self.files().collect(),
        }
    }
}

/// The range from the first to the last key that `metas` touch.
pub(super) fn span_of<'a>(metas: impl Iterator<Item = &'a TableMeta>) -> Option<(Bytes, Bytes)> {
    let mut span: Option<(&Bytes, &Bytes)> = None;
    for meta in metas {
        span = Some(match span {
            None => (&meta.smallest, &meta.end),
            Some((from, to)) => (from.min(&meta.smallest), to.max(&meta.end)),
        });
    }
    span.map(|(from, to)| (from.clone(), to.clone()))
}

/// How a picker's merges cut what they write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// See [`Plan::Merge::table_bytes_max`].
    pub table_bytes: u64,
    /// [`Plan::Merge::overlap_bytes_max`], in lengths of a table.
    pub overlap_tables: u64,
}

impl Sizes {
    /// The merge of `inputs` into `target_level`.
    pub(super) fn merge(
        self,
        levels: &Picture,
        inputs: Vec<Input>,
        target_level: u8,
        target: RunTarget,
        reason: Reason,
    ) -> Plan {
        let mut plan = Plan::Merge {
            inputs,
            target_level,
            target,
            table_bytes_max: self.table_bytes,
            overlap_bytes_max: self.table_bytes.saturating_mul(self.overlap_tables),
            created_ms: 0,
            reason,
        };
        let newest = (plan.tables(levels))
            .map(|(_, table)| table.created_ms)
            .max();
        if let Plan::Merge { created_ms, .. } = &mut plan {
            *created_ms = newest.unwrap_or(0);
        }
        plan
    }
}

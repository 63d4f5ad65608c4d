//! Leveled compaction: below level 0, each level is one run, a ratio larger than the one above.
//!
//! Flushes gather in level 0; once there are enough, they are merged, all at once, with what they overlap in
//! the *base* level. A level that outgrows its target hands down one table at a time, the one that costs
//! least for its size. (LevelDB; RocksDB's leveled compaction with dynamic level sizes.)
//!
//! | what | rule |
//! |---|---|
//! | last level | as large as the data; past `level_base_bytes * ratio^(level - 1)` it becomes the next one, unread |
//! | target of a level above it | the last level's bytes, divided by `ratio` for each level between |
//! | base level | the first that holds tables or whose target is worth a level; those above it stay empty |
//! | level 0 | worth a merge from `level0_runs` runs on, or `level_base_bytes` |
//!
//! Targets that follow the last level keep space amplification near `1 + 1/ratio` whatever the size, where
//! fixed targets let the last two levels be of one size. Leaving levels out keeps a store that is small
//! against its memtables at two levels: merging 256 MiB of level 0 through a level of 30 MiB buys nothing.
//!
//! The steps that need no bytes come first: tables that overlap nothing on their way move. So keys written in
//! order are written to disk once, at the flush.

mod downward;
mod level_zero;
mod targets;

use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::{
    OVERLAP_TABLES, PickState, Picker, Picture, Plan, Pressure, Reason, RunTarget, TABLE_BYTES,
    dense, expired,
};
use crate::storage::levels::LEVELS_MAX;
use crate::{Error, Result};

use targets::Targets;

/// What [`Leveled`] trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeveledOptions {
    /// Runs in level 0 that set off a merge, at least 2. More: fewer bytes written, more runs to ask, more
    /// to merge at a time. RocksDB's default is the same, so a store of two or three memtables stays as
    /// flushed there and here.
    pub level0_runs: usize,
    /// Bytes of level 0 that set off a merge, and the last level's limit while it is level 1. About
    /// `level0_runs` memtables, so that one merge fills a level of that size.
    pub level_base_bytes: u64,
    /// Size of a level over the one above, at least 2. More: fewer levels to ask and less space
    /// (`1 + 1/ratio`), and more bytes written: up to `ratio + 1` for each level.
    pub ratio: u64,
    /// Length of the tables that merges write. Less: smaller merges with less needless overlap, more files.
    pub table_bytes: u64,
    /// See [`OVERLAP_TABLES`].
    pub overlap_tables: u64,
    /// Share of tombstones beyond which a table is merged downwards although nothing else asks for it,
    /// percent; 100 turns it off. Less: space and scans recover sooner from deletes, more bytes written.
    pub tombstone_percent: u64,
}

impl Default for LeveledOptions {
    fn default() -> Self {
        Self {
            level0_runs: 4,
            level_base_bytes: 256 << 20,
            ratio: 10,
            table_bytes: TABLE_BYTES,
            overlap_tables: OVERLAP_TABLES,
            tombstone_percent: 50,
        }
    }
}

/// Leveled compaction: see the [module](self).
#[derive(Clone, Debug)]
pub struct Leveled {
    options: LeveledOptions,
}

impl Leveled {
    /// A picker.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for fewer than 2 runs, a ratio below 2, or a size of 0.
    pub fn new(options: LeveledOptions) -> Result<Self> {
        if options.level0_runs < 2 {
            return Err(Error::invalid("level0_runs is at least 2"));
        }
        if options.ratio < 2 {
            return Err(Error::invalid("ratio is at least 2"));
        }
        if options.level_base_bytes == 0 || options.table_bytes == 0 {
            return Err(Error::invalid("sizes are at least 1 byte"));
        }
        Ok(Self { options })
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            table_bytes: self.options.table_bytes,
            overlap_tables: self.options.overlap_tables,
        }
    }

    /// A level that should be one run and is several (another picker made them) becomes one: unread where
    /// they are disjoint.
    fn join_runs(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        (1..LEVELS_MAX as u8).find_map(|level| {
            let runs = levels.level(level);
            let [newest, .., oldest] = runs else {
                return None;
            };
            let disjoint = runs.iter().enumerate().all(|(at, run)| {
                let others = &runs[at + 1..];
                run.tables().iter().all(|table| {
                    others.iter().all(|other| {
                        (other.range_touching(&table.smallest, Some(&table.end))).is_empty()
                    })
                })
            });
            let plan = if disjoint {
                Plan::Move {
                    inputs: (runs[..runs.len() - 1].iter())
                        .map(|run| Input::whole(run))
                        .collect(),
                    target_level: level,
                    target: RunTarget::Into(oldest.id()),
                    reason: Reason::ManyRuns,
                }
            } else {
                self.sizes().merge(
                    levels,
                    runs.iter().map(|run| Input::whole(run)).collect(),
                    level,
                    RunTarget::Into(newest.id()),
                    Reason::ManyRuns,
                )
            };
            state.is_free(levels, &plan).then_some(plan)
        })
    }

    /// The levels that are past their target, the worst first.
    fn by_score(&self, levels: &Picture, state: &PickState<'_>, targets: &Targets) -> Vec<u8> {
        let mut scores: Vec<(f64, u8)> = Vec::new();
        let zero = level_zero::score(&self.options, levels, state);
        if zero >= 1.0 {
            scores.push((zero, 0));
        }
        for level in targets.base..=targets.last {
            let score = targets.score(levels, state, level);
            if score > 1.0 {
                scores.push((score, level));
            }
        }
        scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scores.into_iter().map(|(_, level)| level).collect()
    }

    fn relieve(
        &self,
        levels: &Picture,
        state: &PickState<'_>,
        targets: &Targets,
        level: u8,
    ) -> Option<Plan> {
        if level == 0 {
            return level_zero::relieve(&self.options, self.sizes(), levels, state, targets);
        }
        if level == targets.last {
            return targets::hand_over(levels, state, level);
        }
        let reason = if targets.bytes(level) == 0 {
            Reason::LevelNeedless
        } else {
            Reason::LevelBytes
        };
        downward::cheapest(self.sizes(), levels, state, level, reason)
    }
}

impl Picker for Leveled {
    fn name(&self) -> &'static str {
        "leveled"
    }

    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let percent = self.options.tombstone_percent;
        let targets = Targets::new(&self.options, levels);
        expired::pick(levels, state)
            .or_else(|| self.join_runs(levels, state))
            .or_else(|| level_zero::move_free(levels, state, &targets))
            .or_else(|| {
                (self.by_score(levels, state, &targets).into_iter())
                    .find_map(|level| self.relieve(levels, state, &targets, level))
            })
            .or_else(|| {
                (1..targets.last)
                    .find_map(|level| downward::dense(self.sizes(), levels, state, level, percent))
            })
            .or_else(|| dense::rewrite_bottom(levels, state, percent, self.sizes()))
    }

    fn pressure(&self, levels: &Picture) -> Pressure {
        let targets = Targets::new(&self.options, levels);
        Pressure {
            runs: levels.level(0).len(),
            debt_bytes: targets.debt_bytes(&self.options, levels),
        }
    }
}

//! Size-tiered compaction: runs of a like size are merged once there are enough of them.
//!
//! An entry is written about once for each time the data grows by the number of runs merged, instead of about
//! `ratio` times for each level: the fewest bytes written, paid for with several runs to ask and with old
//! versions that stay until the large runs meet. (Bigtable's merging compactions; Cassandra's
//! SizeTieredCompactionStrategy, whose buckets, minimum of 4 and maximum of 32 these are.)
//!
//! Unlike Cassandra, which orders versions by their timestamps, a merge here takes neighbours only: runs
//! that lie between are asked between. What is merged goes to the next level when it was the oldest of its
//! own, and else stays in its place.

use core::ops::Range;

use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::{
    OVERLAP_TABLES, PickState, Picker, Picture, Plan, Pressure, Reason, RunTarget, TABLE_BYTES,
    dense, expired,
};
use crate::storage::levels::{LEVELS_MAX, Run};
use crate::{Error, Result};

/// What [`SizeTiered`] trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeTieredOptions {
    /// Runs of a like size that set off a merge, at least 2. More: fewer bytes written (each is written
    /// once for each growth by this factor), more runs to ask and more old versions about.
    pub merge_runs_min: usize,
    /// Runs merged at once, at most: bounds how much one merge reads.
    pub merge_runs_max: usize,
    /// A run is like another if it has at least this share of its size, percent. Less: merges sooner, and
    /// large runs are written again for smaller ones.
    pub like_percent: u64,
    /// Runs beyond which the cheapest neighbours are merged, like or not. Bounds what a lookup asks when no two
    /// runs are alike.
    pub runs_max: usize,
    /// Length of the tables that merges write. Less: more files, and finer steps when tables expire.
    pub table_bytes: u64,
    /// Share of tombstones beyond which a table that has nothing beneath is rewritten, percent.
    pub tombstone_percent: u64,
}

impl Default for SizeTieredOptions {
    fn default() -> Self {
        Self {
            merge_runs_min: 4,
            merge_runs_max: 32,
            like_percent: 50,
            runs_max: 32,
            table_bytes: TABLE_BYTES,
            tombstone_percent: 50,
        }
    }
}

/// Size-tiered compaction: see the [module](self).
#[derive(Clone, Debug)]
pub struct SizeTiered {
    options: SizeTieredOptions,
}

impl SizeTiered {
    /// A picker.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a minimum below 2 or above the maximum, a share above 100 percent, fewer
    /// runs than levels, or tables of 0 bytes.
    pub fn new(options: SizeTieredOptions) -> Result<Self> {
        if options.merge_runs_min < 2 || options.merge_runs_min > options.merge_runs_max {
            return Err(Error::invalid(
                "merge_runs_min is at least 2 and at most merge_runs_max",
            ));
        }
        if options.like_percent > 100 {
            return Err(Error::invalid("like_percent is at most 100"));
        }
        if options.runs_max < LEVELS_MAX {
            return Err(Error::invalid(format!("runs_max is at least {LEVELS_MAX}")));
        }
        if options.table_bytes == 0 {
            return Err(Error::invalid("tables have at least 1 byte"));
        }
        Ok(Self { options })
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            table_bytes: self.options.table_bytes,
            overlap_tables: OVERLAP_TABLES,
        }
    }

    /// The cheapest window of like runs in any level: bytes to write for each run that goes.
    fn alike(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let mut best: Option<(f64, Plan)> = None;
        for level in 0..LEVELS_MAX as u8 {
            let runs = levels.level(level);
            for window in windows_alike(&self.options, runs, &|run| is_idle(state, run)) {
                let cost = cost(&runs[window.clone()]);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    let plan = merge_window(self.sizes(), levels, level, window, Reason::Alike);
                    if state.is_free(levels, &plan) {
                        best = Some((cost, plan));
                    }
                }
            }
        }
        best.map(|(_, plan)| plan)
    }

    /// The cheapest neighbours of one level, when there are too many runs.
    fn too_many(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let excess = levels.runs().len().checked_sub(self.options.runs_max)?;
        let take = (excess + 1).clamp(2, self.options.merge_runs_max);
        if excess == 0 {
            return None;
        }
        let mut best: Option<(f64, Plan)> = None;
        for level in 0..LEVELS_MAX as u8 {
            let runs = levels.level(level);
            let width = take.min(runs.len());
            for start in 0..=runs.len() - width {
                let window = start..start + width;
                if width < 2 || !runs[window.clone()].iter().all(|run| is_idle(state, run)) {
                    continue;
                }
                let cost = cost(&runs[window.clone()]);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    let plan = merge_window(self.sizes(), levels, level, window, Reason::RunsMax);
                    if state.is_free(levels, &plan) {
                        best = Some((cost, plan));
                    }
                }
            }
        }
        best.map(|(_, plan)| plan)
    }
}

impl Picker for SizeTiered {
    fn name(&self) -> &'static str {
        "size-tiered"
    }

    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let percent = self.options.tombstone_percent;
        expired::pick(levels, state)
            .or_else(|| self.alike(levels, state))
            .or_else(|| self.too_many(levels, state))
            .or_else(|| dense::rewrite_bottom(levels, state, percent, self.sizes()))
    }

    fn pressure(&self, levels: &Picture) -> Pressure {
        let debt = (0..LEVELS_MAX as u8)
            .map(|level| {
                let runs = levels.level(level);
                windows_alike(&self.options, runs, &|_| true)
                    .map(|window| bytes(&runs[window]))
                    .max()
                    .unwrap_or(0)
            })
            .fold(0, u64::saturating_add);
        Pressure {
            runs: levels.level(0).len(),
            debt_bytes: debt,
        }
    }
}

/// For each run as the largest: the neighbours around it that are no larger and that `idle` lets take part,
/// if enough of them are like it. `runs` are newest first; of too many the oldest are taken.
pub(super) fn windows_alike<'a, R>(
    options: &'a SizeTieredOptions,
    runs: &'a [std::sync::Arc<Run<R>>],
    idle: &'a dyn Fn(&Run<R>) -> bool,
) -> impl Iterator<Item = Range<usize>> + 'a {
    (0..runs.len()).filter_map(move |largest| {
        let limit = runs[largest].bytes();
        let fits = |run: &Run<R>| run.bytes() <= limit && idle(run);
        if !fits(&runs[largest]) {
            return None;
        }
        let mut window = largest..largest + 1;
        while window.start > 0 && fits(&runs[window.start - 1]) {
            window.start -= 1;
        }
        while window.end < runs.len() && fits(&runs[window.end]) {
            window.end += 1;
        }
        window.start = window
            .start
            .max(window.end.saturating_sub(options.merge_runs_max));
        let like = (runs[window.clone()].iter())
            .filter(|run| {
                u128::from(run.bytes()) * 100
                    >= u128::from(limit) * u128::from(options.like_percent)
            })
            .count();
        (like >= options.merge_runs_min).then_some(window)
    })
}

/// The merge of neighbours of one level: into the next level if they are its oldest, and else in place.
pub(super) fn merge_window(
    sizes: Sizes,
    levels: &Picture,
    level: u8,
    window: Range<usize>,
    reason: Reason,
) -> Plan {
    let runs = levels.level(level);
    let inputs = (runs[window.clone()].iter())
        .map(|run| Input::whole(run))
        .collect();
    let oldest = window.end == runs.len();
    let (target_level, target) = if oldest && usize::from(level) + 1 < LEVELS_MAX {
        (level + 1, RunTarget::New)
    } else {
        (level, RunTarget::Into(runs[window.start].id()))
    };
    sizes.merge(levels, inputs, target_level, target, reason)
}

/// Whether no running plan has a table of `run`.
pub(super) fn is_idle<T>(state: &PickState<'_>, run: &Run<T>) -> bool {
    run.ids().iter().all(|id| !state.busy.contains(id))
}

fn bytes<T>(runs: &[std::sync::Arc<Run<T>>]) -> u64 {
    runs.iter()
        .fold(0, |sum, run| sum.saturating_add(run.bytes()))
}

fn cost<T>(runs: &[std::sync::Arc<Run<T>>]) -> f64 {
    bytes(runs) as f64 / (runs.len().max(2) - 1) as f64
}

//! Windows of time: runs are merged with runs of their own time only, and dropped with it.
//!
//! For data that arrives in the order of its timestamps and is read by time or kept for a time: each window
//! ends as one run, and a run expires as a whole, without having been mixed with what lives longer.
//! (Cassandra's TimeWindowCompactionStrategy.)
//!
//! A table's window is `created_ms / window_ms`; a merge hands the time of its newest input on
//! ([`Plan::Merge::created_ms`]), so its output stays in the window. Runs of the newest window, still being
//! written, are merged by size; when a later window has begun, what is left of it is merged to one run, once.

use core::ops::Range;
use std::sync::Arc;

use crate::storage::compact::fifo::{drop_beyond, drop_retained};
use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::tiered::{SizeTieredOptions, is_idle, windows_alike};
use crate::storage::compact::{
    OVERLAP_TABLES, PickState, Picker, Picture, Plan, Pressure, Reason, RunTarget, TABLE_BYTES,
    expired,
};
use crate::storage::describe::TableMeta;
use crate::storage::levels::Run;
use crate::{Error, Result};

/// What [`TimeWindow`] trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeWindowOptions {
    /// The length of a window, ms. Longer: fewer runs to ask, and what expires is let go in larger steps.
    pub window_ms: u64,
    /// Runs of a like size in the newest window that set off a merge.
    pub merge_runs_min: usize,
    /// How long after it was written a table is dropped, ms. `u64::MAX` keeps it.
    pub retention_ms: u64,
    /// Bytes of tables beyond which the oldest are dropped. `u64::MAX` keeps all.
    pub bytes_max: u64,
    /// Length of the tables that merges write.
    pub table_bytes: u64,
}

impl Default for TimeWindowOptions {
    /// A day, for ever.
    fn default() -> Self {
        Self {
            window_ms: 24 * 60 * 60 * 1000,
            merge_runs_min: 4,
            retention_ms: u64::MAX,
            bytes_max: u64::MAX,
            table_bytes: TABLE_BYTES,
        }
    }
}

/// Compaction by windows of time: see the [module](self).
#[derive(Clone, Debug)]
pub struct TimeWindow {
    options: TimeWindowOptions,
    alike: SizeTieredOptions,
}

impl TimeWindow {
    /// A picker.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a window of 0 ms, merges of fewer than 2 runs, or tables of 0 bytes.
    pub fn new(options: TimeWindowOptions) -> Result<Self> {
        if options.window_ms == 0 {
            return Err(Error::invalid("window_ms is at least 1"));
        }
        if options.merge_runs_min < 2 {
            return Err(Error::invalid("merge_runs_min is at least 2"));
        }
        if options.table_bytes == 0 {
            return Err(Error::invalid("tables have at least 1 byte"));
        }
        let alike = SizeTieredOptions {
            merge_runs_min: options.merge_runs_min,
            merge_runs_max: options.merge_runs_min.max(32),
            table_bytes: options.table_bytes,
            ..SizeTieredOptions::default()
        };
        Ok(Self { options, alike })
    }

    /// The window of a run: that of its newest table.
    fn window(&self, run: &Run<Arc<TableMeta>>) -> u64 {
        let newest = run.tables().iter().map(|table| table.created_ms).max();
        newest.unwrap_or(0) / self.options.window_ms
    }

    /// The neighbours in level 0 that have one window, newest first.
    fn stretches<'a>(&'a self, runs: &'a [Arc<Run<Arc<TableMeta>>>]) -> Vec<(u64, Range<usize>)> {
        let mut stretches: Vec<(u64, Range<usize>)> = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            let window = self.window(run);
            match stretches.last_mut() {
                Some((last, range)) if *last == window => range.end = at + 1,
                _ => stretches.push((window, at..at + 1)),
            }
        }
        stretches
    }

    fn merge(&self, levels: &Picture, range: Range<usize>, reason: Reason) -> Plan {
        let runs = &levels.level(0)[range];
        let sizes = Sizes {
            table_bytes: self.options.table_bytes,
            overlap_tables: OVERLAP_TABLES,
        };
        let inputs = runs.iter().map(|run| Input::whole(run)).collect();
        sizes.merge(levels, inputs, 0, RunTarget::Into(runs[0].id()), reason)
    }

    fn merge_within(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let runs = levels.level(0);
        let now = state.now_ms / self.options.window_ms;
        self.stretches(runs)
            .into_iter()
            .find_map(|(window, range)| {
                let plan = if window < now {
                    if range.len() < 2 || !runs[range.clone()].iter().all(|run| is_idle(state, run))
                    {
                        return None;
                    }
                    self.merge(levels, range, Reason::WindowOver)
                } else {
                    let idle = |run: &Run<Arc<TableMeta>>| is_idle(state, run);
                    let alike = windows_alike(&self.alike, &runs[range.clone()], &idle)
                        .min_by_key(|window| window.len())?;
                    let range = range.start + alike.start..range.start + alike.end;
                    self.merge(levels, range, Reason::Alike)
                };
                state.is_free(levels, &plan).then_some(plan)
            })
    }
}

impl Picker for TimeWindow {
    fn name(&self) -> &'static str {
        "time-window"
    }

    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        expired::pick(levels, state)
            .or_else(|| drop_retained(levels, state, self.options.retention_ms))
            .or_else(|| drop_beyond(levels, state, self.options.bytes_max))
            .or_else(|| self.merge_within(levels, state))
    }

    /// Runs of the newest window only: those of earlier ones stay.
    fn pressure(&self, levels: &Picture) -> Pressure {
        let runs = levels.level(0);
        let mut pressure = Pressure::default();
        for (at, (_, range)) in self.stretches(runs).into_iter().enumerate() {
            let count = range.len();
            let merging = if at == 0 {
                pressure.runs = count;
                count >= self.options.merge_runs_min
            } else {
                count > 1
            };
            if merging {
                let bytes = runs[range].iter().map(|run| run.bytes()).sum::<u64>();
                pressure.debt_bytes = pressure.debt_bytes.saturating_add(bytes);
            }
        }
        pressure
    }
}

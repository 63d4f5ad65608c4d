//! Lazy leveling: several runs in every level but the last, which is one run.
//!
//! Most data is in the last level, and so is most of what merging it costs and most of what a lookup finds. So
//! keeping only that level sorted gives nearly leveled compaction's space and point reads for nearly
//! tiered compaction's writes: with a size ratio of T over L levels an entry is written about `L + T` times at
//! most, where leveling takes about `L * T` at most and tiering `L`. (Dayan and Idreos, "Dostoevsky", SIGMOD
//! 2018, section 4.1.)
//!
//! The paper's levels have fixed capacities, each T times the one above. Here the last level is as large as the
//! data, and the level above it is merged into it as soon as it holds a T-th of that: what the upper
//! levels may add to the space is `1/T + 1/T^2 + ...` of the data whatever its size.

use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::tiered::is_idle;
use crate::storage::compact::{
    OVERLAP_TABLES, PickState, Picker, Picture, Plan, Pressure, Reason, RunTarget, TABLE_BYTES,
    dense, expired,
};
use crate::storage::levels::LEVELS_MAX;
use crate::{Error, Result};

/// What [`LazyLeveled`] trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LazyLeveledOptions {
    /// Runs of a level that set off its merge into the next, and how much larger each level grows: at least 2.
    /// More: fewer levels and less space (`1 + 1/ratio`), more runs to ask in each, and a last level that is
    /// written again less often for each byte but all at once.
    pub ratio: usize,
    /// How large level 1 may grow while it is the last, bytes; each further level `ratio` times as large. Past
    /// that it becomes the next level. About `ratio` squared memtables, so that the level above it is full
    /// when it holds a share of `1/ratio`.
    pub level_base_bytes: u64,
    /// Length of the tables that merges write.
    pub table_bytes: u64,
    /// Share of tombstones beyond which a table that has nothing beneath is rewritten, percent.
    pub tombstone_percent: u64,
}

impl Default for LazyLeveledOptions {
    fn default() -> Self {
        Self {
            ratio: 4,
            level_base_bytes: 1 << 30,
            table_bytes: TABLE_BYTES,
            tombstone_percent: 50,
        }
    }
}

/// Lazy leveling: see the [module](self).
#[derive(Clone, Debug)]
pub struct LazyLeveled {
    options: LazyLeveledOptions,
}

/// The level that may not be left: there is none below.
const LEVEL_LAST: u8 = LEVELS_MAX as u8 - 1;

impl LazyLeveled {
    /// A picker.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a ratio below 2 or a size of 0.
    pub fn new(options: LazyLeveledOptions) -> Result<Self> {
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
            overlap_tables: OVERLAP_TABLES,
        }
    }

    /// How large `level` may be while it is the last.
    fn limit_bytes(&self, level: u8) -> u64 {
        if level == LEVEL_LAST {
            return u64::MAX;
        }
        let grown = (self.options.ratio as u64).saturating_pow(u32::from(level).max(1) - 1);
        self.options.level_base_bytes.saturating_mul(grown)
    }

    /// The last level, when it is several runs or past its limit.
    fn tend_last(&self, levels: &Picture, state: &PickState<'_>, last: u8) -> Option<Plan> {
        let runs = levels.level(last);
        let newest = runs.first()?;
        let inputs = || runs.iter().map(|run| Input::whole(run)).collect();
        let plan = if runs.len() > 1 {
            let target = RunTarget::Into(newest.id());
            self.sizes()
                .merge(levels, inputs(), last, target, Reason::ManyRuns)
        } else if levels.bytes(last) > self.limit_bytes(last)
            && !(state.claims.iter()).any(|claim| claim.level == last || claim.level == last + 1)
        {
            Plan::Move {
                inputs: inputs(),
                target_level: last + 1,
                target: RunTarget::New,
                reason: Reason::LevelFull,
            }
        } else {
            return None;
        };
        state.is_free(levels, &plan).then_some(plan)
    }

    /// Whether `level` has enough runs, or is the one above the last and holds enough of it. Level 0 waits for
    /// its runs: merging it for each flush would write a small store anew each time.
    fn is_due(&self, levels: &Picture, level: u8, last: u8) -> bool {
        let share = levels.bytes(last) / self.options.ratio as u64;
        let large = level > 0 && level + 1 == last && levels.bytes(level) >= share.max(1);
        large || levels.level(level).len() >= self.options.ratio
    }

    /// All runs of a level that has enough of them become one of the next level, or part of the last.
    fn merge_level(
        &self,
        levels: &Picture,
        state: &PickState<'_>,
        level: u8,
        last: u8,
    ) -> Option<Plan> {
        let runs = levels.level(level);
        if !self.is_due(levels, level, last) || !runs.iter().all(|run| is_idle(state, run)) {
            return None;
        }
        let mut inputs: Vec<Input> = runs.iter().map(|run| Input::whole(run)).collect();
        let mut target = RunTarget::New;
        if level + 1 == last {
            let [run] = levels.level(last) else {
                // Nothing is there yet, or it has to become one run first.
                if !levels.level(last).is_empty() {
                    return None;
                }
                let plan = self
                    .sizes()
                    .merge(levels, inputs, last, target, Reason::Alike);
                return state.is_free(levels, &plan).then_some(plan);
            };
            target = RunTarget::Into(run.id());
            let from = runs.iter().map(|run| run.smallest()).min()?;
            let to = runs.iter().map(|run| run.end()).max()?;
            let below = run.range_touching(from, Some(to));
            if !below.is_empty() {
                inputs.push(Input::some(run, below));
            }
        }
        let plan = self
            .sizes()
            .merge(levels, inputs, level + 1, target, Reason::Alike);
        state.is_free(levels, &plan).then_some(plan)
    }
}

impl Picker for LazyLeveled {
    fn name(&self) -> &'static str {
        "lazy-leveled"
    }

    fn pick(&self, levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
        let percent = self.options.tombstone_percent;
        let last = levels.deepest().unwrap_or(0).max(1);
        expired::pick(levels, state)
            .or_else(|| self.tend_last(levels, state, last))
            .or_else(|| (0..last).find_map(|level| self.merge_level(levels, state, level, last)))
            .or_else(|| dense::rewrite_bottom(levels, state, percent, self.sizes()))
    }

    fn pressure(&self, levels: &Picture) -> Pressure {
        let last = levels.deepest().unwrap_or(0).max(1);
        let mut debt = 0_u64;
        for level in 0..last {
            if self.is_due(levels, level, last) {
                debt = debt.saturating_add(levels.bytes(level));
                if level + 1 == last {
                    debt = debt.saturating_add(levels.bytes(last));
                }
            }
        }
        Pressure {
            runs: levels.level(0).len(),
            debt_bytes: debt,
        }
    }
}

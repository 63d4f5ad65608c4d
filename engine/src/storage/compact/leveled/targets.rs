//! How large each level should be.

use crate::storage::compact::leveled::LeveledOptions;
use crate::storage::compact::plan::Input;
use crate::storage::compact::{PickState, Picture, Plan, Reason, RunTarget};
use crate::storage::levels::LEVELS_MAX;

/// A level comes into use when its target reaches `level_base_bytes` over this. Below, a merge of level 0
/// is several times the level, and taking it through the level would only write it once more.
const BASE_SHARE: u64 = 3;

/// The level that may not be left: there is none below.
const LEVEL_LAST: u8 = LEVELS_MAX as u8 - 1;

/// The targets for one picture.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    bytes: [u64; LEVELS_MAX],
    /// The level that level 0 is merged into.
    pub base: u8,
    /// The deepest that holds tables, or 1.
    pub last: u8,
}

impl Targets {
    pub(super) fn new(options: &LeveledOptions, levels: &Picture) -> Self {
        let last = levels.deepest().unwrap_or(0).max(1);
        let mut bytes = [0; LEVELS_MAX];
        bytes[usize::from(last)] = if last == LEVEL_LAST {
            u64::MAX
        } else {
            let grown = options.ratio.saturating_pow(u32::from(last) - 1);
            options.level_base_bytes.saturating_mul(grown)
        };
        let mut target = levels.bytes(last);
        for level in (1..last).rev() {
            target /= options.ratio;
            // A level that has come into use stays until its target has shrunk a good deal further, so
            // that a store of about that size does not fill and empty it in turn.
            if target >= options.level_base_bytes / (2 * BASE_SHARE) {
                bytes[usize::from(level)] = target;
            }
        }
        let worth = options.level_base_bytes / BASE_SHARE;
        let base = (1..last)
            .find(|&level| {
                !levels.level(level).is_empty() || bytes[usize::from(level)] >= worth.max(1)
            })
            .unwrap_or(last);
        Self { bytes, base, last }
    }

    /// The target of `level`, bytes; 0 for one that should be empty.
    pub(super) fn bytes(&self, level: u8) -> u64 {
        self.bytes[usize::from(level)]
    }

    /// The bytes of `level` that no running plan has taken, over its target.
    pub(super) fn score(&self, levels: &Picture, state: &PickState<'_>, level: u8) -> f64 {
        let free: u64 = (levels.level(level).iter())
            .flat_map(|run| run.tables())
            .filter(|table| !state.busy.contains(&table.id))
            .map(|table| table.bytes)
            .sum();
        match self.bytes(level) {
            0 if free == 0 => 0.0,
            0 => f64::INFINITY,
            target => free as f64 / target as f64,
        }
    }

    /// Bytes that merges will write until every level is within its target, estimated: what is too much in a
    /// level is written once more with its share of the level below, and is then too much there.
    pub(super) fn debt_bytes(&self, options: &LeveledOptions, levels: &Picture) -> u64 {
        let mut debt = 0_u64;
        let mut coming = 0_u64;
        let level0_bytes = levels.bytes(0);
        if levels.level(0).len() >= options.level0_runs || level0_bytes >= options.level_base_bytes
        {
            coming = level0_bytes;
            debt = level0_bytes.saturating_add(levels.bytes(self.base));
        }
        for level in self.base..self.last {
            let here = levels.bytes(level).saturating_add(coming);
            coming = here.saturating_sub(self.bytes(level));
            if coming > 0 {
                let below = levels.bytes(level + 1) as f64 / here.max(1) as f64;
                debt = debt.saturating_add((coming as f64 * (1.0 + below)) as u64);
            }
        }
        debt
    }
}

/// The last level becomes the next one, unread, when it is past its limit.
pub(super) fn hand_over(levels: &Picture, state: &PickState<'_>, level: u8) -> Option<Plan> {
    let next = level + 1;
    if level == LEVEL_LAST
        || (state.claims.iter()).any(|claim| claim.level == level || claim.level == next)
    {
        return None;
    }
    let plan = Plan::Move {
        inputs: vec![Input::whole(levels.level(level).first()?)],
        target_level: next,
        target: RunTarget::New,
        reason: Reason::LevelFull,
    };
    state.is_free(levels, &plan).then_some(plan)
}

//! Tables that are mostly tombstones.
//!
//! Tombstones cost reads and space until they reach the bottom, where nothing older is left for them to hide.
//! Size alone may leave them where they are for ever, so a table full of them is merged downwards although
//! its level is within its target; and one that has reached the bottom, with tombstones that a snapshot
//! held on to or that moved there unread, is rewritten without them once no snapshot needs them. (RocksDB: the
//! compensated size of a file, and marking of bottommost files.)

use crate::storage::compact::expired::has_expired;
use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::{PickState, Picture, Plan, Reason, RunTarget};
use crate::storage::describe::TableMeta;

/// Whether more than `percent` of the entries are tombstones, or all its values have expired.
pub(super) fn is_dense(table: &TableMeta, percent: u64, now_ms: u64) -> bool {
    let deletes = u128::from(table.deletes) * 100;
    deletes > u128::from(table.entries) * u128::from(percent) || has_expired(table, now_ms)
}

/// The rewrite, in its place below level 0, of a table that has nothing older beneath and that only
/// tombstones (point ones beyond `percent`, or any range tombstone) make worth it. Every snapshot must see
/// all of it, so that the rewrite lets every tombstone go and is not asked for again.
pub(super) fn rewrite_bottom(
    levels: &Picture,
    state: &PickState<'_>,
    percent: u64,
    sizes: Sizes,
) -> Option<Plan> {
    for (at, run) in levels.runs().iter().enumerate().rev() {
        if run.level() == 0 {
            break;
        }
        for (index, table) in run.tables().iter().enumerate() {
            let worth = table.range_deletes > 0 || is_dense(table, percent, state.now_ms);
            if !worth || table.sequence_max > state.oldest_snapshot {
                continue;
            }
            let hides = (levels.runs()[at + 1..].iter()).any(|older| {
                !older
                    .range_touching(&table.smallest, Some(&table.end))
                    .is_empty()
            });
            if hides {
                continue;
            }
            let plan = sizes.merge(
                levels,
                vec![Input::some(run, index..index + 1)],
                run.level(),
                RunTarget::Into(run.id()),
                Reason::Tombstones,
            );
            if state.is_free(levels, &plan) {
                return Some(plan);
            }
        }
    }
    None
}

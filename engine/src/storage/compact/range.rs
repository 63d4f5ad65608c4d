//! Manual compaction: everything that touches a range of keys becomes one run.

use bytes::Bytes;

use crate::storage::compact::plan::{Input, Sizes, span_of};
use crate::storage::compact::{OVERLAP_TABLES, Picture, Plan, Reason, RunTarget};
use crate::storage::levels::LEVELS_MAX;

/// The merge into `level` of every table at or above it that touches a key of `from..to` (all keys from `from`
/// on where `to` is none), and of the tables that those drag along: whatever they overlap. None when there is
/// nothing to gain: no such table, or a single run of `level` without a tombstone.
///
/// It knows nothing of running plans: ask [`is_free`](super::PickState::is_free) first. A snapshot may keep
/// tombstones in what is written, so carry it out once, not until it answers none.
#[must_use]
pub fn plan_range(
    levels: &Picture,
    from: &[u8],
    to: Option<&[u8]>,
    level: u8,
    table_bytes_max: u64,
) -> Option<Plan> {
    let level = level.min(LEVELS_MAX as u8 - 1);
    let upper = || levels.runs().iter().take_while(|run| run.level() <= level);
    let mut span: (Bytes, Bytes) = span_of(
        upper()
            .flat_map(|run| run.touching(from, to))
            .map(AsRef::as_ref),
    )?;
    // A table that the range drags along may reach beyond it and drag along others.
    loop {
        let wider = span_of(
            upper()
                .flat_map(|run| run.touching(&span.0, Some(&span.1)))
                .map(AsRef::as_ref),
        )?;
        if wider == span {
            break;
        }
        span = wider;
    }
    let mut inputs = Vec::new();
    let mut tombstones = false;
    for run in upper() {
        let range = run.range_touching(&span.0, Some(&span.1));
        if range.is_empty() {
            continue;
        }
        tombstones |= (run.tables()[range.clone()].iter())
            .any(|table| table.deletes > 0 || table.range_deletes > 0);
        inputs.push(Input::some(run, range));
    }
    let settled = inputs.len() == 1 && inputs[0].level == level;
    if settled && !tombstones {
        return None;
    }
    // The newest run of the level takes it: if it has tables in the range, they are inputs.
    let target = match levels.level(level).first() {
        Some(run) => RunTarget::Into(run.id()),
        None => RunTarget::New,
    };
    let sizes = Sizes {
        table_bytes: table_bytes_max,
        overlap_tables: OVERLAP_TABLES,
    };
    Some(sizes.merge(levels, inputs, level, target, Reason::Manual))
}

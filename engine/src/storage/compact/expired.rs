//! Tables whose every value has expired are dropped whole, when that brings nothing back.
//!
//! An expired value hides what is older, as a tombstone does. Say run 9 holds `k = new` until noon, and run 4
//! beneath it `k = old` for ever. At noon the store answers that `k` is gone. If the table of run 9 were then
//! dropped, the store would answer `old`. So a table may go only when no older table that stays overlaps it.
//! Going from the oldest run to the newest, each table that may go makes way for those above it, and all of
//! them go in one edit.
//!
//! Snapshots do not matter: an expired value is returned to nobody, and a tombstone that hides nothing says
//! what its absence says. A table that has expired and lies above older ones is merged downwards instead, as
//! one that is full of tombstones ([`dense`](super::dense)).

use crate::storage::compact::{PickState, Picture, Plan, Reason};
use crate::storage::describe::{FileId, TableMeta};

/// Whether no read finds a value in `table`: all have expired, or it holds tombstones alone.
pub(super) fn has_expired(table: &TableMeta, now_ms: u64) -> bool {
    table.deadline_max_ms <= now_ms || table.entries == table.deletes
}

/// The drop of all tables that `goes` names and that no older table which stays overlaps.
pub(super) fn drop_bottom(
    levels: &Picture,
    state: &PickState<'_>,
    reason: Reason,
    goes: impl Fn(&TableMeta) -> bool,
) -> Option<Plan> {
    let mut tables: Vec<FileId> = Vec::new();
    for (at, run) in levels.runs().iter().enumerate().rev() {
        for table in run.tables() {
            if !goes(table) || state.busy.contains(&table.id) {
                continue;
            }
            let hides = levels.runs()[at + 1..].iter().any(|older| {
                let beneath = older.range_touching(&table.smallest, Some(&table.end));
                older.ids()[beneath].iter().any(|id| !tables.contains(id))
            });
            if !hides {
                tables.push(table.id);
            }
        }
    }
    (!tables.is_empty()).then_some(Plan::Drop { tables, reason })
}

/// The drop of all tables that have expired, as far as it is safe.
pub(super) fn pick(levels: &Picture, state: &PickState<'_>) -> Option<Plan> {
    drop_bottom(levels, state, Reason::Expired, |table| {
        has_expired(table, state.now_ms)
    })
}

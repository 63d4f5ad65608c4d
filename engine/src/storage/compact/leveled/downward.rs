//! From one level into the next, a table at a time.

use core::ops::Range;

use crate::storage::compact::dense::is_dense;
use crate::storage::compact::expired::has_expired;
use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::{PickState, Picture, Plan, Reason, RunTarget};
use crate::storage::describe::TableMeta;

/// The merge (or move) of the table of `level` that costs least for its size: the bytes it overlaps in the next
/// level over its own. Tombstones count double and expired tables fourfold, since merging those down frees
/// space. (RocksDB's minimal overlapping ratio.)
pub(super) fn cheapest(
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    level: u8,
    reason: Reason,
) -> Option<Plan> {
    let ([run], [] | [_]) = (levels.level(level), levels.level(level + 1)) else {
        return None;
    };
    let mut costs: Vec<(f64, usize)> = (run.tables().iter().enumerate())
        .filter(|(_, table)| !state.busy.contains(&table.id))
        .map(|(index, table)| (cost(levels, state, level, table), index))
        .collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    (costs.into_iter()).find_map(|(_, index)| hand_down(sizes, levels, state, level, index, reason))
}

/// The merge (or move) of the first table of `level` that is mostly tombstones, or has expired.
pub(super) fn dense(
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    level: u8,
    percent: u64,
) -> Option<Plan> {
    let ([run], [] | [_]) = (levels.level(level), levels.level(level + 1)) else {
        return None;
    };
    (run.tables().iter().enumerate())
        .filter(|(_, table)| is_dense(table, percent, state.now_ms))
        .find_map(|(index, _)| hand_down(sizes, levels, state, level, index, Reason::Tombstones))
}

fn cost(levels: &Picture, state: &PickState<'_>, level: u8, table: &TableMeta) -> f64 {
    let below: u64 = (levels.level(level + 1).iter())
        .flat_map(|run| run.touching(&table.smallest, Some(&table.end)))
        .map(|other| other.bytes)
        .sum();
    let worth = if has_expired(table, state.now_ms) {
        4.0
    } else {
        1.0 + table.deletes as f64 / table.entries.max(1) as f64
    };
    below as f64 / (table.bytes.max(1) as f64 * worth)
}

/// The table at `index` of `level`'s one run with what it overlaps in the next, and those neighbours that
/// overlap nothing else there: they come along at no further cost.
fn hand_down(
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    level: u8,
    index: usize,
    reason: Reason,
) -> Option<Plan> {
    let run = levels.level(level).first()?;
    let table = run.tables().get(index)?;
    let Some(next) = levels.level(level + 1).first() else {
        // Two runs would come to stand in the empty level if two plans made one each.
        if state.claims.iter().any(|claim| claim.level == level + 1) {
            return None;
        }
        return moved(
            levels,
            state,
            Input::some(run, index..index + 1),
            level,
            RunTarget::New,
            reason,
        );
    };
    let target = RunTarget::Into(next.id());
    let below = next.range_touching(&table.smallest, Some(&table.end));
    if below.is_empty() {
        return moved(
            levels,
            state,
            Input::some(run, index..index + 1),
            level,
            target,
            reason,
        );
    }
    let plan = |along: Range<usize>| {
        let inputs = vec![Input::some(run, along), Input::some(next, below.clone())];
        let plan = sizes.merge(levels, inputs, level + 1, target, reason);
        state.is_free(levels, &plan).then_some(plan)
    };
    let wide = along(sizes, run.tables(), next.tables(), index, &below);
    if wide.len() > 1
        && let Some(plan) = plan(wide)
    {
        return Some(plan);
    }
    plan(index..index + 1)
}

/// The neighbours of `tables[index]`, itself included, that touch no table of `next` outside `below`, as long as
/// the merge stays within the bytes that one table may cost further down.
fn along(
    sizes: Sizes,
    tables: &[std::sync::Arc<TableMeta>],
    next: &[std::sync::Arc<TableMeta>],
    index: usize,
    below: &Range<usize>,
) -> Range<usize> {
    let from = below.start.checked_sub(1).map(|before| &next[before].end);
    let to = next.get(below.end).map(|after| &after.smallest);
    let fits = |table: &TableMeta| {
        from.is_none_or(|from| *from <= table.smallest) && to.is_none_or(|to| table.end <= *to)
    };
    let limit = sizes
        .table_bytes
        .saturating_mul(sizes.overlap_tables.saturating_add(1));
    let mut bytes: u64 = next[below.clone()].iter().map(|table| table.bytes).sum();
    bytes = bytes.saturating_add(tables[index].bytes);
    let mut range = index..index + 1;
    while range.start > 0
        && fits(&tables[range.start - 1])
        && bytes.saturating_add(tables[range.start - 1].bytes) <= limit
    {
        range.start -= 1;
        bytes = bytes.saturating_add(tables[range.start].bytes);
    }
    while let Some(table) = tables.get(range.end)
        && fits(table)
        && bytes.saturating_add(table.bytes) <= limit
    {
        bytes = bytes.saturating_add(table.bytes);
        range.end += 1;
    }
    range
}

fn moved(
    levels: &Picture,
    state: &PickState<'_>,
    input: Input,
    level: u8,
    target: RunTarget,
    reason: Reason,
) -> Option<Plan> {
    let plan = Plan::Move {
        inputs: vec![input],
        target_level: level + 1,
        target,
        reason,
    };
    state.is_free(levels, &plan).then_some(plan)
}

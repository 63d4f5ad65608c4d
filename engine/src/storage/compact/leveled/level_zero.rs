//! Out of level 0, whose runs overlap.
//!
//! The tables of level 0 and of the base level fall into *groups*: tables that overlap, directly or through
//! others. What is in one group has no key in common with what is in another, so each can be merged down
//! without the rest, and a group of one table needs no merge at all. Keys in random order make one group of
//! everything; keys in ascending order make a group of each table.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use crate::storage::compact::leveled::LeveledOptions;
use crate::storage::compact::leveled::targets::Targets;
use crate::storage::compact::plan::{Input, Sizes};
use crate::storage::compact::{PickState, Picture, Plan, Reason, RunTarget};
use crate::storage::describe::TableMeta;

/// Level 0 is merged within itself while a group's bytes are less than this share of what it overlaps below
/// (and of `level_base_bytes`): merging it down would write several times its size.
const SMALL_SHARE: u64 = 4;

/// Tables of level 0 and of the base level that overlap, directly or through others.
#[derive(Clone, Debug, Default)]
struct Group {
    /// In level 0: the index of the run, and of the table in it. Sorted.
    zero: Vec<(usize, usize)>,
    zero_bytes: u64,
    /// In the base level's one run.
    base: core::ops::Range<usize>,
    base_bytes: u64,
}

impl Group {
    /// How many runs of level 0 it has tables of.
    fn depth(&self) -> usize {
        let runs: BTreeSet<usize> = self.zero.iter().map(|&(run, _)| run).collect();
        runs.len()
    }

    fn zero_inputs(&self, levels: &Picture) -> Vec<Input> {
        let mut inputs: Vec<Input> = Vec::new();
        for &(run, table) in &self.zero {
            let run = &levels.level(0)[run];
            let id = run.ids()[table];
            match inputs.last_mut() {
                Some(input) if input.run == run.id() => input.tables.push(id),
                _ => inputs.push(Input::some(run, table..table + 1)),
            }
        }
        inputs
    }
}

/// How much level 0 asks for a merge: from 1 on it is due. Runs that running plans have taken do not count.
pub(super) fn score(options: &LeveledOptions, levels: &Picture, state: &PickState<'_>) -> f64 {
    let mut runs = 0_usize;
    let mut bytes = 0_u64;
    for run in levels.level(0) {
        let mut free = false;
        for table in run.tables() {
            if !state.busy.contains(&table.id) {
                free = true;
                bytes = bytes.saturating_add(table.bytes);
            }
        }
        runs += usize::from(free);
    }
    let by_runs = runs as f64 / options.level0_runs as f64;
    let by_bytes = bytes as f64 / options.level_base_bytes as f64;
    by_runs.max(by_bytes)
}

/// The move into the base level of every table of level 0 that overlaps nothing there, if that makes the
/// runs fewer: it goes along with others, or joins a run that is there.
pub(super) fn move_free(
    levels: &Picture,
    state: &PickState<'_>,
    targets: &Targets,
) -> Option<Plan> {
    let groups = groups(levels, targets)?;
    let free = |group: &&Group| {
        let &[(run, table)] = group.zero.as_slice() else {
            return false;
        };
        let meta = &levels.level(0)[run].tables()[table];
        group.base.is_empty()
            && !state.busy.contains(&meta.id)
            && !(state.claims.iter()).any(|claim| claim.covers(targets.base, meta))
    };
    let mut all = Group::default();
    for group in groups.iter().filter(free) {
        all.zero.extend(&group.zero);
    }
    all.zero.sort_unstable();
    let gone = (levels.level(0).iter().enumerate())
        .filter(|(at, run)| {
            let moved = all.zero.iter().filter(|(other, _)| other == at).count();
            moved == run.tables().len()
        })
        .count();
    let joined = levels.level(targets.base).first();
    if gone == 0 || (gone == 1 && joined.is_none()) {
        return None;
    }
    if joined.is_none() && (state.claims.iter()).any(|claim| claim.level == targets.base) {
        return None;
    }
    Some(Plan::Move {
        inputs: all.zero_inputs(levels),
        target_level: targets.base,
        target: joined.map_or(RunTarget::New, |run| RunTarget::Into(run.id())),
        reason: Reason::Free,
    })
}

/// What to do about a level 0 that is due: a group goes down, the one of most runs first; or, while that is
/// not worth it or must wait, its newest runs become one.
pub(super) fn relieve(
    options: &LeveledOptions,
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    targets: &Targets,
) -> Option<Plan> {
    let mut groups = groups(levels, targets)?;
    groups.sort_by_key(|group| (core::cmp::Reverse(group.depth()), group.zero_bytes));
    let runs = levels.level(0).len();
    let small = groups.iter().all(|group| {
        group.zero_bytes < group.base_bytes / SMALL_SHARE
            && group.zero_bytes < options.level_base_bytes / SMALL_SHARE
    });
    if small && let Some(plan) = merge_newest(sizes, levels, state, 2) {
        return Some(plan);
    }
    let reason = if runs >= options.level0_runs {
        Reason::Level0Runs
    } else {
        Reason::Level0Bytes
    };
    (groups.iter())
        .find_map(|group| merge_down(sizes, levels, state, targets, group, reason))
        .or_else(|| merge_newest(sizes, levels, state, options.level0_runs))
}

fn merge_down(
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    targets: &Targets,
    group: &Group,
    reason: Reason,
) -> Option<Plan> {
    let mut inputs = group.zero_inputs(levels);
    let base = levels.level(targets.base).first();
    let target = base.map_or(RunTarget::New, |run| RunTarget::Into(run.id()));
    if base.is_none() && (state.claims.iter()).any(|claim| claim.level == targets.base) {
        return None;
    }
    let plan = if group.zero.len() == 1 && group.base.is_empty() {
        Plan::Move {
            inputs,
            target_level: targets.base,
            target,
            reason,
        }
    } else {
        if let Some(run) = base
            && !group.base.is_empty()
        {
            inputs.push(Input::some(run, group.base.clone()));
        }
        sizes.merge(levels, inputs, targets.base, target, reason)
    };
    state.is_free(levels, &plan).then_some(plan)
}

/// The merge of level 0's newest runs into one, which stays there: as many as no running plan has, each at
/// most twice as large as those before it together, so that a large run is not written again for a small
/// one. At least `runs_min`.
fn merge_newest(
    sizes: Sizes,
    levels: &Picture,
    state: &PickState<'_>,
    runs_min: usize,
) -> Option<Plan> {
    let runs = levels.level(0);
    let mut bytes = 0_u64;
    let count = (runs.iter())
        .take_while(|run| {
            let fits = bytes == 0 || run.bytes() <= bytes.saturating_mul(2);
            bytes = bytes.saturating_add(run.bytes());
            fits && run.ids().iter().all(|id| !state.busy.contains(id))
        })
        .count();
    if count < runs_min {
        return None;
    }
    let plan = sizes.merge(
        levels,
        runs[..count].iter().map(|run| Input::whole(run)).collect(),
        0,
        RunTarget::Into(runs[0].id()),
        Reason::Level0Inner,
    );
    state.is_free(levels, &plan).then_some(plan)
}

/// The groups that have a table of level 0, by key. None when the base level is several runs: it has to
/// become one first.
fn groups(levels: &Picture, targets: &Targets) -> Option<Vec<Group>> {
    let base: &[Arc<TableMeta>] = match levels.level(targets.base) {
        [] => &[],
        [run] => run.tables(),
        _ => return None,
    };
    let mut zero: Vec<(&TableMeta, usize, usize)> = Vec::new();
    for (run_at, run) in levels.level(0).iter().enumerate() {
        for (at, table) in run.tables().iter().enumerate() {
            zero.push((table, run_at, at));
        }
    }
    zero.sort_by(|a, b| a.0.smallest.cmp(&b.0.smallest));
    let mut groups: Vec<Group> = Vec::new();
    let mut open: Option<(Bytes, Group)> = None;
    let (mut zero, mut below) = (zero.into_iter().peekable(), 0);
    loop {
        let zero_first = match (zero.peek(), base.get(below)) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((table, _, _)), Some(other)) => table.smallest <= other.smallest,
        };
        let meta: &TableMeta = match zero.peek() {
            Some((table, _, _)) if zero_first => table,
            _ => &base[below],
        };
        if open.as_ref().is_some_and(|(end, _)| *end <= meta.smallest) {
            groups.extend(open.take().map(|(_, group)| group));
        }
        let (end, group) = open.get_or_insert_with(|| {
            let group = Group {
                base: below..below,
                ..Group::default()
            };
            (meta.end.clone(), group)
        });
        if meta.end > *end {
            *end = meta.end.clone();
        }
        if zero_first {
            if let Some((table, run, at)) = zero.next() {
                group.zero.push((run, at));
                group.zero_bytes = group.zero_bytes.saturating_add(table.bytes);
            }
        } else {
            group.base_bytes = group.base_bytes.saturating_add(meta.bytes);
            below += 1;
            group.base.end = below;
        }
    }
    groups.extend(open.map(|(_, group)| group));
    groups.retain(|group| !group.zero.is_empty());
    for group in &mut groups {
        group.zero.sort_unstable();
    }
    Some(groups)
}

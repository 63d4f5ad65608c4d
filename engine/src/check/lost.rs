//! No acknowledged write is lost.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Asked, History, Operation, Outcome};
use super::{Disks, Verdict};
use crate::Code;
use crate::causal::{Cell, Dot, Resolve};
use crate::node::Answer;

/// Whether every put acknowledged at a majority of its `replication` copies is still there, or was
/// superseded by a writer who had seen it (with last-write-wins: by a later stamp).
///
/// # Errors
/// The first write that is gone, and why nothing excuses it.
pub fn no_lost_writes(
    history: &History,
    disks: &Disks,
    replication: usize,
    resolve: &dyn Resolve,
) -> Verdict {
    let mut merged: BTreeMap<&Bytes, Cell> = BTreeMap::new();
    for (key, cell) in disks.values().flatten() {
        merged.entry(key).or_default().merge(cell, resolve);
    }
    let mut by_key: BTreeMap<&Bytes, Vec<&Operation>> = BTreeMap::new();
    for operation in history.operations() {
        by_key.entry(&operation.key).or_default().push(operation);
    }
    let empty = Cell::default();
    for (key, operations) in by_key {
        let cell = merged.get(key).unwrap_or(&empty);
        for put in operations
            .iter()
            .filter(|operation| operation.quorum * 2 > replication)
        {
            check_put(put, &operations, cell, resolve)?;
        }
    }
    Ok(())
}

fn check_put(
    put: &Operation,
    others: &[&Operation],
    cell: &Cell,
    resolve: &dyn Resolve,
) -> Verdict {
    let (Asked::Put { value, .. }, Outcome::Done(answer @ Answer { dot: Some(dot), .. })) =
        (&put.asked, &put.outcome)
    else {
        return Ok(());
    };
    let what = || {
        format!(
            "put {}={} via {} at {}, acknowledged by {} replicas as {dot},",
            String::from_utf8_lossy(&put.key),
            String::from_utf8_lossy(value),
            put.via,
            put.called,
            put.quorum
        )
    };
    if !cell.seen().covers(*dot) {
        return Err(format!("{} is on no replica", what()));
    }
    if let Some(version) = cell.live().get(dot) {
        let kept = version.value.as_ref() == Some(value);
        return if kept {
            Ok(())
        } else {
            Err(format!("{} now has another value", what()))
        };
    }
    let superseded = if resolve.keeps_siblings() {
        others.iter().any(|other| supersedes(other, *dot))
    } else {
        cell.stamp() >= answer.context.stamp
    };
    if superseded {
        return Ok(());
    }
    Err(format!(
        "{} has vanished, and no later writer had seen it",
        what()
    ))
}

/// Whether `write` may have removed the version of `dot` rightly.
fn supersedes(write: &Operation, dot: Dot) -> bool {
    let context = match &write.asked {
        Asked::Put { context, .. }
        | Asked::Delete {
            context: Some(context),
        } => context,
        Asked::Delete { context: None } => {
            return match &write.outcome {
                // Its answer covers what it read and removed; with none, it may have removed anything.
                Outcome::Done(answer) => answer.context.seen.covers(dot) && answer.dot != Some(dot),
                Outcome::Open | Outcome::Failed(Code::Ambiguous) => true,
                Outcome::Failed(_) => false,
            };
        }
        Asked::Get => return false,
    };
    context.seen.covers(dot)
}

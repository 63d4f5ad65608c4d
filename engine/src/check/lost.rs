//! No acknowledged write is lost.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Asked, History, Operation, Outcome};
use super::{Disks, Verdict};
use crate::Code;
use crate::base::time::Mono;
use crate::causal::{Cell, Dot, Resolve};
use crate::node::Answer;

/// Whether every write acknowledged at a majority of its `replication` copies is still there, or was
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
        for write in operations
            .iter()
            .filter(|operation| operation.quorum * 2 > replication)
        {
            check_write(write, &operations, cell, resolve)?;
        }
    }
    Ok(())
}

fn check_write(
    write: &Operation,
    others: &[&Operation],
    cell: &Cell,
    resolve: &dyn Resolve,
) -> Verdict {
    let value = match &write.asked {
        Asked::Put { value, .. } => Some(value),
        Asked::Delete { .. } => None,
        Asked::Get => return Ok(()),
    };
    let Outcome::Done(answer @ Answer { dot, .. }) = &write.outcome else {
        return Ok(());
    };
    let what = || {
        let asked = match value {
            Some(value) => format!("put {}={}", shown(&write.key), shown(value)),
            None => format!("delete {}", shown(&write.key)),
        };
        let dot = dot.map_or_else(|| "no write".to_owned(), |dot| dot.to_string());
        format!(
            "{asked} via {} at {}, acknowledged by {} replicas as {dot},",
            write.via, write.called, write.quorum
        )
    };
    let Some(dot) = dot else {
        return Err(what());
    };
    if !cell.seen().covers(*dot) {
        return Err(format!("{} is on no replica", what()));
    }
    if let Some(version) = cell.live().get(dot) {
        let kept = version.value.as_ref() == value;
        return if kept {
            Ok(())
        } else {
            Err(format!("{} now has another value", what()))
        };
    }
    let superseded = if resolve.keeps_siblings() {
        others
            .iter()
            .any(|other| supersedes(other, *dot, write.called))
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

/// Bytes as a verdict shows them.
fn shown(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Whether `write` may have removed the version of `dot`, which was asked for at `called`, rightly.
fn supersedes(write: &Operation, dot: Dot, called: Mono) -> bool {
    let context = match &write.asked {
        Asked::Put { context, .. }
        | Asked::Delete {
            context: Some(context),
        } => context,
        Asked::Delete { context: None } => {
            return match &write.outcome {
                // Its answer covers what it read and removed; with none, it may have removed anything that
                // it could read while its client waited.
                Outcome::Done(answer) => answer.context.seen.covers(dot) && answer.dot != Some(dot),
                Outcome::Open | Outcome::Failed(Code::Ambiguous) => {
                    write.ended.is_none_or(|ended| called <= ended)
                }
                Outcome::Failed(_) => false,
            };
        }
        Asked::Get => return false,
    };
    context.seen.covers(dot)
}

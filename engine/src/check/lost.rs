//! No acknowledged write is lost.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Asked, Effect, History, Operation};
use super::survivors::{Survivors, Tombstones};
use super::words::told;
use super::{Disks, Verdict, Violation, places_by_key};
use crate::base::time::Mono;
use crate::causal::{Cell, Dot, Resolve, Version};

const RULE: &str = "no lost writes";

/// Whether every acknowledged write that [`Survivors::promised`] names is still there, or was superseded by a
/// writer who had seen it (with last-write-wins: by a later stamp). `disks` are those after everything has
/// healed and every hint was delivered.
///
/// # Errors
/// The first write that is gone, and why nothing excuses it.
pub fn no_lost_writes(
    history: &History,
    disks: &Disks,
    replication: usize,
    resolve: &dyn Resolve,
    survivors: &Survivors,
) -> Verdict {
    let mut merged: BTreeMap<&Bytes, Cell> = BTreeMap::new();
    for (key, cell) in disks.values().flatten() {
        merged.entry(key).or_default().merge(cell, resolve);
    }
    let empty = Cell::default();
    for (key, places) in places_by_key(history) {
        let check = Check {
            history,
            places: &places,
            cell: merged.get(key).unwrap_or(&empty),
            resolve,
            survivors,
        };
        for &place in &places {
            if survivors.promised(&history.operations()[place], replication) {
                check.write(place)?;
            }
        }
    }
    Ok(())
}

/// One key's operations, and all that is left of it.
struct Check<'a> {
    history: &'a History,
    places: &'a [usize],
    cell: &'a Cell,
    resolve: &'a dyn Resolve,
    survivors: &'a Survivors,
}

impl Check<'_> {
    fn write(&self, place: usize) -> Verdict {
        let write = &self.history.operations()[place];
        let value = match &write.asked {
            Asked::Put { value, .. } => Some(value),
            Asked::Delete { .. } => None,
            // A change of a data type may be folded into others; its own merge says what is left of it.
            Asked::Get | Asked::Update(_) | Asked::Cas { .. } => return Ok(()),
        };
        let Some(answer) = write.answer() else {
            return Ok(());
        };
        let Some(dot) = answer.dot else {
            return self.gone(place, "was given no dot");
        };
        if !self.cell.seen().covers(dot) {
            return match self.purged(write, dot) {
                true => Ok(()),
                false => self.gone(place, "is on no replica"),
            };
        }
        if let Some(version) = self.cell.live().get(dot) {
            return match version.value.as_ref() == value || version.is_dropped() {
                true => Ok(()),
                false => self.gone(place, "now has another value"),
            };
        }
        // A retry that two coordinators carried out is one write: the copy that stays is of the other dot.
        let twin = |version: &Version| value.is_some() && version.value.as_ref() == value;
        if write.token.is_some() && self.cell.live().versions().any(twin) {
            return Ok(());
        }
        let superseded = if self.resolve.keeps_siblings() {
            self.places.iter().any(|other| {
                let other = &self.history.operations()[*other];
                supersedes(other, dot, self.first_called(write))
            })
        } else {
            self.cell.stamp() >= answer.context.stamp
        };
        match superseded {
            true => Ok(()),
            false => self.gone(place, "has vanished, and no later writer had seen it"),
        }
    }

    /// When a write was asked for first: a retry under the same token is the same write, and may find it applied
    /// and removed already.
    fn first_called(&self, write: &Operation) -> Mono {
        let attempts = self
            .places
            .iter()
            .map(|place| &self.history.operations()[*place]);
        let attempts = attempts.filter(|other| write.token.is_some() && other.token == write.token);
        attempts
            .map(|attempt| attempt.called)
            .min()
            .unwrap_or(write.called)
    }

    /// Whether the cell may have been purged with all that is known of this write: it is a delete's own, or what
    /// expires wrote, or such a one has superseded it. Here, at the end, nobody is merely behind.
    fn purged(&self, write: &Operation, dot: Dot) -> bool {
        if self.survivors.tombstones == Tombstones::Kept {
            return false;
        }
        // Under one token there is one write, whichever of its dots a delete has seen.
        let same = |other: &&Operation| write.token.is_some() && other.token == write.token;
        let tries = self
            .places
            .iter()
            .map(|place| &self.history.operations()[*place]);
        let copies: Vec<Dot> = tries
            .filter(same)
            .filter_map(Operation::dot)
            .chain([dot])
            .collect();
        let removes = |place: &usize| {
            let other = &self.history.operations()[*place];
            let ends = matches!(other.asked, Asked::Delete { .. }) || other.expires;
            if !ends || other.effect() == Effect::Never {
                return false;
            }
            // What a purged delete had removed is gone with it.
            let undone = other
                .supersedes()
                .is_some_and(|seen| self.cell.live().dots().any(|live| seen.covers(live)));
            if undone {
                return false;
            }
            let later = || match (other.answer(), write.answer()) {
                (Some(other), Some(write)) => other.context.stamp >= write.context.stamp,
                _ => true,
            };
            other.dot() == Some(dot)
                || other
                    .supersedes()
                    .is_none_or(|seen| copies.iter().any(|copy| seen.covers(*copy)))
                || !self.resolve.keeps_siblings() && later()
        };
        self.places.iter().any(removes)
    }

    fn gone(&self, place: usize, how: &str) -> Verdict {
        let write = &self.history.operations()[place];
        let dot = write
            .dot()
            .map_or_else(|| "no write".to_owned(), |dot| dot.to_string());
        let words = format!(
            "{}, acknowledged by {} replicas as {dot}, {how}",
            told(self.history, place),
            write.quorum
        );
        Err(Violation::new(RULE, words).shown_by(self.history, [place]))
    }
}

/// Whether `write` may have removed the version of `dot`, which was asked for at `called`, rightly.
fn supersedes(write: &Operation, dot: Dot, called: Mono) -> bool {
    let context = match &write.asked {
        Asked::Put { context, .. }
        | Asked::Delete {
            context: Some(context),
        } => context,
        Asked::Delete { context: None } => {
            return match (write.effect(), write.answer()) {
                // Its answer covers what it read and removed; with none, it may have removed anything that
                // it could read while its client waited.
                (Effect::Certain, Some(answer)) => {
                    answer.context.seen.covers(dot) && answer.dot != Some(dot)
                }
                (Effect::Never, _) => false,
                _ => write.ended.is_none_or(|ended| called <= ended),
            };
        }
        Asked::Get | Asked::Update(_) | Asked::Cas { .. } => return false,
    };
    context.seen.covers(dot)
}

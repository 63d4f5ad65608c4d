//! A deleted value never returns.
//!
//! A delete leaves a tombstone; a store that purges it too early gets the value back from a replica that had
//! missed the delete. What is checked holds with and without the tombstone: a key that is absent altogether
//! is as good as deleted, a value that is live is not.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::causal::{still_live, strict_read, written_as};
use super::history::{Asked, Effect, History};
use super::survivors::Survivors;
use super::words::{end_told, shown, told};
use super::{Disks, Verdict, Violation, places_by_key};
use crate::causal::VersionVector;

const RULE: &str = "a deleted value never returns";

/// Whether no value that an acknowledged delete covers, by its context or by what it read, is live on any of
/// `disks` after everything has healed, nor returned by a get of R owners asked after the acknowledgement,
/// where R + W exceeds `replication`. As in [`overwritten_stays_gone`](super::overwritten_stays_gone), W
/// counts less by each disk lost since, and deletes that promise nothing are passed over.
///
/// A get is judged by its values: one whose value was also put by somebody whom no such delete covers is not
/// blamed.
///
/// # Errors
/// The first value that is back.
pub fn deleted_stays_gone(
    history: &History,
    disks: &Disks,
    replication: usize,
    survivors: &Survivors,
) -> Verdict {
    for (key, places) in places_by_key(history) {
        for &place in &places {
            let delete = &history.operations()[place];
            let (Asked::Delete { .. }, Some(dot), Some(covered)) =
                (&delete.asked, delete.dot(), delete.supersedes())
            else {
                continue;
            };
            if survivors.promised(delete, replication)
                && let Some((node, old, version)) = still_live(disks, key, covered, dot)
                && let Some(value) = &version.value
            {
                let words = format!(
                    "{}, {}, removed {}, written as {old}; it is back on {node}",
                    told(history, place),
                    end_told(delete),
                    shown(value)
                );
                let put = written_as(history, &places, old);
                let shown_by = put.into_iter().chain([place]);
                return Err(Violation::new(RULE, words).shown_by(history, shown_by));
            }
        }
        let removals = Removals::of(history, &places, survivors);
        for &place in &places {
            removals.read(place, replication)?;
        }
    }
    Ok(())
}

/// For each number of copies the first delete that was acknowledged by so many owners.
type FirstDeletes = BTreeMap<usize, usize>;

/// When which put of one key was removed.
struct Removals<'a> {
    history: &'a History,
    /// By value: every put of it that may have happened, with the deletes that cover it.
    puts: BTreeMap<&'a Bytes, Vec<(usize, FirstDeletes)>>,
}

impl<'a> Removals<'a> {
    fn of(history: &'a History, places: &[usize], survivors: &Survivors) -> Self {
        let operations = history.operations();
        let deletes: Vec<(usize, usize, &VersionVector)> = places
            .iter()
            .filter(|place| matches!(operations[**place].asked, Asked::Delete { .. }))
            .filter_map(|place| {
                let delete = &operations[*place];
                delete.dot()?;
                Some((*place, survivors.met_by(delete), delete.supersedes()?))
            })
            .filter(|(_, copies, _)| *copies > 0)
            .collect();
        let mut puts: BTreeMap<&Bytes, Vec<_>> = BTreeMap::new();
        for &place in places {
            let put = &operations[place];
            let Asked::Put { value, .. } = &put.asked else {
                continue;
            };
            if put.effect() == Effect::Never {
                continue;
            }
            let mut removed = FirstDeletes::new();
            for (delete, copies, covered) in &deletes {
                if put.dot().is_some_and(|dot| covered.covers(dot)) {
                    let first = removed.entry(*copies).or_insert(*delete);
                    if history.ended(*delete) < history.ended(*first) {
                        *first = *delete;
                    }
                }
            }
            puts.entry(value).or_default().push((place, removed));
        }
        Self { history, puts }
    }

    /// Whether a get returned nothing but what was not deleted.
    fn read(&self, place: usize, replication: usize) -> Verdict {
        let read = &self.history.operations()[place];
        let Some(answer) = read.answer().filter(|_| strict_read(read)) else {
            return Ok(());
        };
        let removed_before = |removed: &FirstDeletes| {
            let meeting = removed
                .iter()
                .filter(|(copies, _)| copies.saturating_add(read.quorum) > replication);
            let mut deletes = meeting.map(|(_, delete)| *delete);
            deletes.find(|delete| self.history.precedes(*delete, place))
        };
        for value in &answer.values {
            let puts = self.puts.get(value).map_or(&[][..], Vec::as_slice);
            if puts
                .iter()
                .any(|(_, removed)| removed_before(removed).is_none())
            {
                continue;
            }
            let shown = puts.iter().find(|(put, _)| {
                let dot = self.history.operations()[*put].dot();
                dot.is_some_and(|dot| answer.context.seen.covers(dot))
            });
            if let Some((put, removed)) = shown
                && let Some(delete) = removed_before(removed)
            {
                return Err(returned(self.history, place, delete, *put, value));
            }
        }
        Ok(())
    }
}

fn returned(history: &History, read: usize, delete: usize, put: usize, value: &Bytes) -> Violation {
    let operations = history.operations();
    let words = format!(
        "{} asked {} owners and returned {}, which {}, {}, had removed",
        told(history, read),
        operations[read].quorum,
        shown(value),
        told(history, delete),
        end_told(&operations[delete]),
    );
    Violation::new(RULE, words).shown_by(history, [put, delete, read])
}

//! An overwritten value never returns.
//!
//! A writer that hands in the context of version d says: mine comes after d (causal order, Lloyd et al. 2011,
//! "Don't Settle for Eventual", section 3). From its acknowledgement on, d is the past. That time never goes
//! backwards from one replica's answer to another's is not promised, and not checked.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Edge, History, Operation, Promise};
use super::purge::excused;
use super::survivors::Survivors;
use super::words::{end_told, shown_key, shown_value, shown_values, told};
use super::{Disks, Verdict, Violation, covers_all, places_by_key};
use crate::NodeId;
use crate::causal::{Dot, Version, VersionVector};

const RULE: &str = "an overwritten value never returns";

/// Whether what was overwritten stays so: no disk of `disks`, which are healed and converged, holds a version
/// that an acknowledged write had superseded; and no get of R owners misses a write that W owners had
/// acknowledged before it was asked, where R + W exceeds `replication`. A lost disk takes one copy: W counts
/// less by it then. Writes that promise nothing ([`Survivors::promised`]) are passed over.
///
/// # Errors
/// The first that is broken: the disks by key, then the gets in the order of asking.
pub fn overwritten_stays_gone(
    history: &History,
    disks: &Disks,
    replication: usize,
    survivors: &Survivors,
) -> Verdict {
    let by_key = places_by_key(history);
    for (key, places) in &by_key {
        for &place in places {
            let write = &history.operations()[place];
            if let (Some(dot), Some(superseded)) = (write.dot(), write.supersedes())
                && survivors.promised(write, replication)
                && let Some((node, old, version)) = still_live(disks, key, superseded, dot)
            {
                return Err(live_again(history, places, place, node, old, version));
            }
        }
    }
    strict_reads_see(history, &by_key, replication, survivors)
}

/// The first live version of a key that `superseded` covers, except `own`.
pub(super) fn still_live<'a>(
    disks: &'a Disks,
    key: &Bytes,
    superseded: &VersionVector,
    own: Dot,
) -> Option<(NodeId, Dot, &'a Version)> {
    disks.iter().find_map(|(node, cells)| {
        let live = cells.get(key)?.live().iter();
        let mut old = live.filter(|(dot, _)| *dot != own && superseded.covers(*dot));
        old.next().map(|(dot, version)| (*node, dot, version))
    })
}

fn live_again(
    history: &History,
    places: &[usize],
    place: usize,
    node: NodeId,
    old: Dot,
    version: &Version,
) -> Violation {
    let write = &history.operations()[place];
    let words = format!(
        "{}, {}, overwrote {} of {}, written as {old}; it is live again on {node}",
        told(history, place),
        end_told(write),
        shown_value(version.value.as_ref()),
        shown_key(&write.key),
    );
    let written = written_as(history, places, old);
    Violation::new(RULE, words).shown_by(history, written.into_iter().chain([place]))
}

/// The operation that was given a dot.
pub(super) fn written_as(history: &History, places: &[usize], dot: Dot) -> Option<usize> {
    let mut found = places.iter().copied();
    found.find(|place| history.operations()[*place].dot() == Some(dot))
}

/// What the acknowledged writes of one key oblige a read to see, by how many owners hold them.
#[derive(Default)]
struct Acknowledged {
    dots: BTreeMap<usize, VersionVector>,
    places: Vec<usize>,
}

fn strict_reads_see(
    history: &History,
    by_key: &BTreeMap<&Bytes, Vec<usize>>,
    replication: usize,
    survivors: &Survivors,
) -> Verdict {
    let mut acknowledged: BTreeMap<&Bytes, Acknowledged> = BTreeMap::new();
    for event in history.events() {
        let operation = &history.operations()[event.place];
        let Some(answer) = operation.answer() else {
            continue;
        };
        let known = acknowledged.entry(&operation.key).or_default();
        match (event.edge, operation.dot()) {
            (Edge::Return, Some(dot)) if survivors.met_by(operation) > 0 => {
                let copies = survivors.met_by(operation);
                known.dots.entry(copies).or_default().see(dot);
                known.places.push(event.place);
            }
            (Edge::Call, _) if strict_read(operation) => {
                let meets = |copies: &usize| copies.saturating_add(operation.quorum) > replication;
                let needed = known.dots.iter().filter(|(copies, _)| meets(copies));
                let places = by_key.get(&operation.key).map_or(&[][..], Vec::as_slice);
                for (_, needed) in needed {
                    let seen = &answer.context.seen;
                    let end = history.ended(event.place);
                    if !covers_all(seen, needed)
                        && !excused(history, places, survivors, seen, needed, end)
                    {
                        return Err(missed(history, known, event.place, seen, meets, survivors));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn strict_read(operation: &Operation) -> bool {
    !operation.writes() && operation.promise == Promise::Strict
}

fn missed(
    history: &History,
    known: &Acknowledged,
    read: usize,
    seen: &VersionVector,
    meets: impl Fn(&usize) -> bool,
    survivors: &Survivors,
) -> Violation {
    let operations = history.operations();
    let unseen = |place: &&usize| {
        let write = &operations[**place];
        meets(&survivors.met_by(write)) && write.dot().is_some_and(|dot| !seen.covers(dot))
    };
    // The latest is what the reader would miss most.
    let write = known.places.iter().rev().find(unseen).copied();
    let values = operations[read]
        .answer()
        .map_or_else(String::new, |answer| shown_values(&answer.values));
    let after = write.map_or_else(String::new, |write| {
        format!(
            " {}, {} by {} of its owners",
            told(history, write),
            end_told(&operations[write]),
            operations[write].quorum
        )
    });
    let words = format!(
        "{} asked {} owners and returned {values}: it has not seen{after}, though the two sets of owners meet",
        told(history, read),
        operations[read].quorum,
    );
    Violation::new(RULE, words).shown_by(history, write.into_iter().chain([read]))
}

//! What a purged tombstone excuses.
//!
//! A store that purges the tombstone of a key forgets the whole cell, the dots of earlier writes included.
//! Who reads the key then, or writes it anew, shows a `seen` that lacks dots which a session once saw. That is
//! right when a delete covers each of them and nothing that the delete covers shows any more; a replica that
//! is merely behind shows some of it, or lacks more.

use std::collections::BTreeSet;

use super::covers_all;
use super::history::{Asked, Effect, History, Moment, Operation};
use super::survivors::{Concurrent, Survivors, Tombstones};
use crate::causal::{Dot, VersionVector};

/// Whether somebody who shows `seen` of a key at `moment` may lack parts of `needed` because they were
/// deleted and purged. `places` are the key's operations.
pub(super) fn excused(
    history: &History,
    places: &[usize],
    survivors: &Survivors,
    seen: &VersionVector,
    needed: &VersionVector,
    moment: Option<Moment>,
) -> bool {
    if survivors.tombstones == Tombstones::Kept {
        return false;
    }
    let mut covered = seen.clone();
    let untold = of_no_known_write(history, places, needed);
    for &place in places {
        let operation = &history.operations()[place];
        let asked_later = moment.is_some_and(|moment| moment < history.called(place));
        let delete = matches!(operation.asked, Asked::Delete { .. }) || operation.expires;
        if !delete || asked_later || operation.effect() == Effect::Never {
            continue;
        }
        let (context, latest) = (
            operation.supersedes(),
            survivors.concurrent == Concurrent::LatestWins,
        );
        // Nobody knows its stamp: it took along whatever has an earlier one, asked for before or after.
        if latest && operation.answer().is_none() && (context.is_none() || seen.is_empty()) {
            return true;
        }
        let mut removed = context.cloned().unwrap_or_default();
        match operation.dot() {
            Some(dot) => removed.see(dot),
            // Where something shows, the tombstone that was there shows too, under whichever dot. What expired may be
            // purged before a later write comes.
            None if seen.is_empty() || shows_later_only(history, places, seen, place) => {
                removed.join(&untold);
            }
            None => {}
        }
        if latest && operation.answer().is_some() {
            see_earlier(history, places, operation, &mut removed);
        } else if latest || context.is_none() {
            // Nobody knows what it removed: what was there before its end.
            removed.join(&before_the_end_of(history, places, place));
        }
        close_under_contexts(history, places, &mut removed);
        if !shows_any(history, places, seen, |dot| removed.covers(dot)) {
            covered.join(&removed);
        }
    }
    covers_all(&covered, needed)
}

/// Whether a write expires, and all known writes that `seen` shows were asked for after it had ended.
fn shows_later_only(
    history: &History,
    places: &[usize],
    seen: &VersionVector,
    operation: usize,
) -> bool {
    let end = history.ended(operation);
    let shown = places.iter().filter(|place| {
        let dot = history.operations()[**place].dot();
        dot.is_some_and(|dot| seen.covers(dot))
    });
    let mut shown = shown.into_iter();
    history.operations()[operation].expires
        && shown.all(|place| end.is_some_and(|end| end < history.called(*place)))
}

/// What of `needed` no write that was told its dot has written: it may be the dot of one that was told nothing.
fn of_no_known_write(history: &History, places: &[usize], needed: &VersionVector) -> VersionVector {
    let known: BTreeSet<Dot> = places
        .iter()
        .filter_map(|place| history.operations()[*place].dot())
        .collect();
    let dots = needed
        .counters()
        .flat_map(|(actor, last)| (1..=last).map(move |counter| Dot { actor, counter }))
        .chain(needed.beyond());
    let mut untold = VersionVector::default();
    for dot in dots.filter(|dot| !known.contains(dot)) {
        untold.see(dot);
    }
    untold
}

/// Every write that was asked for before an operation had ended.
fn before_the_end_of(history: &History, places: &[usize], operation: usize) -> VersionVector {
    let mut before = VersionVector::default();
    for &place in places {
        if let Some(dot) = history.operations()[place].dot()
            && history
                .ended(operation)
                .is_none_or(|end| history.called(place) < end)
        {
            before.see(dot);
        }
    }
    before
}

/// Adds the writes that have no later stamp than `delete`: where the latest wins, it took them along.
fn see_earlier(
    history: &History,
    places: &[usize],
    delete: &Operation,
    removed: &mut VersionVector,
) {
    let stamp = |operation: &Operation| operation.answer().map(|answer| answer.context.stamp);
    for place in places {
        let other = &history.operations()[*place];
        if let Some(dot) = other.dot()
            && stamp(other) <= stamp(delete)
        {
            removed.see(dot);
        }
    }
}

/// Adds what the writes in `removed` had superseded themselves.
fn close_under_contexts(history: &History, places: &[usize], removed: &mut VersionVector) {
    loop {
        let before = removed.clone();
        for &place in places {
            let write = &history.operations()[place];
            // Under one token there is one write: whoever removes one of its dots removes it.
            let twin = |other: &&usize| {
                let other = &history.operations()[**other];
                write.token.is_some()
                    && other.token == write.token
                    && other.dot().is_some_and(|dot| removed.covers(dot))
            };
            if let (Some(dot), Some(_)) = (write.dot(), places.iter().find(twin)) {
                removed.see(dot);
            }
            if let (Some(dot), Some(context)) = (write.dot(), write.supersedes())
                && removed.covers(dot)
            {
                removed.join(context);
            }
        }
        if *removed == before {
            return;
        }
    }
}

/// Whether `seen` covers the dot of a known write that `which` names.
fn shows_any(
    history: &History,
    places: &[usize],
    seen: &VersionVector,
    which: impl Fn(Dot) -> bool,
) -> bool {
    // What was put over the deleted key later, in the context of an earlier read, shows that read's dots.
    let mut by_context = VersionVector::default();
    for place in places {
        let operation = &history.operations()[*place];
        let Some(context) = operation.supersedes() else {
            continue;
        };
        let shows = match operation.dot() {
            Some(dot) => seen.covers(dot) && !which(dot),
            // Under which dot it may be there, nobody was told.
            None => operation.effect() == Effect::Unknown,
        };
        if shows {
            by_context.join(context);
        }
    }
    let dots = places
        .iter()
        .filter_map(|place| history.operations()[*place].dot());
    dots.into_iter()
        .any(|dot| which(dot) && seen.covers(dot) && !by_context.covers(dot))
}

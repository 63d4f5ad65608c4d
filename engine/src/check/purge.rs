//! What a purged tombstone excuses.
//!
//! A store that purges the tombstone of a key forgets the whole cell, the dots of earlier writes included.
//! Who reads the key then, or writes it anew, shows a `seen` that lacks dots which a session once saw. That is
//! right when a delete covers each of them and nothing that the delete covers shows any more; a replica that
//! is merely behind shows some of it, or lacks more.

use super::covers_all;
use super::history::{Asked, Effect, History, Moment, Operation};
use super::survivors::{Concurrent, Survivors, Tombstones};
use crate::causal::VersionVector;

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
    for &place in places {
        let operation = &history.operations()[place];
        let asked_later = moment.is_some_and(|moment| moment < history.called(place));
        let delete = matches!(operation.asked, Asked::Delete { .. }) || operation.expires;
        if !delete || asked_later || operation.effect() == Effect::Never {
            continue;
        }
        // Under which dot it is there, if at all, nobody was told.
        if operation.dot().is_none() && seen.is_empty() {
            return true;
        }
        match operation.supersedes() {
            Some(removed) => {
                let mut removed = removed.clone();
                if let Some(dot) = operation.dot() {
                    removed.see(dot);
                }
                match (survivors.concurrent, operation.answer()) {
                    (Concurrent::Kept, _) => {}
                    (Concurrent::LatestWins, Some(_)) => {
                        see_earlier(history, places, operation, &mut removed);
                    }
                    (Concurrent::LatestWins, None) => {
                        removed.join(&before_the_end_of(history, places, place));
                    }
                }
                close_under_contexts(history, places, &mut removed);
                if !shows_any(history, places, seen, |dot| removed.covers(dot)) {
                    covered.join(&removed);
                }
            }
            None if survivors.concurrent == Concurrent::LatestWins => return true,
            // Nobody knows what a delete without context or answer removed: what was there before its end.
            None => {
                let mut removed = before_the_end_of(history, places, place);
                close_under_contexts(history, places, &mut removed);
                if !shows_any(history, places, seen, |dot| removed.covers(dot)) {
                    covered.join(&removed);
                }
            }
        }
    }
    covers_all(&covered, needed)
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
    which: impl Fn(crate::causal::Dot) -> bool,
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

//! A purged tombstone excuses what it may, and no more.

use super::*;
use crate::causal::KeepSiblings;

fn survivors(tombstones: Tombstones) -> Survivors {
    Survivors {
        tombstones,
        ..Survivors::default()
    }
}

/// milk put, read and deleted, in one session.
fn before() -> Vec<Operation> {
    let gone = answered(delete(20, 25), Some(dot(2)), &[dot(1), dot(2)]);
    vec![
        answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)]),
        answered(get(&["milk"], 10, 15), None, &[dot(1)]),
        gone,
    ]
}

/// The same, then what follows; whether each of the three checks that look at `seen` passes.
fn verdicts(more: Vec<Operation>, disks: &Disks, tombstones: Tombstones) -> [bool; 3] {
    let operations = before().into_iter().chain(more).map(|one| Operation {
        session: Some(1),
        ..one
    });
    let (history, survivors) = (history(operations), survivors(tombstones));
    [
        sessions(&history, &KeepSiblings, &survivors).is_ok(),
        overwritten_stays_gone(&history, disks, 3, &survivors).is_ok(),
        no_lost_writes(&history, disks, 3, &KeepSiblings, &survivors).is_ok(),
    ]
}

#[test]
fn a_purged_key_may_be_unknown() {
    let read = || vec![answered(get(&[], 30, 35), None, &[])];
    let purged = verdicts(read(), &Disks::new(), Tombstones::Purged);
    assert_eq!(purged, [true, true, true]);
    let kept = verdicts(read(), &Disks::new(), Tombstones::Kept);
    assert_eq!(kept, [false, false, false]);
}

#[test]
fn a_replica_that_is_behind_is_not_purged() {
    let stale = answered(get(&["milk"], 30, 35), None, &[dot(1)]);
    let [session, causal, _] = verdicts(vec![stale], &Disks::new(), Tombstones::Purged);
    assert_eq!([session, causal], [false, false]);
}

#[test]
fn what_was_written_after_the_delete_is_not_excused() {
    let other = Dot {
        actor: Actor {
            incarnation: 2,
            ..dot(1).actor
        },
        counter: 1,
    };
    let eggs = Operation {
        session: Some(1),
        ..answered(put("eggs", 30, 35), Some(other), &[dot(1), dot(2), other])
    };
    let fresh = answered(get(&["eggs"], 40, 45), None, &[other]);
    let stale = answered(get(&[], 40, 45), None, &[]);
    let [session, causal, lost] =
        verdicts(vec![eggs.clone(), fresh], &Disks::new(), Tombstones::Purged);
    assert_eq!(
        [session, causal, lost],
        [true, true, false],
        "eggs are nowhere"
    );
    let [session, causal, _] = verdicts(vec![eggs, stale], &Disks::new(), Tombstones::Purged);
    assert_eq!([session, causal], [false, false]);
}

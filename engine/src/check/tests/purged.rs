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
fn a_write_of_unknown_end_over_a_purged_key_may_show_what_its_client_had_read() {
    // Two deletes, of which the second had seen the first; both were purged. Then a client that knows of milk, and
    // of the first delete, puts eggs and is told nothing; a reader is shown the eggs.
    let (fresh, seen) = (other_life(1), context(&[dot(1), dot(2)]));
    let again = answered(delete(26, 28), Some(dot(3)), &[dot(1), dot(2), dot(3)]);
    let eggs = failed(
        operation(asked_put("eggs", seen), 30, 35, Outcome::Open),
        Code::Ambiguous,
    );
    let read = Operation {
        session: None,
        ..answered(get(&["eggs"], 40, 45), None, &[dot(1), dot(2), fresh])
    };
    let causal = |more: Vec<Operation>| {
        let history = history(before().into_iter().chain(more));
        overwritten_stays_gone(&history, &Disks::new(), 3, &survivors(Tombstones::Purged)).is_ok()
    };
    assert!(causal(vec![again.clone(), eggs, read.clone()]));
    assert!(
        !causal(vec![again, read]),
        "with nobody who could have put it there, the reader is behind"
    );
}

#[test]
fn where_the_latest_wins_a_delete_of_unknown_end_may_take_along_what_it_had_not_seen() {
    let milk = answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)]);
    let blind = Asked::Delete {
        context: Some(Context::default()),
    };
    let gone = failed(operation(blind, 20, 25, Outcome::Open), Code::Ambiguous);
    let read = answered(get(&[], 40, 45), None, &[]);
    for (concurrent, excused) in [(Concurrent::LatestWins, true), (Concurrent::Kept, false)] {
        let survivors = Survivors {
            concurrent,
            ..survivors(Tombstones::Purged)
        };
        let told = |operations: Vec<Operation>| {
            overwritten_stays_gone(&history(operations), &Disks::new(), 3, &survivors).is_ok()
        };
        assert_eq!(
            told(vec![milk.clone(), gone.clone(), read.clone()]),
            excused
        );
        assert!(
            !told(vec![
                milk.clone(),
                failed(gone.clone(), Code::Conflict),
                read.clone()
            ]),
            "it never was"
        );
        assert!(!told(vec![milk.clone(), read.clone()]));
    }
}

#[test]
fn a_delete_of_unknown_end_may_have_removed_what_it_could_read_and_nothing_later() {
    let told = |eggs_ms: u64| {
        let milk = answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)]);
        let gone = Operation {
            ended: Some(Mono(25_000_000)),
            ..failed(delete(20, 25), Code::Ambiguous)
        };
        let eggs = answered(put("eggs", eggs_ms, eggs_ms + 1), Some(dot(2)), &[dot(2)]);
        // Of the next life, so that it does not cover what the first has written.
        let tea = answered(put("tea", 36, 38), Some(other_life(1)), &[other_life(1)]);
        let read = answered(get(&["tea"], 40, 45), None, &[other_life(1)]);
        let history = history([milk, gone, eggs, tea, read]);
        overwritten_stays_gone(&history, &Disks::new(), 3, &survivors(Tombstones::Purged)).is_ok()
    };
    assert!(told(22), "both may be gone with the tombstone");
    assert!(!told(30), "eggs were put after the delete had ended");
}

/// A dot of the node's next life.
fn other_life(counter: u64) -> Dot {
    Dot {
        actor: Actor::new(NodeId(1), 2),
        counter,
    }
}

#[test]
fn what_was_written_after_the_delete_is_not_excused() {
    let other = other_life(1);
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

#[test]
fn an_expired_write_that_was_told_nothing_may_be_missing_from_what_was_put_later_and_from_nothing_else()
 {
    let fresh = other_life(1);
    let milk = |expires| Operation {
        expires,
        ..failed(put("milk", 0, 5), Code::Ambiguous)
    };
    let session = |milk: Operation, eggs_asked: u64, tombstones| {
        let of_session = |operation| Operation {
            session: Some(1),
            ..operation
        };
        let history = history([
            milk,
            answered(put("eggs", eggs_asked, 35), Some(fresh), &[fresh]),
            of_session(answered(get(&[], 10, 15), None, &[dot(1)])),
            of_session(answered(get(&["eggs"], 40, 45), None, &[fresh])),
        ]);
        let survivors = Survivors {
            concurrent: Concurrent::LatestWins,
            ..survivors(tombstones)
        };
        sessions(&history, &KeepSiblings, &survivors).is_ok()
    };
    assert!(session(milk(true), 30, Tombstones::Purged));
    assert!(!session(milk(true), 30, Tombstones::Kept), "it is there");
    assert!(!session(milk(true), 3, Tombstones::Purged), "they met");
    assert!(!session(milk(false), 30, Tombstones::Purged), "it stays");
}

//! Applied once: values by their dots, counters by what was added to them.

use super::*;
use crate::causal::{KeepSiblings, Token};
use crate::crdt::{Change, Kind, Origin, State};

/// A dot of another node: the `counter`th write of n2.
fn other(counter: u64) -> Dot {
    Dot {
        actor: Actor::new(NodeId(2), 1),
        counter,
    }
}

/// A cell in which each value was written by an actor that had seen nothing, with a token or none.
fn written(writes: &[(Dot, Option<&'static str>, Option<u64>)]) -> Cell {
    let mut cell = Cell::default();
    for (dot, value, token) in writes {
        // Each is written where the others are not known, and then merged: so no token is known before.
        let mut alone = Cell::default();
        let (version, token) = (version(*value, 1), token.map(Token));
        let nothing = VersionVector::default();
        alone
            .write(dot.actor, &nothing, version, token, &KeepSiblings)
            .unwrap();
        cell.merge(&alone, &KeepSiblings);
    }
    cell
}

#[test]
fn a_value_under_two_dots_was_applied_twice() {
    let once = written(&[(dot(1), Some("milk"), None), (other(1), Some("eggs"), None)]);
    assert_eq!(
        applied_once(&disks(&[&once, &once, &Cell::default()])),
        Ok(())
    );
    let twice = written(&[(dot(1), Some("milk"), None), (other(1), Some("milk"), None)]);
    let violation = applied_once(&disks(&[&once, &twice])).unwrap_err();
    assert_eq!(violation.rule, "a write is applied once");
    assert_eq!(
        violation.words,
        "key cart has milk twice on n2, as (n1.1, 1) and as (n2.1, 1)"
    );
}

#[test]
fn the_second_copy_of_a_retry_and_two_deletes_are_nothing_twice() {
    let retried = written(&[
        (dot(1), Some("milk"), Some(7)),
        (other(1), Some("milk"), Some(7)),
    ]);
    assert_eq!(retried.live().len(), 2);
    assert_eq!(applied_once(&disks(&[&retried])), Ok(()));
    let others = written(&[
        (dot(1), Some("milk"), Some(7)),
        (other(1), Some("milk"), Some(8)),
    ]);
    assert!(
        applied_once(&disks(&[&others])).is_err(),
        "two tokens are two writes"
    );
    let deleted = written(&[(dot(1), None, None), (other(1), None, None)]);
    assert_eq!(applied_once(&disks(&[&deleted])), Ok(()));
}

fn add(by: i64) -> Operation {
    operation(
        Asked::Update(Change::Add(by)),
        0,
        5,
        Outcome::Done(Answer::default()),
    )
}

fn tokened(token: u64, operation: Operation) -> Operation {
    Operation {
        token: Some(token),
        ..operation
    }
}

fn unsure(operation: Operation) -> Operation {
    failed(operation, Code::Ambiguous)
}

/// One disk with a counter at this value; an empty one for none.
fn counter_at(kind: Kind, value: Option<i64>) -> Disks {
    let Some(value) = value else {
        return disks(&[&Cell::default()]);
    };
    let origin = Origin {
        dot: dot(1),
        stamp: Stamp::default(),
        token: None,
    };
    let mut state = State::empty(kind);
    state.apply(&Change::Add(value), &origin).unwrap();
    let version = Version::new(state.encode().into(), Stamp::default());
    let mut cell = Cell::default();
    cell.write(
        dot(1).actor,
        &VersionVector::default(),
        version,
        None,
        &KeepSiblings,
    )
    .unwrap();
    disks(&[&cell])
}

fn judged(operations: impl IntoIterator<Item = Operation>, value: Option<i64>) -> Verdict {
    let disks = counter_at(Kind::PnCounter, value);
    counted_once(
        &history(operations),
        &disks,
        Kind::PnCounter,
        &Survivors::default(),
        3,
    )
}

/// The values from `low - 1` to `high + 1` that pass.
fn passing(operations: &[Operation], low: i64, high: i64) -> Vec<i64> {
    (low - 1..=high + 1)
        .filter(|value| judged(operations.to_vec(), Some(*value)).is_ok())
        .collect()
}

#[test]
fn one_increment_that_counted_twice_or_not_at_all_is_seen() {
    assert_eq!(judged([add(1)], Some(1)), Ok(()));
    let twice = judged([add(1)], Some(2)).unwrap_err();
    assert_eq!(
        twice.words,
        "counter cart is 2; acknowledged changes make 1, and those of unknown outcome leave it between 1 and 1"
    );
    let lost = judged([add(1)], None).unwrap_err();
    assert!(
        lost.words
            .starts_with("counter cart is 0; acknowledged changes make 1"),
        "{lost}"
    );
    assert_eq!(
        judged([], Some(5)),
        Ok(()),
        "nobody says that it was changed"
    );
}

#[test]
fn what_is_unknown_counts_or_not_and_what_was_refused_does_not() {
    let acknowledged = [add(10), add(-3)];
    assert_eq!(passing(&acknowledged, 7, 7), [7]);
    let unknown = [add(10), unsure(add(2)), unsure(add(-1))];
    assert_eq!(passing(&unknown, 9, 12), [9, 10, 11, 12]);
    let open = Operation {
        outcome: Outcome::Open,
        ended: None,
        ..add(1)
    };
    assert_eq!(passing(&[add(1), open], 1, 2), [1, 2]);
    for code in [
        Code::Conflict,
        Code::Unavailable,
        Code::Overloaded,
        Code::InvalidArgument,
    ] {
        assert_eq!(
            passing(&[add(1), failed(add(5), code)], 1, 1),
            [1],
            "{code:?}"
        );
    }
}

#[test]
fn tries_under_one_token_are_one_change() {
    let tries = [
        tokened(7, unsure(add(5))),
        tokened(7, add(5)),
        tokened(7, add(5)),
    ];
    assert_eq!(passing(&tries, 5, 5), [5]);
    let never_told = [tokened(7, unsure(add(5))), tokened(7, unsure(add(5)))];
    assert!(
        judged(never_told.clone(), Some(0)).is_ok() && judged(never_told.clone(), Some(5)).is_ok()
    );
    assert!(judged(never_told, Some(10)).is_err());
    let refused = [
        tokened(7, failed(add(5), Code::Overloaded)),
        tokened(7, unsure(add(5))),
    ];
    assert!(judged(refused.clone(), Some(5)).is_ok() && judged(refused, Some(0)).is_ok());
    assert_eq!(
        passing(&[tokened(7, add(5)), tokened(8, add(5)), add(5)], 15, 15),
        [15],
        "three changes"
    );
}

#[test]
fn counters_are_judged_each_by_itself() {
    let elsewhere = Operation {
        key: Bytes::from_static(b"\0list"),
        ..tokened(7, add(5))
    };
    let violation = judged([tokened(7, add(5)), elsewhere], Some(5)).unwrap_err();
    assert!(
        violation
            .words
            .starts_with("counter list is 0; acknowledged changes make 5"),
        "{violation}"
    );
}

#[test]
fn what_a_lost_disk_may_have_taken_is_not_certain() {
    let one_copy = Operation {
        quorum: 1,
        ..add(5)
    };
    let told = |survivors: &Survivors, value| {
        let disks = counter_at(Kind::PnCounter, value);
        counted_once(
            &history([one_copy.clone()]),
            &disks,
            Kind::PnCounter,
            survivors,
            3,
        )
    };
    assert!(told(&lost_disk(3), None).is_ok() && told(&lost_disk(3), Some(5)).is_ok());
    assert!(told(&lost_disk(3), Some(10)).is_err());
    assert!(told(&Survivors::default(), None).is_err());
}

#[test]
fn kinds_that_do_not_count_are_passed_over() {
    for kind in Kind::ALL {
        let counts = matches!(kind, Kind::GCounter | Kind::PnCounter);
        let verdict = counted_once(
            &history([add(1)]),
            &Disks::new(),
            kind,
            &Survivors::default(),
            3,
        );
        assert_eq!(verdict.is_err(), counts, "{kind}");
    }
    let disks = counter_at(Kind::GCounter, Some(3));
    let told = |by| {
        counted_once(
            &history([add(by)]),
            &disks,
            Kind::GCounter,
            &Survivors::default(),
            3,
        )
    };
    assert!(told(3).is_ok() && told(2).is_err());
}

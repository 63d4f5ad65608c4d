//! Histories of registers that are right or wrong, and the search against all permutations.

mod oracle;
mod simulated;

use super::super::{NOT_DECIDED, judge, linearizable};
use super::*;
use crate::check::Violation;
use crate::check::tests::{KEY, by, failed, get, history, operation};
use crate::node::Answer;

fn value(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn is(text: &str) -> Condition {
    Condition::Value(value(text))
}

fn put(text: &str) -> Edit {
    Edit::Put(value(text))
}

/// A change that made a version.
fn made(conditions: &[Condition], edit: Edit, version: u64, times: (u64, u64)) -> Operation {
    let asked = Asked::Cas {
        conditions: conditions.to_vec(),
        edit,
    };
    let answer = Answer {
        version,
        ..Answer::default()
    };
    let done = Outcome::Done(answer);
    Operation {
        level: Level::Serial,
        ..operation(asked, times.0, times.1, done)
    }
}

/// An addition that made a sum and a version.
fn added(by: i64, sum: &str, version: u64, times: (u64, u64)) -> Operation {
    let mut operation = made(&[], Edit::Add(by), version, times);
    if let Outcome::Done(answer) = &mut operation.outcome {
        answer.values = vec![value(sum)];
    }
    operation
}

/// A change that a conflict refused.
fn refused(conditions: &[Condition], edit: Edit, times: (u64, u64)) -> Operation {
    failed(made(conditions, edit, 0, times), Code::Conflict)
}

/// A change of unknown end.
fn perhaps(conditions: &[Condition], edit: Edit, times: (u64, u64)) -> Operation {
    failed(made(conditions, edit, 0, times), Code::Ambiguous)
}

/// A read that showed a value at a version.
fn read(text: Option<&str>, version: u64, times: (u64, u64)) -> Operation {
    let values: Vec<&str> = text.into_iter().collect();
    let mut operation = get(&values, times.0, times.1);
    if let Outcome::Done(answer) = &mut operation.outcome {
        answer.version = version;
    }
    Operation {
        level: Level::Serial,
        ..operation
    }
}

fn found(operations: impl IntoIterator<Item = Operation>) -> Judgement {
    judge(&history(operations), &KEY)
}

#[track_caller]
fn right(operations: impl IntoIterator<Item = Operation>) {
    assert_eq!(found(operations), Judgement::Linearizable);
}

#[track_caller]
fn wrong(operations: impl IntoIterator<Item = Operation>) -> Violation {
    match found(operations) {
        Judgement::Broken(violation) => violation,
        other => panic!("{other:?}"),
    }
}

const ABSENT: Condition = Condition::Absent;

#[test]
fn changes_whose_conditions_held_are_a_register_s() {
    right([
        read(None, 0, (0, 1)),
        made(&[ABSENT], put("a"), 1, (2, 3)),
        refused(&[ABSENT], put("b"), (4, 5)),
        made(&[is("a")], put("7"), 2, (6, 7)),
        added(-9, "-2", 3, (8, 9)),
        read(Some("-2"), 3, (10, 11)),
        made(&[Condition::Version(3)], Edit::Delete, 4, (12, 13)),
        added(5, "5", 5, (14, 15)),
    ]);
}

#[test]
fn a_condition_that_did_not_hold_is_found() {
    let violation = wrong([
        made(&[], put("a"), 1, (0, 1)),
        made(&[ABSENT], put("b"), 2, (2, 3)),
    ]);
    assert_eq!(
        violation.words,
        "cas cart if absent: put b via n1 at 2ms made version 2, which fits nowhere; cas cart put a via n1 at 0 \
         made version 1. No change was of unknown end."
    );
    wrong([made(&[Condition::Exists], put("a"), 1, (0, 1))]);
    wrong([made(&[is("x")], Edit::Delete, 1, (0, 1))]);
    wrong([
        made(&[], put("a"), 1, (0, 1)),
        made(&[Condition::Version(2)], put("b"), 2, (2, 3)),
    ]);
}

#[test]
fn a_conflict_needs_a_condition_that_did_not_hold() {
    let first = || made(&[], put("a"), 1, (0, 1));
    wrong([first(), refused(&[is("a")], put("b"), (2, 3))]);
    wrong([first(), refused(&[], put("b"), (2, 3))]);
    wrong([first(), refused(&[Condition::Version(1)], put("b"), (2, 3))]);
    right([first(), refused(&[is("b")], put("c"), (2, 3))]);
    // At its time there was something else, for a while.
    right([
        first(),
        refused(&[is("a")], put("b"), (2, 9)),
        made(&[], put("x"), 2, (3, 4)),
        made(&[], put("a"), 3, (5, 6)),
    ]);
    let violation = wrong([
        first(),
        made(&[], put("x"), 2, (3, 4)),
        made(&[], put("a"), 3, (5, 6)),
        refused(&[is("a")], put("b"), (7, 9)),
    ]);
    assert!(violation.operations.contains(&3), "{violation}");
}

#[test]
fn one_version_is_made_by_one_change_and_has_one_value() {
    let twice = wrong([
        by(1, 1, made(&[], put("a"), 1, (0, 9))),
        by(2, 2, made(&[], put("b"), 1, (0, 9))),
    ]);
    assert_eq!(
        twice.words,
        "cas cart put b via n2 by client 2 at 0 made version 1, though cas cart put a via n1 by client 1 at 0 made \
         version 1: each change makes a version of its own"
    );
    let two = wrong([
        perhaps(&[], put("a"), (0, 1)),
        perhaps(&[], put("b"), (0, 1)),
        read(Some("a"), 1, (2, 3)),
        read(Some("b"), 1, (2, 3)),
    ]);
    assert!(two.words.ends_with("a version has one value"), "{two}");
    // What is not there has no version.
    right([made(&[], put("a"), 1, (0, 9)), read(None, 1, (2, 3))]);
    wrong([made(&[], put("a"), 1, (0, 1)), read(None, 1, (2, 3))]);
}

#[test]
fn versions_never_go_back() {
    let stale = wrong([
        by(1, 1, made(&[], put("a"), 1, (0, 1))),
        by(1, 1, made(&[], put("b"), 2, (2, 3))),
        by(2, 3, read(Some("a"), 1, (4, 5))),
    ]);
    assert_eq!(
        stale.words,
        "get cart via n3 by client 2 at 4ms showed a at version 1, though cas cart put b via n1 by client 1 at 2ms \
         made version 2: that had ended before this was asked, and versions never go back"
    );
    assert_eq!(stale.operations, [1, 2]);
    wrong([read(Some("a"), 2, (0, 1)), made(&[], put("b"), 2, (2, 3))]);
    // While they overlap either may come first.
    right([
        made(&[], put("a"), 1, (0, 1)),
        made(&[], put("b"), 2, (2, 9)),
        read(Some("b"), 2, (3, 4)),
        read(Some("b"), 2, (5, 6)),
    ]);
    wrong([
        made(&[], put("a"), 1, (0, 1)),
        made(&[], put("b"), 2, (2, 9)),
        read(Some("b"), 2, (3, 4)),
        read(Some("a"), 1, (5, 6)),
    ]);
}

#[test]
fn a_version_that_nobody_made_is_found() {
    wrong([
        made(&[], put("a"), 1, (0, 1)),
        made(&[], put("b"), 3, (2, 3)),
    ]);
    wrong([read(Some("a"), 1, (0, 1))]);
    wrong([added(1, "2", 1, (0, 1))]);
    wrong([
        added(1, "1", 1, (0, 1)),
        read(Some("2"), 2, (2, 3)),
        added(1, "3", 3, (4, 5)),
    ]);
}

#[test]
fn a_change_of_unknown_end_happens_once_or_never() {
    let first = || made(&[], put("a"), 1, (0, 1));
    let unknown = || perhaps(&[is("a")], put("b"), (2, 3));
    right([first(), unknown(), read(Some("a"), 1, (4, 5))]);
    right([first(), unknown(), read(Some("b"), 2, (4, 5))]);
    right([
        first(),
        unknown(),
        read(Some("a"), 1, (4, 5)),
        read(Some("b"), 2, (6, 7)),
    ]);
    wrong([read(Some("b"), 2, (0, 1)), first(), unknown()]);
    wrong([
        first(),
        unknown(),
        read(Some("b"), 2, (4, 5)),
        made(&[], put("a"), 3, (6, 7)),
        read(Some("b"), 4, (8, 9)),
    ]);
    // Its condition has to hold: after version 2 it cannot take place any more.
    wrong([
        first(),
        unknown(),
        made(&[is("a")], put("c"), 2, (4, 5)),
        read(Some("b"), 3, (6, 7)),
    ]);
    // Two that nobody saw between.
    right([
        first(),
        unknown(),
        perhaps(&[is("b")], put("c"), (2, 3)),
        read(Some("c"), 3, (4, 5)),
    ]);
    // An unseen change explains a conflict.
    right([first(), unknown(), refused(&[is("a")], put("c"), (4, 5))]);
}

#[test]
fn an_unknown_addition_counts_once_or_never() {
    let first = || added(1, "1", 1, (0, 1));
    let unknown = || perhaps(&[], Edit::Add(1), (2, 3));
    right([first(), unknown(), added(1, "2", 2, (4, 5))]);
    right([first(), unknown(), added(1, "3", 3, (4, 5))]);
    wrong([first(), unknown(), added(1, "4", 4, (4, 5))]);
    wrong([first(), unknown(), added(1, "3", 2, (4, 5))]);
    right([
        first(),
        unknown(),
        unknown(),
        unknown(),
        added(1, "4", 4, (4, 5)),
    ]);
    // Who finds his addition done is told the version alone.
    right([first(), made(&[], Edit::Add(1), 2, (2, 3))]);
}

#[test]
fn only_a_register_without_a_value_has_its_version_raised() {
    right([read(None, 0, (0, 1)), made(&[], put("a"), 258, (2, 3))]);
    right([read(None, 0, (0, 1)), read(None, 257, (2, 3))]);
    right([
        made(&[], put("a"), 1, (0, 1)),
        made(&[], Edit::Delete, 2, (2, 3)),
        read(None, 257, (4, 5)),
        made(&[ABSENT], put("b"), 514, (6, 7)),
    ]);
    wrong([made(&[], put("a"), 1, (0, 1)), read(Some("a"), 257, (2, 3))]);
    wrong([
        made(&[], put("a"), 7, (0, 1)),
        made(&[], Edit::Delete, 8, (2, 3)),
        made(&[], put("b"), 3, (4, 5)),
    ]);
    // Raised before a change of unknown end, which made whatever is seen later.
    right([
        read(None, 0, (0, 1)),
        perhaps(&[ABSENT], put("a"), (2, 3)),
        refused(&[ABSENT], put("b"), (4, 5)),
        made(&[is("a")], put("c"), 259, (6, 7)),
    ]);
}

#[test]
fn what_is_no_number_has_no_sum() {
    let no_sum = |times| failed(made(&[], Edit::Add(1), 0, times), Code::InvalidArgument);
    right([made(&[], put("milk"), 1, (0, 1)), no_sum((2, 3))]);
    let violation = wrong([made(&[], put("7"), 1, (0, 1)), no_sum((2, 3))]);
    assert!(
        violation.words.contains("was refused as no sum"),
        "{violation}"
    );
    wrong([no_sum((2, 3))]);
    // Refused for what it is, at once.
    right([no_sum((2, 2))]);
    let most = i64::MAX.to_string();
    right([made(&[], put(&most), 1, (0, 1)), no_sum((2, 3))]);
}

#[test]
fn tries_under_one_token_are_one_change() {
    let token = |operation: Operation| Operation {
        token: Some(7),
        ..operation
    };
    let first = || made(&[], put("5"), 1, (0, 1));
    right([
        first(),
        token(perhaps(&[], Edit::Add(1), (2, 3))),
        token(made(&[], Edit::Add(1), 2, (4, 5))),
        token(made(&[], Edit::Add(1), 2, (6, 7))),
        read(Some("6"), 2, (8, 9)),
    ]);
    let violation = wrong([
        first(),
        token(added(1, "6", 2, (2, 3))),
        token(added(1, "7", 3, (4, 5))),
    ]);
    assert!(
        violation.words.ends_with("the change was applied twice"),
        "{violation}"
    );
    wrong([
        first(),
        token(added(1, "6", 2, (2, 3))),
        token(added(1, "7", 2, (4, 5))),
    ]);
    wrong([
        first(),
        token(perhaps(&[], Edit::Add(1), (2, 3))),
        token(perhaps(&[], Edit::Add(1), (4, 5))),
        read(Some("7"), 3, (6, 7)),
    ]);
}

#[test]
fn a_read_of_one_zone_may_be_old_and_shows_what_was_agreed_on() {
    let near = |value, version, times| Operation {
        level: Level::LocalSerial,
        ..read(value, version, times)
    };
    let first = || made(&[], put("a"), 1, (0, 1));
    let second = || made(&[], put("b"), 2, (4, 5));
    right([first(), second(), near(Some("a"), 1, (6, 7))]);
    right([first(), second(), near(None, 0, (6, 7))]);
    right([first(), near(Some("b"), 2, (2, 6)), second()]);
    wrong([first(), near(Some("b"), 2, (2, 3)), second()]);
    wrong([first(), second(), near(Some("c"), 1, (6, 7))]);
    // One that was seen is agreed on, also where its writer was not told.
    let unknown = || perhaps(&[], put("b"), (4, 5));
    right([
        first(),
        unknown(),
        near(Some("b"), 2, (6, 7)),
        read(Some("b"), 2, (8, 9)),
    ]);
    wrong([
        first(),
        unknown(),
        near(Some("b"), 2, (6, 7)),
        read(Some("a"), 1, (8, 9)),
    ]);
}

#[test]
fn what_expires_says_nothing() {
    let change = || made(&[], put("a"), 1, (0, 1));
    let expiring = Operation {
        expires: true,
        ..change()
    };
    let history = history([expiring, read(None, 1, (2, 3))]);
    assert_eq!(linearizable(&history), Ok(()), "passed over");
    let told = super::super::linearizable_key(&history, &KEY).unwrap_err();
    assert_eq!(told.rule, NOT_DECIDED, "{told}");
}

#[test]
fn what_certainly_did_not_happen_says_nothing() {
    let unavailable = failed(made(&[], put("a"), 0, (0, 1)), Code::Unavailable);
    right([unavailable.clone(), read(None, 0, (2, 3))]);
    wrong([unavailable, read(Some("a"), 1, (2, 3))]);
}

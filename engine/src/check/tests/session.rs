use super::*;
use crate::causal::{KeepLatest, KeepSiblings};

fn in_session(session: u32, operation: Operation) -> Operation {
    Operation {
        session: Some(session),
        ..operation
    }
}

fn check(operations: impl IntoIterator<Item = Operation>) -> Verdict {
    let operations = operations.into_iter().map(|one| in_session(1, one));
    sessions(&history(operations), &KeepSiblings, &Survivors::default())
}

fn milk() -> Operation {
    answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)])
}

#[test]
fn a_session_that_goes_on_with_what_it_saw_keeps_all_four() {
    let eggs = Operation {
        asked: asked_put("eggs", context(&[dot(1)])),
        ..answered(put("eggs", 20, 25), Some(dot(2)), &[dot(1), dot(2)])
    };
    let verdict = check([
        milk(),
        answered(get(&["milk"], 10, 15), None, &[dot(1)]),
        eggs,
        answered(get(&["eggs"], 30, 35), None, &[dot(1), dot(2)]),
    ]);
    assert_eq!(verdict, Ok(()));
}

#[test]
fn a_read_sees_the_writes_of_its_session() {
    let stale = || answered(get(&[], 10, 15), None, &[]);
    let violation = check([milk(), stale()]).unwrap_err();
    assert_eq!(violation.rule, "read your writes");
    assert_eq!(
        violation.words,
        "read your writes: in session 1 get cart via n1 at 10ms, which returned nothing, has not seen its own \
         put cart=milk via n1 at 0"
    );
    assert_eq!(violation.operations, [0, 1]);
    let others = [in_session(1, milk()), in_session(2, stale())];
    let survivors = Survivors::default();
    assert_eq!(
        sessions(&history(others), &KeepSiblings, &survivors),
        Ok(()),
        "another session is promised nothing"
    );
}

#[test]
fn reads_of_a_session_never_go_back() {
    let violation = check([
        answered(get(&["eggs"], 0, 5), None, &[dot(1), dot(2)]),
        answered(get(&["milk"], 10, 15), None, &[dot(1)]),
    ])
    .unwrap_err();
    assert_eq!(violation.rule, "monotonic reads");
    assert!(
        violation.words.contains(
            "has not seen what was seen by its earlier get cart via n1 at 0, which returned eggs"
        ),
        "{violation}"
    );
}

#[test]
fn a_write_supersedes_the_writes_of_its_session() {
    let blind = answered(put("eggs", 10, 15), Some(dot(2)), &[dot(2)]);
    let violation = check([milk(), blind]).unwrap_err();
    assert_eq!(violation.rule, "monotonic writes");
    assert!(
        violation
            .words
            .contains("does not supersede its own put cart=milk"),
        "{violation}"
    );
}

#[test]
fn a_write_supersedes_what_its_session_read() {
    let blind = answered(put("eggs", 10, 15), Some(dot(2)), &[dot(2)]);
    let read = answered(get(&["milk"], 0, 5), None, &[dot(1)]);
    let violation = check([read, blind]).unwrap_err();
    assert_eq!(violation.rule, "writes follow reads");
    assert!(
        violation.words.contains(
            "does not supersede what was seen by its earlier get cart via n1 at 0, which returned milk"
        ),
        "{violation}"
    );
}

#[test]
fn with_last_write_wins_stamps_order_the_writes_of_a_session() {
    let stamped = |operation: Operation, wall_ms| {
        let mut answer = operation.answer().unwrap().clone();
        answer.context.stamp.wall_ms = wall_ms;
        in_session(
            1,
            Operation {
                outcome: Outcome::Done(answer),
                ..operation
            },
        )
    };
    let told = |second_ms| {
        let eggs = answered(put("eggs", 10, 15), Some(dot(2)), &[dot(2)]);
        let history = history([stamped(milk(), 7), stamped(eggs, second_ms)]);
        sessions(&history, &KeepLatest, &Survivors::default())
    };
    assert_eq!(told(8), Ok(()));
    assert_eq!(told(6).unwrap_err().rule, "monotonic writes");
}

#[test]
fn what_overlaps_or_failed_promises_nothing() {
    let beside = answered(get(&[], 3, 4), None, &[]);
    assert_eq!(check([milk(), beside]), Ok(()));
    let unknown = failed(put("milk", 0, 5), Code::Ambiguous);
    assert_eq!(
        check([unknown, answered(get(&[], 10, 15), None, &[])]),
        Ok(())
    );
}

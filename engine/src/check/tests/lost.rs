use super::*;
use crate::causal::{KeepLatest, KeepSiblings, Resolve, VersionVector};

fn write(cell: &mut Cell, context: &VersionVector, version: Version, resolve: &dyn Resolve) -> Dot {
    let actor = dot(1).actor;
    cell.write(actor, context, version, None, resolve)
        .unwrap()
        .dot
}

fn first_write(text: &'static str, wall_ms: u64, resolve: &dyn Resolve) -> (Cell, Dot) {
    let mut cell = Cell::default();
    let dot = write(
        &mut cell,
        &VersionVector::default(),
        version(Some(text), wall_ms),
        resolve,
    );
    (cell, dot)
}

fn acknowledged(value: &str, context: Context, dot: Dot, cell: &Cell) -> Operation {
    let answer = Answer {
        context: cell.context(),
        dot: Some(dot),
        ..Answer::default()
    };
    operation(asked_put(value, context), 0, 1, Outcome::Done(answer))
}

fn check(history: &History, disks: &Disks, resolve: &dyn Resolve) -> Verdict {
    no_lost_writes(history, disks, 3, resolve, &Survivors::default())
}

#[test]
fn a_write_on_no_replica_is_lost() {
    let (cell, dot) = first_write("milk", 1, &KeepSiblings);
    let history = history([acknowledged("milk", Context::default(), dot, &cell)]);
    assert_eq!(
        check(&history, &disks(&[&cell, &Cell::default()]), &KeepSiblings),
        Ok(())
    );
    let violation = check(&history, &disks(&[&Cell::default()]), &KeepSiblings).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "put cart=milk via n1 at 0, acknowledged by 2 replicas as (n1.1, 1), is on no replica"
    );
    assert_eq!(violation.operations, [0]);
}

#[test]
fn a_write_may_vanish_only_under_a_writer_who_saw_it() {
    let (mut cell, milk) = first_write("milk", 1, &KeepSiblings);
    let first = acknowledged("milk", Context::default(), milk, &cell);
    let seen = cell.context();
    let eggs = write(
        &mut cell,
        &seen.seen,
        version(Some("eggs"), 2),
        &KeepSiblings,
    );
    let informed = acknowledged("eggs", seen, eggs, &cell);
    let blind = acknowledged("eggs", Context::default(), eggs, &cell);
    let told = |second: &Operation| {
        let history = history([first.clone(), second.clone()]);
        check(&history, &disks(&[&cell]), &KeepSiblings)
    };
    assert_eq!(told(&informed), Ok(()));
    let violation = told(&blind).unwrap_err();
    assert!(violation.words.contains("vanished"), "{violation}");
}

#[test]
fn with_last_write_wins_only_a_later_stamp_may_replace() {
    let (cell, milk) = first_write("milk", 5, &KeepLatest);
    let first = acknowledged("milk", Context::default(), milk, &cell);
    let told = |wall_ms| {
        let (mut other, _) = first_write("tea", 1, &KeepLatest);
        write(
            &mut other,
            &VersionVector::default(),
            version(Some("eggs"), wall_ms),
            &KeepLatest,
        );
        check(&history([first.clone()]), &disks(&[&other]), &KeepLatest)
    };
    assert!(told(6).is_ok());
    assert!(told(4).is_err());
}

#[test]
fn what_is_promised_depends_on_the_quorum_and_on_lost_disks() {
    let (cell, dot) = first_write("milk", 1, &KeepSiblings);
    let told = |quorum, promise, survivors: &Survivors| {
        let write = Operation {
            quorum,
            promise,
            ..acknowledged("milk", Context::default(), dot, &cell)
        };
        no_lost_writes(&history([write]), &disks(&[]), 3, &KeepSiblings, survivors).is_ok()
    };
    let (whole, lost) = (Survivors::default(), lost_disk(5));
    assert!(!told(2, Promise::Strict, &whole), "a majority");
    assert!(
        !told(2, Promise::Strict, &lost),
        "a majority outlives one disk"
    );
    assert!(
        !told(1, Promise::Strict, &whole),
        "one copy, and its disk is there"
    );
    assert!(
        told(1, Promise::Strict, &lost),
        "the one copy may be on the lost disk"
    );
    assert!(
        !told(2, Promise::Sloppy, &whole),
        "stand-ins hand over when all heals"
    );
    assert!(
        told(2, Promise::Sloppy, &lost),
        "a stand-in's hint may be lost with it"
    );
    assert!(told(2, Promise::None, &whole));
    let both = Survivors {
        lost: BTreeMap::from([(NodeId(1), Mono(5)), (NodeId(2), Mono(5))]),
        ..Survivors::default()
    };
    assert!(told(2, Promise::Strict, &both), "both copies may be lost");
    assert!(!told(3, Promise::Strict, &both));
}

#[test]
fn a_disk_lost_before_the_write_takes_no_copy() {
    let (cell, dot) = first_write("milk", 1, &KeepSiblings);
    let write = Operation {
        called: Mono(9_000_000),
        ended: Some(Mono(10_000_000)),
        quorum: 1,
        ..acknowledged("milk", Context::default(), dot, &cell)
    };
    let history = history([write]);
    let told = |at_ms| no_lost_writes(&history, &disks(&[]), 3, &KeepSiblings, &lost_disk(at_ms));
    assert!(told(8).is_err());
    assert!(told(9).is_ok());
}

#[test]
fn an_acknowledged_delete_may_not_vanish_either() {
    let (mut cell, milk) = first_write("milk", 1, &KeepSiblings);
    let (put, before) = (
        acknowledged("milk", Context::default(), milk, &cell),
        cell.clone(),
    );
    let seen = cell.context();
    let gone = write(&mut cell, &seen.seen, version(None, 2), &KeepSiblings);
    let delete = Operation {
        asked: Asked::Delete {
            context: Some(seen),
        },
        ..acknowledged("", Context::default(), gone, &cell)
    };
    for tombstones in [Tombstones::Kept, Tombstones::Purged] {
        let survivors = Survivors {
            tombstones,
            ..Survivors::default()
        };
        let told = |held: &Cell| {
            let history = history([put.clone(), delete.clone()]);
            no_lost_writes(&history, &disks(&[held]), 3, &KeepSiblings, &survivors)
        };
        assert!(told(&cell).is_ok());
        let violation = told(&before).unwrap_err();
        let words = &violation.words;
        assert!(
            words.contains("delete cart") && words.contains("on no replica"),
            "{words}"
        );
    }
}

#[test]
fn a_delete_of_unknown_end_excuses_only_what_it_could_have_read() {
    let (mut cell, milk) = first_write("milk", 1, &KeepSiblings);
    let put = acknowledged("milk", Context::default(), milk, &cell);
    let seen = cell.seen().clone();
    write(&mut cell, &seen, version(Some("eggs"), 2), &KeepSiblings);
    let told = |called, outcome, ended| {
        let put = Operation {
            called: Mono(called),
            ..put.clone()
        };
        let delete = Operation {
            asked: Asked::Delete { context: None },
            ended,
            outcome,
            ..put.clone()
        };
        check(&history([put, delete]), &disks(&[&cell]), &KeepSiblings)
    };
    let ambiguous = || Outcome::Failed(Code::Ambiguous);
    assert!(told(5, ambiguous(), Some(Mono(9))).is_ok());
    assert!(told(5, Outcome::Open, None).is_ok());
    assert!(told(10, ambiguous(), Some(Mono(9))).is_err());
    assert!(told(5, Outcome::Failed(Code::Unavailable), Some(Mono(9))).is_err());
}

#[test]
fn a_retry_is_as_old_as_its_first_try() {
    let (mut cell, milk) = first_write("milk", 1, &KeepSiblings);
    let token = |operation: Operation, called, token| Operation {
        called: Mono(called),
        ended: Some(Mono(called + 1)),
        token: Some(token),
        ..operation
    };
    let put = acknowledged("milk", Context::default(), milk, &cell);
    let seen = cell.seen().clone();
    write(&mut cell, &seen, version(None, 2), &KeepSiblings);
    let delete = failed(delete(0, 0), Code::Ambiguous);
    let delete = Operation {
        called: Mono(5),
        ended: Some(Mono(9)),
        ..delete
    };
    let told = |first: u64| {
        let tries = [
            token(put.clone(), 1, first),
            delete.clone(),
            token(put.clone(), 20, 7),
        ];
        check(&history(tries), &disks(&[&cell]), &KeepSiblings)
    };
    assert_eq!(told(7), Ok(()), "the delete came after the first try");
    assert!(
        told(8).is_err(),
        "a put that was asked for after the delete had ended"
    );
}

#[test]
fn who_removed_one_copy_of_a_retried_write_has_removed_it() {
    let (_, milk) = first_write("milk", 1, &KeepSiblings);
    let copy = Dot {
        actor: Actor::new(NodeId(2), 1),
        counter: 1,
    };
    let tried = |dot: Dot, token| Operation {
        token: Some(token),
        ..answered(put("milk", 0, 5), Some(dot), &[dot])
    };
    let gone = answered(delete(10, 15), Some(dot(2)), &[milk, dot(2)]);
    let survivors = Survivors {
        tombstones: Tombstones::Purged,
        ..Survivors::default()
    };
    let told = |token| {
        let history = history([tried(milk, 7), tried(copy, token), gone.clone()]);
        no_lost_writes(&history, &disks(&[]), 3, &KeepSiblings, &survivors).is_ok()
    };
    assert!(told(7), "the delete had read the other copy");
    assert!(!told(8), "another write, which the delete had not read");
}

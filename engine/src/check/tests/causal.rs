use super::*;
use crate::causal::KeepSiblings;

/// milk, and eggs over it: the two cells as they stood after each.
fn overwritten() -> (Cell, Cell, [Operation; 2]) {
    let mut cell = Cell::default();
    let nothing = Context::default().seen;
    cell.write(
        dot(1).actor,
        &nothing,
        version(Some("milk"), 1),
        None,
        &KeepSiblings,
    )
    .unwrap();
    let (before, seen) = (cell.clone(), cell.context());
    cell.write(
        dot(1).actor,
        &seen.seen,
        version(Some("eggs"), 2),
        None,
        &KeepSiblings,
    )
    .unwrap();
    let milk = answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)]);
    let eggs = Operation {
        asked: asked_put("eggs", seen),
        ..answered(put("eggs", 10, 15), Some(dot(2)), &[dot(1), dot(2)])
    };
    (before, cell, [milk, eggs])
}

fn check(operations: impl IntoIterator<Item = Operation>, disks: &Disks) -> Verdict {
    overwritten_stays_gone(&history(operations), disks, 3, &Survivors::default())
}

#[test]
fn an_overwritten_value_on_a_disk_is_back() {
    let (before, after, operations) = overwritten();
    assert_eq!(check(operations.clone(), &disks(&[&after, &after])), Ok(()));
    let violation = check(operations.clone(), &disks(&[&after, &before])).unwrap_err();
    assert_eq!(
        violation.words,
        "put cart=eggs via n1 at 10ms, acknowledged at 15ms, overwrote milk of cart, written as (n1.1, 1); \
         it is live again on n2"
    );
    assert_eq!(violation.operations, [0, 1]);
    let unpromised = operations.map(|operation| Operation {
        promise: Promise::None,
        ..operation
    });
    assert_eq!(check(unpromised, &disks(&[&before])), Ok(()));
}

#[test]
fn a_read_whose_owners_meet_the_writers_sees_the_write() {
    let (_, after, [milk, eggs]) = overwritten();
    let told = |read: Operation| check([milk.clone(), eggs.clone(), read], &disks(&[&after]));
    let stale = |called_ms| answered(get(&["milk"], called_ms, 30), None, &[dot(1)]);
    let fresh = answered(get(&["eggs"], 20, 30), None, &[dot(1), dot(2)]);
    assert_eq!(told(fresh), Ok(()));
    let violation = told(stale(20)).unwrap_err();
    assert_eq!(
        violation.words,
        "get cart via n1 at 20ms asked 2 owners and returned milk: it has not seen put cart=eggs via n1 at \
         10ms, acknowledged at 15ms by 2 of its owners, though the two sets of owners meet"
    );
    assert_eq!(violation.operations, [1, 2]);
    assert_eq!(told(stale(12)), Ok(()), "asked before the acknowledgement");
    let one = Operation {
        quorum: 1,
        ..stale(20)
    };
    assert_eq!(told(one), Ok(()), "1 + 2 is not more than 3");
    let sloppy = Operation {
        promise: Promise::Sloppy,
        ..stale(20)
    };
    assert_eq!(told(sloppy), Ok(()), "stand-ins answered");
}

#[test]
fn a_disk_that_went_back_takes_one_of_the_copies_that_a_read_would_meet_and_a_lost_one_none() {
    let (_, after, [milk, eggs]) = overwritten();
    let stale = answered(get(&["milk"], 20, 30), None, &[dot(1)]);
    let history = history([milk, eggs, stale]);
    let told =
        |survivors: &Survivors| overwritten_stays_gone(&history, &disks(&[&after]), 3, survivors);
    let back = Survivors {
        rolled_back: [NodeId(1)].into(),
        ..Survivors::default()
    };
    assert!(told(&back).is_ok());
    assert!(
        told(&lost_disk(18)).is_err(),
        "it is filled again before it answers"
    );
    assert!(told(&lost_disk(9)).is_err(), "lost before the write");
}

use super::*;
use crate::causal::KeepSiblings;

/// milk put and deleted: the cells before and after, and the two operations.
fn deleted(asked: Asked) -> (Cell, Cell, [Operation; 2]) {
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
        version(None, 2),
        None,
        &KeepSiblings,
    )
    .unwrap();
    let milk = answered(put("milk", 0, 5), Some(dot(1)), &[dot(1)]);
    let gone = Operation {
        asked,
        ..answered(delete(10, 15), Some(dot(2)), &[dot(1), dot(2)])
    };
    (before, cell, [milk, gone])
}

fn blind() -> Asked {
    Asked::Delete { context: None }
}

fn check(operations: impl IntoIterator<Item = Operation>, disks: &Disks) -> Verdict {
    deleted_stays_gone(&history(operations), disks, 3, &Survivors::default())
}

#[test]
fn a_deleted_value_on_a_disk_is_back() {
    let informed = Asked::Delete {
        context: Some(context(&[dot(1)])),
    };
    for asked in [blind(), informed] {
        let (before, after, operations) = deleted(asked);
        assert_eq!(check(operations.clone(), &disks(&[&after])), Ok(()));
        let violation = check(operations, &disks(&[&after, &before])).unwrap_err();
        assert_eq!(
            violation.words,
            "delete cart via n1 at 10ms, acknowledged at 15ms, removed milk, written as (n1.1, 1); it is back \
             on n2"
        );
        assert_eq!(violation.operations, [0, 1]);
    }
}

#[test]
fn a_key_without_its_tombstone_is_as_good_as_deleted() {
    let (before, _, operations) = deleted(blind());
    assert_eq!(check(operations.clone(), &Disks::new()), Ok(()));
    assert_eq!(
        check(operations.clone(), &disks(&[&Cell::default()])),
        Ok(())
    );
    assert!(check(operations, &disks(&[&Cell::default(), &before])).is_err());
}

#[test]
fn a_deleted_value_in_a_read_is_back() {
    let (_, after, [milk, gone]) = deleted(blind());
    let told = |more: Vec<Operation>| {
        let all = [milk.clone(), gone.clone()].into_iter().chain(more);
        check(all, &disks(&[&after]))
    };
    let stale = |called_ms| answered(get(&["milk"], called_ms, 30), None, &[dot(1)]);
    let violation = told(vec![stale(20)]).unwrap_err();
    assert_eq!(
        violation.words,
        "get cart via n1 at 20ms asked 2 owners and returned milk, which delete cart via n1 at 10ms, \
         acknowledged at 15ms, had removed"
    );
    assert_eq!(violation.operations, [0, 1, 2]);
    assert_eq!(told(vec![stale(12)]), Ok(()));
    assert_eq!(
        told(vec![answered(get(&[], 20, 30), None, &[])]),
        Ok(()),
        "purged"
    );
    let again = answered(put("milk", 16, 18), Some(dot(3)), &[dot(3)]);
    assert_eq!(
        told(vec![again, stale(20)]),
        Ok(()),
        "the value may be the other put's"
    );
    let never = failed(put("milk", 16, 18), Code::Conflict);
    assert!(told(vec![never, stale(20)]).is_err());
}

#[test]
fn a_tombstone_that_stands_again_is_no_value() {
    let mut cell = Cell::default();
    let nothing = Context::default().seen;
    cell.write(
        dot(1).actor,
        &nothing,
        version(None, 1),
        None,
        &KeepSiblings,
    )
    .unwrap();
    let first = answered(delete(0, 5), Some(dot(1)), &[dot(1)]);
    let second = answered(delete(10, 15), Some(dot(2)), &[dot(1), dot(2)]);
    assert_eq!(check([first, second], &disks(&[&cell])), Ok(()));
}

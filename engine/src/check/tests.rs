//! The checks find what they are for.

use bytes::Bytes;

use super::*;
use crate::Zone;
use crate::base::time::Mono;
use crate::causal::{
    Actor, Context, Dot, KeepLatest, KeepSiblings, Resolve, Stamp, Version, VersionVector,
};
use crate::node::Answer;
use crate::ring::{Member, Modulo};

const KEY: Bytes = Bytes::from_static(b"cart");

fn version(text: &'static str, wall_ms: u64) -> Version {
    Version {
        value: Some(Bytes::from(text)),
        stamp: Stamp {
            wall_ms,
            logical: 0,
            node: NodeId(1),
        },
    }
}

fn write(cell: &mut Cell, context: &VersionVector, version: Version, resolve: &dyn Resolve) -> Dot {
    cell.write(
        Actor {
            node: NodeId(1),
            incarnation: 1,
        },
        context,
        version,
        resolve,
    )
    .unwrap()
}

fn acknowledged(value: &'static str, context: Context, dot: Dot, cell: &Cell) -> Operation {
    let answer = Answer {
        values: Vec::new(),
        context: cell.context(),
        dot: Some(dot),
    };
    Operation {
        via: NodeId(1),
        key: KEY,
        asked: Asked::Put {
            value: Bytes::from(value),
            context,
        },
        quorum: 2,
        called: Mono(0),
        ended: Some(Mono(1)),
        outcome: Outcome::Done(answer),
    }
}

fn history(operations: impl IntoIterator<Item = Operation>) -> History {
    let mut history = History::default();
    for operation in operations {
        history.open(operation).unwrap();
    }
    history
}

fn disks(cells: &[&Cell]) -> Disks {
    let held = |cell: &&Cell| BTreeMap::from([(KEY, (*cell).clone())]);
    cells
        .iter()
        .zip(1..)
        .map(|(cell, node)| (NodeId(node), held(cell)))
        .collect()
}

#[test]
fn a_write_on_no_replica_is_lost() {
    let mut cell = Cell::default();
    let dot = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    let history = history([acknowledged("milk", Context::default(), dot, &cell)]);
    assert!(
        no_lost_writes(
            &history,
            &disks(&[&cell, &Cell::default()]),
            3,
            &KeepSiblings
        )
        .is_ok()
    );
    let error =
        no_lost_writes(&history, &disks(&[&Cell::default()]), 3, &KeepSiblings).unwrap_err();
    assert!(
        error.contains("cart=milk") && error.contains("on no replica"),
        "{error}"
    );
}

#[test]
fn a_write_may_vanish_only_under_a_writer_who_saw_it() {
    let mut cell = Cell::default();
    let milk = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    let first = acknowledged("milk", Context::default(), milk, &cell);
    let seen = cell.context();
    let eggs = write(&mut cell, &seen.seen, version("eggs", 2), &KeepSiblings);
    let informed = acknowledged("eggs", seen, eggs, &cell);
    let blind = acknowledged("eggs", Context::default(), eggs, &cell);
    let told = |second: &Operation| {
        no_lost_writes(
            &history([first.clone(), second.clone()]),
            &disks(&[&cell]),
            3,
            &KeepSiblings,
        )
    };
    assert!(told(&informed).is_ok());
    let error = told(&blind).unwrap_err();
    assert!(error.contains("vanished"), "{error}");
}

#[test]
fn with_last_write_wins_only_a_later_stamp_may_replace() {
    let mut cell = Cell::default();
    let milk = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 5),
        &KeepLatest,
    );
    let first = acknowledged("milk", Context::default(), milk, &cell);
    let told = |wall_ms| {
        let mut other = Cell::default();
        write(
            &mut other,
            &VersionVector::default(),
            version("tea", 1),
            &KeepLatest,
        );
        write(
            &mut other,
            &VersionVector::default(),
            version("eggs", wall_ms),
            &KeepLatest,
        );
        no_lost_writes(&history([first.clone()]), &disks(&[&other]), 3, &KeepLatest)
    };
    assert!(told(6).is_ok());
    assert!(told(4).is_err());
}

#[test]
fn a_write_below_a_majority_is_not_promised() {
    let mut cell = Cell::default();
    let dot = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    let mut operation = acknowledged("milk", Context::default(), dot, &cell);
    operation.quorum = 1;
    assert!(no_lost_writes(&history([operation]), &disks(&[]), 3, &KeepSiblings).is_ok());
}

#[test]
fn owners_that_differ_have_not_converged() {
    let members = (1..=2)
        .map(|node| Member {
            node: NodeId(node),
            zone: Zone(1),
            weight: 1,
        })
        .collect();
    let placement = Modulo::new(members).unwrap();
    let mut cell = Cell::default();
    write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    assert!(converged(&disks(&[&cell, &cell]), &placement, 2).is_ok());
    let error = converged(&disks(&[&cell, &Cell::default()]), &placement, 2).unwrap_err();
    assert!(
        error.contains("differ on key cart") && error.contains("milk"),
        "{error}"
    );
}

#[test]
fn an_acknowledged_delete_may_not_vanish_either() {
    let mut cell = Cell::default();
    let milk = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    let (put, before) = (
        acknowledged("milk", Context::default(), milk, &cell),
        cell.clone(),
    );
    let seen = cell.context();
    let tombstone = Version {
        value: None,
        ..version("", 2)
    };
    let gone = write(&mut cell, &seen.seen, tombstone, &KeepSiblings);
    let delete = Operation {
        asked: Asked::Delete {
            context: Some(seen),
        },
        ..acknowledged("", Context::default(), gone, &cell)
    };
    let told = |held: &Cell| {
        no_lost_writes(
            &history([put.clone(), delete.clone()]),
            &disks(&[held]),
            3,
            &KeepSiblings,
        )
    };
    assert!(told(&cell).is_ok());
    let error = told(&before).unwrap_err();
    assert!(
        error.contains("delete cart") && error.contains("on no replica"),
        "{error}"
    );
}

#[test]
fn a_delete_of_unknown_end_excuses_only_what_it_could_have_read() {
    let mut cell = Cell::default();
    let milk = write(
        &mut cell,
        &VersionVector::default(),
        version("milk", 1),
        &KeepSiblings,
    );
    let put = acknowledged("milk", Context::default(), milk, &cell);
    let seen = cell.seen().clone();
    write(&mut cell, &seen, version("eggs", 2), &KeepSiblings);
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
        no_lost_writes(&history([put, delete]), &disks(&[&cell]), 3, &KeepSiblings)
    };
    let ambiguous = || Outcome::Failed(crate::Code::Ambiguous);
    assert!(told(5, ambiguous(), Some(Mono(9))).is_ok());
    assert!(told(5, Outcome::Open, None).is_ok());
    assert!(told(10, ambiguous(), Some(Mono(9))).is_err());
    assert!(told(5, Outcome::Failed(crate::Code::Unavailable), Some(Mono(9))).is_err());
}

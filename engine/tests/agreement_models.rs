//! The agreement protocols, explored through every state of small models; see `README.md` here. `FULL=1` goes deeper.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod models;

use models::check::{finds, full, holds};
use models::register::{Bug, Op, Register};

fn register(clients: &[&[Op]], rounds: u8, crashes: u8) -> Register {
    Register {
        bug: None,
        clients: clients.iter().map(|ops| ops.to_vec()).collect(),
        rounds,
        crashes,
    }
}

const ONE: &[Op] = &[Op::Change(1)];
const TWO: &[Op] = &[Op::Change(1), Op::Change(2)];
const OTHER: &[Op] = &[Op::Change(4)];

#[test]
fn a_register_is_linearizable() {
    let create_and_read: &[Op] = &[Op::Create(4), Op::Read];
    let change_and_read: &[Op] = &[Op::Change(4), Op::Read];
    holds(
        "register, create and read",
        register(&[TWO, create_and_read], 4, 0),
    );
    holds(
        "register, change and read, a crash",
        register(&[TWO, change_and_read], 3, 1),
    );
    if full() {
        holds(
            "register, create and read, a crash",
            register(&[TWO, create_and_read], 4, 1),
        );
        holds(
            "register, change and read, two crashes",
            register(&[TWO, change_and_read], 3, 2),
        );
        holds(
            "register, change and read, 5 rounds",
            register(&[TWO, change_and_read], 5, 0),
        );
        holds(
            "register, three clients, a crash",
            register(&[TWO, &[Op::Create(4)], &[Op::Read]], 3, 1),
        );
    }
}

#[test]
fn a_register_with_a_bug_is_found_out() {
    for (bug, model) in [
        (Bug::AckBeforeDurable, register(&[ONE, OTHER], 1, 0)),
        (Bug::FoundStateIgnored, register(&[ONE, OTHER], 2, 0)),
        (
            Bug::ReadUnchecked,
            register(&[ONE, &[Op::Read, Op::Read]], 1, 0),
        ),
        (Bug::BallotReused, register(&[TWO], 1, 1)),
        (Bug::IdIgnored, register(&[ONE, OTHER], 3, 0)),
        (Bug::NextUnearned, register(&[ONE, OTHER], 2, 0)),
    ] {
        finds(
            &format!("register with {bug:?}"),
            Register {
                bug: Some(bug),
                ..model
            },
        );
    }
}

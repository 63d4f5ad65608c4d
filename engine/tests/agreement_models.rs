//! The agreement protocols, explored through every state of small models; see `README.md` here. `FULL=1` goes deeper.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod models;

use models::check::{finds, full, holds};
use models::plain::{self, Plain};
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

fn plain(
    reads: plain::Reads,
    owners: &[plain::Nodes],
    cancels: u8,
    writes: u8,
    readers: usize,
) -> Plain {
    Plain {
        bug: None,
        reads,
        owners: owners.to_vec(),
        cancels,
        writes,
        readers,
    }
}

const A: u8 = 0b00111;
const B: u8 = 0b01110;
const C: u8 = 0b01101;
const D: u8 = 0b11100;

#[test]
fn a_quorum_read_sees_what_was_acknowledged_across_moves() {
    use plain::Reads::{Regular, Repaired};
    holds("plain, a move", plain(Regular, &[A, B], 0, 1, 1));
    holds(
        "plain, a move of two nodes",
        plain(Regular, &[A, D], 0, 1, 1),
    );
    holds("plain, two moves", plain(Regular, &[A, B, C], 0, 1, 1));
    holds(
        "plain, a move, read repair",
        plain(Repaired, &[A, B], 0, 1, 2),
    );
    if full() {
        holds(
            "plain, a move, two writes",
            plain(Regular, &[A, B], 0, 2, 1),
        );
        holds(
            "plain, a move cancelled and done",
            plain(Regular, &[A, B], 1, 1, 1),
        );
        holds(
            "plain, a move cancelled and done, read repair",
            plain(Repaired, &[A, B], 1, 1, 2),
        );
        holds(
            "plain, two moves, read repair",
            plain(Repaired, &[A, B, C], 0, 1, 2),
        );
        holds(
            "plain, two moves, two writes",
            plain(Regular, &[A, B, C], 0, 2, 1),
        );
    }
}

#[test]
fn plain_data_with_a_bug_is_found_out() {
    use plain::Bug;
    use plain::Reads::{Regular, Repaired};
    let moved = || plain(Regular, &[A, B], 0, 1, 1);
    let repaired = || plain(Repaired, &[A, B], 0, 1, 2);
    for (bug, model) in [
        (Bug::EpochUnchecked, moved()),
        (Bug::NeedKept, moved()),
        (Bug::NewOwnersOnly, moved()),
        (Bug::StreamedEarly, moved()),
        (Bug::OldOwnersRead, moved()),
        (Bug::LeaverCounted, plain(Regular, &[A, B], 1, 1, 1)),
        (Bug::RepairSkipped, repaired()),
        (Bug::OldOwnersRepaired, repaired()),
    ] {
        finds(
            &format!("plain with {bug:?}"),
            Plain {
                bug: Some(bug),
                ..model
            },
        );
    }
}

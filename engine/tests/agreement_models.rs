//! The agreement protocols, explored through every state of small models; see `README.md` here. `FULL=1` goes deeper.

mod models;

use models::check::{finds, full, holds};
use models::collecting::{self, Collecting};
use models::epochs::{self, Epochs};
use models::moving::{self, Moving};
use models::plain::{self, Plain};
use models::register::{Bug, Op, Register};

fn register(clients: &[&[Op]], rounds: u8, crashes: u8) -> Register {
    Register {
        bug: None,
        clients: clients.iter().map(|ops| ops.to_vec()).collect(),
        rounds,
        crashes,
        tells: false,
    }
}

const ONE: &[Op] = &[Op::Change(1)];
const TWO: &[Op] = &[Op::Change(1), Op::Change(2)];
const OTHER: &[Op] = &[Op::Change(4)];

/// Two changes beside a round that changes nothing and one that does; owners are told what is chosen.
fn told(rounds: u8) -> Register {
    Register {
        tells: true,
        ..register(&[TWO, &[Op::Create(4), Op::Change(5)]], rounds, 0)
    }
}

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
    holds("register, chosen states are told", told(3));
    if full() {
        holds("register, chosen states are told, 4 rounds", told(4));
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
        (Bug::PromisedTold, told(3)),
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
        (Bug::SkipperCounted, plain(Regular, &[A, B], 1, 1, 1)),
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

const READ: &[Op] = &[Op::Read];

fn moving(clients: &[&[Op]], rounds: u8, owners: &[u8]) -> Moving {
    Moving {
        bug: None,
        clients: clients.iter().map(|ops| ops.to_vec()).collect(),
        in_turn: false,
        rounds,
        asks_next: false,
        owners: owners.to_vec(),
        cancels: 0,
        wipes: 0,
    }
}

fn in_turn(clients: &[&[Op]], rounds: u8, owners: &[u8]) -> Moving {
    Moving {
        in_turn: true,
        ..moving(clients, rounds, owners)
    }
}

#[test]
fn a_register_is_linearizable_while_its_owners_change() {
    holds("moving, two changes", moving(&[ONE, OTHER], 1, &[A, B]));
    holds(
        "moving twice, in turn",
        in_turn(&[ONE, READ], 1, &[A, B, C]),
    );
    if full() {
        holds("moving, change and read", moving(&[ONE, READ], 1, &[A, B]));
        holds(
            "moving, change and read in turn, 2 rounds",
            in_turn(&[ONE, READ], 2, &[A, B]),
        );
        holds(
            "moving, cancelled and done",
            Moving {
                cancels: 1,
                ..in_turn(&[ONE, READ], 1, &[A, B])
            },
        );
    }
}

#[test]
fn a_register_is_linearizable_when_an_owner_loses_its_disk() {
    holds(
        "rejoining",
        Moving {
            wipes: 1,
            ..in_turn(&[ONE, READ], 2, &[A])
        },
    );
    if full() {
        holds(
            "rejoining, change and read",
            Moving {
                wipes: 1,
                ..moving(&[ONE, READ], 2, &[A])
            },
        );
    }
}

/// What the epochs make needless, in the bounds of the models above; see `README.md`.
#[test]
fn an_import_may_leave_out_promises() {
    use moving::Bug::{PromiseForgotten, StaleKept};
    let without = |bug, model| Moving {
        bug: Some(bug),
        ..model
    };
    holds(
        "moving without promises",
        without(PromiseForgotten, in_turn(&[ONE, READ], 1, &[A, B])),
    );
    if full() {
        holds(
            "moving twice without promises",
            without(PromiseForgotten, in_turn(&[ONE, READ], 1, &[A, B, C])),
        );
        holds(
            "moving without promises, two changes",
            without(PromiseForgotten, moving(&[ONE, OTHER], 1, &[A, B])),
        );
        let cancelled = Moving {
            cancels: 1,
            ..in_turn(&[ONE, READ], 1, &[A, B])
        };
        holds(
            "moving, what was held before kept",
            without(StaleKept, cancelled),
        );
    }
}

#[test]
fn a_moving_register_with_a_bug_is_found_out() {
    use moving::Bug;
    let one = || in_turn(&[ONE, READ], 1, &[A, B]);
    let wiped = || Moving {
        wipes: 1,
        ..in_turn(&[ONE, READ], 1, &[A])
    };
    for (bug, model) in [
        (Bug::NewOwnersOnly, one()),
        (Bug::OlderEpochTaken, one()),
        (Bug::NothingImported, one()),
        (Bug::AcceptedForgotten, in_turn(&[ONE, OTHER], 1, &[A, B])),
        (Bug::ImportedEarly, one()),
        (Bug::BlankTakesPart, wiped()),
        (Bug::RejoinTakesPart, wiped()),
    ] {
        finds(
            &format!("moving with {bug:?}"),
            Moving {
                bug: Some(bug),
                ..model
            },
        );
    }
}

const DELETE: &[collecting::Op] = &[collecting::Op::Change(9)];
const DELETE_AND_READ: &[collecting::Op] = &[collecting::Op::Change(9), collecting::Op::Read];
const CHANGE: &[collecting::Op] = &[collecting::Op::Change(1)];

/// Changes are old ones, tried at a low ballot first.
fn collecting(clients: &[&[collecting::Op]], tries: u8) -> Collecting {
    Collecting {
        bug: None,
        clients: clients.iter().map(|ops| ops.to_vec()).collect(),
        collectors: 1,
        tries,
        low: true,
        asks_next: false,
        others: 0,
    }
}

/// Changes are new ones, tried once.
fn deleted_then(clients: &[&[collecting::Op]]) -> Collecting {
    Collecting {
        low: false,
        ..collecting(clients, 1)
    }
}

#[test]
fn a_deleted_register_stays_deleted_when_it_is_collected() {
    use collecting::Op::{Change, Read};
    holds(
        "collecting, an old change",
        collecting(&[CHANGE, DELETE], 2),
    );
    holds(
        "collecting, an old change and a read",
        collecting(&[CHANGE, DELETE_AND_READ], 1),
    );
    holds(
        "collecting, created again, two collectors",
        Collecting {
            collectors: 2,
            ..deleted_then(&[&[Change(9), Change(1), Read]])
        },
    );
    holds(
        "collecting, another register's too",
        Collecting {
            others: 1,
            ..deleted_then(&[&[Change(9), Change(1), Read]])
        },
    );
    if full() {
        holds(
            "collecting, an old change and a read, two tries",
            collecting(&[CHANGE, DELETE_AND_READ], 2),
        );
        holds(
            "collecting, an old change, another register's too",
            Collecting {
                others: 1,
                ..collecting(&[CHANGE, DELETE], 2)
            },
        );
        holds(
            "collecting, an old change, two collectors",
            Collecting {
                collectors: 2,
                ..collecting(&[CHANGE, DELETE], 2)
            },
        );
        holds(
            "collecting, an old change, another reads",
            collecting(&[CHANGE, DELETE, &[Read]], 1),
        );
        holds(
            "collecting, changes in a row",
            Collecting {
                asks_next: true,
                ..collecting(&[&[Change(1), Change(2)], DELETE], 2)
            },
        );
        holds(
            "collecting, created again, another reads",
            deleted_then(&[&[Change(9), Change(1)], &[Read]]),
        );
        holds(
            "collecting, created again, another changes",
            deleted_then(&[&[Change(9), Change(2)], CHANGE]),
        );
    }
}

/// What the rest makes needless, in the bounds of the models above; see `README.md`.
#[test]
fn an_erasing_may_ask_less() {
    use collecting::Bug::{NextUnasked, PromiseKept};
    use collecting::Op::Change;
    for bug in [NextUnasked, PromiseKept] {
        let without = |model| Collecting {
            bug: Some(bug),
            ..model
        };
        holds(
            &format!("collecting with {bug:?}"),
            without(collecting(&[CHANGE, DELETE], 2)),
        );
        if full() {
            holds(
                &format!("collecting with {bug:?}, created again"),
                without(deleted_then(&[&[Change(9), Change(2)], CHANGE])),
            );
        }
    }
}

#[test]
fn a_collection_with_a_bug_is_found_out() {
    use collecting::Bug;
    use collecting::Op::{Change, Read};
    let others = Collecting {
        collectors: 0,
        others: 1,
        ..deleted_then(&[&[Read, Read]])
    };
    for (bug, model) in [
        (
            Bug::ErasedAtOnce,
            deleted_then(&[&[Change(1), Change(9), Read]]),
        ),
        (Bug::FloorForgotten, collecting(&[CHANGE, DELETE], 1)),
        (
            Bug::VersionForgotten,
            deleted_then(&[&[Change(9), Change(1)]]),
        ),
        (Bug::BegunAnew, collecting(&[CHANGE, DELETE], 2)),
        (
            Bug::PromiseIgnored,
            deleted_then(&[&[Change(9), Change(2)], CHANGE]),
        ),
        (
            Bug::FloorShown,
            deleted_then(&[&[Change(9), Read, Change(1)]]),
        ),
        (Bug::FloorShown, others),
    ] {
        finds(
            &format!("collecting with {bug:?}"),
            Collecting {
                bug: Some(bug),
                ..model
            },
        );
    }
}

const fn log(epochs: u8, rounds: u8, wipes: u8) -> Epochs {
    Epochs {
        bug: None,
        epochs,
        rounds,
        wipes,
    }
}

#[test]
fn no_two_nodes_adopt_different_documents_for_an_epoch() {
    holds("epoch log", log(1, 1, 0));
    holds("epoch log, a disk lost", log(1, 1, 1));
    if full() {
        holds("epoch log, two rounds", log(1, 2, 0));
        holds("epoch log, two epochs", log(2, 1, 0));
        holds("epoch log, three epochs", log(3, 1, 0));
    }
}

#[test]
fn an_epoch_log_with_a_bug_is_found_out() {
    use epochs::Bug;
    for (bug, model) in [
        (Bug::FoundIgnored, log(1, 1, 0)),
        (Bug::BlankVotes, log(1, 1, 1)),
    ] {
        finds(
            &format!("epoch log with {bug:?}"),
            Epochs {
                bug: Some(bug),
                ..model
            },
        );
    }
}

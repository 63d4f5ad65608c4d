//! The checks find what they are for, and say it.

mod bounded;
mod causal;
mod converged;
mod export;
mod history;
mod lost;
mod once;
mod purged;
mod resurrection;
mod session;

use bytes::Bytes;

use super::*;
use crate::Code;
use crate::base::time::Mono;
use crate::causal::{Actor, Context, Dot, Stamp, Version};
use crate::node::{Answer, Level};

/// A full key: `cart` of the default table.
pub(super) const KEY: Bytes = Bytes::from_static(b"\0cart");

/// A request as a test writes it down: times in milliseconds, W and R 2, at n1.
pub(super) fn operation(
    asked: Asked,
    called_ms: u64,
    ended_ms: u64,
    outcome: Outcome,
) -> Operation {
    Operation {
        client: 0,
        session: None,
        via: NodeId(1),
        key: KEY,
        asked,
        token: None,
        level: Level::Count(2),
        quorum: 2,
        expires: false,
        promise: Promise::Strict,
        called: Mono(called_ms * 1_000_000),
        ended: (outcome != Outcome::Open).then_some(Mono(ended_ms * 1_000_000)),
        outcome,
    }
}

pub(super) fn asked_put(value: &str, context: Context) -> Asked {
    Asked::Put {
        value: Bytes::copy_from_slice(value.as_bytes()),
        context,
    }
}

pub(super) fn put(value: &str, called_ms: u64, ended_ms: u64) -> Operation {
    let done = Outcome::Done(Answer::default());
    operation(
        asked_put(value, Context::default()),
        called_ms,
        ended_ms,
        done,
    )
}

pub(super) fn delete(called_ms: u64, ended_ms: u64) -> Operation {
    let done = Outcome::Done(Answer::default());
    operation(Asked::Delete { context: None }, called_ms, ended_ms, done)
}

pub(super) fn get(values: &[&str], called_ms: u64, ended_ms: u64) -> Operation {
    let values = values
        .iter()
        .map(|text| Bytes::copy_from_slice(text.as_bytes()));
    let answer = Answer {
        values: values.collect(),
        ..Answer::default()
    };
    operation(Asked::Get, called_ms, ended_ms, Outcome::Done(answer))
}

pub(super) fn failed(operation: Operation, code: Code) -> Operation {
    Operation {
        outcome: Outcome::Failed(code),
        ..operation
    }
}

pub(super) fn by(client: u32, node: u32, operation: Operation) -> Operation {
    Operation {
        client,
        via: NodeId(node),
        ..operation
    }
}

/// With the dot and what was seen, as a node answers.
pub(super) fn answered(operation: Operation, dot: Option<Dot>, seen: &[Dot]) -> Operation {
    let mut answer = operation.answer().unwrap().clone();
    answer.dot = dot;
    answer.context = context(seen);
    Operation {
        outcome: Outcome::Done(answer),
        ..operation
    }
}

pub(super) fn context(seen: &[Dot]) -> Context {
    let mut context = Context::default();
    for dot in seen {
        context.seen.see(*dot);
    }
    context
}

/// The `counter`th write of n1.
pub(super) fn dot(counter: u64) -> Dot {
    Dot {
        actor: Actor::new(NodeId(1), 1),
        counter,
    }
}

pub(super) fn history(operations: impl IntoIterator<Item = Operation>) -> History {
    let mut history = History::default();
    for operation in operations {
        history.open(operation).unwrap();
    }
    history
}

pub(super) fn version(value: Option<&'static str>, wall_ms: u64) -> Version {
    Version {
        value: value.map(|text| Bytes::from_static(text.as_bytes())),
        stamp: Stamp {
            wall_ms,
            logical: 0,
            node: NodeId(1),
        },
        deadline: None,
    }
}

/// n1, n2 and so on, each with one cell.
pub(super) fn disks(cells: &[&Cell]) -> Disks {
    let held = |cell: &&Cell| BTreeMap::from([(KEY, (*cell).clone())]);
    cells
        .iter()
        .zip(1..)
        .map(|(cell, node)| (NodeId(node), held(cell)))
        .collect()
}

/// A disk of n3 that was lost at this time.
pub(super) fn lost_disk(at_ms: u64) -> Survivors {
    Survivors {
        lost: BTreeMap::from([(NodeId(3), Mono(at_ms * 1_000_000))]),
        ..Survivors::default()
    }
}

//! A history as plain rows, for a checker from outside (Porcupine, Knossos).
//!
//! A row is one operation. A register checker reads it so: `ok` took effect between its two times; `unknown`
//! may take effect at any time after its call, or never; `failed` never did. Keys are registers of their own,
//! at first with nothing.
//!
//! Of a key that is compared and set the state is a value and a version, at first nothing and 0. A `cas` that ended
//! `ok` found its conditions to hold, and made the version that it tells; of one that ended in a `conflict` one did
//! not. While there is no value the version may rise by itself.

use super::history::{Asked, Edge, Effect, History, Operation, Outcome};
use crate::Code;
use crate::node::{Condition, Edit, Level, client_key};

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who asked, from 1: one thing after the other. 0 where nobody says; such rows may overlap.
    pub client: u32,
    /// The key, written as values are.
    pub key: String,
    /// `get`, `put`, `delete`, `update`, `cas`, or `get-local` for a read at LOCAL_SERIAL, which may be old.
    pub op: &'static str,
    /// What was put, the change of an update, what a get returned, or the sum that a `cas` made; none is nothing.
    /// Text as it is, with each backslash doubled and each byte that is no UTF-8 as `\xff`: no two values are
    /// written alike.
    pub value: Option<String>,
    /// `ok`, `failed`, `unknown`; `conflict` for a `cas`; or `siblings` for a get that returned several values:
    /// `value` lists them then, and no register answers so.
    pub result: String,
    /// Of a `cas`, what must hold, all of it: `absent`, `exists`, `version 3`, `value milk`.
    pub conditions: Vec<String>,
    /// Of a `cas`, the change: `put milk`, `delete`, `add -2`.
    pub edit: Option<String>,
    /// Of a register that is compared and set: the version that a change made, or that a get showed.
    pub version: Option<u64>,
    /// The idempotency key: writes of a key under one are tries of one change.
    pub token: Option<u64>,
    /// When it was asked, nanoseconds. Where two events share one time the later is put a nanosecond on, so
    /// that the rows keep their order.
    pub call_ns: u64,
    /// When it was answered, nanoseconds; none where the result is unknown.
    pub return_ns: Option<u64>,
}

/// Every operation of a history, in the order of recording.
pub fn rows(history: &History) -> impl Iterator<Item = Row> + '_ {
    let times = distinct_times(history);
    let operations = history.operations().iter();
    operations
        .zip(times)
        .map(|(operation, (call_ns, return_ns))| row(operation, call_ns, return_ns))
}

/// The times of each operation's call and end, no two alike, in the order of the events.
fn distinct_times(history: &History) -> Vec<(u64, Option<u64>)> {
    let mut times = vec![(0, None); history.operations().len()];
    let mut free = 0;
    for event in history.events() {
        let ns = event.moment.at.0.max(free);
        free = ns.saturating_add(1);
        match event.edge {
            Edge::Call => times[event.place].0 = ns,
            Edge::Return => times[event.place].1 = Some(ns),
        }
    }
    times
}

fn row(operation: &Operation, call_ns: u64, return_ns: Option<u64>) -> Row {
    let (op, asked) = match &operation.asked {
        Asked::Get if operation.level == Level::LocalSerial => ("get-local", None),
        Asked::Get => ("get", None),
        Asked::Put { value, .. } => ("put", Some(plain(value))),
        Asked::Delete { .. } => ("delete", None),
        Asked::Update(change) => ("update", Some(change.to_string())),
        Asked::Cas { .. } => ("cas", None),
    };
    let result = match (operation.effect(), operation.answer()) {
        (Effect::Certain, Some(answer)) if answer.values.len() > 1 => "siblings",
        (Effect::Certain, _) => "ok",
        (Effect::Never, _) if op == "cas" && is_conflict(operation) => "conflict",
        (Effect::Never, _) => "failed",
        (Effect::Unknown, _) => "unknown",
    };
    let answer = operation.answer();
    let returned = answer.map(|answer| answer.values.as_slice());
    let value = match returned {
        Some(values @ [_, ..]) => {
            let all: Vec<String> = values.iter().map(|value| plain(value)).collect();
            Some(all.join(", "))
        }
        Some([]) | None => asked,
    };
    let (conditions, edit) = match &operation.asked {
        Asked::Cas { conditions, edit } => (conditions.as_slice(), Some(edit_of(edit))),
        _ => (&[][..], None),
    };
    let is_serial = op == "cas" || operation.level.is_serial();
    Row {
        client: operation.client,
        key: plain(client_key(&operation.key)),
        op,
        value,
        result: result.to_owned(),
        conditions: conditions.iter().map(condition_of).collect(),
        edit,
        version: answer.map(|answer| answer.version).filter(|_| is_serial),
        token: operation.token,
        call_ns,
        return_ns: return_ns.filter(|_| result != "unknown"),
    }
}

fn is_conflict(operation: &Operation) -> bool {
    operation.outcome == Outcome::Failed(Code::Conflict)
}

fn condition_of(condition: &Condition) -> String {
    match condition {
        Condition::Absent => "absent".to_owned(),
        Condition::Exists => "exists".to_owned(),
        Condition::Version(version) => format!("version {version}"),
        Condition::Value(value) => format!("value {}", plain(value)),
    }
}

fn edit_of(edit: &Edit) -> String {
    match edit {
        Edit::Put(value) => format!("put {}", plain(value)),
        Edit::Delete => "delete".to_owned(),
        Edit::Add(by) => format!("add {by}"),
    }
}

/// Bytes as text that tells every two of them apart.
fn plain(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

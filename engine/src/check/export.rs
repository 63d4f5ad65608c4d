//! A history as plain rows, for a checker from outside (Porcupine, Knossos).
//!
//! A row is one operation. A register checker reads it so: `ok` took effect between its two times; `unknown`
//! may take effect at any time after its call, or never; `failed` never did. Keys are registers of their own,
//! at first with nothing.

use super::history::{Asked, Edge, Effect, History, Operation};
use super::words::cas_told;
use crate::node::client_key;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who asked, from 1: one thing after the other. 0 where nobody says; such rows may overlap.
    pub client: u32,
    /// The key, written as values are.
    pub key: String,
    /// `get`, `put`, `delete` or `update`.
    pub op: &'static str,
    /// What was put, the change of an update, or what a get returned; none is nothing. Text as it is, with
    /// each backslash doubled and each byte that is no UTF-8 as `\xff`: no two values are written alike.
    pub value: Option<String>,
    /// `ok`, `failed`, `unknown`, or `siblings` for a get that returned several values: `value` lists them
    /// then, and no register answers so.
    pub result: String,
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
        Asked::Get => ("get", None),
        Asked::Put { value, .. } => ("put", Some(plain(value))),
        Asked::Delete { .. } => ("delete", None),
        Asked::Update(change) => ("update", Some(change.to_string())),
        Asked::Cas { conditions, edit } => ("cas", Some(cas_told(conditions, edit))),
    };
    let (result, value) = match (operation.effect(), operation.answer()) {
        (Effect::Certain, Some(answer)) if !operation.writes() => match answer.values.as_slice() {
            [] => ("ok", None),
            [value] => ("ok", Some(plain(value))),
            values => {
                let all: Vec<String> = values.iter().map(|value| plain(value)).collect();
                ("siblings", Some(all.join(", ")))
            }
        },
        (Effect::Certain, _) => ("ok", asked),
        (Effect::Never, _) => ("failed", asked),
        (Effect::Unknown, _) => ("unknown", asked),
    };
    Row {
        client: operation.client,
        key: plain(client_key(&operation.key)),
        op,
        value,
        result: result.to_owned(),
        call_ns,
        return_ns: return_ns.filter(|_| result != "unknown"),
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

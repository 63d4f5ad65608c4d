//! How verdicts name keys, values, clients and requests.

use bytes::Bytes;

use super::history::{Asked, History, Operation};
use crate::base::time::clock;
use crate::node::{Condition, Edit, client_key};

/// How much of a key or value a verdict shows, characters.
const SHOWN_CHARS_MAX: usize = 40;

/// A key as verdicts and pictures show it.
#[must_use]
pub fn shown_key(key: &Bytes) -> String {
    shown(client_key(key))
}

/// Bytes on one line, cut short.
pub(super) fn shown(bytes: &[u8]) -> String {
    // Enough bytes for every character, so that a long value costs no more than a short one.
    let head = &bytes[..bytes.len().min(4 * SHOWN_CHARS_MAX + 4)];
    let text = String::from_utf8_lossy(head);
    let mut out: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().count() > SHOWN_CHARS_MAX {
        out.push('…');
    }
    out
}

/// A value or its absence.
pub(super) fn shown_value(value: Option<&Bytes>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| shown(value))
}

/// What a get returned.
pub(super) fn shown_values(values: &[Bytes]) -> String {
    if values.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = values.iter().map(|value| shown(value)).collect();
    shown.join(", ")
}

/// What was asked: `put cart=milk`.
pub(super) fn asked(operation: &Operation) -> String {
    let key = shown_key(&operation.key);
    match &operation.asked {
        Asked::Get => format!("get {key}"),
        Asked::Put { value, .. } => format!("put {key}={}", shown(value)),
        Asked::Delete { .. } => format!("delete {key}"),
        Asked::Update(change) => format!("update {key} {}", change),
        Asked::Cas { conditions, edit } => format!("cas {key} {}", cas_told(conditions, edit)),
    }
}

/// A request with its client, node and time: `get cart via n4 by client 2 at 30ms`.
pub(super) fn told(history: &History, place: usize) -> String {
    let operation = &history.operations()[place];
    let client = match operation.client {
        0 => String::new(),
        client => format!(" by client {client}"),
    };
    format!(
        "{} via {}{client} at {}",
        asked(operation),
        operation.via,
        clock(operation.called)
    )
}

/// When a request ended: `acknowledged at 35ms`, `never answered`.
pub(super) fn end_told(operation: &Operation) -> String {
    match (operation.answer(), operation.ended) {
        (Some(_), Some(ended)) => format!("acknowledged at {}", clock(ended)),
        (_, Some(ended)) => format!("of unknown end at {}", clock(ended)),
        (_, None) => "never answered".to_owned(),
    }
}

/// A change of a register, and what must hold for it, in words: `if absent: put v1`.
#[must_use]
pub fn cas_told(conditions: &[Condition], edit: &Edit) -> String {
    let told = |condition: &Condition| match condition {
        Condition::Absent => "absent".to_owned(),
        Condition::Exists => "exists".to_owned(),
        Condition::Version(version) => format!("version {version}"),
        Condition::Value(value) => shown(value),
    };
    let edit = match edit {
        Edit::Put(value) => format!("put {}", shown(value)),
        Edit::Delete => "delete".to_owned(),
        Edit::Add(by) => format!("add {by}"),
    };
    match conditions {
        [] => edit,
        some => {
            let all: Vec<String> = some.iter().map(told).collect();
            format!("if {}: {edit}", all.join(" and "))
        }
    }
}

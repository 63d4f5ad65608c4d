//! What a client asks for, and under which name the cluster knows it.

use core::fmt;

use bytes::Bytes;

use crate::causal::{Dot, Stamp, Token};

/// How much of a value a text shows, characters.
const SHOWN_CHARS_MAX: usize = 24;

/// One change of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A counter goes up, or down where the kind allows it.
    Add(i64),
    /// A set takes an element in. It stays beside a concurrent remove.
    Insert(Bytes),
    /// A set drops an element: every insert of it that the state at hand has seen, and no other.
    Remove(Bytes),
    /// A map's field takes a value.
    Set {
        /// The field.
        field: Bytes,
        /// Its value.
        value: Bytes,
    },
    /// A map's field loses its value.
    Unset {
        /// The field.
        field: Bytes,
    },
    /// A register takes a value.
    Assign(Bytes),
}

/// Under which name a change is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The write; given once.
    pub dot: Dot,
    /// When it was; of two concurrent changes of a map's field or a register the later one wins.
    pub stamp: Stamp,
    /// The idempotency key, where the client gave one. Counters heed it; the other kinds' changes can be repeated
    /// as they are, though a late repeat undoes what came in between.
    pub token: Option<Token>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |bytes: &Bytes| -> String {
            let text = String::from_utf8_lossy(bytes);
            text.chars()
                .take(SHOWN_CHARS_MAX)
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect()
        };
        match self {
            Self::Add(by) => write!(f, "{by:+}"),
            Self::Insert(value) => write!(f, "add {}", shown(value)),
            Self::Remove(value) => write!(f, "remove {}", shown(value)),
            Self::Set { field, value } => write!(f, "{}={}", shown(field), shown(value)),
            Self::Unset { field } => write!(f, "unset {}", shown(field)),
            Self::Assign(value) => write!(f, "assign {}", shown(value)),
        }
    }
}

impl Change {
    /// What it takes in memory beside itself, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Add(_) => 0,
            Self::Insert(value) | Self::Remove(value) | Self::Assign(value) => value.len(),
            Self::Set { field, value } => field.len() + value.len(),
            Self::Unset { field } => field.len(),
        }
    }

    /// The name in an error's text.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Insert(_) => "insert",
            Self::Remove(_) => "remove",
            Self::Set { .. } => "set",
            Self::Unset { .. } => "unset",
            Self::Assign(_) => "assign",
        }
    }

    /// The bytes of a client that it carries.
    pub(super) fn payload_bytes(&self) -> usize {
        match self {
            Self::Add(_) => 0,
            Self::Insert(element) | Self::Remove(element) => element.len(),
            Self::Set { field, value } => field.len() + value.len(),
            Self::Unset { field } => field.len(),
            Self::Assign(value) => value.len(),
        }
    }
}

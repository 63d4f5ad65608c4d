//! Lesson 4: what must hold of a run, whatever the faults. Each check says in words what it found.

mod converged;
mod history;
mod lost;
#[cfg(test)]
mod tests;

pub use converged::converged;
pub use history::{Asked, History, Operation, Outcome};
pub use lost::no_lost_writes;

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::NodeId;
use crate::causal::Cell;

/// What every node's disk holds.
pub type Disks = BTreeMap<NodeId, BTreeMap<Bytes, Cell>>;

/// A check's verdict; the text says what is wrong.
pub type Verdict = core::result::Result<(), String>;

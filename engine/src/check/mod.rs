//! Lesson 4: what must hold of a run, whatever the faults. Each check says in words what it found, and which
//! operations show it, so that a picture can mark them.
//!
//! In go a [`History`], and for some what every disk holds after the run ([`Disks`]); out comes a
//! [`Verdict`]. A check is a pure function, and sound: what it reports has happened. None is complete, since
//! a history does not hold what no client was told.
//!
//! | check | says | from |
//! |---|---|---|
//! | [`linearizable`] | every key is one register | Herlihy and Wing 1990 |
//! | [`sessions`] | a session never sees its own past undone | Terry et al. 1994 |
//! | [`no_lost_writes`] | what was acknowledged is still there | Dynamo 2007, section 4 |
//! | [`overwritten_stays_gone`] | an overwritten value never returns | Lloyd et al. 2011 |
//! | [`deleted_stays_gone`] | a deleted value never returns | Cassandra's tombstones |
//! | [`converged`] | replicas are equal, hints are delivered | Terry et al. 1995 |
//! | [`stream_bounded`], [`within_limits`] | repair sends what differs, limits hold | |

mod bounded;
mod causal;
mod converged;
mod export;
mod history;
mod linearizable;
mod lost;
mod once;
mod purge;
mod resurrection;
mod session;
mod survivors;
#[cfg(test)]
mod tests;
mod words;

pub use bounded::{
    EXCHANGE_OVERHEAD_BYTES, Figure, STREAM_FACTOR, StreamFigures, stream_bounded, within_limits,
};
pub use causal::overwritten_stays_gone;
pub use converged::{behind, converged};
pub use export::{Row, rows};
pub use history::{Asked, Edge, Effect, Event, History, Moment, Operation, Outcome, Promise};
pub use linearizable::{Judgement, NOT_DECIDED, judge, linearizable, linearizable_key};
pub use lost::no_lost_writes;
pub use once::{applied_once, counted_once};
pub use resurrection::deleted_stays_gone;
pub use session::sessions;
pub use survivors::{Concurrent, Survivors, Tombstones};
pub use words::{cas_told, shown_key};

use core::fmt;
use std::collections::BTreeMap;

use bytes::Bytes;

use crate::NodeId;
use crate::causal::{Cell, Relation, VersionVector};

/// What every node's disk holds.
pub type Disks = BTreeMap<NodeId, BTreeMap<Bytes, Cell>>;

/// What broke, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as the field names it: `read your writes`.
    pub rule: &'static str,
    /// What is wrong, for a reader.
    pub words: String,
    /// The operations that show it, as places in the history, in the order of asking; none where the disks
    /// alone show it.
    pub operations: Vec<usize>,
}

impl Violation {
    /// A violation that no operation shows.
    pub fn new(rule: &'static str, words: impl Into<String>) -> Self {
        Self {
            rule,
            words: words.into(),
            operations: Vec::new(),
        }
    }

    /// With the operations that show it; each once, in the order of asking.
    #[must_use]
    pub fn shown_by(mut self, history: &History, places: impl IntoIterator<Item = usize>) -> Self {
        self.operations.extend(places);
        self.operations
            .sort_unstable_by_key(|place| history.called(*place));
        self.operations.dedup();
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl core::error::Error for Violation {}

/// A check's verdict.
pub type Verdict = core::result::Result<(), Violation>;

/// Whether `whole` has seen every write that `part` has.
fn covers_all(whole: &VersionVector, part: &VersionVector) -> bool {
    matches!(part.compare(whole), Relation::Before | Relation::Equal)
}

/// The places of each key's operations, in the order of recording.
fn places_by_key(history: &History) -> BTreeMap<&Bytes, Vec<usize>> {
    let mut by_key: BTreeMap<&Bytes, Vec<usize>> = BTreeMap::new();
    for (place, operation) in history.operations().iter().enumerate() {
        by_key.entry(&operation.key).or_default().push(place);
    }
    by_key
}

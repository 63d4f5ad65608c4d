//! What of a run's data may rightly be gone.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{Operation, Promise};
use crate::NodeId;
use crate::base::time::Mono;

/// Whether a run may have purged tombstones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tombstones {
    /// All are kept: a write's dot stays seen for ever.
    #[default]
    Kept,
    /// Some may have been purged: a key that was deleted may be unknown to every node.
    Purged,
}

/// What becomes of concurrent versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrent {
    /// They stay beside each other.
    #[default]
    Kept,
    /// The one with the highest stamp stays: a delete takes along what it has not seen.
    LatestWins,
}

/// What befell the data of a run beyond what was asked: the default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survivors {
    /// The nodes that lost what their disk held, each with the last time that it did.
    pub lost: BTreeMap<NodeId, Mono>,
    /// The nodes whose disk went back to an earlier state, unnoticed, as one that lies about its syncs does. Such a
    /// node answers reads, while one that lost its disk does not before its peers have filled it again.
    pub rolled_back: BTreeSet<NodeId>,
    /// Whether tombstones were purged.
    pub tombstones: Tombstones,
    /// What becomes of concurrent versions.
    pub concurrent: Concurrent,
}

impl Survivors {
    /// How many nodes lost their disk at `called` or later. One that lost it earlier cannot have taken a copy
    /// of what was asked at `called` along.
    #[must_use]
    pub fn lost_since(&self, called: Mono) -> usize {
        let lost = self
            .lost
            .iter()
            .filter(|(node, lost)| **lost >= called && !self.rolled_back.contains(node));
        lost.count() + self.rolled_back.len()
    }

    /// Copies of an acknowledged write, at owners, that no loss of a disk has taken: at least so many.
    ///
    /// W durable copies stand on W different disks, and a disk that is lost takes one of them at most.
    /// Repair may have made more copies; they are not counted.
    #[must_use]
    pub fn copies(&self, write: &Operation) -> usize {
        match write.promise {
            Promise::Strict => write.quorum.saturating_sub(self.lost_since(write.called)),
            Promise::Sloppy | Promise::None => 0,
        }
    }

    /// How many owners a strict read of R owners may count on to have an acknowledged write: R more than the rest
    /// of N must meet one of them. While a copy is left, nodes that lost their disk are filled from it before
    /// they answer.
    #[must_use]
    pub fn met_by(&self, write: &Operation) -> usize {
        match self.copies(write) {
            0 => 0,
            _ => write.quorum.saturating_sub(self.rolled_back.len()),
        }
    }

    /// Whether an acknowledged write must be on some disk after everything has healed.
    ///
    /// | acknowledged by | promised when |
    /// |---|---|
    /// | a majority of the `replication` owners | fewer disks were lost since than W |
    /// | fewer owners, or stand-ins | no disk was lost since |
    /// | [`Promise::None`] | never |
    #[must_use]
    pub fn promised(&self, write: &Operation, replication: usize) -> bool {
        match write.promise {
            Promise::Strict if write.quorum.saturating_mul(2) > replication => {
                self.copies(write) > 0
            }
            Promise::Strict | Promise::Sloppy => self.lost_since(write.called) == 0,
            Promise::None => false,
        }
    }
}

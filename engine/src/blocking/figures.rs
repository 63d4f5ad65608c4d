//! Figures about placement: what a change of members would move, and how evenly keys lie.

use super::cluster::Cluster;
use super::config::PlacementKind;
use crate::base::limits::SAMPLE_KEYS_MAX;
use crate::ring::{Balance, Member, Movement, balance, movement};
use crate::{Error, NodeId, Result, Zone};

/// A change of members, to be weighed before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A node joins.
    Join {
        /// Who.
        node: NodeId,
        /// Its failure domain.
        zone: Zone,
        /// Its weight.
        weight: u32,
    },
    /// A node leaves.
    Leave(NodeId),
}

/// The sample that figures are computed over: `key-0`, `key-1`, …
pub fn sample_keys(count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| format!("key-{number}").into_bytes())
}

impl Cluster {
    /// What a change would move of `keys` sample keys, under this cluster's placement or another one.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a node that is there already, or is not, or too large a sample.
    pub fn weigh(&self, change: Change, kind: PlacementKind, keys: u64) -> Result<Movement> {
        let keys = sample(keys)?;
        let before = self
            .config()
            .place(kind, self.placement().members().to_vec())?;
        let after = match change {
            Change::Join { node, zone, weight } => before.with(Member { node, zone, weight })?,
            Change::Leave(node) => before.without(node)?,
        };
        Ok(movement(&*before, &*after, self.config().replication, keys))
    }

    /// How evenly `keys` sample keys lie on the nodes, first owners only.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for too large a sample.
    pub fn balance(&self, keys: u64) -> Result<Balance> {
        Ok(balance(self.placement(), sample(keys)?))
    }
}

fn sample(keys: u64) -> Result<impl Iterator<Item = Vec<u8>>> {
    if (1..=SAMPLE_KEYS_MAX).contains(&keys) {
        return Ok(sample_keys(keys));
    }
    Err(Error::invalid(format!(
        "keys={keys}: it must be from 1 to {SAMPLE_KEYS_MAX}"
    )))
}

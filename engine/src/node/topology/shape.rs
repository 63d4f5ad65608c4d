//! A topology, as a node looks keys up in it.

use std::sync::Arc;

use crate::base::id::Nodes;
use crate::node::table::client_key;
use crate::ring::topology::{Topology, placed};
use crate::ring::{Member, Placement};
use crate::{NodeId, Result};

/// The document of an epoch with the placements that it names. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The document.
    pub topology: Arc<Topology>,
    /// Who owns which key.
    pub owners: Arc<dyn Placement>,
    /// Who will, while ranges move.
    pub coming: Option<Arc<dyn Placement>>,
    founding: Arc<dyn Placement>,
}

impl Shape {
    /// That of a cluster's first epoch.
    #[must_use]
    pub fn founding(placement: Arc<dyn Placement>) -> Self {
        Self {
            topology: Arc::new(Topology::founding(placement.members())),
            owners: Arc::clone(&placement),
            coming: None,
            founding: placement,
        }
    }

    /// That of another document of the same cluster.
    ///
    /// # Errors
    /// As [`placed`], for members that make no placement.
    pub fn of(&self, topology: Topology) -> Result<Self> {
        let place = |from: &Arc<dyn Placement>, members: &[Member]| -> Result<Arc<dyn Placement>> {
            let placed = placed(&**from, members)?;
            Ok(placed.map_or_else(|| Arc::clone(from), Arc::from))
        };
        let mut owners = Arc::clone(&self.founding);
        for members in topology.past.iter().chain([&topology.members]) {
            owners = place(&owners, members)?;
        }
        let coming = topology.coming.as_ref();
        Ok(Self {
            coming: coming
                .map(|coming| place(&owners, &coming.members))
                .transpose()?,
            owners,
            founding: Arc::clone(&self.founding),
            topology: Arc::new(topology),
        })
    }

    /// The number of its epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.topology.epoch
    }

    /// N of a full key, whose table was made with `replication`.
    #[must_use]
    pub fn copies(&self, key: &[u8], replication: usize) -> usize {
        let table = key.first().copied().unwrap_or(0);
        let set = self.topology.copies.get(&table);
        set.copied().unwrap_or(replication)
    }

    /// The owners of a full key.
    #[must_use]
    pub fn owners_of(&self, key: &[u8], replication: usize) -> Nodes {
        let copies = self.copies(key, replication);
        self.owners.preference(client_key(key), copies)
    }

    /// The owners to come of a full key; none where nothing moves.
    #[must_use]
    pub fn coming_of(&self, key: &[u8], replication: usize) -> Nodes {
        let (Some(placement), Some(coming)) = (&self.coming, &self.topology.coming) else {
            return Nodes::new();
        };
        let table = key.first().copied().unwrap_or(0);
        let copies = coming.copies.get(&table).copied().unwrap_or(replication);
        placement.preference(client_key(key), copies)
    }

    /// Whether the node is an owner of a full key, or will be one.
    #[must_use]
    pub fn holds(&self, node: NodeId, key: &[u8], replication: usize) -> bool {
        self.owners_of(key, replication).contains(&node)
            || self.coming_of(key, replication).contains(&node)
    }

    /// Whether the node is no owner of a full key, and will be one.
    #[must_use]
    pub fn gains(&self, node: NodeId, key: &[u8], replication: usize) -> bool {
        self.coming_of(key, replication).contains(&node)
            && !self.owners_of(key, replication).contains(&node)
    }
}

//! What a key's bytes say: whether it is a cell's, who owns it, and how its versions are joined.

use std::sync::Arc;

use crate::base::hash::hash64;
use crate::base::mutant::Mutant;
use crate::causal::{KeepLatest, Resolve};
use crate::node::table::{Policy, Tables, client_key};
use crate::node::topology::Shape;
use crate::ring::{Placement, Ring};
use crate::{Error, NodeId, Result};

/// From this first byte on, keys are the replica's own records; below stand the tables.
pub(super) const RECORDS: u8 = 0xf0;
/// First byte of a hint.
pub(super) const HINTS: u8 = 0xf1;
/// First byte of a register.
pub(in crate::node) const REGISTERS: u8 = 0xf3;
/// First byte of what a replica remembers of itself.
pub(super) const METADATA: u8 = 0xf2;

/// The one place that knows how a key is read. What it answers depends on the key alone.
#[derive(Clone, Debug)]
pub struct Keyspace {
    shape: Shape,
    tables: Arc<Tables>,
    mutant: Option<Mutant>,
}

impl Keyspace {
    /// Keys of these tables, placed like this. `mutant` is a planted bug, for tests only.
    #[must_use]
    pub fn new(placement: Arc<dyn Placement>, tables: Arc<Tables>, mutant: Option<Mutant>) -> Self {
        Self {
            shape: Shape::founding(placement),
            tables,
            mutant,
        }
    }

    /// The same keys in another epoch.
    #[must_use]
    pub fn shaped(&self, shape: Shape) -> Self {
        Self {
            shape,
            ..self.clone()
        }
    }

    /// The epoch, and who owns what in it.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    fn replication(&self, key: &[u8]) -> usize {
        self.tables.of(key).replication
    }

    /// Whether the node is an owner of the key, or will be one.
    pub(super) fn holds(&self, node: NodeId, key: &[u8]) -> bool {
        self.shape.holds(node, key, self.replication(key))
    }

    /// Whether the node is an owner of the key now.
    pub(super) fn owns(&self, node: NodeId, key: &[u8]) -> bool {
        self.shape
            .owners_of(key, self.replication(key))
            .contains(&node)
    }

    /// Whether the node is no owner of the key, and will be one.
    pub(super) fn gains(&self, node: NodeId, key: &[u8]) -> bool {
        self.shape.gains(node, key, self.replication(key))
    }

    /// Whether this planted bug is switched on.
    pub(super) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// From now on there are these tables.
    pub(super) fn set_tables(&mut self, tables: Arc<Tables>) {
        self.tables = tables;
    }

    /// What is in the key's table.
    pub(super) fn policy(&self, key: &[u8]) -> &Policy {
        &self.tables.of(key).policy
    }

    /// Refuses a key that is no cell's: a peer must not write this replica's own records.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`].
    pub fn check(&self, key: &[u8]) -> Result<()> {
        if is_cell(key) {
            return Ok(());
        }
        Err(Error::invalid(
            "a key of no table: its first byte names one, 0 to 239",
        ))
    }

    /// What is kept of a key's concurrent versions.
    #[must_use]
    pub fn resolve(&self, key: &[u8]) -> &'static dyn Resolve {
        match self.has(Mutant::DropSibling) {
            true => &KeepLatest,
            false => self.tables.of(key).resolve(),
        }
    }

    /// N of the key.
    #[must_use]
    pub fn copies(&self, key: &[u8]) -> usize {
        self.shape.copies(key, self.replication(key))
    }

    /// The nodes that hold the key, the preferred one first.
    #[must_use]
    pub fn owners(&self, key: &[u8]) -> Vec<NodeId> {
        self.shape.owners.owners(placed(key), self.copies(key))
    }

    /// The ring, where the placement is one, with the key's segment on it: the number of the token that owns it.
    /// Keys of one segment have the same owners.
    pub(super) fn segment(&self, key: &[u8]) -> Option<(&Ring, usize)> {
        let ring = self.shape.owners.as_ring()?;
        let (position, tokens) = (hash64(placed(key)), ring.tokens());
        let first = tokens.partition_point(|(token, _)| token.0 < position);
        Some((ring, if first == tokens.len() { 0 } else { first }))
    }
}

/// The part of a key by which it is placed.
fn placed(key: &[u8]) -> &[u8] {
    client_key(key)
}

/// Whether a stored key is a cell's.
pub(in crate::node) fn is_cell(key: &[u8]) -> bool {
    key.first().is_some_and(|table| *table < RECORDS)
}

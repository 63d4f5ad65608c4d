//! What the nodes of a world have agreed on: the document of each epoch, as the first node that entered it has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::host::Host;
use super::machine_disk::MachineDisk;
use super::world::World;
use crate::base::hash::hash64_with;
use crate::base::limits::NODES_MAX;
use crate::base::rng::Rng;
use crate::node::{Node, Shape};
use crate::ring::{Placement, Topology};
use crate::{Error, NodeId, Result};

/// See the module.
#[derive(Debug)]
pub(super) struct Epochs {
    documents: BTreeMap<u64, Arc<Topology>>,
    newest: Shape,
    /// Moves that have ended with their members owning their keys.
    moves: u64,
    cancelled: u64,
    /// The first two nodes that believe in different documents for one epoch.
    split: Option<String>,
}

impl Epochs {
    pub(super) fn new(placement: Arc<dyn Placement>) -> Self {
        let newest = Shape::founding(placement);
        Self {
            documents: BTreeMap::from([(newest.epoch(), Arc::clone(&newest.topology))]),
            newest,
            moves: 0,
            cancelled: 0,
            split: None,
        }
    }

    fn entered(&mut self, node: NodeId, shape: &Shape) {
        let epoch = shape.epoch();
        match self.documents.get(&epoch) {
            Some(known) if *known != shape.topology => {
                let words = format!(
                    "{node} entered epoch {epoch} with {:?}, where others have {known:?}",
                    shape.topology
                );
                self.split.get_or_insert(words);
            }
            Some(_) => {}
            None => {
                self.documents.insert(epoch, Arc::clone(&shape.topology));
                self.count_move(&shape.topology);
            }
        }
        if epoch > self.newest.epoch() {
            self.newest = shape.clone();
        }
    }

    fn count_move(&mut self, topology: &Topology) {
        let before = self.documents.get(&(topology.epoch - 1));
        let Some(coming) = before.and_then(|before| before.coming.as_ref()) else {
            return;
        };
        match topology.coming {
            Some(_) => {}
            None if topology.members == coming.members && topology.copies == coming.copies => {
                self.moves += 1;
            }
            None => self.cancelled += 1,
        }
    }
}

impl World {
    /// The newest epoch that a node has entered, and who owns what in it.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.epochs.newest
    }

    /// The document of an epoch that some node has entered.
    #[must_use]
    pub fn document(&self, epoch: u64) -> Option<&Topology> {
        self.epochs
            .documents
            .get(&epoch)
            .map(|document| &**document)
    }

    /// Moves that have ended: those whose members then own their keys, and those that were cancelled.
    #[must_use]
    pub fn moves(&self) -> (u64, u64) {
        (self.epochs.moves, self.epochs.cancelled)
    }

    /// Two nodes that entered one epoch with different documents, in words; none as it should be.
    #[must_use]
    pub fn split_epoch(&self) -> Option<&str> {
        self.epochs.split.as_deref()
    }

    pub(super) fn notice_epoch(&mut self, id: NodeId) {
        let Some(shape) = self.node(id).map(Node::shape).cloned() else {
            return;
        };
        self.epochs.entered(id, &shape);
        if let Some(host) = self.hosts.get_mut(id) {
            host.epoch = shape.epoch();
        }
    }

    /// Puts a machine with an empty disk beside the others and starts its node, which knows the cluster that was
    /// founded and belongs to it once the members have agreed on that.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is such a node, or too many; what opening its disk reports.
    pub fn add_machine(&mut self, node: NodeId) -> Result<()> {
        if self.hosts.get(node).is_some() {
            return Err(Error::invalid(format!(
                "there is a machine of {node} already"
            )));
        }
        if node.0 == 0 || self.hosts.iter().count() >= NODES_MAX as usize {
            return Err(Error::invalid(format!(
                "{node}: machines are numbered from n1, and there are at most {NODES_MAX}"
            )));
        }
        let seed = hash64_with(self.config.seed, &node.0.to_le_bytes());
        self.hosts
            .add(Host::new(node, Rng::from_seed(seed), MachineDisk::memory()));
        self.trace.add_node(node);
        let opened = self.open(node)?;
        self.boot(node, opened)
    }
}

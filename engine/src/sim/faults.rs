//! Faults, and their end.

use std::collections::BTreeSet;

use super::trace::What;
use super::world::World;
use crate::base::id::RequestId;
use crate::{Error, NodeId, Result};

impl World {
    /// Stops a node at once. Its open requests end: writes as ambiguous, reads as unavailable.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is down.
    pub fn kill(&mut self, node: NodeId) -> Result<()> {
        let host = self.host(node)?;
        if host.life.is_none() {
            return Err(Error::invalid(format!("{node} is down already")));
        }
        host.kill();
        self.trace.push(self.now, What::Kill { node });
        let open: Vec<(RequestId, bool)> = self
            .outstanding
            .iter()
            .filter(|(_, request)| request.node == node)
            .map(|(id, request)| (*id, request.writes))
            .collect();
        for (id, writes) in open {
            let error = if writes {
                Error::Ambiguous {
                    detail: format!("{node} died with the write under way; it may live on"),
                }
            } else {
                Error::Unavailable {
                    detail: format!("{node} died with the read under way"),
                }
            };
            self.end(id, Err(error));
        }
        Ok(())
    }

    /// Starts a node from its disk.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is up; [`Error::Corruption`] when its
    /// disk cannot be read: the node then stays down.
    pub fn restart(&mut self, node: NodeId) -> Result<()> {
        if self.host(node)?.life.is_some() {
            return Err(Error::invalid(format!("{node} is up already")));
        }
        self.trace.push(self.now, What::Restart { node });
        self.boot(node)
    }

    /// Splits the network; nodes in no group form one more. It replaces an earlier partition.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown or stands in two groups.
    pub fn partition(&mut self, groups: &[Vec<NodeId>]) -> Result<()> {
        let mut named = BTreeSet::new();
        for &node in groups.iter().flatten() {
            self.host(node)?;
            if !named.insert(node) {
                return Err(Error::invalid(format!(
                    "{node} stands twice in the partition"
                )));
            }
        }
        let rest: Vec<NodeId> = self
            .hosts
            .keys()
            .copied()
            .filter(|node| !named.contains(node))
            .collect();
        let mut groups: Vec<Vec<NodeId>> = groups
            .iter()
            .filter(|group| !group.is_empty())
            .cloned()
            .collect();
        if !rest.is_empty() {
            groups.push(rest);
        }
        if groups.len() < 2 {
            return Err(Error::invalid(
                "a partition needs two groups, like: partition n1 n2 | n3 n4 n5",
            ));
        }
        self.network.split(&groups);
        self.trace.push(self.now, What::Partition { groups });
        Ok(())
    }

    /// Ends a partition.
    pub fn heal(&mut self) {
        self.network.heal();
        self.trace.push(self.now, What::Heal);
    }
}

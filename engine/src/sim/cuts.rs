//! What befalls the network: cuts, held links, and how it behaves.

use std::collections::BTreeSet;

use super::network::{LinkConfig, NetworkConfig};
use super::trace::What;
use super::world::World;
use crate::{Error, NodeId, Result};

impl World {
    /// Splits the network; nodes in no group form one more. It replaces an earlier partition.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown or stands in two groups, or when there are fewer than
    /// two groups.
    pub fn partition(&mut self, groups: &[Vec<NodeId>]) -> Result<()> {
        let named = self.distinct(groups.iter().flatten(), "the partition")?;
        let mut groups: Vec<Vec<NodeId>> = groups
            .iter()
            .filter(|group| !group.is_empty())
            .cloned()
            .collect();
        let nodes = self.hosts.nodes();
        let rest: Vec<NodeId> = nodes.filter(|node| !named.contains(node)).collect();
        if !rest.is_empty() {
            groups.push(rest);
        }
        if groups.len() < 2 {
            return Err(Error::invalid(
                "a partition needs two groups, like: partition n1 n2 | n3 n4 n5",
            ));
        }
        self.network.reach.split(&groups);
        self.trace.push(self.now, What::Partition { groups });
        Ok(())
    }

    /// Lets nothing get from one node to another; the other direction stays as it is.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown, or both are one.
    pub fn oneway(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.check_link(from, to)?;
        self.network.reach.oneway(from, to);
        self.trace.push(self.now, What::Oneway { from, to });
        Ok(())
    }

    /// Cuts a node off from every other, both ways.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node.
    pub fn isolate(&mut self, node: NodeId) -> Result<()> {
        self.peek_host(node)?;
        self.network.reach.isolate(node);
        self.trace.push(self.now, What::Isolate { node });
        Ok(())
    }

    /// Cuts two groups off from each other. Both reach `node`, and so through it each other, where it helps
    /// them to.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown or named twice, or a group is empty.
    pub fn bridge(&mut self, node: NodeId, left: &[NodeId], right: &[NodeId]) -> Result<()> {
        let named = [&node].into_iter().chain(left).chain(right);
        self.distinct(named, "the bridge")?;
        if left.is_empty() || right.is_empty() {
            return Err(Error::invalid(
                "a bridge joins two groups, like: bridge n3 n1 n2 | n4 n5",
            ));
        }
        self.network.reach.part(left, right);
        let (left, right) = (left.to_vec(), right.to_vec());
        self.trace
            .push(self.now, What::Bridge { node, left, right });
        Ok(())
    }

    /// Keeps back what arrives from one node at the other, until [`release`](Self::release) or
    /// [`heal`](Self::heal): at most [`HELD_MESSAGES_MAX`](crate::base::limits::HELD_MESSAGES_MAX) messages in
    /// the whole world; what comes after them is lost.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown, or both are one.
    pub fn hold(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.check_link(from, to)?;
        self.network.holds.hold(from, to);
        self.trace.push(self.now, What::Hold { from, to });
        Ok(())
    }

    /// Lets what was kept back arrive now, in the order in which it was sent.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown, or nothing was held between them.
    pub fn release(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.check_link(from, to)?;
        let Some(held) = self.network.holds.release(from, to) else {
            return Err(Error::invalid(format!(
                "the link from {from} to {to} is not held"
            )));
        };
        self.trace.push(self.now, What::Release { from, to });
        self.let_go(held);
        Ok(())
    }

    /// Ends every cut and every hold. How the network and its links behave stays as it was set.
    pub fn heal(&mut self) {
        self.network.reach.heal();
        let held = self.network.holds.release_all();
        self.trace.push(self.now, What::Heal);
        self.let_go(held);
    }

    /// Sets how the network behaves from now on. Links that have a behaviour of their own keep it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] as [`NetworkConfig::check`] says: nothing changed then.
    pub fn network(&mut self, config: NetworkConfig) -> Result<()> {
        config.check()?;
        self.network.set(config);
        Ok(())
    }

    /// How the network behaves.
    #[must_use]
    pub fn network_config(&self) -> &NetworkConfig {
        &self.network.config
    }

    /// Sets how the link from one node to another behaves from now on, in place of what was set before.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown, both are one, or as [`LinkConfig::check`] says:
    /// nothing changed then.
    pub fn link(&mut self, from: NodeId, to: NodeId, config: LinkConfig) -> Result<()> {
        self.check_link(from, to)?;
        config.check()?;
        self.network.set_link(from, to, config);
        Ok(())
    }

    /// What was set of the link from one node to another.
    #[must_use]
    pub fn link_config(&self, from: NodeId, to: NodeId) -> LinkConfig {
        let link = self.network.links.get(&(from, to));
        link.copied().unwrap_or_default()
    }

    fn check_link(&self, from: NodeId, to: NodeId) -> Result<()> {
        self.distinct([&from, &to], "the link").map(|_| ())
    }

    /// The nodes, when there is each of them and none is named twice.
    fn distinct<'a>(
        &self,
        nodes: impl IntoIterator<Item = &'a NodeId>,
        what: &str,
    ) -> Result<BTreeSet<NodeId>> {
        let mut named = BTreeSet::new();
        for &node in nodes {
            self.peek_host(node)?;
            if !named.insert(node) {
                return Err(Error::invalid(format!("{node} stands twice in {what}")));
            }
        }
        Ok(named)
    }
}

//! Faults, and their end: what a scenario does to a cluster.

use core::time::Duration;

use super::cluster::Cluster;
use crate::sim::{ClockFault, DiskFault, FaultCounts, LinkConfig, NetworkConfig};
use crate::{NodeId, Result};

impl Cluster {
    /// Stops a node at once; what its disk had not synced may be torn.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node, or it is down.
    pub fn kill(&mut self, node: NodeId) -> Result<()> {
        self.world.kill(node)?;
        self.collect();
        Ok(())
    }

    /// Starts a node from its disk.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node, or it is up;
    /// [`Corruption`](crate::Error::Corruption) when its disk cannot be read.
    pub fn restart(&mut self, node: NodeId) -> Result<()> {
        self.world.restart(node)
    }

    /// Stops a node for a while: what reaches it waits, and comes in order when the pause ends.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node, or it is down.
    pub fn pause(&mut self, node: NodeId, span: Duration) -> Result<()> {
        self.world.pause(node, span)
    }

    /// Takes a node's disk away, killing the node if it is up: its next start finds nothing.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node.
    pub fn wipe(&mut self, node: NodeId) -> Result<()> {
        self.world.wipe(node)?;
        self.lost.insert(node, self.world.now());
        self.collect();
        Ok(())
    }

    /// Splits the cluster; nodes named in no group form one more.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when a node is unknown or named twice, or fewer than
    /// two groups result.
    pub fn partition(&mut self, groups: &[Vec<NodeId>]) -> Result<()> {
        self.world.partition(groups)
    }

    /// Lets `from` no longer reach `to`, in this direction only.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node.
    pub fn oneway(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.world.oneway(from, to)
    }

    /// Cuts a node off from all others, both ways.
    ///
    /// # Errors
    /// As [`Cluster::oneway`].
    pub fn isolate(&mut self, node: NodeId) -> Result<()> {
        self.world.isolate(node)
    }

    /// Lets two groups reach each other only through one node.
    ///
    /// # Errors
    /// As [`Cluster::partition`].
    pub fn bridge(&mut self, node: NodeId, left: &[NodeId], right: &[NodeId]) -> Result<()> {
        self.world.bridge(node, left, right)
    }

    /// Keeps messages of one direction back until they are released.
    ///
    /// # Errors
    /// As [`Cluster::oneway`].
    pub fn hold(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.world.hold(from, to)
    }

    /// Lets held messages go, in their order.
    ///
    /// # Errors
    /// As [`Cluster::oneway`].
    pub fn release(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        self.world.release(from, to)
    }

    /// Lets every node reach every other again.
    ///
    /// # Errors
    /// None today.
    pub fn heal(&mut self) -> Result<()> {
        self.world.heal();
        Ok(())
    }

    /// Changes how the network behaves, on every link that nothing else is said of.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for shares or delays that cannot be.
    pub fn network(&mut self, config: NetworkConfig) -> Result<()> {
        self.world.network(config)
    }

    /// Changes how one link behaves in one direction.
    ///
    /// # Errors
    /// As [`Cluster::network`] and [`Cluster::oneway`].
    pub fn link(&mut self, from: NodeId, to: NodeId, config: LinkConfig) -> Result<()> {
        self.world.link(from, to, config)
    }

    /// Lets something befall a node's wall clock.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for no such node, or a drift that cannot be.
    pub fn clock(&mut self, node: NodeId, fault: ClockFault) -> Result<()> {
        self.world.clock(node, fault)
    }

    /// Lets something befall a node's disk.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) for no such node, or a disk slower than can be.
    pub fn disk(&mut self, node: NodeId, fault: DiskFault) -> Result<()> {
        self.world.disk(node, fault)?;
        if matches!(fault, DiskFault::Lie | DiskFault::Flip) {
            self.spoiled.insert(node);
        }
        if fault == DiskFault::Restore {
            // What came after the copy is lost with the disk that it was on.
            self.lost.insert(node, self.world.now());
        }
        Ok(())
    }

    /// How often each kind of fault has struck.
    #[must_use]
    pub fn fault_counts(&self) -> &FaultCounts {
        self.world.faults()
    }
}

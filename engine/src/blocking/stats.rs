//! What the nodes of a cluster count.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::cluster::Cluster;
use crate::membership::MemberView;
use crate::node::{Command, Stats};
use crate::{NodeId, Result};

/// A key is called hot when it has more than this share of a node's requests.
const HOT_SHARE: f64 = 0.1;
/// ... of at least so many requests.
const HOT_REQUESTS_MIN: u64 = 100;

/// What all nodes together have counted since each was started last.
#[derive(Clone, Debug, Default)]
pub struct ClusterStats {
    /// The counters, added up.
    pub total: Stats,
    /// Hints that wait on each node's disk.
    pub hints: BTreeMap<NodeId, u64>,
    /// Keys with more than a tenth of the requests of some node, and how many they had there at least; hottest first.
    pub hot: Vec<(Bytes, u64)>,
}

impl Cluster {
    /// What all nodes that are up have counted.
    #[must_use]
    pub fn stats(&self) -> ClusterStats {
        let mut stats = ClusterStats::default();
        let mut hot: BTreeMap<Bytes, u64> = BTreeMap::new();
        for node in self.nodes() {
            let Some(running) = self.world.node(node) else {
                continue;
            };
            stats.total.add(&running.stats());
            let waiting: u64 = running.hint_counts().map(|(_, count)| count).sum();
            stats.hints.insert(node, waiting);
            if running.hot_keys().total() >= HOT_REQUESTS_MIN {
                for (key, count) in running.hot_keys().above(HOT_SHARE) {
                    *hot.entry(key).or_default() += count;
                }
            }
        }
        stats.hot = hot.into_iter().collect();
        stats.hot.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        stats
    }

    /// How one node sees the others; none while it is down.
    #[must_use]
    pub fn view(&self, node: NodeId) -> Option<Vec<MemberView>> {
        let running = self.world.node(node)?;
        Some(running.detector().view(self.now()))
    }

    /// Hints that wait: on which node, for which, how many.
    #[must_use]
    pub fn hints(&self) -> Vec<(NodeId, NodeId, u64)> {
        let mut hints = Vec::new();
        for node in self.nodes() {
            if let Some(running) = self.world.node(node) {
                hints.extend(
                    running
                        .hint_counts()
                        .map(|(target, count)| (node, target, count)),
                );
            }
        }
        hints
    }

    /// Lets one node, or all that are up, compare with every peer now.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no such node, or it is down.
    pub fn repair(&mut self, node: Option<NodeId>) -> Result<()> {
        self.command(node, &Command::Repair)
    }

    /// Lets one node, or all that are up, look for tombstones that can go.
    ///
    /// # Errors
    /// As [`Cluster::repair`].
    pub fn purge(&mut self, node: Option<NodeId>) -> Result<()> {
        self.command(node, &Command::Purge)
    }

    fn command(&mut self, node: Option<NodeId>, command: &Command) -> Result<()> {
        let nodes = match node {
            Some(node) => vec![node],
            None => self
                .nodes()
                .into_iter()
                .filter(|node| self.is_up(*node))
                .collect(),
        };
        nodes
            .into_iter()
            .try_for_each(|node| self.world.command(node, command.clone()))
    }
}

//! Which node can reach which.

use std::collections::{BTreeMap, BTreeSet};

use crate::NodeId;
use crate::sim::counts::FaultKind;

/// Every cut in the network. They add up: two nodes reach each other where none stands between them. A node
/// always reaches itself.
#[derive(Debug, Default)]
pub(in crate::sim) struct Reach {
    /// The side of each node; empty while there is no partition.
    sides: BTreeMap<NodeId, usize>,
    isolated: BTreeSet<NodeId>,
    /// What stands in the way from one node to another: a oneway link or a bridge.
    ways: BTreeMap<(NodeId, NodeId), FaultKind>,
    is_cut: bool,
}

impl Reach {
    /// What cuts the way from one node to another.
    pub(in crate::sim) fn cut(&self, from: NodeId, to: NodeId) -> Option<FaultKind> {
        if !self.is_cut || from == to {
            return None;
        }
        if self.sides.get(&from) != self.sides.get(&to) {
            return Some(FaultKind::Partition);
        }
        if self.isolated.contains(&from) || self.isolated.contains(&to) {
            return Some(FaultKind::Isolate);
        }
        self.ways.get(&(from, to)).copied()
    }

    /// Splits the network; it replaces an earlier split.
    pub(in crate::sim) fn split(&mut self, groups: &[Vec<NodeId>]) {
        self.is_cut = true;
        self.sides.clear();
        for (side, group) in groups.iter().enumerate() {
            self.sides.extend(group.iter().map(|node| (*node, side)));
        }
    }

    pub(in crate::sim) fn oneway(&mut self, from: NodeId, to: NodeId) {
        self.is_cut = true;
        self.ways.entry((from, to)).or_insert(FaultKind::Oneway);
    }

    pub(in crate::sim) fn isolate(&mut self, node: NodeId) {
        self.is_cut = true;
        self.isolated.insert(node);
    }

    /// Cuts each node of one group from each of the other.
    pub(in crate::sim) fn part(&mut self, left: &[NodeId], right: &[NodeId]) {
        self.is_cut = true;
        for &a in left {
            for &b in right {
                self.ways.insert((a, b), FaultKind::Bridge);
                self.ways.insert((b, a), FaultKind::Bridge);
            }
        }
    }

    /// Ends every cut.
    pub(in crate::sim) fn heal(&mut self) {
        *self = Self::default();
    }
}

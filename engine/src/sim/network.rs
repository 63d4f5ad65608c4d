//! The network: how long a message takes, and whether it arrives.

use core::time::Duration;
use std::collections::BTreeMap;

use super::trace::Lost;
use crate::NodeId;
use crate::base::rng::Rng;
use crate::base::time::nanos;

/// How the network behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkConfig {
    /// Shortest delay of a message.
    pub delay_min: Duration,
    /// Longest delay; each message draws its own, so messages overtake each other.
    pub delay_max: Duration,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: f64,
}

/// What will become of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) takes: Duration,
    pub(super) lost: Option<Lost>,
}

#[derive(Debug)]
pub(super) struct Network {
    config: NetworkConfig,
    rng: Rng,
    /// The side of each node; empty while there is no partition.
    sides: BTreeMap<NodeId, usize>,
}

impl Network {
    pub(super) fn new(config: NetworkConfig, rng: Rng) -> Self {
        Self {
            config,
            rng,
            sides: BTreeMap::new(),
        }
    }

    /// Draws the fate of a message that leaves now. A message that leaves into a partition is lost; one
    /// under way when the partition comes is judged again where it arrives.
    pub(super) fn send(&mut self, from: NodeId, to: NodeId) -> Flight {
        let delay = self
            .rng
            .between(nanos(self.config.delay_min), nanos(self.config.delay_max));
        let dropped = self.rng.chance(self.config.loss);
        let lost = match (self.connects(from, to), dropped) {
            (false, _) => Some(Lost::Partition),
            (true, true) => Some(Lost::Network),
            (true, false) => None,
        };
        Flight {
            takes: Duration::from_nanos(delay),
            lost,
        }
    }

    pub(super) fn connects(&self, from: NodeId, to: NodeId) -> bool {
        self.sides.get(&from) == self.sides.get(&to)
    }

    /// Splits the network; nodes in no group form one more.
    pub(super) fn split(&mut self, groups: &[Vec<NodeId>]) {
        self.sides.clear();
        for (side, group) in groups.iter().enumerate() {
            self.sides.extend(group.iter().map(|node| (*node, side)));
        }
    }

    pub(super) fn heal(&mut self) {
        self.sides.clear();
    }
}

//! The network: how long a message takes, how often it arrives, and whether it can.
//!
//! In comes a message from one node to another; out comes its fate: when it arrives, whether it is lost on
//! its way, and when a second copy arrives. What is on its way is judged again where it arrives: it may be
//! cut off by then, or kept back. Every draw comes from the network's own generator, so that nothing that
//! happens elsewhere shifts it.

mod config;
mod delay;
mod held;
mod order;
mod reach;

use std::collections::BTreeMap;

use super::counts::FaultKind;
use crate::NodeId;
use crate::base::rng::Rng;

pub use config::{LinkConfig, NetworkConfig};
pub use delay::Delay;
pub(super) use held::{Held, Holds};
pub(super) use order::Order;
pub(super) use reach::Reach;

use config::Link;

/// What will become of a message, drawn where it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    /// Nanoseconds until it arrives, or is known to be lost.
    pub(super) takes_ns: u64,
    /// How much of that is there to let later messages overtake it.
    pub(super) held_up_ns: u64,
    /// What takes it on its way.
    pub(super) lost: Option<FaultKind>,
    /// Nanoseconds until a second copy arrives.
    pub(super) copy_ns: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Network {
    pub(super) config: NetworkConfig,
    whole: Link,
    pub(super) links: BTreeMap<(NodeId, NodeId), LinkConfig>,
    rng: Rng,
    pub(super) reach: Reach,
    pub(super) holds: Holds,
    pub(super) order: Order,
}

impl Network {
    pub(super) fn new(config: NetworkConfig, rng: Rng) -> Self {
        let mut network = Self {
            config,
            whole: Link::of(&config, None),
            links: BTreeMap::new(),
            rng,
            reach: Reach::default(),
            holds: Holds::default(),
            order: Order::default(),
        };
        network.set(config);
        network
    }

    pub(super) fn set(&mut self, config: NetworkConfig) {
        self.config = config;
        self.whole = Link::of(&config, None);
        self.order.watch(config.reorder > 0.0);
    }

    pub(super) fn set_link(&mut self, from: NodeId, to: NodeId, config: LinkConfig) {
        self.order.watch(config.reorder.is_some());
        if config == LinkConfig::default() {
            self.links.remove(&(from, to));
        } else {
            self.links.insert((from, to), config);
        }
    }

    /// Draws the fate of a message that leaves now. One that leaves where there is no way is lost.
    pub(super) fn send(&mut self, from: NodeId, to: NodeId) -> Flight {
        let link = match self.links.is_empty() {
            true => self.whole,
            false => Link::of(&self.config, self.links.get(&(from, to))),
        };
        let takes_ns = link.delay.draw(&mut self.rng);
        let dropped = chance(link.loss, &mut self.rng);
        let copied = chance(link.duplicate, &mut self.rng);
        let held_up = chance(link.reorder, &mut self.rng);
        let copy_ns = copied.then(|| link.delay.draw(&mut self.rng));
        let lost = self
            .reach
            .cut(from, to)
            .or(dropped.then_some(FaultKind::Loss));
        let held_up_ns = if held_up { link.reorder_by_ns } else { 0 };
        Flight {
            takes_ns: takes_ns + held_up_ns,
            held_up_ns,
            lost,
            copy_ns: copy_ns.filter(|_| lost.is_none()),
        }
    }
}

/// A fault that is switched off costs no draw.
fn chance(share: f64, rng: &mut Rng) -> bool {
    share > 0.0 && rng.chance(share)
}

//! The face that every failure detector shows to its node.

use core::fmt;

use super::gossip::Gossip;
use super::incarnation::{Incarnation, Liveness};
use crate::NodeId;
use crate::base::time::Mono;

/// Changes that wait to be taken; past it the oldest are dropped, and [`Detector::liveness`] still holds.
pub const CHANGES_MAX: usize = 1 << 10;

/// Whether a detector doubts itself (Lifeguard 2017) before it accuses others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Answers that are missed are taken as a sign of its own trouble too, and a pause of its own as its own.
    #[default]
    On,
    /// Whoever does not answer in time is to blame.
    Off,
}

/// When the first period of a new detector begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Somewhere in one period, at random: the load of nodes that start together is spread.
    #[default]
    Spread,
    /// At once, so that nodes that start together keep step: the rounds of the papers' arithmetic.
    Together,
}

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// To whom.
    pub to: NodeId,
    /// What.
    pub gossip: Gossip,
}

/// A member's liveness is another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose.
    pub node: NodeId,
    /// What it is now.
    pub liveness: Liveness,
    /// Since when.
    pub at: Mono,
}

/// One member as one node sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberView {
    /// Who.
    pub node: NodeId,
    /// Whether it answers.
    pub liveness: Liveness,
    /// At which incarnation.
    pub incarnation: Incarnation,
    /// What speaks against it: phi, or how many accusers a suspect has. 0 is nothing.
    pub suspicion: f64,
}

/// Tells who answers. One of the parts of a node that can be swapped; its view is this node's own, and two nodes
/// may differ.
///
/// A driver calls [`Detector::tick`] at or after [`Detector::next_due`], which every call may move, and sends what
/// is put into `out`. Neither call draws or reads anything from outside.
pub trait Detector: fmt::Debug + Send {
    /// When [`Detector::tick`] wants to be called; `None` is never.
    fn next_due(&self) -> Option<Mono>;

    /// Does what is due at `now`. Nothing, when nothing is.
    fn tick(&mut self, now: Mono, out: &mut Vec<Envelope>);

    /// Takes a message in. What makes no sense (an unknown sender or member, an answer to no question, a list
    /// longer than any that a detector sends) is ignored.
    fn receive(&mut self, now: Mono, from: NodeId, gossip: Gossip, out: &mut Vec<Envelope>);

    /// Whether `node` answers, as of the last call. It costs a binary search; nothing is held against a node that
    /// is no member.
    fn liveness(&self, node: NodeId) -> Liveness;

    /// All members, by id, this node among them.
    fn view(&self, now: Mono) -> Vec<MemberView>;

    /// From now on these are the members. What is known of those that stay stays known.
    fn set_members(&mut self, now: Mono, members: &[NodeId]);

    /// The changes since the last call, oldest first, at most [`CHANGES_MAX`].
    fn take_changes(&mut self) -> Vec<Change>;
}

/// The detector that there is none: everybody is alive, and nothing is sent.
#[derive(Clone, Debug)]
pub struct Off {
    members: Vec<NodeId>,
}

impl Off {
    /// Of these members.
    #[must_use]
    pub fn new(members: &[NodeId]) -> Self {
        let mut members = members.to_vec();
        members.sort_unstable();
        members.dedup();
        Self { members }
    }
}

impl Detector for Off {
    fn next_due(&self) -> Option<Mono> {
        None
    }

    fn tick(&mut self, _now: Mono, _out: &mut Vec<Envelope>) {}

    fn receive(&mut self, _: Mono, _: NodeId, _: Gossip, _out: &mut Vec<Envelope>) {}

    fn liveness(&self, _node: NodeId) -> Liveness {
        Liveness::Alive
    }

    fn view(&self, _now: Mono) -> Vec<MemberView> {
        let alive = |&node| MemberView {
            node,
            liveness: Liveness::Alive,
            incarnation: Incarnation::default(),
            suspicion: 0.0,
        };
        self.members.iter().map(alive).collect()
    }

    fn set_members(&mut self, _now: Mono, members: &[NodeId]) {
        *self = Self::new(members);
    }

    fn take_changes(&mut self) -> Vec<Change> {
        Vec::new()
    }
}

/// The changes that wait to be taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Vec<Change>);

impl Changes {
    pub(super) fn push(&mut self, node: NodeId, liveness: Liveness, at: Mono) {
        if self.0.len() == CHANGES_MAX {
            self.0.remove(0);
        }
        self.0.push(Change { node, liveness, at });
    }

    pub(super) fn take(&mut self) -> Vec<Change> {
        core::mem::take(&mut self.0)
    }
}

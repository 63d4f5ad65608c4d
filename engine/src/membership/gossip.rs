//! What detectors say to each other.

use super::incarnation::{Incarnation, MemberState};
use crate::NodeId;
use crate::base::limits::NODES_MAX;

/// Rumours that one message passes on. Two records more may come before them: that of the addressee, when it is not
/// alive, and that of the node a helper is to ping.
pub const UPDATES_PER_MESSAGE_MAX: usize = 16;
/// Records in one message, with those two.
pub const RECORDS_PER_MESSAGE_MAX: usize = UPDATES_PER_MESSAGE_MAX + 2;

/// A rumour about one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// About whom.
    pub node: NodeId,
    /// What is said.
    pub state: MemberState,
    /// Who found it out. Suspicions of several accusers are independent of each other.
    pub accuser: NodeId,
}

/// What rides on every message of SWIM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The sender's own incarnation: a message from a node is the best news of it.
    pub incarnation: Incarnation,
    /// Rumours, at most [`RECORDS_PER_MESSAGE_MAX`].
    pub updates: Vec<Update>,
}

/// One node's heartbeat: how often its counter has gone up in this life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whose.
    pub node: NodeId,
    /// Which start of that node.
    pub life: u32,
    /// The counter.
    pub beat: u64,
}

/// A message between two detectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gossip {
    /// SWIM, to the probed node or from a helper to it: answer me.
    Ping {
        /// Comes back in the answer.
        sequence: u64,
        /// What rides along.
        news: News,
    },
    /// SWIM: here I am; or from a helper: there it is.
    Ack {
        /// Of the question.
        sequence: u64,
        /// What rides along.
        news: News,
    },
    /// SWIM, to a helper: ping the target for me.
    PingReq {
        /// Comes back in the answer.
        sequence: u64,
        /// Whom to ping.
        target: NodeId,
        /// What rides along.
        news: News,
    },
    /// SWIM, from a helper: the target has not answered me, but you see that I am well.
    Nack {
        /// Of the question.
        sequence: u64,
        /// What rides along.
        news: News,
    },
    /// Phi accrual, first half of an exchange: the newest heartbeats that I know, one a member.
    Offer(Vec<Heartbeat>),
    /// Phi accrual, second half: those of mine that are newer than yours.
    Newer(Vec<Heartbeat>),
}

impl Gossip {
    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Ping { .. } => "ping",
            Self::Ack { .. } => "ack",
            Self::PingReq { .. } => "ping-req",
            Self::Nack { .. } => "nack",
            Self::Offer(_) | Self::Newer(_) => "gossip",
        }
    }

    /// Records that ride on it: rumours, or heartbeats.
    #[must_use]
    pub fn records(&self) -> usize {
        match self {
            Self::Ping { news, .. }
            | Self::Ack { news, .. }
            | Self::PingReq { news, .. }
            | Self::Nack { news, .. } => news.updates.len(),
            Self::Offer(beats) | Self::Newer(beats) => beats.len(),
        }
    }

    /// Its size with every field at full width, bytes: what figures of load count.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        const NODE: usize = 4;
        const INCARNATION: usize = 8;
        /// A tag, a sequence number, the sender's incarnation and a count.
        const PROBE: usize = 1 + 8 + INCARNATION + 1;
        const UPDATE: usize = NODE + INCARNATION + 1 + NODE;
        const HEARTBEAT: usize = NODE + 4 + 8;
        match self {
            Self::Ping { .. } | Self::Ack { .. } | Self::Nack { .. } => {
                PROBE + UPDATE * self.records()
            }
            Self::PingReq { .. } => PROBE + NODE + UPDATE * self.records(),
            Self::Offer(_) | Self::Newer(_) => 2 + HEARTBEAT * self.records(),
        }
    }

    /// Whether it carries more than any detector sends.
    pub(super) fn is_oversize(&self) -> bool {
        let limit = match self {
            Self::Offer(_) | Self::Newer(_) => NODES_MAX as usize,
            _ => RECORDS_PER_MESSAGE_MAX,
        };
        self.records() > limit
    }
}

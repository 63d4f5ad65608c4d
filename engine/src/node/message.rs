//! What nodes say to each other.

use core::time::Duration;

use bytes::Bytes;

use super::io::Answer;
use super::level::Level;
use super::paxos::PaxosMessage;
use super::purge::PurgeMessage;
use super::repair::RepairMessage;
use super::topology::TopologyMessage;
use crate::base::id::{Nodes, RequestId};
use crate::base::time::Wall;
use crate::causal::{Cell, Context, Stamp, Token};
use crate::membership::Gossip;
use crate::{NodeId, Result, Zone, crdt};

/// A write on its way from the node that took it to one that owns the key. It was stamped where it was
/// taken, so that a late copy is not taken for a newer write, and its deadline was fixed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The full key.
    pub key: Bytes,
    /// What to write.
    pub change: Change,
    /// What the writer has seen, and so what the write supersedes.
    pub context: Context,
    /// When the write was taken.
    pub stamp: Stamp,
    /// When its value expires.
    pub deadline: Option<Wall>,
    /// The client's idempotency key.
    pub token: Option<Token>,
    /// How many must acknowledge, and which.
    pub level: Level,
    /// The zone of the node that took it: what the level calls local.
    pub zone: Zone,
    /// The only owners that take part; empty for all.
    pub pinned: Nodes,
    /// How long its client still waits.
    pub timeout: Duration,
}

/// What a write does to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new value; none deletes.
    Value(Option<Bytes>),
    /// A change of a replicated data type.
    Crdt(crdt::Change),
}

/// How much of a cell a read wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All of it.
    Cell,
    /// Its digest.
    Digest,
}

/// What a replica holds.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a whole cell is the common answer, and a box would cost each read an allocation"
)]
pub enum Held {
    /// All of it.
    Cell(Cell),
    /// Its digest.
    Digest(u64),
}

/// A message between two nodes.
///
/// Those that carry cells carry the sender's repair epoch, too: who has moved on to a later one refuses them, so
/// that no copy from before a purge comes in after it (see [`super::purge`]).
#[derive(Clone, Debug)]
pub enum Message {
    /// To an owner: will you coordinate a write of this key?
    Ask(RequestId, Bytes),
    /// From that owner: yes, under this number.
    Accept(RequestId, u64),
    /// To the first owner that accepted, and to no other: coordinate this write, under your number.
    Forward(RequestId, u64, Box<Forwarded>),
    /// From that owner: how it ended.
    Outcome(RequestId, Box<Result<Answer>>),
    /// To an owner: take in this cell and acknowledge. Its sender waits so long.
    Put(RequestId, u64, Bytes, Cell, Duration),
    /// From an owner: it is durable here.
    Ack(RequestId),
    /// To an owner that a read found stale: take in this cell and say so, the answer waits for it.
    Mend(RequestId, u64, Bytes, Cell, Duration),
    /// From that owner: it is durable here.
    Mended(RequestId),
    /// To a stand-in: keep this cell for that owner and acknowledge.
    Hold(RequestId, u64, NodeId, Bytes, Cell, Duration),
    /// From a stand-in: the hint for that owner is durable here.
    Holding(RequestId, NodeId),
    /// To a replica: what do you hold? The asker waits so long.
    Read(RequestId, Bytes, Want, Duration),
    /// From a replica: this.
    Value(RequestId, Held),
    /// From a replica that has more to do than it can hold: ask somebody else.
    Busy(RequestId),
    /// To a replica that answered a read with less than others did: take in this cell.
    ReadRepair(u64, Bytes, Cell),
    /// To an owner that is back: the writes that it missed, oldest first, as one numbered batch.
    Replay(u64, u64, Vec<(Bytes, Cell)>),
    /// From that owner: that batch is durable here.
    Replayed(u64),
    /// To every node: your cells between these keys, so many at most. The asker waits so long.
    Scan(RequestId, Bytes, Option<Bytes>, usize, Duration),
    /// From a node: these, and whether there are more.
    ScanPage(RequestId, Vec<(Bytes, Cell)>, Option<Bytes>),
    /// From a node in a later repair epoch: what you sent is refused; this is the epoch, and this was the write.
    Stale(u64, Option<RequestId>),
    /// Who is alive.
    Gossip(Gossip),
    /// Anti-entropy, with the sender's repair epoch.
    Repair(u64, RepairMessage),
    /// The removal of tombstones.
    Purge(PurgeMessage),
    /// Agreement on a register.
    Paxos(PaxosMessage),
    /// Who owns what.
    Topology(TopologyMessage),
}

impl Message {
    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Ask(..) => "ask",
            Self::Accept(..) => "accept",
            Self::Forward(..) => "forward",
            Self::Outcome(_, result) if result.is_ok() => "done",
            Self::Outcome(..) => "failed",
            Self::Put(..) => "put",
            Self::Ack(..) => "ack",
            Self::Mend(..) => "read repair",
            Self::Mended(_) => "repaired",
            Self::Hold(..) => "hint",
            Self::Holding(..) => "hinted",
            Self::Read(_, _, Want::Cell, _) => "read",
            Self::Read(_, _, Want::Digest, _) => "read digest",
            Self::Value(_, Held::Cell(_)) => "value",
            Self::Value(_, Held::Digest(_)) => "digest",
            Self::Busy(_) => "busy",
            Self::ReadRepair(..) => "read repair",
            Self::Replay(..) => "replay",
            Self::Replayed(_) => "replayed",
            Self::Scan(..) => "scan",
            Self::ScanPage(..) => "page",
            Self::Stale(..) => "stale",
            Self::Gossip(gossip) => gossip.label(),
            Self::Repair(_, message) => message.label(),
            Self::Purge(message) => message.label(),
            Self::Paxos(message) => message.label(),
            Self::Topology(message) => message.label(),
        }
    }

    /// True for what is taken whatever the epochs of its sender and its receiver are: it tells nothing that depends on
    /// who owns a key, or asks its receiver to do something as its own epoch has it, as to coordinate a write.
    #[must_use]
    pub fn is_of_every_epoch(&self) -> bool {
        matches!(
            self,
            Self::Gossip(_)
                | Self::Topology(_)
                | Self::Stale(..)
                | Self::Holding(..)
                | Self::Replayed(_)
                | Self::Ask(..)
                | Self::Accept(..)
                | Self::Forward(..)
                | Self::Outcome(..)
        )
    }

    /// True for the store's own upkeep, false for what serves a client's request.
    #[must_use]
    pub fn is_upkeep(&self) -> bool {
        matches!(
            self,
            Self::Replay(..)
                | Self::Replayed(_)
                | Self::Gossip(_)
                | Self::Repair(..)
                | Self::Purge(_)
                | Self::Topology(_)
                | Self::Stale(_, None)
        )
    }
}

//! Lessons 2, 4, 6 and 8: who owns what, agreed on by the members, and how ranges move.
//!
//! ```text
//!   operator      any member            members                       who gains ranges
//!     | join n6 --> | proposes document 5 --> a majority accepts: it is decided, once
//!     |             |  epoch 5, Moving ------> adopt it, on the disk first ------> streams from every owner
//!     | <-- ok ---- |                         writes: quorum in both owner sets      |
//!     |             | <------------------------------------------------- moved ------'
//!     |             | proposes document 6, Stable: the members that came own their keys
//! ```
//!
//! A document is decided by the register of its number ([`super::paxos`]), whose acceptors are the members of the
//! document before it; so no two nodes ever believe in different owners for one epoch. Every message carries its sender's
//! epoch. Whoever is behind is sent the newest document, and refused until it has adopted it; whoever is ahead is
//! asked for it, and its message waits.
//!
//! | part | what it does |
//! |---|---|
//! | [`Shape`] | a document with the placements that it names |
//! | `adopt` | takes a document in, and starts anew what it concerns |
//! | `spread` | documents on their way; messages of other epochs |
//! | `moving` | the node's part in a move, and its end |
//! | `rejoin` | a node that lost its disk is taken in again |
//!
//! Cassandra's CEP-21 and Scylla's topology coordinator keep such a log for the same reason: gossiped ownership let
//! two coordinators count different quorums.

mod adopt;
mod message;
mod moving;
mod rejoin;
mod shape;
mod spread;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

pub(super) use adopt::zones;
pub use message::TopologyMessage;
pub use shape::Shape;

use super::message::Message;
use super::replica::Recovered;
use super::table::TableId;
use crate::NodeId;
use crate::base::id::{RequestId, TimerId};
use crate::base::time::Mono;
use crate::ring::Topology;

/// The first byte of the registers in which documents are decided: no table has this number.
const LOG: TableId = 0xef;

/// The register that decides the document of an epoch.
#[must_use]
pub fn log_key(epoch: u64) -> Bytes {
    let mut key = vec![LOG];
    key.extend_from_slice(&epoch.to_be_bytes());
    key.into()
}

/// Whether a full key is one of those registers'.
#[must_use]
pub fn is_log_key(key: &[u8]) -> bool {
    key.first() == Some(&LOG)
}

/// The epoch that such a register decides.
#[must_use]
pub fn log_epoch(key: &[u8]) -> Option<u64> {
    let number = key.strip_prefix(&[LOG])?;
    number.try_into().ok().map(u64::from_be_bytes)
}

/// What a node does about topology.
#[derive(Debug, Default)]
pub(super) struct Reshaping {
    /// The epoch of the document that the disk is taking in.
    adopting: Option<u64>,
    /// Messages of epochs to come.
    parked: VecDeque<(NodeId, u64, Message)>,
    /// When each node was last sent a document, or asked for one.
    told: BTreeMap<NodeId, Mono>,
    /// Whoever has all that the move under way brings it.
    moved: BTreeSet<NodeId>,
    /// The last move of which this node has all.
    moved_here: u64,
    /// How far the streams to this node had come when its life began: of which move, and behind which key.
    progress: BTreeMap<NodeId, (u64, Option<Bytes>)>,
    /// Members that were taken in again with this epoch, without what they had before.
    pub(super) anew: Vec<NodeId>,
    /// What this node does not own is not removed yet: it must not take in anew what it would remove.
    undropped: bool,
    /// A document that this node has proposed, and for which request.
    proposal: Option<Proposal>,
    timer: Option<TimerId>,
    /// Ticks of the timer in this epoch.
    ticks: u32,
    /// Whether this node has lost its disk and was not taken in again yet.
    pub(super) outside: bool,
}

impl Reshaping {
    pub(super) fn new(recovered: &Recovered, outside: bool) -> Self {
        Self {
            moved_here: recovered.moved,
            progress: recovered.progress.clone(),
            outside,
            ..Self::default()
        }
    }
}

/// A document under way to its decision.
#[derive(Debug)]
struct Proposal {
    document: Topology,
    request: RequestId,
}

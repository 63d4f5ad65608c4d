//! What goes into a node and what comes out.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::level::Level;
use super::message::Message;
use super::paxos::{Condition, Edit};
use super::replica::{StoreOp, StoreResult};
use super::table::Tables;
use crate::base::id::{Nodes, OpId, RequestId, TimerId};
use crate::base::time::Mono;
use crate::causal::{Context, Dot, Token};
use crate::ring::Reshape;
use crate::{NodeId, Result, crdt};

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The full key: the table's byte, then the client's key. Of a scan, the key to begin at.
    pub key: Bytes,
    /// What to do with it.
    pub kind: Kind,
    /// How many replicas must answer, and which.
    pub level: Level,
    /// How long the client waits.
    pub timeout: Duration,
    /// The only owners that may be asked, for lessons that need an exact choice; empty leaves it to the node.
    pub pinned: Nodes,
    /// What the client's session has seen of the key: an answer that knows less is no answer.
    pub floor: Context,
    /// The idempotency key of a write: a retry under the same one is applied once.
    pub token: Option<Token>,
    /// How long the value of a write lives; none takes the table's.
    pub ttl: Option<Duration>,
}

/// The operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads the versions.
    Get,
    /// Writes a value that supersedes what the context has seen.
    Put {
        /// The value.
        value: Bytes,
        /// What the writer has seen.
        context: Context,
    },
    /// Writes a tombstone that supersedes what the context has seen. With no context the node reads first,
    /// at the same level, so that a late copy of the delete cannot remove what was written after it.
    Delete {
        /// What the writer has seen.
        context: Option<Context>,
    },
    /// Changes a replicated data type.
    Update(crdt::Change),
    /// Changes a register where all conditions hold. It is for a table of registers, and for it alone.
    Cas {
        /// What must hold.
        conditions: Vec<Condition>,
        /// The change.
        edit: Edit,
    },
    /// Changes who owns what: for operators. The answer's version is the new epoch; ranges move after it.
    Reshape(Reshape),
    /// Reads the keys from `key` on, in order.
    Scan {
        /// The first full key that is not wanted any more; none reads to the end of the table.
        to: Option<Bytes>,
        /// Keys of one page, at most.
        limit: usize,
    },
}

impl Kind {
    /// True for what changes the key.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Self::Put { .. } | Self::Delete { .. } | Self::Update(_) | Self::Cas { .. }
        )
    }
}

/// What an answer's quorum was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promise {
    /// Owners of the key only.
    #[default]
    Strict,
    /// Stand-ins or hints, too: a read quorum can miss it until they are handed over.
    Sloppy,
}

/// What a client gets back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The value of a get, or its siblings, sorted; empty for writes.
    pub values: Vec<Bytes>,
    /// What the client has now seen.
    pub context: Context,
    /// The dot that a write was given.
    pub dot: Option<Dot>,
    /// What the quorum was made of.
    pub promise: Promise,
    /// Of a register: how often it was changed.
    pub version: u64,
    /// Of a scan, its page.
    pub page: Option<Box<Page>>,
}

/// Part of a range scan's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Full keys with their values, in key order.
    pub rows: Vec<(Bytes, Vec<Bytes>)>,
    /// Where the next page begins: at the first key after this one. None at the end of the range.
    pub after: Option<Bytes>,
}

/// What the operator asks of a node.
#[derive(Clone, Debug)]
pub enum Command {
    /// Compare with every peer now.
    Repair,
    /// Look for tombstones that can go now.
    Purge,
    /// From now on there are these tables.
    Tables(Arc<Tables>),
}

/// What a node is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A client's request.
    Client(RequestId, Request),
    /// A peer's message, and the epoch that its sender was in.
    Peer(NodeId, u64, Message),
    /// A storage operation is done, and durable where it changed something.
    Stored(OpId, StoreResult),
    /// A timer came due.
    Timer(TimerId),
    /// An operator's command.
    Admin(Command),
}

/// What a node wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Answer a client.
    Reply(RequestId, Result<Answer>),
    /// Send a message to a peer; it may be lost, delayed, reordered or duplicated.
    Send(NodeId, Message),
    /// Run a storage operation.
    Store(OpId, StoreOp),
    /// Wake the node at this time.
    Arm(TimerId, Mono),
    /// Forget a timer.
    Cancel(TimerId),
    /// Something worth a line in the trace.
    Event(String),
}

/// Where a node puts its outputs, in order.
#[derive(Debug, Default)]
pub struct Outbox(Vec<Output>);

impl Outbox {
    /// Adds an output.
    pub fn push(&mut self, output: Output) {
        self.0.push(output);
    }

    /// Takes all outputs, the first one first.
    pub fn drain(&mut self) -> impl Iterator<Item = Output> + '_ {
        self.0.drain(..)
    }

    /// Takes the vector of outputs, to be put back empty with [`Outbox::reuse`].
    #[must_use]
    pub fn take(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.0)
    }

    /// Goes on with a vector that has been emptied, so that its memory is used again.
    pub fn reuse(&mut self, outputs: Vec<Output>) {
        assert!(outputs.is_empty(), "what is in it was not carried out");
        if self.0.is_empty() {
            self.0 = outputs;
        }
    }
}

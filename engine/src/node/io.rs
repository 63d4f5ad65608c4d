//! What goes into a node and what comes out.

use core::time::Duration;

use bytes::Bytes;

use super::message::Message;
use super::replica::{StoreOp, StoreResult};
use crate::base::id::{OpId, RequestId, TimerId};
use crate::base::time::Mono;
use crate::causal::{Context, Dot};
use crate::{NodeId, Result};

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The key.
    pub key: Bytes,
    /// What to do with it.
    pub kind: Kind,
    /// R of a get, W of a put or delete: how many replicas must answer.
    pub quorum: usize,
    /// How long the client waits.
    pub timeout: Duration,
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
    /// at the same quorum, so that a late copy of the delete cannot remove what was written after it.
    Delete {
        /// What the writer has seen.
        context: Option<Context>,
    },
}

impl Kind {
    /// True for what changes the key.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Get)
    }
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
}

/// What a node is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A client's request.
    Client(RequestId, Request),
    /// A peer's message.
    Peer(NodeId, Message),
    /// A storage operation is done, and durable where it changed something.
    Stored(OpId, StoreResult),
    /// A timer came due.
    Timer(TimerId),
}

/// What a node wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Answer a client.
    Reply(RequestId, Result<Answer>),
    /// Send a message to a peer; it may be lost, delayed or reordered.
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
}

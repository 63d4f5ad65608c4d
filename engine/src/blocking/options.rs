//! What requests take and give.

use core::time::Duration;

use bytes::Bytes;

use crate::NodeId;
use crate::base::id::RequestId;

/// Options of a put or delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// The node that takes the request; the first live node when not given.
    pub via: Option<NodeId>,
    /// W of this request.
    pub write: Option<usize>,
    /// The context of the read that this write builds on.
    pub context: Option<Context>,
    /// Time limit of this request.
    pub timeout: Option<Duration>,
}

/// Options of a get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// The node that takes the request; the first live node when not given.
    pub via: Option<NodeId>,
    /// R of this request.
    pub read: Option<usize>,
    /// Time limit of this request.
    pub timeout: Option<Duration>,
}

/// What a client has seen of a key: opaque bytes that it hands back with its next write of that key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(pub Bytes);

/// What a get found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The value, or concurrent siblings, sorted by bytes; empty when there is none.
    pub values: Vec<Bytes>,
    /// Hand it back with the next write of the key.
    pub context: Context,
}

/// A request under way, see [`Cluster::start_put`](super::Cluster::start_put).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub(super) RequestId);

//! What requests take and give.

use core::time::Duration;

use bytes::Bytes;

use crate::NodeId;
use crate::base::id::RequestId;
use crate::node::Level;

/// Options of a put, delete or change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// The node that takes the request; the first live node when not given.
    pub via: Option<NodeId>,
    /// W of this request.
    pub write: Option<Level>,
    /// The context of the read that this write builds on.
    pub context: Option<Context>,
    /// Time limit of this request.
    pub timeout: Option<Duration>,
    /// The table; the default one when not given.
    pub table: Option<String>,
    /// How long the value lives; the table's time when not given.
    pub ttl: Option<Duration>,
    /// The idempotency key: a retry under the same one is applied once.
    pub token: Option<u64>,
    /// The only owners that take part; all when empty.
    pub to: Vec<NodeId>,
    /// The session whose later reads must see this write.
    pub session: Option<String>,
    /// Who asks, for the history; 0 where nobody says.
    pub client: u32,
}

/// Options of a get or scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// The node that takes the request; the first live node when not given.
    pub via: Option<NodeId>,
    /// R of this request.
    pub read: Option<Level>,
    /// Time limit of this request.
    pub timeout: Option<Duration>,
    /// The table; the default one when not given.
    pub table: Option<String>,
    /// The only owners that are asked; any when empty.
    pub to: Vec<NodeId>,
    /// The session that must not read less than it wrote or read before.
    pub session: Option<String>,
    /// Who asks, for the history; 0 where nobody says.
    pub client: u32,
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
    /// Of a register: how often it was changed. 0 elsewhere, and for a key that never was.
    pub version: u64,
}

/// What a page of a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Keys with their values, in key order.
    pub rows: Vec<(Bytes, Vec<Bytes>)>,
    /// Hand it to the next call to go on; none at the end of the range.
    pub cursor: Option<Cursor>,
}

/// Where a scan goes on. It stays good for as long as the cluster: what is written meanwhile is met or not, and
/// no key comes twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(super) Bytes);

/// A request under way, see [`Cluster::start_put`](super::Cluster::start_put).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub(super) RequestId);

//! The kinds of things that happen.

use core::time::Duration;
use std::borrow::Cow;

use crate::base::id::{NodeId, RequestId};
use crate::base::time::Mono;
use crate::sim::clock::ClockFault;
use crate::sim::disks::DiskFault;

/// One message on its way, unique in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// Whether a message serves a client's request or the store's own upkeep. Pictures leave upkeep out
/// unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Part of a client's request.
    Request,
    /// Repair and the like.
    Upkeep,
}

/// Why a message never arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// A partition, or another cut, stood between the two nodes.
    Partition,
    /// The network dropped it.
    Network,
    /// The receiver was down.
    Down,
    /// A queue on its way was full.
    Full,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// When, on the virtual clock.
    pub at: Mono,
    /// What.
    pub what: What,
}

/// The kinds of things that happen.
#[expect(
    missing_docs,
    reason = "a field is what its name says, and each variant tells the rest"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A client handed a request to a node: `put cart milk`. The digest is of its key and value; the text is
    /// for pictures, empty where nothing is kept.
    Call {
        request: RequestId,
        node: NodeId,
        digest: u64,
        text: String,
    },
    /// The client got its answer: `ok`, `milk`, `error ambiguous`. Digest and text as in a call.
    Answer {
        request: RequestId,
        node: NodeId,
        digest: u64,
        text: String,
    },
    /// A message left.
    Send {
        message: MessageId,
        from: NodeId,
        to: NodeId,
        label: &'static str,
        purpose: Purpose,
    },
    /// A message arrived: once for each of its copies.
    Deliver {
        message: MessageId,
        from: NodeId,
        to: NodeId,
    },
    /// A message was lost.
    Drop {
        message: MessageId,
        from: NodeId,
        to: NodeId,
        why: Lost,
    },
    /// A node made a change durable on its disk.
    Stored {
        node: NodeId,
        text: Cow<'static, str>,
    },
    /// A node stopped at once, its memory gone.
    Kill { node: NodeId },
    /// A node came back from its disk.
    Restart { node: NodeId },
    /// A node stands still: what comes for it waits.
    Pause { node: NodeId, span: Duration },
    /// A node's disk was lost, and an empty one stands in its place.
    Wipe { node: NodeId },
    /// Something befell a node's disk.
    Disk { node: NodeId, fault: DiskFault },
    /// Something befell a node's wall clock.
    Clock { node: NodeId, fault: ClockFault },
    /// Groups that cannot reach each other, from now to the next partition or heal.
    Partition { groups: Vec<Vec<NodeId>> },
    /// Nothing gets from one node to the other until the next heal; what it says gets through.
    Oneway { from: NodeId, to: NodeId },
    /// A node that reaches nobody, and that nobody reaches, until the next heal.
    Isolate { node: NodeId },
    /// Two groups that reach each other only through one node, until the next heal.
    Bridge {
        node: NodeId,
        left: Vec<NodeId>,
        right: Vec<NodeId>,
    },
    /// What one node sends to the other is kept back.
    Hold { from: NodeId, to: NodeId },
    /// What was kept back comes now.
    Release { from: NodeId, to: NodeId },
    /// Every link works again.
    Heal,
    /// A line of the scenario, for the reader of a picture.
    Note { text: String },
}

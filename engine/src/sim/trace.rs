//! What happened in a run, step by step. Pictures are drawn from it, and its hash says whether two runs
//! were the same.

use core::fmt::{self, Write as _};

use crate::base::hash::hash64_with;
use crate::base::id::{NodeId, RequestId};
use crate::base::limits::TRACE_EVENTS_MAX;
use crate::base::time::Mono;

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
    /// A partition stood between the two nodes.
    Partition,
    /// The network dropped it.
    Network,
    /// The receiver was down.
    Down,
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
    /// A client handed a request to a node: `put cart milk`.
    Call {
        request: RequestId,
        node: NodeId,
        text: String,
    },
    /// The client got its answer: `ok`, `milk`, `error ambiguous`.
    Answer {
        request: RequestId,
        node: NodeId,
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
    /// A message arrived.
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
    Stored { node: NodeId, text: String },
    /// A node stopped at once, its memory gone.
    Kill { node: NodeId },
    /// A node came back from its disk.
    Restart { node: NodeId },
    /// Groups that cannot reach each other, from now to the next partition or heal.
    Partition { groups: Vec<Vec<NodeId>> },
    /// Every link works again.
    Heal,
    /// A line of the scenario, for the reader of a picture.
    Note { text: String },
}

/// A run, as it happened.
#[derive(Clone, Debug)]
pub struct Trace {
    nodes: Vec<NodeId>,
    events: Vec<TraceEvent>,
    count: u64,
    hash: u64,
    line: String,
}

impl Trace {
    /// An empty trace of a cluster of `nodes`.
    #[must_use]
    pub fn new(nodes: Vec<NodeId>) -> Self {
        Self {
            nodes,
            events: Vec::new(),
            count: 0,
            hash: 0,
            line: String::new(),
        }
    }

    /// The nodes, in the order of their lines in a picture.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The events kept: the first [`TRACE_EVENTS_MAX`] of the run.
    #[must_use]
    pub fn events(&self) -> &[TraceEvent] {
        &self.events
    }

    /// How many events there were, kept or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds a node's line.
    pub fn add_node(&mut self, node: NodeId) {
        if !self.nodes.contains(&node) {
            self.nodes.push(node);
        }
    }

    /// Records an event: chained into the hash always, kept while there is room.
    pub fn push(&mut self, at: Mono, what: What) {
        let event = TraceEvent { at, what };
        self.line.clear();
        let written = write!(self.line, "{event}");
        assert!(written.is_ok(), "a String takes every write");
        self.hash = hash64_with(self.hash, self.line.as_bytes());
        self.count += 1;
        if self.events.len() < TRACE_EVENTS_MAX {
            self.events.push(event);
        }
    }

    /// The chained XXH3 of every event's line: 16 hexadecimal digits, equal for equal runs.
    #[must_use]
    pub fn hash(&self) -> String {
        format!("{:016x}", self.hash)
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at.0)?;
        match &self.what {
            What::Call {
                request,
                node,
                text,
            } => write!(f, "{node} call {request} {text}"),
            What::Answer {
                request,
                node,
                text,
            } => write!(f, "{node} answer {request} {text}"),
            What::Send {
                message,
                from,
                to,
                label,
                ..
            } => {
                write!(f, "{from} send m{} {to} {label}", message.0)
            }
            What::Deliver { message, from, to } => write!(f, "{to} receive m{} {from}", message.0),
            What::Drop {
                message,
                from,
                to,
                why,
            } => write!(f, "{from} lost m{} {to} {why:?}", message.0),
            What::Stored { node, text } => write!(f, "{node} stored {text}"),
            What::Kill { node } => write!(f, "{node} killed"),
            What::Restart { node } => write!(f, "{node} restarted"),
            What::Partition { groups } => {
                write!(f, "partition")?;
                for (index, group) in groups.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " |" })?;
                    for node in group {
                        write!(f, " {node}")?;
                    }
                }
                Ok(())
            }
            What::Heal => write!(f, "heal"),
            What::Note { text } => write!(f, "note {text}"),
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events
            .iter()
            .try_for_each(|event| writeln!(f, "{event}"))
    }
}

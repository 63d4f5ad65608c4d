//! What happened in a run, step by step. Pictures are drawn from it, and its hash says whether two runs
//! were the same.
//!
//! In comes one event after the other. Each goes into the hash, as a few bytes that are the same on every
//! machine; the first [`TRACE_EVENTS_MAX`] are kept for pictures, or none, as [`TraceKeep`] says. Text comes
//! into being where it is looked at.

mod encode;
mod text;
mod what;

use crate::base::hash::hash64_with;
use crate::base::id::NodeId;
use crate::base::limits::TRACE_EVENTS_MAX;
use crate::base::time::Mono;

pub use what::{Lost, MessageId, Purpose, TraceEvent, What};

/// Whether a trace keeps its events. Its hash and its count are the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceKeep {
    /// The first [`TRACE_EVENTS_MAX`] of the run, for pictures.
    #[default]
    All,
    /// None: for runs that only their checks look at.
    Nothing,
}

/// A run, as it happened.
#[derive(Clone, Debug)]
pub struct Trace {
    nodes: Vec<NodeId>,
    events: Vec<TraceEvent>,
    keep: TraceKeep,
    count: u64,
    hash: u64,
    bytes: Vec<u8>,
}

impl Trace {
    /// An empty trace of a cluster of `nodes`.
    #[must_use]
    pub fn new(nodes: Vec<NodeId>) -> Self {
        Self {
            nodes,
            events: Vec::new(),
            keep: TraceKeep::All,
            count: 0,
            hash: 0,
            bytes: Vec::new(),
        }
    }

    /// The nodes, in the order of their lines in a picture.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The events kept: the first [`TRACE_EVENTS_MAX`] of the run, or none.
    #[must_use]
    pub fn events(&self) -> &[TraceEvent] {
        &self.events
    }

    /// How many events there were, kept or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Says whether events are kept from now on. To keep nothing forgets those that were kept, too.
    pub fn set_keep(&mut self, keep: TraceKeep) {
        self.keep = keep;
        if keep == TraceKeep::Nothing {
            self.events = Vec::new();
        }
    }

    /// Whether the next event will be kept: a text that only pictures show need not be made otherwise.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.keep == TraceKeep::All && self.events.len() < TRACE_EVENTS_MAX
    }

    /// Adds a node's line.
    pub fn add_node(&mut self, node: NodeId) {
        if !self.nodes.contains(&node) {
            self.nodes.push(node);
        }
    }

    /// Records an event: chained into the hash always, kept while there is room.
    pub fn push(&mut self, at: Mono, what: What) {
        self.bytes.clear();
        encode::event(at, &what, &mut self.bytes);
        self.hash = hash64_with(self.hash, &self.bytes);
        self.count += 1;
        if self.keeps() {
            self.events.push(TraceEvent { at, what });
        }
    }

    /// The chained XXH3 of every event's bytes: 16 hexadecimal digits, equal for equal runs. The hash of an
    /// event has the hash of all before it as its seed.
    #[must_use]
    pub fn hash(&self) -> String {
        format!("{:016x}", self.hash)
    }
}

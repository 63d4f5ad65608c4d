//! The plain synchronous face of a cluster: what the bindings, the command line and the script runner
//! call, and nothing deeper.

use core::time::Duration;

use bytes::Bytes;

use crate::base::time::Mono;
use crate::ring::Placement;
use crate::sim::trace::Trace;
use crate::{NodeId, Result};

/// How concurrent writes of one key are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// Concurrent versions live beside each other until a write with their context joins them.
    #[default]
    Siblings,
    /// The version with the highest hybrid logical clock wins.
    Lww,
    /// The version with the highest raw wall clock wins: what goes wrong with it is a lesson.
    LwwWall,
}

/// Which algorithm places keys on nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlacementKind {
    /// A hash ring with tokens.
    #[default]
    Ring,
    /// Hash modulo the number of nodes.
    Modulo,
    /// Highest random weight.
    Rendezvous,
    /// Jump consistent hash.
    Jump,
}

/// A cluster's settings. The scenario script's `cluster` line sets them by the same names.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// Nodes, `n1` to `nN`.
    pub nodes: u32,
    /// Zones, dealt to the nodes in turn.
    pub zones: u32,
    /// Tokens of a node on the ring.
    pub tokens: u32,
    /// N: copies of each key.
    pub replication: usize,
    /// R: replicas that must answer a read.
    pub read: usize,
    /// W: replicas that must acknowledge a write.
    pub write: usize,
    /// How concurrent writes are kept.
    pub conflict: Conflict,
    /// How keys are placed.
    pub placement: PlacementKind,
    /// Whether a read that finds a stale replica sends it the newer version.
    pub readrepair: bool,
    /// Pause between two repair exchanges of one node; zero switches repair off.
    pub repair: Duration,
    /// A request's time limit.
    pub timeout: Duration,
    /// Message delay, shortest.
    pub delay_min: Duration,
    /// Message delay, longest.
    pub delay_max: Duration,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: f64,
    /// Seed of everything left to chance.
    pub seed: u64,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            nodes: 5,
            zones: 1,
            tokens: 16,
            replication: 3,
            read: 2,
            write: 2,
            conflict: Conflict::default(),
            placement: PlacementKind::default(),
            readrepair: true,
            repair: Duration::from_secs(1),
            timeout: Duration::from_millis(500),
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(5),
            loss: 0.0,
            seed: 0,
        }
    }
}

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

/// A request under way, see [`Cluster::start_put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub crate::base::id::RequestId);

/// A cluster to run, break and look into.
#[derive(Debug)]
pub struct Cluster {}

#[expect(clippy::todo, unused_variables, missing_docs)]
impl Cluster {
    /// A cluster of simulated nodes: virtual time, seeded network, memory disks.
    ///
    /// # Errors
    /// [`crate::Error::InvalidArgument`] for settings that make no sense, like N above the nodes.
    pub fn simulated(config: ClusterConfig) -> Result<Self> {
        todo!()
    }
    pub fn config(&self) -> &ClusterConfig {
        todo!()
    }
    /// Writes, waits (in virtual time) for W acknowledgements; returns the context of the write.
    pub fn put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Context> {
        todo!()
    }
    pub fn get(&mut self, key: &[u8], options: &GetOptions) -> Result<Read> {
        todo!()
    }
    pub fn delete(&mut self, key: &[u8], options: &PutOptions) -> Result<Context> {
        todo!()
    }
    pub fn start_put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Ticket> {
        todo!()
    }
    pub fn wait(&mut self, ticket: Ticket) -> Result<Read> {
        todo!()
    }
    /// Stops a node at once; what its disk had not synced may be torn.
    pub fn kill(&mut self, node: NodeId) -> Result<()> {
        todo!()
    }
    pub fn restart(&mut self, node: NodeId) -> Result<()> {
        todo!()
    }
    /// Splits the cluster; nodes named in no group form one more.
    pub fn partition(&mut self, groups: &[Vec<NodeId>]) -> Result<()> {
        todo!()
    }
    pub fn heal(&mut self) -> Result<()> {
        todo!()
    }
    /// Lets virtual time pass.
    pub fn run_for(&mut self, span: Duration) -> Result<()> {
        todo!()
    }
    /// Runs until no request and no message is in flight.
    pub fn settle(&mut self) -> Result<()> {
        todo!()
    }
    pub fn now(&self) -> Mono {
        todo!()
    }
    pub fn nodes(&self) -> Vec<NodeId> {
        todo!()
    }
    pub fn is_up(&self, node: NodeId) -> bool {
        todo!()
    }
    pub fn owners(&self, key: &[u8]) -> Vec<NodeId> {
        todo!()
    }
    pub fn placement(&self) -> &dyn Placement {
        todo!()
    }
    /// The values that one node holds of a key, read past every quorum; for tests and pictures.
    pub fn peek(&self, node: NodeId, key: &[u8]) -> Result<Vec<Bytes>> {
        todo!()
    }
    /// Every replica of every key holds the same versions; the error says which does not.
    pub fn check_converged(&self) -> core::result::Result<(), String> {
        todo!()
    }
    /// Every write acknowledged at a quorum is still there or was superseded knowingly.
    pub fn check_no_lost_writes(&self) -> core::result::Result<(), String> {
        todo!()
    }
    pub fn trace(&self) -> &Trace {
        todo!()
    }
    pub fn trace_hash(&self) -> String {
        todo!()
    }
    /// Puts a remark into the trace, for the reader of its picture.
    pub fn note(&mut self, text: &str) {
        todo!()
    }
}

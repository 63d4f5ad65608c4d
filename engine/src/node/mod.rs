//! Lessons 3, 4 and 8: one node, as a state machine without input or output.
//!
//! [`Node::handle`] is the only code path, whoever drives it. In go a client's request, a peer's message,
//! the completion of a storage operation or a timer; out come replies, messages, storage operations and
//! timers. It reads no clock, draws nothing at random, starts no thread and touches no disk.
//!
//! | part | what it does |
//! |---|---|
//! | `admit` | lets requests in, fixes their stamp and deadline |
//! | `write`, `forward` | coordinates writes; passes them on to an owner |
//! | `read` | coordinates reads: digests, hedges, read repair, session floors |
//! | `scan` | range scans over all nodes |
//! | [`paxos`] | registers: compare-and-set |
//! | [`topology`] | who owns what, and how that changes |
//! | `intake`, `replica` | what a replica takes in, and does to its disk |
//! | `hints` | hinted handoff |
//! | `repair` | Merkle trees, anti-entropy, and rebuilding a lost disk |
//! | [`purge`] | when a tombstone may go |
//! | `gossip` | drives the failure detector |
//! | [`table`], [`level`], `settings`, `stats` | tables, consistency levels, settings, counters |
//!
//! A write, with the client at a node that owns the key:
//!
//! ```text
//!  client --put--> owner --Write--> its disk        a dot is given, the version is durable
//!                  owner --put----> the other owners, each: Merge --> its disk --ack--> owner
//!  client <--ok--- owner                             when the level is met
//! ```
//!
//! At any other node the request is forwarded to an owner first (Dynamo 2007, section 4.5): only an owner
//! gives dots, since it alone holds all of its own earlier dots of the key. Owners are asked in turn whether
//! they will coordinate, and the first that accepts is sent the write, alone: written by two, it would have
//! two dots, and a delete that has seen one would leave the other.
//!
//! Duties of a driver: it marks a new node's disk before its first life ([`Replica::format`]); storage operations of one node run in order, and their completions come in that order;
//! [`Input::Stored`] comes only once the operation's change is durable; an incarnation is never passed to
//! [`Node::boot`] twice; and each message bears the epoch that [`Node::epoch`] tells when the node has handled what led to it.

mod admit;
mod forward;
mod gossip;
mod hints;
mod intake;
mod io;
pub mod level;
mod machine;
mod message;
mod operations;
pub mod paxos;
mod peers;
pub mod purge;
mod quorums;
mod read;
mod repair;
mod replica;
mod requests;
mod scan;
mod settings;
mod stats;
pub mod table;
#[cfg(test)]
mod tests;
pub mod topology;
mod write;

pub use forward::FORWARD_PATIENCE;
pub use io::{Answer, Command, Input, Kind, Outbox, Output, Page, Promise, Request};
pub use level::Level;
pub use machine::{Boot, Node, Parts};
pub use message::{Change, Forwarded, Held, Message, Want};
pub use paxos::{Acceptor, Ballot, Condition, Edit, PaxosMessage, State};
pub use repair::{RebuildState, RepairMessage, RepairStats};
pub use replica::{
    Content, Disk, Forest, Group, Hint, HintCount, Hinted, KeyDigest, Keyspace, Progress,
    Recovered, RegisterOp, RegisterResult, Replica, StoreOp, StoreResult, StreamWhy, TreeOp,
    TreeResult, Writer, read_acceptor, read_cell, read_floor, read_topology, scan_cells,
};
pub use settings::{Hedge, Hints, Purge, Quorum, ReadRepair, Reads, Settings};
pub use stats::{HotKeys, Stats};
pub use table::{MergeValues, Policy, StampedBy, Table, TableId, Tables, client_key, full_key};
pub use topology::{Shape, TopologyMessage};

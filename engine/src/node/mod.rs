//! Lessons 3, 4 and 8: one node, as a state machine without input or output.
//!
//! [`Node::handle`] is the only code path, whoever drives it. In go a client's request, a peer's message,
//! the completion of a storage operation or a timer; out come replies, messages, storage operations and
//! timers. It reads no clock, draws nothing at random, starts no thread and touches no disk.
//!
//! A write, with the client at a node that owns the key:
//!
//! ```text
//!  client --put--> owner --Write--> its disk        a dot is given, the version is durable
//!                  owner --put----> the other owners, each: Merge --> its disk --ack--> owner
//!  client <--ok--- owner                             at the W-th durable copy
//! ```
//!
//! At any other node the request is forwarded to an owner first (Dynamo 2007, section 4.5): only an owner
//! gives dots, since it alone holds all of its own earlier dots of the key. Owners are asked in turn whether
//! they will coordinate, and the first that accepts is sent the write, alone: written by two, it would have
//! two dots, and a delete that has seen one would leave the other.
//!
//! Duties of a driver: storage operations of one node run in order; [`Input::Stored`] comes only once the
//! operation's change is durable; an incarnation is never passed to [`Node::boot`] twice.

mod forward;
mod io;
mod machine;
mod message;
mod read;
mod repair;
mod replica;
#[cfg(test)]
mod tests;
mod write;

pub use forward::FORWARD_PATIENCE;
pub use io::{Answer, Input, Kind, Outbox, Output, Request};
pub use machine::{Node, Parts, Settings};
pub use message::{Forwarded, Message};
pub use replica::{Disk, StoreOp, StoreResult, execute, highest_stamp, scan_cells};

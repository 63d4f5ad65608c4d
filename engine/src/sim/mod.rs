//! A world of nodes on a virtual clock: one seed, one byte-identical run.
//!
//! The [`World`] holds every node with its disk, the network between them, and one queue of what happens
//! next. It hands the nodes their inputs in the order of virtual time and draws each delay, loss and torn
//! write from its seed, so that a run can be had again, step by step, from the seed alone.

mod agenda;
mod faults;
mod host;
mod machine_disk;
mod network;
pub mod trace;
mod world;

pub use network::NetworkConfig;
pub use world::{ClockKind, Ended, World, WorldConfig};

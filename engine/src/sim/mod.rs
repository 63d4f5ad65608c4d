//! A world of nodes on a virtual clock: one seed, one byte-identical run.
//!
//! The [`World`] holds every node with its disk and its clock, the network between them, and one queue of
//! what happens next. It hands the nodes their inputs in the order of virtual time and draws each delay, loss
//! and torn write from its seed, so that a run can be had again, step by step, from the seed alone. The
//! network, each machine and the faults have a generator each: a draw of one does not shift another's.
//!
//! | fault | calls | seen in |
//! |---|---|---|
//! | messages lost, doubled, late, out of order | [`World::network`], [`World::link`] | [`NetworkConfig`], [`LinkConfig`], [`Delay`] |
//! | links held | [`World::hold`], [`World::release`] | |
//! | nodes cut off | [`World::partition`], [`World::oneway`], [`World::isolate`], [`World::bridge`], [`World::heal`] | |
//! | nodes stopped | [`World::kill`], [`World::restart`], [`World::pause`], [`World::wipe`] | |
//! | disks slow, full, lying, failing, damaged | [`World::disk`] | [`DiskFault`] |
//! | clocks wrong | [`World::clock`] | [`ClockFault`] |
//!
//! [`World::faults`] tells how often each has struck.

mod agenda;
mod clock;
mod counts;
mod cuts;
mod delivery;
mod disks;
mod drive;
mod epochs;
mod faults;
mod host;
mod hosts;
mod machine_disk;
mod network;
#[cfg(test)]
mod tests;
mod timers;
pub mod trace;
mod world;

pub use clock::{ClockFault, DRIFT_PPM_MAX};
pub use counts::{FaultCounts, FaultKind};
pub use disks::DiskFault;
pub use network::{Delay, LinkConfig, NetworkConfig};
pub use world::{DetectorKind, Ended, World, WorldConfig};

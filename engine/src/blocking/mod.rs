//! The plain synchronous face of a cluster: what the bindings, the command line and the script runner
//! call, and nothing deeper.

mod cluster;
mod config;
mod figures;
mod load;
mod options;
#[cfg(test)]
mod tests;

pub use cluster::Cluster;
pub use config::{ClusterConfig, Conflict, PlacementKind};
pub use figures::{Change, sample_keys};
pub use load::{LoadPlan, LoadReport};
pub use options::{Context, GetOptions, PutOptions, Read, Ticket};

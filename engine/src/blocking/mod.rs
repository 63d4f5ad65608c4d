//! The plain synchronous face of a cluster: what the bindings, the command line and the script runner
//! call, and nothing deeper.

mod checks;
mod cluster;
mod config;
mod faults;
mod figures;
mod lease;
mod load;
mod options;
mod policy;
mod registers;
mod requests;
mod reshape;
mod sessions;
mod stats;
#[cfg(test)]
mod tests;

pub use cluster::Cluster;
pub use config::{ClusterConfig, PlacementKind, owners_needed};
pub use figures::{Change, sample_keys};
pub use lease::Lease;
pub use load::{LoadPlan, LoadReport};
pub use options::{Context, Cursor, GetOptions, PutOptions, Read, Scan, Ticket};
pub use policy::Conflict;
pub use stats::ClusterStats;

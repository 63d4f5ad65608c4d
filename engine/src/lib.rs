//! # Kvorum
//!
//! A distributed key-value store, whole in one crate: hash ring, replication, quorums, version
//! vectors, a durable log, and a simulator that runs a cluster of them from one seed.
//!
//! The modules stand on floors, and import downwards only:
//!
//! | floor | modules |
//! |---|---|
//! | 1 | [`base`] |
//! | 2 | [`ring`], [`causal`], [`membership`], [`vfs`], [`expiry`] |
//! | 3 | [`storage`], [`crdt`] |
//! | 4 | [`node`] |
//! | 5 | [`sim`], [`check`], `live` |
//! | 6 | [`blocking`], [`draw`] |
//! | 7 | [`script`] |
//!
//! ```
//! use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
//!
//! let mut cluster = Cluster::simulated(ClusterConfig { nodes: 5, seed: 7, ..ClusterConfig::default() })?;
//! cluster.put(b"cart", b"milk", &PutOptions::default())?;
//! let read = cluster.get(b"cart", &GetOptions::default())?;
//! assert_eq!(read.values, [b"milk".as_slice()]);
//! # Ok::<(), kvorum::Error>(())
//! ```

pub mod base;
pub mod blocking;
pub mod causal;
pub mod check;
pub mod crdt;
pub mod draw;
pub mod expiry;
#[cfg(feature = "live")]
pub mod live;
pub mod membership;
pub mod node;
pub mod ring;
pub mod script;
pub mod sim;
pub mod storage;
pub mod vfs;

#[cfg(test)]
#[path = "../tests/seeded/mod.rs"]
mod seeded;

pub use base::error::{Code, Error, Result};
pub use base::id::{NodeId, Zone};

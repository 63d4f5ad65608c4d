//! What is shared between threads, under the names that the model checker's own types stand in for
//! (`engine/tests/memtable_concurrency.rs`).

pub use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
pub use std::sync::{Mutex, MutexGuard, OnceLock};

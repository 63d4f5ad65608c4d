//! Which side of a fork this process is on.

use core::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

static FORKS: AtomicU64 = AtomicU64::new(0);

/// How many forks lie between this process and the first that loaded the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(u64);

impl Generation {
    /// This process's.
    pub fn current() -> Self {
        Self(FORKS.load(Ordering::Relaxed))
    }
}

/// Called by Python in the child after a fork.
#[pyfunction]
pub fn _after_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

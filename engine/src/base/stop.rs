//! Stopping a run from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that closes a cluster while it runs: for a server whose reader has left, or a Ctrl-C. Clones
/// are the same switch. It is looked at between two events, and never by a node.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Closes the cluster: what runs on it, and what is asked of it later, ends with
    /// [`Error::Closed`](crate::Error::Closed).
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Opens it again: a run that was stopped stands between two events, and can go on from there.
    pub fn resume(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

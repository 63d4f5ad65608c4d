//! What the store counts while it works. Relaxed: a count may lag, it is never lost.

use core::sync::atomic::{AtomicU64, Ordering};

/// A count that many threads add to.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    #[inline]
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts of one open store.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Keys and values that callers wrote, bytes.
    pub(super) user_bytes: Count,
    pub(super) writes: Count,
    pub(super) log_bytes: Count,
    pub(super) log_syncs: Count,
    pub(super) flushes: Count,
    pub(super) flush_bytes: Count,
    pub(super) compactions: Count,
    pub(super) moves: Count,
    pub(super) tables_dropped: Count,
    pub(super) compaction_read_bytes: Count,
    pub(super) compaction_write_bytes: Count,
    /// Writes that did a share of the upkeep themselves.
    pub(super) stalls_slow: Count,
    /// Writes that waited until there was room.
    pub(super) stalls_stop: Count,
    pub(super) job_failures: Count,
    pub(super) recovered_frames: Count,
    pub(super) torn_bytes: Count,
}

//! A token bucket: how fast a node may stream.

use crate::base::limits::REPAIR_BYTES_MAX;
use crate::base::time::{Mono, nanos};

const NANOS: i128 = 1_000_000_000;

/// Fills with `rate` bytes a second up to one message. Whoever finds something in it may take a whole cell, however
/// large; the bucket then stands below zero until that is made up for, so that the rate holds over time.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    rate: u64,
    /// Bytes times 10^9, so that no fraction of a byte is lost.
    level: i128,
    filled: Mono,
}

impl Bucket {
    /// Of `rate` bytes a second, 0 for as many as there are.
    pub(super) fn new(rate: u64) -> Self {
        Self {
            rate,
            level: REPAIR_BYTES_MAX as i128 * NANOS,
            filled: Mono(0),
        }
    }

    /// How many bytes may go now, at most one message's; 0 is to wait.
    pub(super) fn available(&mut self, now: Mono) -> usize {
        if self.rate == 0 {
            return REPAIR_BYTES_MAX;
        }
        let elapsed = i128::from(nanos(now.since(self.filled)));
        self.filled = self.filled.max(now);
        let full = REPAIR_BYTES_MAX as i128 * NANOS;
        let filled = elapsed.saturating_mul(i128::from(self.rate));
        self.level = self.level.saturating_add(filled).min(full);
        usize::try_from(self.level / NANOS).unwrap_or(0)
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        if self.rate != 0 {
            self.level -= bytes as i128 * NANOS;
        }
    }
}

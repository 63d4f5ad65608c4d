//! The last intervals between heartbeats, and their mean.

use core::time::Duration;

/// Intervals that a window may keep.
pub const WINDOW_SAMPLES_MAX: usize = 1_000;

/// A ring of intervals with a running sum. Whole microseconds are kept, 4 bytes each: with 128 nodes of 1,000
/// samples for each peer that is half a MiB a node. An interval of more than 71 minutes counts as 71 minutes.
#[derive(Clone, Debug)]
pub(super) struct Window {
    samples_us: Vec<u32>,
    capacity: usize,
    /// The oldest, once the ring is full.
    oldest: usize,
    sum_us: u64,
}

impl Window {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            samples_us: Vec::new(),
            capacity: capacity.clamp(1, WINDOW_SAMPLES_MAX),
            oldest: 0,
            sum_us: 0,
        }
    }

    pub(super) fn push(&mut self, interval: Duration) {
        let sample = u32::try_from(interval.as_micros()).unwrap_or(u32::MAX);
        self.sum_us += u64::from(sample);
        if self.samples_us.len() < self.capacity {
            self.samples_us.push(sample);
            return;
        }
        let dropped = core::mem::replace(&mut self.samples_us[self.oldest], sample);
        self.sum_us -= u64::from(dropped);
        self.oldest = (self.oldest + 1) % self.capacity;
    }

    /// The mean interval, nanoseconds; none before the first.
    pub(super) fn mean_ns(&self) -> Option<f64> {
        let count = self.samples_us.len();
        (count > 0).then(|| self.sum_us as f64 * 1_000.0 / count as f64)
    }
}

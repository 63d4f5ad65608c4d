//! What a node has noticed of its peers: who is silent, and how long answers take.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::NodeId;
use crate::base::time::nanos;

/// Before there were answers enough to tell: what a hedged read waits.
const HEDGE_USUAL: Duration = Duration::from_millis(20);
/// The least and the most that a hedged read waits.
const HEDGE_MIN: Duration = Duration::from_micros(200);
const HEDGE_MAX: Duration = Duration::from_secs(1);
/// Answers that must have come before the percentile is trusted, and after how many it is computed anew.
const SAMPLES_MIN: u32 = 32;
const SAMPLES_FRESH: u32 = 32;
/// Answers after which all counts are halved, so that old ones fade.
const SAMPLES_MAX: u32 = 2_048;
/// Buckets of the histogram: four for each doubling of a microsecond.
const BUCKETS: usize = 4 * 32;

/// A histogram of answer times that forgets.
#[derive(Debug)]
struct Latency {
    buckets: [u16; BUCKETS],
    count: u32,
    until_fresh: u32,
    percentile99: Duration,
}

/// The bucket of a time: its highest bit, and the two below it.
fn bucket_of(took: Duration) -> usize {
    let us = (nanos(took) / 1_000).clamp(4, u64::from(u32::MAX));
    let top = us.ilog2();
    let quarter = (us >> (top - 2)) & 3;
    (top as usize * 4 + quarter as usize).min(BUCKETS - 1)
}

/// The end of a bucket.
fn end_of(bucket: usize) -> Duration {
    let (top, quarter) = (bucket / 4, bucket % 4);
    Duration::from_micros(((5 + quarter as u64) << top) >> 2)
}

impl Latency {
    fn add(&mut self, took: Duration) {
        let bucket = &mut self.buckets[bucket_of(took)];
        *bucket = bucket.saturating_add(1);
        self.count += 1;
        if self.count >= SAMPLES_MAX {
            self.buckets.iter_mut().for_each(|bucket| *bucket /= 2);
            self.count = self.buckets.iter().map(|bucket| u32::from(*bucket)).sum();
        }
        self.until_fresh = self.until_fresh.saturating_sub(1);
        if self.until_fresh == 0 && self.count >= SAMPLES_MIN {
            self.until_fresh = SAMPLES_FRESH;
            self.percentile99 = self.at_least(99);
        }
    }

    /// The end of the bucket in which `percent` of the answers were there.
    fn at_least(&self, percent: u32) -> Duration {
        let wanted = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += u32::from(*count);
            if seen >= wanted {
                return end_of(bucket).clamp(HEDGE_MIN, HEDGE_MAX);
            }
        }
        HEDGE_MAX
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Peers {
    /// Peers that left a message unanswered, and have not been heard of since.
    silent: BTreeSet<NodeId>,
    latency: Latency,
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            silent: BTreeSet::new(),
            latency: Latency {
                buckets: [0; BUCKETS],
                count: 0,
                until_fresh: SAMPLES_MIN,
                percentile99: HEDGE_USUAL,
            },
        }
    }
}

impl Peers {
    pub(super) fn heard(&mut self, node: NodeId) {
        if !self.silent.is_empty() {
            self.silent.remove(&node);
        }
    }

    pub(super) fn left_unanswered(&mut self, node: NodeId) {
        self.silent.insert(node);
    }

    pub(super) fn is_silent(&self, node: NodeId) -> bool {
        self.silent.contains(&node)
    }

    pub(super) fn answered_after(&mut self, took: Duration) {
        self.latency.add(took);
    }

    /// What 99 of 100 of the latest answers took, at most.
    pub(super) fn percentile99(&self) -> Duration {
        self.latency.percentile99
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_follows_what_answers_take() {
        let mut peers = Peers::default();
        assert_eq!(peers.percentile99(), HEDGE_USUAL);
        (0..1_000).for_each(|_| peers.answered_after(Duration::from_millis(3)));
        let fast = peers.percentile99();
        assert!(
            fast >= Duration::from_millis(3) && fast < Duration::from_millis(4),
            "{fast:?}"
        );
        (0..20_000).for_each(|number| {
            peers.answered_after(Duration::from_millis(if number % 20 == 0 { 90 } else { 3 }));
        });
        let slow = peers.percentile99();
        assert!(
            slow >= Duration::from_millis(90) && slow < Duration::from_millis(120),
            "{slow:?}"
        );
    }

    #[test]
    fn every_time_has_a_bucket_that_ends_after_it() {
        for us in [0, 1, 4, 5, 7, 8, 100, 12_345, 1 << 20, u64::from(u32::MAX)] {
            let took = Duration::from_micros(us);
            assert!(end_of(bucket_of(took)) >= took, "{us}");
        }
    }
}

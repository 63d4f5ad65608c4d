//! What the tables of a store count while they are read.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::storage::cache::{STRIPES, stripe};

/// The counts of some of the threads, on cache lines of their own: a count that two threads share costs
/// either of them a trip to the other's cache.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe {
    filter_negatives: AtomicU64,
    filter_true_positives: AtomicU64,
    filter_false_positives: AtomicU64,
    unfiltered_searches: AtomicU64,
    blocks_read: AtomicU64,
    block_bytes_read: AtomicU64,
}

/// Counts that all tables of a store add to, from any thread.
#[derive(Debug, Default)]
pub struct TableCounters {
    stripes: [Stripe; STRIPES],
}

/// The sums of [`TableCounters`] at a moment. Hits and misses of the block cache are counted by the
/// [cache](crate::storage::cache::CacheStats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableCounts {
    /// Filters that were asked for a key.
    pub filter_checks: u64,
    /// Those that said that the key is not there: a table that need not be looked at.
    pub filter_negatives: u64,
    /// Those that said "perhaps" and the table did not have the key.
    pub filter_false_positives: u64,
    /// Lookups that searched a table's blocks, cached or not: where the filter said "perhaps", and where there
    /// is none. Over the number of lookups it is the read amplification.
    pub searches: u64,
    /// Data blocks and index partitions read from files.
    pub blocks_read: u64,
    /// The bytes that these reads asked for, read-ahead included.
    pub block_bytes_read: u64,
}

/// What a filter said, and what was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterOutcome {
    Negative,
    TruePositive,
    FalsePositive,
    /// The table has no filter and was searched.
    Unfiltered,
}

impl TableCounters {
    #[inline]
    fn stripe(&self) -> &Stripe {
        &self.stripes[stripe()]
    }

    #[inline]
    pub(super) fn count_filter(&self, outcome: FilterOutcome) {
        let stripe = self.stripe();
        let count = match outcome {
            FilterOutcome::Negative => &stripe.filter_negatives,
            FilterOutcome::TruePositive => &stripe.filter_true_positives,
            FilterOutcome::FalsePositive => &stripe.filter_false_positives,
            FilterOutcome::Unfiltered => &stripe.unfiltered_searches,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_read(&self, blocks: u64, bytes: u64) {
        let stripe = self.stripe();
        stripe.blocks_read.fetch_add(blocks, Ordering::Relaxed);
        stripe.block_bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The sums now. Threads that count meanwhile may be in them or not.
    #[must_use]
    pub fn counts(&self) -> TableCounts {
        let sum = |count: fn(&Stripe) -> &AtomicU64| -> u64 {
            let counts = self.stripes.iter().map(count);
            counts.map(|count| count.load(Ordering::Relaxed)).sum()
        };
        let filter_negatives = sum(|stripe| &stripe.filter_negatives);
        let filter_false_positives = sum(|stripe| &stripe.filter_false_positives);
        let filter_true_positives = sum(|stripe| &stripe.filter_true_positives);
        let positives = filter_false_positives + filter_true_positives;
        TableCounts {
            filter_checks: filter_negatives + positives,
            filter_negatives,
            filter_false_positives,
            searches: positives + sum(|stripe| &stripe.unfiltered_searches),
            blocks_read: sum(|stripe| &stripe.blocks_read),
            block_bytes_read: sum(|stripe| &stripe.block_bytes_read),
        }
    }
}

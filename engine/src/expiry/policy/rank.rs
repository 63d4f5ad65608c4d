//! What a sampled policy ranks by: the time since the last use, or the deadline. For frequency see
//! [`LogCounter`](super::LogCounter).

use super::sampled::Rank;
use super::{Item, Sampled, Scope};
use crate::base::rng::Rng;

/// Bits of the clock that marks a use.
const CLOCK_BITS: u32 = 24;
/// The clock's tick unless said otherwise, ms: it then comes round after 194 days.
pub const TICK_MS_USUAL: u64 = 1_000;

/// By the time since the last use, on a clock of 24 bits that ticks once a second, as in Redis. Uses within one
/// tick look the same, and an entry that was not used for 194 days looks fresh.
#[derive(Clone, Debug)]
pub struct IdleTime {
    tick_ms: u64,
}

impl IdleTime {
    /// A clock with another tick (at least 1 ms): a simulation that runs for seconds wants a finer one.
    #[must_use]
    pub fn with_tick(tick_ms: u64) -> Self {
        Self {
            tick_ms: tick_ms.max(1),
        }
    }

    fn clock(&self, now_ms: u64) -> u32 {
        (now_ms / self.tick_ms) as u32 & ((1 << CLOCK_BITS) - 1)
    }
}

impl Default for IdleTime {
    fn default() -> Self {
        Self::with_tick(TICK_MS_USUAL)
    }
}

impl Rank for IdleTime {
    type Mark = u32;

    fn name(&self) -> &'static str {
        "sampled-lru"
    }

    fn insert(&mut self, _item: Item, now_ms: u64) -> u32 {
        self.clock(now_ms)
    }

    #[inline]
    fn hit(&mut self, _mark: u32, now_ms: u64) -> u32 {
        self.clock(now_ms)
    }

    fn update(&mut self, _mark: u32, _item: Item, now_ms: u64) -> u32 {
        self.clock(now_ms)
    }

    fn score(&self, mark: u32, now_ms: u64) -> u64 {
        let idle = self.clock(now_ms).wrapping_sub(mark);
        u64::from(idle & ((1 << CLOCK_BITS) - 1))
    }
}

/// By deadline: the nearest goes first (`volatile-ttl`).
#[derive(Clone, Debug, Default)]
pub struct NearestDeadline;

impl Rank for NearestDeadline {
    type Mark = u64;

    fn name(&self) -> &'static str {
        "ttl"
    }

    fn insert(&mut self, item: Item, _now_ms: u64) -> u64 {
        item.deadline_ms
    }

    #[inline]
    fn hit(&mut self, mark: u64, _now_ms: u64) -> u64 {
        mark
    }

    fn update(&mut self, _mark: u64, item: Item, _now_ms: u64) -> u64 {
        item.deadline_ms
    }

    fn score(&self, mark: u64, _now_ms: u64) -> u64 {
        u64::MAX - mark
    }
}

impl Sampled<IdleTime> {
    /// Sampled LRU with Redis' clock.
    #[must_use]
    pub fn lru(scope: Scope, samples: usize, rng: Rng) -> Self {
        Self::new(IdleTime::default(), scope, samples, rng)
    }
}

impl Sampled<NearestDeadline> {
    /// The nearest deadline of a few; only entries with one can go.
    #[must_use]
    pub fn ttl(samples: usize, rng: Rng) -> Self {
        Self::new(NearestDeadline, Scope::Volatile, samples, rng)
    }
}

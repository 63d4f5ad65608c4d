//! A million uses in 8 bits: Redis' logarithmic counter for sampled LFU (Redis documentation, "Key eviction").
//!
//! ```text
//!   mark: minute of the last decay, 16 bits | counter, 8 bits
//! ```
//!
//! A use raises the counter with probability `1 / ((counter - 5) x factor + 1)`: the higher it stands, the rarer it
//! moves. A new entry starts at 5, so that it is not the victim before it had a chance; for each minute without
//! use one is taken off.
//!
//! | factor | 100 uses | 1,000 | 100,000 | 1,000,000 |
//! |---|---|---|---|---|
//! | 1 | 18 | 49 | 255 | 255 |
//! | 10 | 10 | 18 | 142 | 255 |
//! | 100 | 8 | 11 | 49 | 143 |

use super::sampled::Rank;
use super::{Item, Sampled, Scope};
use crate::base::rng::Rng;

/// The counter of a new entry.
pub const COUNTER_START: u8 = 5;
/// How much rarer each step is than the one before, unless said otherwise (`lfu-log-factor`).
pub const LOG_FACTOR_USUAL: u32 = 10;
/// Minutes for which one is taken off, unless said otherwise (`lfu-decay-time`).
pub const DECAY_MINUTES_USUAL: u16 = 1;

const MINUTE_MS: u64 = 60_000;

/// By frequency: the lowest decayed counter goes. See the [module](self).
#[derive(Clone, Debug)]
pub struct LogCounter {
    log_factor: u32,
    /// 0 for never.
    decay_minutes: u16,
    rng: Rng,
}

impl LogCounter {
    /// Other constants than Redis' own. `decay_minutes` 0 never decays.
    #[must_use]
    pub fn new(log_factor: u32, decay_minutes: u16, rng: Rng) -> Self {
        Self {
            log_factor,
            decay_minutes,
            rng,
        }
    }

    /// The counter after one more use.
    #[must_use]
    pub fn raise(&mut self, counter: u8) -> u8 {
        let above = u32::from(counter.saturating_sub(COUNTER_START));
        let steps = f64::from(above) * f64::from(self.log_factor) + 1.0;
        let rises = counter < u8::MAX && self.rng.chance(1.0 / steps);
        counter + u8::from(rises)
    }

    /// The counter once `minutes` without use have passed.
    #[must_use]
    pub fn decay(&self, counter: u8, minutes: u16) -> u8 {
        match minutes.checked_div(self.decay_minutes) {
            Some(periods) => counter.saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX)),
            None => counter,
        }
    }
}

/// A mark's two parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uses {
    /// The minute of the last decay, 16 bits of it.
    minute: u16,
    counter: u8,
}

fn minute(now_ms: u64) -> u16 {
    (now_ms / MINUTE_MS) as u16
}

impl Rank for LogCounter {
    type Mark = Uses;

    fn name(&self) -> &'static str {
        "sampled-lfu"
    }

    fn insert(&mut self, _item: Item, now_ms: u64) -> Uses {
        Uses {
            minute: minute(now_ms),
            counter: COUNTER_START,
        }
    }

    #[inline]
    fn hit(&mut self, mark: Uses, now_ms: u64) -> Uses {
        let now = minute(now_ms);
        let counter = self.decay(mark.counter, now.wrapping_sub(mark.minute));
        Uses {
            minute: now,
            counter: self.raise(counter),
        }
    }

    fn update(&mut self, mark: Uses, _item: Item, now_ms: u64) -> Uses {
        self.hit(mark, now_ms)
    }

    fn score(&self, mark: Uses, now_ms: u64) -> u64 {
        let minutes = minute(now_ms).wrapping_sub(mark.minute);
        u64::from(u8::MAX - self.decay(mark.counter, minutes))
    }
}

impl Sampled<LogCounter> {
    /// Sampled LFU with Redis' constants.
    #[must_use]
    pub fn lfu(scope: Scope, samples: usize, mut rng: Rng) -> Self {
        let counter = LogCounter::new(LOG_FACTOR_USUAL, DECAY_MINUTES_USUAL, rng.fork());
        Self::new(counter, scope, samples, rng)
    }
}

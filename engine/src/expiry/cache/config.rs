//! How a cache is set up, under the names that Redis gave its policies.

use core::fmt;
use core::str::FromStr;

use super::{ActiveExpiry, ENTRY_OVERHEAD_BYTES};
use crate::base::rng::Rng;
use crate::expiry::policy::{
    Clock, EvictionPolicy, Fifo, Lru, Random, S3Fifo, SAMPLES_MAX, SAMPLES_USUAL, Sampled, Scope,
    WTinyLfu,
};
use crate::{Error, Result};

/// What happens when the budget is spent (Redis' `maxmemory-policy`). `allkeys-` may evict every entry, `volatile-`
/// those with a deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MaxmemoryPolicy {
    /// Writes that need room fail.
    #[default]
    NoEviction,
    /// The least recently used of a few.
    AllKeysLru,
    /// The least frequently used of a few.
    AllKeysLfu,
    /// Any entry.
    AllKeysRandom,
    /// The least recently used of a few with a deadline.
    VolatileLru,
    /// The least frequently used of a few with a deadline.
    VolatileLfu,
    /// Any entry with a deadline.
    VolatileRandom,
    /// The nearest deadline of a few.
    VolatileTtl,
    /// The least recently used of all.
    AllKeysExactLru,
    /// A window, a segmented LRU and an admission contest.
    AllKeysWTinyLfu,
    /// Three queues.
    AllKeysS3Fifo,
    /// A queue with a second chance.
    AllKeysClock,
    /// In the order of arrival.
    AllKeysFifo,
}

impl MaxmemoryPolicy {
    /// Every policy: Redis' own first, in the order of its documentation.
    pub const ALL: [Self; 13] = [
        Self::NoEviction,
        Self::AllKeysLru,
        Self::AllKeysLfu,
        Self::AllKeysRandom,
        Self::VolatileLru,
        Self::VolatileLfu,
        Self::VolatileRandom,
        Self::VolatileTtl,
        Self::AllKeysExactLru,
        Self::AllKeysWTinyLfu,
        Self::AllKeysS3Fifo,
        Self::AllKeysClock,
        Self::AllKeysFifo,
    ];

    /// The name in a config: `allkeys-lru`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoEviction => "noeviction",
            Self::AllKeysLru => "allkeys-lru",
            Self::AllKeysLfu => "allkeys-lfu",
            Self::AllKeysRandom => "allkeys-random",
            Self::VolatileLru => "volatile-lru",
            Self::VolatileLfu => "volatile-lfu",
            Self::VolatileRandom => "volatile-random",
            Self::VolatileTtl => "volatile-ttl",
            Self::AllKeysExactLru => "allkeys-exact-lru",
            Self::AllKeysWTinyLfu => "allkeys-w-tinylfu",
            Self::AllKeysS3Fifo => "allkeys-s3-fifo",
            Self::AllKeysClock => "allkeys-clock",
            Self::AllKeysFifo => "allkeys-fifo",
        }
    }

    /// Which entries may be evicted; `None` for none.
    #[must_use]
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::NoEviction => None,
            Self::VolatileLru | Self::VolatileLfu | Self::VolatileRandom | Self::VolatileTtl => {
                Some(Scope::Volatile)
            }
            _ => Some(Scope::All),
        }
    }

    pub(super) fn build(self, config: &CacheConfig, rng: Rng) -> Option<Box<dyn EvictionPolicy>> {
        let scope = self.scope()?;
        let (samples, budget_bytes) = (config.samples, config.budget_bytes);
        Some(match self {
            Self::NoEviction => return None,
            Self::AllKeysLru | Self::VolatileLru => Box::new(Sampled::lru(scope, samples, rng)),
            Self::AllKeysLfu | Self::VolatileLfu => Box::new(Sampled::lfu(scope, samples, rng)),
            Self::AllKeysRandom | Self::VolatileRandom => Box::new(Random::new(scope, rng)),
            Self::VolatileTtl => Box::new(Sampled::ttl(samples, rng)),
            Self::AllKeysExactLru => Box::new(Lru::default()),
            Self::AllKeysWTinyLfu => Box::new(WTinyLfu::new(budget_bytes)),
            Self::AllKeysS3Fifo => Box::new(S3Fifo::new(budget_bytes)),
            Self::AllKeysClock => Box::new(Clock::default()),
            Self::AllKeysFifo => Box::new(Fifo::default()),
        })
    }
}

impl fmt::Display for MaxmemoryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for MaxmemoryPolicy {
    type Err = Error;

    /// # Errors
    /// [`Error::InvalidArgument`] with the names that exist.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|policy| policy.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!(
                "no maxmemory policy is called {text:?}; there are {names}"
            ))
        })
    }
}

/// The largest budget, bytes (256 GiB): its entries are fewer than slots.
pub const BUDGET_BYTES_MAX: u64 = 1 << 38;

/// How a cache is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// What keys, values and [`ENTRY_OVERHEAD_BYTES`] an entry may take together.
    pub budget_bytes: u64,
    /// What happens when it is spent.
    pub policy: MaxmemoryPolicy,
    /// Entries drawn for each victim of a sampled policy, 1 to [`SAMPLES_MAX`].
    pub samples: usize,
    /// How expired entries are found that nobody asks for.
    pub active_expiry: ActiveExpiry,
    /// What the cache leaves to chance comes from this.
    pub seed: u64,
}

impl Default for CacheConfig {
    /// 64 MiB, `allkeys-lru` with 5 samples, a timing wheel.
    fn default() -> Self {
        Self {
            budget_bytes: 64 << 20,
            policy: MaxmemoryPolicy::AllKeysLru,
            samples: SAMPLES_USUAL,
            active_expiry: ActiveExpiry::Wheel,
            seed: 0,
        }
    }
}

impl CacheConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.budget_bytes < ENTRY_OVERHEAD_BYTES as u64 {
            return Err(Error::invalid(format!(
                "a budget of {} bytes holds no entry: one takes {ENTRY_OVERHEAD_BYTES} bytes beside its key and value",
                self.budget_bytes
            )));
        }
        if self.budget_bytes > BUDGET_BYTES_MAX {
            return Err(Error::invalid(format!(
                "a budget of {} bytes: the most is {BUDGET_BYTES_MAX}",
                self.budget_bytes
            )));
        }
        if !(1..=SAMPLES_MAX).contains(&self.samples) {
            return Err(Error::invalid(format!(
                "{} samples for each victim: choose 1 to {SAMPLES_MAX}",
                self.samples
            )));
        }
        Ok(())
    }
}

//! A key-value map in memory that keeps to a byte budget: the store of cache use (lesson 9).
//!
//! ```text
//!   put --> room? --no--> [ due entries go ] --> [ policy names victims ] --> stored, or Overloaded
//!   get --> index --> entry --> deadline passed? --yes--> removed (lazy expiry), a miss
//!   expire_due --> timing wheel, or samples of 20 --> removed (active expiry)
//! ```
//!
//! - The budget counts keys, values and [`ENTRY_OVERHEAD_BYTES`] an entry, and is never exceeded once an operation has
//!   returned.
//! - A value whose deadline has passed is never returned, whether its memory has been reclaimed or not.
//! - A plain `put` clears the deadline that the key had, as Redis' `SET` does.
//! - Expiry and eviction are counted apart: the one is meaning, the other is space.
//!
//! ```
//! use kvorum::expiry::NEVER_MS;
//! use kvorum::expiry::cache::{ByteCache, CacheConfig};
//!
//! let mut cache = ByteCache::new(CacheConfig::default())?;
//! cache.put(b"session", b"alice", 1_000, 0)?;
//! cache.put(b"page", b"<html>", NEVER_MS, 0)?;
//! assert_eq!(cache.get(b"session", 999), Some(b"alice".as_slice()));
//! assert_eq!(cache.get(b"session", 1_000), None);
//! assert_eq!(cache.stats().expired_lazily, 1);
//! # Ok::<(), kvorum::Error>(())
//! ```

mod active;
mod config;
mod entries;
mod room;
#[cfg(test)]
mod tests;

use active::Tracker;
pub use active::{
    ActiveExpiry, CYCLE_SAMPLE_KEYS, CYCLE_STALE_PERCENT_MAX, EXPIRE_ENTRIES_USUAL, Sweep,
};
pub use config::{BUDGET_BYTES_MAX, CacheConfig, MaxmemoryPolicy};
pub use entries::ENTRY_OVERHEAD_BYTES;
use entries::Entries;

use super::policy::{EvictionPolicy, Item, Scope};
use crate::Result;
use crate::base::rng::Rng;

/// What a put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The key was new.
    New,
    /// The key had a value, which is replaced.
    Replaced,
    /// The policy held the entries in its way to be worth more. The key has no value now.
    Refused,
    /// The deadline had passed already. The key has no value now.
    Expired,
}

/// What a cache did so far, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Gets that found a value.
    pub hits: u64,
    /// Gets that found none, or an expired one.
    pub misses: u64,
    /// Entries that went for want of space.
    pub evictions: u64,
    /// Puts that the policy refused.
    pub refused: u64,
    /// Entries removed when an access found them past their deadline.
    pub expired_lazily: u64,
    /// Entries removed past their deadline without an access.
    pub expired_actively: u64,
    /// Entries held, expired ones that have not been reclaimed among them.
    pub entries: u64,
    /// What they count against the budget, bytes.
    pub bytes: u64,
}

impl CacheStats {
    /// The share of gets that found a value; 0 before the first.
    #[must_use]
    pub fn hit_ratio(&self) -> f64 {
        self.hits as f64 / (self.hits + self.misses).max(1) as f64
    }
}

/// Why an entry goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gone {
    Deleted,
    Evicted,
    ExpiredLazily,
    ExpiredActively,
}

/// See the [module](self).
#[derive(Debug)]
pub struct ByteCache {
    budget_bytes: u64,
    /// `None` evicts nothing.
    scope: Option<Scope>,
    /// There when `scope` is, and hears of every entry.
    policy: Option<Box<dyn EvictionPolicy>>,
    entries: Entries,
    tracker: Tracker,
    bytes: u64,
    /// The part of `bytes` that has a deadline.
    volatile_bytes: u64,
    counters: CacheStats,
}

impl ByteCache {
    /// An empty cache.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a config out of its limits.
    pub fn new(config: CacheConfig) -> Result<Self> {
        config.check()?;
        let mut rng = Rng::from_seed(config.seed);
        let policy = config.policy.build(&config, rng.fork());
        Ok(Self::assemble(config, config.policy.scope(), policy, rng))
    }

    /// An empty cache with a policy of the caller's own in the place of `config.policy`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a config out of its limits.
    pub fn with_policy(config: CacheConfig, policy: Box<dyn EvictionPolicy>) -> Result<Self> {
        config.check()?;
        let rng = Rng::from_seed(config.seed);
        Ok(Self::assemble(config, Some(Scope::All), Some(policy), rng))
    }

    fn assemble(
        config: CacheConfig,
        scope: Option<Scope>,
        policy: Option<Box<dyn EvictionPolicy>>,
        mut rng: Rng,
    ) -> Self {
        Self {
            budget_bytes: config.budget_bytes,
            scope,
            policy,
            entries: Entries::new(rng.next_u64()),
            tracker: Tracker::new(config.active_expiry, rng),
            bytes: 0,
            volatile_bytes: 0,
            counters: CacheStats::default(),
        }
    }

    /// The value of `key`, unless its deadline is at or before `now_ms`; an expired entry is removed.
    pub fn get(&mut self, key: &[u8], now_ms: u64) -> Option<&[u8]> {
        let Some(slot) = self.live(key, now_ms) else {
            self.counters.misses += 1;
            return None;
        };
        self.counters.hits += 1;
        if let Some(policy) = &mut self.policy {
            policy.on_hit(slot, now_ms);
        }
        Some(self.entries.get(slot).value())
    }

    /// The deadline of `key`, [`NEVER_MS`](super::NEVER_MS) when it has none; `None` when there is no such key, or it has
    /// expired. Not a use of the entry.
    #[must_use]
    pub fn deadline_ms(&self, key: &[u8], now_ms: u64) -> Option<u64> {
        let slot = self.entries.find(self.entries.hash(key), key)?;
        let deadline_ms = self.entries.get(slot).deadline_ms;
        (deadline_ms > now_ms).then_some(deadline_ms)
    }

    /// Gives `key` a value that lives until `deadline_ms` ([`NEVER_MS`](super::NEVER_MS): until it is evicted), in the place of the value
    /// and the deadline that it had.
    ///
    /// # Errors
    /// [`Error::TooLarge`](crate::Error::TooLarge) for a key, a value or an entry past its limit and [`Error::Overloaded`](crate::Error::Overloaded) when the budget is
    /// spent and the policy may evict too little: the cache is unchanged. [`Error::InvalidArgument`](crate::Error::InvalidArgument) when a
    /// policy of the caller's own names a victim that does not exist.
    pub fn put(
        &mut self,
        key: &[u8],
        value: &[u8],
        deadline_ms: u64,
        now_ms: u64,
    ) -> Result<Stored> {
        self.check_sizes(key, value)?;
        let before = self.live(key, now_ms);
        if deadline_ms <= now_ms {
            if let Some(slot) = before {
                self.remove(slot, Gone::Deleted);
            }
            return Ok(Stored::Expired);
        }
        let item = Item {
            key_hash: self.entries.hash(key),
            weight_bytes: (key.len() + value.len() + ENTRY_OVERHEAD_BYTES) as u32,
            deadline_ms,
        };
        if !self.make_room(key, item, now_ms)? {
            self.counters.refused += 1;
            return Ok(Stored::Refused);
        }
        Ok(match self.entries.find(item.key_hash, key) {
            Some(slot) => {
                self.detach(slot);
                self.entries.replace(slot, key, value, deadline_ms);
                self.attach(slot);
                if let Some(policy) = &mut self.policy {
                    policy.on_update(slot, item, now_ms);
                }
                Stored::Replaced
            }
            None => {
                let slot = self.entries.insert(item, key, value);
                self.attach(slot);
                if let Some(policy) = &mut self.policy {
                    policy.on_insert(slot, item, now_ms);
                }
                Stored::New
            }
        })
    }

    /// Gives `key` another deadline; one that has passed removes it. False when there is no such key.
    pub fn expire_at(&mut self, key: &[u8], deadline_ms: u64, now_ms: u64) -> bool {
        let Some(slot) = self.live(key, now_ms) else {
            return false;
        };
        if deadline_ms <= now_ms {
            self.remove(slot, Gone::Deleted);
            return true;
        }
        self.detach(slot);
        let entry = self.entries.get_mut(slot);
        entry.deadline_ms = deadline_ms;
        let item = entry.item();
        self.attach(slot);
        if let Some(policy) = &mut self.policy {
            policy.on_update(slot, item, now_ms);
        }
        true
    }

    /// Removes `key`. False when there is no such key, or it has expired.
    pub fn delete(&mut self, key: &[u8], now_ms: u64) -> bool {
        let found = self.live(key, now_ms);
        if let Some(slot) = found {
            self.remove(slot, Gone::Deleted);
        }
        found.is_some()
    }

    /// What the cache did and holds.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        CacheStats {
            entries: self.entries.len() as u64,
            bytes: self.bytes,
            ..self.counters
        }
    }

    /// The most that its entries may count, bytes.
    #[must_use]
    pub fn budget_bytes(&self) -> u64 {
        self.budget_bytes
    }
}

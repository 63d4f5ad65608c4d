//! Traces, and what a policy makes of them: how policies are compared without a store.

use super::index::Index;
use super::policy::{EvictionPolicy, Item};
use super::{NEVER_MS, Slot};
use crate::base::hash::hash64;
use crate::base::rng::Rng;

/// Draws of the numbers `0..keys`, where number `i` has a share proportional to `1 / (i + 1)^exponent` (Zipf): a
/// few are hot, most are rare. Web and storage traces lie around an exponent of 0.6 to 1.1.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The shares of all numbers up to each one.
    up_to: Vec<f64>,
}

impl Zipf {
    /// At least one key; 8 bytes for each.
    #[must_use]
    pub fn new(keys: u32, exponent: f64) -> Self {
        let mut total = 0.0;
        let share = |rank: u32| {
            total += 1.0 / f64::from(rank + 1).powf(exponent);
            total
        };
        let mut up_to: Vec<f64> = (0..keys.max(1)).map(share).collect();
        for sum in &mut up_to {
            *sum /= total;
        }
        Self { up_to }
    }

    /// A number; 0 is the most frequent.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        let at = rng.unit();
        self.up_to.partition_point(|up_to| *up_to <= at) as u64
    }
}

fn hash(key: u64) -> u64 {
    hash64(&key.to_le_bytes())
}

/// A cache of keys without values, all of weight 1, run by a policy: each access of a key that is not there brings
/// it in.
#[derive(Debug)]
pub struct Replay {
    policy: Box<dyn EvictionPolicy>,
    index: Index,
    keys: Vec<u64>,
    capacity: usize,
}

impl Replay {
    /// An empty cache of `capacity` keys, at least one.
    #[must_use]
    pub fn new(capacity: u32, policy: Box<dyn EvictionPolicy>) -> Self {
        Self {
            policy,
            index: Index::default(),
            keys: Vec::new(),
            capacity: capacity.max(1) as usize,
        }
    }

    /// True when `key` was there. It is now, unless the policy refused it.
    pub fn access(&mut self, key: u64, now_ms: u64) -> bool {
        let item = Item {
            key_hash: hash(key),
            weight_bytes: 1,
            deadline_ms: NEVER_MS,
        };
        let found = self.find(key);
        match found {
            Some(slot) => self.policy.on_hit(slot, now_ms),
            None => self.bring_in(key, item, now_ms),
        }
        found.is_some()
    }

    /// The share of `keys` that were there, each accessed in turn, one a millisecond from `start_ms`.
    pub fn hit_ratio(&mut self, keys: impl IntoIterator<Item = u64>, start_ms: u64) -> f64 {
        let (mut hits, mut accesses) = (0_u64, 0_u64);
        for key in keys {
            hits += u64::from(self.access(key, start_ms + accesses));
            accesses += 1;
        }
        hits as f64 / accesses.max(1) as f64
    }

    /// True when `key` is there. Not an access.
    #[must_use]
    pub fn holds(&self, key: u64) -> bool {
        self.find(key).is_some()
    }

    fn find(&self, key: u64) -> Option<Slot> {
        self.index
            .find(hash(key), |slot| self.keys[slot as usize] == key)
    }

    /// Keys that are there.
    #[must_use]
    pub fn len(&self) -> usize {
        self.policy.len()
    }

    /// True when no key is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn bring_in(&mut self, key: u64, item: Item, now_ms: u64) {
        let slot = match self.keys.len() < self.capacity {
            true => {
                self.keys.push(key);
                (self.keys.len() - 1) as Slot
            }
            false => {
                let Some(slot) = self.policy.victim(item, now_ms) else {
                    return;
                };
                if !self.policy.admit(item, slot) {
                    return;
                }
                self.policy.on_evict(slot);
                let before = core::mem::replace(&mut self.keys[slot as usize], key);
                self.index.remove(hash(before), slot);
                slot
            }
        };
        self.index.insert(item.key_hash, slot);
        self.policy.on_insert(slot, item, now_ms);
    }
}

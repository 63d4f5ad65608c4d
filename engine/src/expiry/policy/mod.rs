//! Which entry goes when the budget is spent.
//!
//! The owner (a block cache's shard, a [`ByteCache`](super::cache::ByteCache)) keeps its entries in a slab and
//! tells the policy, by slot number, what happens to them; the policy keeps the order and names the victim. It
//! sees no key and no value: state is a few bytes a slot in vectors, so that a hit costs no allocation, no hash and
//! no search.
//!
//! ```text
//!             insert, hit, update, remove
//!   owner  ------------------------------->  policy
//!   slab   <-------------------------------  order of slots
//!             victim (a slot), admit (yes or no)
//! ```
//!
//! To make room, the owner asks for a victim, asks whether the newcomer may take its place, evicts it, and
//! repeats until the newcomer fits:
//!
//! ```
//! use kvorum::expiry::NEVER_MS;
//! use kvorum::expiry::policy::{EvictionPolicy, Item, Lru};
//!
//! let item = |key_hash| Item { key_hash, weight_bytes: 1, deadline_ms: NEVER_MS };
//! let mut policy: Box<dyn EvictionPolicy> = Box::new(Lru::default());
//! policy.on_insert(0, item(10), 0);
//! policy.on_insert(1, item(11), 0);
//! policy.on_hit(0, 0);
//! let victim = policy.victim(item(12), 0).expect("two slots are taken");
//! assert_eq!(victim, 1, "slot 0 was used since");
//! assert!(policy.admit(item(12), victim));
//! policy.on_evict(victim);
//! policy.on_insert(victim, item(12), 0);
//! ```
//!
//! | policy | keeps | a scan | a hit costs |
//! |---|---|---|---|
//! | [`Fifo`] | the order of arrival | flushes it | nothing |
//! | [`Lru`] | the exact order of use | flushes it | six link writes |
//! | [`Clock`] | arrival, and one bit of use | flushes most | one bit |
//! | [`S3Fifo`] | three queues, two bits of use | stays in the small queue | one byte |
//! | [`Random`] | nothing | flushes it slowly | nothing |
//! | [`Sampled`] by [`IdleTime`] | the second of the last use | flushes it | one mark |
//! | [`Sampled`] by [`LogCounter`] | a logarithmic count of uses | flushes what is as rare | one mark, one draw |
//! | [`Sampled`] by [`NearestDeadline`] | the deadline | depends on deadlines | nothing |
//! | [`WTinyLfu`] | a window, a segmented LRU, counts of keys in and out | loses its contests | a sketch and six links |
//! | [`TinyLfu`] | admission before any of these | is turned away | a sketch, and the inner policy's |

mod clock;
mod fifo;
mod ghost;
pub mod log_counter;
mod lru;
mod random;
mod rank;
pub mod s3_fifo;
pub mod sampled;
#[cfg(test)]
mod tests;
pub mod tiny_lfu;
pub mod w_tiny_lfu;

use core::fmt::Debug;

pub use clock::Clock;
pub use fifo::Fifo;
pub use log_counter::{COUNTER_START, DECAY_MINUTES_USUAL, LOG_FACTOR_USUAL, LogCounter, Uses};
pub use lru::Lru;
pub use random::Random;
pub use rank::{IdleTime, NearestDeadline, TICK_MS_USUAL};
pub use s3_fifo::S3Fifo;
pub use sampled::{POOL_ENTRIES, Rank, SAMPLES_MAX, SAMPLES_USUAL, Sampled};
pub use tiny_lfu::TinyLfu;
pub use w_tiny_lfu::WTinyLfu;

pub use super::{SLOTS_MAX, Slot};

/// What a policy knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// A hash of the key: how a policy recognises an entry that was there before.
    pub key_hash: u64,
    /// What the entry takes of the budget, bytes.
    pub weight_bytes: u32,
    /// When it expires, ms; [`NEVER_MS`](super::NEVER_MS) when it does not.
    pub deadline_ms: u64,
}

/// Which entries a policy may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every entry (`allkeys-`).
    All,
    /// Entries with a deadline (`volatile-`).
    Volatile,
}

impl Scope {
    fn covers(self, item: Item) -> bool {
        self == Self::All || item.deadline_ms != super::NEVER_MS
    }
}

/// The choice of victims, for one owner. It is used under the owner's lock.
///
/// The owner promises that a slot is inserted once before it is hit, updated, removed or evicted, and is not
/// used after; a policy may panic where that is broken, but never touches memory outside its own.
pub trait EvictionPolicy: Debug + Send {
    /// The name in reports: `lru`, `s3-fifo`.
    fn name(&self) -> &'static str;

    /// A new entry stands in `slot`.
    fn on_insert(&mut self, slot: Slot, item: Item, now_ms: u64);

    /// The entry in `slot` was read.
    fn on_hit(&mut self, slot: Slot, now_ms: u64);

    /// The entry in `slot` was overwritten: it has the same key, and perhaps another weight and deadline.
    fn on_update(&mut self, slot: Slot, item: Item, now_ms: u64);

    /// The entry in `slot` is gone for another reason than the want of space: deleted, or expired.
    fn on_remove(&mut self, slot: Slot);

    /// The entry in `slot`, which [`EvictionPolicy::victim`] named, is gone.
    fn on_evict(&mut self, slot: Slot) {
        self.on_remove(slot);
    }

    /// The entry to evict so that `incoming`, which is not inserted yet, finds room. `None` when there is none that
    /// the policy may choose. A victim that is not evicted stays in its place.
    fn victim(&mut self, incoming: Item, now_ms: u64) -> Option<Slot>;

    /// Whether `newcomer` is worth more than `victim`. On `false` the owner drops the newcomer and keeps the
    /// victim; no insert follows.
    fn admit(&mut self, newcomer: Item, victim: Slot) -> bool {
        let _ = (newcomer, victim);
        true
    }

    /// Entries that can be chosen.
    fn len(&self) -> usize;

    /// True when no entry can be chosen.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

//! TinyLFU: admission by frequency, before any other policy (Einziger, Friedman and Manes 2017, section 3).
//!
//! The inner policy names a victim; the newcomer takes its place only when it was asked for more often. A scan
//! is turned away at the door. What it lacks is a window: a key that has just become hot is turned away as well until
//! its count has caught up, which is why [`WTinyLfu`](super::WTinyLfu) exists.

use super::{EvictionPolicy, Item, Slot};
use crate::expiry::sketch::FrequencySketch;

/// See the [module](self). 8 bytes a slot and 8 to 16 of sketch, beside what the inner policy keeps.
#[derive(Clone, Debug)]
pub struct TinyLfu<P> {
    inner: P,
    sketch: FrequencySketch,
    key_hashes: Vec<u64>,
}

impl<P: EvictionPolicy> TinyLfu<P> {
    /// Admission before `inner`.
    #[must_use]
    pub fn new(inner: P) -> Self {
        Self {
            inner,
            sketch: FrequencySketch::new(0),
            key_hashes: Vec::new(),
        }
    }
}

impl<P: EvictionPolicy> EvictionPolicy for TinyLfu<P> {
    fn name(&self) -> &'static str {
        "tinylfu"
    }

    fn on_insert(&mut self, slot: Slot, item: Item, now_ms: u64) {
        self.inner.on_insert(slot, item, now_ms);
        let index = slot as usize;
        if index >= self.key_hashes.len() {
            self.key_hashes.resize(index + 1, 0);
            self.sketch.reserve(self.key_hashes.len() as u64);
        }
        self.key_hashes[index] = item.key_hash;
        self.sketch.record(item.key_hash);
    }

    fn on_hit(&mut self, slot: Slot, now_ms: u64) {
        self.sketch.record(self.key_hashes[slot as usize]);
        self.inner.on_hit(slot, now_ms);
    }

    fn on_update(&mut self, slot: Slot, item: Item, now_ms: u64) {
        self.sketch.record(item.key_hash);
        self.inner.on_update(slot, item, now_ms);
    }

    fn on_remove(&mut self, slot: Slot) {
        self.inner.on_remove(slot);
    }

    fn on_evict(&mut self, slot: Slot) {
        self.inner.on_evict(slot);
    }

    fn victim(&mut self, incoming: Item, now_ms: u64) -> Option<Slot> {
        self.inner.victim(incoming, now_ms)
    }

    fn admit(&mut self, newcomer: Item, victim: Slot) -> bool {
        let known = self.sketch.estimate(newcomer.key_hash);
        let holder = self.sketch.estimate(self.key_hashes[victim as usize]);
        if known > holder {
            return self.inner.admit(newcomer, victim);
        }
        self.sketch.record(newcomer.key_hash);
        false
    }

    fn len(&self) -> usize {
        self.inner.len()
    }
}

//! One shard: slots, the index that finds them, the bytes they count.

use bytes::Bytes;

use super::index::SlotIndex;
use super::{BlockKey, CachePolicy, CacheStats, ENTRY_OVERHEAD_BYTES};

/// A block. One cache line, so that a hit touches one here.
#[derive(Debug)]
#[repr(align(64))]
struct Slot {
    key: BlockKey,
    bytes: Bytes,
    /// Asked for since the hand last passed.
    referenced: bool,
    occupied: bool,
}

/// A part of the cache, behind one lock.
#[derive(Debug)]
pub(super) struct Shard {
    index: SlotIndex,
    slots: Vec<Slot>,
    /// Slots that hold nothing.
    free: Vec<u32>,
    hand: usize,
    bytes: usize,
    capacity_bytes: usize,
    hits: u64,
    misses: u64,
    inserts: u64,
    evictions: u64,
}

impl Shard {
    pub(super) fn new(capacity_bytes: usize, policy: CachePolicy) -> Self {
        match policy {
            CachePolicy::Clock => {}
        }
        Self {
            index: SlotIndex::new(),
            slots: Vec::new(),
            free: Vec::new(),
            hand: 0,
            bytes: 0,
            capacity_bytes,
            hits: 0,
            misses: 0,
            inserts: 0,
            evictions: 0,
        }
    }

    #[inline]
    fn find(&self, key: BlockKey, hash: u64) -> Option<usize> {
        let slots = &self.slots;
        let slot = self
            .index
            .find(hash, |slot| slots[slot as usize].key == key)?;
        Some(slot as usize)
    }

    #[inline]
    pub(super) fn get(&mut self, key: BlockKey, hash: u64) -> Option<Bytes> {
        let Some(slot) = self.find(key, hash) else {
            self.misses = self.misses.wrapping_add(1);
            return None;
        };
        self.hits = self.hits.wrapping_add(1);
        let slot = &mut self.slots[slot];
        slot.referenced = true;
        Some(slot.bytes.clone())
    }

    pub(super) fn insert(&mut self, key: BlockKey, hash: u64, bytes: Bytes) {
        let cost = bytes.len() + ENTRY_OVERHEAD_BYTES;
        if cost > self.capacity_bytes || self.find(key, hash).is_some() {
            return;
        }
        while self.bytes + cost > self.capacity_bytes {
            self.evict_one();
        }
        self.bytes += cost;
        self.inserts += 1;
        let filled = Slot {
            key,
            bytes,
            referenced: false,
            occupied: true,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = filled;
                slot
            }
            None => {
                self.slots.push(filled);
                self.slots.len() as u32 - 1
            }
        };
        self.index.add(hash, slot);
    }

    /// Lets the next block under the hand go that has had its second chance. Called only while blocks are
    /// here: what counts bytes is an occupied slot.
    fn evict_one(&mut self) {
        loop {
            self.hand = if self.hand + 1 < self.slots.len() {
                self.hand + 1
            } else {
                0
            };
            let slot = &mut self.slots[self.hand];
            if !slot.occupied || core::mem::take(&mut slot.referenced) {
                continue;
            }
            slot.occupied = false;
            let bytes = core::mem::take(&mut slot.bytes);
            let key = slot.key;
            self.index.remove(key.hash(), self.hand as u32);
            self.free.push(self.hand as u32);
            self.bytes -= bytes.len() + ENTRY_OVERHEAD_BYTES;
            self.evictions += 1;
            return;
        }
    }

    pub(super) fn add_to(&self, sum: &mut CacheStats) {
        sum.bytes += self.bytes as u64;
        sum.blocks += (self.slots.len() - self.free.len()) as u64;
        sum.hits += self.hits;
        sum.misses += self.misses;
        sum.inserts += self.inserts;
        sum.evictions += self.evictions;
    }
}

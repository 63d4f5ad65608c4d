//! One shard: slots, the index that finds them, the bytes they count.

use std::sync::Arc;

use bytes::Bytes;

use super::hot::{HotLink, HotSlots};
use super::index::SlotIndex;
use super::packed::packed_bytes;
use super::policy::Eviction;
use super::{BlockKey, CachePolicy, CacheStats, ENTRY_OVERHEAD_BYTES};
use crate::Result;
use crate::expiry::NEVER_MS;
use crate::expiry::policy::{Item, Slot};

/// A block. One cache line, so that a hit touches one here.
#[derive(Debug)]
#[repr(align(64))]
struct Held {
    key: BlockKey,
    bytes: Bytes,
}

/// What a block of this length counts.
fn cost(len: usize) -> usize {
    packed_bytes(len).saturating_add(ENTRY_OVERHEAD_BYTES)
}

/// What a search in a block looks at first: where its heads and starts are, bytes.
const TOUCHED_BYTES: usize = 512;
const LINE_BYTES: usize = 64;

/// Asks for the block's first lines all at once. A search would ask for them one after another, since each
/// says where the next look goes; and not before the count of users is raised, which is an atomic operation.
#[inline]
pub(crate) fn touch(bytes: &[u8]) {
    let mut mixed = 0;
    for at in (0..TOUCHED_BYTES).step_by(LINE_BYTES) {
        mixed |= bytes.get(at).copied().unwrap_or_default();
    }
    core::hint::black_box(mixed);
}

/// A part of the cache, behind one lock.
#[derive(Debug)]
pub(super) struct Shard {
    index: SlotIndex,
    slots: Vec<Held>,
    /// Where the block of each slot is hot: beside the slots, since a hit has no need of it.
    links: Vec<HotLink>,
    /// Slots that hold nothing.
    free: Vec<Slot>,
    policy: Eviction,
    bytes: usize,
    capacity_bytes: usize,
    hits: u64,
    misses: u64,
    inserts: u64,
    evictions: u64,
}

impl Shard {
    pub(super) fn new(capacity_bytes: usize, policy: CachePolicy) -> Self {
        Self {
            index: SlotIndex::new(),
            slots: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
            policy: Eviction::new(policy, capacity_bytes),
            bytes: 0,
            capacity_bytes,
            hits: 0,
            misses: 0,
            inserts: 0,
            evictions: 0,
        }
    }

    #[inline]
    fn find(&self, key: BlockKey, hash: u64) -> Option<Slot> {
        let slots = &self.slots;
        let is_it = |slot: Slot| slots[slot as usize].key == key;
        self.index.find(hash, is_it)
    }

    /// Finds a block and counts whether it is here.
    #[inline]
    fn hit(&mut self, key: BlockKey, hash: u64) -> Option<Slot> {
        let Some(slot) = self.find(key, hash) else {
            self.misses = self.misses.wrapping_add(1);
            return None;
        };
        self.hits = self.hits.wrapping_add(1);
        self.policy.on_hit(slot);
        Some(slot)
    }

    #[inline]
    pub(super) fn get(&mut self, key: BlockKey, hash: u64) -> Option<Bytes> {
        let slot = self.hit(key, hash)?;
        let bytes = &self.slots[slot as usize].bytes;
        touch(bytes);
        Some(bytes.clone())
    }

    /// As [`get`](Self::get), and makes the block hot at `number` of `hot`.
    pub(super) fn get_hot<B: Send + Sync + 'static>(
        &mut self,
        key: BlockKey,
        hash: u64,
        (hot, number): (&Arc<HotSlots<B>>, u32),
        parse: impl FnOnce(Bytes) -> Result<B>,
    ) -> Option<Result<Arc<B>>> {
        let slot = self.hit(key, hash)? as usize;
        let block = match parse(self.slots[slot].bytes.clone()) {
            Ok(block) => Arc::new(block),
            Err(error) => return Some(Err(error)),
        };
        // The table may have been closed and opened again: the block was hot in other slots then.
        self.links[slot].cut();
        self.links[slot] = HotLink::new(hot, number);
        hot.set(number, Arc::clone(&block));
        Some(Ok(block))
    }

    /// Whether it holds the block, without a hit.
    #[cfg(test)]
    pub(super) fn holds(&self, key: BlockKey, hash: u64) -> bool {
        self.find(key, hash).is_some()
    }

    pub(super) fn insert(&mut self, key: BlockKey, hash: u64, bytes: Bytes) {
        let cost = cost(bytes.len());
        let Ok(weight_bytes) = u32::try_from(cost) else {
            return;
        };
        if cost > self.capacity_bytes || self.find(key, hash).is_some() {
            return;
        }
        let item = Item {
            key_hash: hash,
            weight_bytes,
            deadline_ms: NEVER_MS,
        };
        while self.bytes + cost > self.capacity_bytes {
            let links = &self.links;
            let touched = |slot: Slot| links[slot as usize].take_touched();
            let tries = self.slots.len();
            let Some(victim) = self.policy.evict_for(item, tries, touched) else {
                return;
            };
            self.remove(victim);
        }
        self.bytes += cost;
        self.inserts += 1;
        let held = Held { key, bytes };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = held;
                slot
            }
            None => {
                self.slots.push(held);
                self.links.push(HotLink::default());
                self.slots.len() as Slot - 1
            }
        };
        self.index.add(hash, slot);
        self.policy.on_insert(slot, item);
    }

    /// Empties a slot that the policy has let go.
    fn remove(&mut self, slot: Slot) {
        self.links[slot as usize].cut();
        let held = &mut self.slots[slot as usize];
        let bytes = core::mem::take(&mut held.bytes);
        self.index.remove(held.key.hash(), slot);
        self.free.push(slot);
        self.bytes -= cost(bytes.len());
        self.evictions += 1;
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

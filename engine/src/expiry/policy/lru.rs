//! Least recently used, exactly: what the sampled policies approximate.

use super::{EvictionPolicy, Item, Slot};
use crate::expiry::chain::{Chain, List};

/// Evicts the entry whose last use is the longest ago. A use moves the entry to the front of one linked list: 8
/// bytes an entry, and writes to up to four cache lines a hit.
#[derive(Clone, Debug, Default)]
pub struct Lru {
    chain: Chain<()>,
    uses: List,
}

impl EvictionPolicy for Lru {
    fn name(&self) -> &'static str {
        "lru"
    }

    fn on_insert(&mut self, slot: Slot, _item: Item, _now_ms: u64) {
        self.chain.occupy(slot, ());
        self.chain.push(&mut self.uses, slot);
    }

    #[inline]
    fn on_hit(&mut self, slot: Slot, _now_ms: u64) {
        self.chain.renew(&mut self.uses, slot);
    }

    fn on_update(&mut self, slot: Slot, _item: Item, _now_ms: u64) {
        self.chain.renew(&mut self.uses, slot);
    }

    fn on_remove(&mut self, slot: Slot) {
        self.chain.unlink(&mut self.uses, slot);
    }

    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        self.uses.oldest()
    }

    fn len(&self) -> usize {
        self.uses.len()
    }
}

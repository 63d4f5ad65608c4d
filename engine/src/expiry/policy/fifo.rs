//! First in, first out: the baseline that every other policy has to beat.

use super::{EvictionPolicy, Item, Slot};
use crate::expiry::chain::{Chain, List};

/// Evicts in the order of arrival; use changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    chain: Chain<()>,
    queue: List,
}

impl EvictionPolicy for Fifo {
    fn name(&self) -> &'static str {
        "fifo"
    }

    fn on_insert(&mut self, slot: Slot, _item: Item, _now_ms: u64) {
        self.chain.occupy(slot, ());
        self.chain.push(&mut self.queue, slot);
    }

    fn on_hit(&mut self, _slot: Slot, _now_ms: u64) {}

    fn on_update(&mut self, _slot: Slot, _item: Item, _now_ms: u64) {}

    fn on_remove(&mut self, slot: Slot) {
        self.chain.unlink(&mut self.queue, slot);
    }

    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        self.queue.oldest()
    }

    fn len(&self) -> usize {
        self.queue.len()
    }
}

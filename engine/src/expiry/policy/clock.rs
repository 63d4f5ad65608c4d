//! CLOCK, or second chance: LRU's judgement at FIFO's price (Corbato 1968, "A paging experiment with the Multics
//! system").

use super::{EvictionPolicy, Item, Slot};
use crate::expiry::chain::{Chain, List};

/// A queue in the order of arrival with one bit of use for each entry. The hand clears a set bit and sends the
/// entry round again; it evicts the first one whose bit is clear. A hit sets a bit and moves nothing.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    chain: Chain<bool>,
    queue: List,
}

impl EvictionPolicy for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn on_insert(&mut self, slot: Slot, _item: Item, _now_ms: u64) {
        self.chain.occupy(slot, false);
        self.chain.push(&mut self.queue, slot);
    }

    #[inline]
    fn on_hit(&mut self, slot: Slot, _now_ms: u64) {
        *self.chain.state_mut(slot) = true;
    }

    fn on_update(&mut self, slot: Slot, _item: Item, now_ms: u64) {
        self.on_hit(slot, now_ms);
    }

    fn on_remove(&mut self, slot: Slot) {
        self.chain.unlink(&mut self.queue, slot);
    }

    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        // Each turn clears a bit, so the second round finds one that is clear at the latest.
        loop {
            let slot = self.queue.oldest()?;
            let used = core::mem::take(self.chain.state_mut(slot));
            if !used {
                return Some(slot);
            }
            self.chain.renew(&mut self.queue, slot);
        }
    }

    fn len(&self) -> usize {
        self.queue.len()
    }
}

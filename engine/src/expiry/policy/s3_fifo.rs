//! S3-FIFO: three FIFO queues and two bits of use (Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023, "FIFO queues are
//! all you need for cache eviction", section 4).
//!
//! ```text
//!                 not in ghost                     used more than once
//!   newcomer ----------------------> small (10%) ----------------------> main (90%) --+ used: again, one less
//!        |                              | else                             ^  | unused
//!        |                              v                                  |  v
//!        |          in ghost          ghost (hashes only)                  | evicted
//!        +-----------------------------------------------------------------+
//! ```
//!
//! Most keys of a cache are used once and never again. The small queue lets those go after a tenth of the
//! budget has passed, so that a scan never reaches what is in main. A hit raises a counter (at most 3) and
//! moves nothing.

use super::ghost::Ghost;
use super::{EvictionPolicy, Item, Slot};
use crate::expiry::chain::{Chain, List};

/// The share of the budget that the small queue has: one in so many bytes.
const SMALL_SHARE: u64 = 10;
/// Uses are counted up to this.
const USES_MAX: u8 = 3;
/// Uses in the small queue that earn a place in main.
const USES_TO_MAIN: u8 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Queue {
    #[default]
    Small,
    Main,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    key_hash: u64,
    weight_bytes: u32,
    uses: u8,
    queue: Queue,
}

/// See the [module](self). 24 bytes a slot, and 16 to 32 of ghosts.
#[derive(Clone, Debug)]
pub struct S3Fifo {
    chain: Chain<State>,
    small: List,
    small_bytes: u64,
    small_bytes_target: u64,
    pub(super) main: List,
    ghost: Ghost,
}

impl S3Fifo {
    /// For a budget of `capacity_bytes`, in the unit of the items' weights.
    #[must_use]
    pub fn new(capacity_bytes: u64) -> Self {
        Self {
            chain: Chain::default(),
            small: List::default(),
            small_bytes: 0,
            small_bytes_target: capacity_bytes / SMALL_SHARE,
            main: List::default(),
            ghost: Ghost::default(),
        }
    }

    fn enter(&mut self, slot: Slot, queue: Queue) {
        let state = self.chain.state_mut(slot);
        state.queue = queue;
        match queue {
            Queue::Small => {
                self.small_bytes += u64::from(state.weight_bytes);
                self.chain.push(&mut self.small, slot);
            }
            Queue::Main => self.chain.push(&mut self.main, slot),
        }
    }

    fn leave(&mut self, slot: Slot) {
        let state = self.chain.state(slot);
        match state.queue {
            Queue::Small => {
                self.small_bytes -= u64::from(state.weight_bytes);
                self.chain.unlink(&mut self.small, slot);
            }
            Queue::Main => self.chain.unlink(&mut self.main, slot),
        }
    }

    /// The small queue's oldest, when it is not worth a place in main; else it is moved there.
    fn judge_small(&mut self, slot: Slot) -> Option<Slot> {
        if self.chain.state(slot).uses < USES_TO_MAIN {
            return Some(slot);
        }
        self.leave(slot);
        self.chain.state_mut(slot).uses = 0;
        self.enter(slot, Queue::Main);
        None
    }

    /// Main's oldest, when it was not used since its last turn; else it is sent round again.
    fn judge_main(&mut self, slot: Slot) -> Option<Slot> {
        let state = self.chain.state_mut(slot);
        if state.uses == 0 {
            return Some(slot);
        }
        state.uses -= 1;
        self.chain.renew(&mut self.main, slot);
        None
    }
}

impl EvictionPolicy for S3Fifo {
    fn name(&self) -> &'static str {
        "s3-fifo"
    }

    fn on_insert(&mut self, slot: Slot, item: Item, _now_ms: u64) {
        self.chain.occupy(
            slot,
            State {
                key_hash: item.key_hash,
                weight_bytes: item.weight_bytes,
                uses: 0,
                queue: Queue::Small,
            },
        );
        self.ghost.reserve(self.chain.slots());
        let queue = match self.ghost.take(item.key_hash) {
            true => Queue::Main,
            false => Queue::Small,
        };
        self.enter(slot, queue);
    }

    #[inline]
    fn on_hit(&mut self, slot: Slot, _now_ms: u64) {
        let state = self.chain.state_mut(slot);
        if state.uses < USES_MAX {
            state.uses += 1;
        }
    }

    fn on_update(&mut self, slot: Slot, item: Item, now_ms: u64) {
        self.on_hit(slot, now_ms);
        let state = self.chain.state_mut(slot);
        let before = core::mem::replace(&mut state.weight_bytes, item.weight_bytes);
        if state.queue == Queue::Small {
            self.small_bytes -= u64::from(before);
            self.small_bytes += u64::from(item.weight_bytes);
        }
    }

    fn on_remove(&mut self, slot: Slot) {
        self.leave(slot);
    }

    fn on_evict(&mut self, slot: Slot) {
        let state = self.chain.state(slot);
        if state.queue == Queue::Small {
            self.ghost.push(state.key_hash);
        }
        self.leave(slot);
    }

    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        // Each turn moves an entry out of small or takes a use from one in main, so the loop ends.
        loop {
            let small_is_full = self.small_bytes >= self.small_bytes_target;
            let found = match (self.small.oldest(), self.main.oldest()) {
                (Some(slot), _) if small_is_full => self.judge_small(slot),
                (_, Some(slot)) => self.judge_main(slot),
                (Some(slot), None) => self.judge_small(slot),
                (None, None) => return None,
            };
            if found.is_some() {
                return found;
            }
        }
    }

    fn len(&self) -> usize {
        self.small.len() + self.main.len()
    }
}

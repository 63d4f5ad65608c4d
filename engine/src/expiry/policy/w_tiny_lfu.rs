//! W-TinyLFU: recency at the door, frequency inside (Einziger, Friedman and Manes 2017, "TinyLFU: a highly
//! efficient cache admission policy", ACM Transactions on Storage 13(4), section 4).
//!
//! ```text
//!   newcomer --> window, LRU (1%) --its oldest--> contest --won--> probation --used--> protected (80% of main)
//!                                                  |   ^               |    <--overflow--
//!                                                lost  +---its oldest--+
//!                                                  v
//!                                               evicted
//! ```
//!
//! What leaves the window must have been used more often than what main would give up for it; who was used how
//! often, a [`FrequencySketch`] remembers for keys in the cache and out of it. A scan passes through the window
//! and loses every contest. The window lets a burst of a new key live until its count has grown.
//!
//! Main is a segmented LRU: one use in main makes an entry protected, and the oldest of the protected fall back
//! to probation.
//!
//! An item that is too large for the window would push out much of main unseen, so it is contested at the door
//! ([`EvictionPolicy::admit`]).

use super::{EvictionPolicy, Item, Slot};
use crate::expiry::chain::{Chain, List};
use crate::expiry::sketch::FrequencySketch;

/// The share of the budget that the window has: one in so many bytes.
const WINDOW_SHARE: u64 = 100;
/// The share of main that is protected, percent.
const PROTECTED_PERCENT: u64 = 80;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Segment {
    #[default]
    Window,
    Probation,
    Protected,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    key_hash: u64,
    weight_bytes: u32,
    segment: Segment,
}

/// One LRU list and what its entries weigh.
#[derive(Clone, Debug, Default)]
struct Ranks {
    uses: List,
    bytes: u64,
    /// How much it should hold at most.
    bytes_target: u64,
}

/// See the [module](self). 24 bytes a slot, and 8 to 16 of sketch.
#[derive(Clone, Debug)]
pub struct WTinyLfu {
    chain: Chain<State>,
    segments: [Ranks; 3],
    main_bytes_target: u64,
    sketch: FrequencySketch,
}

impl WTinyLfu {
    /// For a budget of `capacity_bytes`, in the unit of the items' weights.
    #[must_use]
    pub fn new(capacity_bytes: u64) -> Self {
        let window = (capacity_bytes / WINDOW_SHARE).max(1);
        let main = capacity_bytes.saturating_sub(window);
        let protected = (u128::from(main) * u128::from(PROTECTED_PERCENT) / 100) as u64;
        let ranks = |bytes_target| Ranks {
            bytes_target,
            ..Ranks::default()
        };
        Self {
            chain: Chain::default(),
            segments: [ranks(window), ranks(main), ranks(protected)],
            main_bytes_target: main,
            sketch: FrequencySketch::new(0),
        }
    }

    fn segment(&mut self, segment: Segment) -> &mut Ranks {
        &mut self.segments[segment as usize]
    }

    fn oldest(&self, segment: Segment) -> Option<Slot> {
        self.segments[segment as usize].uses.oldest()
    }

    fn main_bytes(&self) -> u64 {
        let [_, probation, protected] = &self.segments;
        probation.bytes + protected.bytes
    }

    fn enter(&mut self, slot: Slot, segment: Segment) {
        let state = self.chain.state_mut(slot);
        state.segment = segment;
        let ranks = &mut self.segments[segment as usize];
        ranks.bytes += u64::from(state.weight_bytes);
        self.chain.push(&mut ranks.uses, slot);
    }

    fn leave(&mut self, slot: Slot) {
        let state = self.chain.state(slot);
        let ranks = &mut self.segments[state.segment as usize];
        ranks.bytes -= u64::from(state.weight_bytes);
        self.chain.unlink(&mut ranks.uses, slot);
    }

    fn carry(&mut self, slot: Slot, to: Segment) {
        self.leave(slot);
        self.enter(slot, to);
    }

    /// Probation is what main holds beyond the protected: the oldest of those fall back when they are too many.
    fn settle_protected(&mut self) {
        while self.segment(Segment::Protected).bytes > self.segment(Segment::Protected).bytes_target
        {
            match self.oldest(Segment::Protected) {
                Some(slot) => self.carry(slot, Segment::Probation),
                None => break,
            }
        }
    }

    /// While main has room, what overflows the window goes there without a contest.
    fn settle_window(&mut self) {
        while self.segment(Segment::Window).bytes > self.segment(Segment::Window).bytes_target {
            let Some(slot) = self.oldest(Segment::Window) else {
                break;
            };
            let weight = u64::from(self.chain.state(slot).weight_bytes);
            if self.main_bytes() + weight > self.main_bytes_target {
                break;
            }
            self.carry(slot, Segment::Probation);
        }
    }

    fn estimate(&self, slot: Slot) -> u8 {
        self.sketch.estimate(self.chain.state(slot).key_hash)
    }
}

impl EvictionPolicy for WTinyLfu {
    fn name(&self) -> &'static str {
        "w-tinylfu"
    }

    fn on_insert(&mut self, slot: Slot, item: Item, _now_ms: u64) {
        self.chain.occupy(
            slot,
            State {
                key_hash: item.key_hash,
                weight_bytes: item.weight_bytes,
                segment: Segment::Window,
            },
        );
        self.sketch.reserve(self.chain.slots() as u64);
        self.sketch.record(item.key_hash);
        self.enter(slot, Segment::Window);
        self.settle_window();
    }

    fn on_hit(&mut self, slot: Slot, _now_ms: u64) {
        let state = *self.chain.state(slot);
        self.sketch.record(state.key_hash);
        match state.segment {
            Segment::Probation => {
                self.carry(slot, Segment::Protected);
                self.settle_protected();
            }
            segment => {
                let ranks = &mut self.segments[segment as usize];
                self.chain.renew(&mut ranks.uses, slot);
            }
        }
    }

    fn on_update(&mut self, slot: Slot, item: Item, now_ms: u64) {
        let state = self.chain.state_mut(slot);
        let before = core::mem::replace(&mut state.weight_bytes, item.weight_bytes);
        let segment = state.segment;
        let ranks = self.segment(segment);
        ranks.bytes -= u64::from(before);
        ranks.bytes += u64::from(item.weight_bytes);
        self.on_hit(slot, now_ms);
        self.settle_protected();
        self.settle_window();
    }

    fn on_remove(&mut self, slot: Slot) {
        self.leave(slot);
    }

    fn victim(&mut self, incoming: Item, _now_ms: u64) -> Option<Slot> {
        let main = self
            .oldest(Segment::Probation)
            .or_else(|| self.oldest(Segment::Protected));
        let window = self.segment(Segment::Window);
        let overflows = window.bytes + u64::from(incoming.weight_bytes) > window.bytes_target;
        match (self.oldest(Segment::Window), main) {
            (Some(candidate), Some(holder)) if overflows => {
                if self.estimate(candidate) > self.estimate(holder) {
                    self.carry(candidate, Segment::Probation);
                    Some(holder)
                } else {
                    Some(candidate)
                }
            }
            (candidate, holder) => holder.or(candidate),
        }
    }

    fn admit(&mut self, newcomer: Item, victim: Slot) -> bool {
        let fits = u64::from(newcomer.weight_bytes) <= self.segment(Segment::Window).bytes_target;
        if fits || self.sketch.estimate(newcomer.key_hash) > self.estimate(victim) {
            return true;
        }
        self.sketch.record(newcomer.key_hash);
        false
    }

    fn len(&self) -> usize {
        self.segments.iter().map(|ranks| ranks.uses.len()).sum()
    }
}

//! Hot slots: the way from an open table straight to its blocks in the cache.
//!
//! A hit in the [cache](super) waits for four lines of memory one after another before the block's own: the
//! index's place, the slot, the policy's state, the count of users. A table that knows its blocks by number
//! has a *hot slot* for each, with a pointer to the block ready to be searched.
//!
//! ```text
//! HotSlots = { block, touched }*    by the block's number in the table; owned by the table's reader
//!            ^              |
//!   set when the cache      +-> asked when the policy names the block as a victim: a block that was
//!   finds the block,            touched goes back to the policy as hit
//!   emptied when it goes
//! ```
//!
//! Slots are set and emptied under the lock of the shard that holds the block, so that none ever holds a
//! block that the cache does not: the cache's bound in bytes covers them. Readers take no lock.
//!
//! A block's slot is set not when the block comes in, but when it is found for the first time: a block that
//! is read once costs nothing here, and the policy has seen one hit when the second shows as a touch. So it
//! counts uses as far as it must: two earn a place in S3-FIFO's main queue.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use arc_swap::{ArcSwapOption, Guard};

/// What each block of an open table takes, whether it is cached or not.
pub(crate) const HOT_SLOT_BYTES: usize = 16;

#[derive(Debug)]
struct HotSlot<B> {
    block: ArcSwapOption<B>,
    /// Read since the slot was set or the policy last asked.
    touched: AtomicBool,
}

/// The hot slots of one open table, whose blocks are read as `B`.
#[derive(Debug)]
pub(crate) struct HotSlots<B> {
    slots: Box<[HotSlot<B>]>,
}

impl<B> HotSlots<B> {
    /// For blocks 0 to `count - 1`, none of them hot.
    pub(crate) fn new(count: usize) -> Self {
        const { assert!(size_of::<HotSlot<B>>() == HOT_SLOT_BYTES) };
        let empty = || HotSlot {
            block: ArcSwapOption::empty(),
            touched: AtomicBool::new(false),
        };
        Self {
            slots: (0..count).map(|_| empty()).collect(),
        }
    }

    /// Block `number`, if it is hot. `touch` tells the policy that it was of use.
    #[inline]
    pub(crate) fn load(&self, number: u32, touch: bool) -> Option<Guard<Option<Arc<B>>>> {
        let slot = self.slots.get(number as usize)?;
        let guard = slot.block.load();
        guard.as_ref()?;
        if touch && !slot.touched.load(Ordering::Relaxed) {
            slot.touched.store(true, Ordering::Relaxed);
        }
        Some(guard)
    }

    /// Makes block `number` hot. The cache holds it, and its shard is locked.
    pub(super) fn set(&self, number: u32, block: Arc<B>) {
        if let Some(slot) = self.slots.get(number as usize) {
            slot.touched.store(false, Ordering::Relaxed);
            slot.block.store(Some(block));
        }
    }
}

/// What the cache must know of hot slots, whatever their blocks are read as.
trait Links: Send + Sync {
    fn take_touched(&self, number: u32) -> bool;
    fn empty(&self, number: u32);
}

impl<B: Send + Sync> Links for HotSlots<B> {
    fn take_touched(&self, number: u32) -> bool {
        // One that is touched between load and store loses a touch, which is no more than a hint.
        self.slots.get(number as usize).is_some_and(|slot| {
            let touched = slot.touched.load(Ordering::Relaxed);
            if touched {
                slot.touched.store(false, Ordering::Relaxed);
            }
            touched
        })
    }

    fn empty(&self, number: u32) {
        if let Some(slot) = self.slots.get(number as usize) {
            slot.block.store(None);
        }
    }
}

/// Where a cached block is hot.
#[derive(Default)]
pub(super) struct HotLink {
    /// None where it is not.
    slots: Option<Weak<dyn Links>>,
    number: u32,
}

impl HotLink {
    pub(super) fn new<B: Send + Sync + 'static>(slots: &Arc<HotSlots<B>>, number: u32) -> Self {
        let slots: Weak<HotSlots<B>> = Arc::downgrade(slots);
        Self {
            slots: Some(slots),
            number,
        }
    }

    fn links(&self) -> Option<Arc<dyn Links>> {
        self.slots.as_ref()?.upgrade()
    }

    /// Whether the block was touched since the policy last asked.
    pub(super) fn take_touched(&self) -> bool {
        self.links()
            .is_some_and(|links| links.take_touched(self.number))
    }

    /// Empties the slot, if there is one.
    pub(super) fn cut(&mut self) {
        if let Some(links) = self.links() {
            links.empty(self.number);
        }
        self.slots = None;
    }
}

impl core::fmt::Debug for HotLink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HotLink")
            .field("number", &self.number)
            .field("is_set", &self.slots.is_some())
            .finish()
    }
}

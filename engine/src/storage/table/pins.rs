//! The budget for index partitions that stay in memory as long as their table is open.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

#[derive(Debug)]
struct Shared {
    bytes_max: u64,
    bytes: AtomicU64,
}

/// A store-wide limit on pinned index bytes. Clones share it.
#[derive(Clone, Debug)]
pub struct PinBudget {
    shared: Arc<Shared>,
}

impl PinBudget {
    /// A budget of `bytes_max`; 0 sends every partition through the block cache.
    #[must_use]
    pub fn new(bytes_max: u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                bytes_max,
                bytes: AtomicU64::new(0),
            }),
        }
    }

    /// Bytes that are pinned now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// Takes `bytes` of the budget until the charge is dropped, if they are left.
    pub(super) fn charge(&self, bytes: u64) -> Option<PinCharge> {
        let fits = |used: u64| -> Option<u64> {
            let used = used.checked_add(bytes)?;
            (used <= self.shared.bytes_max).then_some(used)
        };
        let relaxed = Ordering::Relaxed;
        self.shared
            .bytes
            .fetch_update(relaxed, relaxed, fits)
            .ok()?;
        Some(PinCharge {
            budget: self.clone(),
            bytes,
        })
    }
}

/// A part of a budget in use.
#[derive(Debug)]
pub(super) struct PinCharge {
    budget: PinBudget,
    bytes: u64,
}

impl Drop for PinCharge {
    fn drop(&mut self) {
        self.budget
            .shared
            .bytes
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

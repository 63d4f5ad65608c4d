//! Any entry: the yardstick for what knowledge of use is worth.

use super::{EvictionPolicy, Item, Scope, Slot};
use crate::base::rng::Rng;
use crate::expiry::members::Members;

/// Evicts an entry of its scope, each with the same probability.
#[derive(Clone, Debug)]
pub struct Random {
    scope: Scope,
    members: Members,
    rng: Rng,
}

impl Random {
    /// Draws come from `rng`.
    #[must_use]
    pub fn new(scope: Scope, rng: Rng) -> Self {
        Self {
            scope,
            members: Members::default(),
            rng,
        }
    }
}

impl EvictionPolicy for Random {
    fn name(&self) -> &'static str {
        "random"
    }

    fn on_insert(&mut self, slot: Slot, item: Item, _now_ms: u64) {
        if self.scope.covers(item) {
            self.members.insert(slot);
        }
    }

    fn on_hit(&mut self, _slot: Slot, _now_ms: u64) {}

    fn on_update(&mut self, slot: Slot, item: Item, _now_ms: u64) {
        match self.scope.covers(item) {
            true => self.members.insert(slot),
            false => self.members.remove(slot),
        };
    }

    fn on_remove(&mut self, slot: Slot) {
        self.members.remove(slot);
    }

    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        self.members.draw(&mut self.rng)
    }

    fn len(&self) -> usize {
        self.members.len()
    }
}

//! A set of slots from which one can be drawn at random in constant time.

use super::Slot;
use crate::base::rng::Rng;

/// The place of a slot that is no member.
const ABSENT: u32 = u32::MAX;

/// Members stand close together in one vector; a second one says where each slot stands. 8 bytes a slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    slots: Vec<Slot>,
    places: Vec<u32>,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn contains(&self, slot: Slot) -> bool {
        let place = self.places.get(slot as usize);
        place.is_some_and(|place| *place != ABSENT)
    }

    /// Adds `slot`. False when it was a member before.
    pub(super) fn insert(&mut self, slot: Slot) -> bool {
        let index = slot as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, ABSENT);
        }
        if self.places[index] != ABSENT {
            return false;
        }
        self.places[index] = self.slots.len() as u32;
        self.slots.push(slot);
        true
    }

    /// Removes `slot`; the last member takes its place. False when it was none.
    pub(super) fn remove(&mut self, slot: Slot) -> bool {
        if !self.contains(slot) {
            return false;
        }
        let place = core::mem::replace(&mut self.places[slot as usize], ABSENT);
        self.slots.swap_remove(place as usize);
        if let Some(moved) = self.slots.get(place as usize) {
            self.places[*moved as usize] = place;
        }
        true
    }

    /// A member, each with the same probability.
    pub(super) fn draw(&self, rng: &mut Rng) -> Option<Slot> {
        match self.slots.len() {
            0 => None,
            len => Some(self.slots[rng.index(len)]),
        }
    }

    /// The members, in no order that means anything.
    pub(super) fn as_slice(&self) -> &[Slot] {
        &self.slots
    }
}

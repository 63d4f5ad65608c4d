//! A shard's index: from a block's hash to its slot.
//!
//! Open addressing with linear probing; a removal shifts what follows back, so that there are no graves
//! (Knuth, TAOCP volume 3, section 6.4, algorithm R). A place is one word: the hash's upper half and the
//! slot. A wrong slot shows once in 2^32 and the slot's own key decides.

/// A place that holds nothing. No slot has this number.
const EMPTY: u64 = u64::MAX;
const PLACES_MIN: usize = 16;

/// From hashes to slots. The caller says whether a slot is the right one.
#[derive(Debug)]
pub(super) struct SlotIndex {
    places: Vec<u64>,
    used: usize,
}

#[inline]
fn fragment(hash: u64) -> u64 {
    hash >> 32
}

impl SlotIndex {
    pub(super) fn new() -> Self {
        Self {
            places: vec![EMPTY; PLACES_MIN],
            used: 0,
        }
    }

    /// Where a hash with this upper half would like to stand.
    #[inline]
    fn home(&self, fragment: u64) -> usize {
        fragment as usize & (self.places.len() - 1)
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        place.wrapping_add(1) & (self.places.len() - 1)
    }

    #[inline]
    fn place_of(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<usize> {
        let fragment = fragment(hash);
        let mut place = self.home(fragment);
        loop {
            let word = self.places[place];
            if word == EMPTY {
                return None;
            }
            if word >> 32 == fragment && is_it(word as u32) {
                return Some(place);
            }
            place = self.after(place);
        }
    }

    /// The slot under `hash` that `is_it` accepts.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let place = self.place_of(hash, is_it)?;
        Some(self.places[place] as u32)
    }

    /// Adds a slot, which must not be here yet.
    pub(super) fn add(&mut self, hash: u64, slot: u32) {
        if (self.used + 1) * 2 > self.places.len() {
            self.grow();
        }
        self.used += 1;
        self.set(fragment(hash) << 32 | u64::from(slot));
    }

    fn set(&mut self, word: u64) {
        let mut place = self.home(word >> 32);
        while self.places[place] != EMPTY {
            place = self.after(place);
        }
        self.places[place] = word;
    }

    fn grow(&mut self) {
        let doubled = vec![EMPTY; self.places.len() * 2];
        for word in core::mem::replace(&mut self.places, doubled) {
            if word != EMPTY {
                self.set(word);
            }
        }
    }

    /// Takes `slot` out; does nothing where it is not here.
    pub(super) fn remove(&mut self, hash: u64, slot: u32) {
        let Some(mut hole) = self.place_of(hash, |other| other == slot) else {
            return;
        };
        self.used -= 1;
        let mut place = hole;
        loop {
            place = self.after(place);
            let word = self.places[place];
            if word == EMPTY {
                break;
            }
            // It may move into the hole where the hole lies between its home and where it stands.
            let mask = self.places.len() - 1;
            let from_home = place.wrapping_sub(self.home(word >> 32)) & mask;
            let from_hole = place.wrapping_sub(hole) & mask;
            if from_home >= from_hole {
                self.places[hole] = word;
                hole = place;
            }
        }
        self.places[hole] = EMPTY;
    }
}

//! Slots that are handed out and taken back: constant time, and no allocation once it has grown.

/// Values under keys that it chooses. A key is never given twice: the upper half counts how often its slot was
/// used, so that a late key of an earlier use finds nothing.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Keeps `value`, and returns its key.
    pub fn insert(&mut self, value: T) -> u64 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            (self.slots.len() - 1) as u32
        });
        let (uses, place) = &mut self.slots[slot as usize];
        *uses = uses.wrapping_add(1);
        *place = Some(value);
        u64::from(*uses) << 32 | u64::from(slot)
    }

    /// Takes out what is kept under `key`.
    pub fn remove(&mut self, key: u64) -> Option<T> {
        let slot = key as u32;
        let (uses, place) = self.slots.get_mut(slot as usize)?;
        if *uses != (key >> 32) as u32 {
            return None;
        }
        let value = place.take()?;
        self.free.push(slot);
        Some(value)
    }

    /// Whether something is kept under `key`.
    #[must_use]
    pub fn contains(&self, key: u64) -> bool {
        self.slots
            .get(key as u32 as usize)
            .is_some_and(|(uses, place)| *uses == (key >> 32) as u32 && place.is_some())
    }

    /// How many values are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// True when none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_own_value_once_and_never_a_later_one() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_eq!((slab.remove(a), slab.remove(a)), (Some('a'), None));
        let c = slab.insert('c');
        assert_ne!(a, c, "the slot is the same, the key is not");
        assert!(!slab.contains(a) && slab.contains(c));
        assert_eq!((slab.remove(b), slab.remove(c)), (Some('b'), Some('c')));
        assert!(slab.is_empty());
    }
}

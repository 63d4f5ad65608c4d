//! Requests under way, by their ids. Once it has grown to what a node has under way at a time it takes no more
//! memory, which a tree does for each of few requests.

use crate::base::id::RequestId;

/// A map by request. Ids mostly ascend, so that one more is put at the end.
#[derive(Debug)]
pub(super) struct Requests<T> {
    /// Ascending by id, with each one's slot.
    ids: Vec<(RequestId, u32)>,
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Requests<T> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Requests<T> {
    fn place_of(&self, id: &RequestId) -> Result<usize, usize> {
        self.ids.binary_search_by_key(id, |(known, _)| *known)
    }

    fn slot_of(&self, id: &RequestId) -> Option<usize> {
        let place = self.place_of(id).ok()?;
        Some(self.ids[place].1 as usize)
    }

    pub(super) fn get(&self, id: &RequestId) -> Option<&T> {
        self.slots[self.slot_of(id)?].as_ref()
    }

    pub(super) fn get_mut(&mut self, id: &RequestId) -> Option<&mut T> {
        let slot = self.slot_of(id)?;
        self.slots[slot].as_mut()
    }

    pub(super) fn contains_key(&self, id: &RequestId) -> bool {
        self.place_of(id).is_ok()
    }

    /// Keeps a request, in the place of one of the same id.
    pub(super) fn insert(&mut self, id: RequestId, request: T) {
        match self.place_of(&id) {
            Ok(place) => self.slots[self.ids[place].1 as usize] = Some(request),
            Err(place) => {
                let slot = self.free.pop().unwrap_or_else(|| {
                    self.slots.push(None);
                    (self.slots.len() - 1) as u32
                });
                self.slots[slot as usize] = Some(request);
                self.ids.insert(place, (id, slot));
            }
        }
    }

    pub(super) fn remove(&mut self, id: &RequestId) -> Option<T> {
        let place = self.place_of(id).ok()?;
        let (_, slot) = self.ids.remove(place);
        self.free.push(slot);
        self.slots[slot as usize].take()
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Ascending.
    pub(super) fn ids(&self) -> impl Iterator<Item = RequestId> + '_ {
        self.ids.iter().map(|(id, _)| *id)
    }

    /// In no order that means anything.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::seeded::cases;

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn it_holds_what_a_map_holds(steps in prop::collection::vec((0_u64..20, any::<Option<u8>>()), 0..100)) {
            let (mut requests, mut map) = (Requests::default(), BTreeMap::new());
            for (id, value) in steps {
                let id = RequestId(id);
                match value {
                    Some(value) => {
                        requests.insert(id, value);
                        map.insert(id, value);
                    }
                    None => prop_assert_eq!(requests.remove(&id), map.remove(&id)),
                }
                prop_assert_eq!(requests.len(), map.len());
                prop_assert_eq!(requests.get(&id), map.get(&id));
                prop_assert_eq!(requests.get_mut(&id), map.get_mut(&id));
                prop_assert_eq!(requests.contains_key(&id), map.contains_key(&id));
            }
            let (mut held, mut expected): (Vec<_>, Vec<_>) = (requests.values().collect(), map.values().collect());
            held.sort();
            expected.sort();
            prop_assert_eq!(held, expected);
            prop_assert!(requests.slots.len() <= 20);
        }
    }
}

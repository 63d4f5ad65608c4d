//! The entries of a cache: a slab, and an index from key to slot.

use crate::base::hash::hash64_with;
use crate::expiry::Slot;
use crate::expiry::index::Index;
use crate::expiry::policy::Item;

/// What an entry takes beside its key and value, bytes: 40 in the slab, 11 to 21 in the index, 8 to 44 in the policy, 24
/// in the wheel when it has a deadline, 16 of the allocator, and vectors that have just doubled take twice their
/// share. With a million entries of 116 bytes the process grew by 120 (`noeviction`) to 162 (`allkeys-s3-fifo`)
/// bytes an entry beside them.
pub const ENTRY_OVERHEAD_BYTES: usize = 160;

/// One key and its value.
#[derive(Debug)]
pub(super) struct Entry {
    /// The key, then the value: one allocation.
    bytes: Box<[u8]>,
    key_bytes: u32,
    key_hash: u64,
    pub(super) deadline_ms: u64,
}

fn joined(key: &[u8], value: &[u8]) -> Box<[u8]> {
    [key, value].concat().into_boxed_slice()
}

impl Entry {
    fn key(&self) -> &[u8] {
        &self.bytes[..self.key_bytes as usize]
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.bytes[self.key_bytes as usize..]
    }

    pub(super) fn weight_bytes(&self) -> u32 {
        (self.bytes.len() + ENTRY_OVERHEAD_BYTES) as u32
    }

    pub(super) fn item(&self) -> Item {
        Item {
            key_hash: self.key_hash,
            weight_bytes: self.weight_bytes(),
            deadline_ms: self.deadline_ms,
        }
    }
}

#[derive(Debug)]
pub(super) struct Entries {
    slab: Vec<Option<Entry>>,
    free: Vec<Slot>,
    index: Index,
    /// Keys are hashed under it, so that nobody can choose keys that meet in one cell.
    hash_seed: u64,
}

impl Entries {
    pub(super) fn new(hash_seed: u64) -> Self {
        Self {
            slab: Vec::new(),
            free: Vec::new(),
            index: Index::default(),
            hash_seed,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len() - self.free.len()
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        hash64_with(self.hash_seed, key)
    }

    #[inline]
    pub(super) fn find(&self, key_hash: u64, key: &[u8]) -> Option<Slot> {
        self.index
            .find(key_hash, |slot| self.get(slot).key() == key)
    }

    /// True when `slot` holds an entry.
    pub(super) fn holds(&self, slot: Slot) -> bool {
        self.slab.get(slot as usize).is_some_and(Option::is_some)
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> &Entry {
        self.slab[slot as usize].as_ref().expect("a taken slot")
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Entry {
        self.slab[slot as usize].as_mut().expect("a taken slot")
    }

    /// Adds an entry whose key is new.
    pub(super) fn insert(&mut self, item: Item, key: &[u8], value: &[u8]) -> Slot {
        let entry = Entry {
            bytes: joined(key, value),
            key_bytes: key.len() as u32,
            key_hash: item.key_hash,
            deadline_ms: item.deadline_ms,
        };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slab.push(None);
                (self.slab.len() - 1) as Slot
            }
        };
        self.slab[slot as usize] = Some(entry);
        self.index.insert(item.key_hash, slot);
        slot
    }

    /// Gives the entry in `slot` another value and deadline.
    pub(super) fn replace(&mut self, slot: Slot, key: &[u8], value: &[u8], deadline_ms: u64) {
        let entry = self.get_mut(slot);
        entry.bytes = joined(key, value);
        entry.deadline_ms = deadline_ms;
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        let entry = self.slab[slot as usize].take().expect("a taken slot");
        self.index.remove(entry.key_hash, slot);
        self.free.push(slot);
    }
}

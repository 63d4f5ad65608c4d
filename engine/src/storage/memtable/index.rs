//! A hash index over the keys of a memtable: from a key's hash to its record, in one cache miss.
//!
//! Open addressing with linear probing. A slot is one word, 0 when free:
//!
//! | bits | what |
//! |---|---|
//! | 32..64 | the upper half of the key's hash |
//! | 0..32 | the offset of the key's record |
//!
//! A slot's place is named by the top bits of the half hash, so that a table of twice the size is filled in
//! order from the slots alone, without a look at any key. A full table is replaced by a longer one, and lives
//! on until the memtable dies, since a reader may still be in it: that reader misses only what was written
//! after it began.

use super::arena::Offset;
use super::sync::{AtomicUsize, OnceLock, Ordering};
use super::words::{WORD_BYTES, Words};

/// Slots of the first table: 512 bytes.
const SLOTS_MIN: usize = 64;
/// Half a hash names places up to here.
const GENERATIONS_MAX: usize = 26;
/// A table within this factor of the expected size grows to that size at once.
const LEAP: usize = 16;
/// A table grows when more than this part of its slots is taken: 3/4.
const LOAD_MAX: (usize, usize) = (3, 4);

/// The tables so far, the last of which counts.
#[derive(Debug)]
pub struct HashIndex {
    /// The table of `SLOTS_MIN << g` slots, where one was made.
    generations: [OnceLock<Words>; GENERATIONS_MAX],
    /// The place of the table that counts, plus one; 0 while there is none.
    current: AtomicUsize,
    /// The expected size, to which tables grow in few steps.
    eager_slots: usize,
}

/// What the writer knows of the index.
#[derive(Debug, Default)]
pub struct IndexFill {
    keys: usize,
    slots: usize,
    bytes: usize,
}

impl IndexFill {
    /// Bytes of all tables, the replaced ones too.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

impl HashIndex {
    /// An index without a table. Tables grow to `eager_slots` in few steps, since each that is replaced keeps its memory.
    pub fn new(eager_slots: usize) -> Self {
        Self {
            generations: core::array::from_fn(|_| OnceLock::new()),
            current: AtomicUsize::new(0),
            eager_slots: eager_slots.next_power_of_two(),
        }
    }

    #[inline]
    fn table(&self) -> Option<&Words> {
        let current = self.current.load(Ordering::Acquire).checked_sub(1)?;
        self.generations[current].get()
    }

    /// The record of the key with `hash` that `is_key` confirms.
    #[inline]
    pub fn find(&self, hash: u64, mut is_key: impl FnMut(Offset) -> bool) -> Option<Offset> {
        let table = self.table()?;
        let half = hash >> 32;
        let mask = table.len() - 1;
        let mut place = place(half, table.len());
        loop {
            let slot = table.word(place).load(Ordering::Acquire);
            if slot == 0 {
                return None;
            }
            if slot >> 32 == half && is_key(slot as Offset) {
                return Some(slot as Offset);
            }
            place = (place + 1) & mask;
        }
    }

    /// Asks the processor for the slot of `hash`.
    #[inline]
    pub fn prefetch(&self, hash: u64) {
        if let Some(table) = self.table() {
            table.prefetch(place(hash >> 32, table.len()));
        }
    }

    /// Adds the record of a key that has none yet.
    #[inline]
    pub fn insert(&self, fill: &mut IndexFill, hash: u64, record: Offset) {
        if (fill.keys + 1) * LOAD_MAX.1 > fill.slots * LOAD_MAX.0 {
            self.grow(fill);
        }
        let table = self.table().expect("it has just grown if it was empty");
        // Release: who finds the slot sees the record whole.
        put(
            table,
            hash & !0xffff_ffff | u64::from(record),
            Ordering::Release,
        );
        fill.keys += 1;
    }

    #[cold]
    fn grow(&self, fill: &mut IndexFill) {
        let slots = match fill.slots {
            0 => SLOTS_MIN,
            few if few < self.eager_slots / LEAP => few * 4,
            some if some < self.eager_slots => self.eager_slots,
            many => many * 2,
        };
        let longer = Words::zeroed(slots);
        if let Some(table) = self.table() {
            for slot in table.slice(0, table.len()) {
                let slot = slot.load(Ordering::Relaxed);
                if slot != 0 {
                    put(&longer, slot, Ordering::Relaxed);
                }
            }
        }
        let generation = (slots / SLOTS_MIN).ilog2() as usize;
        let fresh = self.generations[generation].set(longer).is_ok();
        assert!(fresh, "one writer makes each table once");
        self.current.store(generation + 1, Ordering::Release);
        fill.slots = slots;
        fill.bytes += slots * WORD_BYTES;
    }
}

/// The first place to look for a half hash in a table of `slots`, a power of two.
#[inline]
fn place(half: u64, slots: usize) -> usize {
    (half >> (32 - slots.trailing_zeros())) as usize
}

#[inline]
fn put(table: &Words, slot: u64, order: Ordering) {
    let mask = table.len() - 1;
    let mut place = place(slot >> 32, table.len());
    while table.word(place).load(Ordering::Relaxed) != 0 {
        place = (place + 1) & mask;
    }
    table.word(place).store(slot, order);
}

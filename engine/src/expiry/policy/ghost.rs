//! A ghost queue: which keys were evicted of late, without the keys.
//!
//! ```text
//!   key hash ----low bits----> bucket of 4 cells, each (fingerprint: 32 bits | eviction number: 32 bits)
//!            ----high bits---> fingerprint
//! ```
//!
//! A cell counts while its number is among the last `limit`; nothing has to be dequeued (the paper of S3-FIFO,
//! section 4.2, does the same). A full bucket loses its oldest cell, so a key may be forgotten early; a
//! fingerprint may stand for another key once in a billion lookups. Both cost a wrong queue, not a wrong answer.

const CELLS: usize = 4;
/// An empty cell. A stored number is never 0.
const EMPTY: u64 = 0;

#[derive(Clone, Debug)]
pub(super) struct Ghost {
    /// A power of two of buckets.
    buckets: Vec<[u64; CELLS]>,
    /// How many evictions are remembered.
    limit: u32,
    /// The number of the latest eviction.
    number: u32,
}

impl Default for Ghost {
    fn default() -> Self {
        Self {
            buckets: vec![[EMPTY; CELLS]; 8],
            limit: 16,
            number: 0,
        }
    }
}

fn fingerprint(hash: u64) -> u64 {
    hash >> 32
}

impl Ghost {
    /// Remembers at least the last `entries` evictions from now on, within reason: cells are twice that.
    pub(super) fn reserve(&mut self, entries: usize) {
        let wanted = u32::try_from(entries).unwrap_or(u32::MAX >> 1);
        while self.limit < wanted {
            // A bucket's cells go to both buckets that share its low bits: each key finds its own in one of them, and
            // the copy in the other ages away.
            self.buckets.extend_from_within(..);
            self.limit = self.limit.saturating_mul(2);
        }
    }

    fn cells(&mut self, hash: u64) -> &mut [u64; CELLS] {
        let mask = self.buckets.len() - 1;
        &mut self.buckets[hash as usize & mask]
    }

    fn age(&self, cell: u64) -> u32 {
        self.number.wrapping_sub(cell as u32)
    }

    /// Notes that the key with this hash was evicted.
    pub(super) fn push(&mut self, hash: u64) {
        self.number = match self.number.wrapping_add(1) {
            0 => 1,
            number => number,
        };
        let number = self.number;
        let cell = fingerprint(hash) << 32 | u64::from(number);
        let cells = self.cells(hash);
        let same = |old: &&mut u64| **old != EMPTY && **old >> 32 == fingerprint(hash);
        if let Some(old) = cells.iter_mut().find(same) {
            *old = cell;
            return;
        }
        let age = |old: &&mut u64| match **old {
            EMPTY => u32::MAX,
            old => number.wrapping_sub(old as u32),
        };
        if let Some(oldest) = cells.iter_mut().max_by_key(age) {
            *oldest = cell;
        }
    }

    /// True when the key with this hash was evicted of late; it is forgotten.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        let same = |cell: &u64| *cell != EMPTY && *cell >> 32 == fingerprint(hash);
        let Some(at) = self.cells(hash).iter().position(same) else {
            return false;
        };
        let cell = core::mem::replace(&mut self.cells(hash)[at], EMPTY);
        self.age(cell) < self.limit
    }
}

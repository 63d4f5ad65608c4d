//! How often was this key used of late? A count-min sketch of 4-bit counters that ages by halving (Einziger,
//! Friedman and Manes 2017, "TinyLFU: a highly efficient cache admission policy", section 3).
//!
//! ```text
//!   key hash -- mixed --> block: 64 bytes, one cache line
//!                         row 0: 32 counters of 4 bits | row 1: 32 | row 2: 32 | row 3: 32
//!                            ^ one of each row: the estimate is the least of the four
//! ```
//!
//! - A collision can only raise a counter, so the estimate is never below the truth (up to 15, since the last
//!   halving). Only the counters that hold the least are raised (conservative update), which keeps the error small.
//! - After `10 x capacity` records all counters are halved, and so is the number of records: what was hot last week
//!   gives way to what is hot now.
//! - 8 bytes for each entry of capacity. Growing copies the table behind itself: a key's block is found by the
//!   low bits of its hash, so every estimate stays what it was.

#[cfg(test)]
mod tests;

/// A counter's highest value: 4 bits.
pub const COUNT_MAX: u8 = 15;
/// Records before the counters are halved, for each entry of capacity.
pub const RECORDS_PER_ENTRY: u64 = 10;

const ROWS: usize = 4;
const WORDS: usize = 8;
/// Entries of capacity that share a block of 128 counters.
const ENTRIES_PER_BLOCK: u64 = 8;
/// Every counter's three low bits: what a shift by one leaves of it.
const HALF: u64 = 0x7777_7777_7777_7777;

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Block([u64; WORDS]);

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct FrequencySketch {
    /// A power of two of blocks.
    blocks: Vec<Block>,
    /// Records since the last halving, and half of those before.
    records: u64,
}

/// Where a key is counted: a block, and a counter in each row.
struct Place {
    block: usize,
    counters: u32,
}

impl Place {
    /// The word of a row's counter, and the bits to shift it by.
    #[inline]
    fn counter(&self, row: usize) -> (usize, u32) {
        let index = self.counters >> (8 * row);
        (2 * row + (index as usize >> 4 & 1), (index & 15) * 4)
    }
}

impl FrequencySketch {
    /// A sketch for a cache of so many entries; it grows with [`FrequencySketch::reserve`].
    #[must_use]
    pub fn new(entries: u64) -> Self {
        let mut sketch = Self {
            blocks: vec![Block([0; WORDS])],
            records: 0,
        };
        sketch.reserve(entries);
        sketch
    }

    /// Makes room for a cache of so many entries. Estimates stay.
    pub fn reserve(&mut self, entries: u64) {
        while (self.blocks.len() as u64) * ENTRIES_PER_BLOCK < entries {
            self.blocks.extend_from_within(..);
        }
    }

    #[inline]
    fn place(&self, key_hash: u64) -> Place {
        // The owner's hash may be a poor one, so it is mixed; block and counters come from different halves.
        let mixed = u128::from(key_hash ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
        let mixed = (mixed >> 64) as u64 ^ mixed as u64;
        Place {
            block: mixed as usize & (self.blocks.len() - 1),
            counters: (mixed >> 32) as u32,
        }
    }

    /// How often the key with this hash was recorded, at most [`COUNT_MAX`]; now and then more than the truth.
    #[inline]
    #[must_use]
    pub fn estimate(&self, key_hash: u64) -> u8 {
        let place = self.place(key_hash);
        let words = &self.blocks[place.block].0;
        let counts = (0..ROWS).map(|row| {
            let (word, shift) = place.counter(row);
            (words[word] >> shift & 15) as u8
        });
        counts.min().unwrap_or(0)
    }

    /// Counts one use of the key with this hash.
    #[inline]
    pub fn record(&mut self, key_hash: u64) {
        let least = self.estimate(key_hash);
        if least < COUNT_MAX {
            let place = self.place(key_hash);
            let words = &mut self.blocks[place.block].0;
            for row in 0..ROWS {
                let (word, shift) = place.counter(row);
                if (words[word] >> shift & 15) as u8 == least {
                    words[word] += 1 << shift;
                }
            }
        }
        self.records += 1;
        if self.records >= self.sample() {
            self.halve();
        }
    }

    /// Records after which the counters are halved.
    #[must_use]
    pub fn sample(&self) -> u64 {
        self.blocks.len() as u64 * ENTRIES_PER_BLOCK * RECORDS_PER_ENTRY
    }

    fn halve(&mut self) {
        for word in self.blocks.iter_mut().flat_map(|block| &mut block.0) {
            *word = *word >> 1 & HALF;
        }
        self.records /= 2;
    }
}

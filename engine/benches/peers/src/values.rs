//! Values: half compressible, no two alike, and checkable from the key alone.
//!
//! ```text
//! | stamp: 8, from the number of the key | seed: 8, from number and version | random bytes from the seed |
//! ```
//!
//! Every piece of up to 100 bytes is random in its first half, and its second half repeats the first (as `db_bench`
//! does for a compression ratio of one half). A pool of ready random bytes would be cheaper to draw from, but two
//! values of one block could share bytes, and an engine with larger blocks would compress what is not there.

use crate::engine::Result;
use crate::keys::{Random, mix};

/// Bytes of stamp and seed: the shortest value is longer.
pub const VALUE_BYTES_MIN: usize = 32;

/// Each of the second half of a piece repeats its first half.
const PIECE_BYTES: usize = 100;

/// One get in this many is compared byte by byte; every one is checked for length and stamp.
const WHOLE_EVERY: u64 = 16;

/// Writes the value of a number at a version into `value`.
pub fn fill(number: u64, version: u64, value: &mut [u8]) {
    fill_from_seed(mix(number), mix(number ^ ((version + 1) << 48)), value);
}

fn fill_from_seed(stamp: u64, seed: u64, value: &mut [u8]) {
    let mut random = Random::new(seed);
    let mut head = Some([stamp.to_le_bytes(), seed.to_le_bytes()]);
    for piece in value.chunks_mut(PIECE_BYTES) {
        let (first, second) = piece.split_at_mut(piece.len().div_ceil(2));
        let mut rest = &mut first[..];
        if let Some([stamp, seed]) = head.take() {
            rest[..8].copy_from_slice(&stamp);
            rest[8..16].copy_from_slice(&seed);
            rest = &mut rest[16..];
        }
        for word in rest.chunks_mut(8) {
            word.copy_from_slice(&random.next().to_le_bytes()[..word.len()]);
        }
        second.copy_from_slice(&first[..second.len()]);
    }
}

/// Checks values as they are read, at the same cost whoever returned them.
pub struct Checker {
    value_bytes: usize,
    /// Where a whole value is made again; empty for scans, which do not.
    expected: Vec<u8>,
    reads: u64,
    wrong: u64,
    touched: u64,
}

impl Checker {
    /// For values of one length.
    pub fn new(value_bytes: usize) -> Self {
        Self {
            expected: vec![0; value_bytes],
            ..Self::scanning(value_bytes)
        }
    }

    /// For a scan: allocates nothing.
    pub const fn scanning(value_bytes: usize) -> Self {
        Self {
            value_bytes,
            expected: Vec::new(),
            reads: 0,
            wrong: 0,
            touched: 0,
        }
    }

    /// Length and stamp, and now and then the whole value.
    pub fn check(&mut self, number: u64, value: &[u8]) {
        self.reads += 1;
        let right = self.touch(number, value)
            && (!self.reads.is_multiple_of(WHOLE_EVERY) || self.is_whole(value));
        self.wrong += u64::from(!right);
    }

    /// Length and stamp only, and a look at each cache line: what a scan does with every entry.
    pub fn check_scanned(&mut self, number: u64, value: &[u8]) {
        let right = self.touch(number, value);
        self.wrong += u64::from(!right);
    }

    fn touch(&mut self, number: u64, value: &[u8]) -> bool {
        for line in value.chunks(64) {
            self.touched = self.touched.wrapping_add(u64::from(line[line.len() - 1]));
        }
        value.len() == self.value_bytes && value[..8] == mix(number).to_le_bytes()
    }

    fn is_whole(&mut self, value: &[u8]) -> bool {
        let (Some(stamp), Some(seed)) = (value.first_chunk(), value[8..].first_chunk()) else {
            return false;
        };
        let (stamp, seed) = (u64::from_le_bytes(*stamp), u64::from_le_bytes(*seed));
        fill_from_seed(stamp, seed, &mut self.expected);
        value == self.expected
    }

    /// Fails if a value was not what was written, or if entries were missing.
    pub fn accept(&self, missing: u64) -> Result<()> {
        std::hint::black_box(self.touched);
        match (self.wrong, missing) {
            (0, 0) => Ok(()),
            (wrong, missing) => Err(format!("{wrong} wrong values, {missing} missing").into()),
        }
    }
}

#[cfg(test)]
mod tests;

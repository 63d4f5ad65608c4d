//! Keys and the order they come in.
//!
//! A key is what `db_bench` makes: a number as eight big-endian bytes, filled up with the character `0` to 16
//! bytes. Random order is a permutation of the numbers, so that a fill writes each key once and needs no table of
//! what it wrote. A key that is not there differs from one that is in its last byte: it lies between two keys of
//! the store, where only a filter or a look into a block can tell.

/// A key of the benchmark.
pub type Key = [u8; KEY_BYTES];

/// Length of every key.
pub const KEY_BYTES: usize = 16;

/// The key of a number.
pub fn key(number: u64) -> Key {
    let mut key = [b'0'; KEY_BYTES];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key
}

/// A key that no workload writes, right behind the key of the number.
pub fn missing_key(number: u64) -> Key {
    let mut key = key(number);
    key[KEY_BYTES - 1] = b'1';
    key
}

/// The number a key was made from.
pub fn number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*key.first_chunk()?))
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014): mixes a counter into random bits.
pub const fn mix(counter: u64) -> u64 {
    let mut x = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A small generator: SplitMix64 over a counter.
pub struct Random(u64);

impl Random {
    /// A generator; other seeds give unrelated sequences.
    pub const fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(1)))
    }

    /// The next 64 random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    /// A number below `bound`.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }

    /// A number in [0, 1).
    pub const fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A permutation of the numbers below `count`: rounds of odd multiplication and shift are a bijection on the next
/// power of two; what falls outside is sent round again until it falls inside (cycle walking).
#[derive(Clone, Copy)]
pub struct Shuffle {
    count: u64,
    mask: u64,
    shift: u32,
    multipliers: [u64; 3],
}

impl Shuffle {
    /// A permutation; other seeds give other orders.
    pub fn new(count: u64, seed: u64) -> Self {
        let bits = (64 - count.saturating_sub(1).leading_zeros()).max(2);
        Self {
            count,
            mask: u64::MAX >> (64 - bits),
            shift: bits / 2,
            multipliers: [1, 2, 3].map(|round| mix(seed.wrapping_mul(4).wrapping_add(round)) | 1),
        }
    }

    /// Where `index`, below the count, lands.
    pub fn at(&self, index: u64) -> u64 {
        let mut x = index;
        loop {
            for multiplier in self.multipliers {
                x = x.wrapping_mul(multiplier).wrapping_add(multiplier >> 32) & self.mask;
                x ^= x >> self.shift;
            }
            if x < self.count {
                return x;
            }
        }
    }
}

/// How skewed the mixed workload is: YCSB's constant.
const ZIPF_THETA: f64 = 0.99;

/// Ranks by Zipf's law, rank 0 the most frequent ("Quickly generating billion-record synthetic databases", Gray et
/// al., SIGMOD 1994, section 3, which YCSB uses too).
pub struct Zipf {
    count: u64,
    alpha: f64,
    eta: f64,
    zeta: f64,
}

impl Zipf {
    /// The law over the ranks below `count`; takes a sum over all of them.
    pub fn new(count: u64) -> Self {
        let zeta_of = |n: u64| {
            (1..=n)
                .map(|rank| (rank as f64).powf(-ZIPF_THETA))
                .sum::<f64>()
        };
        let (zeta, zeta_of_two) = (zeta_of(count), zeta_of(2));
        let n = count as f64;
        Self {
            count,
            alpha: 1.0 / (1.0 - ZIPF_THETA),
            eta: (1.0 - (2.0 / n).powf(1.0 - ZIPF_THETA)) / (1.0 - zeta_of_two / zeta),
            zeta,
        }
    }

    /// Draws a rank.
    pub fn rank(&self, random: &mut Random) -> u64 {
        let unit = random.unit();
        let scaled = unit * self.zeta;
        if scaled < 1.0 {
            return 0;
        }
        if scaled < 1.0 + 0.5_f64.powf(ZIPF_THETA) {
            return 1;
        }
        let rank = self.count as f64 * (self.eta * (unit - 1.0) + 1.0).powf(self.alpha);
        (rank as u64).min(self.count - 1)
    }
}

#[cfg(test)]
mod tests;

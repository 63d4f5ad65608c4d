//! The one hash of the store: XXH3, 64 bits. Placement, Merkle leaves and trace hashes all use it, so
//! that Rust, Python and Java see the same numbers on every machine.

use twox_hash::XxHash3_64;

/// XXH3-64 of `bytes`, seed zero.
#[must_use]
pub fn hash64(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// XXH3-64 of `bytes` under `seed`: an independent hash for each seed.
#[must_use]
pub fn hash64_with(seed: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(seed, bytes)
}

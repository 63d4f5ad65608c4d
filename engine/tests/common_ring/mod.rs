//! Seeds and keys for the placement tests.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// A run of `cases` cases from the seed in `SEED`, or from 1; printed, so that a failure shows it.
pub fn randomised(cases: u32) -> ProptestConfig {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().expect("SEED is a whole number"),
        Err(_) => 1,
    };
    eprintln!("replay with SEED={seed}");
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// `count` keys, each once.
pub fn keys(count: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|index| format!("key/{index}").into_bytes())
}

//! The seed of every randomised test.

use proptest::test_runner::{Config, RngSeed};

/// The seed where `SEED` names none: a test that passes here passes everywhere. `SEED=$RANDOM` looks
/// further.
const SEED_USUAL: u64 = 1;

/// A randomised test of `cases` cases. It prints its seed, `SEED=` replays it, and what fails is shrunk.
pub fn cases(cases: u32) -> Config {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().expect("SEED is a whole number"),
        Err(_) => SEED_USUAL,
    };
    eprintln!("replay with SEED={seed}");
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    }
}

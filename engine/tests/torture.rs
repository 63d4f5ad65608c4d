//! Random puts, gets, deletes, kills and partitions lose no acknowledged write, and converge after heal.
//! `SEED=n` replays one; `cargo run --release -- torture --seeds 1000` runs more of them.

use kvorum::script::torture::{Plan, run_seed};

#[test]
fn no_seed_loses_an_acknowledged_write_or_stays_apart() {
    let one: Option<u64> = std::env::var("SEED")
        .ok()
        .map(|seed| seed.parse().expect("SEED is a number"));
    let seeds = one.map_or(0..300, |seed| seed..seed + 1);
    for seed in seeds {
        let outcomes = run_seed(seed, &Plan::default()).unwrap();
        assert!(outcomes.operations > 0, "SEED={seed} asks nothing");
        if let Some(failure) = outcomes.failure {
            panic!("SEED={seed}: {}\n{}", failure.message, failure.script);
        }
    }
}

#[test]
fn one_seed_gives_one_run() {
    for seed in 0..20 {
        let run = || run_seed(seed, &Plan::default()).unwrap();
        assert_eq!(run(), run(), "SEED={seed}");
    }
}

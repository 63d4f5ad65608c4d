//! Random puts, gets, deletes, kills and partitions lose no acknowledged write, and converge after heal.
//! `SEED=n` replays one; `cargo run --release -- torture --seeds 1000` runs more of them.

use kvorum::base::mutant::Mutant;
use kvorum::script::torture::{Failure, Plan, run_seed};
use kvorum::script::{RunOptions, run};

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

/// Seeds within which each planted bug shows.
const MUTANT_SEEDS: u64 = 500;

#[test]
fn every_mutant_is_found_and_its_script_holds_once_the_bug_is_gone() {
    for mutant in Mutant::ALL {
        let plan = Plan {
            mutant: Some(*mutant),
            ..Plan::default()
        };
        let found = (1..=MUTANT_SEEDS).find_map(|seed| run_seed(seed, &plan).unwrap().failure);
        let Failure { seed, script, .. } =
            found.unwrap_or_else(|| panic!("{} hides from {MUTANT_SEEDS} seeds", mutant.name()));
        let planted = format!(" mutant={}", mutant.name());
        assert!(script.contains(&planted), "{script}");
        for (text, holds) in [
            (script.clone(), false),
            (script.replace(&planted, ""), true),
        ] {
            let report = run("shrunk.kv", &text, &RunOptions::default()).unwrap();
            assert_eq!(
                report.passed(),
                holds,
                "{} at seed {seed}:\n{text}",
                mutant.name()
            );
        }
    }
}

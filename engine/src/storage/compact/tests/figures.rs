//! What the pickers cost, on a workload small enough for a test and large enough for every level.

use super::*;

struct Cost {
    deepest: f64,
    writes: f64,
    space: f64,
    runs: f64,
}

/// `puts` random overwrites of `keys` keys, each of which is written first. Space is the mean of 16 moments.
fn overwrite(kind: usize, keys: u64, puts: u64) -> Cost {
    let mut model = Model::new(picker(kind), MEMTABLE_BYTES);
    fill(&mut model, keys, |at| at * 7919 % keys);
    let mut rng = rng();
    let mut space = 0.0;
    for _ in 0..16 {
        fill(&mut model, puts / 16, |_| rng.below(keys));
        space += model.space_amplification() / 16.0;
    }
    Cost {
        deepest: f64::from(model.levels.deepest().unwrap()),
        writes: model.write_amplification(),
        space,
        runs: model.runs_per_read(),
    }
}

#[test]
fn each_picker_trades_as_it_says() {
    let [leveled, tiered, lazy] = [0, 1, 2].map(|kind| overwrite(kind, 8_000, 24_000));
    assert!(tiered.writes < lazy.writes && lazy.writes < leveled.writes);
    assert!(leveled.space < lazy.space && lazy.space < tiered.space);
    assert!(leveled.runs < lazy.runs && lazy.runs < tiered.runs);
    // An entry is flushed, then written at most ratio + 1 times in each level.
    assert!(leveled.writes < 1.0 + leveled.deepest * 11.0);
    // Once in each level, and in the last at most ratio + 1 times.
    assert!(lazy.writes < 1.0 + (lazy.deepest - 1.0) + 5.0);
    assert!(tiered.writes < 1.0 + tiered.deepest);
    // The levels above the last, a geometric series, and what level 0 holds before it is merged.
    let level0 = 4.0 * 100.0 / 8_000.0;
    assert!(leveled.space < 1.0 + 1.0 / 9.0 + level0);
    assert!(lazy.space < 1.0 + 1.0 / 3.0 + level0);
}

#[test]
fn tiered_writes_each_entry_once_a_level() {
    // 256 flushes of distinct keys, merged by fours: 64 of 4, 16 of 16, 4 of 64, 1 of 256.
    let mut model = Model::new(picker(1), MEMTABLE_BYTES);
    fill(&mut model, 25_600, |at| at * 7919 % 25_600);
    assert!((model.write_amplification() - 5.0).abs() < 1e-9);
    assert_eq!(model.levels.runs().len(), 1);
    assert_eq!(model.levels.deepest(), Some(4));
}

#[test]
fn leveled_space_is_bounded_by_the_ratio_and_level_0() {
    let keys = 16_000;
    let cost = overwrite(0, keys, 16_000);
    let level0 = 4.0 * 100.0 / keys as f64;
    assert!(
        cost.space < 1.0 + 0.1 + 0.01 + level0 + 0.03,
        "{}",
        cost.space
    );
}

#[test]
#[ignore = "prints the table in the module docs"]
fn figures() {
    println!("| picker | keys | workload | writes | space | runs asked |");
    println!("|---|---|---|---|---|---|");
    for keys in [8_000, 32_000, 128_000] {
        for kind in 0..3 {
            let name = picker(kind).name();
            let cost = overwrite(kind, keys, 4 * keys);
            println!(
                "| {name} | {keys} | fill, 4 overwrites | {:.1} | {:.2} | {:.1} |",
                cost.writes, cost.space, cost.runs
            );
        }
    }
}

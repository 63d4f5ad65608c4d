//! Loads a store on the real disk, reads it, and prints what it counted: the figures of lesson 5.
//!
//! ```text
//! cargo run --release -p kvorum --example lsm -- [ENTRIES] [VALUE_BYTES] [leveled|tiered|lazy] [BITS] [MEMTABLE_KIB] [FOLDER]
//! ```
//!
//! The store is made in `FOLDER` and stays there, for `kvorum store` to look at; without one it is removed.

use std::path::PathBuf;
use std::time::Instant;

use kvorum::base::rng::Rng;
use kvorum::live;
use kvorum::storage::compact::{LazyLeveledOptions, LeveledOptions, SizeTieredOptions};
use kvorum::storage::{Compaction, Durability, FilterBits, Options};

/// Keys that are read and not there.
const ABSENT: u64 = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: u64| -> Result<u64, std::num::ParseIntError> {
        args.get(at).map_or(Ok(usual), |text| text.parse())
    };
    let (entries, value_bytes) = (number(0, 200_000)?, number(1, 100)?);
    let bits = number(3, 10)?;
    let memtable_bytes = number(4, 1024)? as usize * 1024;
    let base = 4 * memtable_bytes as u64;
    let compaction = match args.get(2).map_or("leveled", String::as_str) {
        "leveled" => Compaction::Leveled(LeveledOptions {
            level_base_bytes: base,
            table_bytes: memtable_bytes as u64,
            ..LeveledOptions::default()
        }),
        "tiered" => Compaction::SizeTiered(SizeTieredOptions::default()),
        "lazy" => Compaction::LazyLeveled(LazyLeveledOptions {
            level_base_bytes: base,
            ..LazyLeveledOptions::default()
        }),
        other => return Err(format!("no compaction '{other}': leveled, tiered or lazy").into()),
    };
    let options = Options {
        memtable_bytes,
        compaction,
        filter_bits: match bits {
            0 => FilterBits::None,
            bits => FilterBits::Uniform(bits as f64),
        },
        ..Options::default()
    };
    let passing = tempfile::tempdir()?;
    let folder = args
        .get(5)
        .map_or_else(|| passing.path().to_owned(), PathBuf::from);
    let store = live::open(&folder, options)?;
    let mut rng = Rng::from_seed(7);
    #[expect(
        clippy::disallowed_methods,
        reason = "an example shows how long it took"
    )]
    let start = Instant::now();
    for _ in 0..entries {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&rng.below(entries).to_be_bytes());
        let mut value = vec![0; value_bytes as usize];
        value
            .iter_mut()
            .step_by(2)
            .for_each(|byte| *byte = rng.next_u64() as u8);
        store.put_with(&key, &value, Durability::Os)?;
    }
    println!(
        "{:.0} writes/s",
        entries as f64 / start.elapsed().as_secs_f64()
    );
    store.flush()?;
    store.settle()?;
    let runs = store.stats().runs();
    for _ in 0..ABSENT {
        let mut key = [1; 16];
        key[..8].copy_from_slice(&rng.below(entries).to_be_bytes());
        assert_eq!(store.get(&key)?, None);
    }
    let stats = store.stats();
    print!("{}", store.levels_text());
    println!("runs                         {runs}");
    println!(
        "flushes                      {} of {} bytes",
        stats.flushes, stats.flush_bytes
    );
    println!(
        "merges                       {} of {} bytes",
        stats.compactions, stats.compaction_write_bytes
    );
    println!(
        "write amplification          {:.2}",
        stats.write_amplification()
    );
    println!(
        "  without the log            {:.2}",
        stats.table_write_amplification()
    );
    println!(
        "space amplification          {:.2}",
        stats.space_amplification()
    );
    println!("filters asked                {}", stats.reads.filter_checks);
    println!(
        "  said perhaps, wrongly      {}",
        stats.reads.filter_false_positives
    );
    println!(
        "  rate                       {:.4}",
        stats.filter_false_positive_rate()
    );
    println!(
        "writes that helped or waited {} / {}",
        stats.stalls_slow, stats.stalls_stop
    );
    store.close()?;
    Ok(())
}

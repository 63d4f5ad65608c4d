//! A program of lesson 5.

use std::sync::Arc;

use kvorum::base::rng::Rng;
use kvorum::storage::compact::{LazyLeveledOptions, LeveledOptions, SizeTieredOptions};
use kvorum::storage::table::Compression;
use kvorum::storage::{Compaction, Durability, Options, Store};
use kvorum::vfs::MemoryDisk;

fn main() -> Result<(), kvorum::Error> {
    let mut leveled = LeveledOptions::default();
    (leveled.level_base_bytes, leveled.table_bytes) = (256 << 10, 64 << 10);
    let lazy = LazyLeveledOptions {
        level_base_bytes: 256 << 10,
        ..LazyLeveledOptions::default()
    };
    measure("levelled", Compaction::Leveled(leveled))?;
    measure("lazy    ", Compaction::LazyLeveled(lazy))?;
    measure(
        "tiered  ",
        Compaction::SizeTiered(SizeTieredOptions::default()),
    )
}

fn measure(name: &str, compaction: Compaction) -> Result<(), kvorum::Error> {
    let (memtable_bytes, compression) = (64 << 10, Compression::None);
    let options = Options {
        memtable_bytes,
        compaction,
        compression,
        ..Options::small()
    };
    let store = Store::open(Arc::new(MemoryDisk::new()), options)?;
    let mut rng = Rng::from_seed(5);
    for _ in 0..200_000 {
        let key = format!("cart:{:06}", rng.below(40_000));
        store.put_with(key.as_bytes(), &[b'x'; 100], Durability::Os)?;
        store.step(16 << 10)?; // a share of the flushing and merging
    }
    store.flush()?;
    store.settle()?;
    for number in 0..10_000 {
        store.get(format!("cart:{number:06}?").as_bytes())?; // never written
    }
    let stats = store.stats();
    let (writes, space) = (
        stats.table_write_amplification(),
        stats.space_amplification(),
    );
    let (asked, erred) = (
        stats.reads.filter_checks,
        stats.reads.filter_false_positives,
    );
    print!(
        "{name}  writes {writes:.1}  space {space:.2}  runs {}",
        stats.runs()
    );
    println!("  filters asked {asked}, wrong {erred}");
    Ok(())
}

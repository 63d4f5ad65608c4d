//! Lesson 5's figures, from the counters of stores that really did the work: what filters save, what each way to
//! compact costs in writes and in space, what a crash in the middle of a merge loses, what stays in memory.
//!
//! Every test prints its figures: `cargo test --release -p kvorum --test store_figures -- --nocapture`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use kvorum::base::rng::Rng;
use kvorum::storage::compact::{
    FifoOptions, LazyLeveledOptions, LeveledOptions, SizeTieredOptions,
};
use kvorum::storage::table::filter::expected_rate;
use kvorum::storage::table::{Compression, TableCounts};
use kvorum::storage::{
    Compaction, Durability, FilterBits, Options, Step, Store, StoreStats, WriteBatch,
};
use kvorum::vfs::{FaultDisk, MemoryDisk, Vfs};

const KEY_BYTES: u64 = 16;
const VALUE_BYTES: u64 = 100;
const ENTRY_BYTES: u64 = KEY_BYTES + VALUE_BYTES;
/// Keys that are loaded: the lesson's number.
const ENTRIES: u64 = 200_000;
/// Keys that are read and not there: the lesson's number.
const ABSENT: u64 = 10_000;

/// Keys in the order of their numbers. Stored keys have even numbers, so that odd ones lie between them.
fn key(number: u64) -> [u8; KEY_BYTES as usize] {
    let mut key = [b'0'; KEY_BYTES as usize];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key
}

fn stored(entry: u64) -> [u8; KEY_BYTES as usize] {
    key(2 * entry + 2)
}

/// A value that says which entry it belongs to, and which of its versions it is.
fn value(entry: u64, version: u64) -> [u8; VALUE_BYTES as usize] {
    let mut rng = Rng::from_seed(entry ^ (version << 40));
    core::array::from_fn(|_| rng.next_u64() as u8)
}

fn put(store: &Store, entry: u64, version: u64) {
    let (key, value) = (stored(entry), value(entry, version));
    store.put_with(&key, &value, Durability::Memory).unwrap();
}

/// The numbers below `count` in random order.
fn shuffled(count: u64, rng: &mut Rng) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..count).collect();
    for at in (1..numbers.len()).rev() {
        numbers.swap(at, rng.below(at as u64 + 1) as usize);
    }
    numbers
}

/// A store in which every flush stays a run of its own.
fn store_of_runs(runs: u64, filter_bits: FilterBits) -> Store {
    let options = Options {
        compaction: Compaction::Fifo(FifoOptions {
            bytes_max: u64::MAX,
            ..FifoOptions::default()
        }),
        filter_bits,
        ..Options::default()
    };
    let store = Store::open(Arc::new(MemoryDisk::new()), options).unwrap();
    for run in 0..runs {
        for entry in (run..ENTRIES).step_by(runs as usize) {
            put(&store, entry, 0);
        }
        store.flush().unwrap();
    }
    assert_eq!(store.stats().runs(), runs);
    store
}

/// What reading [`ABSENT`] keys that are not there met.
fn read_absent(store: &Store) -> TableCounts {
    let mut rng = Rng::from_seed(5);
    for _ in 0..ABSENT {
        // Between the keys of every run: above the first key of each and below the last.
        let between = 2 * (100 + rng.below(ENTRIES - 200)) + 1;
        assert_eq!(store.get(&key(between)).unwrap(), None);
    }
    store.stats().reads
}

#[test]
fn a_filter_saves_all_but_one_in_a_hundred_searches_for_an_absent_key() {
    let bits = 10.0;
    let rate = expected_rate(bits);
    let classic = (1.0 - (-7.0 / bits).exp()).powi(7);
    println!("{ABSENT} absent keys among {ENTRIES}; {bits} bits a key");
    println!("runs  without filters  with filters  expected  plain Bloom filter");
    for runs in [1, 3, 8] {
        let asked = ABSENT * runs;
        let bare = read_absent(&store_of_runs(runs, FilterBits::None));
        assert_eq!(
            bare.searches, asked,
            "without filters every run is searched"
        );
        assert_eq!(bare.filter_checks, 0);

        let store = store_of_runs(runs, FilterBits::Uniform(bits));
        let counts = read_absent(&store);
        let expected = asked as f64 * rate;
        println!(
            "{runs:<4}  {asked:<15}  {:<12}  {expected:<8.0}  {:.0}",
            counts.searches,
            asked as f64 * classic
        );
        assert_eq!(counts.filter_checks, asked, "every run's filter is asked");
        assert_eq!(
            counts.searches, counts.filter_false_positives,
            "only a filter that errs lets a run be searched"
        );
        // Four standard deviations of as many independent draws.
        let tolerance = 4.0 * (expected * (1.0 - rate)).sqrt();
        let difference = counts.searches as f64 - expected;
        assert!(difference.abs() < tolerance, "{difference} of {expected}");
        assert!(
            (store.stats().filter_false_positive_rate() - counts.searches as f64 / asked as f64)
                .abs()
                < 1e-9
        );
    }
    assert!((0.0080..0.0084).contains(&classic), "{classic}");
    assert!((0.0090..0.0105).contains(&rate), "{rate}");
}

#[test]
fn a_present_key_costs_one_search_and_the_errors_of_the_runs_above_it() {
    let store = store_of_runs(8, FilterBits::Uniform(10.0));
    let mut rng = Rng::from_seed(6);
    for _ in 0..ABSENT {
        let entry = rng.below(ENTRIES);
        let found = store.get(&stored(entry)).unwrap();
        assert_eq!(found.as_deref(), Some(&value(entry, 0)[..]));
    }
    let counts = store.stats().reads;
    let searches = counts.searches as f64 / ABSENT as f64;
    // On average half of the other seven runs are newer than the key's own.
    let expected = 1.0 + 3.5 * expected_rate(10.0);
    println!("{searches:.4} searches a read over 8 runs, expected {expected:.4}");
    assert!((searches - expected).abs() < 0.01);
}

/// What every way to compact is given: nothing is compressed, so that bytes can be compared.
const MEMTABLE_BYTES: usize = 256 << 10;
/// How much larger a leveled store's level is than the one above: its default.
const LEVEL_RATIO: u64 = 10;
/// How many runs the other two merge into one: their default.
const RUNS: u64 = 4;

fn options(compaction: Compaction) -> Options {
    Options {
        memtable_bytes: MEMTABLE_BYTES,
        compression: Compression::None,
        compaction,
        ..Options::default()
    }
}

fn leveled() -> Compaction {
    Compaction::Leveled(LeveledOptions {
        level_base_bytes: 4 * MEMTABLE_BYTES as u64,
        ratio: LEVEL_RATIO,
        table_bytes: MEMTABLE_BYTES as u64,
        ..LeveledOptions::default()
    })
}

fn lazy() -> Compaction {
    Compaction::LazyLeveled(LazyLeveledOptions {
        ratio: RUNS as usize,
        level_base_bytes: RUNS * RUNS * MEMTABLE_BYTES as u64,
        table_bytes: MEMTABLE_BYTES as u64,
        ..LazyLeveledOptions::default()
    })
}

fn tiered() -> Compaction {
    Compaction::SizeTiered(SizeTieredOptions {
        merge_runs_min: RUNS as usize,
        table_bytes: MEMTABLE_BYTES as u64,
        ..SizeTieredOptions::default()
    })
}

/// What writing every entry, and then every entry again, came to.
struct Cost {
    stats: StoreStats,
    /// Keys and values in tables for each byte that a reader finds: the mean over the second pass.
    space: f64,
    /// The same as the store itself estimates it.
    space_estimated: f64,
    /// Runs in tables: the mean over the second pass.
    runs: f64,
}

/// Every entry in random order, then each again, with compaction that always keeps up.
fn write_twice(compaction: Compaction) -> Cost {
    const PUTS_BETWEEN: usize = 500;
    const LIVE_BYTES: f64 = (ENTRIES * ENTRY_BYTES) as f64;
    let store = Store::open(Arc::new(MemoryDisk::new()), options(compaction)).unwrap();
    let mut rng = Rng::from_seed(8);
    let (mut space, mut space_estimated, mut runs, mut samples) = (0.0, 0.0, 0.0, 0.0);
    for version in 0..2 {
        let order = shuffled(ENTRIES, &mut rng);
        for (round, entries) in order.chunks(PUTS_BETWEEN).enumerate() {
            for entry in entries {
                put(&store, *entry, version);
            }
            store.settle().unwrap();
            if version == 1 && round % 10 == 0 {
                let stats = store.stats();
                let raw: u64 = stats.levels.iter().map(|level| level.raw_bytes).sum();
                space += raw as f64 / LIVE_BYTES;
                space_estimated += stats.space_amplification();
                runs += stats.runs() as f64;
                samples += 1.0;
            }
        }
    }
    for entry in (0..ENTRIES).step_by(97) {
        let found = store.get(&stored(entry)).unwrap();
        assert_eq!(found.as_deref(), Some(&value(entry, 1)[..]));
    }
    Cost {
        stats: store.stats(),
        space: space / samples,
        space_estimated: space_estimated / samples,
        runs: runs / samples,
    }
}

#[test]
fn each_way_to_compact_costs_what_its_formula_says() {
    let ways = [
        ("leveled", leveled()),
        ("lazy", lazy()),
        ("tiered", tiered()),
    ];
    println!("{ENTRIES} entries written twice in random order");
    println!("way      flushes  merges  levels  written  with log  space  estimated  runs");
    let [leveled, lazy, tiered] = ways.map(|(name, way)| {
        let cost = write_twice(way);
        println!(
            "{name:<7}  {:<7}  {:<6}  {:<6}  {:<7.2}  {:<8.2}  {:<5.2}  {:<9.2}  {:.1}",
            cost.stats.flushes,
            cost.stats.compactions,
            cost.stats.levels.len(),
            cost.stats.table_write_amplification(),
            cost.stats.write_amplification(),
            cost.space,
            cost.space_estimated,
            cost.runs,
        );
        assert_eq!(cost.stats.stalls_stop, 0, "compaction kept up");
        assert!(cost.space_estimated >= cost.space, "{name}: from above");
        cost
    });
    let writes = |cost: &Cost| cost.stats.table_write_amplification();
    let deepest = |cost: &Cost| cost.stats.levels.len() as f64 - 1.0;
    // Fewer bytes written are paid for in runs to search and in space.
    assert!(writes(&tiered) < writes(&lazy) && writes(&lazy) < writes(&leveled));
    assert!(leveled.runs < lazy.runs && lazy.runs < tiered.runs);
    assert!(leveled.space < lazy.space && lazy.space < tiered.space);
    // What these hold at this size: 273 flushes, so levels that are far from all full.
    assert!((8.0..12.0).contains(&writes(&leveled)));
    assert!((5.0..7.0).contains(&writes(&lazy)));
    assert!((3.5..5.0).contains(&writes(&tiered)));
    // What a table holds besides keys and values: filter, index, lengths.
    let framing = 1.05;
    let (level_ratio, merged) = (LEVEL_RATIO as f64, RUNS as f64);
    // Flushed once, then once for each growth by the number of runs that are merged.
    let growths = (tiered.stats.flushes as f64).log(merged).ceil();
    assert!(writes(&tiered) < framing * (1.0 + growths));
    assert!(writes(&tiered) > growths - 1.0);
    // Flushed once, once in each level, and in the last at most ratio + 1 times.
    assert!(writes(&lazy) < framing * (1.0 + deepest(&lazy) - 1.0 + merged + 1.0));
    // Flushed once, then at most ratio + 1 times in each level.
    assert!(writes(&leveled) < framing * (1.0 + deepest(&leveled) * (level_ratio + 1.0)));
    // A level over the next is a geometric series; level 0 holds some memtables more.
    let series = |ratio: f64| 1.0 + 1.0 / (ratio - 1.0);
    let level0 = 4.0 * MEMTABLE_BYTES as f64 / (ENTRIES * ENTRY_BYTES) as f64;
    assert!(leveled.space < series(level_ratio) + level0);
    assert!(lazy.space < series(merged) + level0);
    // Of the largest runs there may be as many as set off their merge.
    assert!(tiered.space < merged);
}

/// Files of tables in the folder.
fn table_files(disk: &MemoryDisk) -> Vec<String> {
    let mut names = disk.list().unwrap();
    names.retain(|name| name.ends_with(".kvt"));
    names
}

#[test]
fn a_kill_in_the_middle_of_a_merge_loses_no_key() {
    const KEYS: u64 = 20_000;
    const PUTS: u64 = 4_000;
    const KILLS: u64 = 20;
    const STEP_BYTES: u64 = 16 << 10;
    let disk = MemoryDisk::new();
    let open = || Store::open(Arc::new(disk.clone()), options(leveled())).unwrap();
    let tables =
        |store: &Store| -> u64 { store.stats().levels.iter().map(|level| level.tables).sum() };
    let mut rng = Rng::from_seed(9);
    let mut versions = vec![0; KEYS as usize];
    let mut store = open();
    for entry in 0..KEYS {
        put(&store, entry, 0);
    }
    let (mut lost, mut in_the_middle) = (0, 0);
    for kill in 1..=KILLS {
        for _ in 0..PUTS {
            let entry = rng.below(KEYS);
            put(&store, entry, kill);
            versions[entry as usize] = kill;
        }
        store.flush().unwrap();
        for _ in 0..rng.between(1, 100) {
            if store.step(STEP_BYTES).unwrap() == Step::Idle {
                break;
            }
        }
        // What a merge has written and not yet committed is in no level.
        in_the_middle += u64::from(table_files(&disk).len() as u64 > tables(&store));
        disk.crash(&mut rng);
        drop(store);
        store = open();
        for (entry, version) in (0..).zip(&versions) {
            let found = store.get(&stored(entry)).unwrap();
            lost += u64::from(found.as_deref() != Some(&value(entry, *version)[..]));
        }
        let left = table_files(&disk).len() as u64;
        assert_eq!(left, tables(&store), "half-written tables are removed");
    }
    println!("{KILLS} kills, {in_the_middle} in the middle of a merge: {lost} of {KEYS} keys lost");
    assert_eq!(lost, 0);
    assert!(in_the_middle >= KILLS / 2);
}

#[test]
fn an_open_store_of_a_million_small_entries_holds_little_in_memory() {
    const MANY: u64 = 1_000_000;
    const BATCH: u64 = 1_000;
    let limit = 64 << 20;
    let disk = MemoryDisk::new();
    let open = || {
        let options = Options {
            memtable_bytes: 16 << 20,
            cache_bytes: 8 << 20,
            ..Options::default()
        };
        Store::open(Arc::new(disk.clone()), options).unwrap()
    };
    let store = open();
    for first in (0..MANY).step_by(BATCH as usize) {
        let mut batch = WriteBatch::new();
        for entry in first..first + BATCH {
            // In an order that is neither that of the keys nor random: every flush spans all keys.
            let number = entry * 7_919 % MANY;
            batch.put(stored(number), number.to_be_bytes());
        }
        store.write(&batch, Durability::Memory).unwrap();
        store.settle().unwrap();
    }
    store.flush().unwrap();
    store.settle().unwrap();
    store.close().unwrap();
    drop(store);
    let store = open();
    for entry in (0..MANY).step_by(1_000) {
        let found = store.get(&stored(entry)).unwrap();
        assert_eq!(found.as_deref(), Some(&entry.to_be_bytes()[..]));
    }
    let stats = store.stats();
    let entries: u64 = stats.levels.iter().map(|level| level.entries).sum();
    println!(
        "{entries} entries in {} bytes of tables: filters and indexes {} ({:.1} bits an entry), cache {}",
        stats.table_bytes(),
        stats.pinned_bytes,
        stats.pinned_bytes as f64 * 8.0 / entries as f64,
        stats.cache.bytes,
    );
    assert!(entries >= MANY);
    assert!(stats.pinned_bytes >= entries * 10 / 8, "filters alone");
    assert!(stats.pinned_bytes < limit / 16);
    assert!(stats.cache.bytes <= 8 << 20);
}

#[test]
fn the_counters_are_what_the_disk_saw() {
    const PUTS: u64 = 100_000;
    let memory = MemoryDisk::new();
    let disk = FaultDisk::over_memory(&memory);
    let store = Store::open(Arc::new(disk.clone()), options(leveled())).unwrap();
    let mut rng = Rng::from_seed(10);
    for _ in 0..PUTS {
        let (key, value) = (stored(rng.below(ENTRIES)), value(1, 0));
        store.put_with(&key, &value, Durability::Os).unwrap();
        store.step(1 << 20).unwrap();
    }
    store.flush().unwrap();
    store.settle().unwrap();
    let stats = store.stats();
    let counted = stats.log_bytes + stats.flush_bytes + stats.compaction_write_bytes;
    let written = disk.bytes_written();
    println!(
        "log {}, flushes {}, merges {}: {counted} bytes counted, {written} written, {:.2}% besides",
        stats.log_bytes,
        stats.flush_bytes,
        stats.compaction_write_bytes,
        (written as f64 / counted as f64 - 1.0) * 100.0
    );
    assert_eq!(stats.writes, PUTS);
    assert_eq!(stats.user_bytes, PUTS * ENTRY_BYTES);
    assert_eq!(stats.last_sequence, PUTS);
    assert!(
        stats.log_bytes > stats.user_bytes,
        "each write is in the log"
    );
    assert!(
        stats.log_bytes < stats.user_bytes * 4 / 3,
        "and little else"
    );
    // What is not counted: the manifest, and the marks that begin and end log segments.
    assert!((counted..counted + counted / 50).contains(&written));
    let table_bytes: u64 = table_files(&memory)
        .iter()
        .map(|name| memory.open(name).unwrap().len().unwrap())
        .sum();
    assert_eq!(stats.table_bytes(), table_bytes, "no table is forgotten");
    let amplified = counted as f64 / stats.user_bytes as f64;
    assert!((stats.write_amplification() - amplified).abs() < 1e-9);
}

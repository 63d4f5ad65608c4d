//! Figures, not tests: `cargo test --release -p kvorum --lib storage::table::tests::speed -- --ignored
//! --nocapture`.

#![allow(clippy::disallowed_methods)] // A figure is measured by the clock.

use std::sync::Arc;
use std::time::Instant;

use crate::base::hash::hash64;
use crate::base::rng::Rng;
use crate::storage::cache::{BlockCache, CachePolicy};
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Kind, NEVER_MS, SEQUENCE_MAX};
use crate::storage::table::index::handle_at;
use crate::storage::table::{
    Compression, FillCache, FilterChoice, PinBudget, TableBuilder, TableCache, TableContext,
    TableCounters, TableCursor, TableHandle, TableOptions, table_file_name,
};
use crate::vfs::{MemoryDisk, Vfs};

const ENTRIES: u64 = 1_000_000;

fn context(cache_bytes: usize) -> TableContext {
    TableContext {
        cache: Arc::new(BlockCache::new(cache_bytes, CachePolicy::default())),
        pins: PinBudget::new(64 << 20),
        counters: Arc::new(TableCounters::default()),
        filter: FilterChoice::default(),
    }
}

/// 16-byte keys that look random, and are sorted.
fn keys(seed: u64) -> Vec<[u8; 16]> {
    let mut keys: Vec<[u8; 16]> = (0..ENTRIES)
        .map(|n| {
            let mut key = [0; 16];
            key[..8].copy_from_slice(&hash64(&(n ^ seed).to_be_bytes()).to_be_bytes());
            key[8..].copy_from_slice(&n.to_be_bytes());
            key
        })
        .collect();
    keys.sort_unstable();
    keys
}

fn decimal_keys() -> Vec<[u8; 16]> {
    (0..ENTRIES)
        .map(|n| format!("{:016}", n * 2).into_bytes().try_into().unwrap())
        .collect()
}

/// Half of it can be pressed.
fn values() -> Vec<[u8; 100]> {
    let mut rng = Rng::from_seed(3);
    (0..1024)
        .map(|_| {
            let mut value = [0; 100];
            for byte in &mut value[..50] {
                *byte = rng.next_u64() as u8;
            }
            value
        })
        .collect()
}

fn per(what: &str, count: u64, start: Instant) {
    let ns = start.elapsed().as_nanos() as f64 / count as f64;
    println!("    {what:<34}{ns:8.1} ns");
}

/// Times `act` on each item: the tenth and the half of the runs of 2,000 that were fastest, since other work
/// on the machine only ever slows a run down.
fn each<T>(what: &str, items: &[T], mut act: impl FnMut(&T)) {
    let mut runs: Vec<f64> = items
        .chunks(2000)
        .map(|chunk| {
            let start = Instant::now();
            chunk.iter().for_each(&mut act);
            start.elapsed().as_nanos() as f64 / chunk.len() as f64
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    let (tenth, half) = (runs[runs.len() / 10], runs[runs.len() / 2]);
    println!("    {what:<34}{tenth:8.1} ns, half {half:8.1} ns");
}

fn build(
    keys: &[[u8; 16]],
    options: TableOptions,
    sequence: impl Fn(u64) -> u64,
) -> (Arc<TableHandle>, Arc<BlockCache>) {
    let values = values();
    let disk = MemoryDisk::new();
    let file = disk.open(&table_file_name(1)).unwrap();
    let start = Instant::now();
    let mut builder = TableBuilder::new(file, options);
    for (n, key) in keys.iter().enumerate() {
        builder
            .add(Entry {
                key,
                sequence: sequence(n as u64),
                kind: Kind::Put,
                deadline_ms: NEVER_MS,
                value: &values[n % 1024],
            })
            .unwrap();
    }
    let meta = builder.finish(1).unwrap();
    per("build, an entry", ENTRIES, start);
    println!(
        "    {:<34}{:8.1} bytes",
        "file, an entry",
        meta.bytes as f64 / ENTRIES as f64
    );
    let cache = TableCache::new(Arc::new(disk), context(512 << 20), 100);
    let start = Instant::now();
    let handle = cache.handle(Arc::new(meta));
    let pinned = handle.reader().unwrap().pinned_bytes();
    println!("    open {:?}, {pinned} bytes pinned", start.elapsed());
    (handle, Arc::clone(&cache.context().cache))
}

/// Where the data blocks are.
fn block_offsets(handle: &TableHandle) -> Vec<u64> {
    let reader = handle.reader().unwrap();
    let mut offsets = Vec::new();
    for number in 0..reader.top().unwrap().count() {
        let partition = reader.partition(number).unwrap();
        for index in 0..partition.count() {
            offsets.push(
                handle_at(&partition, index, reader.data_end)
                    .unwrap()
                    .offset,
            );
        }
    }
    offsets
}

fn read(
    (handle, reader_cache): (Arc<TableHandle>, Arc<BlockCache>),
    keys: &[[u8; 16]],
    absent: &[[u8; 16]],
) {
    let mut rng = Rng::from_seed(9);
    let scan = |fill: FillCache, what: &str| {
        let mut cursor = TableCursor::new(handle.reader_arc().unwrap(), fill);
        let mut sum = 0_u64;
        cursor.seek_first().unwrap();
        each(what, keys, |_| {
            let entry = cursor.entry().unwrap();
            sum = sum.wrapping_add(u64::from(entry.key[15]) + entry.value.len() as u64);
            cursor.next().unwrap();
        });
        assert!(sum > ENTRIES * 100);
    };
    scan(FillCache::No, "scan, nothing cached, no fill");
    scan(FillCache::Yes, "scan, nothing cached, fill");
    scan(FillCache::Yes, "scan, cached");
    scan(FillCache::Yes, "scan, cached");

    let picks: Vec<usize> = (0..ENTRIES).map(|_| rng.below(ENTRIES) as usize).collect();
    let picked: Vec<[u8; 16]> = picks.iter().map(|&pick| keys[pick]).collect();
    let missed: Vec<[u8; 16]> = picks.iter().map(|&pick| absent[pick]).collect();
    each("get, there", &picked, |key| {
        let reader = handle.reader().unwrap();
        let found = reader.get(key, hash64(key), SEQUENCE_MAX).unwrap();
        assert_eq!(found.unwrap().value.len(), 100);
    });

    let blocks = block_offsets(&handle);
    let asked: Vec<u64> = picks
        .iter()
        .map(|&pick| blocks[pick % blocks.len()])
        .collect();
    each("  of which the block cache", &asked, |&offset| {
        assert!(reader_cache.get(1, offset).unwrap().len() > 10);
    });
    each("  of which hash and filter", &picked, |key| {
        let reader = handle.reader().unwrap();
        assert!(reader.may_contain(hash64(key)));
    });
    each("get, not there", &missed, |key| {
        let reader = handle.reader().unwrap();
        assert!(
            reader
                .get(key, hash64(key), SEQUENCE_MAX)
                .unwrap()
                .is_none()
        );
    });
    let mut cursor = TableCursor::new(handle.reader_arc().unwrap(), FillCache::Yes);
    each("seek", &picked, |key| {
        cursor.seek(key, SEQUENCE_MAX).unwrap();
        assert!(cursor.entry().is_some());
    });
    each("seek and 10 next", &picked, |key| {
        cursor.seek(key, SEQUENCE_MAX).unwrap();
        for _ in 0..10 {
            if cursor.entry().is_some() {
                cursor.next().unwrap();
            }
        }
    });
    cursor.seek_last().unwrap();
    each("scan backwards, cached", keys, |_| {
        assert!(cursor.entry().is_some());
        cursor.prev().unwrap();
    });

    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (picks, handle) = (&picks, &handle);
            scope.spawn(move || {
                for at in 0..picks.len() {
                    let key = &keys[picks[(at + thread * 1000) % picks.len()]];
                    let reader = handle.reader().unwrap();
                    let found = reader.get(key, hash64(key), SEQUENCE_MAX).unwrap();
                    assert!(found.is_some());
                }
            });
        }
    });
    per("get, there, 2 threads, each", ENTRIES, start);
}

#[test]
#[ignore = "figures"]
fn figures() {
    let (random, decimal, absent) = (keys(0), decimal_keys(), keys(1 << 40));
    println!("random keys, no compression");
    let handle = build(&random, TableOptions::default(), |n| n * 7919 % ENTRIES);
    read(handle, &random, &absent);
    println!("decimal keys, no compression, sequences 0");
    let handle = build(&decimal, TableOptions::default(), |_| 0);
    read(handle, &decimal, &absent);
    println!("decimal keys, lz4");
    let options = TableOptions {
        compression: Compression::Lz4,
        ..TableOptions::default()
    };
    let handle = build(&decimal, options, |_| 0);
    read(handle, &decimal, &absent);
}

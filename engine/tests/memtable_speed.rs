//! What the memtable costs beside crossbeam's skip list: figures, not a test.
//!
//! `cargo test --release -p kvorum --test memtable_speed -- --ignored --nocapture`

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it fails by panicking, and times what it measures"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_skiplist::SkipMap;
use kvorum::base::hash::hash64;
use kvorum::storage::cursor::Cursor;
use kvorum::storage::entry::{Kind, NEVER_MS, SEQUENCE_MAX};
use kvorum::storage::memtable::Memtable;

const VALUE: [u8; 100] = [7; 100];

/// How the keys look: 16 bytes each.
#[derive(Clone, Copy, Debug)]
enum Keys {
    Decimal,
    Binary,
}

fn mix(number: u64) -> u64 {
    hash64(&number.to_le_bytes())
}

fn key(keys: Keys, number: u64) -> [u8; 16] {
    match keys {
        Keys::Decimal => format!("{number:016}").into_bytes().try_into().unwrap(),
        Keys::Binary => {
            let high = mix(number).to_be_bytes();
            let low = mix(!number).to_be_bytes();
            [high, low].concat().try_into().unwrap()
        }
    }
}

/// `count` numbers, each once, in random order.
fn shuffled(count: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..count).collect();
    numbers.sort_unstable_by_key(|number| mix(number ^ 0x5eed));
    numbers
}

fn show(what: &str, count: u64, since: Instant) {
    let nanos = since.elapsed().as_nanos() as f64 / count as f64;
    println!("{what:<34} {nanos:>8.0} ns");
}

fn fill(table: &Memtable, keys: &[[u8; 16]], first: u64) {
    for (at, key) in keys.iter().enumerate() {
        let sequence = first + at as u64;
        table
            .writer()
            .insert(key, hash64(key), sequence, Kind::Put, NEVER_MS, &VALUE);
    }
}

fn ours(keys_of: Keys, count: u64) {
    println!("-- memtable, {keys_of:?} keys, {count} entries");
    let started = Instant::now();
    for _ in 0..1000 {
        black_box(Memtable::new(64 << 20));
    }
    show("new and drop", 1000, started);
    let mut sequential: Vec<[u8; 16]> = (0..count).map(|number| key(keys_of, number)).collect();
    sequential.sort_unstable();
    let table = Memtable::new(64 << 20);
    let started = Instant::now();
    fill(&table, &sequential, 1);
    show("insert, sequential", count, started);
    drop(table);

    let order: Vec<[u8; 16]> = shuffled(count)
        .into_iter()
        .map(|number| key(keys_of, number))
        .collect();
    let table = Arc::new(Memtable::new(64 << 20));
    let started = Instant::now();
    fill(&table, &order, 1);
    show("insert, random", count, started);
    println!(
        "{:<34} {:>8.0} B",
        "bytes an entry",
        table.bytes() as f64 / count as f64
    );

    let mut gets = order.clone();
    gets.sort_unstable_by_key(|key| mix(hash64(key)));
    let started = Instant::now();
    for key in &gets {
        black_box(table.get(key, hash64(key), SEQUENCE_MAX)).unwrap();
    }
    show("get, hit, copied", count, started);
    let started = Instant::now();
    for key in &gets {
        black_box(table.get_with(key, hash64(key), SEQUENCE_MAX, |entry| entry.value[99])).unwrap();
    }
    show("get, hit, in place", count, started);
    let misses: Vec<[u8; 16]> = (count..count * 2)
        .map(|number| key(keys_of, number))
        .collect();
    let started = Instant::now();
    for key in &misses {
        assert!(black_box(table.get(key, hash64(key), SEQUENCE_MAX)).is_none());
    }
    show("get, miss", count, started);
    for round in 0..2 {
        let started = Instant::now();
        let mut cursor = table.cursor();
        cursor.seek_first().unwrap();
        let (mut seen, mut sum) = (0, 0_u64);
        while let Some(entry) = cursor.entry() {
            seen += 1;
            sum += u64::from(entry.key[15]) + u64::from(entry.value[99]);
            cursor.next().unwrap();
        }
        black_box(sum);
        assert_eq!(seen, count);
        show(&format!("cursor next, round {round}"), count, started);
    }
    let started = Instant::now();
    let mut cursor = table.cursor();
    cursor.seek_last().unwrap();
    let mut sum = 0;
    while let Some(entry) = cursor.entry() {
        sum += u64::from(entry.value[99]);
        cursor.prev().unwrap();
    }
    black_box(sum);
    show("cursor prev", count, started);
    let started = Instant::now();
    for key in gets.iter().take(100_000) {
        cursor.seek(key, SEQUENCE_MAX).unwrap();
        black_box(cursor.entry().unwrap().value[99]);
    }
    show("seek", 100_000, started);
    let started = Instant::now();
    for key in gets.iter().rev().take(100_000) {
        cursor.seek(key, SEQUENCE_MAX).unwrap();
        for _ in 0..10 {
            let Some(entry) = cursor.entry() else { break };
            black_box(entry.value[99]);
            cursor.next().unwrap();
        }
    }
    show("seek and 10 next", 100_000, started);
    let started = Instant::now();
    fill(&table, &gets, count + 1);
    show("overwrite", count, started);
    let started = Instant::now();
    for key in &order {
        black_box(table.get_with(key, hash64(key), SEQUENCE_MAX, |entry| entry.value[99])).unwrap();
    }
    show("get, hit of second version", count, started);
}

fn crossbeam(keys_of: Keys, count: u64) {
    println!("-- crossbeam-skiplist, {keys_of:?} keys, {count} entries");
    let mut sequential: Vec<[u8; 16]> = (0..count).map(|number| key(keys_of, number)).collect();
    sequential.sort_unstable();
    let list = SkipMap::new();
    let started = Instant::now();
    for key in &sequential {
        list.insert(*key, VALUE);
    }
    show("insert, sequential", count, started);
    drop(list);
    let order: Vec<[u8; 16]> = shuffled(count)
        .into_iter()
        .map(|number| key(keys_of, number))
        .collect();
    let list = SkipMap::new();
    let started = Instant::now();
    for key in &order {
        list.insert(*key, VALUE);
    }
    show("insert, random", count, started);
    let mut gets = order.clone();
    gets.sort_unstable_by_key(|key| mix(hash64(key)));
    let started = Instant::now();
    for key in &gets {
        black_box(list.get(key).unwrap().value()[99]);
    }
    show("get, hit, in place", count, started);
    let misses: Vec<[u8; 16]> = (count..count * 2)
        .map(|number| key(keys_of, number))
        .collect();
    let started = Instant::now();
    for key in &misses {
        assert!(list.get(key).is_none());
    }
    show("get, miss", count, started);
    let started = Instant::now();
    let mut sum = 0;
    for entry in &list {
        sum += u64::from(entry.value()[99]);
    }
    black_box(sum);
    show("cursor next", count, started);
    let started = Instant::now();
    for key in gets.iter().take(100_000) {
        black_box(
            list.lower_bound(std::ops::Bound::Included(key))
                .unwrap()
                .value()[99],
        );
    }
    show("seek", 100_000, started);
    let started = Instant::now();
    for key in &gets {
        list.insert(*key, VALUE);
    }
    show("overwrite", count, started);
}

#[test]
#[ignore = "prints figures"]
fn memtable_beside_crossbeam() {
    let count = std::env::var("ENTRIES").map_or(500_000, |text| text.parse().unwrap());
    for keys in [Keys::Decimal, Keys::Binary] {
        ours(keys, count);
        crossbeam(keys, count);
    }
}

//! What goes in comes out: by lookup, by scan either way, by seek.

use proptest::prelude::*;

use super::model::*;
use crate::base::rng::Rng;
use crate::seeded::cases;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{SEQUENCE_MAX, Sequence};
use crate::storage::table::{Compression, FillCache, TableCursor, TableOptions};

fn scans(cursor: &mut TableCursor, samples: &[Sample]) {
    cursor.seek_first().unwrap();
    for sample in samples {
        stands_on(cursor, Some(sample));
        cursor.next().unwrap();
    }
    stands_on(cursor, None);
    cursor.seek_last().unwrap();
    for sample in samples.iter().rev() {
        stands_on(cursor, Some(sample));
        cursor.prev().unwrap();
    }
    stands_on(cursor, None);
}

/// Seeks to the place, and to what lies before the key, and walks a little from there.
fn seeks(cursor: &mut TableCursor, samples: &[Sample], key: &[u8], sequence: Sequence) {
    let at = place(samples, key, sequence);
    cursor.seek(key, sequence).unwrap();
    stands_on(cursor, samples.get(at));
    if at < samples.len() {
        cursor.prev().unwrap();
        stands_on(cursor, at.checked_sub(1).map(|before| &samples[before]));
        cursor.seek(key, sequence).unwrap();
        cursor.next().unwrap();
        stands_on(cursor, samples.get(at + 1));
    }
    let first_of_key = place(samples, key, SEQUENCE_MAX);
    cursor.seek_before(key).unwrap();
    stands_on(
        cursor,
        first_of_key.checked_sub(1).map(|before| &samples[before]),
    );
    if first_of_key > 0 {
        cursor.next().unwrap();
        stands_on(cursor, samples.get(first_of_key));
    }
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn a_table_answers_as_the_sorted_entries_do(
        samples in samples(),
        setup in setups(),
        asked in prop::collection::vec((keys(), any::<prop::sample::Index>(), any::<Option<u8>>()), 40),
    ) {
        let table = table_of(&samples, &setup);
        table.verify(&mut |_| {}).unwrap();
        let mut cursor = TableCursor::new(table.clone(), setup.fill);
        scans(&mut cursor, &samples);
        for (key, index, back) in asked {
            let near = index.get(&samples);
            let sequence = match back {
                None => SEQUENCE_MAX,
                Some(back) => near.sequence.saturating_sub(u64::from(back) % 3),
            };
            for key in [&key, &near.key] {
                prop_assert_eq!(get(&table, key, sequence).unwrap(), found_in(&samples, key, sequence));
                seeks(&mut cursor, &samples, key, sequence);
            }
        }
        scans(&mut cursor, &samples);
    }

    #[test]
    fn any_walk_stands_where_the_model_does(
        samples in samples(),
        setup in setups(),
        seed in any::<u64>(),
    ) {
        let mut cursor = TableCursor::new(table_of(&samples, &setup), setup.fill);
        let mut rng = Rng::from_seed(seed);
        let mut at = None;
        for _ in 0..200 {
            at = match (at, rng.below(8)) {
                (Some(index), 0..=2) => {
                    cursor.next().unwrap();
                    (index + 1 < samples.len()).then_some(index + 1)
                }
                (Some(index), 3..=5) => {
                    cursor.prev().unwrap();
                    usize::checked_sub(index, 1)
                }
                _ => {
                    let index = rng.below(samples.len() as u64) as usize;
                    cursor.seek(&samples[index].key, samples[index].sequence).unwrap();
                    Some(index)
                }
            };
            stands_on(&cursor, at.map(|index| &samples[index]));
        }
    }
}

#[test]
fn versions_of_one_key_fill_many_blocks_and_partitions() {
    for keys in [&[b"k".as_slice()][..], &[b"a", b"k", b"k\0", b"z"]] {
        let mut samples = Vec::new();
        for key in keys {
            let versions = if *key == b"k" { 20_000 } else { 3 };
            for version in 0..versions {
                samples.push(Sample::put(
                    key,
                    version * 3,
                    format!("{version}").as_bytes(),
                ));
            }
        }
        let samples = sorted(samples);
        for pin_bytes in [0, 1 << 20] {
            let setup = Setup {
                pin_bytes,
                ..Setup::default()
            };
            let table = table_of(&samples, &setup);
            assert!(table.top().unwrap().count() > 2, "several partitions");
            table.verify(&mut |_| {}).unwrap();
            let mut cursor = TableCursor::new(table.clone(), FillCache::Yes);
            scans(&mut cursor, &samples);
            for snapshot in (0..61_000).step_by(97) {
                let found = get(&table, b"k", snapshot).unwrap();
                assert_eq!(found, found_in(&samples, b"k", snapshot));
                seeks(&mut cursor, &samples, b"k", snapshot);
            }
        }
    }
}

#[test]
fn large_values_come_back() {
    let mut rng = Rng::from_seed(4);
    let noise: Vec<u8> = (0..1 << 20).map(|_| rng.next_u64() as u8).collect();
    let samples: Vec<Sample> = (0..12_u8)
        .map(|n| match n % 3 {
            0 => Sample::put(&[n], 9, &noise),
            1 => Sample::put(&[n], 9, &vec![n; 1 << 20]),
            _ => Sample::put(&[n], 9, &[n]),
        })
        .collect();
    for compression in [Compression::None, Compression::Lz4] {
        for block_bytes in [4 << 10, 1 << 20] {
            let setup = Setup {
                options: TableOptions {
                    compression,
                    block_bytes,
                    ..TableOptions::default()
                },
                ..Setup::default()
            };
            let table = table_of(&samples, &setup);
            table.verify(&mut |_| {}).unwrap();
            scans(
                &mut TableCursor::new(table.clone(), FillCache::No),
                &samples,
            );
            for sample in &samples {
                let found = get(&table, &sample.key, SEQUENCE_MAX).unwrap();
                assert_eq!(found.unwrap().value, sample.value);
            }
        }
    }
}

#[test]
fn a_value_shares_the_memory_of_its_block() {
    let samples = [Sample::put(b"k", 1, b"value")];
    let table = table_of(&samples, &Setup::default());
    let one = get(&table, b"k", 1).unwrap().unwrap().value;
    let other = get(&table, b"k", 1).unwrap().unwrap().value;
    assert_eq!(one.as_ptr(), other.as_ptr());
}

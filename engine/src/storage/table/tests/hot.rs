//! Data blocks that are read past the cache's locks.

use std::sync::Arc;

use super::model::*;
use crate::storage::cursor::Cursor;
use crate::storage::entry::SEQUENCE_MAX;
use crate::storage::table::index::handle_at;
use crate::storage::table::{FillCache, TableContext, TableCursor, TableReader};

const KEYS: u32 = 2000;

fn table(setup: &Setup) -> (Vec<Sample>, TableContext, Arc<TableReader>) {
    let sample = |n: u32| Sample::put(format!("{n:06}").as_bytes(), u64::from(n) + 1, &[7; 20]);
    let samples: Vec<Sample> = (0..KEYS).map(sample).collect();
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let context = setup.context();
    let table = open(&bytes, Some(&meta), &context).unwrap();
    (samples, context, table)
}

fn look_up(table: &TableReader, sample: &Sample) {
    let found = get(table, &sample.key, SEQUENCE_MAX).unwrap().unwrap();
    assert_eq!(
        (found.sequence, &found.value[..]),
        (sample.sequence, &sample.value[..])
    );
}

fn scan(table: &Arc<TableReader>, fill: FillCache) -> usize {
    let mut cursor = TableCursor::new(Arc::clone(table), fill);
    cursor.seek_first().unwrap();
    let mut count = 0;
    while cursor.entry().is_some() {
        count += 1;
        cursor.next().unwrap();
    }
    count
}

/// How many data blocks are hot; each must be in the cache.
fn hot_blocks(table: &TableReader, context: &TableContext) -> usize {
    let mut hot = 0;
    for partition in 0..table.top().unwrap().count() {
        let block = table.partition(partition).unwrap();
        for index in 0..block.count() {
            if table.is_hot(partition, index) {
                let handle = handle_at(&block, index, table.data_end);
                assert!(context.cache.holds(ID, handle.unwrap().offset));
                hot += 1;
            }
        }
    }
    hot
}

#[test]
fn a_block_is_hot_from_its_second_read_on_and_every_read_counts() {
    let (samples, context, table) = table(&Setup::default());
    let sample = &samples[700];
    for (hits, hot) in [(0, 0), (1, 1), (2, 1), (3, 1)] {
        look_up(&table, sample);
        let stats = context.cache.stats();
        assert_eq!((stats.hits, stats.misses), (hits, 1));
        assert_eq!(hot_blocks(&table, &context), hot);
    }
    assert_eq!(context.counters.counts().blocks_read, 1);
    let mut cursor = TableCursor::new(Arc::clone(&table), FillCache::Yes);
    cursor.seek(&sample.key, SEQUENCE_MAX).unwrap();
    stands_on(&cursor, Some(sample));
    assert_eq!(context.cache.stats().hits, 4);
}

#[test]
fn a_scan_that_leaves_the_cache_alone_uses_hot_blocks_and_makes_none() {
    let (_, context, table) = table(&Setup::default());
    assert_eq!(scan(&table, FillCache::Yes), KEYS as usize);
    for _ in 0..2 {
        assert_eq!(scan(&table, FillCache::No), KEYS as usize);
        assert_eq!(hot_blocks(&table, &context), 0);
    }
    assert_eq!(scan(&table, FillCache::Yes), KEYS as usize);
    let blocks = context.cache.stats().blocks;
    assert_eq!(hot_blocks(&table, &context) as u64, blocks);
    let (reads, hits) = (context.counters.counts(), context.cache.stats().hits);
    assert_eq!(scan(&table, FillCache::No), KEYS as usize);
    assert_eq!(context.counters.counts(), reads, "nothing is read");
    assert_eq!(context.cache.stats().hits, hits + blocks);
}

#[test]
fn without_a_cache_or_pinned_partitions_nothing_is_hot() {
    let bare = [(0, 1 << 20), (8 << 20, 0)];
    for (cache_bytes, pin_bytes) in bare {
        let setup = Setup {
            cache_bytes,
            pin_bytes,
            ..Setup::default()
        };
        let (samples, context, table) = table(&setup);
        for _ in 0..3 {
            assert_eq!(scan(&table, FillCache::Yes), KEYS as usize);
            look_up(&table, &samples[3]);
        }
        assert_eq!(hot_blocks(&table, &context), 0);
        assert_eq!(context.cache.stats().blocks == 0, cache_bytes == 0);
    }
}

#[test]
fn a_table_larger_than_the_cache_has_no_more_hot_than_cached_blocks() {
    let setup = Setup {
        cache_bytes: 20_000,
        ..Setup::default()
    };
    let (samples, context, table) = table(&setup);
    for step in 0..20_000_usize {
        // Some keys are asked for again and again, others come by.
        let at = if step % 3 == 0 {
            step * 37
        } else {
            step % 5 * 300
        };
        let sample = &samples[at % samples.len()];
        look_up(&table, sample);
        if step % 500 == 0 {
            let hot = hot_blocks(&table, &context) as u64;
            assert!(hot <= context.cache.stats().blocks);
            assert!(context.cache.stats().bytes <= 20_000);
        }
    }
    assert!(hot_blocks(&table, &context) >= 5, "the popular ones");
    let reads = context.counters.counts().blocks_read;
    for step in 0..5 {
        look_up(&table, &samples[step * 300]);
    }
    assert_eq!(context.counters.counts().blocks_read, reads);
}

#[test]
fn a_table_that_is_opened_again_makes_its_blocks_hot_again() {
    let (samples, context, first) = table(&Setup::default());
    let reads = |context: &TableContext| context.counters.counts().blocks_read;
    let (bytes, meta) = file_of(&samples, &[], &Setup::default().options);
    for _ in 0..2 {
        scan(&first, FillCache::Yes);
    }
    let blocks = hot_blocks(&first, &context);
    assert!(blocks > 10);
    let second = open(&bytes, Some(&meta), &context).unwrap();
    scan(&second, FillCache::Yes);
    assert_eq!(hot_blocks(&second, &context), blocks);
    assert_eq!(
        hot_blocks(&first, &context),
        0,
        "a block is hot in one place"
    );
    let read = reads(&context);
    scan(&first, FillCache::Yes);
    drop(first);
    scan(&second, FillCache::Yes);
    assert_eq!(hot_blocks(&second, &context), blocks);
    assert_eq!(reads(&context), read);
}

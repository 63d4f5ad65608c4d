use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::seeded::cases;

fn block(file: u64, offset: u64, len: usize) -> Bytes {
    Bytes::from(vec![(file ^ offset) as u8; len])
}

fn policies() -> impl Strategy<Value = CachePolicy> {
    prop::sample::select(vec![
        CachePolicy::S3Fifo,
        CachePolicy::Lru,
        CachePolicy::Clock,
        CachePolicy::TinyLfu,
    ])
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn what_is_found_is_what_was_kept_and_the_bytes_stay_in_bounds(
        capacity in 0_usize..60_000,
        policy in policies(),
        operations in prop::collection::vec((0_u64..4, 0_u64..40, 0_usize..3000, any::<bool>()), 1..600),
    ) {
        let cache = BlockCache::new(capacity, policy);
        let mut kept = BTreeMap::new();
        for (file, offset, len, insert) in operations {
            if insert {
                let bytes = block(file, offset, len);
                kept.entry((file, offset)).or_insert_with(Vec::new).push(bytes.clone());
                cache.insert(file, offset, bytes);
            } else if let Some(found) = cache.get(file, offset) {
                prop_assert!(kept[&(file, offset)].contains(&found));
            }
            let stats = cache.stats();
            prop_assert!(stats.bytes <= capacity as u64);
            prop_assert_eq!(stats.blocks, stats.inserts - stats.evictions);
        }
    }
}

#[test]
fn with_room_for_all_nothing_is_lost() {
    let cache = BlockCache::new(64 << 20, CachePolicy::default());
    for offset in 0..5000 {
        cache.insert(offset % 7, offset * 4096, block(offset % 7, offset, 100));
    }
    for offset in 0..5000 {
        let found = cache.get(offset % 7, offset * 4096);
        assert_eq!(found, Some(block(offset % 7, offset, 100)));
    }
    assert_eq!(cache.stats().evictions, 0);
    assert_eq!((cache.stats().hits, cache.stats().misses), (5000, 0));
}

#[test]
fn capacity_zero_keeps_nothing() {
    let cache = BlockCache::new(0, CachePolicy::default());
    cache.insert(1, 0, Bytes::new());
    cache.insert(1, 1, block(1, 1, 10));
    assert_eq!(cache.get(1, 0), None);
    assert_eq!(cache.get(1, 1), None);
    assert_eq!(cache.stats().bytes, 0);
}

#[test]
fn what_is_used_outlives_what_is_not() {
    let cache = BlockCache::new(100 << 10, CachePolicy::default());
    for offset in 0..10 {
        cache.insert(1, offset, block(1, offset, 1000));
    }
    for round in 0..2000 {
        for offset in 0..10 {
            assert!(cache.get(1, offset).is_some(), "round {round}");
        }
        cache.insert(2, round, block(2, round, 1000));
    }
}

#[test]
fn two_threads_share_it() {
    let cache = Arc::new(BlockCache::new(1 << 20, CachePolicy::default()));
    std::thread::scope(|scope| {
        for thread in 0..2_u64 {
            let cache = Arc::clone(&cache);
            scope.spawn(move || {
                for step in 0..20_000_u64 {
                    let offset = (step * 31 + thread) % 500;
                    match cache.get(1, offset) {
                        Some(found) => assert_eq!(found, block(1, offset, 4000)),
                        None => cache.insert(1, offset, block(1, offset, 4000)),
                    }
                }
            });
        }
    });
    let stats = cache.stats();
    assert!(stats.bytes <= 1 << 20);
    assert_eq!(stats.hits + stats.misses, 40_000);
}

#[test]
fn a_packed_block_has_the_same_bytes() {
    for len in (0..20_000).step_by(97).chain([511, 512, 513, 8704, 8705]) {
        let bytes = block(3, len as u64, len);
        assert_eq!(packed(&bytes), bytes);
    }
}

/// A table of 40 blocks, as its reader sees them.
struct Reader {
    file: FileId,
    hot: Arc<HotSlots<Bytes>>,
}

const BLOCKS: u32 = 40;

impl Reader {
    fn open(file: FileId) -> Self {
        let hot = Arc::new(HotSlots::new(BLOCKS as usize));
        Self { file, hot }
    }

    /// By the hot slot, else by the cache.
    fn get(&self, cache: &BlockCache, number: u32) -> Option<Arc<Bytes>> {
        if let Some(guard) = self.hot.load(number, true) {
            cache.count_hot_hit();
            return Arc::clone(guard.as_ref().unwrap()).into();
        }
        let place = (&self.hot, number);
        let found = cache.get_hot(self.file, u64::from(number), place, Ok);
        found.map(|block| block.unwrap())
    }

    fn get_or_insert(&self, cache: &BlockCache, number: u32, len: usize) -> Arc<Bytes> {
        self.get(cache, number).unwrap_or_else(|| {
            let bytes = block(self.file, u64::from(number), len);
            cache.insert(self.file, u64::from(number), bytes.clone());
            Arc::new(bytes)
        })
    }

    /// The blocks that are hot.
    fn numbers(&self) -> Vec<u32> {
        let is_hot = |number: &u32| self.hot.load(*number, false).is_some();
        (0..BLOCKS).filter(is_hot).collect()
    }

    fn assert_all_cached(&self, cache: &BlockCache) {
        for number in self.numbers() {
            assert!(cache.holds(self.file, u64::from(number)), "block {number}");
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_is_hot_is_cached(
        capacity in 0_usize..60_000,
        policy in policies(),
        operations in prop::collection::vec((0_usize..3, 0_u32..BLOCKS, 1_usize..3000, 0_u8..40), 1..600),
    ) {
        let cache = BlockCache::new(capacity, policy);
        let mut readers: Vec<Reader> = (0..3).map(Reader::open).collect();
        // Another reader of the same table, as after it was closed while a cursor kept it.
        readers.push(Reader::open(0));
        let mut reads = 0;
        for (file, number, len, what) in operations {
            match what {
                0 => readers[file] = Reader::open(file as FileId),
                1..4 => {
                    readers[3].get(&cache, number);
                    reads += 1;
                }
                _ => {
                    let found = readers[file].get_or_insert(&cache, number, len);
                    prop_assert!(found.iter().all(|&byte| byte == (file as u8 ^ number as u8)));
                    reads += 1;
                }
            }
            for reader in &readers {
                reader.assert_all_cached(&cache);
            }
            let stats = cache.stats();
            prop_assert!(stats.bytes <= capacity as u64);
            prop_assert_eq!(stats.hits + stats.misses, reads);
            let hot: usize = readers.iter().map(|reader| reader.numbers().len()).sum();
            prop_assert!(hot as u64 <= stats.blocks, "a block is hot in one place at most");
        }
    }

    #[test]
    fn what_is_touched_outlives_what_is_not(policy in policies()) {
        let cache = BlockCache::new(100 << 10, policy);
        let reader = Reader::open(1);
        for round in 0..3 {
            for number in 0..10 {
                reader.get_or_insert(&cache, number, 1000);
            }
            prop_assert_eq!(reader.numbers().len(), if round == 0 { 0 } else { 10 });
        }
        // No lookup reaches the policy any more but by the touches.
        for round in 0..2000 {
            for number in 0..10 {
                prop_assert!(reader.hot.load(number, true).is_some(), "round {}", round);
            }
            cache.insert(2, round, block(2, round, 1000));
        }
        for round in 2000..8000 {
            cache.insert(2, round, block(2, round, 1000));
            let _twice = [cache.get(2, round), cache.get(2, round)];
        }
        // W-TinyLFU protects them as long as newcomers fight among themselves.
        if policy != CachePolicy::TinyLfu {
            prop_assert_eq!(reader.numbers(), Vec::<u32>::new(), "untouched they go");
        }
    }
}

#[test]
fn a_block_that_does_not_parse_is_not_hot() {
    let cache = BlockCache::new(1 << 20, CachePolicy::default());
    let reader = Reader::open(1);
    cache.insert(1, 0, block(1, 0, 10));
    let parse = |_: Bytes| Err(crate::Error::corruption("no block"));
    assert!(
        cache
            .get_hot(1, 0, (&reader.hot, 0), parse)
            .unwrap()
            .is_err()
    );
    assert_eq!(reader.numbers(), Vec::<u32>::new());
    assert!(cache.get_hot(1, 1, (&reader.hot, 1), Ok).is_none());
}

#[test]
fn threads_that_touch_while_others_evict_keep_hot_blocks_cached() {
    let cache = BlockCache::new(30_000, CachePolicy::default());
    let readers: Vec<Reader> = (0..2).map(Reader::open).collect();
    std::thread::scope(|scope| {
        for thread in 0..3_u32 {
            let (cache, readers) = (&cache, &readers);
            scope.spawn(move || {
                for step in 0..20_000_u32 {
                    let reader = &readers[(step / 7 % 2) as usize];
                    let number = (step.wrapping_mul(31 + thread) + step / 100) % BLOCKS;
                    let found = reader.get_or_insert(cache, number, 1000);
                    assert_eq!(found[0], reader.file as u8 ^ number as u8);
                }
            });
        }
    });
    readers
        .iter()
        .for_each(|reader| reader.assert_all_cached(&cache));
    let stats = cache.stats();
    assert!(stats.bytes <= 30_000 && stats.evictions > 0);
    assert_eq!(stats.hits + stats.misses, 60_000);
}

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

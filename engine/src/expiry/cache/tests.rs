//! The cache against a map with a clock, and its books against a recount.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Error;
use crate::expiry::{NEVER_MS, Slot};

fn cache(policy: MaxmemoryPolicy, budget_bytes: u64, way: ActiveExpiry) -> ByteCache {
    let config = CacheConfig {
        budget_bytes,
        policy,
        active_expiry: way,
        ..CacheConfig::default()
    };
    ByteCache::new(config).unwrap()
}

#[derive(Clone, Debug)]
enum Op {
    Put {
        key: u8,
        value_bytes: usize,
        ttl_ms: Option<u64>,
    },
    Get(u8),
    Delete(u8),
    ExpireAt(u8, u64),
    Sweep(usize),
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let ttl = prop::option::of(0..200_u64);
    prop_oneof![
        6 => (0..40_u8, 0..400_usize, ttl).prop_map(|(key, value_bytes, ttl_ms)| Op::Put { key, value_bytes, ttl_ms }),
        6 => (0..40_u8).prop_map(Op::Get),
        1 => (0..40_u8).prop_map(Op::Delete),
        1 => (0..40_u8, 0..200_u64).prop_map(|(key, ttl_ms)| Op::ExpireAt(key, ttl_ms)),
        1 => (0..30_usize).prop_map(Op::Sweep),
        2 => (0..60_u64).prop_map(Op::Wait),
    ]
}

fn way() -> impl Strategy<Value = ActiveExpiry> {
    prop_oneof![Just(ActiveExpiry::Wheel), Just(ActiveExpiry::Sampling)]
}

/// What each key was last given: a cache may lose it, but never shows anything else.
type Model = BTreeMap<u8, (Vec<u8>, u64)>;

fn live(model: &Model, key: u8, now_ms: u64) -> Option<&[u8]> {
    let (value, deadline_ms) = model.get(&key)?;
    (*deadline_ms > now_ms).then_some(value.as_slice())
}

/// Every book agrees with a recount of the entries.
fn recount(cache: &ByteCache) {
    let mut bytes = 0;
    let mut volatile_bytes = 0;
    let mut entries = 0;
    for slot in (0..10_000).filter(|slot| cache.entries.holds(*slot)) {
        let item = cache.entries.get(slot).item();
        bytes += u64::from(item.weight_bytes);
        entries += 1;
        if item.deadline_ms != NEVER_MS {
            volatile_bytes += u64::from(item.weight_bytes);
        }
    }
    assert_eq!((cache.bytes, cache.volatile_bytes), (bytes, volatile_bytes));
    assert_eq!(cache.entries.len(), entries);
    assert!(cache.bytes <= cache.budget_bytes(), "over budget");
}

fn apply(cache: &mut ByteCache, model: &mut Model, op: &Op, now_ms: &mut u64, stamp: usize) {
    match *op {
        Op::Put {
            key,
            value_bytes,
            ttl_ms,
        } => {
            let mut value = stamp.to_be_bytes().to_vec();
            value.resize(8 + value_bytes, key);
            let deadline_ms = ttl_ms.map_or(NEVER_MS, |ttl_ms| *now_ms + ttl_ms);
            let before = cache.get(&[key], *now_ms).map(<[u8]>::to_vec);
            match cache.put(&[key], &value, deadline_ms, *now_ms) {
                Ok(Stored::New | Stored::Replaced) => {
                    model.insert(key, (value.clone(), deadline_ms));
                    assert_eq!(cache.get(&[key], *now_ms), Some(value.as_slice()));
                    assert_eq!(cache.deadline_ms(&[key], *now_ms), Some(deadline_ms));
                }
                Ok(Stored::Refused | Stored::Expired) => {
                    model.remove(&key);
                    assert_eq!(cache.get(&[key], *now_ms), None);
                }
                Err(Error::Overloaded { .. }) => {
                    assert_eq!(cache.get(&[key], *now_ms).map(<[u8]>::to_vec), before);
                }
                Err(error) => panic!("{error}"),
            }
        }
        Op::Get(key) => {
            let expected = live(model, key, *now_ms);
            let found = cache.get(&[key], *now_ms);
            assert!(
                found.is_none() || found == expected,
                "{found:?} {expected:?}"
            );
        }
        Op::Delete(key) => {
            cache.delete(&[key], *now_ms);
            model.remove(&key);
            assert_eq!(cache.get(&[key], *now_ms), None);
        }
        Op::ExpireAt(key, ttl_ms) => {
            let deadline_ms = *now_ms + ttl_ms;
            let there = cache.expire_at(&[key], deadline_ms, *now_ms);
            if let Some(entry) = model.get_mut(&key).filter(|_| there) {
                entry.1 = deadline_ms;
            }
        }
        Op::Sweep(entries_max) => {
            let sweep = cache.expire_due(*now_ms, entries_max);
            assert!(sweep.expired <= sweep.examined && sweep.examined <= entries_max);
        }
        Op::Wait(ms) => *now_ms += ms,
    }
}

proptest! {
    #![proptest_config(crate::seeded::cases(300))]

    #[test]
    fn a_cache_shows_the_last_live_value_or_none(
        policy in prop::sample::select(&MaxmemoryPolicy::ALL[..]),
        way in way(),
        budget_bytes in 600..6_000_u64,
        ops in prop::collection::vec(op(), 1..250),
    ) {
        let mut cache = cache(policy, budget_bytes, way);
        let (mut model, mut now_ms) = (Model::new(), 0);
        for (stamp, op) in ops.iter().enumerate() {
            apply(&mut cache, &mut model, op, &mut now_ms, stamp);
            recount(&cache);
            let expected = cache.policy.as_ref().map(|policy| policy.len());
            if policy.scope() == Some(Scope::All) {
                prop_assert_eq!(expected, Some(cache.entries.len()));
            }
        }
    }

    #[test]
    fn a_cache_with_room_is_a_map(way in way(), ops in prop::collection::vec(op(), 1..250)) {
        let mut cache = cache(MaxmemoryPolicy::AllKeysWTinyLfu, 1 << 20, way);
        let (mut model, mut now_ms) = (Model::new(), 0);
        for (stamp, op) in ops.iter().enumerate() {
            apply(&mut cache, &mut model, op, &mut now_ms, stamp);
            for key in 0..40 {
                prop_assert_eq!(cache.deadline_ms(&[key], now_ms).is_some(), live(&model, key, now_ms).is_some());
            }
        }
        let stats = cache.stats();
        prop_assert_eq!(stats.evictions + stats.refused, 0);
        if way == ActiveExpiry::Wheel {
            cache.expire_due(now_ms, usize::MAX);
            let alive = (0..40).filter(|key| live(&model, *key, now_ms).is_some()).count();
            prop_assert_eq!(cache.stats().entries, alive as u64, "the wheel leaves nothing that is due");
        }
    }
}

#[test]
fn noeviction_says_what_to_do() {
    let mut cache = cache(MaxmemoryPolicy::NoEviction, 1_200, ActiveExpiry::Wheel);
    let mut stored = 0_u8;
    let error = loop {
        match cache.put(&[stored], b"value", NEVER_MS, 0) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(stored, 7);
    assert_eq!(
        error.to_string(),
        "overloaded: the write would put the cache 128 bytes over its budget of 1200 bytes, and noeviction keeps \
         every entry: delete keys, give keys a deadline, raise the budget, or choose a policy such as allkeys-lru"
    );
    assert_eq!(cache.stats().entries, 7);
    assert!(
        cache.put(&[0], b"other", NEVER_MS, 0).is_ok(),
        "as large as before"
    );
    assert!(cache.delete(&[1], 0));
    assert!(cache.put(&[stored], b"value", NEVER_MS, 0).is_ok());
}

#[test]
fn a_volatile_policy_keeps_what_has_no_deadline() {
    let mut cache = cache(MaxmemoryPolicy::VolatileLru, 1_200, ActiveExpiry::Wheel);
    for key in 0..5 {
        cache.put(&[key], b"value", NEVER_MS, 0).unwrap();
    }
    for key in 5..30 {
        cache.put(&[key], b"value", 1_000, 0).unwrap();
    }
    assert_eq!(cache.stats().evictions, 23);
    for key in 0..5 {
        assert!(cache.get(&[key], 0).is_some(), "key {key} has no deadline");
    }
    let before = cache.stats();
    let wanted = cache.put(&[30], &[0; 300], NEVER_MS, 0);
    assert!(matches!(wanted, Err(Error::Overloaded { .. })));
    assert_eq!(
        cache.stats(),
        before,
        "an overloaded put leaves the cache as it was"
    );
}

#[test]
fn volatile_ttl_takes_the_nearest_deadline() {
    let mut cache = cache(MaxmemoryPolicy::VolatileTtl, 1_700, ActiveExpiry::Wheel);
    for key in 0..10_u8 {
        let deadline_ms = 1_000 + u64::from(key);
        cache.put(&[key], b"value", deadline_ms, 0).unwrap();
    }
    for key in 10..14 {
        cache.put(&[key], b"value", 9_000, 0).unwrap();
    }
    let left: Vec<u8> = (0..14)
        .filter(|key| cache.get(&[*key], 0).is_some())
        .collect();
    assert_eq!(left.len(), 10);
    assert!(left.ends_with(&[10, 11, 12, 13]), "{left:?}");
    let early = left.iter().filter(|key| **key < 4).count();
    assert!(early <= 1, "{left:?}");
}

#[test]
fn what_is_due_goes_before_anything_is_evicted() {
    let mut cache = cache(MaxmemoryPolicy::AllKeysLru, 1_200, ActiveExpiry::Wheel);
    for key in 0..7 {
        let deadline_ms = if key < 3 { 10 } else { NEVER_MS };
        cache.put(&[key], b"value", deadline_ms, 0).unwrap();
    }
    for key in 7..10 {
        cache.put(&[key], b"value", NEVER_MS, 10).unwrap();
    }
    let stats = cache.stats();
    assert_eq!((stats.expired_actively, stats.evictions), (3, 0));
}

#[test]
fn a_plain_put_clears_the_deadline() {
    let mut cache = ByteCache::new(CacheConfig::default()).unwrap();
    cache.put(b"k", b"1", 100, 0).unwrap();
    assert_eq!(cache.put(b"k", b"2", NEVER_MS, 50), Ok(Stored::Replaced));
    assert_eq!(cache.get(b"k", 1_000_000), Some(b"2".as_slice()));
    assert_eq!(cache.put(b"k", b"3", 50, 50), Ok(Stored::Expired));
    assert_eq!(cache.get(b"k", 50), None);
}

#[test]
fn what_cannot_fit_is_too_large() {
    let mut small = cache(MaxmemoryPolicy::AllKeysLru, 300, ActiveExpiry::Wheel);
    small.put(b"k", b"v", NEVER_MS, 0).unwrap();
    let refused = small.put(b"big", &[0; 200], NEVER_MS, 0);
    assert_eq!(
        refused,
        Err(Error::TooLarge {
            what: "a cache entry with its overhead",
            actual: 363,
            limit: 300
        })
    );
    assert_eq!(small.get(b"k", 0), Some(b"v".as_slice()));
    let key = vec![0; 2_000];
    let refused = ByteCache::new(CacheConfig::default())
        .unwrap()
        .put(&key, b"", NEVER_MS, 0);
    assert!(matches!(
        refused,
        Err(Error::TooLarge { what: "a key", .. })
    ));
}

#[test]
fn a_config_out_of_its_limits_is_refused() {
    let usual = CacheConfig::default();
    for config in [
        CacheConfig {
            budget_bytes: 159,
            ..usual
        },
        CacheConfig {
            budget_bytes: u64::MAX,
            ..usual
        },
        CacheConfig {
            samples: 0,
            ..usual
        },
        CacheConfig {
            samples: 65,
            ..usual
        },
    ] {
        let error = ByteCache::new(config).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument { .. }), "{error}");
    }
}

/// A policy that names whatever it was told to, as one written in another language might.
#[derive(Debug)]
struct Stubborn(Option<Slot>);

impl EvictionPolicy for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }
    fn on_insert(&mut self, _slot: Slot, _item: Item, _now_ms: u64) {}
    fn on_hit(&mut self, _slot: Slot, _now_ms: u64) {}
    fn on_update(&mut self, _slot: Slot, _item: Item, _now_ms: u64) {}
    fn on_remove(&mut self, _slot: Slot) {}
    fn victim(&mut self, _incoming: Item, _now_ms: u64) -> Option<Slot> {
        self.0
    }
    fn len(&self) -> usize {
        0
    }
}

#[test]
fn a_foreign_policy_cannot_break_the_cache() {
    for (named, code) in [
        (Some(77), crate::Code::InvalidArgument),
        (None, crate::Code::Overloaded),
    ] {
        let config = CacheConfig {
            budget_bytes: 400,
            ..CacheConfig::default()
        };
        let mut cache = ByteCache::with_policy(config, Box::new(Stubborn(named))).unwrap();
        cache.put(b"a", b"1", NEVER_MS, 0).unwrap();
        cache.put(b"b", b"2", NEVER_MS, 0).unwrap();
        let error = cache.put(b"c", b"3", NEVER_MS, 0).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        recount(&cache);
    }
}

#[test]
fn policy_names_are_parsed_as_they_are_printed() {
    for policy in MaxmemoryPolicy::ALL {
        assert_eq!(policy.to_string().parse(), Ok(policy));
    }
    let error = "allkeys-mru".parse::<MaxmemoryPolicy>().unwrap_err();
    assert!(error.to_string().contains("volatile-ttl"), "{error}");
}

/// 50,000 keys that live a second beside 50,000 that live an hour; nobody reads.
fn half_stale(way: ActiveExpiry, seed: u64) -> ByteCache {
    let mut cache = ByteCache::new(CacheConfig {
        policy: MaxmemoryPolicy::NoEviction,
        active_expiry: way,
        seed,
        ..CacheConfig::default()
    })
    .unwrap();
    for key in 0..100_000_u32 {
        let deadline_ms = if key % 2 == 0 { 1_000 } else { 3_600_000 };
        cache.put(&key.to_be_bytes(), b"", deadline_ms, 0).unwrap();
    }
    cache
}

/// Lesson 9's figures: about 39k left at the first pause, 27k after 10 cycles, 19k after 50.
#[test]
fn sampling_pauses_long_before_a_tenth_is_stale() {
    let mut sums = [0.0; 3];
    for seed in 0..8 {
        let mut cache = half_stale(ActiveExpiry::Sampling, seed);
        for cycle in 1..=50 {
            assert!(cache.expire_due(2_000, usize::MAX).is_idle);
            let left = (cache.stats().entries - 50_000) as f64;
            match cycle {
                1 => sums[0] += left / 8.0,
                10 => sums[1] += left / 8.0,
                50 => sums[2] += left / 8.0,
                _ => {}
            }
        }
        assert_eq!(cache.get(&0_u32.to_be_bytes(), 2_000), None);
    }
    for (mean, expected) in sums.into_iter().zip([39_000.0, 27_000.0, 19_000.0]) {
        assert!((mean - expected).abs() < expected * 0.1, "{sums:?}");
    }
}

#[test]
fn the_wheel_reclaims_all_of_them_within_its_budget() {
    let mut cache = half_stale(ActiveExpiry::Wheel, 0);
    let sweep = cache.expire_due(999, usize::MAX);
    assert_eq!((sweep.expired, sweep.is_idle), (0, true));
    for _ in 0..5 {
        assert_eq!(
            cache.expire_due(1_000, EXPIRE_ENTRIES_USUAL).expired,
            10_000
        );
    }
    assert!(cache.expire_due(1_000, EXPIRE_ENTRIES_USUAL).is_idle);
    assert_eq!(cache.stats().entries, 50_000);
}

//! The figures of lesson 9: what each policy keeps of a hot set, and what sampling leaves of the expired.
//!
//! `cargo run --release -p kvorum --example eviction`

use kvorum::Result;
use kvorum::base::rng::Rng;
use kvorum::expiry::cache::{ActiveExpiry, ByteCache, CacheConfig, MaxmemoryPolicy};
use kvorum::expiry::policy::{
    Clock, DECAY_MINUTES_USUAL, EvictionPolicy, Fifo, IdleTime, LOG_FACTOR_USUAL, LogCounter, Lru,
    Random, S3Fifo, Sampled, Scope, TinyLfu, WTinyLfu,
};
use kvorum::expiry::trace::{Replay, Zipf};

/// Entries that the cache holds.
const CAPACITY: u32 = 5_000;
/// Keys of the Zipf part of the trace.
const KEYS: u32 = 50_000;
const EXPONENT: f64 = 0.9;
const ACCESSES: usize = 500_000;
const SEED: u64 = 9;

/// The share of accesses that are scans, in the second trace.
const SCAN_SHARE: f64 = 0.3;
/// The hottest keys that are looked for before and after a scan.
const HOT: u64 = 1_000;
/// After which cycles of active expiry the rest is counted.
const CYCLES_SHOWN: [u32; 4] = [1, 10, 50, 200];
const SEEDS: u64 = 20;

/// Where the keys of a scan begin: none of them is a Zipf key.
const SCAN_START: u64 = 1 << 40;

fn policies() -> Vec<(&'static str, Box<dyn EvictionPolicy>)> {
    let rng = || Rng::from_seed(SEED);
    let capacity = u64::from(CAPACITY);
    let sampled_lru = |samples| {
        let clock = IdleTime::with_tick(1);
        Box::new(Sampled::new(clock, Scope::All, samples, rng()))
    };
    let counter = LogCounter::new(LOG_FACTOR_USUAL, DECAY_MINUTES_USUAL, rng());
    vec![
        ("random", Box::new(Random::new(Scope::All, rng()))),
        ("fifo", Box::new(Fifo::default())),
        ("lru", Box::new(Lru::default())),
        ("sampled lru, 3", sampled_lru(3)),
        ("sampled lru, 5", sampled_lru(5)),
        ("sampled lru, 10", sampled_lru(10)),
        (
            "sampled lfu, 5",
            Box::new(Sampled::new(counter, Scope::All, 5, rng())),
        ),
        ("clock", Box::new(Clock::default())),
        ("s3-fifo", Box::new(S3Fifo::new(capacity))),
        ("lru + tinylfu", Box::new(TinyLfu::new(Lru::default()))),
        ("w-tinylfu", Box::new(WTinyLfu::new(capacity))),
    ]
}

/// Zipf draws, among them keys that never come back: `scan_share` of all.
fn accesses(zipf: &Zipf, scan_share: f64, seed: u64) -> Vec<u64> {
    let mut rng = Rng::from_seed(seed);
    let mut next_scan = SCAN_START * 2;
    let mut draw = || {
        if rng.chance(scan_share) {
            next_scan += 1;
            return next_scan;
        }
        zipf.draw(&mut rng)
    };
    (0..2 * ACCESSES).map(|_| draw()).collect()
}

fn hit_ratios() {
    println!(
        "{CAPACITY} of {KEYS} keys, Zipf {EXPONENT}: hits of {ACCESSES} accesses after as many to warm up, without \
         and with {:.0}%\nof keys that never come back. Then a scan of twice the cache: which of the {HOT} hottest \
         keys are held before and after?\n",
        100.0 * SCAN_SHARE
    );
    println!("policy            zipf  with scans  hot before  hot after");
    let zipf = Zipf::new(KEYS, EXPONENT);
    let plain = accesses(&zipf, 0.0, SEED);
    let mixed = accesses(&zipf, SCAN_SHARE, SEED + 1);
    for ((name, policy), (_, policy_mixed)) in policies().into_iter().zip(policies()) {
        let mut cache = Replay::new(CAPACITY, policy);
        let steady = steady_ratio(&mut cache, &plain);
        let before = hot_share(&cache);
        let scan = SCAN_START..SCAN_START + 2 * u64::from(CAPACITY);
        cache.hit_ratio(scan, plain.len() as u64);
        let after = hot_share(&cache);
        let with_scans = steady_ratio(&mut Replay::new(CAPACITY, policy_mixed), &mixed);
        println!("{name:<16} {steady:>4.1}% {with_scans:>10.1}% {before:>10.1}% {after:>9.1}%");
    }
}

/// Hits of the second half, percent.
fn steady_ratio(cache: &mut Replay, keys: &[u64]) -> f64 {
    let (warm, steady) = keys.split_at(ACCESSES);
    cache.hit_ratio(warm.iter().copied(), 0);
    100.0 * cache.hit_ratio(steady.iter().copied(), ACCESSES as u64)
}

/// The share of the hottest keys that the cache holds, percent.
fn hot_share(cache: &Replay) -> f64 {
    let held = (0..HOT).filter(|key| cache.holds(*key)).count();
    100.0 * held as f64 / HOT as f64
}

/// Expired keys left after 1, 10, 50 and 200 calls, of 50,000 that lived a second beside 50,000 that live an hour.
fn stale_left(way: ActiveExpiry, seed: u64) -> Result<[u64; 4]> {
    let mut cache = ByteCache::new(CacheConfig {
        policy: MaxmemoryPolicy::NoEviction,
        active_expiry: way,
        seed,
        ..CacheConfig::default()
    })?;
    for key in 0..100_000_u64 {
        let deadline_ms = if key % 2 == 0 { 1_000 } else { 3_600_000 };
        cache.put(&key.to_be_bytes(), b"value", deadline_ms, 0)?;
    }
    let mut left = [0; 4];
    for cycle in 1..=200 {
        cache.expire_due(2_000, usize::MAX);
        if let Some(at) = CYCLES_SHOWN.iter().position(|shown| *shown == cycle) {
            left[at] = cache.stats().entries - 50_000;
        }
    }
    let stale = (0..100_000_u64).step_by(2);
    let readable = stale.filter(|key| cache.get(&key.to_be_bytes(), 2_000).is_some());
    assert_eq!(readable.count(), 0, "an expired value is never returned");
    Ok(left)
}

fn stale_keys() -> Result<()> {
    println!(
        "\n50,000 keys that lived a second beside 50,000 that live an hour, two seconds later, nobody reads.\n\
         Expired keys left after {CYCLES_SHOWN:?} cycles (10% of what is left would be 5,556):\n"
    );
    let mut runs = Vec::new();
    for seed in 1..=SEEDS {
        runs.push(stale_left(ActiveExpiry::Sampling, seed)?);
    }
    let mean = [0, 1, 2, 3].map(|at| runs.iter().map(|run| run[at]).sum::<u64>() / SEEDS);
    println!("samples of 20, mean of {SEEDS} seeds   {mean:?}");
    println!(
        "timing wheel                      {:?}",
        stale_left(ActiveExpiry::Wheel, 1)?
    );
    println!("readable                          0, as a read checks the deadline");
    Ok(())
}

fn main() -> Result<()> {
    hit_ratios();
    stale_keys()
}

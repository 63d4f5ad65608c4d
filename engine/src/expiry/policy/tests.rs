//! Policies against their models.

use proptest::prelude::*;

use super::*;
use crate::base::rng::Rng;
use crate::expiry::NEVER_MS;
use crate::expiry::trace::{Replay, Zipf};

fn item(key: u64) -> Item {
    Item {
        key_hash: key.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        weight_bytes: 1,
        deadline_ms: NEVER_MS,
    }
}

#[derive(Clone, Debug)]
enum Op {
    Access(u64),
    Remove(u64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op =
        prop_oneof![9 => (0..24_u64).prop_map(Op::Access), 1 => (0..24_u64).prop_map(Op::Remove)];
    prop::collection::vec(op, 1..300)
}

/// Runs `ops` on a policy that holds at most `capacity` keys; `model` is told the same, and must name the same
/// victims.
fn agrees(
    ops: &[Op],
    capacity: usize,
    policy: &mut dyn EvictionPolicy,
    model: &mut Vec<u64>,
    renews: bool,
) {
    let mut slots: Vec<Option<u64>> = vec![None; capacity];
    for op in ops {
        match op {
            Op::Access(key) => match slots.iter().position(|held| *held == Some(*key)) {
                Some(slot) => {
                    policy.on_hit(slot as Slot, 0);
                    if renews {
                        model.retain(|held| held != key);
                        model.push(*key);
                    }
                }
                None => {
                    if slots.iter().all(Option::is_some) {
                        let victim = policy.victim(item(*key), 0).unwrap();
                        let expected = model.remove(0);
                        assert_eq!(slots[victim as usize].take(), Some(expected));
                        policy.on_evict(victim);
                    }
                    let free = slots.iter().position(Option::is_none).unwrap();
                    slots[free] = Some(*key);
                    policy.on_insert(free as Slot, item(*key), 0);
                    model.push(*key);
                }
            },
            Op::Remove(key) => {
                if let Some(slot) = slots.iter().position(|held| *held == Some(*key)) {
                    policy.on_remove(slot as Slot);
                    slots[slot] = None;
                    model.retain(|held| held != key);
                }
            }
        }
        assert_eq!(policy.len(), model.len());
    }
}

proptest! {
    #![proptest_config(crate::seeded::cases(200))]

    #[test]
    fn lru_is_the_naive_list(ops in ops(), capacity in 1..12_usize) {
        agrees(&ops, capacity, &mut Lru::default(), &mut Vec::new(), true);
    }

    #[test]
    fn fifo_is_the_naive_queue(ops in ops(), capacity in 1..12_usize) {
        agrees(&ops, capacity, &mut Fifo::default(), &mut Vec::new(), false);
    }
}

#[test]
fn clock_gives_a_used_entry_a_second_chance() {
    let mut clock = Clock::default();
    for slot in 0..3 {
        clock.on_insert(slot, item(u64::from(slot)), 0);
    }
    clock.on_hit(0, 0);
    assert_eq!(clock.victim(item(9), 0), Some(1));
    clock.on_evict(1);
    assert_eq!(clock.victim(item(9), 0), Some(2));
    clock.on_evict(2);
    assert_eq!(clock.victim(item(9), 0), Some(0), "the chance is used up");
}

#[test]
fn s3_fifo_keeps_what_is_used_and_remembers_what_left() {
    let mut policy = S3Fifo::new(10);
    for slot in 0..10 {
        policy.on_insert(slot, item(u64::from(slot)), 0);
    }
    for _ in 0..2 {
        policy.on_hit(0, 0);
    }
    assert_eq!(policy.victim(item(10), 0), Some(1), "0 went to main");
    policy.on_evict(1);
    policy.on_insert(1, item(10), 0);
    for slot in 2..10 {
        assert_eq!(policy.victim(item(1), 0), Some(slot));
        policy.on_evict(slot);
    }
    policy.on_insert(2, item(1), 0);
    assert_eq!(policy.main.len(), 2, "a key in the ghost queue enters main");
    assert_eq!(policy.len(), 3);
}

#[test]
fn a_ghost_remembers_its_limit_and_little_more() {
    let mut ghost = ghost::Ghost::default();
    ghost.reserve(1_000);
    let hash = |key: u64| item(key + 1).key_hash;
    for key in 0..5_000 {
        ghost.push(hash(key));
    }
    let known = (4_000..5_000).filter(|key| ghost.take(hash(*key))).count();
    assert!(known > 900, "{known} of the last 1000 are known");
    let known = (0..3_900).filter(|key| ghost.take(hash(*key))).count();
    assert!(known < 20, "{known} of the first 3900 are known");
    assert!(!ghost.take(hash(4_999)), "a key is taken once");
}

/// Uses are counted up to 255 in 8 bits: the table of Redis' documentation.
#[test]
fn a_logarithmic_counter_reaches_the_documented_figures() {
    for (log_factor, figures) in [
        (1, [18.0, 49.0, 255.0, 255.0]),
        (10, [10.0, 18.0, 142.0, 255.0]),
        (100, [8.0, 11.0, 49.0, 143.0]),
    ] {
        let mut means = [0.0; 4];
        for seed in 0..10 {
            let mut rank = LogCounter::new(log_factor, 1, Rng::from_seed(seed));
            let mut counter = COUNTER_START;
            for use_number in 1..=1_000_000 {
                counter = rank.raise(counter);
                let shown = [100, 1_000, 100_000, 1_000_000];
                if let Some(at) = shown.iter().position(|shown| *shown == use_number) {
                    means[at] += f64::from(counter) / 10.0;
                }
            }
        }
        for (mean, figure) in means.into_iter().zip(figures) {
            let tolerance = 1.5 + 0.05 * figure;
            assert!(
                (mean - figure).abs() <= tolerance,
                "factor {log_factor}: {means:?}"
            );
        }
    }
}

#[test]
fn a_counter_decays_by_one_a_minute() {
    let counter = LogCounter::new(10, 1, Rng::from_seed(0));
    assert_eq!(counter.decay(18, 0), 18);
    assert_eq!(counter.decay(18, 8), 10);
    assert_eq!(counter.decay(18, 1_000), 0);
    let slow = LogCounter::new(10, 5, Rng::from_seed(0));
    assert_eq!(slow.decay(18, 9), 17);
    let never = LogCounter::new(10, 0, Rng::from_seed(0));
    assert_eq!(never.decay(18, u16::MAX), 18);
}

#[test]
fn sampled_lfu_evicts_what_was_hot_long_ago() {
    let minute = 60_000;
    let mut quiet = Sampled::lfu(Scope::All, 64, Rng::from_seed(3));
    quiet.on_insert(0, item(0), 0);
    for _ in 0..200 {
        quiet.on_hit(0, 0);
    }
    quiet.on_insert(1, item(1), 60 * minute);
    assert_eq!(
        quiet.victim(item(9), 60 * minute),
        Some(0),
        "its fame has decayed"
    );
}

/// The mean place of victims in the exact order of use, 0 for the oldest, as a share of all entries.
fn victim_quality(samples: usize) -> f64 {
    let entries = 500_u64;
    let mut policy = Sampled::new(
        IdleTime::with_tick(1),
        Scope::All,
        samples,
        Rng::from_seed(4),
    );
    let mut order: Vec<Slot> = (0..entries as Slot).collect();
    for slot in &order {
        policy.on_insert(*slot, item(u64::from(*slot)), 0);
    }
    let mut rng = Rng::from_seed(5);
    let (mut places, rounds) = (0.0, 4_000);
    for now_ms in 1..=rounds {
        let victim = policy.victim(item(0), now_ms).unwrap();
        let place = order.iter().position(|slot| *slot == victim).unwrap();
        places += place as f64 / entries as f64;
        policy.on_evict(victim);
        policy.on_insert(victim, item(now_ms), now_ms);
        order.remove(place);
        order.push(victim);
        let used = order.remove(rng.index(order.len()));
        policy.on_hit(used, now_ms);
        order.push(used);
    }
    places / rounds as f64
}

#[test]
fn more_samples_come_closer_to_exact_lru() {
    let [one, three, five, ten] = [1, 3, 5, 10].map(victim_quality);
    assert!(
        one > three && three > five && five > ten,
        "{one} {three} {five} {ten}"
    );
    assert!(five < 0.1 && ten < 0.05, "{five} {ten}");
}

#[test]
fn an_idle_clock_wraps() {
    let mut rank = IdleTime::with_tick(1_000);
    let late_ms = ((1 << 24) - 1) * 1_000;
    let mark = rank.insert(item(0), late_ms);
    assert_eq!(rank.score(mark, late_ms + 3_999), 3);
    assert_eq!(rank.hit(mark, late_ms + 2_000), 1);
}

#[test]
fn a_volatile_scope_follows_the_deadline() {
    for mut policy in [
        Box::new(Random::new(Scope::Volatile, Rng::from_seed(0))) as Box<dyn EvictionPolicy>,
        Box::new(Sampled::lru(Scope::Volatile, 5, Rng::from_seed(0))),
        Box::new(Sampled::lfu(Scope::Volatile, 5, Rng::from_seed(0))),
        Box::new(Sampled::ttl(5, Rng::from_seed(0))),
    ] {
        let volatile = Item {
            deadline_ms: 9,
            ..item(0)
        };
        policy.on_insert(0, item(0), 0);
        policy.on_insert(1, volatile, 0);
        assert_eq!(policy.victim(item(5), 0), Some(1), "{policy:?}");
        policy.on_hit(0, 0);
        policy.on_update(0, volatile, 0);
        policy.on_update(1, item(1), 0);
        assert_eq!((policy.len(), policy.victim(item(5), 0)), (1, Some(0)));
        policy.on_remove(0);
        policy.on_remove(1);
        assert_eq!(policy.victim(item(5), 0), None);
    }
}

const CAPACITY: u32 = 500;

fn zipf_with_scans(seed: u64) -> Vec<u64> {
    let zipf = Zipf::new(5_000, 0.9);
    let mut rng = Rng::from_seed(seed);
    let mut scan = 1_u64 << 40;
    let mut draw = || match rng.chance(0.3) {
        true => {
            scan += 1;
            scan
        }
        false => zipf.draw(&mut rng),
    };
    (0..60_000).map(|_| draw()).collect()
}

/// Hits of the later two thirds, for one trace of hot keys among keys that never come back.
fn ratio(policy: impl EvictionPolicy + 'static) -> f64 {
    let trace = zipf_with_scans(6);
    let mut cache = Replay::new(CAPACITY, Box::new(policy));
    cache.hit_ratio(trace[..20_000].iter().copied(), 0);
    cache.hit_ratio(trace[20_000..].iter().copied(), 20_000)
}

#[test]
fn frequency_beats_recency_among_scans() {
    let capacity = u64::from(CAPACITY);
    let random = ratio(Random::new(Scope::All, Rng::from_seed(0)));
    let fifo = ratio(Fifo::default());
    let lru = ratio(Lru::default());
    let clock = ratio(Clock::default());
    let s3_fifo = ratio(S3Fifo::new(capacity));
    let gate = ratio(TinyLfu::new(Lru::default()));
    let w_tiny_lfu = ratio(WTinyLfu::new(capacity));
    let five = ratio(Sampled::new(
        IdleTime::with_tick(1),
        Scope::All,
        5,
        Rng::from_seed(0),
    ));
    let all = format!(
        "random {random} fifo {fifo} lru {lru} sampled {five} clock {clock} s3 {s3_fifo} gate {gate} w {w_tiny_lfu}"
    );
    assert!(lru > fifo && lru > random && clock > fifo, "{all}");
    assert!((five - lru).abs() < 0.01, "{all}");
    assert!(s3_fifo > lru + 0.05, "{all}");
    assert!(w_tiny_lfu > lru + 0.08 && gate > lru + 0.08, "{all}");
}

/// Hits on the hottest keys right before and right after a scan of twice the cache.
fn around_a_scan(policy: impl EvictionPolicy + 'static) -> (f64, f64) {
    let zipf = Zipf::new(5_000, 0.9);
    let mut rng = Rng::from_seed(7);
    let mut cache = Replay::new(CAPACITY, Box::new(policy));
    cache.hit_ratio((0..40_000).map(|_| zipf.draw(&mut rng)), 0);
    let hot = |cache: &Replay| (0..100).filter(|key| cache.holds(*key)).count() as f64 / 100.0;
    let before = hot(&cache);
    cache.hit_ratio(
        (0..2 * u64::from(CAPACITY)).map(|key| key + (1 << 40)),
        40_000,
    );
    (before, hot(&cache))
}

#[test]
fn a_scan_of_twice_the_cache_empties_lru_and_not_tiny_lfu() {
    let capacity = u64::from(CAPACITY);
    let (before, after) = around_a_scan(Lru::default());
    assert!(before > 0.75 && after == 0.0, "lru {before} {after}");
    let (before, after) = around_a_scan(WTinyLfu::new(capacity));
    assert!(
        before > 0.95 && after > before - 0.02,
        "w-tinylfu {before} {after}"
    );
    let (before, after) = around_a_scan(S3Fifo::new(capacity));
    assert!(
        before > 0.95 && after > before - 0.1,
        "s3-fifo {before} {after}"
    );
}

/// Weights differ: segments and queues hold their shares, and nothing is lost.
#[test]
fn weights_are_counted_through_every_move() {
    let capacity = 100_000_u64;
    for mut policy in [
        Box::new(S3Fifo::new(capacity)) as Box<dyn EvictionPolicy>,
        Box::new(WTinyLfu::new(capacity)),
    ] {
        let zipf = Zipf::new(2_000, 0.8);
        let mut rng = Rng::from_seed(8);
        let mut held = std::collections::BTreeMap::<u64, (Slot, u64)>::new();
        let mut free: Vec<Slot> = (0..2_000).collect();
        let mut bytes = 0;
        for _ in 0..50_000 {
            let key = zipf.draw(&mut rng);
            let weight = 1 + (key * 7_919) % 900;
            let entry = Item {
                weight_bytes: weight as u32,
                ..item(key)
            };
            if let Some((slot, _)) = held.get(&key) {
                match rng.below(20) {
                    0 => {
                        policy.on_remove(*slot);
                        let (slot, weight) = held.remove(&key).unwrap();
                        free.push(slot);
                        bytes -= weight;
                    }
                    1 => policy.on_update(*slot, entry, 0),
                    _ => policy.on_hit(*slot, 0),
                }
                continue;
            }
            let mut admitted = true;
            while admitted && bytes + weight > capacity {
                let victim = policy
                    .victim(entry, 0)
                    .expect("a cache over budget holds an entry");
                admitted = policy.admit(entry, victim);
                if admitted {
                    let gone = *held.iter().find(|(_, held)| held.0 == victim).unwrap().0;
                    policy.on_evict(victim);
                    bytes -= held.remove(&gone).unwrap().1;
                    free.push(victim);
                }
            }
            if admitted {
                let slot = free.pop().unwrap();
                policy.on_insert(slot, entry, 0);
                held.insert(key, (slot, weight));
                bytes += weight;
            }
            assert_eq!(policy.len(), held.len());
        }
        let rest: Vec<Slot> = held.values().map(|(slot, _)| *slot).collect();
        for slot in rest {
            policy.on_remove(slot);
        }
        assert_eq!(policy.victim(item(0), 0), None, "{}", policy.name());
    }
}

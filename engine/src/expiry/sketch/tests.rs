//! The sketch against exact counts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::hash::hash64;

fn hash(key: u64) -> u64 {
    hash64(&key.to_le_bytes())
}

proptest! {
    #![proptest_config(crate::seeded::cases(100))]

    #[test]
    fn an_estimate_is_never_below_the_truth(keys in prop::collection::vec(0..200_u64, 0..1_200), grow in 0..1_200_usize) {
        let mut sketch = FrequencySketch::new(128);
        let mut exact = BTreeMap::<u64, u64>::new();
        for (at, key) in keys.iter().enumerate() {
            if at == grow {
                sketch.reserve(1_000);
            }
            sketch.record(hash(*key));
            *exact.entry(*key).or_default() += 1;
        }
        for (key, count) in exact {
            let truth = count.min(u64::from(COUNT_MAX));
            prop_assert!(u64::from(sketch.estimate(hash(key))) >= truth);
        }
    }
}

#[test]
fn estimates_of_distinct_keys_are_nearly_exact_at_capacity() {
    let mut sketch = FrequencySketch::new(1_024);
    for key in 0..1_024 {
        for _ in 0..key % 5 {
            sketch.record(hash(key));
        }
    }
    let exact = (0..1_024).filter(|key| u64::from(sketch.estimate(hash(*key))) == key % 5);
    let exact = exact.count();
    assert!(exact > 1_000, "{exact} of 1024 are exact");
    let absent = (1_024..11_024).filter(|key| sketch.estimate(hash(*key)) > 0);
    let absent = absent.count();
    assert!(absent < 800, "{absent} of 10000 absent keys have a count");
}

#[test]
fn ten_times_the_capacity_halves_every_counter() {
    let mut sketch = FrequencySketch::new(8);
    assert_eq!(sketch.sample(), 80);
    for _ in 0..79 {
        sketch.record(hash(1));
    }
    assert_eq!(sketch.estimate(hash(1)), COUNT_MAX);
    sketch.record(hash(1));
    assert_eq!(sketch.estimate(hash(1)), COUNT_MAX / 2);
    assert_eq!(sketch.records, 40, "the next halving comes after 40 more");
}

#[test]
fn growing_keeps_every_estimate() {
    let mut sketch = FrequencySketch::new(64);
    for key in 0..400 {
        sketch.record(hash(key % 97));
    }
    let before: Vec<u8> = (0..200).map(|key| sketch.estimate(hash(key))).collect();
    sketch.reserve(4_096);
    let after: Vec<u8> = (0..200).map(|key| sketch.estimate(hash(key))).collect();
    assert_eq!(before, after);
}

#[test]
fn poor_hashes_are_spread() {
    let mut sketch = FrequencySketch::new(4_096);
    for key in 0..4_096 {
        sketch.record(key << 40);
    }
    let exact = (0..4_096_u64).filter(|key| sketch.estimate(key << 40) == 1);
    assert!(exact.count() > 3_900);
}

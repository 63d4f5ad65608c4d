use proptest::prelude::*;

use super::*;
use crate::base::hash::hash64;
use crate::seeded::cases;

fn hashes(keys: core::ops::Range<u64>) -> Vec<u64> {
    keys.map(|key| hash64(&key.to_be_bytes())).collect()
}

/// The share of 400,000 absent keys that pass a filter of 100,000.
fn measured_rate(bits_per_key: f64) -> f64 {
    let filter = BlockedBloom::build(&hashes(0..100_000), bits_per_key);
    let absent = hashes(1_000_000..1_400_000);
    let passed = absent
        .iter()
        .filter(|&&hash| filter.may_contain(hash))
        .count();
    passed as f64 / absent.len() as f64
}

#[test]
fn errors_are_as_rare_as_the_formula_says() {
    for bits_per_key in [2.0, 4.0, 6.5, 8.0, 10.0, 14.0, 16.0] {
        let (measured, expected) = (measured_rate(bits_per_key), expected_rate(bits_per_key));
        let ratio = measured / expected;
        assert!(
            (0.85..1.15).contains(&ratio),
            "{bits_per_key} bits: measured {measured}, expected {expected}"
        );
    }
}

#[test]
fn ten_bits_let_about_one_absent_key_of_a_hundred_pass() {
    let measured = measured_rate(10.0);
    assert!((0.008..0.0115).contains(&measured), "{measured}");
    let expected = expected_rate(10.0);
    assert!((0.0095..0.0099).contains(&expected), "{expected}");
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_key_that_is_there_always_passes_also_after_decoding(
        hashes in prop::collection::vec(any::<u64>(), 1..2000),
        bits_per_key in 0.1_f64..30.0,
    ) {
        let filter = BlockedBloom::build(&hashes, bits_per_key);
        let decoded = BlockedBloom::decode(&filter.encode()).unwrap();
        for hash in hashes {
            prop_assert!(filter.may_contain(hash) && decoded.may_contain(hash));
        }
    }

    #[test]
    fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(filter) = BlockedBloom::decode(&bytes) {
            let _ = filter.may_contain(7);
            prop_assert_eq!(filter.encode(), bytes);
        }
    }

    #[test]
    fn monkey_spends_its_budget_and_favours_small_runs(
        sizes in prop::collection::vec(0_u64..10_000_000, 0..10),
        bits_per_key in 0.5_f64..16.0,
    ) {
        let bits = monkey_bits(&sizes, bits_per_key);
        let spent: f64 = bits.iter().zip(&sizes).map(|(bits, &size)| bits * size as f64).sum();
        let budget = sizes.iter().sum::<u64>() as f64 * bits_per_key;
        prop_assert!((spent - budget).abs() <= budget * 1e-6 + 1.0, "{spent} of {budget}");
        for (a, &a_size) in bits.iter().zip(&sizes) {
            for (b, &b_size) in bits.iter().zip(&sizes) {
                prop_assert!(*a >= 0.0);
                prop_assert!(a_size == 0 || a_size > b_size || a >= b);
            }
        }
    }
}

/// The sum of the rates that a lookup of an absent key pays, were the filters plain Bloom filters.
fn cost(bits: &[f64]) -> f64 {
    let rate = |bits: &f64| (-bits * core::f64::consts::LN_2.powi(2)).exp();
    bits.iter().map(rate).sum()
}

#[test]
fn monkey_beats_the_same_bits_for_every_run() {
    let sizes = [100_u64, 1_000, 10_000, 100_000, 1_000_000];
    for bits_per_key in [1.0, 2.0, 5.0, 10.0] {
        let (monkey, even) = (monkey_bits(&sizes, bits_per_key), [bits_per_key; 5]);
        assert!(cost(&monkey) < cost(&even) * 0.75, "{bits_per_key} bits");
    }
    assert_eq!(
        monkey_bits(&sizes, 0.2)[4],
        0.0,
        "the last run goes without"
    );
}

//! How many filter bits each run deserves.

/// The shape of a Bloom filter's errors: `rate = exp(-bits * LN2_SQUARED)`.
const LN2_SQUARED: f64 = core::f64::consts::LN_2 * core::f64::consts::LN_2;

/// Allots filter memory to sorted runs of these sizes (entries; the same unit for all), `bits_per_key` on
/// average, so that a lookup of an absent key reads as few blocks as that memory allows. Returns the bits
/// per key of each run, in the order given; a level of several runs is given as so many sizes.
///
/// The cost of such a lookup is the sum of the runs' error rates, and a bit for each key of a small run is
/// cheaper than of a large one. The sum is least where each rate is proportional to the run's size, with
/// rate 1 (no filter) where that would pass 1 (Monkey: Dayan, Athanassoulis, Idreos, SIGMOD 2017, section
/// 4.1 and appendix B).
///
/// ```
/// use kvorum::storage::table::filter::monkey_bits;
///
/// let bits = monkey_bits(&[1_000, 10_000, 100_000], 10.0);
/// // Ten times the keys: a tenth of the care, 4.8 bits less.
/// assert!((bits[0] - bits[1] - 4.79).abs() < 0.01);
/// assert!((bits[1] - bits[2] - 4.79).abs() < 0.01);
/// assert!(bits[2] > 9.0);
/// ```
#[must_use]
pub fn monkey_bits(sizes: &[u64], bits_per_key: f64) -> Vec<f64> {
    let budget_bits = sizes.iter().map(|&size| size as f64).sum::<f64>() * bits_per_key;
    let mut bits = vec![0.0; sizes.len()];
    let mut filtered: Vec<usize> = (0..sizes.len()).filter(|&run| sizes[run] > 0).collect();
    filtered.sort_by_key(|&run| sizes[run]);
    // With rate = c * size in each run, and the budget spent, ln c follows. Where the largest run's rate
    // would be above 1 it gets no filter and the others share the budget.
    while let Some(&largest) = filtered.last() {
        let (mut entries, mut weighted) = (0.0, 0.0);
        for &run in &filtered {
            let size = sizes[run] as f64;
            entries += size;
            weighted += size * size.ln();
        }
        let ln_c = -(budget_bits * LN2_SQUARED + weighted) / entries;
        if ln_c + (sizes[largest] as f64).ln() > 0.0 {
            filtered.pop();
            continue;
        }
        for &run in &filtered {
            bits[run] = -(ln_c + (sizes[run] as f64).ln()) / LN2_SQUARED;
        }
        break;
    }
    bits
}

//! Natural logarithms of small whole numbers, in plain arithmetic: the platform's own differ in the last bit from
//! machine to machine, and would make one seed run in two ways.

use core::f64::consts::LN_2;

/// Terms of the series: the error is below 3^-37 before rounding.
const TERMS: u32 = 18;

/// The natural logarithm of `number`, which must not be 0, to about 1e-15 of itself.
pub(super) fn ln(number: u32) -> f64 {
    assert!(number > 0, "0 has no logarithm");
    // number = 2^exponent * m with m in 1..2, and ln m = 2 artanh((m - 1) / (m + 1)).
    let exponent = number.ilog2();
    let m = f64::from(number) / f64::from(1_u32 << exponent);
    let z = (m - 1.0) / (m + 1.0);
    let mut power = z;
    let mut sum = 0.0;
    for term in 0..TERMS {
        sum += power / f64::from(2 * term + 1);
        power *= z * z;
    }
    f64::from(exponent) * LN_2 + 2.0 * sum
}

/// The logarithm to base 2, rounded up: the rounds in which a rumour that doubles each round reaches `number`.
pub(super) fn log2_up(number: u32) -> u32 {
    number.max(1).next_power_of_two().ilog2()
}

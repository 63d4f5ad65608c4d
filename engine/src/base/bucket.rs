//! A token bucket: so much at once, so much a second (Turner 1986, "New Directions in Communications").

use crate::base::time::Mono;

const NS_PER_SECOND: u128 = 1_000_000_000;

/// Lets through `burst` at once and then `rate` a second, of whatever is counted. Whole numbers only, so that it
/// is the same on every machine.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: u64,
    burst: u64,
    tokens: u64,
    /// What was earned since `at` and is less than one token, in tokens times nanoseconds.
    fraction: u128,
    at: Mono,
}

impl TokenBucket {
    /// A full bucket. A `rate` of zero lets everything through.
    #[must_use]
    pub fn new(rate: u64, burst: u64) -> Self {
        Self {
            rate,
            burst: burst.max(1),
            tokens: burst.max(1),
            fraction: 0,
            at: Mono(0),
        }
    }

    fn refill(&mut self, now: Mono) {
        let ns = u128::from(now.0.saturating_sub(self.at.0));
        self.at = self.at.max(now);
        let earned = ns * u128::from(self.rate) + self.fraction;
        self.fraction = earned % NS_PER_SECOND;
        let tokens = u64::try_from(earned / NS_PER_SECOND).unwrap_or(u64::MAX);
        self.tokens = self.tokens.saturating_add(tokens).min(self.burst);
    }

    /// Takes `cost` tokens when they are there, and says whether they were. What costs more than the bucket
    /// holds passes when the bucket is full, and empties it: nothing is refused for ever.
    pub fn take(&mut self, now: Mono, cost: u64) -> bool {
        if self.rate == 0 {
            return true;
        }
        self.refill(now);
        if self.tokens < cost.min(self.burst) {
            return false;
        }
        self.tokens = self.tokens.saturating_sub(cost);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_and_no_fraction_is_lost() {
        let mut bucket = TokenBucket::new(3, 2);
        let at = |ms: u64| Mono(ms * 1_000_000);
        assert!(bucket.take(at(0), 1) && bucket.take(at(0), 1) && !bucket.take(at(0), 1));
        let passed = (1..=10_000).filter(|ms| bucket.take(at(*ms), 1)).count();
        assert_eq!(passed, 30, "ten seconds at three a second");
    }

    #[test]
    fn no_rate_is_no_limit_and_the_oversized_pass_a_full_bucket() {
        assert!((0..1000).all(|_| TokenBucket::new(0, 1).take(Mono(0), u64::MAX)));
        let mut bucket = TokenBucket::new(10, 10);
        assert!(bucket.take(Mono(0), 50) && !bucket.take(Mono(0), 1));
        assert!(!bucket.take(Mono(500_000_000), 50), "half full");
        assert!(bucket.take(Mono(1_000_000_000), 50));
    }
}

//! How long a message takes, in whole nanoseconds: a draw is the same on every machine, so no logarithm and
//! no power comes into it.

use core::time::Duration;

use crate::base::limits::RUN_SECONDS_MAX;
use crate::base::rng::Rng;
use crate::base::time::nanos;
use crate::{Error, Result};

/// An exponential draw ends at this many means: one in 10^17 would be longer.
const EXPONENTIAL_MEANS_MAX: u64 = 40;

/// A distribution of delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Any from `min` to `max`, each as likely as the other.
    Uniform {
        /// Shortest.
        min: Duration,
        /// Longest.
        max: Duration,
    },
    /// At least `floor`, and `mean` on average; what is above the floor is exponential: most messages are
    /// quick, one in seven takes twice what is usual above the floor, one in fifty four times.
    Exponential {
        /// Shortest.
        floor: Duration,
        /// On average; `floor` or more.
        mean: Duration,
    },
    /// From `floor` to `cap`, a bounded Pareto distribution with the exponent 1: one message in ten takes ten
    /// times the floor or more, one in a hundred a hundred times, as far as the cap allows.
    HeavyTail {
        /// Shortest.
        floor: Duration,
        /// Longest.
        cap: Duration,
    },
}

impl Delay {
    /// Checks that the bounds are in order.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where they are not, or where a delay is longer than [`RUN_SECONDS_MAX`].
    pub fn check(&self) -> Result<()> {
        let (low, high) = match *self {
            Self::Fixed(delay) => (delay, delay),
            Self::Uniform { min, max } => (min, max),
            Self::Exponential { floor, mean } => (floor, mean),
            Self::HeavyTail { floor, cap } => (floor, cap),
        };
        if low > high {
            return Err(Error::invalid("the shortest delay is above the longest"));
        }
        if high > Duration::from_secs(RUN_SECONDS_MAX) {
            return Err(Error::invalid(format!(
                "delay: the longest is {RUN_SECONDS_MAX}s"
            )));
        }
        Ok(())
    }

    /// One delay, nanoseconds.
    pub(super) fn draw(&self, rng: &mut Rng) -> u64 {
        match *self {
            Self::Fixed(delay) => nanos(delay),
            Self::Uniform { min, max } => rng.between(nanos(min), nanos(max)),
            Self::Exponential { floor, mean } => {
                nanos(floor) + exponential(nanos(mean) - nanos(floor), rng)
            }
            Self::HeavyTail { floor, cap } => pareto(nanos(floor).max(1), nanos(cap).max(1), rng),
        }
    }
}

/// An exponential draw by comparisons alone (von Neumann, "Various techniques used in connection with random
/// digits", 1951): the length of a falling run of uniform draws is odd with probability e^-x, where x is the
/// first of them. Each even run adds one mean.
fn exponential(mean: u64, rng: &mut Rng) -> u64 {
    for whole in 0..EXPONENTIAL_MEANS_MAX {
        let first = rng.next_u64();
        let (mut last, mut length) = (first, 1_u32);
        loop {
            let next = rng.next_u64();
            if next >= last {
                break;
            }
            (last, length) = (next, length + 1);
        }
        if length % 2 == 1 {
            return whole * mean + scaled(mean, first);
        }
    }
    EXPONENTIAL_MEANS_MAX * mean
}

/// `span` times `fraction` / 2^64.
fn scaled(span: u64, fraction: u64) -> u64 {
    ((u128::from(span) * u128::from(fraction)) >> 64) as u64
}

/// The inverse of F(x) = (1 - low/x) / (1 - low/high), at a uniform draw: low * high / (high - u * (high - low)).
fn pareto(low: u64, high: u64, rng: &mut Rng) -> u64 {
    let drawn = rng.between(0, high - low);
    (u128::from(low) * u128::from(high) / u128::from(high - drawn)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 200_000;

    fn draws(delay: Delay) -> Vec<u64> {
        delay.check().unwrap();
        let mut rng = Rng::from_seed(1);
        let mut drawn: Vec<u64> = (0..DRAWS).map(|_| delay.draw(&mut rng)).collect();
        drawn.sort_unstable();
        drawn
    }

    fn share_above(drawn: &[u64], bound: u64) -> f64 {
        drawn.iter().filter(|ns| **ns > bound).count() as f64 / drawn.len() as f64
    }

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn an_exponential_delay_has_its_mean_and_its_tail() {
        let drawn = draws(Delay::Exponential {
            floor: ms(2),
            mean: ms(5),
        });
        assert!(drawn[0] >= 2_000_000);
        let mean = drawn.iter().sum::<u64>() as f64 / DRAWS as f64;
        assert!((mean - 5_000_000.0).abs() < 30_000.0, "{mean}");
        // e^-1, e^-3 and e^-5 of the draws lie so many means above the floor.
        for (means, share) in [(1, 0.3679), (3, 0.0498), (5, 0.0067)] {
            let found = share_above(&drawn, 2_000_000 + means * 3_000_000);
            assert!((found - share).abs() < 0.004, "{means}: {found}");
        }
    }

    #[test]
    fn a_heavy_tail_reaches_far_and_ends_at_its_cap() {
        let drawn = draws(Delay::HeavyTail {
            floor: ms(1),
            cap: ms(10_000),
        });
        assert!(drawn[0] >= 1_000_000 && drawn[DRAWS - 1] <= 10_000_000_000);
        for (times, share) in [(2, 0.5), (10, 0.1), (100, 0.01)] {
            let found = share_above(&drawn, times * 1_000_000);
            assert!((found / share - 1.0).abs() < 0.1, "{times}: {found}");
        }
    }

    #[test]
    fn fixed_and_uniform_delays_are_what_they_say() {
        assert!(draws(Delay::Fixed(ms(3))).iter().all(|ns| *ns == 3_000_000));
        let drawn = draws(Delay::Uniform {
            min: ms(1),
            max: ms(3),
        });
        assert!(drawn[0] >= 1_000_000 && drawn[DRAWS - 1] <= 3_000_000);
        assert!((share_above(&drawn, 2_000_000) - 0.5).abs() < 0.01);
    }

    #[test]
    fn a_draw_is_the_same_on_every_machine() {
        let mut rng = Rng::from_seed(7);
        let (floor, long) = (ms(1), ms(1_000));
        let delays = [
            Delay::Exponential { floor, mean: long },
            Delay::HeavyTail { floor, cap: long },
            Delay::HeavyTail {
                floor: Duration::ZERO,
                cap: Duration::ZERO,
            },
        ];
        let drawn: Vec<u64> = delays.iter().map(|delay| delay.draw(&mut rng)).collect();
        assert_eq!(drawn, DRAWN);
    }

    const DRAWN: [u64; 3] = [56_305_076, 3_531_803, 1];

    #[test]
    fn bounds_out_of_order_are_refused() {
        for delay in [
            Delay::Uniform {
                min: ms(2),
                max: ms(1),
            },
            Delay::Exponential {
                floor: ms(2),
                mean: ms(1),
            },
            Delay::HeavyTail {
                floor: ms(2),
                cap: ms(1),
            },
            Delay::Fixed(Duration::MAX),
        ] {
            assert!(delay.check().is_err(), "{delay:?}");
        }
    }
}

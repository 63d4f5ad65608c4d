//! The wall clock of a simulated machine: virtual time, wrongly told.

use core::fmt;
use core::time::Duration;

use super::counts::FaultKind;
use super::trace::What;
use super::world::World;
use crate::base::time::{Mono, Pretty, Wall, nanos};
use crate::{Error, NodeId, Result};

/// Where every simulated wall clock starts: 2026-01-01T00:00:00Z, in nanoseconds since the Unix epoch.
const WALL_START_NS: i64 = 1_767_225_600_000_000_000;
/// The most that a clock runs fast or slow, parts in a million: twice as fast, or all but still.
pub const DRIFT_PPM_MAX: i32 = 999_999;
const MILLION: i128 = 1_000_000;

/// What befalls a machine's wall clock. Its monotonic clock, and so its timers, stay true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFault {
    /// It jumps forward.
    Ahead(Duration),
    /// It jumps back.
    Behind(Duration),
    /// From now on it gains (or, below zero, loses) so many microseconds in each second, up to
    /// [`DRIFT_PPM_MAX`]. It keeps the error that it has.
    Drift {
        /// Parts in a million.
        ppm: i32,
    },
    /// It is set right, and runs true.
    Fine,
}

impl fmt::Display for ClockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead(span) => write!(f, "+{}", Pretty(*span)),
            Self::Behind(span) => write!(f, "-{}", Pretty(*span)),
            Self::Drift { ppm } => write!(f, "drift {ppm}ppm"),
            Self::Fine => f.write_str("fine"),
        }
    }
}

/// A wall clock: how far it was off at an instant, and how it has run since.
#[derive(Debug, Default)]
pub(super) struct Clock {
    skew_ns: i64,
    skewed_at: Mono,
    drift_ppm: i32,
}

impl Clock {
    /// What it shows; never before the Unix epoch, nor past the end of time.
    pub(super) fn wall(&self, now: Mono) -> Wall {
        let true_ns = WALL_START_NS.saturating_add(i64::try_from(now.0).unwrap_or(i64::MAX));
        let shown_ns = true_ns.saturating_add(self.skew_ns(now)).max(0);
        Wall(shown_ns as u64 / 1_000_000)
    }

    /// How far it is off.
    fn skew_ns(&self, now: Mono) -> i64 {
        if self.drift_ppm == 0 {
            return self.skew_ns;
        }
        let ran_ns = i128::from(now.0.saturating_sub(self.skewed_at.0));
        let gained_ns = ran_ns * i128::from(self.drift_ppm) / MILLION;
        self.skew_ns.saturating_add(bounded(gained_ns))
    }

    fn strike(&mut self, now: Mono, fault: ClockFault) {
        self.skew_ns = self.skew_ns(now);
        self.skewed_at = now;
        match fault {
            ClockFault::Ahead(span) => self.jump(i128::from(nanos(span))),
            ClockFault::Behind(span) => self.jump(-i128::from(nanos(span))),
            ClockFault::Drift { ppm } => self.drift_ppm = ppm,
            ClockFault::Fine => *self = Self::default(),
        }
    }

    fn jump(&mut self, by_ns: i128) {
        self.skew_ns = self.skew_ns.saturating_add(bounded(by_ns));
    }
}

fn bounded(ns: i128) -> i64 {
    let (low, high) = (i128::from(i64::MIN), i128::from(i64::MAX));
    ns.clamp(low, high) as i64
}

impl World {
    /// Lets something befall a node's wall clock, up or down. A clock is the machine's: it outlives the node.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or for a drift past [`DRIFT_PPM_MAX`]: nothing
    /// changed then.
    pub fn clock(&mut self, node: NodeId, fault: ClockFault) -> Result<()> {
        let now = self.now;
        let host = self.host(node)?;
        if let ClockFault::Drift { ppm } = fault
            && !(-DRIFT_PPM_MAX..=DRIFT_PPM_MAX).contains(&ppm)
        {
            return Err(Error::invalid(format!(
                "a drift of {ppm}ppm: it must be from -{DRIFT_PPM_MAX} to {DRIFT_PPM_MAX}"
            )));
        }
        host.clock.strike(now, fault);
        match fault {
            ClockFault::Ahead(_) | ClockFault::Behind(_) => self.counts.one(FaultKind::ClockJump),
            ClockFault::Drift { ppm } if ppm != 0 => self.counts.one(FaultKind::ClockDrift),
            ClockFault::Drift { .. } | ClockFault::Fine => {}
        }
        self.trace.push(now, What::Clock { node, fault });
        Ok(())
    }

    /// What a node's wall clock shows now.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node.
    pub fn wall(&self, node: NodeId) -> Result<Wall> {
        Ok(self.peek_host(node)?.clock.wall(self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> Mono {
        Mono(number * 1_000_000_000)
    }

    #[test]
    fn a_clock_drifts_from_where_it_is_and_jumps_where_it_is_told() {
        let mut clock = Clock::default();
        let start = clock.wall(Mono(0)).0;
        assert_eq!(clock.wall(second(5)).0 - start, 5_000);
        clock.strike(second(10), ClockFault::Drift { ppm: 1_000 });
        assert_eq!(clock.wall(second(10)).0 - start, 10_000);
        assert_eq!(clock.wall(second(110)).0 - start, 110_100);
        clock.strike(second(110), ClockFault::Behind(Duration::from_secs(60)));
        assert_eq!(clock.wall(second(110)).0 - start, 50_100);
        clock.strike(second(110), ClockFault::Drift { ppm: -999_999 });
        assert_eq!(clock.wall(second(120)).0 - start, 50_100);
        clock.strike(second(120), ClockFault::Fine);
        assert_eq!(clock.wall(second(121)).0 - start, 121_000);
    }

    #[test]
    fn a_clock_stays_within_time() {
        let mut clock = Clock::default();
        for _ in 0..3 {
            clock.strike(Mono(1), ClockFault::Behind(Duration::MAX));
        }
        assert_eq!(clock.wall(Mono(u64::MAX)), Wall(0));
        for _ in 0..3 {
            clock.strike(Mono(1), ClockFault::Ahead(Duration::MAX));
        }
        clock.strike(Mono(1), ClockFault::Drift { ppm: DRIFT_PPM_MAX });
        assert_eq!(
            clock.wall(Mono(u64::MAX)),
            Wall(i64::MAX as u64 / 1_000_000)
        );
    }
}

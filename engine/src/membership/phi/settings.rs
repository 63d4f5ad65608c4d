//! The settings of phi accrual.

use core::time::Duration;

use super::window::WINDOW_SAMPLES_MAX;
use crate::membership::detector::{Health, Phase};
use crate::{Error, Result};

/// The settings of [`PhiAccrual`](super::PhiAccrual) and [`PhiDetector`](super::PhiDetector). The usual ones are
/// Cassandra's, where it has one of that name.
#[derive(Clone, Debug, PartialEq)]
pub struct PhiSettings {
    /// Pause between two heartbeats of a node, and between two exchanges that it starts. 1 s, as Cassandra has it.
    pub period: Duration,
    /// Phi at which a member is dead. 8, as Cassandra has it (`phi_convict_threshold`).
    pub threshold: f64,
    /// Intervals from which the mean is taken, at most [`WINDOW_SAMPLES_MAX`]. 1,000, as Cassandra has it.
    pub window: usize,
    /// The mean is taken to be no shorter, so that a burst of heartbeats does not make a short silence fatal. It is
    /// also the mean before the first interval. 1 s, the period: gossip brings a peer's heartbeats in jumps, and the
    /// measured mean is 1.2 to 1.5 s.
    pub mean_min: Duration,
    /// Of so many periods, one exchanges with a dead member as well. 4.
    pub dead_every: u32,
    /// A call that comes this much later than due means that this node itself was frozen. 250 ms.
    pub pause_min: Duration,
    /// Whether a pause of this node's own is left out of account.
    pub health: Health,
    /// When the first period begins.
    pub phase: Phase,
}

impl Default for PhiSettings {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(1),
            threshold: 8.0,
            window: WINDOW_SAMPLES_MAX,
            mean_min: Duration::from_secs(1),
            dead_every: 4,
            pause_min: Duration::from_millis(250),
            health: Health::On,
            phase: Phase::Spread,
        }
    }
}

impl PhiSettings {
    /// Whether a detector can run on these.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] names the first that is out of its bounds.
    pub fn check(&self) -> Result<()> {
        const HOUR: Duration = Duration::from_secs(3_600);
        const MILLISECOND: Duration = Duration::from_millis(1);
        let refuse = |what: &str| Err(Error::invalid(format!("phi: {what}")));
        if !(MILLISECOND..=HOUR).contains(&self.period) {
            return refuse("a period is from 1 ms to 1 h");
        }
        if !(self.threshold > 0.0 && self.threshold <= 1_000.0) {
            return refuse("a threshold is above 0 and at most 1000");
        }
        if !(1..=WINDOW_SAMPLES_MAX).contains(&self.window) {
            return refuse("a window has from 1 to 1000 samples");
        }
        if !(MILLISECOND..=HOUR).contains(&self.mean_min) {
            return refuse("the shortest mean is from 1 ms to 1 h");
        }
        if self.dead_every == 0 {
            return refuse("the dead are called in one of at least 1 periods");
        }
        if self.pause_min.is_zero() {
            return refuse("the shortest pause is above 0");
        }
        Ok(())
    }
}

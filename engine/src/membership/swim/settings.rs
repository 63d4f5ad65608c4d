//! SWIM's settings, and the spans that follow from them.

use core::time::Duration;

use super::suspicion::CONFIRMATIONS_MAX;
use crate::membership::detector::{Health, Phase};
use crate::{Error, Result};

/// Helpers that one probe asks at most.
pub const HELPERS_MAX: usize = 8;
/// The shortest period.
const PERIOD_MIN: Duration = Duration::from_millis(1);
/// The longest period.
const PERIOD_MAX: Duration = Duration::from_secs(3_600);
/// The highest multiplier of anything.
const MULT_MAX: u32 = 100;

/// The settings of [`Swim`](super::Swim). The usual ones are those of hashicorp/memberlist for a local network
/// (`DefaultLANConfig`), where it has one of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwimSettings {
    /// Pause between two probes of one node. 1 s, as memberlist has it.
    pub period: Duration,
    /// How long the probed node has to answer before helpers are asked. 500 ms, as memberlist has it.
    pub probe_timeout: Duration,
    /// k: helpers asked, at most [`HELPERS_MAX`]. 3, as memberlist has it. 0 is direct probes alone.
    pub helpers: usize,
    /// The shortest time to refute is this many periods, times ln n where that is above 1. 4; memberlist takes the
    /// logarithm to base 10, and has gossip messages besides its probes. Here rumours ride on probes alone, and a
    /// suspicion and its refutation each need some ln n periods to reach everybody (SWIM 2002, section 4.1).
    pub suspicion_mult: u32,
    /// The longest time to refute, in shortest ones. 6, as memberlist has it. 1 leaves confirmations without effect.
    pub suspicion_max_mult: u32,
    /// Accusers besides the first at which the shortest time holds. 3, as the Lifeguard paper has it.
    pub confirmations: u32,
    /// Each node passes a rumour on this many times, times log2 (n + 1) rounded up. 4; memberlist takes
    /// the logarithm to base 10.
    pub retransmit_mult: u32,
    /// Of so many periods, one pings a dead member as well. 4.
    pub dead_every: u32,
    /// A call that comes this much later than due means that this node itself was frozen. 250 ms.
    pub pause_min: Duration,
    /// Whether the node doubts itself.
    pub health: Health,
    /// When the first period begins.
    pub phase: Phase,
}

impl Default for SwimSettings {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(1),
            probe_timeout: Duration::from_millis(500),
            helpers: 3,
            suspicion_mult: 4,
            suspicion_max_mult: 6,
            confirmations: 3,
            retransmit_mult: 4,
            dead_every: 4,
            pause_min: Duration::from_millis(250),
            health: Health::On,
            phase: Phase::Spread,
        }
    }
}

impl SwimSettings {
    /// Whether a detector can run on these.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] names the first that is out of its bounds.
    pub fn check(&self) -> Result<()> {
        let refuse = |what: &str| Err(Error::invalid(format!("swim: {what}")));
        if self.period < PERIOD_MIN || self.period > PERIOD_MAX {
            return refuse("a period is from 1 ms to 1 h");
        }
        if self.probe_timeout.is_zero() || self.probe_timeout >= self.period {
            return refuse(
                "a probe timeout is above 0 and below the period: helpers need the rest",
            );
        }
        if self.helpers > HELPERS_MAX {
            return refuse("a probe asks at most 8 helpers");
        }
        if self.confirmations > CONFIRMATIONS_MAX {
            return refuse("at most 8 confirmations count");
        }
        let mults = [
            self.suspicion_mult,
            self.suspicion_max_mult,
            self.retransmit_mult,
            self.dead_every,
        ];
        if mults.iter().any(|mult| !(1..=MULT_MAX).contains(mult)) {
            return refuse("a multiplier is from 1 to 100");
        }
        if self.pause_min.is_zero() {
            return refuse("the shortest pause is above 0");
        }
        Ok(())
    }
}

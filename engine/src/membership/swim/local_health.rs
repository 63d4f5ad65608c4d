//! The local health multiplier (Lifeguard 2017, section IV.A): how far a node trusts its own ears.

use core::time::Duration;

use crate::membership::detector::Health;

/// The worst score: everything takes nine times as long.
pub const HEALTH_SCORE_MAX: u32 = 8;

/// A score from 0, well, to [`HEALTH_SCORE_MAX`].
///
/// | what happened | score |
/// |---|---|
/// | a probe was answered, by the target or through a helper | -1 |
/// | a probe was not answered | +1 |
/// | of the helpers that were asked, one or more sent neither ack nor nack | +1 |
/// | a rumour about this node itself had to be refuted | +1 |
/// | this node was frozen | +1 |
#[derive(Clone, Debug)]
pub(super) struct LocalHealth {
    health: Health,
    score: u32,
}

impl LocalHealth {
    pub(super) fn new(health: Health) -> Self {
        Self { health, score: 0 }
    }

    pub(super) fn score(&self) -> u32 {
        self.score
    }

    pub(super) fn worsen(&mut self) {
        if self.health == Health::On {
            self.score = (self.score + 1).min(HEALTH_SCORE_MAX);
        }
    }

    pub(super) fn improve(&mut self) {
        self.score = self.score.saturating_sub(1);
    }

    /// `span`, longer the worse the score is.
    pub(super) fn stretch(&self, span: Duration) -> Duration {
        span.saturating_mul(self.score + 1)
    }
}

//! How long a suspect has to refute.

use core::time::Duration;

use super::settings::SwimSettings;
use crate::NodeId;
use crate::base::time::{Mono, nanos};
use crate::membership::logarithm::ln;

/// Confirmations that may count.
pub const CONFIRMATIONS_MAX: u32 = 8;

/// The time to refute, by confirmations (Lifeguard 2017, section IV.B): `max - (max - min) ln(c + 1) / ln(k + 1)`
/// after `c` of the `k` confirmations that count. One accuser may be at fault itself, so its word alone takes
/// long; each further one that finds the same by itself makes it shorter, the first of them most.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    by_confirmations: Vec<Duration>,
}

impl Patience {
    /// In a cluster of `members`.
    pub(super) fn new(settings: &SwimSettings, members: u32) -> Self {
        let scale = f64::from(settings.suspicion_mult) * ln(members.max(1)).max(1.0);
        let min_ns = nanos(settings.period) as f64 * scale;
        let max_ns = min_ns * f64::from(settings.suspicion_max_mult);
        // Neither the suspect nor the first accuser can confirm.
        let counted = settings.confirmations.min(members.saturating_sub(2));
        let patience = |confirmations: u32| {
            let share = if counted == 0 {
                1.0
            } else {
                ln(confirmations + 1) / ln(counted + 1)
            };
            Duration::from_nanos((max_ns - (max_ns - min_ns) * share) as u64)
        };
        Self {
            by_confirmations: (0..=counted).map(patience).collect(),
        }
    }

    /// Accusers that count, the first among them.
    fn accusers_max(&self) -> usize {
        self.by_confirmations.len()
    }

    /// After `accusers`, of which there is at least one.
    pub(super) fn with(&self, accusers: usize) -> Duration {
        self.by_confirmations[accusers.clamp(1, self.accusers_max()) - 1]
    }
}

/// One suspicion at one incarnation of a member.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    accusers: Vec<NodeId>,
    since: Mono,
    due: Mono,
}

impl Suspicion {
    pub(super) fn new(now: Mono, accuser: NodeId, patience: &Patience) -> Self {
        Self {
            accusers: vec![accuser],
            since: now,
            due: now.after(patience.with(1)),
        }
    }

    /// When it becomes a death.
    pub(super) fn due(&self) -> Mono {
        self.due
    }

    /// Independent accusers so far.
    pub(super) fn accusers(&self) -> usize {
        self.accusers.len()
    }

    /// One more accuser. False when it is none, or no further one counts. The time that it leaves may be up: then
    /// it is up now, since a time before would look as if this node had slept through it.
    pub(super) fn confirm(&mut self, now: Mono, accuser: NodeId, patience: &Patience) -> bool {
        let counts =
            self.accusers.len() < patience.accusers_max() && !self.accusers.contains(&accuser);
        if counts {
            self.accusers.push(accuser);
            self.due = now.max(self.since.after(patience.with(self.accusers.len())));
        }
        counts
    }

    /// Leaves a time out of account in which this node was frozen.
    pub(super) fn skip(&mut self, span: Duration) {
        self.since = self.since.after(span);
        self.due = self.due.after(span);
    }
}

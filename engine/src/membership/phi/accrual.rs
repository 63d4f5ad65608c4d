//! Phi: suspicion of one peer as a number that grows with its silence.

use core::f64::consts::LN_10;
use core::time::Duration;

use super::settings::PhiSettings;
use super::window::Window;
use crate::base::time::{Mono, nanos};

/// The suspicion of one peer (Hayashibara et al. 2004), in the exponential form of Cassandra.
///
/// If intervals between heartbeats were exponential with the measured mean, a silence of `t` would occur by chance
/// with probability `exp(-t / mean)`. Phi is minus its decimal logarithm: `t / (mean * ln 10)`. At phi 8 the chance is
/// 10^-8, under that model; it is not the probability that the peer lives. With mean 1 s, phi is 8 after 18.4 s.
///
/// ```
/// use core::time::Duration;
/// use kvorum::base::time::Mono;
/// use kvorum::membership::{PhiDetector, PhiSettings};
///
/// let second = Duration::from_secs(1);
/// let mut peer = PhiDetector::new(&PhiSettings::default(), Mono(0));
/// let mut now = Mono(0);
/// for _ in 0..100 {
///     now = now.after(second);
///     peer.heartbeat(now);
/// }
/// assert!(peer.phi(now.after(Duration::from_millis(18_400))) < 8.0);
/// assert!(peer.phi(now.after(Duration::from_millis(18_500))) > 8.0);
/// ```
#[derive(Clone, Debug)]
pub struct PhiDetector {
    window: Window,
    mean_min_ns: f64,
    threshold: f64,
    last: Mono,
}

impl PhiDetector {
    /// Of a peer that was last heard of at `now`.
    #[must_use]
    pub fn new(settings: &PhiSettings, now: Mono) -> Self {
        Self {
            window: Window::new(settings.window),
            mean_min_ns: nanos(settings.mean_min) as f64,
            threshold: settings.threshold,
            last: now,
        }
    }

    /// The peer was heard of. A silence long enough to convict is no interval: it was an outage, and would make
    /// the next one harder to see.
    pub fn heartbeat(&mut self, now: Mono) {
        if now < self.convict_at() {
            self.window.push(now.since(self.last));
        }
        self.restart(now);
    }

    /// The peer was heard of, and the silence before it says nothing: it has restarted.
    pub fn restart(&mut self, now: Mono) {
        self.last = self.last.max(now);
    }

    /// How unlikely its silence is by `now`; 0 is not at all.
    #[must_use]
    pub fn phi(&self, now: Mono) -> f64 {
        nanos(now.since(self.last)) as f64 / (self.mean_ns() * LN_10)
    }

    /// When phi reaches the threshold if nothing is heard, to a few nanoseconds.
    #[must_use]
    pub fn convict_at(&self) -> Mono {
        let silence_ns = self.threshold * (self.mean_ns() * LN_10);
        // The cast ends at the highest number.
        self.last.after(Duration::from_nanos(silence_ns as u64))
    }

    /// The mean interval, with its lower bound, nanoseconds.
    #[must_use]
    pub fn mean_ns(&self) -> f64 {
        let mean = self.window.mean_ns().unwrap_or(self.mean_min_ns);
        mean.max(self.mean_min_ns)
    }

    /// Leaves a time out of account in which the observer was frozen.
    pub(super) fn skip(&mut self, span: Duration) {
        self.last = self.last.after(span);
    }
}

//! How the network behaves, as a whole and on each link.

use core::time::Duration;

use super::delay::Delay;
use crate::base::limits::RUN_SECONDS_MAX;
use crate::base::time::nanos;
use crate::{Error, Result};

/// How the network behaves, on every link that nothing else is said of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkConfig {
    /// Shortest delay of a message, where `delay` names no distribution.
    pub delay_min: Duration,
    /// Longest delay; each message draws its own, so messages overtake each other.
    pub delay_max: Duration,
    /// The distribution of delays; none: any from `delay_min` to `delay_max`, each as likely.
    pub delay: Option<Delay>,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: f64,
    /// Share of messages that come twice, 0.0 to 1.0. The copy draws its own delay.
    pub duplicate: f64,
    /// Share of messages held up by `reorder_by`, 0.0 to 1.0, so that later ones overtake them.
    pub reorder: f64,
    /// How long these are held up beside their delay.
    pub reorder_by: Duration,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(5),
            delay: None,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            reorder_by: Duration::from_millis(10),
        }
    }
}

/// How one link behaves in one direction: what is given here goes before what [`NetworkConfig`] says. The
/// default gives nothing, and so takes the link's own behaviour away.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkConfig {
    /// The distribution of delays.
    pub delay: Option<Delay>,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: Option<f64>,
    /// Share of messages that come twice, 0.0 to 1.0.
    pub duplicate: Option<f64>,
    /// Share of messages held up, 0.0 to 1.0.
    pub reorder: Option<f64>,
    /// How long these are held up.
    pub reorder_by: Option<Duration>,
}

impl NetworkConfig {
    /// Checks that every share and every delay can be.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] that names the setting and what it may be.
    pub fn check(&self) -> Result<()> {
        self.delays().check()?;
        for (name, share) in [
            ("loss", self.loss),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
        ] {
            check_share(name, share)?;
        }
        check_held_up(self.reorder_by)
    }

    fn delays(&self) -> Delay {
        self.delay.unwrap_or(Delay::Uniform {
            min: self.delay_min,
            max: self.delay_max,
        })
    }
}

impl NetworkConfig {
    /// Any delay between these two, each as likely, and this share of messages lost.
    #[must_use]
    pub fn uniform(min: Duration, max: Duration, loss: f64) -> Self {
        Self {
            delay_min: min,
            delay_max: max,
            loss,
            ..Self::default()
        }
    }

    /// The same, but for what `link` says.
    #[must_use]
    pub fn with(&self, link: &LinkConfig) -> Self {
        Self {
            delay: link.delay.or(self.delay),
            loss: link.loss.unwrap_or(self.loss),
            duplicate: link.duplicate.unwrap_or(self.duplicate),
            reorder: link.reorder.unwrap_or(self.reorder),
            reorder_by: link.reorder_by.unwrap_or(self.reorder_by),
            ..*self
        }
    }
}

impl LinkConfig {
    /// Checks what is given.
    ///
    /// # Errors
    /// As [`NetworkConfig::check`].
    pub fn check(&self) -> Result<()> {
        self.delay.as_ref().map_or(Ok(()), Delay::check)?;
        for (name, share) in [
            ("loss", self.loss),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
        ] {
            check_share(name, share.unwrap_or(0.0))?;
        }
        check_held_up(self.reorder_by.unwrap_or_default())
    }
}

fn check_share(name: &str, share: f64) -> Result<()> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{name}={share}: it must be from 0% to 100%"
    )))
}

fn check_held_up(span: Duration) -> Result<()> {
    if span <= Duration::from_secs(RUN_SECONDS_MAX) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "reorder: a message is held up for {RUN_SECONDS_MAX}s at most"
    )))
}

/// How messages fare in one direction between two nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) delay: Delay,
    pub(super) loss: f64,
    pub(super) duplicate: f64,
    pub(super) reorder: f64,
    pub(super) reorder_by_ns: u64,
}

impl Link {
    pub(super) fn of(network: &NetworkConfig, own: Option<&LinkConfig>) -> Self {
        let own = own.copied().unwrap_or_default();
        Self {
            delay: own.delay.unwrap_or_else(|| network.delays()),
            loss: own.loss.unwrap_or(network.loss),
            duplicate: own.duplicate.unwrap_or(network.duplicate),
            reorder: own.reorder.unwrap_or(network.reorder),
            reorder_by_ns: nanos(own.reorder_by.unwrap_or(network.reorder_by)),
        }
    }
}

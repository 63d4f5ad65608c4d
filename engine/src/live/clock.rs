//! The system's wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::time::Wall;
use crate::storage::Clock;

/// The system's wall clock, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Wall {
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver is where time comes from"
        )]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

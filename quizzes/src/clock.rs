//! The time of day, which the record keeps with every answer.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where a session takes its time from: the system, or a test.
pub trait Clock {
    /// Milliseconds since 1970 UTC.
    fn now_ms(&self) -> i64;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock set before 1970 counts as 1970: an odd date must not cost an answer.
        i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
    }
}

//! The two kinds of time. A node is handed both with every input and reads neither by itself.

use core::fmt;
use core::time::Duration;

/// A point on the monotonic clock: nanoseconds since the cluster started. Deadlines and timers use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

/// A wall-clock reading: milliseconds since the Unix epoch, as one node believes it to be. Version
/// stamps use it, and it may be wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub u64);

/// Both clocks of one node at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock.
    pub mono: Mono,
    /// The wall clock, with this node's skew.
    pub wall: Wall,
}

impl Mono {
    /// The instant `span` later; stays at the end of time rather than wrapping.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// `span` in nanoseconds, at most `u64::MAX`.
#[must_use]
pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Display for Mono {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Pretty(Duration::from_nanos(self.0)))
    }
}

/// A point of time, fine enough to tell two near ones apart late in a run: `1.25ms`, `10.0012s`.
#[must_use]
pub fn clock(at: Mono) -> String {
    match at.0 {
        0 => "0".to_owned(),
        1..1_000_000_000 => Pretty(Duration::from_nanos(at.0)).to_string(),
        ns => format!(
            "{}.{:04}s",
            ns / 1_000_000_000,
            ns % 1_000_000_000 / 100_000
        ),
    }
}

/// A duration as people write it: `250us`, `1.5ms`, `2s`, `3m`.
#[derive(Clone, Copy, Debug)]
pub struct Pretty(pub Duration);

impl fmt::Display for Pretty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = nanos(self.0);
        let (unit, name) = match ns {
            0..1_000 => return write!(f, "{ns}ns"),
            1_000..1_000_000 => (1_000, "us"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        let hundredths = ns / (unit / 100);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match rest {
            0 => write!(f, "{whole}{name}"),
            rest if rest % 10 == 0 => write!(f, "{whole}.{}{name}", rest / 10),
            rest => write!(f, "{whole}.{rest:02}{name}"),
        }
    }
}

//! How often each kind of fault struck: a fault that was asked for and met nothing proves nothing.

use core::ops::AddAssign;

/// A kind of fault, or of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// A message that the network dropped.
    Loss,
    /// A second copy of a message that was delivered.
    Duplicate,
    /// A message that a later one of its link overtook because it was held up on purpose.
    Reorder,
    /// A message that was kept back on a held link.
    Hold,
    /// A message that a partition cut off.
    Partition,
    /// A message that met a link that carries nothing in its direction.
    Oneway,
    /// A message from or to an isolated node.
    Isolate,
    /// A message between the two sides of a bridge.
    Bridge,
    /// A message that a full queue had no place for: of the world, a held link or a paused node.
    QueueFull,
    /// A message whose receiver was down.
    Down,
    /// A node that was killed.
    Kill,
    /// A node that was started again.
    Restart,
    /// An input that waited for a paused node.
    Pause,
    /// A disk that was lost.
    Wipe,
    /// A storage operation that a slow disk held up.
    DiskSlow,
    /// A storage operation that a full disk refused.
    DiskFull,
    /// A sync that the disk reported and did not do.
    DiskLie,
    /// A sync that failed.
    DiskSync,
    /// A bit that flipped.
    DiskFlip,
    /// A restart that found the disk damaged.
    Unreadable,
    /// A byte that a crash took because it was not synced.
    BytesLost,
    /// A jump of a clock.
    ClockJump,
    /// A clock that began to run fast or slow.
    ClockDrift,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 23] = [
        Self::Loss,
        Self::Duplicate,
        Self::Reorder,
        Self::Hold,
        Self::Partition,
        Self::Oneway,
        Self::Isolate,
        Self::Bridge,
        Self::QueueFull,
        Self::Down,
        Self::Kill,
        Self::Restart,
        Self::Pause,
        Self::Wipe,
        Self::DiskSlow,
        Self::DiskFull,
        Self::DiskLie,
        Self::DiskSync,
        Self::DiskFlip,
        Self::Unreadable,
        Self::BytesLost,
        Self::ClockJump,
        Self::ClockDrift,
    ];

    /// The name, as reports show it: lower case, words joined by `-`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Hold => "hold",
            Self::Partition => "partition",
            Self::Oneway => "oneway",
            Self::Isolate => "isolate",
            Self::Bridge => "bridge",
            Self::QueueFull => "queue-full",
            Self::Down => "down",
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Wipe => "wipe",
            Self::DiskSlow => "disk-slow",
            Self::DiskFull => "disk-full",
            Self::DiskLie => "disk-lie",
            Self::DiskSync => "disk-sync",
            Self::DiskFlip => "disk-flip",
            Self::Unreadable => "unreadable",
            Self::BytesLost => "bytes-lost",
            Self::ClockJump => "clock-jump",
            Self::ClockDrift => "clock-drift",
        }
    }
}

/// How often each kind of fault struck in a run.
///
/// ```
/// use kvorum::sim::{FaultCounts, FaultKind};
///
/// let counts = FaultCounts::default();
/// assert_eq!(counts.of(FaultKind::Kill), 0);
/// assert!(counts.iter().all(|(_, count)| count == 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCounts([u64; FaultKind::ALL.len()]);

impl FaultCounts {
    /// How often this kind struck.
    #[must_use]
    pub fn of(&self, kind: FaultKind) -> u64 {
        self.0[kind as usize]
    }

    /// Every kind's name and count, in a fixed order. [`FaultKind::QueueFull`] is left out: it is no fault that a
    /// scenario can order, but the world's own limit.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        FaultKind::ALL
            .iter()
            .filter(|kind| **kind != FaultKind::QueueFull)
            .map(|kind| (kind.name(), self.of(*kind)))
    }

    pub(super) fn add(&mut self, kind: FaultKind, count: u64) {
        let sum = &mut self.0[kind as usize];
        *sum = sum.saturating_add(count);
    }

    pub(super) fn one(&mut self, kind: FaultKind) {
        self.add(kind, 1);
    }
}

/// Adds up the counts of several runs.
impl AddAssign for FaultCounts {
    fn add_assign(&mut self, other: Self) {
        for kind in FaultKind::ALL {
            self.add(kind, other.of(kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_place_and_name() {
        let names: std::collections::BTreeSet<_> =
            FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), FaultKind::ALL.len());
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            let mut counts = FaultCounts::default();
            counts.one(kind);
            counts += counts;
            assert_eq!(counts.of(kind), 2);
            let told = usize::from(kind != FaultKind::QueueFull);
            assert_eq!(counts.iter().filter(|(_, count)| *count > 0).count(), told);
        }
    }
}

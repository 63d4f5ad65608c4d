//! What is kept of concurrent versions.

use core::fmt;

use super::dot::Dot;
use super::live::{Live, Version};

/// Decides which of the versions that no other supersedes stay. One of the parts that can be swapped.
///
/// It must depend on nothing but the versions, and `resolve` of a merge must not depend on the order of
/// merging: otherwise replicas never agree.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// Removes from `live` what shall not stay; never the last version. Called only where there are several.
    fn resolve(&self, live: &mut Live);
    /// The one of two that [`resolve`](Self::resolve) would keep alone, where it knows without a set of them,
    /// which takes memory; none leaves the two to `resolve`.
    fn winner(&self, _one: (Dot, &Version), _other: (Dot, &Version)) -> Option<Dot> {
        None
    }
    /// True where a write with no context stands beside what is there rather than above or below it.
    fn keeps_siblings(&self) -> bool;
}

/// Every concurrent version stays, for the next writer to join (Dynamo 2007, section 4.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepSiblings;

impl Resolve for KeepSiblings {
    fn resolve(&self, _live: &mut Live) {}

    fn keeps_siblings(&self) -> bool {
        true
    }
}

/// The version with the highest stamp stays: last write wins.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepLatest;

impl Resolve for KeepLatest {
    fn resolve(&self, live: &mut Live) {
        let latest = live.iter().map(|(dot, version)| (version.stamp, dot)).max();
        live.retain(|dot, version| Some((version.stamp, dot)) == latest);
    }

    fn winner(&self, one: (Dot, &Version), other: (Dot, &Version)) -> Option<Dot> {
        let (one, other) = ((one.1.stamp, one.0), (other.1.stamp, other.0));
        Some(one.max(other).1)
    }

    fn keeps_siblings(&self) -> bool {
        false
    }
}

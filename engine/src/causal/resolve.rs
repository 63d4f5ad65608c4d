//! What is kept of concurrent versions.

use core::fmt;
use std::collections::BTreeMap;

use super::cell::Version;
use super::dot::Dot;

/// Decides which of the versions that no other supersedes stay. One of the parts that can be swapped.
///
/// It must depend on nothing but the versions, and `resolve` of a merge must not depend on the order of
/// merging: otherwise replicas never agree.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// Removes from `live` what shall not stay; never the last version.
    fn resolve(&self, live: &mut BTreeMap<Dot, Version>);
    /// True where a write with no context stands beside what is there rather than above or below it.
    fn keeps_siblings(&self) -> bool;
}

/// Every concurrent version stays, for the next writer to join (Dynamo 2007, section 4.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepSiblings;

impl Resolve for KeepSiblings {
    fn resolve(&self, _live: &mut BTreeMap<Dot, Version>) {}

    fn keeps_siblings(&self) -> bool {
        true
    }
}

/// The version with the highest stamp stays: last write wins.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepLatest;

impl Resolve for KeepLatest {
    fn resolve(&self, live: &mut BTreeMap<Dot, Version>) {
        let latest = live
            .iter()
            .max_by_key(|(dot, version)| (version.stamp, **dot))
            .map(|(dot, _)| *dot);
        live.retain(|dot, _| Some(*dot) == latest);
    }

    fn keeps_siblings(&self) -> bool {
        false
    }
}

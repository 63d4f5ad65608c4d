//! Versions, and the set of those that stand.

use bytes::Bytes;
use smallvec::SmallVec;

use super::dot::Dot;
use super::hlc::Stamp;
use super::resolve::Resolve;
use crate::base::time::Wall;

/// One written value, or the tombstone of a delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The value. None is a tombstone: of a delete where there is no deadline, else of a value that was
    /// dropped after it had expired.
    pub value: Option<Bytes>,
    /// When it was written. A request is stamped once, so two versions with one stamp and one value are one
    /// write that came in twice.
    pub stamp: Stamp,
    /// From this millisecond on it counts as a tombstone. The coordinator fixes it once, and it travels as
    /// data, so every replica ends the same version. None never ends; a delete has none.
    pub deadline: Option<Wall>,
}

impl Version {
    /// A value that never expires.
    #[must_use]
    pub fn new(value: Bytes, stamp: Stamp) -> Self {
        Self {
            value: Some(value),
            stamp,
            deadline: None,
        }
    }

    /// What a delete writes.
    #[must_use]
    pub fn tombstone(stamp: Stamp) -> Self {
        Self {
            stamp,
            ..Self::default()
        }
    }

    /// The value, unless it is a tombstone at `now`.
    #[must_use]
    pub fn value_at(&self, now: Wall) -> Option<&Bytes> {
        self.value.as_ref().filter(|_| !self.is_expired(now))
    }

    /// True when its deadline has come.
    #[must_use]
    pub fn is_expired(&self, now: Wall) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// True for what a delete wrote, false for what expired.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.value.is_none() && self.deadline.is_none()
    }

    /// True when it expired and its bytes were dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.value.is_none() && self.deadline.is_some()
    }

    /// True when both are one write, whether or not one side has dropped the bytes.
    pub(super) fn same_write(&self, other: &Self) -> bool {
        (self.stamp, self.deadline, self.is_delete())
            == (other.stamp, other.deadline, other.is_delete())
    }

    /// Drops the bytes where another copy of this write has; true when there were some.
    pub(super) fn drop_as(&mut self, copy: &Self) -> bool {
        copy.is_dropped() && self.value.take().is_some()
    }

    /// Drops the bytes where the deadline has come; true when there were some.
    pub(super) fn drop_expired(&mut self, now: Wall) -> bool {
        self.is_expired(now) && self.value.take().is_some()
    }
}

/// The versions of a key that no other supersedes, ascending by dot. One version, which is what most keys
/// have, takes no memory besides this struct and its value.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Live(SmallVec<[(Dot, Version); 1]>);

impl Clone for Live {
    fn clone(&self) -> Self {
        let mut copy = SmallVec::new();
        match self.0.as_slice() {
            // Most are of one, and get by without the growing that a list needs.
            [one] => copy.push(one.clone()),
            all => copy.extend(all.iter().cloned()),
        }
        Self(copy)
    }
}

impl Live {
    pub(super) fn change_deadlines(&mut self, deadline: impl Fn(Wall, Stamp) -> Wall) {
        for (_, version) in &mut self.0 {
            version.deadline = version.deadline.map(|at| deadline(at, version.stamp));
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The version of `dot`.
    #[must_use]
    pub fn get(&self, dot: Dot) -> Option<&Version> {
        let at = self.place_of(dot).ok()?;
        Some(&self.0[at].1)
    }

    /// True when `dot` is among them.
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        self.place_of(dot).is_ok()
    }

    /// Each with its dot, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Dot, &Version)> {
        self.0.iter().map(|(dot, version)| (*dot, version))
    }

    /// The dots, ascending.
    pub fn dots(&self) -> impl Iterator<Item = Dot> + '_ {
        self.0.iter().map(|(dot, _)| *dot)
    }

    /// The versions, ascending by dot.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.0.iter().map(|(_, version)| version)
    }

    /// Removes each version of which `keep` says false.
    pub fn retain(&mut self, mut keep: impl FnMut(Dot, &Version) -> bool) {
        self.0.retain(|(dot, version)| keep(*dot, version));
    }

    fn place_of(&self, dot: Dot) -> Result<usize, usize> {
        self.0.binary_search_by_key(&dot, |entry| entry.0)
    }

    pub(super) fn versions_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        self.0.iter_mut().map(|(_, version)| version)
    }

    pub(super) fn retain_mut(&mut self, mut keep: impl FnMut(Dot, &mut Version) -> bool) {
        self.0.retain(|(dot, version)| keep(*dot, version));
    }

    /// Adds versions under dots that are not there yet, and removes what `resolve` does not keep.
    pub(super) fn add(
        &mut self,
        versions: impl Iterator<Item = (Dot, Version)>,
        resolve: &dyn Resolve,
    ) {
        for (dot, version) in versions {
            if let [held] = self.0.as_mut_slice()
                && let Some(winner) = resolve.winner((held.0, &held.1), (dot, &version))
            {
                if winner == dot {
                    *held = (dot, version);
                }
                continue;
            }
            self.0.push((dot, version));
        }
        // One sort for all, so that many newcomers do not each shift the rest.
        if !self.0.is_sorted_by_key(|entry| entry.0) {
            self.0.sort_unstable_by_key(|entry| entry.0);
        }
        if self.0.len() > 1 {
            resolve.resolve(self);
        }
    }

    /// Adds a version whose dot must be above all that are there; false when it is not.
    pub(super) fn push(&mut self, dot: Dot, version: Version) -> bool {
        let ascends = self.0.last().is_none_or(|last| last.0 < dot);
        if ascends {
            self.0.push((dot, version));
        }
        ascends
    }
}

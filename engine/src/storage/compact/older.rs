//! When a merge may let tombstones go.
//!
//! A tombstone hides older versions of its key. They may lie in the merge's own inputs (and are let go with
//! it), or in tables that lie beneath what the merge writes. Where no such table spans the key, nothing is
//! left to hide: once no snapshot tells the tombstone from what came before, it may go. Tables above the
//! target hold newer versions only (the invariant of [`levels`](crate::storage::levels)), and so do memtables.
//!
//! The answer, taken when the plan starts, holds until it ends: no table comes to lie beneath a running plan's
//! target in its range unless it was there when it started, since it would have to pass the plan's inputs.

use bytes::Bytes;

use crate::storage::compact::Plan;
use crate::storage::describe::RunId;
use crate::storage::levels::{Describe, Levels};

/// The key ranges in which something lies beneath what a merge writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Older {
    /// Disjoint, sorted, none touching the next.
    ranges: Vec<(Bytes, Bytes)>,
    /// The first range that ends after the key that was asked last.
    at: usize,
}

impl Older {
    /// Whether something older than the merge's inputs may hold a version of `key`. Keys are asked in
    /// ascending order, each in constant time on the average.
    pub fn holds(&mut self, key: &[u8]) -> bool {
        while let Some((from, to)) = self.ranges.get(self.at) {
            if key < to.as_ref() {
                return from.as_ref() <= key;
            }
            self.at += 1;
        }
        false
    }

    /// Whether something older may hold a version of a key in `from..to`: a range tombstone may go when
    /// nothing does. In any order.
    #[must_use]
    pub fn holds_any(&self, from: &[u8], to: &[u8]) -> bool {
        let first = self.ranges.partition_point(|(_, end)| end.as_ref() <= from);
        (self.ranges.get(first)).is_some_and(|(start, _)| start.as_ref() < to)
    }

    /// Whether nothing older lies beneath any of the merge.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// Where tables outside `plan` lie beneath its target and in its range. Empty for a plan that writes nothing.
#[must_use]
pub fn older_tables_outside<T: Describe>(levels: &Levels<T>, plan: &Plan) -> Older {
    let (Some(target), Some((from, to))) = (plan.place(RunId::MAX), plan.span(levels)) else {
        return Older::default();
    };
    let inputs: std::collections::BTreeSet<_> = plan.files().collect();
    let mut beneath: Vec<(Bytes, Bytes)> = levels
        .touching(&from, Some(&to))
        .filter(|(place, table)| target.is_newer_than(*place) && !inputs.contains(&table.meta().id))
        .map(|(_, table)| (table.meta().smallest.clone(), table.meta().end.clone()))
        .collect();
    beneath.sort();
    let mut ranges: Vec<(Bytes, Bytes)> = Vec::with_capacity(beneath.len());
    for (from, to) in beneath {
        match ranges.last_mut() {
            Some((_, end)) if from <= *end => {
                if to > *end {
                    *end = to;
                }
            }
            _ => ranges.push((from, to)),
        }
    }
    Older { ranges, at: 0 }
}

/// Whether nothing outside `plan` is older than its inputs and touches a key of `from..to`.
#[must_use]
pub fn is_bottom_for<T: Describe>(levels: &Levels<T>, plan: &Plan, from: &[u8], to: &[u8]) -> bool {
    !older_tables_outside(levels, plan).holds_any(from, to)
}

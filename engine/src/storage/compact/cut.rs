//! Where a merge ends one table and begins the next.

use bytes::Bytes;

use crate::storage::compact::Plan;
use crate::storage::levels::{Describe, LEVELS_MAX, Levels};

/// Watches how much of the level below its target a table under construction overlaps. A table that
/// overlaps much of it is dear to merge further down, so it is ended early (LevelDB's rule).
#[derive(Clone, Debug)]
pub struct Cutter {
    /// The end and the length of each table of the level below that the merge's range touches, sorted.
    below: Vec<(Bytes, u64)>,
    /// The first of them that ends after the last key.
    at: usize,
    /// Bytes of those that end before the last key and not before the table's first.
    passed_bytes: u64,
    overlap_bytes_max: u64,
    begun: bool,
}

impl Cutter {
    /// The cutter of `plan`; one that never cuts for a plan that merges nothing.
    #[must_use]
    pub fn new<T: Describe>(levels: &Levels<T>, plan: &Plan) -> Self {
        let mut cutter = Self {
            below: Vec::new(),
            at: 0,
            passed_bytes: 0,
            overlap_bytes_max: u64::MAX,
            begun: false,
        };
        let Plan::Merge {
            target_level,
            overlap_bytes_max,
            ..
        } = plan
        else {
            return cutter;
        };
        let level = target_level.saturating_add(1);
        let span = plan.span(levels);
        if usize::from(level) < LEVELS_MAX
            && let Some((from, to)) = span
        {
            cutter.overlap_bytes_max = *overlap_bytes_max;
            for run in levels.level(level) {
                for table in run.touching(&from, Some(&to)) {
                    let meta = table.meta();
                    cutter.below.push((meta.end.clone(), meta.bytes));
                }
            }
            cutter.below.sort();
        }
        cutter
    }

    /// Whether the table under construction should end before `key`, a key higher than all before it. The
    /// count begins anew where it says so.
    pub fn ends_before(&mut self, key: &[u8]) -> bool {
        while let Some((end, bytes)) = self.below.get(self.at)
            && end.as_ref() <= key
        {
            if self.begun {
                self.passed_bytes = self.passed_bytes.saturating_add(*bytes);
            }
            self.at += 1;
        }
        self.begun = true;
        let cut = self.passed_bytes > self.overlap_bytes_max;
        if cut {
            self.passed_bytes = 0;
        }
        cut
    }

    /// Tells it that a table was ended for another reason: the count begins anew.
    pub fn restart(&mut self) {
        self.passed_bytes = 0;
    }
}

//! What is known of each version before any search, and which changes of unknown end are kept for which.

use std::collections::BTreeMap;

use super::model::Agreed;
use super::state::State;
use super::{Makes, Must, NOTHING, Register, Says};

/// What is known of one version.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    pub(super) version: u64,
    /// The change that made it, while it is not placed.
    pub(super) change: Option<u32>,
    /// What reads showed, and how many of them are not placed.
    pub(super) shown: Option<u32>,
    pub(super) reads_left: u32,
}

impl Level {
    pub(super) fn is_over(&self) -> bool {
        self.change.is_none() && self.reads_left == 0
    }
}

/// Changes of unknown end that are alike.
pub(super) struct Unknown {
    pub(super) change: u32,
    /// Their calls, and how many are placed.
    pub(super) calls: Vec<usize>,
    pub(super) used: usize,
    /// The versions that nothing else can have made, in order: one is kept for each.
    pub(super) kept_for: Vec<u64>,
}

impl Unknown {
    /// The call of the one that is taken next to make this version.
    pub(super) fn call(&self, version: u64) -> Option<usize> {
        let later = self.kept_for.len() - self.kept_for.partition_point(|kept| *kept <= version);
        let free = self.calls.len() - self.used > later;
        self.calls.get(self.used).copied().filter(|_| free)
    }
}

impl Agreed<'_> {
    /// Where the states before and after a version are known, and nobody was told that he made it, and only one kind
    /// of the changes of unknown end can have: one of that kind is kept for it.
    pub(super) fn keep_for_later(&mut self) {
        let known = self.known_values();
        // The first end of what knows of a version or a later one: the version was made before.
        let mut deadlines = vec![usize::MAX; self.levels.len() + 1];
        for (op, level) in (0..).zip(&self.level_of) {
            if let Some(deadline) = deadlines.get_mut(*level) {
                *deadline = self.window.ended(op).min(*deadline);
            }
        }
        for level in (0..self.levels.len()).rev() {
            deadlines[level] = deadlines[level].min(deadlines[level + 1]);
        }
        let makers = self.makers();
        for (level, deadline) in self.levels.iter().zip(deadlines) {
            let Level {
                version, change, ..
            } = *level;
            let before = version.checked_sub(1).and_then(|before| known.get(&before));
            let (Some(before), Some(value)) = (before, known.get(&version)) else {
                continue;
            };
            // A register without a value may be so by a rise.
            if change.is_some() || *value == NOTHING {
                continue;
            }
            let before = State {
                value: *before,
                version: version - 1,
                open: false,
            };
            let by_value = makers.get(&Some(*value));
            let sums = makers.get(&None);
            let all = by_value.into_iter().chain(sums).flatten().copied();
            let mut fit = all.filter(|which| {
                let Unknown { change, calls, .. } = &self.unknown[*which];
                let (change, in_time) = (*change, calls.first() < Some(&deadline));
                let after = self.register.after(before, change, Some(version));
                in_time && after.is_some_and(|after| after.value == *value)
            });
            if let (Some(which), None) = (fit.next(), fit.next()) {
                self.unknown[which].kept_for.push(version);
            }
        }
    }

    /// The changes of unknown end by the value that they make; additions, which make any, under none.
    fn makers(&self) -> BTreeMap<Option<u32>, Vec<usize>> {
        let mut makers: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for (which, unknown) in self.unknown.iter().enumerate() {
            let value = match self.register.changes[unknown.change as usize].makes {
                Makes::Value(value) => Some(value),
                Makes::Nothing => Some(NOTHING),
                Makes::Sum(_) => None,
            };
            makers.entry(value).or_default().push(which);
        }
        makers
    }

    /// The values that are known to have stood, by version.
    fn known_values(&mut self) -> BTreeMap<u64, u32> {
        let mut known = BTreeMap::new();
        for level in &self.levels {
            let made = level.change.map(|op| self.ops[op as usize]);
            if let Some(made) = made
                && let Some(found) = found_by(self.register, made)
            {
                known.insert(level.version.saturating_sub(1), found);
            }
            let made = made.and_then(|made| self.register.value_after(made));
            if let Some(value) = level.shown.or(made) {
                known.insert(level.version, value);
            }
        }
        known
    }
}

/// None when the level is told of in two ways.
pub(super) fn add_to_level(levels: &mut BTreeMap<u64, Level>, says: Says, op: u32) -> Option<()> {
    let Some(version) = says.version() else {
        return Some(());
    };
    let level = levels.entry(version).or_default();
    level.version = version;
    match says {
        Says::Stood(value, _) => {
            level.reads_left += 1;
            (*level.shown.get_or_insert(value) == value).then_some(())
        }
        _ => level.change.replace(op).is_none().then_some(()),
    }
}

/// The values that are known to have stood at versions that nobody was told that he made, from a read or from the
/// change that came next: each with the last such version.
pub(super) fn wanted(
    register: &mut Register,
    ops: &[Says],
    levels: &[Level],
) -> BTreeMap<u32, u64> {
    let mut wanted = BTreeMap::new();
    let mut made_before = None;
    for level in levels {
        let made = level.change.map(|op| ops[op as usize]);
        match (level.shown, made) {
            (Some(shown), None) => drop(wanted.insert(shown, level.version)),
            (_, Some(made)) if made_before != level.version.checked_sub(1) => {
                if let Some(value) = found_by(register, made) {
                    wanted.insert(value, level.version.saturating_sub(1));
                }
            }
            _ => {}
        }
        made_before = made.and(Some(level.version));
    }
    wanted
}

/// The value that a change must have found.
fn found_by(register: &mut Register, made: Says) -> Option<u32> {
    let Says::Made(change, _, sum) = made else {
        return None;
    };
    let change = &register.changes[change as usize];
    let value = change.musts.iter().find_map(|must| match must {
        Must::HaveValue(value) => Some(*value),
        Must::BeAbsent | Must::Exist | Must::HaveVersion(_) => None,
    });
    match (value, change.makes, sum) {
        (None, Makes::Sum(by), Some(sum)) => {
            let found = register.values.sum(sum, by.checked_neg()?)?;
            // Where it may have been 0, it may have been nothing.
            (register.values.sum(NOTHING, 0) != Some(found)).then_some(found)
        }
        _ => value,
    }
}

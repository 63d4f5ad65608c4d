//! Why there is no order: two operations that contradict each other where two do, and otherwise the first end that
//! leaves no order, with what is known of the versions around it.

use std::collections::BTreeMap;

use super::super::RULE;
use super::super::search::{Budget, Found};
use super::model::search;
use super::{Register, Says, Step};
use crate::check::Violation;
use crate::check::history::{History, Outcome};
use crate::check::words::{shown_value, told};

/// Operations that an explanation shows beside the one that does not fit.
const SHOWN_MAX: usize = 8;

impl Register {
    /// What two operations show, without any search.
    pub(super) fn plainly_broken(&self, history: &History) -> Option<Violation> {
        self.applied_twice(history)
            .or_else(|| self.one_version_twice(history))
            .or_else(|| self.gone_back(history))
    }

    fn applied_twice(&self, history: &History) -> Option<Violation> {
        let (first, second) = self.twice?;
        let step_of = |place| self.steps.iter().find(|step| step.place == place);
        let (first, second) = (*step_of(first)?, *step_of(second)?);
        let words = format!(
            "{}, though under the same token {}: the change was applied twice",
            self.fact(history, second),
            self.fact(history, first)
        );
        Some(Violation::new(RULE, words).shown_by(history, [first.place, second.place]))
    }

    /// One version that two changes made, or that was seen with two values.
    fn one_version_twice(&self, history: &History) -> Option<Violation> {
        let (mut made, mut seen) = (BTreeMap::new(), BTreeMap::new());
        for step in &self.steps {
            let Some(version) = step.says.version() else {
                continue;
            };
            if let Says::Made(..) = step.says
                && let Some(other) = made.insert(version, *step)
            {
                let why = "each change makes a version of its own";
                return Some(self.contradiction(history, other, *step, why));
            }
            let Some(value) = self.value_after(step.says) else {
                continue;
            };
            let (other_value, other) = *seen.entry(version).or_insert((value, *step));
            if other_value != value {
                let why = "a version has one value";
                return Some(self.contradiction(history, other, *step, why));
            }
        }
        None
    }

    /// The number of the value that an operation tells of.
    pub(super) fn value_after(&self, says: Says) -> Option<u32> {
        match says {
            Says::Stood(value, _) => Some(value),
            Says::Made(change, _, sum) => match self.changes[change as usize].makes {
                super::Makes::Value(value) => Some(value),
                super::Makes::Nothing => Some(super::NOTHING),
                super::Makes::Sum(_) => sum,
            },
            Says::Perhaps(_) | Says::Refused(_) | Says::NoSum(_) => None,
        }
    }

    /// Something that tells of an older version than what had ended when it was asked.
    fn gone_back(&self, history: &History) -> Option<Violation> {
        let told = || {
            self.steps
                .iter()
                .filter(|step| step.says.version().is_some())
        };
        let mut ends: Vec<Step> = told()
            .filter(|step| step.ended.is_some())
            .copied()
            .collect();
        ends.sort_unstable_by_key(|step| step.ended);
        let mut ends = ends.into_iter().peekable();
        let mut newest: Option<Step> = None;
        for step in told() {
            while let Some(ended) = ends.next_if(|end| end.ended < Some(step.called)) {
                if newest.is_none_or(|newest| newest.says.version() < ended.says.version()) {
                    newest = Some(ended);
                }
            }
            let Some(newest) = newest else { continue };
            let makes_it = matches!(step.says, Says::Made(..));
            let back = match makes_it {
                true => step.says.version() <= newest.says.version(),
                false => step.says.version() < newest.says.version(),
            };
            if back {
                let why = "that had ended before this was asked, and versions never go back";
                return Some(self.contradiction(history, newest, *step, why));
            }
        }
        None
    }

    fn contradiction(&self, history: &History, first: Step, second: Step, why: &str) -> Violation {
        let words = format!(
            "{}, though {}: {why}",
            self.fact(history, second),
            self.fact(history, first)
        );
        Violation::new(RULE, words).shown_by(history, [first.place, second.place])
    }

    /// What an operation was told: `get cart via n1 at 5ms showed milk at version 3`.
    fn fact(&self, history: &History, step: Step) -> String {
        let asked = told(history, step.place);
        match step.says {
            Says::Stood(value, version) => {
                let value = shown_value(self.values.value(value));
                format!("{asked} showed {value} at version {version}")
            }
            Says::Made(_, version, None) => format!("{asked} made version {version}"),
            Says::Made(_, version, Some(sum)) => {
                let sum = shown_value(self.values.value(sum));
                format!("{asked} made {sum} at version {version}")
            }
            Says::Perhaps(_) => match history.operations()[step.place].outcome {
                Outcome::Open => format!("{asked} was never answered"),
                _ => format!("{asked} may have taken place"),
            },
            Says::Refused(_) => format!("{asked} was refused with a conflict"),
            Says::NoSum(_) => format!("{asked} was refused as no sum"),
        }
    }

    /// Explains that there is no order.
    pub(in super::super) fn explain(&mut self, history: &History, budget: &Budget) -> Violation {
        let mut ends: Vec<Step> = self.steps.clone();
        ends.retain(|step| step.ended.is_some());
        ends.sort_unstable_by_key(|step| step.ended);
        let (mut low, mut high) = (0, ends.len());
        let mut steps_left = budget.steps;
        while low < high {
            let middle = low.midpoint(high);
            let mut budget = Budget {
                steps: steps_left,
                ..budget.clone()
            };
            let last = ends[middle].ended.unwrap_or(usize::MAX);
            let found = search(self, last, &mut budget);
            steps_left = budget.steps;
            match found {
                Found::NoOrder => high = middle,
                Found::Order | Found::TooLong => low = middle + 1,
            }
        }
        match ends.get(high).or(ends.last()) {
            None => Violation::new(RULE, "no order of the operations explains the answers"),
            Some(step) => self.does_not_fit(history, *step),
        }
    }

    /// The operation that fits nowhere, and what is known of the versions around it.
    fn does_not_fit(&self, history: &History, odd: Step) -> Violation {
        let last = odd.ended.unwrap_or(usize::MAX);
        let known = self.steps.iter().filter(|step| {
            step.place != odd.place
                && step.says.version().is_some()
                && step.ended.is_some_and(|ended| ended < last)
        });
        let known: Vec<Step> = known.copied().collect();
        // The version in question: its own or, where it was told none, the newest one when it was asked.
        let before = known.iter().filter(|step| step.ended < Some(odd.called));
        let newest = before.filter_map(|step| step.says.version()).max();
        let version = odd.says.version().or(newest).unwrap_or(0);
        let near = |step: &&Step| {
            let other = step.says.version().unwrap_or(0);
            other.saturating_add(1) >= version && other <= version.saturating_add(1)
        };
        let mut shown: Vec<Step> = known.iter().filter(near).copied().collect();
        shown.sort_unstable_by_key(|step| (step.says.version(), step.ended));
        shown.truncate(SHOWN_MAX);
        let unknown = self.steps.iter().filter(|step| {
            let open = step.ended.is_none_or(|ended| ended > last);
            open && step.called < last && !matches!(step.says, Says::Stood(..))
        });
        let unknown = unknown.count();
        let mut words = format!("{}, which fits nowhere", self.fact(history, odd));
        for step in &shown {
            words.push_str(&format!("; {}", self.fact(history, *step)));
        }
        words.push_str(match unknown {
            0 => ". No change was of unknown end",
            1 => ". One change of unknown end does not explain it, whether it took place or not",
            _ => ". No choice of the changes of unknown end explains it",
        });
        if unknown > 1 {
            words.push_str(&format!(", {unknown} of them"));
        }
        words.push('.');
        let places = shown.iter().map(|step| step.place);
        Violation::new(RULE, words).shown_by(history, places.chain([odd.place]))
    }
}

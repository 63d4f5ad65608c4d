//! Why there is no order: the shortest beginning of the history that has none, thinned to the few operations
//! that show it, in words.
//!
//! The shortest beginning always ends with the end of a get. A put or delete that ends can still take effect
//! last, after all that ended before it; so when a beginning has an order, it has one with that end too.

use std::collections::{BTreeMap, BTreeSet};

use super::plain::{Kind, NOTHING, Step, search};
use super::search::{Budget, Found};
use super::{RULE, Register};
use crate::base::time::clock;
use crate::check::history::{Asked, Effect, History, Operation};
use crate::check::words::{shown, shown_key};
use crate::check::{Violation, words};

/// Writes of the value that the get returned are all shown up to so many; of more, the last one is.
const SAME_VALUE_SHOWN_MAX: usize = 3;

impl Register<'_> {
    /// Explains that the events up to rank `last` have no order.
    pub(super) fn explain(&self, history: &History, last: usize, budget: &Budget) -> Violation {
        let mut thinning = Thinning {
            values: self.values.len(),
            budget: budget.clone(),
        };
        let mut reads: Vec<Step> = self.steps.clone();
        reads.retain(|step| {
            step.kind == Kind::Read && step.ended.is_some_and(|ended| ended <= last)
        });
        reads.sort_unstable_by_key(|step| step.ended);
        let first = thinning.first_broken(&self.steps, &reads);
        let Some(read) = reads.get(first).or(reads.last()).copied() else {
            return Violation::new(RULE, "no order of the operations explains the answers");
        };
        let last = read.ended.unwrap_or(last);
        let mut steps: Vec<Step> = self.steps.clone();
        steps.retain(|step| {
            let ended = step.ended.is_some_and(|ended| ended <= last);
            step.called < last && (step.kind == Kind::Write || ended)
        });
        for step in &mut steps {
            step.ended = step.ended.filter(|ended| *ended <= last);
        }
        let steps = thinning.thin(steps, read, last);
        Explanation {
            history,
            read,
            others: shown_others(&steps, read),
        }
        .violation(self)
    }
}

/// Searches over parts of the history, all within one budget.
struct Thinning {
    values: usize,
    budget: Budget,
}

impl Thinning {
    /// A search that is given up shows nothing.
    fn broken(&mut self, steps: &[Step], last: usize) -> bool {
        let mut budget = self.budget.clone();
        let found = search(steps, self.values, last, &mut budget);
        // The memory is given back after each search, steps are not.
        self.budget.steps = budget.steps;
        found == Found::NoOrder
    }

    /// The index of the first get whose end has no order; `reads` are in the order of their ends.
    fn first_broken(&mut self, steps: &[Step], reads: &[Step]) -> usize {
        let (mut low, mut high) = (0, reads.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.broken(steps, reads[middle].ended.unwrap_or(usize::MAX)) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        high
    }

    /// Leaves out what the history is broken without. Every part left out is closed: a get, which changes
    /// nothing, or a value with its writes and gets. A history with an order so keeps it.
    fn thin(&mut self, steps: Vec<Step>, read: Step, last: usize) -> Vec<Step> {
        let mut values: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for step in steps.iter().filter(|step| step.value != read.value) {
            values.entry(step.value).or_default().push(step.place);
        }
        let steps = self.without(steps, values.into_values().collect(), last);
        let others = steps
            .iter()
            .filter(|step| step.kind == Kind::Read && step.place != read.place);
        let reads = others.map(|step| vec![step.place]).collect();
        self.without(steps, reads, last)
    }

    fn without(
        &mut self,
        mut steps: Vec<Step>,
        mut parts: Vec<Vec<usize>>,
        last: usize,
    ) -> Vec<Step> {
        let mut chunk = parts.len().div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < parts.len() {
                let end = (at + chunk).min(parts.len());
                let out: BTreeSet<usize> = parts[at..end].iter().flatten().copied().collect();
                let mut fewer = steps.clone();
                fewer.retain(|step| !out.contains(&step.place));
                if self.broken(&fewer, last) {
                    steps = fewer;
                    parts.drain(at..end);
                } else {
                    at = end;
                }
            }
            chunk /= 2;
        }
        steps
    }
}

/// What is told beside the get: all, but of many writes of its own value only the last.
fn shown_others(steps: &[Step], read: Step) -> Vec<Step> {
    let same = |step: &Step| step.kind == Kind::Write && step.value == read.value;
    let mut of_value = steps.iter().filter(|step| same(step));
    let too_many = of_value.clone().count() > SAME_VALUE_SHOWN_MAX;
    let last = of_value.next_back().map(|step| step.place);
    let others = steps.iter().filter(|step| {
        step.place != read.place && (!too_many || !same(step) || Some(step.place) == last)
    });
    others.copied().collect()
}

struct Explanation<'a> {
    history: &'a History,
    read: Step,
    others: Vec<Step>,
}

impl Explanation<'_> {
    fn violation(&self, register: &Register<'_>) -> Violation {
        let written = self.read.value == NOTHING
            || self
                .others
                .iter()
                .any(|step| step.kind == Kind::Write && step.value == self.read.value);
        let words = match written {
            true => self.stale(),
            false => format!("{}, {}", self.returned(), self.unwritten(register)),
        };
        let places = self.others.iter().map(|step| step.place);
        Violation::new(RULE, words).shown_by(self.history, places.chain([self.read.place]))
    }

    fn operation(&self, step: Step) -> &Operation {
        &self.history.operations()[step.place]
    }

    fn returned(&self) -> String {
        let operation = self.operation(self.read);
        format!(
            "{}'s get of {} at {} returned {}",
            operation.via,
            shown_key(&operation.key),
            clock(operation.called),
            self.value(self.read)
        )
    }

    fn value(&self, step: Step) -> String {
        let operation = self.operation(step);
        match &operation.asked {
            Asked::Put { value, .. } => shown(value),
            _ => operation.answer().map_or_else(
                || "nothing".to_owned(),
                |answer| words::shown_values(&answer.values),
            ),
        }
    }

    /// A value that the register has had, but not now.
    fn stale(&self) -> String {
        let before = |step: &&Step| {
            step.value != self.read.value
                && step.ended.is_some_and(|ended| ended < self.read.called)
        };
        // A get says more than a write: it saw the other value, so that it was there.
        let evidence = self
            .others
            .iter()
            .filter(before)
            .max_by_key(|step| (step.kind == Kind::Read, step.ended));
        let mut words = self.returned();
        if let Some(step) = evidence {
            words.push_str(&format!(", though {}", self.evidence(*step)));
        }
        for step in &self.others {
            if evidence.is_none_or(|evidence| evidence.place != step.place) {
                words.push_str(&format!("; {}", self.fact(*step)));
            }
        }
        words.push_str(&format!(
            ". No order of these {} operations that keeps to real time explains it.",
            self.others.len() + 1
        ));
        words
    }

    fn evidence(&self, step: Step) -> String {
        let operation = self.operation(step);
        let (asked, whom) = (clock(operation.called), self.whom(operation));
        let ended = operation.ended.map_or_else(String::new, clock);
        let value = self.value(step);
        match (step.kind, &operation.asked) {
            (Kind::Read, _) => {
                format!(
                    "{value} had been read at {asked} {whom}, and that get had ended at {ended}"
                )
            }
            (Kind::Write, Asked::Delete { .. }) => {
                format!("it had been deleted at {asked} {whom}, acknowledged at {ended}")
            }
            (Kind::Write, _) => {
                format!("{value} had been put at {asked} {whom}, acknowledged at {ended}")
            }
        }
    }

    fn fact(&self, step: Step) -> String {
        let operation = self.operation(step);
        let (asked, value) = (clock(operation.called), self.value(step));
        let ended = step.ended.and(operation.ended).map(clock);
        match (step.kind, &operation.asked) {
            (Kind::Read, _) => format!(
                "{}'s get at {asked} had returned {value}{}",
                operation.via,
                ended.map_or_else(String::new, |ended| format!(" by {ended}"))
            ),
            (Kind::Write, asked_what) => {
                let what = match asked_what {
                    Asked::Delete { .. } => "it was deleted".to_owned(),
                    _ => format!("{value} was put"),
                };
                match ended {
                    Some(ended) => format!("{what} at {asked}, acknowledged at {ended}"),
                    None => format!("{what} at {asked}, not acknowledged by then"),
                }
            }
        }
    }

    /// Who asked, seen from the get that could not be placed.
    fn whom(&self, operation: &Operation) -> String {
        match (self.operation(self.read).client, operation.client) {
            (0, _) | (_, 0) => format!("via {}", operation.via),
            (mine, other) if mine == other => "by the same client".to_owned(),
            _ => "by another client".to_owned(),
        }
    }

    /// Where a value came from that nobody had put when the get ended.
    fn unwritten(&self, register: &Register<'_>) -> String {
        let read = self.operation(self.read);
        let same = |operation: &&Operation| match &operation.asked {
            Asked::Put { value, .. } => {
                operation.key == read.key
                    && register.values.get(&Some(value)) == Some(&self.read.value)
            }
            _ => false,
        };
        let mut puts = self.history.operations().iter().filter(same);
        match puts.next() {
            None => "which nobody has put".to_owned(),
            Some(put) if put.effect() == Effect::Never => {
                "which was put, but refused with an error that says it was not written".to_owned()
            }
            Some(put) => format!(
                "which was put only at {}, after this get had ended",
                clock(put.called)
            ),
        }
    }
}

//! A register that is compared and set: its state is a value and a version, and each change makes the version one
//! more.
//!
//! | ended | a read at SERIAL | a change |
//! |---|---|---|
//! | with success | showed the state at some point between | its conditions held at some point between, and it made the version that was told, and the sum |
//! | with a conflict | | at some point between one of its conditions did not hold |
//! | with an invalid argument | says nothing | an addition: at some point between its conditions held and the value was no number, or the sum too large |
//! | unknown | says nothing | at any point after its call, where its conditions held, or never |
//! | certainly not | says nothing | says nothing |
//!
//! While it has no value its version may rise by itself: a register that was deleted may be collected, and begins
//! anew beyond all its former versions. What is asked of a version that so stands open may hold or not. Tries of a
//! change under one token are one change. A read at LOCAL_SERIAL promises less: what it shows was agreed on at some
//! point before it ended. One that finds nothing says nothing.

mod broken;
mod known;
mod model;
mod state;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use bytes::Bytes;

use self::model::search;
pub(super) use self::values::NOTHING;
use self::values::Values;
use super::Judgement;
use super::search::{Budget, Found};
use crate::Code;
use crate::check::history::{Asked, Edge, Effect, History, Operation, Outcome};
use crate::check::words::shown_key;
use crate::node::{Condition, Edit, Level};

/// A condition, its value by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Must {
    BeAbsent,
    Exist,
    HaveVersion(u64),
    HaveValue(u32),
}

/// A change, its value by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Makes {
    Value(u32),
    Nothing,
    Sum(i64),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    musts: Vec<Must>,
    makes: Makes,
}

/// What an operation says of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// It stood so: a value, a version.
    Stood(u32, u64),
    /// The change of this number made this version, and this sum.
    Made(u32, u64, Option<u32>),
    /// The change of this number may have taken place.
    Perhaps(u32),
    /// It did not, for a condition of it did not hold.
    Refused(u32),
    /// Its conditions held, and there was no sum.
    NoSum(u32),
}

impl Says {
    /// The version that the operation knows of.
    fn version(self) -> Option<u64> {
        match self {
            Self::Stood(_, version) | Self::Made(_, version, _) => Some(version),
            Self::Perhaps(_) | Self::Refused(_) | Self::NoSum(_) => None,
        }
    }
}

/// One operation of a key.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Its place in the history.
    place: usize,
    /// The rank of its call among the key's events.
    called: usize,
    /// The rank of the end that says it; none of what is unknown.
    ended: Option<usize>,
    says: Says,
}

/// One key's operations in the form of the search.
#[derive(Debug, Default)]
struct Register {
    /// In the order of their calls. Times are ranks among the key's events.
    steps: Vec<Step>,
    changes: Vec<Change>,
    numbers: BTreeMap<Change, u32>,
    values: Values,
    /// The step of each token.
    tokens: BTreeMap<u64, usize>,
    /// The places of two tries under one token that were told of two versions, or two sums.
    twice: Option<(usize, usize)>,
}

/// Whether a key is a register of this kind: nothing else is read at SERIAL.
pub(super) fn is_one(history: &History, places: &[usize]) -> bool {
    let operations = history.operations();
    let mut places = places.iter();
    places.any(|place| {
        let operation = &operations[*place];
        operation.level.is_serial() || matches!(operation.asked, Asked::Cas { .. })
    })
}

pub(super) fn judge(
    history: &History,
    key: &Bytes,
    places: &[usize],
    budget: &Budget,
) -> Judgement {
    let mut register = Register::of(history, places);
    if let Some(violation) = register.plainly_broken(history) {
        return Judgement::Broken(violation);
    }
    match search(&mut register, usize::MAX, &mut budget.clone()) {
        Found::Order => Judgement::Linearizable,
        Found::NoOrder => Judgement::Broken(register.explain(history, budget)),
        Found::TooLong => Judgement::NotDecided(format!(
            "not decided: the search for an order of the {} operations on {} was given up: {budget}",
            places.len(),
            shown_key(key),
        )),
    }
}

impl Register {
    fn of(history: &History, places: &[usize]) -> Self {
        let mut events = Vec::with_capacity(2 * places.len());
        let begin = places.iter().map(|place| history.called(*place)).min();
        for &place in places {
            let called = match begin {
                // What it shows may be as old as the register.
                Some(begin) if history.operations()[place].level == Level::LocalSerial => begin,
                _ => history.called(place),
            };
            events.push((called, place, Edge::Call));
            events.extend(history.ended(place).map(|end| (end, place, Edge::Return)));
        }
        events.sort_unstable();
        let mut register = Self::default();
        let mut step_of = BTreeMap::new();
        for (rank, (_, place, edge)) in events.into_iter().enumerate() {
            let operation = &history.operations()[place];
            match edge {
                Edge::Call => {
                    if let Some(step) = register.called(operation, place, rank) {
                        step_of.insert(place, step);
                    }
                }
                Edge::Return => {
                    if let Some(step) = step_of.get(&place) {
                        register.ended(operation, *step, rank);
                    }
                }
            }
        }
        register
    }

    /// Adds the step of an operation; none of one that says nothing.
    fn called(&mut self, operation: &Operation, place: usize, rank: usize) -> Option<usize> {
        let says = self.says(operation)?;
        let step = Step {
            place,
            called: rank,
            ended: None,
            says,
        };
        let token = operation.token.filter(|_| operation.writes());
        if let (Some(token), Says::Made(..) | Says::Perhaps(_)) = (token, says) {
            match self.tokens.get(&token).copied() {
                None => drop(self.tokens.insert(token, self.steps.len())),
                Some(first) if self.is_try_of(first, says) => {
                    // It is the same change, whichever try was told of it.
                    if let Says::Made(..) = says {
                        self.steps[first].says = says;
                    }
                    return Some(first);
                }
                // Two tries that tell of two changes are one too many.
                Some(first) => self.twice = Some((self.steps[first].place, place)),
            }
        }
        self.steps.push(step);
        Some(self.steps.len() - 1)
    }

    /// Whether two tries may be of one change: every try that is told is told the same.
    fn is_try_of(&self, first: usize, says: Says) -> bool {
        let told = |says| matches!(says, Says::Made(..));
        let known = self.steps[first].says;
        !told(known) || !told(says) || known == says
    }

    fn ended(&mut self, operation: &Operation, step: usize, rank: usize) {
        let told = match self.steps[step].says {
            Says::Perhaps(_) => false,
            Says::Made(..) => operation.answer().is_some(),
            Says::Stood(..) | Says::Refused(_) | Says::NoSum(_) => true,
        };
        // Of several tries the first that was told.
        if told && self.steps[step].ended.is_none() {
            self.steps[step].ended = Some(rank);
        }
    }

    fn says(&mut self, operation: &Operation) -> Option<Says> {
        let (conditions, edit) = match &operation.asked {
            Asked::Get => {
                let answer = operation.answer()?;
                let Some(value) = answer.values.first() else {
                    if operation.level == Level::LocalSerial {
                        return None;
                    }
                    // Nobody is told the version of what is not there: it says what a change would that is refused
                    // where there is nothing.
                    let absent = self.change(&[Condition::Exists], &Edit::Delete);
                    return Some(Says::Refused(absent));
                };
                let value = self.values.number(Some(value));
                return Some(Says::Stood(value, answer.version));
            }
            // A plain write of a register is refused.
            Asked::Put { .. } | Asked::Delete { .. } | Asked::Update(_) => return None,
            Asked::Cas { conditions, edit } => (conditions, edit),
        };
        let change = self.change(conditions, edit);
        match (&operation.outcome, operation.effect()) {
            (Outcome::Done(answer), _) => {
                let sum = answer.values.first();
                let sum = sum.map(|sum| self.values.number(Some(sum)));
                Some(Says::Made(change, answer.version, sum))
            }
            (Outcome::Failed(Code::Conflict), _) => Some(Says::Refused(change)),
            // What is refused at once is refused for what it is, not for what stood there.
            (Outcome::Failed(Code::InvalidArgument), _) => {
                let looked = operation
                    .ended
                    .is_some_and(|ended| ended > operation.called);
                (looked && matches!(edit, Edit::Add(_))).then_some(Says::NoSum(change))
            }
            (_, Effect::Unknown) => Some(Says::Perhaps(change)),
            _ => None,
        }
    }

    fn change(&mut self, conditions: &[Condition], edit: &Edit) -> u32 {
        let mut musts = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match condition {
                Condition::Absent | Condition::Version(0) => musts.push(Must::BeAbsent),
                Condition::Exists => musts.push(Must::Exist),
                Condition::Version(version) => {
                    musts.extend([Must::Exist, Must::HaveVersion(*version)]);
                }
                Condition::Value(value) => {
                    musts.push(Must::HaveValue(self.values.number(Some(value))));
                }
            }
        }
        let makes = match edit {
            Edit::Put(value) => Makes::Value(self.values.number(Some(value))),
            Edit::Delete => Makes::Nothing,
            Edit::Add(by) => Makes::Sum(*by),
        };
        let change = Change { musts, makes };
        if let Some(number) = self.numbers.get(&change) {
            return *number;
        }
        let number = u32::try_from(self.changes.len()).unwrap_or(u32::MAX);
        self.changes.push(change.clone());
        self.numbers.insert(change, number);
        number
    }
}

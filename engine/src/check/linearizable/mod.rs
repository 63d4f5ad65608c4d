//! Every key is one register: each operation takes effect at one point between its call and its end
//! (Herlihy and Wing 1990, "Linearizability: A Correctness Condition for Concurrent Objects").
//!
//! In go the gets, puts and deletes of a history; out comes, for each key, whether one order of them explains
//! every answer and keeps to real time. Keys are judged one by one, since a history is linearizable when each
//! object's part is (ibid., theorem 1). A delete writes nothing. How each ends decides what it may do:
//!
//! | ended | a get | a put or delete |
//! |---|---|---|
//! | with success | returned its value at some point between | took effect at some point between |
//! | unknown | says nothing | at any point after its call, or never |
//! | certainly not | says nothing | says nothing |
//!
//! A key that is compared and set is a register of a value and a version; [`agreed`] tells its table.
//!
//! A history begins with an empty store. A key that takes updates of a data type is no register. One that is compared
//! and set and whose values expire is passed over: when they go, the clocks of proposers say.

mod agreed;
mod explain;
mod plain;
mod search;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;

use bytes::Bytes;

use self::plain::{Kind, NOTHING, Step, search};
use self::search::{Budget, Found};
use super::history::{Asked, Edge, Effect, History};
use super::words::{end_told, shown_key, shown_values, told};
use super::{Verdict, Violation, places_by_key};

const RULE: &str = "linearizable";
/// The rule of a [`Violation`] that says that nothing was found out.
pub const NOT_DECIDED: &str = "linearizable: not decided";

/// What is found out about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// One order explains every answer.
    Linearizable,
    /// None does.
    Broken(Violation),
    /// The search ended before it was through, or the key is no register; the text says which.
    NotDecided(String),
}

impl Judgement {
    fn verdict(self) -> Verdict {
        match self {
            Self::Linearizable => Ok(()),
            Self::Broken(violation) => Err(violation),
            Self::NotDecided(why) => Err(Violation::new(NOT_DECIDED, why)),
        }
    }
}

/// Whether every key of a history is linearizable. Keys that take updates of a data type are no registers
/// and are passed over, and so are keys that are compared and set and whose values expire.
///
/// # Errors
/// The first key, in the order of keys, that is not, or with the rule [`NOT_DECIDED`] for which the search was
/// given up: a key that is broken comes before one that is not decided.
pub fn linearizable(history: &History) -> Verdict {
    let mut undecided = Ok(());
    for (key, places) in places_by_key(history) {
        if passed_over(history, &places).is_some() {
            continue;
        }
        match judge_places(history, key, &places) {
            Judgement::NotDecided(why) if undecided.is_ok() => {
                undecided = Judgement::NotDecided(why).verdict();
            }
            Judgement::NotDecided(_) | Judgement::Linearizable => {}
            broken @ Judgement::Broken(_) => return broken.verdict(),
        }
    }
    undecided
}

/// Whether one key is linearizable.
///
/// # Errors
/// When it is not, or with the rule [`NOT_DECIDED`] when nothing was found out.
pub fn linearizable_key(history: &History, key: &Bytes) -> Verdict {
    judge(history, key).verdict()
}

/// What is found out about one key, in at most
/// [`LINEARIZABLE_STEPS_MAX`](crate::base::limits::LINEARIZABLE_STEPS_MAX) steps.
#[must_use]
pub fn judge(history: &History, key: &Bytes) -> Judgement {
    let operations = history.operations().iter().enumerate();
    let places: Vec<usize> = operations
        .filter(|(_, operation)| operation.key == *key)
        .map(|(place, _)| place)
        .collect();
    judge_places(history, key, &places)
}

/// Why a key is not judged.
fn passed_over(history: &History, places: &[usize]) -> Option<&'static str> {
    let operations = || places.iter().map(|place| &history.operations()[*place]);
    if operations().any(|operation| matches!(operation.asked, Asked::Update(_))) {
        return Some("takes updates of a data type and is no register");
    }
    let expires = operations().any(|operation| operation.expires);
    (expires && agreed::is_one(history, places)).then_some("is compared and set, and expires")
}

fn judge_places(history: &History, key: &Bytes, places: &[usize]) -> Judgement {
    judge_within(history, key, places, Budget::default())
}

fn judge_within(history: &History, key: &Bytes, places: &[usize], budget: Budget) -> Judgement {
    if let Some(why) = passed_over(history, places) {
        return Judgement::NotDecided(format!("not decided: {} {why}", shown_key(key)));
    }
    if agreed::is_one(history, places) {
        return agreed::judge(history, key, places, &budget);
    }
    let register = Register::of(history, places);
    let before_siblings = register.siblings.map_or(usize::MAX, |(rank, _)| rank);
    let found = search(
        &register.steps,
        register.values.len(),
        before_siblings,
        &mut budget.clone(),
    );
    match (found, register.siblings) {
        (Found::Order, None) => Judgement::Linearizable,
        // Whatever stood before it, this get alone is wrong.
        (Found::Order | Found::TooLong, Some((_, place))) => {
            Judgement::Broken(siblings(history, place))
        }
        (Found::NoOrder, _) => {
            Judgement::Broken(register.explain(history, before_siblings, &budget))
        }
        (Found::TooLong, None) => Judgement::NotDecided(format!(
            "not decided: the search for an order of the {} operations on {} was given up: {budget}",
            places.len(),
            shown_key(key),
        )),
    }
}

fn siblings(history: &History, place: usize) -> Violation {
    let operation = &history.operations()[place];
    let values = operation
        .answer()
        .map_or_else(String::new, |answer| shown_values(&answer.values));
    let words = format!(
        "{}, {}, returned several values, {values}: a register has one",
        told(history, place),
        end_told(operation).replace("acknowledged", "answered")
    );
    Violation::new(RULE, words).shown_by(history, [place])
}

/// One key's operations in the form of the search.
struct Register<'a> {
    /// In the order of their calls. Times are ranks among the key's events.
    steps: Vec<Step>,
    /// Each value's number; nothing has [`NOTHING`].
    values: BTreeMap<Option<&'a Bytes>, u32>,
    /// The first get to end with several values: the rank of its end, and its place.
    siblings: Option<(usize, usize)>,
}

impl<'a> Register<'a> {
    fn of(history: &'a History, places: &[usize]) -> Self {
        let mut events = Vec::with_capacity(2 * places.len());
        for &place in places {
            events.push((history.called(place), place, Edge::Call));
            events.extend(history.ended(place).map(|end| (end, place, Edge::Return)));
        }
        events.sort_unstable();
        let mut register = Self {
            steps: Vec::with_capacity(places.len()),
            values: BTreeMap::from([(None, NOTHING)]),
            siblings: None,
        };
        let mut step_of = BTreeMap::new();
        for (rank, (_, place, edge)) in events.into_iter().enumerate() {
            match edge {
                Edge::Call => {
                    if let Some(step) = register.step(history, place, rank) {
                        step_of.insert(place, register.steps.len());
                        register.steps.push(step);
                    }
                }
                Edge::Return => {
                    let operation = &history.operations()[place];
                    let answer = operation.answer();
                    if let Some(step) = step_of.get(&place)
                        && answer.is_some()
                    {
                        register.steps[*step].ended = Some(rank);
                    }
                    let several = answer.is_some_and(|answer| answer.values.len() > 1);
                    if several && !operation.writes() && register.siblings.is_none() {
                        register.siblings = Some((rank, place));
                    }
                }
            }
        }
        register
    }

    /// None for what says nothing.
    fn step(&mut self, history: &'a History, place: usize, rank: usize) -> Option<Step> {
        let operation = &history.operations()[place];
        let (kind, value) = match (&operation.asked, operation.effect()) {
            (_, Effect::Never) | (Asked::Update(_) | Asked::Cas { .. }, _) => return None,
            (Asked::Put { value, .. }, _) => (Kind::Write, Some(value)),
            (Asked::Delete { .. }, _) => (Kind::Write, None),
            (Asked::Get, _) => match operation.answer()?.values.as_slice() {
                [] => (Kind::Read, None),
                [value] => (Kind::Read, Some(value)),
                _ => return None,
            },
        };
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        Some(Step {
            place,
            called: rank,
            ended: None,
            kind,
            value: *self.values.entry(value).or_insert(next),
        })
    }
}

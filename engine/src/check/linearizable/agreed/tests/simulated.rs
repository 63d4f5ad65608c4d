//! Long histories of a register that is one, and what one wrong answer in them comes to.

use super::*;
use crate::base::rng::Rng;
use crate::base::time::Mono;
use crate::check::tests::by;

/// A simulated register: each operation takes effect at a point between its call and its end, and those of unknown
/// end at some point after their call, or never.
struct Simulated {
    rng: Rng,
    value: Option<Bytes>,
    version: u64,
    /// Changes of unknown end that may still come, with their places.
    late: Vec<usize>,
    operations: Vec<Operation>,
}

fn text(value: Option<&Bytes>) -> String {
    value.map_or_else(String::new, |value| {
        String::from_utf8_lossy(value).into_owned()
    })
}

impl Simulated {
    fn run(seed: u64, count: usize, unknown: f64) -> Vec<Operation> {
        let mut simulated = Self {
            rng: Rng::from_seed(seed),
            value: None,
            version: 0,
            late: Vec::new(),
            operations: Vec::new(),
        };
        for number in 0..count {
            simulated.step(number, unknown);
        }
        let mut operations = simulated.operations;
        operations.sort_by_key(|operation| operation.called);
        operations
    }

    /// Points lie a microsecond apart; calls and ends up to ten away.
    fn step(&mut self, number: usize, unknown: f64) {
        let point_us = 20 + number as u64;
        let mut operation = self.drawn(number);
        operation.called = Mono((point_us - self.rng.between(1, 10)) * 1000);
        operation.ended = Some(Mono((point_us + self.rng.between(1, 10)) * 1000 + 1));
        operation = by(number as u32 % 16 + 1, number as u32 % 5 + 1, operation);
        let place = self.operations.len();
        if operation.writes() && self.rng.chance(unknown) {
            operation = failed(operation, Code::Ambiguous);
            self.operations.push(operation);
            match self.rng.below(3) {
                0 => drop(self.take_effect(place)),
                1 => self.late.push(place),
                _ => {}
            }
        } else {
            self.operations.push(operation);
            let outcome = self.take_effect(place);
            self.operations[place].outcome = outcome;
        }
        if !self.late.is_empty() && self.rng.chance(0.01) {
            let late = self.late.swap_remove(0);
            drop(self.take_effect(late));
        }
    }

    fn drawn(&mut self, number: usize) -> Operation {
        let times = (0, 1);
        let conditions = match self.rng.below(4) {
            0 => vec![Condition::Version(self.version)],
            1 => vec![is(&text(self.value.as_ref()))],
            2 => vec![ABSENT],
            _ => vec![],
        };
        match self.rng.below(8) {
            0..=2 => read(None, 0, times),
            3..=4 => made(&[], Edit::Add(1), 0, times),
            5 => made(&conditions, Edit::Delete, 0, times),
            _ => made(&conditions, put(&(number * 1000).to_string()), 0, times),
        }
    }

    fn take_effect(&mut self, place: usize) -> Outcome {
        let (conditions, edit) = match &self.operations[place].asked {
            Asked::Cas { conditions, edit } => (conditions.clone(), edit.clone()),
            _ => return self.shown(self.told_version()),
        };
        let fails = |condition: &Condition| match condition {
            Condition::Absent => self.value.is_some(),
            Condition::Exists => self.value.is_none(),
            Condition::Version(version) => self.told_version() != *version,
            Condition::Value(value) => self.value.as_ref() != Some(value),
        };
        if conditions.iter().any(fails) {
            return Outcome::Failed(Code::Conflict);
        }
        self.version += 1;
        self.value = match &edit {
            Edit::Put(value) => Some(value.clone()),
            Edit::Delete => None,
            Edit::Add(by) => {
                let number: i64 = text(self.value.as_ref()).parse().unwrap_or(0);
                Some(value(&(number + by).to_string()))
            }
        };
        let mut told = self.shown(self.version);
        if let (Outcome::Done(answer), Edit::Put(_) | Edit::Delete) = (&mut told, &edit) {
            answer.values.clear();
        }
        told
    }

    /// The version that a reader is told: none, of what is not there.
    fn told_version(&self) -> u64 {
        self.value.as_ref().map_or(0, |_| self.version)
    }

    fn shown(&self, version: u64) -> Outcome {
        Outcome::Done(Answer {
            values: self.value.iter().cloned().collect(),
            version,
            ..Answer::default()
        })
    }
}

#[test]
fn a_long_history_of_a_register_is_decided() {
    for (seed, unknown) in [(1, 0.0), (2, 0.02), (3, 0.05)] {
        right(Simulated::run(seed, 100_000, unknown));
    }
}

#[test]
fn many_short_histories_of_registers_are_decided() {
    for seed in 0..2_000 {
        right(Simulated::run(seed, 60, 0.4));
    }
}

#[test]
fn one_wrong_answer_in_a_long_history_is_found() {
    const LENGTH: usize = 20_000;
    type Twist = fn(&mut Operation) -> bool;
    let twists: [(&str, Twist); 4] = [
        ("a stale read", |operation| match &mut operation.outcome {
            Outcome::Done(answer) if operation.asked == Asked::Get && !answer.values.is_empty() => {
                answer.version -= 900;
                true
            }
            _ => false,
        }),
        ("another value", |operation| match &mut operation.outcome {
            Outcome::Done(answer) if operation.asked == Asked::Get => {
                answer.values = vec![value("milk")];
                true
            }
            _ => false,
        }),
        ("a lost change", |operation| {
            // An addition to a value: nothing else raises the version of one.
            let sum = operation.answer().and_then(|answer| answer.values.first());
            let made = operation.writes() && sum.is_some_and(|sum| *sum != value("1"));
            if made {
                operation.outcome = Outcome::Failed(Code::Unavailable);
            }
            made
        }),
        ("a condition that fails", |operation| {
            let Asked::Cas { conditions, .. } = &mut operation.asked else {
                return false;
            };
            conditions.push(is("milk"));
            matches!(operation.outcome, Outcome::Done(_))
        }),
    ];
    for (name, twist) in twists {
        let mut operations = Simulated::run(11, LENGTH, 0.0);
        let from = LENGTH / 2;
        let twisted = (from..LENGTH).find(|at| {
            let mut tried = operations[*at].clone();
            let took = twist(&mut tried);
            if took {
                operations[*at] = tried;
            }
            took
        });
        let history = history(operations);
        match judge(&history, &KEY) {
            Judgement::Broken(violation) => {
                let near = violation
                    .operations
                    .iter()
                    .any(|place| place.abs_diff(twisted.unwrap()) < 50);
                assert!(near, "{name} at {twisted:?}: {violation}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

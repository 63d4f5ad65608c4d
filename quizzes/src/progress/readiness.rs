//! How ready a learner is for questions on a lesson, and how sure that is.
//!
//! Readiness is the expected share of the lesson's questions that the learner knows, guesses left out:
//! memory speaks for what was answered, ability for what was not. The interval holds 90%: what answers
//! to so many questions would scatter by themselves, and how unsure the ability still is.

use serde::Serialize;

use crate::bank::Question;
use crate::learner::Learner;
use crate::learner::ability::{Challenge, spread};

/// Standard deviations on either side that hold 90%.
const DEVIATIONS_90: f64 = 1.645;

/// An expected share, 0 to 1, with the interval that holds it with 90%.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Readiness {
    /// The expected share.
    pub share: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Readiness {
    /// How ready `learner` is at `at_ms` for these questions; all zero for none.
    #[must_use]
    pub fn of(learner: &Learner, questions: &[&Question], at_ms: i64) -> Self {
        if questions.is_empty() {
            return Self::default();
        }
        let count = questions.len() as f64;
        let (mut known_sum, mut scatter, mut slope) = (0.0, 0.0, 0.0);
        for question in questions {
            let known = learner.known(question, at_ms);
            known_sum += known;
            scatter += known * (1.0 - known);
            if learner.item(&question.id.to_string()).is_none() {
                let unsure = spread(learner.course(), learner.lesson(question.lesson));
                let chance = Challenge::of(question).known(learner.ability(question.lesson));
                // How far one deviation of the ability moves this question's chance.
                slope += unsure * chance * (1.0 - chance);
            }
        }
        let deviation = (scatter + slope * slope).sqrt() / count;
        let share = known_sum / count;
        Self {
            share,
            low: (share - DEVIATIONS_90 * deviation).max(0.0),
            high: (share + DEVIATIONS_90 * deviation).min(1.0),
        }
    }
}

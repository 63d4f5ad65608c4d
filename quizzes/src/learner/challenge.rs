//! How hard a question is to know, how easy to guess, and how long it takes.

use super::ability::Challenge;
use crate::bank::{Body, Question, Reads};

/// The chance of hitting a number within its tolerance, or words that make the points, by luck.
const GUESS_FREE: f64 = 0.03;
/// The chance of hitting a print: few are plausible.
const GUESS_PRINT: f64 = 0.25;

impl Challenge {
    /// What a question asks of a learner.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        let guess = match &question.body {
            Body::Single(choices) => 1.0 / choices.len() as f64,
            // Any set but the empty one.
            Body::Multiple(choices) => 1.0 / (2.0_f64.powi(choices.len() as i32) - 1.0),
            Body::Ordering { items, .. } => {
                1.0 / (1..=items.len()).map(|at| at as f64).product::<f64>()
            }
            Body::Numeric { .. } | Body::Short { .. } => GUESS_FREE,
            Body::Predict { reads, .. } => match reads {
                Reads::Number { .. } => GUESS_FREE,
                Reads::Text => GUESS_PRINT,
            },
        };
        Self {
            difficulty: question.difficulty,
            guess,
        }
    }
}

/// Milliseconds that a question usually takes, with its feedback read.
#[must_use]
pub fn usual_ms(question: &Question) -> i64 {
    let seconds = match &question.body {
        Body::Single(_) => 50,
        Body::Multiple(_) | Body::Ordering { .. } => 65,
        Body::Numeric { .. } => 90,
        Body::Short { .. } => 100,
        Body::Predict { .. } => 80,
    };
    seconds * 1000
}

//! What asking a question now is worth: how much it raises the chance of recall on the interview day.

use crate::bank::Question;
use crate::learner::ability::Challenge;
use crate::learner::memory::Memory;
use crate::learner::{Learner, usual_ms};

/// The chance of a right answer that one learns best from: harder discourages, easier teaches little.
const AIM: f64 = 0.775;
/// How far from [`AIM`] a question may be before it counts for less, and what is left of it then.
const AIM_USUAL: (f64, f64) = (0.25, 0.6);
/// The same for what is new while there is time: it should fit the learner.
const AIM_NEW: (f64, f64) = (0.15, 0.1);

/// How much asking `question` at `now_ms` raises the chance that it is known at `interview_ms`.
#[must_use]
pub fn gain(learner: &Learner, question: &Question, now_ms: i64, interview_ms: i64) -> f64 {
    let challenge = Challenge::of(question);
    let known = learner.known(question, now_ms);
    let right = challenge.right(known);
    let before = learner
        .item(&question.id.to_string())
        .map(|state| state.memory);
    let outcomes = Memory::outcomes(before, now_ms);
    let (after_right, after_miss) = (
        outcomes.good.recall(interview_ms),
        outcomes.again.recall(interview_ms),
    );
    let with = right * after_right + (1.0 - right) * after_miss;
    let without = match before {
        Some(memory) => memory.recall(interview_ms),
        // Whoever knows it without having learnt it here forgets it like one who has just answered it.
        None => known * after_right,
    };
    with - without
}

/// The worth of asking a question now: its gain for the minute that it takes, more where the answer is likely
/// to be right about as often as one learns best from.
#[must_use]
pub fn worth(
    learner: &Learner,
    question: &Question,
    is_new: bool,
    now_ms: i64,
    interview_ms: i64,
) -> f64 {
    let minutes = usual_ms(question) as f64 / 60_000.0;
    let (width, floor) = if is_new { AIM_NEW } else { AIM_USUAL };
    let off = (learner.right(question, now_ms) - AIM) / width;
    let fit = floor + (1.0 - floor) * (-0.5 * off * off).exp();
    gain(learner, question, now_ms, interview_ms) / minutes * fit
}

//! The one way from an answer to its verdict: judged, then kept, and only then told.

use crate::answer::AnswerInput;
use crate::asked::Asked;
use crate::error::QuizError;
use crate::grade::Verdict;
use crate::learner::ability::Challenge;
use crate::record::{Attempt, AttemptKind, Record};

/// How an answer came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// From shown to answered, milliseconds.
    pub elapsed_ms: u64,
    /// Hints taken before.
    pub hints: u32,
    /// How sure the learner was, 0 to 100, where it was asked.
    pub confidence: Option<u8>,
    /// Whether it was given in an exam.
    pub exam: bool,
}

/// Judges an answer and keeps it. When this returns a verdict, the answer is on the disk; so whoever has
/// seen the feedback has been counted, in the terminal and in the book alike.
///
/// # Errors
/// [`QuizError::Grade`] for an answer that the question cannot judge, [`QuizError::Record`] when it cannot
/// be kept. Either way this answer is not in the record.
pub fn answer(
    record: &Record,
    asked: &Asked<'_>,
    input: &AnswerInput,
    circumstances: &Circumstances,
) -> Result<Verdict, QuizError> {
    let verdict = asked.grade(input)?;
    let question = asked.question();
    record.append(&Attempt {
        at_ms: circumstances.at_ms,
        kind: AttemptKind::Quiz,
        item: question.id.to_string(),
        revision: question.revision.clone(),
        lesson: question.lesson,
        seed: asked.seed(),
        answer: verdict.answer.clone(),
        right: verdict.right,
        elapsed_ms: circumstances.elapsed_ms,
        hints: circumstances.hints,
        misconceptions: verdict
            .misconceptions
            .iter()
            .map(|misconception| misconception.id.clone())
            .collect(),
        confidence: circumstances.confidence,
        challenge: Some(Challenge::of(question)),
        forecast: None,
        exam: circumstances.exam,
    })?;
    Ok(verdict)
}

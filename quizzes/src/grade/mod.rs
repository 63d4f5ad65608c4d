//! Grading: a question, its seed and an answer in; a verdict out. Nothing is remembered here.
//!
//! A prediction's key is not stored anywhere: the engine runs the script and its print is the key.

mod choice;
mod number;
mod ordering;
mod predict;
mod short;
mod verdict;

use std::sync::Arc;

use kvorum::script::ScriptError;

pub(crate) use choice::SEPARATOR as SEVERAL;
pub(crate) use ordering::SEPARATOR as THEN;
pub use predict::{agrees, number_in};
pub use verdict::{Note, Partial, Verdict};

use crate::answer::AnswerInput;
use crate::asked::Asked;
use crate::bank::{Body, Misconception, Question, Reads};

/// Why an answer could not be judged. The record is not touched by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GradeError {
    /// The answer is not one that the question can judge.
    #[error("this question takes {accepts}")]
    DoesNotFit {
        /// What it takes.
        accepts: String,
    },
    /// The script of a prediction cannot be run: a mistake of ours.
    #[error("the script of question {question} cannot be run: {source}")]
    Script {
        /// The question.
        question: String,
        /// Where and why.
        source: ScriptError,
    },
    /// The asked step is not in the run, or prints no number: a mistake of ours.
    #[error("the run of question {question} has no answer at step '{ask}': {what}")]
    NoAnswer {
        /// The question.
        question: String,
        /// The step's label.
        ask: String,
        /// What stands there.
        what: String,
    },
}

/// Judges an answer to `question` as `seed` put it.
///
/// # Errors
/// [`GradeError`]; an answer that does not fit is told what does.
pub fn grade(question: &Question, input: &AnswerInput, seed: u64) -> Result<Verdict, GradeError> {
    Asked::new(question, seed).grade(input)
}

impl Asked<'_> {
    /// Judges an answer.
    ///
    /// # Errors
    /// As [`grade`].
    pub fn grade(&self, input: &AnswerInput) -> Result<Verdict, GradeError> {
        self.grade_against(input, || predict::printed(self))
    }

    /// Judges an answer to a prediction whose run printed this.
    pub(crate) fn grade_printed(
        &self,
        input: &AnswerInput,
        printed: &str,
    ) -> Result<Verdict, GradeError> {
        self.grade_against(input, || Ok(printed.to_owned()))
    }

    fn grade_against(
        &self,
        input: &AnswerInput,
        printed: impl FnOnce() -> Result<String, GradeError>,
    ) -> Result<Verdict, GradeError> {
        let misfit = || GradeError::DoesNotFit {
            accepts: self.accepts(),
        };
        if !self.fits(input) {
            return Err(misfit());
        }
        let judged = match (&self.question().body, input) {
            (Body::Single(choices), AnswerInput::Choice(chosen)) => {
                choice::single(self, choices, chosen[0])
            }
            (Body::Multiple(choices), AnswerInput::Choice(chosen)) => {
                choice::multiple(self, choices, chosen)
            }
            (
                Body::Ordering {
                    items,
                    swapped,
                    wrong,
                },
                AnswerInput::Order(order),
            ) => ordering::judge(self, items, *swapped, wrong, order),
            (Body::Short { points, need }, AnswerInput::Text(text)) => {
                short::judge(points, *need, text)
            }
            (
                Body::Numeric {
                    answer,
                    scale,
                    wrong,
                },
                AnswerInput::Number(given),
            ) => number::judge(self, self.value(answer), scale, wrong, *given),
            (
                Body::Predict {
                    reads: Reads::Number { scale, .. },
                    wrong,
                    ..
                },
                AnswerInput::Number(given),
            ) => {
                let printed = printed()?;
                let key = predict::number_of(self, scale, &printed)?;
                let mut judged = number::judge(self, key, scale, wrong, *given);
                judged.key = format!("{} (the run prints: {printed})", judged.key);
                judged
            }
            (
                Body::Predict {
                    reads: Reads::Text,
                    wrong,
                    ..
                },
                AnswerInput::Text(text),
            ) => predict::judge(self, &printed()?, wrong, text),
            _ => return Err(misfit()),
        };
        Ok(self.verdict(judged))
    }

    /// What the engine prints at the step that a prediction asks for; `None` for other questions.
    ///
    /// # Errors
    /// [`GradeError`] when the script cannot be run.
    pub fn printed(&self) -> Result<Option<String>, GradeError> {
        match self.question().body {
            Body::Predict { .. } => predict::printed(self).map(Some),
            _ => Ok(None),
        }
    }

    /// The right answer to a prediction whose run printed this.
    pub(crate) fn key(&self, printed: &str) -> Result<AnswerInput, GradeError> {
        match &self.question().body {
            Body::Predict {
                reads: Reads::Number { scale, .. },
                ..
            } => predict::number_of(self, scale, printed).map(AnswerInput::Number),
            _ => Ok(AnswerInput::Text(printed.to_owned())),
        }
    }

    /// The number in what the engine prints; `None` for questions that do not ask for one.
    pub(crate) fn printed_number(&self) -> Result<Option<f64>, GradeError> {
        match &self.question().body {
            Body::Predict {
                reads: Reads::Number { scale, .. },
                ..
            } => predict::number_of(self, scale, &predict::printed(self)?).map(Some),
            _ => Ok(None),
        }
    }

    fn verdict(&self, judged: Judged) -> Verdict {
        let question = self.question();
        let told = |text: &str| self.fill_after(text, &judged.told);
        Verdict {
            right: judged.right,
            partial: judged.partial,
            notes: judged
                .notes
                .iter()
                .map(|note| Note {
                    text: told(&note.text),
                    ..note.clone()
                })
                .collect(),
            misconceptions: distinct(judged.misconceptions),
            explanation: told(&question.explanation),
            interview: told(&question.interview),
            source: question.source.clone(),
            lesson: question.lesson,
            anchor: question.anchor.clone(),
            answer: judged.answer,
            key: judged.key,
        }
    }
}

/// What a type of question finds out about an answer. The texts of its notes still have gaps.
struct Judged {
    right: bool,
    partial: Option<Partial>,
    answer: String,
    /// The right answer in words, with what is accepted around it.
    key: String,
    /// The right answer alone, as `{{answer}}` tells it in a text.
    told: String,
    notes: Vec<Note>,
    misconceptions: Vec<Arc<Misconception>>,
}

fn distinct(shown: Vec<Arc<Misconception>>) -> Vec<Misconception> {
    let mut kept: Vec<Misconception> = Vec::new();
    for misconception in shown {
        if kept.iter().all(|earlier| earlier.id != misconception.id) {
            kept.push(misconception.as_ref().clone());
        }
    }
    kept
}

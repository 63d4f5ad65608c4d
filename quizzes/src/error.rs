//! What can end a quiz early.

use std::io;

use crate::bank::BankError;
use crate::grade::GradeError;
use crate::record::RecordError;

/// An error of the quiz. Every answer given before it is in the record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuizError {
    /// The bank has a mistake: nothing was asked.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The record failed: the answer at hand is not kept, the earlier ones are.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An answer could not be judged, and is not kept.
    #[error(transparent)]
    Grade(#[from] GradeError),
    /// The terminal could not be read or written.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// The lesson has no questions.
    #[error("lesson {lesson} has no questions; lessons with questions: {having}")]
    NoQuestions {
        /// The lesson that was asked for.
        lesson: u8,
        /// The lessons that have some.
        having: String,
    },
    /// A poll has two sides, and this is none of them.
    #[error("a poll has two sides: choose the first or the second")]
    NoSide,
    /// The lesson has no poll.
    #[error("lesson {lesson} has no poll; lessons with a poll: {having}")]
    NoPoll {
        /// The lesson that was asked for.
        lesson: u8,
        /// The lessons that have one.
        having: String,
    },
}

//! # Kvorum's quiz
//!
//! The learner's record, an SQLite file that keeps every answer.

pub mod bank;
pub mod record;

mod answer;
mod asked;
mod formula;
mod grade;
mod lesson;
mod template;
mod view;

pub use answer::AnswerInput;
pub use asked::Asked;
pub use bank::{Bank, BankError, BankFile, Misconception, Question};
pub use formula::FormulaError;
pub use grade::{GradeError, Note, Partial, Verdict, grade};
pub use lesson::{LESSON_COUNT, lesson_title};
pub use record::{Attempt, AttemptFilter, AttemptKind, Record, RecordError, default_path};
pub use view::QuestionView;

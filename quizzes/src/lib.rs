//! # Kvorum's quiz
//!
//! Questions that test understanding of a distributed key-value store, and the learner's record.
//!
//! - [`Bank`]: the questions, TOML files inside the program, checked whole when they are read.
//! - [`Asked`]: a question under a seed; [`grade`] judges an answer to it. A prediction's key is what the
//!   engine prints when it runs the question's script.
//! - [`Record`]: one SQLite file, whose answers are only ever added to. All else in it follows from them.
//! - [`answer()`]: the one way from an answer to its [`Verdict`]: judged, kept, and only then told. The
//!   terminal's [`run_session`] and the book's pages both take it.
//!   A session practises, reviews, examines or polls ([`Mode`]) at any [`Terminal`].
//! - [`Learner`](learner::Learner): how well each question is remembered, and the ability in each lesson.
//! - [`Chooser`](choose::Chooser): what to ask next, and why. [`Outlook`](plan::Outlook): what to do today.
//! - [`Progress`]: how ready the learner is.
//! - [`vote()`]: the one way from a poll's vote, and [`predict()`] from a lab's prediction, to the record.
//! - [`simulate`]: whether choosing so helps, on simulated learners.
//! - [`lint()`](lint::lint): the author's rules of the bank, checked.
//!
//! ```
//! use kvorum_quiz::{AnswerInput, Asked, Bank, Circumstances, Record, answer};
//!
//! let folder = tempfile::tempdir()?;
//! let record = Record::open(&folder.path().join("record.sqlite"))?;
//! let bank = Bank::embedded()?;
//! let question = bank.page_questions(2)[0];
//! let asked = Asked::new(question, 7);
//! println!("{}", serde_json::to_string(&asked.view())?);
//!
//! let verdict = answer(&record, &asked, &AnswerInput::Choice(vec![1]), &Circumstances::default())?;
//! assert_eq!(verdict.right, verdict.misconceptions.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bank;
pub mod choose;
pub mod learner;
pub mod lint;
pub mod plan;
pub mod record;
pub mod simulate;

mod answer;
mod asked;
mod clock;
mod error;
mod formula;
mod grade;
mod keep;
mod lesson;
mod paint;
mod progress;
mod runner;
mod template;
mod view;
mod vote;

pub use answer::AnswerInput;
pub use asked::Asked;
pub use bank::{Bank, BankError, BankFile, Misconception, Poll, Question};
pub use clock::{Clock, SystemClock};
pub use error::QuizError;
pub use formula::FormulaError;
pub use grade::{GradeError, Note, Partial, Verdict, agrees, grade, number_in};
pub use keep::{Circumstances, answer};
pub use lesson::{LESSON_COUNT, LESSON_TITLES, lesson_title};
pub use progress::{
    Calibration, LessonProgress, NextStep, Progress, Readiness, Trend, WeakMisconception,
    render_progress,
};
pub use record::{Attempt, AttemptFilter, AttemptKind, Record, RecordError, default_path};
pub use runner::{
    Ending, LessonResult, Line, Lines, Mode, SessionOptions, Summary, Terminal, run_session,
};
pub use view::QuestionView;
pub use vote::{Choice, When, predict, vote, voted};

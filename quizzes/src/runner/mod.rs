//! A session: questions out, keys or lines in, each answer kept before its feedback is shown.
//!
//! It reads from anything that is a [`Terminal`], so a pipe works like a keyboard, and the end of the input
//! ends the session as `q` does. [`Mode`] says what is asked and when the verdict comes; the question, its
//! prompt and its answer are the same in all of them.

mod diagram;
mod exam;
mod page;
mod poll;
mod practice;
mod session;
mod terminal;

use serde::Serialize;

pub use terminal::{Line, Lines, Terminal};

use crate::bank::Bank;
use crate::choose::Purpose;
use crate::clock::Clock;
use crate::error::QuizError;
use crate::progress::NextStep;
use crate::record::Record;
use session::Session;

/// What a session is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// What is worth asking most, each answer explained at once.
    #[default]
    Practice,
    /// Only what is due.
    Review,
    /// Questions that practice never asks, explained at the end.
    Exam,
    /// The poll of one lesson: before it, and after it.
    Poll(u8),
}

/// What to ask, and how to show it.
#[derive(Clone, Copy)]
pub struct SessionOptions<'a> {
    /// What the session is for.
    pub mode: Mode,
    /// One lesson only.
    pub lesson: Option<u8>,
    /// At most this many questions.
    pub count: usize,
    /// What the choice, the parameters and the order of options are drawn from.
    pub seed: u64,
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// Columns of the terminal; text is at most 80 wide.
    pub width: usize,
    /// For a screen reader: no colours, bars or boxes, each thing said in words.
    pub plain: bool,
    /// What a lesson says at an anchor, as plain text: a hint. Nothing where the lesson has no text.
    pub paragraph: &'a dyn Fn(&str) -> Option<String>,
}

impl Default for SessionOptions<'_> {
    fn default() -> Self {
        Self {
            mode: Mode::Practice,
            lesson: None,
            count: 10,
            seed: 0,
            colour: false,
            width: 80,
            plain: false,
            paragraph: &|_| None,
        }
    }
}

/// How a session came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Everything was asked.
    Done,
    /// The learner stopped, or the input ended.
    Stopped,
    /// Ctrl-C, or a signal.
    Interrupted,
}

/// The answers of one lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LessonResult {
    /// The lesson, from 1.
    pub lesson: u8,
    /// Questions answered.
    pub answered: usize,
    /// Of them right.
    pub right: usize,
}

/// How a session went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Questions that were to be asked.
    pub chosen: usize,
    /// Questions answered.
    pub answered: usize,
    /// Of them right; in a poll, answers that hold.
    pub right: usize,
    /// The stems of the missed ones.
    pub missed: Vec<String>,
    /// The same by lesson, ascending, those with an answer.
    pub lessons: Vec<LessonResult>,
    /// How it ended.
    pub ending: Ending,
    /// What to do next.
    pub next: NextStep,
}

/// Asks questions until they are done, the learner stops, or the input ends.
///
/// # Errors
/// [`QuizError`]; every answer given before is in the record.
pub fn run_session(
    terminal: &mut dyn Terminal,
    clock: &dyn Clock,
    bank: &Bank,
    record: &Record,
    options: &SessionOptions<'_>,
) -> Result<Summary, QuizError> {
    if !matches!(options.mode, Mode::Poll(_)) {
        check_lesson(bank, options.lesson)?;
    }
    let session = Session::new(terminal, clock, record, options);
    match options.mode {
        Mode::Practice => practice::run(session, bank, Purpose::Practice),
        Mode::Review => practice::run(session, bank, Purpose::Review),
        Mode::Exam => exam::run(session, bank),
        Mode::Poll(lesson) => poll::run(session, bank, lesson),
    }
}

fn check_lesson(bank: &Bank, lesson: Option<u8>) -> Result<(), QuizError> {
    let lessons = bank.lessons();
    match lesson.filter(|lesson| !lessons.contains(lesson)) {
        Some(lesson) => Err(QuizError::NoQuestions {
            lesson,
            having: listed(lessons),
        }),
        None => Ok(()),
    }
}

/// `2, 3, 4`.
fn listed(lessons: impl IntoIterator<Item = u8>) -> String {
    let lessons: Vec<String> = lessons
        .into_iter()
        .map(|lesson| lesson.to_string())
        .collect();
    lessons.join(", ")
}

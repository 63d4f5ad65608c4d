//! A session: questions out, lines in, each answer kept before its feedback is shown.
//!
//! It reads lines from anything, so a pipe works like a keyboard, and the end of the input ends the session
//! as `q` does.

mod choose;
mod page;
mod terminal;

use serde::Serialize;

use kvorum::base::hash::hash64_with;

pub use terminal::{Line, Lines, Terminal};

use crate::asked::Asked;
use crate::bank::{Bank, Question};
use crate::clock::Clock;
use crate::error::QuizError;
use crate::grade::Verdict;
use crate::keep::{Circumstances, answer};
use crate::paint::Paint;
use crate::progress::{NextStep, Progress};
use crate::record::{AttemptKind, Record};
use choose::choose;

/// How often one question is asked again after a line that is no answer. Then the session goes on, so
/// that a pipe with the wrong content comes to an end.
const TRIES_MAX: u32 = 5;

/// Seeds stay below 2^32: a page's JavaScript holds them exactly.
const SEED_MASK: u64 = 0xFFFF_FFFF;

/// What to ask, and how to show it.
#[derive(Clone, Debug)]
pub struct SessionOptions {
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
}

/// How a session went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Questions that were to be asked.
    pub chosen: usize,
    /// Questions answered.
    pub answered: usize,
    /// Of them right.
    pub right: usize,
    /// The stems of the missed ones.
    pub missed: Vec<String>,
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
    options: &SessionOptions,
) -> Result<Summary, QuizError> {
    let questions = chosen(bank, record, options)?;
    let paint = Paint::new(options.width, options.colour);
    let path = record.path().display().to_string();
    terminal.write(&page::welcome(paint, options, questions.len(), &path))?;
    let mut session = Session {
        terminal,
        clock,
        record,
        paint,
    };
    let (mut answered, mut right, mut missed) = (0, 0, Vec::new());
    for (index, question) in questions.iter().enumerate() {
        let seed = hash64_with(options.seed, question.id.as_bytes()) & SEED_MASK;
        let asked = Asked::new(question, seed);
        match session.ask(&asked, index + 1, questions.len())? {
            Outcome::Answered(verdict) => {
                answered += 1;
                if verdict.right {
                    right += 1;
                } else {
                    missed.push(asked.stem());
                }
            }
            Outcome::PassedOver => {}
            Outcome::Stopped => break,
        }
    }
    let summary = Summary {
        chosen: questions.len(),
        answered,
        right,
        missed,
        next: Progress::gather(record, bank, clock.now_ms())?.next,
    };
    session.terminal.write(&page::summary(paint, &summary))?;
    Ok(summary)
}

fn chosen<'a>(
    bank: &'a Bank,
    record: &Record,
    options: &SessionOptions,
) -> Result<Vec<&'a Question>, QuizError> {
    let lessons = bank.lessons();
    if let Some(lesson) = options.lesson.filter(|lesson| !lessons.contains(lesson)) {
        let having: Vec<String> = lessons.iter().map(u8::to_string).collect();
        return Err(QuizError::NoQuestions {
            lesson,
            having: having.join(", "),
        });
    }
    let standings = record.standings(AttemptKind::Quiz)?;
    Ok(choose(
        bank,
        &standings,
        options.lesson,
        options.count,
        options.seed,
    ))
}

enum Outcome {
    Answered(Box<Verdict>),
    /// Too many lines were no answer.
    PassedOver,
    /// The learner stopped, or the input ended.
    Stopped,
}

struct Session<'a> {
    terminal: &'a mut dyn Terminal,
    clock: &'a dyn Clock,
    record: &'a Record,
    paint: Paint,
}

impl Session<'_> {
    fn ask(
        &mut self,
        asked: &Asked<'_>,
        number: usize,
        count: usize,
    ) -> Result<Outcome, QuizError> {
        let paint = self.paint;
        self.terminal
            .write(&page::question(paint, asked, number, count))?;
        let shown_ms = self.clock.now_ms();
        let (mut hints, mut tries) = (0, 0);
        loop {
            self.terminal.write(&page::prompt(paint, asked))?;
            let line = match self.terminal.read_line()? {
                Line::End => return Ok(Outcome::Stopped),
                Line::TooLong => String::new(),
                Line::Text(line) => line,
            };
            let trouble = match line.trim() {
                "q" | "Q" => return Ok(Outcome::Stopped),
                "?" => {
                    hints += 1;
                    self.say(&format!("Hint: {}", asked.hint()))?;
                    None
                }
                line => match asked.parse(line) {
                    Ok(input) => {
                        let at_ms = self.clock.now_ms();
                        let circumstances = Circumstances {
                            at_ms,
                            elapsed_ms: u64::try_from(at_ms - shown_ms).unwrap_or(0),
                            hints,
                            ..Circumstances::default()
                        };
                        let verdict = answer(self.record, asked, &input, &circumstances)?;
                        self.terminal.write(&page::verdict(paint, &verdict))?;
                        return Ok(Outcome::Answered(Box::new(verdict)));
                    }
                    Err(trouble) => Some(trouble),
                },
            };
            tries += 1;
            if tries == TRIES_MAX {
                self.say("No answer came, so this question stays open for another time.")?;
                return Ok(Outcome::PassedOver);
            }
            if let Some(trouble) = trouble {
                self.say(&format!(
                    "That is no answer here: {trouble}, ? for a hint, or q to stop."
                ))?;
            }
        }
    }

    fn say(&mut self, text: &str) -> Result<(), QuizError> {
        let wrapped = self.paint.wrapped("", "", text);
        Ok(self.terminal.write(&wrapped)?)
    }
}

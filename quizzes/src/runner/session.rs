//! What every mode shares: putting a question, reading an answer, giving hints, waiting, counting.

use std::collections::BTreeMap;

use kvorum::base::hash::hash64_with;
use uuid::Uuid;

use super::page::{self, Keys};
use super::{Ending, LessonResult, Line, Mode, SessionOptions, Summary, Terminal, diagram};
use crate::answer::AnswerInput;
use crate::asked::Asked;
use crate::bank::{Body, Question};
use crate::clock::Clock;
use crate::error::QuizError;
use crate::grade::Verdict;
use crate::keep::{Circumstances, answer};
use crate::paint::Paint;
use crate::progress::NextStep;
use crate::record::Record;

/// How often one question is asked again after a line of a pipe that is no answer. Then the session goes on,
/// so that a pipe with the wrong content comes to an end.
const TRIES_MAX: u32 = 5;

/// Seeds stay below 2^32: a page's JavaScript holds them exactly.
const SEED_MASK: u64 = 0xFFFF_FFFF;

/// What came of one question.
pub(super) enum Reply<T> {
    Given(T),
    /// Too many lines were no answer.
    PassedOver,
    /// The learner stopped, or the input ended.
    Stopped(Ending),
}

/// What is asked for at one prompt.
pub(super) struct Wanted<'w, T> {
    /// Whether one key is a whole answer.
    pub by_key: bool,
    /// What an answer looks like, to complete "type …".
    pub accepts: String,
    pub parse: &'w dyn Fn(&str) -> Result<T, String>,
    /// The hint after so many others, ready to be shown; nothing where hints would spoil the question.
    pub hint: &'w dyn Fn(Paint, u32) -> Option<String>,
}

/// A question that was answered.
pub(super) struct Answered<'a> {
    pub asked: Asked<'a>,
    pub verdict: Verdict,
    pub hints: u32,
}

/// One sitting.
pub(super) struct Session<'s> {
    pub terminal: &'s mut dyn Terminal,
    pub clock: &'s dyn Clock,
    pub record: &'s Record,
    pub options: &'s SessionOptions<'s>,
    /// How often each question was put.
    times: BTreeMap<Uuid, u64>,
    /// The prediction answered last, whose run `s` shows.
    predicted: Option<String>,
}

impl<'s> Session<'s> {
    pub(super) fn new(
        terminal: &'s mut dyn Terminal,
        clock: &'s dyn Clock,
        record: &'s Record,
        options: &'s SessionOptions<'s>,
    ) -> Self {
        Self {
            terminal,
            clock,
            record,
            options,
            times: BTreeMap::new(),
            predicted: None,
        }
    }

    /// How text is laid out by now: the window may have changed.
    pub(super) fn paint(&self) -> Paint {
        let width = self.terminal.columns().unwrap_or(self.options.width);
        match self.options.plain {
            true => Paint::plain(width),
            false => Paint::new(width, self.options.colour),
        }
    }

    pub(super) fn keys(&self) -> Keys {
        Keys {
            single: self.terminal.has_keys(),
            plain: self.options.plain,
        }
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), QuizError> {
        Ok(self.terminal.write(text)?)
    }

    pub(super) fn say(&mut self, text: &str) -> Result<(), QuizError> {
        let wrapped = self.paint().wrapped("", "", text);
        self.write(&wrapped)
    }

    /// The question as this session draws it; with new numbers when it is put again.
    pub(super) fn draw<'a>(&mut self, question: &'a Question) -> Asked<'a> {
        let times = self.times.entry(question.id).or_insert(0);
        let seed = hash64_with(self.options.seed, question.id.as_bytes());
        let seed = seed.wrapping_add(*times) & SEED_MASK;
        *times += 1;
        Asked::new(question, seed)
    }

    /// Puts a question, keeps the answer, and says nothing about it yet.
    pub(super) fn ask<'a>(
        &mut self,
        asked: Asked<'a>,
        heading: &page::Heading<'_>,
        has_hints: bool,
    ) -> Result<Reply<Answered<'a>>, QuizError> {
        let shown = page::question(self.paint(), &asked, heading);
        self.write(&shown)?;
        let shown_ms = self.clock.now_ms();
        let paragraph = self.options.paragraph;
        let wanted = Wanted {
            by_key: matches!(asked.question().body, Body::Single(_)),
            accepts: asked.accepts(),
            parse: &|line: &str| asked.parse(line),
            hint: &|paint, taken| has_hints.then(|| page::hint(paint, &asked, paragraph, taken)),
        };
        let (input, hints): (AnswerInput, u32) = match self.reply(&wanted)? {
            Reply::Given(given) => given,
            Reply::PassedOver => return Ok(Reply::PassedOver),
            Reply::Stopped(ending) => return Ok(Reply::Stopped(ending)),
        };
        let at_ms = self.clock.now_ms();
        let circumstances = Circumstances {
            at_ms,
            elapsed_ms: u64::try_from(at_ms - shown_ms).unwrap_or(0),
            hints,
            exam: self.options.mode == Mode::Exam,
            ..Circumstances::default()
        };
        let verdict = answer(self.record, &asked, &input, &circumstances)?;
        Ok(Reply::Given(Answered {
            asked,
            verdict,
            hints,
        }))
    }

    /// From now on `s` shows the run of this question, if it is a prediction.
    pub(super) fn remember_run(&mut self, asked: &Asked<'_>) {
        self.predicted = asked.script();
    }

    /// Reads until an answer comes, or none will; tells how many hints were taken before.
    pub(super) fn reply<T>(
        &mut self,
        wanted: &Wanted<'_, T>,
    ) -> Result<Reply<(T, u32)>, QuizError> {
        let (mut hints, mut tries) = (0, 0);
        loop {
            let paint = self.paint();
            let has_hints = (wanted.hint)(paint, 0).is_some();
            let prompt = page::Prompt {
                keys: self.keys(),
                by_key: wanted.by_key,
                accepts: &wanted.accepts,
                has_hints,
            };
            self.write(&prompt.asks(paint))?;
            let line = match self.read(wanted.by_key)? {
                Line::End => return Ok(Reply::Stopped(Ending::Stopped)),
                Line::Interrupted => return Ok(Reply::Stopped(Ending::Interrupted)),
                Line::TooLong => String::new(),
                Line::Text(line) => line,
            };
            let trouble = match line.trim() {
                "q" | "Q" => return Ok(Reply::Stopped(Ending::Stopped)),
                // Enter alone, from somebody who looks on: the prompt says it all.
                "" if self.terminal.is_typed_into() => continue,
                "?" if has_hints => {
                    let hint = (wanted.hint)(paint, hints).unwrap_or_default();
                    hints += 1;
                    self.write(&hint)?;
                    None
                }
                "s" | "S" if self.predicted.is_some() => {
                    self.show_run()?;
                    None
                }
                line => match (wanted.parse)(line) {
                    Ok(input) => return Ok(Reply::Given((input, hints))),
                    Err(trouble) => Some(prompt.refuses(&trouble)),
                },
            };
            tries += 1;
            if tries == TRIES_MAX && !self.terminal.is_typed_into() {
                self.say("No answer came, so this question stays open for another time.")?;
                return Ok(Reply::PassedOver);
            }
            if let Some(trouble) = trouble {
                self.say(&trouble)?;
            }
        }
    }

    /// Lets the learner read, where somebody does; tells whether they stop there.
    pub(super) fn pause(&mut self, is_last: bool) -> Result<Option<Ending>, QuizError> {
        if !self.terminal.is_typed_into() {
            return Ok(None);
        }
        loop {
            let pause = page::pause(self.paint(), self.keys(), is_last, self.predicted.is_some());
            self.write(&pause)?;
            match self.read(true)? {
                Line::End => return Ok(Some(Ending::Stopped)),
                Line::Interrupted => return Ok(Some(Ending::Interrupted)),
                Line::TooLong => {}
                Line::Text(line) => match line.trim() {
                    "" => return Ok(None),
                    "q" | "Q" => return Ok(Some(Ending::Stopped)),
                    "s" | "S" if self.predicted.is_some() => self.show_run()?,
                    _ => {}
                },
            }
        }
    }

    fn read(&mut self, by_key: bool) -> Result<Line, QuizError> {
        Ok(match by_key {
            true => self.terminal.read_key()?,
            false => self.terminal.read_line()?,
        })
    }

    fn show_run(&mut self) -> Result<(), QuizError> {
        let script = self.predicted.clone().unwrap_or_default();
        let picture = diagram::of(&script, self.paint());
        self.write(&picture)
    }
}

/// Counts what was answered, right, and missed.
#[derive(Default)]
pub(super) struct Tally {
    lessons: BTreeMap<u8, LessonResult>,
    missed: Vec<String>,
}

impl Tally {
    pub(super) fn count(&mut self, asked: &Asked<'_>, is_right: bool) {
        let lesson = asked.question().lesson;
        let result = self.lessons.entry(lesson).or_insert(LessonResult {
            lesson,
            answered: 0,
            right: 0,
        });
        result.answered += 1;
        result.right += usize::from(is_right);
        if !is_right {
            self.missed.push(asked.stem());
        }
    }

    pub(super) fn summary(self, chosen: usize, ending: Ending, next: NextStep) -> Summary {
        let lessons: Vec<LessonResult> = self.lessons.into_values().collect();
        Summary {
            chosen,
            answered: lessons.iter().map(|lesson| lesson.answered).sum(),
            right: lessons.iter().map(|lesson| lesson.right).sum(),
            missed: self.missed,
            lessons,
            ending,
            next,
        }
    }
}

//! A bank, a record and a clock of their own for one test, and somebody who reads the screen and answers.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;

use kvorum_quiz::bank::{Body, Reads};
use kvorum_quiz::{
    AnswerInput, Asked, Attempt, AttemptFilter, Bank, Clock, Line, Lines, QuizError, Record,
    SessionOptions, Summary, Terminal, run_session,
};
use tempfile::TempDir;

/// The seed of every session here.
pub const SEED: u64 = 5;

/// Moves on by a second each time it is asked.
pub struct Ticking(pub Cell<i64>);

impl Clock for Ticking {
    fn now_ms(&self) -> i64 {
        self.0.set(self.0.get() + 1000);
        self.0.get()
    }
}

pub struct Desk {
    _folder: TempDir,
    pub bank: Bank,
    pub record: Record,
    pub clock: Ticking,
}

impl Desk {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let record = Record::open(&folder.path().join("record.sqlite")).unwrap();
        let bank = Bank::embedded().unwrap_or_else(|error| panic!("{error}"));
        Self {
            _folder: folder,
            bank,
            record,
            clock: Ticking(Cell::new(1_000_000)),
        }
    }

    pub fn run(
        &self,
        terminal: &mut dyn Terminal,
        options: &SessionOptions<'_>,
    ) -> Result<Summary, QuizError> {
        run_session(terminal, &self.clock, &self.bank, &self.record, options)
    }

    /// A session over a pipe.
    pub fn piped(&self, input: &[u8], options: &SessionOptions<'_>) -> (Summary, String) {
        let mut output = Vec::new();
        let summary = self
            .run(&mut Lines::new(input, &mut output), options)
            .unwrap();
        (summary, String::from_utf8(output).unwrap())
    }

    pub fn attempts(&self) -> Vec<Attempt> {
        let kept = self.record.attempts(&AttemptFilter::default()).unwrap();
        kept.into_iter().map(|kept| kept.attempt).collect()
    }
}

pub fn options(lesson: Option<u8>, count: usize) -> SessionOptions<'static> {
    SessionOptions {
        lesson,
        count,
        seed: SEED,
        ..SessionOptions::default()
    }
}

/// Reads the questions off the screen and answers each as `answers` says.
pub struct Player<'a, F> {
    bank: &'a Bank,
    pub screen: String,
    /// What was shown since the last question was answered.
    shown: String,
    queue: VecDeque<String>,
    answers: F,
    /// Whether it looks on, and then what it types between two questions, before Enter alone.
    pub typed: bool,
    pub pauses: VecDeque<String>,
}

impl<'a, F: FnMut(&Asked<'_>) -> Vec<String>> Player<'a, F> {
    pub fn new(bank: &'a Bank, answers: F) -> Self {
        Self {
            bank,
            screen: String::new(),
            shown: String::new(),
            queue: VecDeque::new(),
            answers,
            typed: false,
            pauses: VecDeque::new(),
        }
    }

    /// One who looks on.
    pub fn typing(self) -> Self {
        Self {
            typed: true,
            ..self
        }
    }

    /// Which question under which seed looks like what stands on the screen.
    fn question_on_screen(&self) -> Asked<'a> {
        let screen = solid(&self.shown);
        let mut found: Option<(usize, Asked<'a>)> = None;
        for question in self.bank.questions() {
            // Put again, a question has other numbers.
            for times in 0..3 {
                let id = question.id.as_bytes();
                let seed = kvorum::base::hash::hash64_with(SEED, id);
                let seed = seed.wrapping_add(times) & 0xFFFF_FFFF;
                let asked = Asked::new(question, seed);
                let options = asked.options();
                let texts = [asked.stem()].into_iter().chain(options.first().cloned());
                let mut places = texts.map(|text| screen.rfind(&solid(&text)));
                let first = places.next().flatten();
                if places.all(|place| place.is_some())
                    && let Some(place) = first
                    && found.as_ref().is_none_or(|(best, _)| place > *best)
                {
                    found = Some((place, asked));
                }
            }
        }
        found
            .unwrap_or_else(|| panic!("no question on the screen: {screen}"))
            .1
    }
}

/// Without any space: a narrow screen breaks words at their hyphens.
fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}

pub fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl<F: FnMut(&Asked<'_>) -> Vec<String>> Terminal for Player<'_, F> {
    fn read_line(&mut self) -> io::Result<Line> {
        let is_pause = unwrapped(&self.shown).ends_with('.') && self.screen.ends_with(' ');
        if self.typed && is_pause && !self.screen.ends_with("> ") {
            return Ok(Line::Text(self.pauses.pop_front().unwrap_or_default()));
        }
        if self.queue.is_empty() {
            let asked = self.question_on_screen();
            self.shown.clear();
            self.queue = (self.answers)(&asked).into();
        }
        Ok(self.queue.pop_front().map_or(Line::End, Line::Text))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.screen.push_str(text);
        self.shown.push_str(text);
        Ok(())
    }

    fn is_typed_into(&self) -> bool {
        self.typed
    }
}

/// The line that answers a question rightly.
pub fn right_line(asked: &Asked<'_>) -> String {
    let count = asked.options().len();
    let key = |input: AnswerInput| asked.grade(&input).unwrap().key;
    let number = |text: String| {
        let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
        text[..text.find(|c| !is_part(c)).unwrap_or(text.len())].to_owned()
    };
    let lines: Vec<String> = match &asked.question().body {
        Body::Single(_) | Body::Multiple(_) => (1..1_usize << count)
            .map(|chosen| {
                let places = (0..count).filter(|place| chosen >> place & 1 == 1);
                let places: Vec<String> = places.map(|place| (place + 1).to_string()).collect();
                places.join(" ")
            })
            .collect(),
        Body::Ordering { .. } => {
            let shown: Vec<usize> = (1..=count).collect();
            vec![in_order(&key(AnswerInput::Order(shown)), &asked.options())]
        }
        Body::Short { points, .. } => {
            let words: Vec<&str> = points.iter().map(|point| point.any[0].as_str()).collect();
            vec![asked.question().interview.clone(), words.join(". ")]
        }
        Body::Predict {
            reads: Reads::Text, ..
        } => vec![unwrapped(&asked.printed().unwrap().unwrap())],
        Body::Numeric { .. } | Body::Predict { .. } => vec![number(key(AnswerInput::Number(0.5)))],
    };
    let is_right = |line: &String| {
        let input = asked.parse(line);
        input.is_ok_and(|input| asked.grade(&input).unwrap().right)
    };
    let all = lines.join(" | ");
    let right = lines.into_iter().find(is_right);
    right.unwrap_or_else(|| panic!("none is right of {all}: {}", asked.stem()))
}

/// The places of the items that a key tells in their right order.
fn in_order(key: &str, items: &[String]) -> String {
    let mut places = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let place = items.iter().position(|item| {
            let tail = rest.strip_prefix(item.as_str());
            tail.is_some_and(|tail| tail.is_empty() || tail.starts_with(" > "))
        });
        let place = place.unwrap();
        rest = rest[items[place].len()..].trim_start_matches(" > ");
        places.push((place + 1).to_string());
    }
    places.join(" ")
}

/// A line that answers it wrongly.
pub fn wrong_line(asked: &Asked<'_>) -> String {
    let count = asked.options().len();
    let lines: Vec<String> = match &asked.question().body {
        Body::Single(_) => (1..=count).map(|at| at.to_string()).collect(),
        Body::Multiple(_) => (1..=count).map(|at| at.to_string()).collect(),
        Body::Ordering { .. } => {
            let up: Vec<String> = (1..=count).map(|at| at.to_string()).collect();
            let down: Vec<String> = up.iter().rev().cloned().collect();
            vec![up.join(" "), down.join(" ")]
        }
        _ => vec!["-1".to_owned()],
    };
    lines
        .into_iter()
        .find(|line| {
            let input = asked.parse(line).unwrap();
            !asked.grade(&input).unwrap().right
        })
        .unwrap()
}

/// A paragraph for every anchor.
pub fn paragraph(anchor: &str) -> Option<String> {
    Some(format!(
        "This is what {anchor} says.\n\n    node = 1\n\nAnd more of it."
    ))
}

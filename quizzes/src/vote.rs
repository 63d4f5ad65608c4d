//! The one way from a vote in a lesson's poll, or a prediction in its lab, to the record.

use kvorum::base::hash::hash64;
use serde::Serialize;

use crate::bank::{Poll, Vote};
use crate::error::QuizError;
use crate::grade::agrees;
use crate::keep::Circumstances;
use crate::record::{Attempt, AttemptFilter, AttemptKind, Record};

/// Which of a poll's two votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the lesson.
    Opening,
    /// After it.
    Closing,
}

impl When {
    /// Its name in a page and in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Closing => "closing",
        }
    }

    /// The vote of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Opening, Self::Closing]
            .into_iter()
            .find(|when| when.name() == name)
    }

    /// What is asked then.
    #[must_use]
    pub fn vote(self, poll: &Poll) -> &Vote {
        match self {
            Self::Opening => &poll.opening,
            Self::Closing => &poll.closing,
        }
    }
}

/// A side that somebody chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
}

/// The latest choice in one of a poll's votes.
///
/// # Errors
/// [`QuizError::Record`] when the record cannot be read.
pub fn voted(record: &Record, poll: &Poll, when: When) -> Result<Option<Choice>, QuizError> {
    let kept = record.attempts(&AttemptFilter {
        kind: Some(AttemptKind::Poll),
        item: Some(item(poll, when)),
        ..AttemptFilter::default()
    })?;
    Ok(kept.into_iter().next_back().map(|kept| Choice {
        text: kept.attempt.answer,
        holds: kept.attempt.right,
    }))
}

/// Keeps the side at `chosen`, 0 or 1.
///
/// # Errors
/// [`QuizError::Record`] when it cannot be kept; [`QuizError::NoSide`] for a third side.
pub fn vote(
    record: &Record,
    poll: &Poll,
    when: When,
    chosen: usize,
    circumstances: &Circumstances,
) -> Result<Choice, QuizError> {
    let asked = when.vote(poll);
    let side = asked.options.get(chosen).ok_or(QuizError::NoSide)?;
    let [one, two] = &asked.options;
    let text = [asked.stem.as_str(), &one.text, &two.text].join("\n");
    record.append(&Attempt {
        item: item(poll, when),
        revision: revision(&text),
        lesson: poll.lesson,
        answer: side.text.clone(),
        right: side.holds,
        ..plain(circumstances)
    })?;
    Ok(Choice {
        text: side.text.clone(),
        holds: side.holds,
    })
}

/// Keeps what somebody predicted of a line of a lab, and says whether it agrees with what the run printed.
///
/// # Errors
/// [`QuizError::Record`] when it cannot be kept.
pub fn predict(
    record: &Record,
    lesson: u8,
    lab: &str,
    step: &str,
    prediction: &str,
    printed: &str,
    circumstances: &Circumstances,
) -> Result<bool, QuizError> {
    let right = agrees(printed, prediction);
    record.append(&Attempt {
        item: format!("lab/{lab}#{step}"),
        revision: revision(printed),
        lesson,
        answer: prediction.to_owned(),
        right,
        ..plain(circumstances)
    })?;
    Ok(right)
}

fn item(poll: &Poll, when: When) -> String {
    format!("{}/{}", poll.id, when.name())
}

/// Changes with every edit of the text.
fn revision(text: &str) -> String {
    format!("{:016x}", hash64(text.as_bytes()))
}

/// An attempt that nothing is known of but how it came about.
fn plain(circumstances: &Circumstances) -> Attempt {
    Attempt {
        at_ms: circumstances.at_ms,
        kind: AttemptKind::Poll,
        item: String::new(),
        revision: String::new(),
        lesson: 0,
        seed: 0,
        answer: String::new(),
        right: false,
        elapsed_ms: circumstances.elapsed_ms,
        hints: circumstances.hints,
        misconceptions: Vec::new(),
        confidence: circumstances.confidence,
        challenge: None,
        forecast: None,
        exam: circumstances.exam,
    }
}

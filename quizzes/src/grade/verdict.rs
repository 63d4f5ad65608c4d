//! What is said to an answer.

use serde::Serialize;

use crate::bank::Misconception;

/// The judgement of one answer, complete: a terminal or a page shows it without knowing the question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether it counts as right.
    pub right: bool,
    /// How far it goes, where an answer has several parts.
    pub partial: Option<Partial>,
    /// The answer in words, as the record keeps it.
    pub answer: String,
    /// The right answer in words.
    pub key: String,
    /// What is to be said to this answer, part by part.
    pub notes: Vec<Note>,
    /// The misconceptions that it shows.
    pub misconceptions: Vec<Misconception>,
    /// Why the right answer is right.
    pub explanation: String,
    /// What to say aloud in an interview.
    pub interview: String,
    /// Where the facts come from.
    pub source: String,
    /// The lesson, from 1.
    pub lesson: u8,
    /// The lesson's place that treats it.
    pub anchor: String,
}

/// How much of an answer is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Partial {
    /// Parts that are right.
    pub hit: usize,
    /// Parts in all.
    pub of: usize,
}

/// A remark on one part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The part.
    pub about: String,
    /// Whether the learner had this part right.
    pub right: bool,
    /// The remark.
    pub text: String,
}

//! One answer, as the record keeps it.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use serde::{Deserialize, Serialize};

use crate::learner::ability::Challenge;

/// What was answered: the record takes every kind of practice alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// A quiz question, in the terminal or in the book.
    Quiz,
    /// A check of an exercise.
    Exercise,
    /// A poll that opens or closes a lesson.
    Poll,
    /// A phase of a mock interview.
    Mock,
}

impl AttemptKind {
    const ALL: [Self; 4] = [Self::Quiz, Self::Exercise, Self::Poll, Self::Mock];

    /// The name in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quiz => "quiz",
            Self::Exercise => "exercise",
            Self::Poll => "poll",
            Self::Mock => "mock",
        }
    }
}

impl AttemptKind {
    /// Whether such items are remembered and forgotten, one by one.
    pub(super) fn has_memory(self) -> bool {
        matches!(self, Self::Quiz | Self::Exercise)
    }
}

impl FromSql for AttemptKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(FromSqlError::InvalidType)
    }
}

/// One answer. Times are the caller's, so a test and the book's server decide what "now" is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it was answered, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What kind of item.
    pub kind: AttemptKind,
    /// The item: a question's uuid, an exercise's id. It survives edits of the item's text.
    pub item: String,
    /// Which text of the item was answered.
    pub revision: String,
    /// The lesson it belongs to, from 1.
    pub lesson: u8,
    /// The seed its parameters and the order of its options were drawn from; below 2^63.
    pub seed: u64,
    /// The answer in words, cut to [`ANSWER_CHARS_MAX`] characters.
    pub answer: String,
    /// Whether it was right.
    pub right: bool,
    /// From shown to answered, milliseconds.
    pub elapsed_ms: u64,
    /// Hints taken before answering.
    pub hints: u32,
    /// Ids of the misconceptions that the answer showed.
    pub misconceptions: Vec<String>,
    /// How sure the learner was, 0 to 100, where it was asked.
    pub confidence: Option<u8>,
    /// How hard the item was, and how easy to guess, where that is known.
    #[serde(default)]
    pub challenge: Option<Challenge>,
    /// The chance of a right answer as it was foretold, 0 to 1; [`super::Record::append`] fills it in.
    #[serde(default)]
    pub forecast: Option<f64>,
    /// Whether it was given in an exam.
    #[serde(default)]
    pub exam: bool,
}

/// The latest time that an import takes: the end of the year 9999, milliseconds since 1970 UTC. Later ones are
/// no dates.
pub const AT_MS_MAX: i64 = 253_402_300_799_999;

/// Characters kept of one answer: a pasted novel must not fill the record.
pub const ANSWER_CHARS_MAX: usize = 4000;

/// An answer with the number it got in the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kept {
    /// Its number: later answers have higher ones.
    pub id: i64,
    /// The answer.
    #[serde(flatten)]
    pub attempt: Attempt,
}

/// Which answers to read; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    /// Only this kind.
    pub kind: Option<AttemptKind>,
    /// Only this lesson.
    pub lesson: Option<u8>,
    /// Only this item.
    pub item: Option<String>,
}

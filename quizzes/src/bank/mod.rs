//! The question bank: TOML files in, checked questions out.
//!
//! A bank exists only when every file reads, every id is unique, every wrong option names a known
//! misconception, and every template can be filled in. So a question that is asked can be graded.

mod body;
mod check;
mod embedded;
mod error;
mod misconception;
mod poll;
mod question;
mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

pub use error::BankError;
pub use misconception::Misconception;
pub use poll::{Poll, PollOption, PollSide};
pub use question::{Body, Choice, Point, Question, Reads, Scale, Wrong};
pub use raw::ParamValue;

/// A file of the bank, or of misconceptions: its name for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct BankFile<'a> {
    /// The name that messages give.
    pub name: &'a str,
    /// The TOML text.
    pub text: &'a str,
}

/// All questions and misconceptions.
#[derive(Clone, Debug)]
pub struct Bank {
    questions: Vec<Question>,
    misconceptions: BTreeMap<String, Arc<Misconception>>,
    polls: Vec<Poll>,
}

impl Bank {
    /// The bank inside this program.
    ///
    /// # Errors
    /// [`BankError`] when it was built with a mistake; the tests make sure that it was not.
    pub fn embedded() -> Result<Self, BankError> {
        Self::read(&embedded::QUESTIONS, &embedded::MISCONCEPTIONS)
    }

    /// A bank from files: questions in the order of the files.
    ///
    /// # Errors
    /// [`BankError`] names the first mistake: file, question and field.
    pub fn read(files: &[BankFile<'_>], misconceptions: &BankFile<'_>) -> Result<Self, BankError> {
        let misconceptions: BTreeMap<String, Arc<Misconception>> =
            misconception::read(misconceptions.name, misconceptions.text)?
                .into_iter()
                .map(|(id, misconception)| (id, Arc::new(misconception)))
                .collect();
        let mut ids = BTreeSet::new();
        let mut questions = Vec::new();
        for file in files {
            questions.extend(check::questions(file, &misconceptions, &mut ids)?);
        }
        Ok(Self {
            questions,
            misconceptions,
            polls: poll::built_in(),
        })
    }

    /// All questions, in the order of the files.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The question with this id.
    #[must_use]
    pub fn question(&self, id: Uuid) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The questions of one lesson.
    #[must_use]
    pub fn lesson_questions(&self, lesson: u8) -> Vec<&Question> {
        self.questions
            .iter()
            .filter(|question| question.lesson == lesson)
            .collect()
    }

    /// The questions that the page of one lesson asks.
    #[must_use]
    pub fn page_questions(&self, lesson: u8) -> Vec<&Question> {
        let mut questions = self.lesson_questions(lesson);
        questions.retain(|question| question.on_page);
        questions
    }

    /// The lessons that have questions, ascending.
    #[must_use]
    pub fn lessons(&self) -> BTreeSet<u8> {
        self.questions
            .iter()
            .map(|question| question.lesson)
            .collect()
    }

    /// All misconceptions, by id.
    pub fn misconceptions(&self) -> impl Iterator<Item = &Misconception> {
        self.misconceptions.values().map(Arc::as_ref)
    }

    /// The misconception with this id.
    #[must_use]
    pub fn misconception(&self, id: &str) -> Option<&Misconception> {
        self.misconceptions.get(id).map(Arc::as_ref)
    }
}

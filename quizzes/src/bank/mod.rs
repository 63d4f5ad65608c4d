//! The question bank: TOML files in, checked questions out.
//!
//! A bank exists only when every file reads, every id is unique, every wrong option names a known
//! misconception, and every template can be filled in. So a question that is asked can be graded.

mod body;
mod check;
mod embedded;
mod error;
mod folder;
mod misconception;
mod poll;
mod question;
mod raw;
mod revision;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

pub use error::BankError;
pub use misconception::Misconception;
pub use poll::{Poll, Side, Vote};
pub use question::{Body, Choice, Point, Question, Reads, Scale, Wrong};
pub use raw::ParamValue;

/// A file of the bank, of misconceptions or of polls: its name for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct BankFile<'a> {
    /// The name that messages give.
    pub name: &'a str,
    /// The TOML text.
    pub text: &'a str,
}

/// All questions, misconceptions and polls.
#[derive(Clone, Debug)]
pub struct Bank {
    questions: Vec<Question>,
    /// Where each of the questions stands.
    origins: Vec<Origin>,
    misconceptions: BTreeMap<String, Arc<Misconception>>,
    polls: BTreeMap<u8, Poll>,
}

/// A file and a place in it, from 1.
#[derive(Clone, Debug)]
struct Origin {
    file: Arc<str>,
    number: usize,
}

impl Bank {
    /// The bank inside this program. Its draws were checked when the program was tested, so that no command
    /// has to wait for [`Bank::check_draws`].
    ///
    /// # Errors
    /// [`BankError`] when it was built with a mistake; the tests make sure that it was not.
    pub fn embedded() -> Result<Self, BankError> {
        Self::load(
            &embedded::QUESTIONS,
            &embedded::MISCONCEPTIONS,
            &embedded::POLLS,
        )
    }

    /// A bank from files: questions in the order of the files. Every draw of every question is checked.
    ///
    /// # Errors
    /// [`BankError`] names the first mistake: file, question and field.
    pub fn read(
        files: &[BankFile<'_>],
        misconceptions: &BankFile<'_>,
        polls: &BankFile<'_>,
    ) -> Result<Self, BankError> {
        let bank = Self::load(files, misconceptions, polls)?;
        bank.check_draws()?;
        Ok(bank)
    }

    /// The bank in a folder: `misconceptions.toml`, `polls.toml`, and every `bank/*.toml` in the order of
    /// their names. As [`Bank::read`].
    ///
    /// # Errors
    /// [`BankError`] for a file that is missing or cannot be read; and as [`Bank::read`].
    pub fn from_folder(path: &Path) -> Result<Self, BankError> {
        folder::read(path)
    }

    /// As [`Bank::read`], without [`Bank::check_draws`].
    pub(crate) fn load(
        files: &[BankFile<'_>],
        misconceptions: &BankFile<'_>,
        polls: &BankFile<'_>,
    ) -> Result<Self, BankError> {
        let misconceptions: BTreeMap<String, Arc<Misconception>> =
            misconception::read(misconceptions.name, misconceptions.text)?
                .into_iter()
                .map(|(id, misconception)| (id, Arc::new(misconception)))
                .collect();
        let mut ids = BTreeSet::new();
        let mut questions = Vec::new();
        let mut origins = Vec::new();
        for file in files {
            let name: Arc<str> = file.name.into();
            let read = check::questions(file, &misconceptions, &mut ids)?;
            origins.extend((1..=read.len()).map(|number| Origin {
                file: name.clone(),
                number,
            }));
            questions.extend(read);
        }
        let polls = poll::read(polls, &mut ids)?;
        Ok(Self {
            questions,
            origins,
            misconceptions,
            polls,
        })
    }

    /// Fills every text and computes every formula of every question with every combination of its
    /// parameters' values. Whoever holds a bank for which this is fine can ask and grade all of it.
    ///
    /// # Errors
    /// [`BankError`] names the first mistake.
    pub fn check_draws(&self) -> Result<(), BankError> {
        for (question, origin) in self.questions.iter().zip(&self.origins) {
            let place = check::Place {
                file: &origin.file,
                number: origin.number,
                id: &question.id.to_string(),
            };
            check::every_draw(question, &place)?;
        }
        Ok(())
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

    /// The poll of one lesson.
    #[must_use]
    pub fn poll(&self, lesson: u8) -> Option<&Poll> {
        self.polls.get(&lesson)
    }

    /// All polls, by lesson.
    pub fn polls(&self) -> impl Iterator<Item = &Poll> {
        self.polls.values()
    }
}

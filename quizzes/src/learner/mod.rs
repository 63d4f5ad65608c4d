//! What is known about a learner: the memory of each item, and the ability in each lesson.
//!
//! Answers go in, one by one and in their order; the chance of knowing any question at any time comes out.
//! Everything is computed from the answers alone, so the record can be folded again and gives the same.

pub mod ability;
mod challenge;
pub mod memory;

use std::collections::BTreeMap;

pub use challenge::usual_ms;

use ability::{Challenge, Rating};
use memory::{Grade, Memory, RETENTION};

use crate::bank::Question;

/// How one item stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemState {
    /// Its memory.
    pub memory: Memory,
    /// Answers so far.
    pub answers: u32,
    /// Of them wrong after an earlier right one.
    pub lapses: u32,
    /// Whether the latest answer was right.
    pub last_right: bool,
}

impl ItemState {
    /// Whether recall has fallen so far that a review is due.
    #[must_use]
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.memory.recall(now_ms) < f64::from(RETENTION)
    }

    /// The state after an answer.
    #[must_use]
    pub fn after(before: Option<Self>, right: bool, hints: u32, at_ms: i64) -> Self {
        let memory = Memory::after(
            before.map(|before| before.memory),
            Grade::of(right, hints),
            at_ms,
        );
        let lapsed = before.is_some_and(|before| before.last_right) && !right;
        Self {
            memory,
            answers: before.map_or(0, |before| before.answers) + 1,
            lapses: before.map_or(0, |before| before.lapses) + u32::from(lapsed),
            last_right: right,
        }
    }
}

/// A learner, as the answers show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learner {
    items: BTreeMap<String, ItemState>,
    course: Rating,
    lessons: BTreeMap<u8, Rating>,
}

impl Learner {
    /// A learner from what the record holds.
    pub(crate) fn from_parts(
        items: BTreeMap<String, ItemState>,
        course: Rating,
        lessons: BTreeMap<u8, Rating>,
    ) -> Self {
        Self {
            items,
            course,
            lessons,
        }
    }

    /// Takes in an answer to a question.
    pub fn answered(&mut self, question: &Question, right: bool, hints: u32, at_ms: i64) {
        let item = question.id.to_string();
        let before = self.items.get(&item).copied();
        if before.is_none() {
            let lesson = self.lesson(question.lesson);
            let challenge = Challenge::of(question);
            let (course, lesson) = ability::after(self.course, lesson, challenge, right);
            self.course = course;
            self.lessons.insert(question.lesson, lesson);
        }
        let after = ItemState::after(before, right, hints, at_ms);
        self.items.insert(item, after);
    }

    /// How an item stands; `None` when it was never answered.
    #[must_use]
    pub fn item(&self, item: &str) -> Option<&ItemState> {
        self.items.get(item)
    }

    /// The rating in the whole course.
    #[must_use]
    pub fn course(&self) -> Rating {
        self.course
    }

    /// The offset of a lesson.
    #[must_use]
    pub fn lesson(&self, lesson: u8) -> Rating {
        self.lessons.get(&lesson).copied().unwrap_or_default()
    }

    /// The chance that the learner knows a question at `at_ms`, without guessing: what memory says of one that
    /// was answered, and what ability says of one that was not.
    #[must_use]
    pub fn known(&self, question: &Question, at_ms: i64) -> f64 {
        match self.items.get(&question.id.to_string()) {
            Some(state) => state.memory.recall(at_ms),
            None => Challenge::of(question).known(self.ability(question.lesson)),
        }
    }

    /// The chance of a right answer at `at_ms`, guesses included.
    #[must_use]
    pub fn right(&self, question: &Question, at_ms: i64) -> f64 {
        Challenge::of(question).right(self.known(question, at_ms))
    }

    /// The ability in a lesson, in logits.
    #[must_use]
    pub fn ability(&self, lesson: u8) -> f64 {
        self.course.logits + self.lesson(lesson).logits
    }
}

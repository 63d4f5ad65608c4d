//! How well an item is remembered: FSRS, the free spaced repetition scheduler, with its default parameters.
//!
//! In go the answers to one item and their times; out comes the chance that it is recalled at any later
//! time. Two numbers carry it: the stability, days until the chance has fallen to 90%, and the difficulty,
//! 1 to 10, which slows the stability's growth. Source: the FSRS-6 algorithm of the Open Spaced Repetition
//! project, through its own crate.

use std::sync::LazyLock;

use fsrs::{DEFAULT_PARAMETERS, FSRS, ItemState, MemoryState};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What an answer says about the memory of its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// It was wrong.
    Again,
    /// It was right, with a hint.
    Hard,
    /// It was right.
    Good,
}

impl Grade {
    /// The grade of an answer.
    #[must_use]
    pub fn of(right: bool, hints: u32) -> Self {
        match (right, hints) {
            (false, _) => Self::Again,
            (true, 0) => Self::Good,
            (true, _) => Self::Hard,
        }
    }
}

/// The memory of one item after an answer, by the answer's grade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcomes {
    /// After [`Grade::Again`].
    pub again: Memory,
    /// After [`Grade::Hard`].
    pub hard: Memory,
    /// After [`Grade::Good`].
    pub good: Memory,
}

/// The memory of one item at its latest answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Days until the chance of recall has fallen to 90%.
    pub stability_days: f32,
    /// 1 to 10: how slowly the stability grows.
    pub difficulty: f32,
    /// When the latest answer was, milliseconds since 1970 UTC.
    pub last_ms: i64,
}

impl Memory {
    /// The chance that the item is recalled at `at_ms`, 0 to 1.
    #[must_use]
    pub fn recall(&self, at_ms: i64) -> f64 {
        let days = (at_ms.saturating_sub(self.last_ms)).max(0) as f64 / DAY_MS as f64;
        let chance =
            fsrs::current_retrievability(self.state(), days as f32, DEFAULT_PARAMETERS[20]);
        f64::from(chance)
    }

    /// The memory after an answer at `at_ms` that got `grade`; without `before` it is the first.
    #[must_use]
    pub fn after(before: Option<Self>, grade: Grade, at_ms: i64) -> Self {
        let outcomes = Self::outcomes(before, at_ms);
        match grade {
            Grade::Again => outcomes.again,
            Grade::Hard => outcomes.hard,
            Grade::Good => outcomes.good,
        }
    }

    /// The memory after an answer at `at_ms`, for every grade that it may get.
    #[must_use]
    pub fn outcomes(before: Option<Self>, at_ms: i64) -> Outcomes {
        // A clock that was set back must not make an answer come before the one that it follows.
        let at_ms = before.map_or(at_ms, |before| at_ms.max(before.last_ms));
        let days = before.map_or(0, |before| whole_days(at_ms - before.last_ms));
        let states = MODEL
            .next_states(before.map(|before| before.state()), RETENTION, days)
            .expect("finite numbers go in");
        let of = |next: &ItemState| Self {
            stability_days: next.memory.stability,
            difficulty: next.memory.difficulty,
            last_ms: at_ms,
        };
        Outcomes {
            again: of(&states.again),
            hard: of(&states.hard),
            good: of(&states.good),
        }
    }

    fn state(&self) -> MemoryState {
        MemoryState {
            stability: self.stability_days,
            difficulty: self.difficulty,
        }
    }
}

/// An item whose chance of recall has fallen below this is due for review.
pub const RETENTION: f32 = 0.9;

static MODEL: LazyLock<FSRS> = LazyLock::new(FSRS::default);

/// FSRS counts whole days: an answer on the next morning is a day later.
fn whole_days(span_ms: i64) -> u32 {
    u32::try_from(span_ms.saturating_add(DAY_MS / 2) / DAY_MS).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, Grade, Memory};

    #[test]
    fn recall_is_sure_at_once_and_nine_tenths_after_the_stability() {
        let memory = Memory::after(None, Grade::Good, 1000);
        assert!((memory.recall(1000) - 1.0).abs() < 1e-6);
        assert!(memory.recall(0) > 0.999, "a clock set back forgets nothing");
        let later = 1000 + (f64::from(memory.stability_days) * DAY_MS as f64) as i64;
        assert!((memory.recall(later) - 0.9).abs() < 1e-4);
        assert!(memory.recall(later + 30 * DAY_MS) < 0.8);
    }

    #[test]
    fn a_right_answer_later_strengthens_more_and_a_wrong_one_weakens() {
        let first = Memory::after(None, Grade::Good, 0);
        let soon = Memory::after(Some(first), Grade::Good, DAY_MS);
        let late = Memory::after(Some(first), Grade::Good, 5 * DAY_MS);
        assert!(late.stability_days > soon.stability_days);
        assert!(soon.stability_days > first.stability_days);
        let hard = Memory::after(Some(first), Grade::Hard, 5 * DAY_MS);
        assert!(hard.stability_days < late.stability_days);
        let missed = Memory::after(Some(late), Grade::Again, 9 * DAY_MS);
        assert!(missed.stability_days < late.stability_days);
        assert!(missed.difficulty > late.difficulty);
    }

    #[test]
    fn an_answer_never_comes_before_the_one_that_it_follows() {
        let first = Memory::after(None, Grade::Good, 5 * DAY_MS);
        let back = Memory::after(Some(first), Grade::Good, DAY_MS);
        assert_eq!(back.last_ms, 5 * DAY_MS);
        assert!(back.stability_days.is_finite());
    }
}

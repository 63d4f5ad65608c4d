//! Schedules that compete: what each would ask next, from the answers that it has seen.
//!
//! All get the same minutes a day, ask no question twice on a day that was right, and ask on when nothing is
//! due, the earliest due first: no schedule wastes its time.

use kvorum::base::rng::Rng;

use crate::bank::Question;
use crate::choose::{Chooser, Purpose};
use crate::learner::Learner;

/// A schedule by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What `kvorum quiz` does.
    Adaptive,
    /// The same, but every miss comes back in the same session.
    BringingBack,
    /// Any question, with the same chance.
    Random,
    /// SuperMemo 2 (Wozniak 1990), as Anki used it.
    Sm2,
    /// Five boxes: a right answer moves a card one box on, a miss back to the first (Leitner 1972).
    Leitner,
    /// After 1, 2, 4, 7 and 16 days, whatever was answered.
    Ladder,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Adaptive,
        Self::BringingBack,
        Self::Random,
        Self::Sm2,
        Self::Leitner,
        Self::Ladder,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::BringingBack => "misses at once",
            Self::Random => "random",
            Self::Sm2 => "SM-2",
            Self::Leitner => "Leitner",
            Self::Ladder => "fixed ladder",
        }
    }
}

/// Days between the answers, box by box.
const LEITNER_DAYS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
/// Days between the answers, step by step.
const LADDER_DAYS: [f64; 5] = [1.0, 2.0, 4.0, 7.0, 16.0];
const SM2_EASE: f64 = 2.5;
const SM2_EASE_MIN: f64 = 1.3;

/// A schedule at work.
#[derive(Debug)]
pub enum Schedule<'a> {
    /// The quiz's own chooser.
    Adaptive(Box<Chooser<'a>>, Vec<&'a Question>),
    /// Any other: cards, each with the day on which it is due.
    Cards(Cards),
}

/// Cards with due days.
#[derive(Debug)]
pub struct Cards {
    kind: Kind,
    cards: Vec<Card>,
    today: u32,
    rng: Rng,
}

#[derive(Clone, Debug)]
struct Card {
    /// `None` before the first answer.
    due: Option<f64>,
    /// Answers in a row that were right: box, or step.
    streak: usize,
    ease: f64,
    interval: f64,
    /// The latest day on which it was asked, and whether it was right.
    asked: Option<(u32, bool)>,
}

impl<'a> Schedule<'a> {
    /// A schedule over `questions`, for an interview at `interview_ms`.
    #[must_use]
    pub fn new(kind: Kind, questions: &[&'a Question], interview_ms: i64, seed: u64) -> Self {
        if matches!(kind, Kind::Adaptive | Kind::BringingBack) {
            let chooser = Chooser::for_learner(
                questions.to_vec(),
                Learner::default(),
                Purpose::Practice,
                interview_ms,
                seed,
            );
            let chooser = match kind {
                Kind::BringingBack => chooser.bringing_back(),
                _ => chooser,
            };
            return Self::Adaptive(Box::new(chooser), questions.to_vec());
        }
        let card = Card {
            due: None,
            streak: 0,
            ease: SM2_EASE,
            interval: 0.0,
            asked: None,
        };
        Self::Cards(Cards {
            kind,
            cards: vec![card; questions.len()],
            today: 0,
            rng: Rng::from_seed(seed),
        })
    }

    /// The place of the next question.
    pub fn next(&mut self, now_ms: i64) -> Option<usize> {
        match self {
            Self::Adaptive(chooser, questions) => {
                let pick = chooser.next(now_ms)?;
                questions
                    .iter()
                    .position(|question| question.id == pick.question.id)
            }
            Self::Cards(cards) => cards.next(),
        }
    }

    /// Takes in the answer to the question at `index`.
    pub fn answered(&mut self, index: usize, right: bool, now_ms: i64) {
        match self {
            Self::Adaptive(chooser, questions) => {
                chooser.answered(questions[index], right, 0, now_ms);
            }
            Self::Cards(cards) => cards.answered(index, right),
        }
    }

    /// Goes on to the next day.
    pub fn next_day(&mut self) {
        match self {
            Self::Adaptive(chooser, _) => chooser.next_day(),
            Self::Cards(cards) => cards.today += 1,
        }
    }
}

impl Cards {
    fn next(&mut self) -> Option<usize> {
        let today = self.today;
        // A miss may come again on the same day, when nothing else is left.
        let open = |card: &Card| card.asked.is_none_or(|(day, right)| day < today || !right);
        let left: Vec<usize> = (0..self.cards.len())
            .filter(|&index| open(&self.cards[index]))
            .collect();
        if left.is_empty() {
            return None;
        }
        if self.kind == Kind::Random {
            return Some(left[self.rng.index(left.len())]);
        }
        let due = |index: &usize| self.cards[*index].due;
        let earliest = |only_due: bool| {
            let seen = left.iter().filter_map(|index| Some((due(index)?, *index)));
            let seen = seen.filter(|(day, _)| !only_due || *day <= f64::from(today));
            seen.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        };
        let new = || left.iter().find(|index| due(index).is_none()).copied();
        earliest(true)
            .map(|(_, index)| index)
            .or_else(new)
            .or_else(|| earliest(false).map(|(_, index)| index))
    }

    fn answered(&mut self, index: usize, right: bool) {
        let today = self.today;
        let kind = self.kind;
        let card = &mut self.cards[index];
        card.asked = Some((today, right));
        let days = match kind {
            Kind::Sm2 => sm2(card, right),
            Kind::Leitner => {
                card.streak = if right { card.streak + 1 } else { 0 };
                LEITNER_DAYS[card.streak.saturating_sub(1).min(LEITNER_DAYS.len() - 1)]
            }
            _ => {
                card.streak += 1;
                LADDER_DAYS[(card.streak - 1).min(LADDER_DAYS.len() - 1)]
            }
        };
        card.due = Some(f64::from(today) + days);
    }
}

/// SuperMemo 2: intervals of 1 and 6 days, then times the ease, which a miss lowers. A right answer counts as
/// quality 4, a miss as 2: there are only two.
fn sm2(card: &mut Card, right: bool) -> f64 {
    let quality = if right { 4.0 } else { 2.0 };
    let missed: f64 = 5.0 - quality;
    card.ease = (card.ease + 0.1 - missed * (0.08 + missed * 0.02)).max(SM2_EASE_MIN);
    card.streak = if right { card.streak + 1 } else { 0 };
    card.interval = match card.streak {
        0 | 1 => 1.0,
        2 => 6.0,
        _ => card.interval * card.ease,
    };
    card.interval
}

#[cfg(test)]
mod tests {
    use super::{Card, Cards, Kind, SM2_EASE, sm2};
    use kvorum::base::rng::Rng;

    fn card() -> Card {
        Card {
            due: None,
            streak: 0,
            ease: SM2_EASE,
            interval: 0.0,
            asked: None,
        }
    }

    #[test]
    fn sm2_gives_its_known_intervals() {
        let mut one = card();
        let intervals: Vec<f64> = (0..4).map(|_| sm2(&mut one, true)).collect();
        assert_eq!(intervals, [1.0, 6.0, 15.0, 37.5]);
        assert_eq!(sm2(&mut one, false), 1.0);
        assert!((one.ease - 2.18).abs() < 1e-9, "2.5 - 0.32");
        for _ in 0..10 {
            sm2(&mut one, false);
        }
        assert!((one.ease - 1.3).abs() < 1e-9);
    }

    #[test]
    fn what_is_due_comes_before_what_is_new_and_a_miss_comes_again() {
        let mut cards = Cards {
            kind: Kind::Leitner,
            cards: vec![card(); 3],
            today: 0,
            rng: Rng::from_seed(1),
        };
        assert_eq!(cards.next(), Some(0));
        cards.answered(0, true);
        assert_eq!(cards.next(), Some(1));
        cards.answered(1, false);
        cards.today = 1;
        assert_eq!(cards.next(), Some(0), "box 1, due after a day");
        cards.answered(0, true);
        assert_eq!(cards.next(), Some(1));
        cards.answered(1, false);
        assert_eq!(cards.next(), Some(2), "new, and nothing is due");
        cards.answered(2, true);
        assert_eq!(
            cards.next(),
            Some(1),
            "the miss of today, before those that wait"
        );
    }
}

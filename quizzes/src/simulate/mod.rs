//! Does adapting help? Simulated learners, one month, several schedules, and what is recalled on the day.
//!
//! Each learner is drawn from a seed and lives the same month once under every schedule. Nobody sees into
//! a learner: a schedule knows only which answers were right. What is measured is the true chance of recall,
//! guesses left out, over all questions on the day of the interview.

mod mind;
mod published;
mod report;
mod schedule;

use kvorum::base::hash::hash64_with;
use kvorum::base::rng::Rng;

pub use mind::{Law, Mind};
pub use report::{Outcome, SimulationReport};
pub use schedule::{Kind, Schedule};

use crate::bank::{Bank, Question};
use crate::learner::memory::DAY_MS;
use crate::learner::usual_ms;

/// Learners at most, so that a mistyped number comes to an end.
pub const LEARNERS_MAX: u32 = 10_000;
/// Days at most.
pub const DAYS_MAX: u32 = 365;

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulationOptions {
    /// Learners of each law of forgetting, 2 to [`LEARNERS_MAX`].
    pub learners: u32,
    /// Days until the interview, 1 to [`DAYS_MAX`].
    pub days: u32,
    /// Minutes a day.
    pub minutes: u32,
    /// What everything is drawn from.
    pub seed: u64,
}

impl Default for SimulationOptions {
    fn default() -> Self {
        Self {
            learners: 200,
            days: 30,
            minutes: 20,
            seed: 1,
        }
    }
}

/// When every simulated month begins, milliseconds since 1970: any time does.
const START_MS: i64 = 1_700_000_000_000;

/// The recall of one learner on the day, under each schedule in the order of [`Kind::ALL`].
#[must_use]
pub fn one_learner(bank: &Bank, law: Law, number: u32, options: &SimulationOptions) -> Vec<f64> {
    let questions: Vec<&Question> = bank
        .questions()
        .iter()
        .filter(|question| !question.is_exam)
        .collect();
    let seed = hash64_with(options.seed, format!("{} {number}", law.name()).as_bytes());
    let born = Mind::new(law, &questions, START_MS, &mut Rng::from_seed(seed));
    Kind::ALL
        .into_iter()
        .map(|kind| month(&questions, born.clone(), kind, seed, options))
        .collect()
}

fn month(
    questions: &[&Question],
    mut mind: Mind,
    kind: Kind,
    seed: u64,
    options: &SimulationOptions,
) -> f64 {
    let interview_ms = START_MS + i64::from(options.days) * DAY_MS;
    let budget_ms = i64::from(options.minutes) * 60_000;
    let mut schedule = Schedule::new(kind, questions, interview_ms, seed);
    // The same luck for every schedule, as far as they ask alike.
    let mut luck = Rng::from_seed(seed ^ 1);
    for day in 0..options.days {
        let morning_ms = START_MS + i64::from(day) * DAY_MS;
        let mut spent_ms = 0;
        while let Some(index) = schedule.next(morning_ms + spent_ms) {
            spent_ms += usual_ms(questions[index]);
            if spent_ms > budget_ms {
                break;
            }
            let right = mind.ask(index, morning_ms + spent_ms, &mut luck);
            schedule.answered(index, right, morning_ms + spent_ms);
        }
        schedule.next_day();
    }
    mind.mean_recall(interview_ms)
}

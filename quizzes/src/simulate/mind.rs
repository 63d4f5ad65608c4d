//! Simulated learners: what they know, how they learn, and how they forget.
//!
//! A mind answers questions and nobody sees into it. Three laws of forgetting stand side by side, so that
//! no schedule is judged only by the model that it was built on.

use kvorum::base::rng::Rng;

use crate::bank::Question;
use crate::learner::ability::Challenge;
use crate::learner::memory::{DAY_MS, Grade, Memory};

/// A law of forgetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// FSRS's own, the one that the adaptive schedule reckons with.
    Fsrs,
    /// Each item has a half-life of its own; how much an answer lengthens it is drawn for each item.
    Exponential,
    /// ACT-R's declarative memory, after Pavlik and Anderson 2005: each practice decays by a power law whose
    /// exponent is the larger, the better the item was known when it was practised.
    ActR,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fsrs, Self::Exponential, Self::ActR];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fsrs => "FSRS",
            Self::Exponential => "exponential",
            Self::ActR => "ACT-R",
        }
    }
}

/// One simulated learner.
#[derive(Clone, Debug)]
pub struct Mind {
    law: Law,
    /// How fast this learner forgets: 1 is usual, more is faster.
    haste: f64,
    items: Vec<Trace>,
}

/// What a mind holds of one item.
#[derive(Clone, Debug)]
struct Trace {
    /// The chance of a right answer by guessing.
    guess: f64,
    /// How hard it is to keep: 1 is usual, more is harder.
    hardness: f64,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// Never met, and not known.
    Blank,
    Fsrs(Memory),
    Exponential {
        half_life_days: f64,
        last_ms: i64,
    },
    /// When it was practised, and with which exponent each practice decays.
    ActR(Vec<(i64, f64)>),
}

/// How far the logarithms of haste and hardness scatter.
const HASTE_SPREAD: f64 = 0.35;
const HARDNESS_SPREAD: f64 = 0.5;
/// How far abilities scatter, in logits, and where their mean lies.
const ABILITY_SPREAD: f64 = 1.0;
const ABILITY_MEAN: f64 = -0.5;

/// Days of the first half-life after a miss that was explained, and after a right answer.
const HALF_LIFE_MISSED: f64 = 2.0;
const HALF_LIFE_RIGHT: f64 = 7.0;
/// What a right answer multiplies a half-life by when the item was almost forgotten; less when it was fresh.
const HALF_LIFE_GROWTH: f64 = 2.6;
/// What a miss leaves of a half-life.
const HALF_LIFE_KEPT: f64 = 0.5;

/// Pavlik and Anderson's parameters: scale and intercept of the decay, threshold and noise of recall, and how
/// much of the time between sessions counts.
const ACTR_DECAY_SCALE: f64 = 0.217;
const ACTR_DECAY_INTERCEPT: f64 = 0.177;
const ACTR_THRESHOLD: f64 = -1.97;
const ACTR_NOISE: f64 = 0.255;
const ACTR_BETWEEN: f64 = 0.025;
/// Seconds of which the time counts in full: one sitting.
const ACTR_SITTING_S: f64 = 3600.0;

impl Mind {
    /// A learner drawn from `rng`, who may know some of the questions already.
    #[must_use]
    pub fn new(law: Law, questions: &[&Question], start_ms: i64, rng: &mut Rng) -> Self {
        let ability = ABILITY_MEAN + ABILITY_SPREAD * normal(rng);
        let haste = (HASTE_SPREAD * normal(rng)).exp();
        let items = questions.iter().map(|question| {
            let challenge = Challenge::of(question);
            let mut trace = Trace {
                guess: challenge.guess,
                hardness: (HARDNESS_SPREAD * normal(rng)).exp(),
                state: State::Blank,
            };
            if rng.chance(challenge.known(ability)) {
                // Learnt some weeks before.
                let then = start_ms - (7 + rng.below(50) as i64) * DAY_MS;
                trace.practise(law, haste, true, then);
                trace.practise(law, haste, true, then + 2 * DAY_MS);
            }
            trace
        });
        let items = items.collect();
        Self { law, haste, items }
    }

    /// The chance that the item at `index` is recalled.
    #[must_use]
    pub fn recall(&self, index: usize, at_ms: i64) -> f64 {
        self.items[index].recall(self.haste, at_ms)
    }

    /// Answers the question at `index`, reads what is said to it, and tells whether the answer was right.
    pub fn ask(&mut self, index: usize, at_ms: i64, rng: &mut Rng) -> bool {
        let trace = &mut self.items[index];
        let recalled = rng.chance(trace.recall(self.haste, at_ms));
        let guessed = rng.chance(trace.guess);
        trace.practise(self.law, self.haste, recalled, at_ms);
        recalled || guessed
    }

    /// The mean chance of recall over all items.
    #[must_use]
    pub fn mean_recall(&self, at_ms: i64) -> f64 {
        let sum: f64 = (0..self.items.len())
            .map(|index| self.recall(index, at_ms))
            .sum();
        sum / self.items.len() as f64
    }
}

impl Trace {
    fn recall(&self, haste: f64, at_ms: i64) -> f64 {
        match &self.state {
            State::Blank => 0.0,
            State::Fsrs(memory) => {
                // A hasty learner's days are longer.
                let passed = (at_ms - memory.last_ms).max(0) as f64 * haste * self.hardness;
                memory.recall(memory.last_ms + passed as i64)
            }
            State::Exponential {
                half_life_days,
                last_ms,
            } => {
                let days = (at_ms - last_ms).max(0) as f64 / DAY_MS as f64;
                (-days / half_life_days).exp2()
            }
            State::ActR(practices) => {
                let activation = activation(practices, at_ms) - 0.5 * self.hardness.ln();
                1.0 / (1.0 + ((ACTR_THRESHOLD - activation) / ACTR_NOISE).exp())
            }
        }
    }

    fn practise(&mut self, law: Law, haste: f64, recalled: bool, at_ms: i64) {
        let before = self.recall(haste, at_ms);
        let drag = haste * self.hardness;
        self.state = match (law, std::mem::replace(&mut self.state, State::Blank)) {
            (Law::Fsrs, state) => {
                let memory = match state {
                    State::Fsrs(memory) => Some(memory),
                    _ => None,
                };
                State::Fsrs(Memory::after(memory, Grade::of(recalled, 0), at_ms))
            }
            (Law::Exponential, state) => {
                let half_life_days = match (state, recalled) {
                    (State::Exponential { half_life_days, .. }, true) => {
                        half_life_days
                            * (1.0 + (HALF_LIFE_GROWTH - 1.0) * ((1.0 - before) / 0.2).min(1.0))
                    }
                    (State::Exponential { half_life_days, .. }, false) => {
                        (half_life_days * HALF_LIFE_KEPT).max(HALF_LIFE_MISSED / drag)
                    }
                    (_, true) => HALF_LIFE_RIGHT / drag,
                    (_, false) => HALF_LIFE_MISSED / drag,
                };
                State::Exponential {
                    half_life_days,
                    last_ms: at_ms,
                }
            }
            (Law::ActR, state) => {
                let mut practices = match state {
                    State::ActR(practices) => practices,
                    _ => Vec::new(),
                };
                let strength = match practices.is_empty() {
                    true => 0.0,
                    false => activation(&practices, at_ms).exp(),
                };
                let decay = haste * (ACTR_DECAY_SCALE * strength + ACTR_DECAY_INTERCEPT);
                practices.push((at_ms, decay));
                State::ActR(practices)
            }
        };
    }
}

/// ACT-R's activation: the logarithm of what is left of every practice.
fn activation(practices: &[(i64, f64)], at_ms: i64) -> f64 {
    let left = practices.iter().map(|&(then_ms, decay)| {
        let seconds = (at_ms - then_ms).max(1000) as f64 / 1000.0;
        let counted =
            seconds.min(ACTR_SITTING_S) + (seconds - ACTR_SITTING_S).max(0.0) * ACTR_BETWEEN;
        counted.powf(-decay)
    });
    left.sum::<f64>().max(f64::MIN_POSITIVE).ln()
}

/// A standard normal number, by Box and Muller's method.
fn normal(rng: &mut Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.unit(), rng.unit());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

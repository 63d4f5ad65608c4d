//! How able the learner is: an Elo rating for the whole course, and one offset for each lesson.
//!
//! A question's difficulty is its author's and stays as it is; only the learner's side moves. The chance of
//! a right answer is that of knowing it, a logistic curve over ability less difficulty, or else of guessing
//! it. Source: Pelánek 2016, "Applications of the Elo rating system in adaptive educational systems", with
//! its uncertainty function; the step is the gradient of the answer's log likelihood, so that a right answer
//! that could be guessed counts less.

use serde::{Deserialize, Serialize};

/// The abilities of one learner, in logits: 0 knows a question of difficulty 3 with chance one half.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rating {
    /// In logits.
    pub logits: f64,
    /// First answers that it rests on.
    pub answers: u32,
}

/// What an answer is judged against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Challenge {
    /// The author's difficulty, 1 to 5.
    pub difficulty: u8,
    /// The chance of a right answer by guessing, 0 to 1.
    pub guess: f64,
}

/// Logits between one step of difficulty and the next.
const LOGITS_PER_DIFFICULTY: f64 = 0.8;
/// The step of the first answer, for the course and for a lesson.
const STEP_COURSE: f64 = 0.5;
const STEP_LESSON: f64 = 0.7;
/// How fast the steps shrink with the number of answers.
const STEP_DECAY: f64 = 0.05;
/// No learner is rated beyond this, in logits.
const LOGITS_MAX: f64 = 6.0;

impl Challenge {
    /// The difficulty in logits.
    fn logits(&self) -> f64 {
        (f64::from(self.difficulty) - 3.0) * LOGITS_PER_DIFFICULTY
    }

    /// The chance that somebody of this ability knows the answer, without guessing.
    #[must_use]
    pub fn known(&self, ability: f64) -> f64 {
        1.0 / (1.0 + (self.logits() - ability).exp())
    }

    /// The chance of a right answer where it is known with chance `known`.
    #[must_use]
    pub fn right(&self, known: f64) -> f64 {
        self.guess + (1.0 - self.guess) * known
    }
}

/// Both ratings after the first answer to a question of a lesson.
#[must_use]
pub fn after(
    course: Rating,
    lesson: Rating,
    challenge: Challenge,
    right: bool,
) -> (Rating, Rating) {
    let known = challenge.known(course.logits + lesson.logits);
    let chance = challenge.right(known);
    // d/dx of ln P(answer): in the middle of the curve half a step, near 0 and 1 hardly any.
    let surprise = match right {
        true => known * (1.0 - known) * (1.0 - challenge.guess) / chance,
        false => -known,
    };
    let moved = |rating: Rating, step: f64| Rating {
        logits: (rating.logits + step / (1.0 + STEP_DECAY * f64::from(rating.answers)) * surprise)
            .clamp(-LOGITS_MAX, LOGITS_MAX),
        answers: rating.answers.saturating_add(1),
    };
    (moved(course, STEP_COURSE), moved(lesson, STEP_LESSON))
}

/// How uncertain the ability in a lesson is, as a standard deviation in logits: prior and answers together.
#[must_use]
pub fn spread(course: Rating, lesson: Rating) -> f64 {
    // One answer tells at most a quarter of a logit's information; the prior is worth one logit.
    let information = 1.0 + 0.2 * f64::from(lesson.answers) + 0.05 * f64::from(course.answers);
    1.0 / information.sqrt()
}

#[cfg(test)]
mod tests {
    use super::{Challenge, Rating, after, spread};

    const CHOICE: Challenge = Challenge {
        difficulty: 3,
        guess: 0.25,
    };

    #[test]
    fn the_chance_starts_at_the_guess_and_grows_with_ability() {
        assert!((CHOICE.right(CHOICE.known(-20.0)) - 0.25).abs() < 1e-6);
        assert!((CHOICE.right(CHOICE.known(0.0)) - 0.625).abs() < 1e-9);
        assert!(CHOICE.right(CHOICE.known(20.0)) > 0.999);
        let harder = Challenge {
            difficulty: 4,
            ..CHOICE
        };
        assert!(harder.known(0.0) < CHOICE.known(0.0));
    }

    #[test]
    fn a_right_answer_that_could_be_guessed_moves_less() {
        let zero = Rating::default();
        let number = Challenge {
            guess: 0.0,
            ..CHOICE
        };
        let (guessable, lesson) = after(zero, zero, CHOICE, true);
        let (certain, _) = after(zero, zero, number, true);
        assert!(0.0 < guessable.logits && guessable.logits < certain.logits);
        assert_eq!((guessable.answers, lesson.answers), (1, 1));
        assert!(after(zero, zero, CHOICE, false).0.logits < 0.0);
    }

    /// A learner whose true ability is known is found, from seeded answers.
    #[test]
    fn the_rating_finds_a_learner() {
        let mut rng = kvorum::base::rng::Rng::from_seed(7);
        for truth in [-1.5, 0.0, 1.5] {
            let (mut course, mut lesson) = (Rating::default(), Rating::default());
            let mut tail = Vec::new();
            for at in 0..400_u32 {
                let challenge = Challenge {
                    difficulty: 1 + u8::try_from(at % 5).unwrap(),
                    guess: 0.1,
                };
                let chance = challenge.right(challenge.known(truth));
                let right = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 <= chance;
                (course, lesson) = after(course, lesson, challenge, right);
                if at >= 200 {
                    tail.push(course.logits + lesson.logits);
                }
            }
            let mean = tail.iter().sum::<f64>() / tail.len() as f64;
            assert!((mean - truth).abs() < 0.5, "{mean} for {truth}");
            assert!(spread(course, lesson) < 0.2);
        }
        assert!(spread(Rating::default(), Rating::default()) > 0.9);
    }
}

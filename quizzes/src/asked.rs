//! A question as it is put to one learner: parameters drawn, gaps filled, options shuffled, all from one
//! seed, so that the record can say what exactly was asked.

use std::collections::BTreeMap;

use kvorum::base::hash::hash64_with;
use kvorum::base::rng::Rng;

use crate::answer::AnswerInput;
use crate::bank::{Body, Misconception, ParamValue, Question, Reads, Wrong};
use crate::formula::{self, FormulaError};
use crate::lesson::pointer;
use crate::template::{fill, number_text};

/// A question under a seed.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    question: &'a Question,
    seed: u64,
    words: BTreeMap<String, String>,
    numbers: BTreeMap<String, f64>,
    /// `order[shown]` is the index in the bank of what is shown at that place.
    order: Vec<usize>,
}

impl<'a> Asked<'a> {
    /// The question as `seed` draws it. The same seed and revision draw the same, always; and as many
    /// consecutive seeds as there are combinations of the parameters draw all of them.
    #[must_use]
    pub fn new(question: &'a Question, seed: u64) -> Self {
        let mut rng = Rng::from_seed(hash64_with(seed, question.id.as_bytes()));
        let drawn = question.combination(drawn(question, seed));
        let (words, numbers) = bind(drawn.into_iter(), &question.derived)
            .expect("the bank was checked with every value of every parameter");
        let order = shuffled(&question.body, &mut rng);
        Self {
            question,
            seed,
            words,
            numbers,
            order,
        }
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &'a Question {
        self.question
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What is asked.
    #[must_use]
    pub fn stem(&self) -> String {
        self.fill(&self.question.stem)
    }

    /// The script that a prediction is about.
    #[must_use]
    pub fn script(&self) -> Option<String> {
        match &self.question.body {
            Body::Predict { script, .. } => Some(self.fill(script)),
            _ => None,
        }
    }

    /// The options, or the items to order, as they are shown; the first has position 1.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let texts: Vec<&String> = match &self.question.body {
            Body::Single(choices) | Body::Multiple(choices) => {
                choices.iter().map(|choice| &choice.text).collect()
            }
            Body::Ordering { items, .. } => items.iter().collect(),
            _ => Vec::new(),
        };
        self.order.iter().map(|&at| self.fill(texts[at])).collect()
    }

    /// Help that does not give the answer away: the question's own, and where to read.
    #[must_use]
    pub fn hint(&self) -> String {
        let place = pointer(self.question.lesson, &self.question.anchor);
        match &self.question.hint {
            Some(hint) => format!("{} {place}", self.fill(hint)),
            None => place,
        }
    }

    /// The parameters and their values, for messages: `nodes=4, dead=n2`.
    pub(crate) fn parameters(&self) -> String {
        let named = self.question.params.keys();
        let told: Vec<String> = named
            .map(|name| format!("{name}={}", self.words[name]))
            .collect();
        told.join(", ")
    }

    /// The index in the bank of the option shown at `position`, counted from 1.
    pub(crate) fn bank_index(&self, position: usize) -> Option<usize> {
        self.order.get(position.checked_sub(1)?).copied()
    }

    /// `text` with its gaps filled.
    pub(crate) fn fill(&self, text: &str) -> String {
        fill(text, &self.words).expect("the bank was checked with these names")
    }

    /// `text` with its gaps filled, where `{{answer}}` tells the key.
    pub(crate) fn fill_after(&self, text: &str, key: &str) -> String {
        let mut words = self.words.clone();
        words.insert("answer".to_owned(), key.to_owned());
        fill(text, &words).expect("the bank was checked with these names")
    }

    /// The wrong numbers and prints that this question knows by name, as they would be answered.
    #[must_use]
    pub fn known_wrong(&self) -> Vec<(AnswerInput, &'a Misconception)> {
        let number = |wrong: &Wrong| AnswerInput::Number(self.value(&wrong.answer));
        let print = |wrong: &Wrong| AnswerInput::Text(self.fill(&wrong.answer));
        match &self.question.body {
            Body::Numeric { wrong, .. }
            | Body::Predict {
                reads: Reads::Number { .. },
                wrong,
                ..
            } => named(wrong, number),
            Body::Predict { wrong, .. } => named(wrong, print),
            _ => Vec::new(),
        }
    }

    /// The value of one of the question's formulas, or of any other over its names.
    ///
    /// # Errors
    /// [`FormulaError`] for what is not a formula over the question's names.
    pub fn evaluate(&self, formula: &str) -> Result<f64, FormulaError> {
        formula::evaluate(formula, &self.numbers)
    }

    /// The value of a formula of the question.
    pub(crate) fn value(&self, formula: &str) -> f64 {
        self.evaluate(formula)
            .expect("the bank was checked with every value of every parameter")
    }
}

fn named(
    wrong: &[Wrong],
    input: impl Fn(&Wrong) -> AnswerInput,
) -> Vec<(AnswerInput, &Misconception)> {
    let pairs = wrong
        .iter()
        .map(|wrong| (input(wrong), wrong.misconception.as_ref()));
    pairs.collect()
}

/// Which combination of the parameters' values `seed` draws: `a * seed + b` modulo their count, where `a` has
/// no divisor in common with it, so that neighbouring seeds differ and none is left out.
fn drawn(question: &Question, seed: u64) -> usize {
    let count = question.combinations() as u64;
    let mut rng = Rng::from_seed(hash64_with(count, question.id.as_bytes()));
    let offset = rng.below(count);
    let mut step = 1 + rng.below(count);
    while greatest_common_divisor(step, count) != 1 {
        step += 1;
    }
    // A question has a few thousand combinations at most: nothing here comes near 2^64.
    ((seed % count * step + offset) % count) as usize
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

type Bindings = (BTreeMap<String, String>, BTreeMap<String, f64>);

/// What the names of a question stand for, once each parameter has its value.
pub(crate) fn bind<'v>(
    drawn: impl Iterator<Item = (&'v str, &'v ParamValue)>,
    derived: &BTreeMap<String, String>,
) -> Result<Bindings, FormulaError> {
    let mut words = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for (name, value) in drawn {
        match value {
            ParamValue::Number(number) => {
                words.insert(name.to_owned(), number_text(*number));
                numbers.insert(name.to_owned(), *number);
            }
            ParamValue::Word(word) => {
                words.insert(name.to_owned(), word.clone());
            }
        }
    }
    let parameters = numbers.clone();
    for (name, formula) in derived {
        let value = formula::evaluate(formula, &parameters)?;
        words.insert(name.clone(), number_text(value));
        numbers.insert(name.clone(), value);
    }
    Ok((words, numbers))
}

fn shuffled(body: &Body, rng: &mut Rng) -> Vec<usize> {
    let (count, is_ordering) = match body {
        Body::Single(choices) | Body::Multiple(choices) => (choices.len(), false),
        Body::Ordering { items, .. } => (items.len(), true),
        _ => (0, false),
    };
    let mut order: Vec<usize> = (0..count).collect();
    for end in (1..count).rev() {
        order.swap(end, rng.index(end + 1));
    }
    // Items that happen to be shown in their right order would ask nothing.
    if is_ordering && order.is_sorted() {
        order.rotate_left(1);
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Asked, greatest_common_divisor};
    use crate::bank::{Bank, BankFile};

    fn bank(first: usize, second: usize) -> Bank {
        let values = |count: usize| format!("{:?}", Vec::from_iter(1..=count));
        let questions = [
            "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a10",
            "7a4e2f0c-3d55-4a0e-9f6b-0d2c8b1e5a11",
        ]
        .map(|id| {
            format!(
                r#"
[[question]]
id = "{id}"
type = "numeric"
lesson = 2
difficulty = 2
tags = ["number"]
params = {{ a = {}, b = {} }}
stem = "{{{{a}}}} and {{{{b}}}}?"
answer = "a + b"
tolerance = 0
wrong = [{{ answer = 0, misconception = "m", feedback = "f" }}]
explanation = "e"
interview = "i"
source = "s"
anchor = "02-consistent-hashing"
"#,
                values(first),
                values(second)
            )
        });
        let misconceptions = r#"
[[misconception]]
id = "m"
name = "n"
tempting = "t"
truth = "t"
where = "02-consistent-hashing"
"#;
        let file = |text| BankFile { name: "x", text };
        Bank::read(
            &[file(&questions.concat())],
            &file(misconceptions),
            &file(""),
        )
        .unwrap()
    }

    #[test]
    fn so_many_seeds_in_a_row_draw_every_combination() {
        for (first, second) in [(1, 1), (2, 1), (3, 4), (10, 12), (64, 64)] {
            let bank = bank(first, second);
            let count = first * second;
            for start in [0, 1, 17, 0xFFFF_FFFF, u64::MAX - 5_000] {
                for question in bank.questions() {
                    let seeds = start..start + count as u64;
                    let stems: BTreeSet<String> = seeds
                        .map(|seed| Asked::new(question, seed).stem())
                        .collect();
                    assert_eq!(stems.len(), count, "{first} x {second} from {start}");
                }
            }
        }
    }

    #[test]
    fn a_seed_draws_differently_for_another_question_and_the_same_for_the_same() {
        let bank = bank(10, 12);
        let [one, other] = [0, 1].map(|at| {
            let question = &bank.questions()[at];
            Vec::from_iter((0..40).map(|seed| Asked::new(question, seed).stem()))
        });
        assert_ne!(one, other);
        let again = self::bank(10, 12);
        assert_eq!(one[7], Asked::new(&again.questions()[0], 7).stem());
    }

    #[test]
    fn divisors_in_common_are_found() {
        for (a, b, divisor) in [(12, 18, 6), (7, 12, 1), (1, 1, 1), (5, 0, 5)] {
            assert_eq!(greatest_common_divisor(a, b), divisor);
        }
    }
}

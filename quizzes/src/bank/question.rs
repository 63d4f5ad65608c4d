//! A question, checked: what it asks, what is right, and what each wrong answer says about the learner.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::{Misconception, ParamValue};

/// A question of the bank. Texts may hold `{{name}}`, which [`crate::Asked`] fills in.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its name for life: edits of the text keep it.
    pub id: Uuid,
    /// 16 hexadecimal digits that change with every edit.
    pub revision: String,
    /// The lesson, from 1.
    pub lesson: u8,
    /// 1 recall, 2 apply one rule, 3 combine, 4 spot a hidden condition, 5 construct a counterexample.
    pub difficulty: u8,
    /// What it is about: mechanism, failure, number, system, trap, scenario.
    pub tags: Vec<String>,
    /// Whether the lesson's page asks it.
    pub on_page: bool,
    /// Whether it is held back for the final exam: no lesson's page asks it.
    pub is_exam: bool,
    /// What is asked.
    pub stem: String,
    /// Help that does not give the answer away.
    pub hint: Option<String>,
    /// Why the right answer is right.
    pub explanation: String,
    /// What to say aloud in an interview.
    pub interview: String,
    /// Where the facts come from.
    pub source: String,
    /// The lesson's place that treats it, as `NN-name` or `NN-name#heading`.
    pub anchor: String,
    /// Values that each parameter may take.
    pub params: BTreeMap<String, Vec<ParamValue>>,
    /// Further values, as formulas over the parameters.
    pub derived: BTreeMap<String, String>,
    /// How it is answered, and what is right.
    pub body: Body,
}

/// How a question is answered, and what is right.
#[derive(Clone, Debug)]
pub enum Body {
    /// One option is right.
    Single(Vec<Choice>),
    /// Every right option and no other.
    Multiple(Vec<Choice>),
    /// A number.
    Numeric {
        /// The answer, a formula over the parameters.
        answer: String,
        /// How a number is judged.
        scale: Scale,
        /// Wrong answers that are known; each answer is a formula.
        wrong: Vec<Wrong>,
    },
    /// The items in their right order; they are shown shuffled.
    Ordering {
        /// The right order.
        items: Vec<String>,
        /// Two places in the right order, from 1, the earlier first: an order that has their items the
        /// other way round shows the misconception.
        swapped: [usize; 2],
        /// What such an order says; its answer is empty.
        wrong: Wrong,
    },
    /// A sentence or two, judged by the points that it makes.
    Short {
        /// The points.
        points: Vec<Point>,
        /// How many of them a right answer makes.
        need: usize,
    },
    /// What a run of the engine prints at one step.
    Predict {
        /// The script, a template.
        script: String,
        /// The label of the step whose print is the answer.
        ask: String,
        /// How the print is compared.
        reads: Reads,
        /// Wrong answers that are known: formulas where a number is read, otherwise prints.
        wrong: Vec<Wrong>,
    },
}

impl Question {
    /// In how many ways its parameters can be drawn.
    #[must_use]
    pub fn combinations(&self) -> usize {
        self.params.values().map(Vec::len).product()
    }

    /// The value of each parameter in one of the [`Question::combinations`], counted from 0.
    pub(crate) fn combination(&self, mut number: usize) -> Vec<(&str, &ParamValue)> {
        let drawn = self.params.iter().map(|(name, values)| {
            let value = &values[number % values.len()];
            number /= values.len();
            (name.as_str(), value)
        });
        drawn.collect()
    }
}

impl Body {
    /// The type's name in the bank.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Single(_) => "single",
            Self::Multiple(_) => "multiple",
            Self::Numeric { .. } => "numeric",
            Self::Ordering { .. } => "ordering",
            Self::Short { .. } => "short",
            Self::Predict { .. } => "predict",
        }
    }
}

/// An option of a single or multiple choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// What is to be said about it.
    pub feedback: String,
    /// The misconception that a wrong option stands for; `None` says that it is right.
    pub misconception: Option<Arc<Misconception>>,
}

impl Choice {
    /// Whether it is right.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.misconception.is_none()
    }
}

/// How a number is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Its unit, empty for a plain number.
    pub unit: String,
    /// How far off, in that unit, still counts as right.
    pub tolerance: f64,
}

/// How a step's print is compared with an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reads {
    /// The number in it.
    Number {
        /// How it is judged.
        scale: Scale,
        /// What a learner who knows the rule answers, a formula over the parameters. It is right for every
        /// draw: the tolerance leaves room for what nobody can work out, such as the luck of the hashes.
        fair: String,
    },
    /// The values in it; their order, case, spaces, quotes and brackets do not matter.
    Text,
}

/// A wrong answer that is known, and what it says about the learner.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// The answer.
    pub answer: String,
    /// What is to be said to it.
    pub feedback: String,
    /// The misconception behind it.
    pub misconception: Arc<Misconception>,
}

/// A point that a short answer should make.
#[derive(Clone, Debug)]
pub struct Point {
    /// Word beginnings or phrases; any of them makes the point.
    pub any: Vec<String>,
    /// Phrases that make the point where a denial stands before them: "does not help".
    pub denied: Vec<String>,
    /// Phrases that claim the opposite: they unmake the point, unless their sentence denies them.
    pub opposite: Vec<String>,
    /// Whether an answer without it is wrong, whatever else it says.
    pub required: bool,
    /// The point in words.
    pub point: String,
    /// What is to be said when it is missing.
    pub missing: String,
    /// The misconception that missing it stands for, if it does; where the opposite is listed, only
    /// claiming that stands for it.
    pub misconception: Option<Arc<Misconception>>,
}

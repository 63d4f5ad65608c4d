//! A question as a page may show it: everything to ask it, nothing that gives the key away.

use serde::Serialize;

use crate::asked::Asked;
use crate::bank::{Body, Reads};

/// A question under a seed, without its key. The answer goes back with the same id and seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    /// The question's uuid.
    pub id: String,
    /// The text's revision.
    pub revision: String,
    /// What its parameters and order were drawn from.
    pub seed: u64,
    /// The lesson, from 1.
    pub lesson: u8,
    /// `single`, `multiple`, `numeric`, `ordering`, `short` or `predict`.
    pub kind: &'static str,
    /// 1 to 5.
    pub difficulty: u8,
    /// What it is about.
    pub tags: Vec<String>,
    /// What is asked.
    pub stem: String,
    /// The script that a prediction is about.
    pub script: Option<String>,
    /// The options, or the items to order; the first has position 1.
    pub options: Vec<String>,
    /// The unit of a number.
    pub unit: Option<String>,
    /// How an answer is sent: `choice`, `number`, `order` or `text`, as [`crate::AnswerInput`] names them.
    pub input: &'static str,
    /// What an answer looks like.
    pub accepts: String,
    /// Help that does not give the answer away.
    pub hint: String,
}

impl Asked<'_> {
    /// What a page may show.
    #[must_use]
    pub fn view(&self) -> QuestionView {
        let question = self.question();
        let (input, unit) = match &question.body {
            Body::Single(_) | Body::Multiple(_) => ("choice", None),
            Body::Ordering { .. } => ("order", None),
            Body::Numeric { scale, .. }
            | Body::Predict {
                reads: Reads::Number { scale, .. },
                ..
            } => ("number", Some(scale.unit.clone())),
            Body::Short { .. } | Body::Predict { .. } => ("text", None),
        };
        QuestionView {
            id: question.id.to_string(),
            revision: question.revision.clone(),
            seed: self.seed(),
            lesson: question.lesson,
            kind: question.body.kind(),
            difficulty: question.difficulty,
            tags: question.tags.clone(),
            stem: self.stem(),
            script: self.script(),
            options: self.options(),
            unit,
            input,
            accepts: self.accepts(),
            hint: self.hint(),
        }
    }
}

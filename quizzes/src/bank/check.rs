//! From a file as written to questions that can be asked and graded, or the first mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use uuid::Uuid;

use super::body;
use super::raw::{File, ParamValue, Raw};
use super::revision;
use super::{BankError, BankFile, Body, Misconception, Question, Reads};
use crate::asked::bind;
use crate::formula;
use crate::lesson::LESSON_COUNT;
use crate::template::fill;

/// Combinations of parameter values of one question: each is checked.
const COMBINATIONS_MAX: usize = 4096;

/// Where a mistake is: enough for a message, but for the field.
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub number: usize,
    pub id: &'a str,
}

impl Place<'_> {
    pub(super) fn error(&self, field: impl Into<String>, message: impl Into<String>) -> BankError {
        BankError::Field {
            file: self.file.to_owned(),
            number: self.number,
            id: self.id.to_owned(),
            field: field.into(),
            message: message.into(),
        }
    }
}

pub(super) type Misconceptions = BTreeMap<String, Arc<Misconception>>;

/// Reads one file of questions and checks what can be checked without a draw. `ids` holds those of the files
/// before it.
pub(super) fn questions(
    file: &BankFile<'_>,
    misconceptions: &Misconceptions,
    ids: &mut BTreeSet<Uuid>,
) -> Result<Vec<Question>, BankError> {
    let mut questions = Vec::new();
    for (index, (raw, revision)) in parse(file)?.into_iter().enumerate() {
        let id = raw.id.clone();
        let place = Place {
            file: file.name,
            number: index + 1,
            id: &id,
        };
        let question = question(raw, revision, misconceptions, &place)?;
        if !ids.insert(question.id) {
            return Err(place.error("id", "another question has it"));
        }
        questions.push(question);
    }
    Ok(questions)
}

/// The questions of a file as written, each with its revision.
fn parse(file: &BankFile<'_>) -> Result<Vec<(Raw, String)>, BankError> {
    let fail = |error: toml::de::Error| BankError::File {
        file: file.name.to_owned(),
        message: error.to_string(),
    };
    let table = DeTable::parse(file.text).map_err(fail)?;
    let revisions: Vec<String> = match table.get_ref().get("question").map(Spanned::get_ref) {
        Some(DeValue::Array(written)) => written
            .iter()
            .map(|written| revision::of(written.get_ref()))
            .collect(),
        _ => Vec::new(),
    };
    // Whoever reads a table has not got the text, so the text is read once more for a message with its line.
    let misfit = |error| fail(toml::from_str::<File>(file.text).err().unwrap_or(error));
    let File { question } = File::deserialize(toml::Deserializer::from(table)).map_err(misfit)?;
    Ok(question.into_iter().zip(revisions).collect())
}

fn question(
    mut raw: Raw,
    revision: String,
    misconceptions: &Misconceptions,
    place: &Place<'_>,
) -> Result<Question, BankError> {
    let id = Uuid::parse_str(&raw.id)
        .ok()
        .filter(|id| id.get_version_num() == 4)
        .ok_or_else(|| place.error("id", "not a random (version 4) uuid"))?;
    if !(1..=LESSON_COUNT).contains(&raw.lesson) {
        return Err(place.error("lesson", format!("expected 1 to {LESSON_COUNT}")));
    }
    if !(1..=5).contains(&raw.difficulty) {
        return Err(place.error("difficulty", "expected 1 to 5"));
    }
    for (field, text) in [
        ("stem", &raw.stem),
        ("explanation", &raw.explanation),
        ("interview", &raw.interview),
        ("source", &raw.source),
        ("anchor", &raw.anchor),
    ] {
        if text.trim().is_empty() {
            return Err(place.error(field, "it is empty"));
        }
    }
    let folder = format!("{:02}-", raw.lesson);
    if !raw.anchor.starts_with(&folder) {
        return Err(place.error(
            "anchor",
            format!("expected a place in the lesson: {folder}NAME#HEADING"),
        ));
    }
    if raw.page && raw.exam {
        let message = "a question of the final exam is on no page";
        return Err(place.error("exam", message));
    }
    let body = body::from_raw(&mut raw, misconceptions, place)?;
    can_be_drawn(&raw.params, place)?;
    Ok(Question {
        id,
        revision,
        lesson: raw.lesson,
        difficulty: raw.difficulty,
        tags: raw.tags,
        on_page: raw.page,
        is_exam: raw.exam,
        stem: raw.stem,
        hint: raw.hint,
        explanation: raw.explanation,
        interview: raw.interview,
        source: raw.source,
        anchor: raw.anchor,
        params: raw.params,
        derived: raw.derive,
        body,
    })
}

/// Every parameter has values, and they have not too many combinations.
fn can_be_drawn(
    params: &BTreeMap<String, Vec<ParamValue>>,
    place: &Place<'_>,
) -> Result<(), BankError> {
    if let Some((name, _)) = params.iter().find(|(_, values)| values.is_empty()) {
        return Err(place.error(format!("params.{name}"), "it has no values"));
    }
    let combinations = params
        .values()
        .try_fold(1_usize, |count, values| count.checked_mul(values.len()));
    match combinations {
        Some(..=COMBINATIONS_MAX) => Ok(()),
        _ => Err(place.error(
            "params",
            format!("more than {COMBINATIONS_MAX} combinations"),
        )),
    }
}

/// Fills every template and computes every formula with every combination of the parameters' values.
pub(super) fn every_draw(question: &Question, place: &Place<'_>) -> Result<(), BankError> {
    for number in 0..question.combinations() {
        let drawn = question.combination(number);
        let (mut words, numbers) = bind(drawn.into_iter(), &question.derived)
            .map_err(|error| place.error("derive", error.to_string()))?;
        for (field, text) in templates(question) {
            fill(text, &words).map_err(|message| place.error(field, message))?;
        }
        words.insert("answer".to_owned(), String::new());
        for (field, text) in told_after(question) {
            fill(text, &words).map_err(|message| place.error(field, message))?;
        }
        for (field, text) in formulas(question) {
            formula::evaluate(text, &numbers)
                .map_err(|error| place.error(field, error.to_string()))?;
        }
    }
    Ok(())
}

/// The texts that are shown before the answer.
fn templates(question: &Question) -> Vec<(&'static str, &str)> {
    let mut texts = vec![("stem", question.stem.as_str())];
    texts.extend(question.hint.as_deref().map(|hint| ("hint", hint)));
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => {
            texts.extend(
                choices
                    .iter()
                    .map(|choice| ("options", choice.text.as_str())),
            );
        }
        Body::Ordering { items, .. } => {
            texts.extend(items.iter().map(|item| ("items", item.as_str())));
        }
        Body::Predict {
            script,
            reads,
            wrong,
            ..
        } => {
            texts.push(("script", script));
            if *reads == Reads::Text {
                texts.extend(wrong.iter().map(|wrong| ("wrong", wrong.answer.as_str())));
            }
        }
        Body::Numeric { .. } | Body::Short { .. } => {}
    }
    texts
}

/// The texts that are shown after the answer; they may also tell `{{answer}}`.
fn told_after(question: &Question) -> Vec<(&'static str, &str)> {
    let mut texts = vec![
        ("explanation", question.explanation.as_str()),
        ("interview", question.interview.as_str()),
    ];
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => {
            texts.extend(
                choices
                    .iter()
                    .map(|choice| ("options", choice.feedback.as_str())),
            );
        }
        Body::Ordering { wrong, .. } => texts.push(("wrong", &wrong.feedback)),
        Body::Numeric { wrong, .. } | Body::Predict { wrong, .. } => {
            texts.extend(wrong.iter().map(|wrong| ("wrong", wrong.feedback.as_str())));
        }
        Body::Short { points, .. } => {
            texts.extend(
                points
                    .iter()
                    .map(|point| ("keywords", point.missing.as_str())),
            );
        }
    }
    texts
}

fn formulas(question: &Question) -> Vec<(&'static str, &str)> {
    match &question.body {
        Body::Numeric { answer, wrong, .. } => {
            let mut formulas = vec![("answer", answer.as_str())];
            formulas.extend(wrong.iter().map(|wrong| ("wrong", wrong.answer.as_str())));
            formulas
        }
        Body::Predict {
            reads: Reads::Number { fair, .. },
            wrong,
            ..
        } => {
            let mut formulas = vec![("fair", fair.as_str())];
            formulas.extend(wrong.iter().map(|wrong| ("wrong", wrong.answer.as_str())));
            formulas
        }
        _ => Vec::new(),
    }
}

//! Polls: a class, or one reader, votes before a lesson and again after it, on the same idea in another
//! setting.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BankError, BankFile};
use crate::lesson::LESSON_COUNT;

/// The two votes of one lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Poll {
    /// Its name for life.
    pub id: Uuid,
    /// The lesson, from 1.
    pub lesson: u8,
    /// The vote before the lesson: it tempts with the lesson's most common wrong idea.
    pub opening: Vote,
    /// The vote after it: the same idea in another setting.
    pub closing: Vote,
    /// Why the side that holds does.
    pub because: String,
    /// Where that comes from.
    pub source: String,
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// What is asked.
    pub stem: String,
    /// The two sides; one of them holds.
    pub options: [Side; 2],
}

/// One side of a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// What it says.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    poll: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: String,
    lesson: u8,
    opening: Vote,
    closing: Vote,
    because: String,
    source: String,
}

/// Reads `polls.toml`: at most one poll for each lesson. `ids` holds those of the questions.
pub(super) fn read(
    file: &BankFile<'_>,
    ids: &mut BTreeSet<Uuid>,
) -> Result<BTreeMap<u8, Poll>, BankError> {
    let parsed: File = toml::from_str(file.text).map_err(|error| BankError::File {
        file: file.name.to_owned(),
        message: error.to_string(),
    })?;
    let mut polls = BTreeMap::new();
    for (index, raw) in parsed.poll.into_iter().enumerate() {
        let written = raw.id.clone();
        let refuse = |(field, message): Refusal| BankError::Poll {
            file: file.name.to_owned(),
            number: index + 1,
            id: written.clone(),
            field,
            message: message.to_owned(),
        };
        let poll = checked(raw).map_err(refuse)?;
        if !ids.insert(poll.id) {
            return Err(refuse(("id".to_owned(), "something else has it")));
        }
        if let Some(earlier) = polls.insert(poll.lesson, poll) {
            drop(earlier);
            return Err(refuse(("lesson".to_owned(), "it has a poll already")));
        }
    }
    Ok(polls)
}

/// A field, and what is wrong with it.
type Refusal = (String, &'static str);

fn checked(raw: Raw) -> Result<Poll, Refusal> {
    let id = Uuid::parse_str(&raw.id)
        .ok()
        .filter(|id| id.get_version_num() == 4)
        .ok_or_else(|| ("id".to_owned(), "not a random (version 4) uuid"))?;
    if !(1..=LESSON_COUNT).contains(&raw.lesson) {
        return Err(("lesson".to_owned(), "there is no such lesson"));
    }
    for (field, text) in [("because", &raw.because), ("source", &raw.source)] {
        filled(field, text)?;
    }
    for (name, vote) in [("opening", &raw.opening), ("closing", &raw.closing)] {
        filled(&format!("{name}.stem"), &vote.stem)?;
        for side in &vote.options {
            filled(&format!("{name}.options"), &side.text)?;
        }
        if vote.options[0].holds == vote.options[1].holds {
            return Err((format!("{name}.options"), "exactly one of the two holds"));
        }
    }
    Ok(Poll {
        id,
        lesson: raw.lesson,
        opening: raw.opening,
        closing: raw.closing,
        because: raw.because,
        source: raw.source,
    })
}

fn filled(field: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err((field.to_owned(), "it is empty"));
    }
    Ok(())
}

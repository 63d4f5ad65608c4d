//! Known misspellings, and words whose spelling is not British.

use std::collections::BTreeSet;

use serde::Deserialize;
use typos_vars::{Category, corrections};
use unicase::UniCase;

use super::report::LintReport;
use super::texts::{self, Text};
use crate::bank::Bank;

/// Words that are right here, whatever the dictionaries say.
const ALLOWED: &str = include_str!("../../spelling.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    allow: BTreeSet<String>,
}

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    let allowed = match toml::from_str::<Allowed>(ALLOWED) {
        Ok(allowed) => allowed.allow,
        Err(error) => {
            report.of_bank("spelling", format!("quizzes/spelling.toml: {error}"));
            return;
        }
    };
    for question in bank.questions() {
        for message in mistakes(texts::of_question(question), &allowed) {
            report.of_question(question, "spelling", message);
        }
    }
    for poll in bank.polls() {
        for message in mistakes(texts::of_poll(poll), &allowed) {
            report.of_poll(poll, "spelling", message);
        }
    }
    for misconception in bank.misconceptions() {
        for message in mistakes(texts::of_misconception(misconception), &allowed) {
            report.of_text("spelling", &misconception.id, &misconception.name, message);
        }
    }
}

/// The words of a text that are misspelt or not British, each with what it should be.
///
/// # Panics
/// Never: a test reads the list of allowed words.
#[must_use]
pub fn misspelt_words(text: &str) -> Vec<String> {
    let allowed: Allowed = toml::from_str(ALLOWED).expect("the list in the program reads");
    let told = Text {
        field: "",
        text: text.to_owned(),
    };
    mistakes(vec![told], &allowed.allow)
}

fn mistakes(texts: Vec<Text>, allowed: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for Text { field, text } in texts {
        for word in words(&text) {
            if allowed.contains(&word.to_lowercase()) {
                continue;
            }
            // A title keeps its own spelling.
            let better = misspelt(word).or_else(|| (field != "source").then(|| foreign(word))?);
            if let Some(better) = better {
                found.push(format!(
                    "{field}: '{word}' should be {}",
                    better.join(" or ")
                ));
            }
        }
    }
    found
}

/// The words of a text: letters alone, without names such as `RocksDB`, `n3` or `X_MAX`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.chars().all(char::is_alphabetic))
        .filter(|word| !word.chars().skip(1).any(char::is_uppercase))
}

fn misspelt(word: &str) -> Option<&'static [&'static str]> {
    typos_dict::WORD.find(&UniCase::new(word)).copied()
}

/// The British spelling of a word that is not spelt so.
fn foreign(word: &str) -> Option<&'static [&'static str]> {
    let entries = typos_vars::VARS.find(&UniCase::new(word))?;
    let is_british = |categories: u8| categories & Category::BritishIse as u8 != 0;
    if entries
        .iter()
        .any(|(categories, _)| is_british(*categories))
    {
        return None;
    }
    let (_, variants) = entries.first()?;
    Some(corrections(Category::BritishIse, **variants))
}

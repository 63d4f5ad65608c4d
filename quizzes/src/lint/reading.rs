//! How texts read: their lengths, plain ASCII, clean ends.

use super::report::LintReport;
use super::texts::{self, Text};
use crate::bank::Bank;

/// Words of a text of one field, at most.
const WORDS_MAX: [(&str, usize); 3] = [("stem", 70), ("options.text", 20), ("explanation", 100)];
/// Words of an explanation, at least.
const EXPLANATION_WORDS_MIN: usize = 40;
/// Characters of any text.
const CHARS_MAX: usize = 600;
/// Sentences said aloud.
const INTERVIEW_SENTENCES_MAX: usize = 2;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    for question in bank.questions() {
        for text in texts::of_question(question) {
            for message in of_text(&text) {
                report.of_question(question, "reading", message);
            }
        }
    }
    for poll in bank.polls() {
        for text in texts::of_poll(poll) {
            for message in of_text(&text) {
                report.of_poll(poll, "reading", message);
            }
        }
    }
    for misconception in bank.misconceptions() {
        for text in texts::of_misconception(misconception) {
            for message in of_text(&text) {
                report.of_text("reading", &misconception.id, &misconception.name, message);
            }
        }
    }
}

/// What is wrong with one text.
fn of_text(Text { field, text }: &Text) -> Vec<String> {
    let mut found = lengths(field, text);
    found.extend(characters(text).map(|what| format!("{field}: {what}: {text}")));
    if field.ends_with("stem")
        && !text
            .trim_end_matches(['\'', '"', ')'])
            .ends_with(['.', '?'])
    {
        found.push(format!("{field}: expected '.' or '?' at its end"));
    }
    found
}

fn lengths(field: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let words = text.split_whitespace().count();
    for (_, most) in WORDS_MAX.into_iter().filter(|(name, _)| *name == field) {
        if words > most {
            found.push(format!(
                "{field}: {words} words, expected at most {most}: {text}"
            ));
        }
    }
    if field == "explanation" && words < EXPLANATION_WORDS_MIN {
        found.push(format!(
            "{field}: {words} words, expected at least {EXPLANATION_WORDS_MIN}"
        ));
    }
    let chars = text.chars().count();
    if chars > CHARS_MAX {
        found.push(format!(
            "{field}: {chars} characters, expected at most {CHARS_MAX}"
        ));
    }
    let sentences = sentences(text);
    if field == "interview" && sentences > INTERVIEW_SENTENCES_MAX {
        found.push(format!(
            "{field}: {sentences} sentences, expected at most {INTERVIEW_SENTENCES_MAX}"
        ));
    }
    found
}

/// Sentences: a full stop, or another end, and then a capital letter.
fn sentences(text: &str) -> usize {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_border = |pair: &&[&str]| {
        let ends = pair[0]
            .trim_end_matches(['"', '\'', ')'])
            .ends_with(['.', '?', '!']);
        ends && pair[1]
            .trim_start_matches(['"', '\'', '('])
            .starts_with(char::is_uppercase)
    };
    1 + words.windows(2).filter(is_border).count()
}

/// Whether a word is a mark that belongs to the word before it.
fn is_lost_mark(word: &str) -> bool {
    matches!(word, "." | "," | ";" | ":" | "?" | "!")
}

/// What stands in a text that should not.
fn characters(text: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let is_plain = |c: char| c == ' ' || c == '\n' || c.is_ascii_graphic();
    if let Some(odd) = text.chars().find(|c| !is_plain(*c)) {
        found.push(format!("{odd:?} is not plain ASCII"));
    }
    let lower = text.to_lowercase();
    if ["http:", "https:", "www."]
        .iter()
        .any(|part| lower.contains(part))
    {
        found.push("a web address".to_owned());
    }
    if text.trim() != text {
        found.push("space at an end".to_owned());
    }
    if text.contains("  ") {
        found.push("two spaces".to_owned());
    }
    if text.contains(" -- ") {
        found.push("'--' as a dash".to_owned());
    }
    if text.split_whitespace().skip(1).any(is_lost_mark) {
        found.push("a space before a mark".to_owned());
    }
    found.into_iter()
}

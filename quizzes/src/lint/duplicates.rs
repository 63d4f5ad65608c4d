//! Two questions that ask the same.

use std::collections::BTreeSet;

use super::report::{Figure, LintReport, start};
use crate::bank::{Bank, Body, Question};

/// Words that two questions share, of all the words of both, per cent: from here on they ask the same. In a
/// hundred questions, pairs that treat one mechanism from two sides stay below 50.
const ALIKE_MIN: usize = 55;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    let mut closest = (0, Vec::new());
    let words: Vec<BTreeSet<String>> = bank.questions().iter().map(words).collect();
    for (later, question) in bank.questions().iter().enumerate() {
        for (earlier, other) in bank.questions()[..later].iter().enumerate() {
            let shared = alike(&words[earlier], &words[later]);
            if shared > closest.0 {
                closest = (shared, vec![start(&other.stem), start(&question.stem)]);
            }
            if shared >= ALIKE_MIN {
                let message = format!(
                    "{shared}% of its words are those of {}: {}",
                    other.id,
                    start(&other.stem)
                );
                report.of_question(question, "duplicates", message);
            }
        }
    }
    let (shared, against) = closest;
    report.figures.push(Figure {
        name: "words shared by the two closest questions".to_owned(),
        value: format!("{shared}%"),
        limit: format!("below {ALIKE_MIN}%"),
        holds: shared < ALIKE_MIN,
        against,
    });
}

/// The words of a stem; of a prediction also those of its script, since many stems ask "what is printed?".
fn words(question: &Question) -> BTreeSet<String> {
    let script = match &question.body {
        Body::Predict { script, .. } => script.as_str(),
        _ => "",
    };
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '=' | '_');
    format!("{} {script}", question.stem)
        .to_lowercase()
        .split(|c| !is_inside(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What two sets share of their union, per cent.
fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    let shared = one.intersection(other).count();
    100 * shared / (one.len() + other.len() - shared).max(1)
}

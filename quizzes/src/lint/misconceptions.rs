//! Whether every misconception is stood for. Unknown ones are refused when the bank is read.

use std::collections::BTreeSet;

use super::report::{Figure, LintReport};
use crate::bank::{Bank, Body, Question};

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    let used: BTreeSet<&str> = bank.questions().iter().flat_map(named).collect();
    let unused: Vec<String> = bank
        .misconceptions()
        .filter(|misconception| !used.contains(misconception.id.as_str()))
        .map(|misconception| misconception.id.clone())
        .collect();
    report.figure(
        "misconceptions",
        Figure {
            name: "misconceptions that nothing stands for".to_owned(),
            value: unused.len().to_string(),
            limit: "none".to_owned(),
            holds: unused.is_empty(),
            // Of a draft nearly all of them would be.
            against: match report.whole {
                true => unused,
                false => Vec::new(),
            },
        },
    );
}

/// The ids of the misconceptions that a question names.
fn named(question: &Question) -> Vec<&str> {
    match &question.body {
        Body::Single(choices) | Body::Multiple(choices) => choices
            .iter()
            .filter_map(|choice| choice.misconception.as_ref())
            .map(|misconception| misconception.id.as_str())
            .collect(),
        Body::Numeric { wrong, .. } | Body::Predict { wrong, .. } => wrong
            .iter()
            .map(|wrong| wrong.misconception.id.as_str())
            .collect(),
        Body::Ordering { wrong, .. } => vec![wrong.misconception.id.as_str()],
        Body::Short { points, .. } => points
            .iter()
            .filter_map(|point| point.misconception.as_ref())
            .map(|misconception| misconception.id.as_str())
            .collect(),
    }
}

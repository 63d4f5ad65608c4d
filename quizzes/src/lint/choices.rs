//! What is there to choose from, to order and to name: how many, each different, none about the others.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::report::LintReport;
use crate::bank::{Bank, Body, Choice, Question};

const SINGLE_OPTIONS: RangeInclusive<usize> = 4..=4;
const MULTIPLE_OPTIONS: RangeInclusive<usize> = 4..=6;
const ITEMS: RangeInclusive<usize> = 4..=6;
const POINTS: RangeInclusive<usize> = 3..=5;

/// What an option that speaks of the others says.
const LAZY: [&str; 6] = [
    "all of the above",
    "none of the above",
    "all of these",
    "none of these",
    "both of the above",
    "both a and",
];

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    for question in bank.questions() {
        match &question.body {
            Body::Single(choices) => {
                counted(question, "options", choices.len(), SINGLE_OPTIONS, report);
                each_its_own(question, choices, report);
            }
            Body::Multiple(choices) => {
                counted(question, "options", choices.len(), MULTIPLE_OPTIONS, report);
                each_its_own(question, choices, report);
                if choices.iter().all(Choice::is_right) {
                    report.of_question(question, "options", "no option is wrong");
                }
            }
            Body::Ordering { items, .. } => {
                counted(question, "items", items.len(), ITEMS, report);
            }
            Body::Short { points, .. } => {
                counted(question, "keywords", points.len(), POINTS, report);
            }
            Body::Numeric { .. } | Body::Predict { .. } => {}
        }
    }
}

fn counted(
    question: &Question,
    rule: &'static str,
    count: usize,
    wanted: RangeInclusive<usize>,
    report: &mut LintReport,
) {
    if !wanted.contains(&count) {
        let (least, most) = wanted.into_inner();
        let wanted = match least == most {
            true => least.to_string(),
            false => format!("{least} to {most}"),
        };
        let message = format!("it has {count} {rule}, expected {wanted}");
        report.of_question(question, rule, message);
    }
}

fn each_its_own(question: &Question, choices: &[Choice], report: &mut LintReport) {
    let mut texts = BTreeSet::new();
    let mut feedback = BTreeSet::new();
    for choice in choices {
        let text = choice.text.to_lowercase();
        if let Some(lazy) = LAZY.iter().find(|lazy| text.contains(**lazy)) {
            report.of_question(question, "options", format!("an option says '{lazy}'"));
        }
        if !texts.insert(text) {
            let message = format!("two options say '{}'", choice.text);
            report.of_question(question, "options", message);
        }
        if !feedback.insert(choice.feedback.to_lowercase()) {
            let message = format!("two options have the feedback '{}'", choice.feedback);
            report.of_question(question, "options", message);
        }
    }
}

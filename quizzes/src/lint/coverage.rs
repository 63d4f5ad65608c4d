//! What the bank covers: lessons, types, difficulties, the final exam, polls. Tags and hints.

use std::collections::BTreeSet;

use super::report::{Figure, LintReport, share, share_text};
use crate::bank::{Bank, Body, Question};
use crate::lesson::LESSON_COUNT;

/// The tags that there are.
const TAGS: [&str; 6] = [
    "mechanism",
    "failure",
    "number",
    "system",
    "trap",
    "scenario",
];
/// The types that there are.
const KINDS: [&str; 6] = [
    "single", "multiple", "numeric", "ordering", "short", "predict",
];
/// Questions of a bank and of a lesson, at least.
const QUESTIONS_MIN: usize = 130;
const LESSON_QUESTIONS_MIN: usize = 12;
/// Predictions, at least.
const PREDICT_MIN: usize = 25;
/// Predictions, numbers and scenarios, per cent at least.
const ACTIVE_MIN: f64 = 40.0;
/// The share of each difficulty from 1, per cent, and how far off it may be.
const DIFFICULTIES: [f64; 5] = [15.0, 25.0, 30.0, 20.0, 10.0];
const DIFFICULTY_OFF_MAX: f64 = 6.0;
/// Held back for the final exam, per cent.
const EXAM: std::ops::RangeInclusive<f64> = 12.0..=18.0;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    for question in bank.questions() {
        tags(question, report);
        if question.hint.is_none() {
            report.of_question(question, "hint", "it has no hint");
        }
    }
    counts(bank, report);
    shares(bank, report);
    lessons(bank, report);
}

fn tags(question: &Question, report: &mut LintReport) {
    if question.tags.is_empty() {
        report.of_question(question, "tags", "it has no tags");
    }
    for tag in &question.tags {
        if !TAGS.contains(&tag.as_str()) {
            let message = format!("no tag '{tag}'; there are {}", TAGS.join(", "));
            report.of_question(question, "tags", message);
        }
    }
}

fn counts(bank: &Bank, report: &mut LintReport) {
    let all = bank.questions().len();
    let kinds: BTreeSet<&str> = bank.questions().iter().map(|q| q.body.kind()).collect();
    let missing: Vec<&str> = KINDS
        .into_iter()
        .filter(|kind| !kinds.contains(kind))
        .collect();
    let predictions = count(bank, |question| question.body.kind() == "predict");
    report.figure("coverage", at_least("questions", all, QUESTIONS_MIN));
    report.figure(
        "types",
        Figure {
            name: "types of questions".to_owned(),
            value: kinds.len().to_string(),
            limit: "all six".to_owned(),
            holds: missing.is_empty(),
            against: missing
                .iter()
                .map(|kind| format!("no {kind} question"))
                .collect(),
        },
    );
    report.figure("types", at_least("predictions", predictions, PREDICT_MIN));
}

fn shares(bank: &Bank, report: &mut LintReport) {
    let all = bank.questions().len();
    let active = count(bank, is_active);
    report.figure(
        "active",
        Figure {
            name: "predict, numeric or scenario".to_owned(),
            value: share_text(active, all),
            limit: format!("at least {ACTIVE_MIN}%"),
            holds: share(active, all) >= ACTIVE_MIN,
            against: Vec::new(),
        },
    );
    for (difficulty, wanted) in (1..).zip(DIFFICULTIES) {
        let of_it = count(bank, |question| question.difficulty == difficulty);
        report.figure(
            "difficulty",
            Figure {
                name: format!("difficulty {difficulty}"),
                value: share_text(of_it, all),
                limit: format!(
                    "{} to {}%",
                    wanted - DIFFICULTY_OFF_MAX,
                    wanted + DIFFICULTY_OFF_MAX
                ),
                holds: (share(of_it, all) - wanted).abs() <= DIFFICULTY_OFF_MAX,
                against: Vec::new(),
            },
        );
    }
    let exam = count(bank, |question| question.is_exam);
    report.figure(
        "exam",
        Figure {
            name: "held back for the exam".to_owned(),
            value: share_text(exam, all),
            limit: format!("{} to {}%", EXAM.start(), EXAM.end()),
            holds: EXAM.contains(&share(exam, all)),
            against: Vec::new(),
        },
    );
}

fn lessons(bank: &Bank, report: &mut LintReport) {
    let all: Vec<u8> = match report.whole {
        true => (1..=LESSON_COUNT).collect(),
        false => bank.lessons().into_iter().collect(),
    };
    for lesson in all {
        let questions = bank.lesson_questions(lesson);
        let exam = questions.iter().filter(|q| q.is_exam).count();
        let name = |what: &str| format!("lesson {lesson}: {what}");
        report.figure(
            "coverage",
            at_least(&name("questions"), questions.len(), LESSON_QUESTIONS_MIN),
        );
        report.figure("exam", at_least(&name("held back for the exam"), exam, 1));
        let polls = usize::from(bank.poll(lesson).is_some());
        report.figure("polls", at_least(&name("polls"), polls, 1));
    }
}

fn count(bank: &Bank, is_counted: impl Fn(&Question) -> bool) -> usize {
    bank.questions().iter().filter(|q| is_counted(q)).count()
}

fn is_active(question: &Question) -> bool {
    matches!(question.body, Body::Predict { .. } | Body::Numeric { .. })
        || question.tags.iter().any(|tag| tag == "scenario")
}

fn at_least(name: &str, count: usize, min: usize) -> Figure {
    Figure {
        name: name.to_owned(),
        value: count.to_string(),
        limit: format!("at least {min}"),
        holds: count >= min,
        against: Vec::new(),
    }
}

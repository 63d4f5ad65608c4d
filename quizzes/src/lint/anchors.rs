//! Whether the places that questions and misconceptions send a learner to exist.

use super::report::LintReport;
use crate::bank::Bank;

pub(super) fn check(bank: &Bank, places: &dyn Fn(&str) -> bool, report: &mut LintReport) {
    let message = |anchor: &str| {
        format!(
            "no place '{anchor}': expected a lesson's folder, with a #heading only of a written lesson"
        )
    };
    for question in bank.questions() {
        if !places(&question.anchor) {
            report.of_question(question, "anchors", message(&question.anchor));
        }
    }
    for misconception in bank.misconceptions() {
        if !places(&misconception.anchor) {
            report.of_text(
                "anchors",
                &misconception.id,
                &misconception.name,
                message(&misconception.anchor),
            );
        }
    }
}

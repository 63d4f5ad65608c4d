//! Numeric questions, at every combination of their parameters: no known wrong number counts as the key or as
//! another.

use super::report::LintReport;
use crate::asked::Asked;
use crate::bank::{Bank, Body, Question, Scale, Wrong};

/// Combinations of parameters, at least.
const COMBINATIONS_MIN: usize = 6;
/// Known wrong answers, at least.
const WRONG_MIN: usize = 2;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    for question in bank.questions() {
        let Body::Numeric {
            answer,
            scale,
            wrong,
        } = &question.body
        else {
            continue;
        };
        let combinations = question.combinations();
        if combinations < COMBINATIONS_MIN {
            let message = format!(
                "its parameters have {combinations} combinations, expected at least {COMBINATIONS_MIN}"
            );
            report.of_question(question, "numeric", message);
        }
        if wrong.len() < WRONG_MIN {
            let message = format!("it knows fewer than {WRONG_MIN} wrong answers");
            report.of_question(question, "numeric", message);
        }
        if let Some(message) = confusion(question, answer, scale, wrong) {
            report.of_question(question, "numeric", message);
        }
    }
}

/// The first draw at which two numbers that should differ do not.
fn confusion(question: &Question, answer: &str, scale: &Scale, wrong: &[Wrong]) -> Option<String> {
    // As many consecutive seeds as there are combinations draw all of them.
    (0..question.combinations() as u64).find_map(|seed| {
        let asked = Asked::new(question, seed);
        let mut known: Vec<(&str, f64)> = vec![(answer, asked.value(answer))];
        for wrong in wrong {
            let value = asked.value(&wrong.answer);
            let near = known.iter().find(|(_, known)| scale.accepts(*known, value));
            if let Some((formula, other)) = near {
                return Some(format!(
                    "at {}: the wrong answer {} = {value} is within the tolerance of {formula} = {other}",
                    asked.parameters(),
                    wrong.answer
                ));
            }
            known.push((&wrong.answer, value));
        }
        None
    })
}

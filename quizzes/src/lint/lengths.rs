//! Whether the length of an option gives away that it is right.

use super::report::{Figure, LintReport, share, share_text, start};
use crate::asked::Asked;
use crate::bank::{Bank, Body, Choice, Question};

/// Choice questions whose right option is longer than every wrong one, per cent at most.
const LONGEST_MAX: f64 = 30.0;
/// Single choices whose right option is shorter than every wrong one, per cent at most; chance gives 25.
const SHORTEST_MAX: f64 = 35.0;
/// How many times longer than the right options the wrong ones may be, on average.
const SHORTER_MAX: usize = 3;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    let mut all = 0;
    let mut given_away = Vec::new();
    let mut singles = 0;
    let mut shortest = Vec::new();
    for question in bank.questions() {
        let (Body::Single(choices) | Body::Multiple(choices)) = &question.body else {
            continue;
        };
        all += 1;
        let [right, wrong] = [true, false].map(|is_right| lengths(question, choices, is_right));
        if right.iter().max() > wrong.iter().max() {
            given_away.push(start(&question.stem));
        }
        if let Body::Single(_) = question.body {
            singles += 1;
            if right.iter().min() < wrong.iter().min() {
                shortest.push(start(&question.stem));
            }
        }
        // Mean against mean, without a fraction: sums times the other's count.
        let mean = |ours: &[usize], theirs: &[usize]| ours.iter().sum::<usize>() * theirs.len();
        if mean(&right, &wrong) * SHORTER_MAX <= mean(&wrong, &right) && !wrong.is_empty() {
            let message = "the right option is far shorter than the wrong ones";
            report.of_question(question, "lengths", message);
        }
    }
    report.figure(
        "lengths",
        Figure {
            name: "the right option is the longest".to_owned(),
            value: share_text(given_away.len(), all),
            limit: format!("at most {LONGEST_MAX}%"),
            holds: share(given_away.len(), all) <= LONGEST_MAX,
            against: given_away,
        },
    );
    report.figure(
        "lengths",
        Figure {
            name: "single: the right option is the shortest".to_owned(),
            value: share_text(shortest.len(), singles),
            limit: format!("at most {SHORTEST_MAX}%"),
            holds: share(shortest.len(), singles) <= SHORTEST_MAX,
            against: shortest,
        },
    );
}

/// The characters of the options that are right, or wrong, as one draw fills them.
fn lengths(question: &Question, choices: &[Choice], is_right: bool) -> Vec<usize> {
    let asked = Asked::new(question, 0);
    let kept = choices
        .iter()
        .filter(|choice| choice.is_right() == is_right);
    kept.map(|choice| asked.fill(&choice.text).chars().count())
        .collect()
}

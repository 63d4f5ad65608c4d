//! At which place of a single choice the right option stands in the files.

use super::report::{Figure, LintReport, share, share_text};
use crate::bank::{Bank, Body, Choice};

/// Places that are looked at; a single choice has four.
const PLACES: usize = 4;
/// Right options at one place, per cent at most.
const SHARE_MAX: f64 = 35.0;

pub(super) fn check(bank: &Bank, report: &mut LintReport) {
    let mut counts = [0; PLACES];
    for question in bank.questions() {
        if let Body::Single(choices) = &question.body
            && let Some(place) = choices.iter().position(Choice::is_right)
            && let Some(count) = counts.get_mut(place)
        {
            *count += 1;
        }
    }
    let all = counts.iter().sum();
    for (place, count) in (1..).zip(counts) {
        report.figure(
            "positions",
            Figure {
                name: format!("single: the right option is number {place}"),
                value: share_text(count, all),
                limit: format!("at most {SHARE_MAX}%"),
                holds: share(count, all) <= SHARE_MAX,
                against: Vec::new(),
            },
        );
    }
}

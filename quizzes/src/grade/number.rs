//! Numbers: right within the tolerance, and some wrong ones known by name.

use super::{Judged, Note};
use crate::asked::Asked;
use crate::bank::{Scale, Wrong};
use crate::template::number_text;

/// A tolerance of 0.1 must accept 0.3 for 0.2, whatever binary fractions make of it.
const ROUNDING: f64 = 1e-9;

impl Scale {
    /// Whether `given` counts as `target`.
    pub(crate) fn accepts(&self, target: f64, given: f64) -> bool {
        (given - target).abs() <= self.tolerance + ROUNDING * target.abs().max(1.0)
    }
}

pub(super) fn judge(
    asked: &Asked<'_>,
    key: f64,
    scale: &Scale,
    wrong: &[Wrong],
    given: f64,
) -> Judged {
    let near = |target: f64| scale.accepts(target, given);
    let right = near(key);
    let off = |wrong: &Wrong| (given - asked.value(&wrong.answer)).abs();
    let known = wrong
        .iter()
        .filter(|wrong| !right && near(asked.value(&wrong.answer)))
        .min_by(|one, other| off(one).total_cmp(&off(other)));
    let answer = with_unit(given, scale);
    let told = with_unit(key, scale);
    let notes = known.map(|wrong| Note {
        about: answer.clone(),
        right: false,
        text: wrong.feedback.clone(),
    });
    Judged {
        right,
        partial: None,
        key: match scale.tolerance {
            0.0 => told.clone(),
            tolerance => format!("{told}, give or take {}", number_text(tolerance)),
        },
        told,
        answer,
        notes: notes.into_iter().collect(),
        misconceptions: known
            .map(|wrong| wrong.misconception.clone())
            .into_iter()
            .collect(),
    }
}

fn with_unit(number: f64, scale: &Scale) -> String {
    let number = number_text(number);
    match scale.unit.as_str() {
        "" => number,
        "%" => format!("{number}%"),
        unit => format!("{number} {unit}"),
    }
}

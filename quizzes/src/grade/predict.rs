//! Predictions: the engine runs the script, and what it prints at the asked step is the key.

use kvorum::script::{RunOptions, run};

use super::{GradeError, Judged, Note};
use crate::asked::Asked;
use crate::bank::{Body, Scale, Wrong};

/// What the run prints at the asked step.
pub(super) fn printed(asked: &Asked<'_>) -> Result<String, GradeError> {
    let Body::Predict { ask, .. } = &asked.question().body else {
        return Err(no_answer(asked, "the question is no prediction"));
    };
    let script = asked.script().unwrap_or_default();
    let report = run("predict.kv", &script, &RunOptions::default()).map_err(|source| {
        GradeError::Script {
            question: asked.question().id.to_string(),
            source,
        }
    })?;
    report
        .steps
        .iter()
        .find(|step| step.label.as_deref() == Some(ask))
        .map(|step| step.printed.clone())
        .ok_or_else(|| no_answer(asked, "no step has this label"))
}

/// The number in what the run prints.
pub(super) fn number_of(
    asked: &Asked<'_>,
    scale: &Scale,
    printed: &str,
) -> Result<f64, GradeError> {
    number_in(printed, &scale.unit).ok_or_else(|| no_answer(asked, printed))
}

pub(super) fn no_answer(asked: &Asked<'_>, what: &str) -> GradeError {
    let ask = match &asked.question().body {
        Body::Predict { ask, .. } => ask.clone(),
        _ => String::new(),
    };
    GradeError::NoAnswer {
        question: asked.question().id.to_string(),
        ask,
        what: what.to_owned(),
    }
}

/// Judges a predicted print.
pub(super) fn judge(asked: &Asked<'_>, printed: &str, wrong: &[Wrong], text: &str) -> Judged {
    let right = normal(text) == normal(printed);
    let known = wrong
        .iter()
        .find(|wrong| !right && normal(&asked.fill(&wrong.answer)) == normal(text));
    let note = known.map(|wrong| Note {
        about: text.trim().to_owned(),
        right: false,
        text: wrong.feedback.clone(),
    });
    Judged {
        right,
        partial: None,
        answer: text.trim().to_owned(),
        key: printed.to_owned(),
        told: printed.to_owned(),
        notes: note.into_iter().collect(),
        misconceptions: known
            .map(|wrong| wrong.misconception.clone())
            .into_iter()
            .collect(),
    }
}

/// A print as a set of values, however it was worded: siblings in any order, joined by a comma or "and", any
/// case and spacing, with or without quotes, brackets, a full stop and the word "error".
fn normal(print: &str) -> Vec<String> {
    let plain: String = print
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '"' | '\'' | '`' | '[' | ']' | '{' | '}' | '(' | ')' | ':' => ' ',
            '&' => ',',
            other => other,
        })
        .collect();
    let mut parts = vec![Vec::new()];
    for word in plain
        .replace(',', " and ")
        .replace(';', " ; ")
        .split_whitespace()
    {
        match (word.trim_end_matches(['.', '!']), parts.last_mut()) {
            ("and", _) => parts.push(Vec::new()),
            ("" | "error", _) | (_, None) => {}
            (word, Some(part)) => part.push(word.to_owned()),
        }
    }
    let mut parts: Vec<String> = parts
        .into_iter()
        .map(|words| words.join(" "))
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort_unstable();
    parts
}

/// How far a predicted number may be off, as a share of the right one, and still agree with it.
const AGREES_WITHIN: f64 = 0.05;

/// Whether what somebody predicted agrees with what a run printed: the same values in other words, or a number
/// that is nearly the same. A prediction's unit says which number of the print is meant.
#[must_use]
pub fn agrees(printed: &str, prediction: &str) -> bool {
    if normal(prediction) == normal(printed) {
        return true;
    }
    let told = prediction.trim().trim_start_matches('~');
    let is_unit = |c: char| c.is_alphabetic() || c == '%';
    let (digits, after) = told.split_at(told.find(is_unit).unwrap_or(told.len()));
    let unit = after.split_whitespace().next().unwrap_or_default();
    let said: Option<f64> = digits
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok());
    match (
        said,
        number_in(printed, unit).or_else(|| number_in(printed, "")),
    ) {
        (Some(said), Some(came)) => (said - came).abs() <= AGREES_WITHIN * came.abs(),
        _ => false,
    }
}

/// The number in a print: the first that its unit follows, or the first at all when there is no unit.
#[must_use]
pub fn number_in(print: &str, unit: &str) -> Option<f64> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let mut rest = print;
    while let Some(start) = rest.find(is_part) {
        let tail = &rest[start..];
        let end = tail.find(|c| !is_part(c)).unwrap_or(tail.len());
        let (digits, after) = tail.split_at(end);
        if let Ok(number) = digits.parse()
            && after.trim_start().starts_with(unit)
        {
            return Some(number);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{agrees, normal, number_in};

    #[test]
    fn a_prediction_agrees_in_other_words_or_nearly() {
        for (printed, prediction) in [
            ("milk", " Milk"),
            ("error unavailable", "unavailable"),
            ("moved 16.4%", "16.7%"),
            ("moved 16.4%", "about 16.4%"),
            ("9 ms", "9"),
            ("9 ms", "9ms"),
            ("ok after 9 ms", "~9 ms"),
            ("0ns put cart milk -> ok after 9.41ms", "9.4 ms"),
            ("ok 200, errors 0, busiest n2 37.5%, p50 30.02ms", "30ms"),
            ("(nothing); eggs", "nothing; eggs"),
        ] {
            let is_hedged = prediction.starts_with("about");
            assert_eq!(
                agrees(printed, prediction),
                !is_hedged,
                "{printed} {prediction}"
            );
        }
        for (printed, prediction) in [
            ("milk", "eggs"),
            ("moved 16.4%", "83%"),
            ("9 ms", "40 ms"),
            ("(nothing)", "0"),
            ("ok", ""),
            ("n1 keeps 2", "many"),
        ] {
            assert!(!agrees(printed, prediction), "{printed} {prediction}");
        }
    }

    #[test]
    fn the_number_before_the_unit_is_read() {
        assert_eq!(number_in("moved 83.4%", "%"), Some(83.4));
        assert_eq!(
            number_in("moved 16680 of 20000 keys (83.4%)", "%"),
            Some(83.4)
        );
        assert_eq!(number_in("ok after 9 ms", "ms"), Some(9.0));
        assert_eq!(number_in("1000", ""), Some(1000.0));
        assert_eq!(number_in("error unavailable", ""), None);
        assert_eq!(number_in("12 keys", "%"), None);
    }

    #[test]
    fn prints_are_equal_whatever_the_case_spacing_and_order() {
        assert_eq!(normal("milk,  Eggs"), normal("eggs, milk"));
        assert_eq!(normal("Nothing"), normal("(nothing)"));
        assert_eq!(normal("error  Unavailable"), normal("error unavailable"));
        assert_ne!(normal("milk"), normal("milk, milk"));
    }

    #[test]
    fn prints_are_equal_in_ordinary_words() {
        for (print, answers) in [
            (
                "error ambiguous",
                &[
                    "ambiguous",
                    "error: ambiguous",
                    "Error (ambiguous).",
                    "`ambiguous`",
                ][..],
            ),
            (
                "bread, eggs",
                &[
                    "bread and eggs",
                    "[bread, eggs]",
                    "Eggs & bread",
                    "\"eggs\", and \"bread\"",
                ],
            ),
            ("milk", &["\"milk\"", "milk.", "'Milk'", "[milk]"]),
            ("(nothing)", &["nothing", "Nothing."]),
        ] {
            for answer in answers {
                assert_eq!(normal(answer), normal(print), "{answer}");
            }
        }
        for (print, answer) in [
            ("error ambiguous", "error unavailable"),
            ("error ambiguous", "ok"),
            ("error ambiguous", "not ambiguous"),
            ("bread, eggs", "bread"),
            ("bread, eggs", "bread eggs"),
            ("milk", "brand milk"),
            ("milk", "(nothing)"),
        ] {
            assert_ne!(normal(answer), normal(print), "{answer}");
        }
    }
}

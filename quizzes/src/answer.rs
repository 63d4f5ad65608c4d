//! An answer on its way in: from a line of text, or from a page as JSON.

use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::bank::{Body, Reads, Scale};
use crate::template::number_text;

/// An answer. Positions count from 1, in the order in which [`Asked::options`] shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerInput {
    /// The chosen positions; one for a single choice.
    Choice(Vec<usize>),
    /// A number, in the question's unit.
    Number(f64),
    /// Every position, in the order that the learner gives them.
    Order(Vec<usize>),
    /// Words: a short answer, or a predicted print.
    Text(String),
}

impl Asked<'_> {
    /// What an answer looks like, to complete "type …".
    #[must_use]
    pub fn accepts(&self) -> String {
        let count = self.options().len();
        match &self.question().body {
            Body::Single(_) => format!("a number from 1 to {count}"),
            Body::Multiple(_) => format!("every number that applies, 1 to {count}, such as 1 3"),
            Body::Ordering { .. } => {
                let all: Vec<String> = (1..=count).rev().map(|at| at.to_string()).collect();
                format!("all {count} numbers in order, such as {}", all.join(" "))
            }
            Body::Numeric { scale, .. } => in_unit("a number", scale),
            Body::Short { .. } => "a sentence or two".to_owned(),
            Body::Predict { reads, .. } => match reads {
                Reads::Number { scale, .. } => in_unit("a number", scale),
                Reads::Text => "what it prints, such as milk, or (nothing)".to_owned(),
            },
        }
    }

    /// Understands one line of text.
    ///
    /// # Errors
    /// What is accepted, when the line is something else.
    pub fn parse(&self, line: &str) -> Result<AnswerInput, String> {
        let line = line.trim();
        let accepted = || format!("type {}", self.accepts());
        if line.is_empty() {
            return Err(accepted());
        }
        let input = match &self.question().body {
            Body::Single(_) | Body::Multiple(_) => positions(line)
                .map(AnswerInput::Choice)
                .ok_or_else(accepted),
            Body::Ordering { .. } => positions(line).map(AnswerInput::Order).ok_or_else(accepted),
            Body::Numeric { scale, .. }
            | Body::Predict {
                reads: Reads::Number { scale, .. },
                ..
            } => number(line, &scale.unit)
                .map_err(|why| format!("{why}; {}", accepted()))
                .and_then(|value| self.not_a_bare_share(line, value, scale))
                .map(AnswerInput::Number),
            Body::Short { .. } | Body::Predict { .. } => Ok(AnswerInput::Text(line.to_owned())),
        }?;
        if self.fits(&input) {
            Ok(input)
        } else {
            Err(accepted())
        }
    }

    /// Asks again about `0.6667` where per cent are wanted: it is a share more likely than two thirds of
    /// one per cent. A sign or a fraction says which is meant, and so does a key that is this small.
    fn not_a_bare_share(&self, line: &str, value: f64, scale: &Scale) -> Result<f64, String> {
        let is_bare = scale.unit == "%" && !line.contains(['%', '/']);
        if !(is_bare && 0.0 < value && value < 1.0) {
            return Ok(value);
        }
        let key = match &self.question().body {
            Body::Numeric { answer, .. } => Some(self.value(answer)),
            _ => self.printed_number().ok().flatten(),
        };
        if key.is_none_or(|key| key <= 1.0 || (value - key).abs() <= scale.tolerance) {
            return Ok(value);
        }
        let share = number_text(value * 100.0);
        Err(format!(
            "in %: did you mean {share}? Type {}, such as {share}, or {line}% if you do mean so little",
            self.accepts()
        ))
    }

    /// Whether an answer is one that this question can judge: right kind, positions that exist, each once.
    pub(crate) fn fits(&self, input: &AnswerInput) -> bool {
        let count = self.options().len();
        let distinct = |positions: &[usize]| {
            let mut sorted = positions.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len() == positions.len() && positions.iter().all(|at| (1..=count).contains(at))
        };
        match (&self.question().body, input) {
            (Body::Single(_), AnswerInput::Choice(chosen)) => chosen.len() == 1 && distinct(chosen),
            (Body::Multiple(_), AnswerInput::Choice(chosen)) => {
                !chosen.is_empty() && distinct(chosen)
            }
            (Body::Ordering { .. }, AnswerInput::Order(order)) => {
                order.len() == count && distinct(order)
            }
            (Body::Numeric { .. }, AnswerInput::Number(number)) => number.is_finite(),
            (Body::Predict { reads, .. }, AnswerInput::Number(number)) => {
                matches!(reads, Reads::Number { .. }) && number.is_finite()
            }
            (Body::Short { .. }, AnswerInput::Text(text)) => !text.trim().is_empty(),
            (Body::Predict { reads, .. }, AnswerInput::Text(text)) => {
                *reads == Reads::Text && !text.trim().is_empty()
            }
            _ => false,
        }
    }
}

fn in_unit(what: &str, scale: &Scale) -> String {
    match scale.unit.as_str() {
        "" => what.to_owned(),
        unit => format!("{what} in {unit}"),
    }
}

/// `3 1 2`, `3,1,2`, `c a b`, `cab`: letters stand for positions too.
fn positions(line: &str) -> Option<Vec<usize>> {
    let position = |word: &str| -> Option<usize> {
        let mut chars = word.chars();
        match (chars.next()?.to_ascii_lowercase(), chars.next()) {
            (letter @ 'a'..='i', None) => Some(letter as usize - 'a' as usize + 1),
            _ => word.parse().ok(),
        }
    };
    let words = || line.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    let is_run_of_letters = line.len() > 1 && line.chars().all(|c| c.is_ascii_alphabetic());
    if is_run_of_letters {
        return line
            .chars()
            .map(|c| position(c.encode_utf8(&mut [0; 4])))
            .collect();
    }
    words().map(position).collect()
}

/// `80`, `80 %`, `~80`, `5/6`; a fraction counts as a share where the unit is per cent.
fn number(line: &str, unit: &str) -> Result<f64, String> {
    let plain = line.trim_start_matches('~').trim();
    let plain = plain.strip_suffix(unit).unwrap_or(plain).trim();
    if plain.contains(',') {
        return Err("write numbers like 1000 or 83.3, without a comma".to_owned());
    }
    let parse = |text: &str| -> Option<f64> { text.trim().parse().ok() };
    let value = match plain.split_once('/') {
        Some((above, below)) => {
            let share = parse(above)
                .zip(parse(below))
                .map(|(above, below)| above / below);
            share.map(|share| if unit == "%" { share * 100.0 } else { share })
        }
        None => parse(plain),
    };
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| "that is no number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (line, unit, expected) in [
            ("80", "%", 80.0),
            ("80 %", "%", 80.0),
            ("~ 83.3%", "%", 83.3),
            ("5/6", "%", 500.0 / 6.0),
            ("2/3", "", 2.0 / 3.0),
            ("1e3", "keys", 1000.0),
            ("9 ms", "ms", 9.0),
        ] {
            assert!(
                (number(line, unit).unwrap() - expected).abs() < 1e-9,
                "{line}"
            );
        }
        for line in ["", "many", "1,000", "1/0", "nan", "inf", "80 ms"] {
            assert!(number(line, "%").is_err(), "{line}");
        }
    }

    #[test]
    fn positions_are_read_as_numbers_or_letters() {
        for (line, expected) in [
            ("3 1 2", vec![3, 1, 2]),
            ("3,1, 2", vec![3, 1, 2]),
            ("b", vec![2]),
            ("CAB", vec![3, 1, 2]),
            ("c a b", vec![3, 1, 2]),
        ] {
            assert_eq!(positions(line), Some(expected), "{line}");
        }
        for line in ["x", "one", "1;2", "-1", "99999999999999999999"] {
            assert_eq!(positions(line), None, "{line}");
        }
    }
}

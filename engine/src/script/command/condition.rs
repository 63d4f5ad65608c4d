//! `if=`: what must hold of a register for a change to take place.

use super::super::syntax::Setting;
use super::super::values::count;
use super::request::Variable;
use super::words::{Parsed, Words, variable};
use crate::node::Condition;

/// A condition as a line has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) enum If {
    /// One that stands there in full.
    Holds(Condition),
    /// `version:$c`.
    VersionOf(Variable),
}

/// `absent`, `exists`, `version:3`, `version:$c`, `value:milk`, divided by commas; or `any`, which is no condition.
/// A value may hold commas: it is all that follows.
pub(super) fn conditions(words: &Words<'_>, setting: &Setting) -> Parsed<Vec<If>> {
    let wrong = |message: String| {
        let column = setting.value.column;
        words.place.error(column, format!("if: {message}"))
    };
    let mut left = setting.value.bytes.as_slice();
    if left == b"any" {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    loop {
        if let Some(value) = left.strip_prefix(b"value:") {
            found.push(If::Holds(Condition::Value(value.to_vec().into())));
            return Ok(found);
        }
        let (one, rest) = match left.iter().position(|byte| *byte == b',') {
            Some(at) => (&left[..at], Some(&left[at + 1..])),
            None => (left, None),
        };
        let one = String::from_utf8_lossy(one);
        found.push(match one.as_ref() {
            "absent" => If::Holds(Condition::Absent),
            "exists" => If::Holds(Condition::Exists),
            "any" => return Err(wrong("'any' stands alone: it is no condition".to_owned())),
            other => match other.strip_prefix("version:") {
                Some(text) if text.starts_with('$') => {
                    let name = variable(text).map_err(wrong)?;
                    If::VersionOf((name, setting.value.column))
                }
                Some(text) => If::Holds(Condition::Version(count(text).map_err(wrong)?)),
                None => {
                    return Err(wrong(format!(
                        "'{other}' is no condition: write absent, exists, version:3, version:$c, value:milk or any"
                    )));
                }
            },
        });
        match rest {
            Some(rest) => left = rest,
            None => return Ok(found),
        }
    }
}

//! Python's values as the engine's, refused by the argument's name where they make no sense.

use core::fmt::Display;
use core::str::FromStr;
use core::time::Duration;

use kvorum::NodeId;
use kvorum::base::limits::{RUN_SECONDS_MAX, TTL_MS_MAX};
use kvorum::node::Level;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString};

use crate::errors::{invalid, wrong_type};

/// Characters of a refused argument that its message shows.
const SHOWN_CHARS_MAX: usize = 40;

/// A key or value: bytes as they are, a `str` as UTF-8.
pub fn octets<'a>(name: &str, given: &'a Bound<'_, PyAny>) -> PyResult<&'a [u8]> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(bytes.as_bytes());
    }
    match given.cast::<PyString>() {
        Ok(text) => text.to_str().map(str::as_bytes).map_err(|_| {
            invalid(format!(
                "{name} is a str that has no UTF-8 form (a lone surrogate); give bytes"
            ))
        }),
        Err(_) => Err(wrong_type(name, "bytes or str", given)),
    }
}

/// A whole number of the engine's width.
pub fn whole<T: TryFrom<u64>>(name: &str, given: &Bound<'_, PyAny>) -> PyResult<T> {
    let refused = || {
        invalid(format!(
            "{name} must be a whole number from 0 to {}, not {}",
            u64::MAX >> (64 - 8 * size_of::<T>()),
            shown(given),
        ))
    };
    match given.extract::<u64>() {
        Ok(number) => T::try_from(number).map_err(|_| refused()),
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => Err(refused()),
        Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => {
            Err(wrong_type(name, "a whole number", given))
        }
        Err(error) => Err(error),
    }
}

/// A whole number, negative or not.
pub fn signed(name: &str, given: &Bound<'_, PyAny>) -> PyResult<i64> {
    given.extract::<i64>().map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(given.py()) {
            return invalid(format!(
                "{name} must be a whole number from {} to {}, not {}",
                i64::MIN,
                i64::MAX,
                shown(given)
            ));
        }
        match error.is_instance_of::<PyTypeError>(given.py()) {
            true => wrong_type(name, "a whole number", given),
            false => error,
        }
    })
}

/// A number of seconds.
pub fn seconds(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Duration> {
    seconds_up_to(RUN_SECONDS_MAX, name, given)
}

/// How long a value lives, in seconds.
pub fn lifetime(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Duration> {
    seconds_up_to(TTL_MS_MAX / 1_000, name, given)
}

fn seconds_up_to(most: u64, name: &str, given: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let number = float(name, given)?;
    match Duration::try_from_secs_f64(number) {
        Ok(span) if span <= Duration::from_secs(most) => Ok(span),
        _ => Err(invalid(format!(
            "{name} must be from 0 to {most} seconds, not {}",
            shown(given),
        ))),
    }
}

/// A consistency level: a number of replicas, or a name like 'quorum'.
pub fn level(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Level> {
    if given.is_instance_of::<PyString>() {
        return word(name, given, Level::NAMED);
    }
    whole(name, given).map(Level::Count)
}

/// One of these words.
pub fn word<T: Copy>(name: &str, given: &Bound<'_, PyAny>, words: &[(&str, T)]) -> PyResult<T> {
    let Ok(text) = given.cast::<PyString>() else {
        return Err(wrong_type(name, "a str", given));
    };
    let text = text.to_string_lossy();
    let known = words.iter().find(|(word, _)| *word == text);
    known.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        invalid(format!(
            "{name} must be one of {}, not '{}'",
            words.join(", "),
            shown(given)
        ))
    })
}

/// True or False, and nothing that Python takes for one of them.
pub fn truth(name: &str, given: &Bound<'_, PyAny>) -> PyResult<bool> {
    given
        .cast::<PyBool>()
        .map(|truth| truth.is_true())
        .map_err(|_| wrong_type(name, "True or False", given))
}

/// A floating-point number, infinite where an integer is too large for one.
pub fn float(name: &str, given: &Bound<'_, PyAny>) -> PyResult<f64> {
    match given.extract::<f64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(given.py()) => Ok(f64::INFINITY),
        Err(error) if error.is_instance_of::<PyTypeError>(given.py()) => {
            Err(wrong_type(name, "a number", given))
        }
        number => number,
    }
}

/// The head of what was given, for a message.
fn shown(given: &Bound<'_, PyAny>) -> String {
    let Ok(text) = given.str() else {
        return "one too long to print".to_owned();
    };
    let text = text.to_string_lossy();
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A `str` that the engine can read, such as a node's or a zone's name.
pub fn named<T: FromStr<Err: Display>>(name: &str, given: &Bound<'_, PyAny>) -> PyResult<T> {
    let Ok(text) = given.cast::<PyString>() else {
        return Err(wrong_type(name, "a str", given));
    };
    text.to_string_lossy()
        .parse()
        .map_err(|error| invalid(format!("{name}: {error}")))
}

/// A list of nodes; a bare `str` is no list, though Python could walk its letters.
pub fn nodes(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<NodeId>> {
    let wanted = "a list of nodes, like ['n1', 'n2']";
    if given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() {
        return Err(wrong_type(name, wanted, given));
    }
    given
        .try_iter()
        .map_err(|_| wrong_type(name, wanted, given))?
        .map(|node| named(name, &node?))
        .collect()
}

/// The names of nodes, as Python sees them.
pub fn names(nodes: &[NodeId]) -> Vec<String> {
    nodes.iter().map(ToString::to_string).collect()
}

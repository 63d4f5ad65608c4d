//! Python's values as the engine's, refused by the argument's name where they make no sense.

use core::fmt::Display;
use core::str::FromStr;
use core::time::Duration;

use kvorum::NodeId;
use kvorum::base::limits::RUN_SECONDS_MAX;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

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

/// A number of seconds.
pub fn seconds(name: &str, given: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let number = float(name, given)?;
    match Duration::try_from_secs_f64(number) {
        Ok(span) if span <= Duration::from_secs(RUN_SECONDS_MAX) => Ok(span),
        _ => Err(invalid(format!(
            "{name} must be from 0 to {RUN_SECONDS_MAX} seconds, not {}",
            shown(given),
        ))),
    }
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

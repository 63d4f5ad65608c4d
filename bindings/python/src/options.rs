//! The keyword arguments of requests, by the names of the script's settings.

use kvorum::blocking::{GetOptions, PutOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::convert::{level, lifetime, named, nodes, seconds, whole};
use crate::errors::wrong_type;
use crate::read::Context;

/// Keyword arguments as Python hands them over.
pub type Keywords<'a, 'py> = Option<&'a Bound<'py, PyDict>>;

/// Those of put() and delete(); of the latter without `ttl`.
pub fn write(method: &str, keywords: Keywords<'_, '_>) -> PyResult<PutOptions> {
    let mut options = PutOptions::default();
    each(keywords, |name, value| {
        match name {
            "via" => options.via = Some(named(name, value)?),
            "write" => options.write = Some(level(name, value)?),
            "context" => options.context = Some(context(name, value)?),
            "timeout" => options.timeout = Some(seconds(name, value)?),
            "table" => options.table = Some(text(name, value)?),
            "ttl" if method == "put" => options.ttl = Some(lifetime(name, value)?),
            "token" => options.token = Some(whole(name, value)?),
            "to" => options.to = nodes(name, value)?,
            "session" => options.session = Some(text(name, value)?),
            _ => return Err(unexpected(method, name)),
        }
        Ok(())
    })?;
    Ok(options)
}

/// Those of a change of a replicated data type: a write without `context` and `ttl`.
pub fn change(method: &str, keywords: Keywords<'_, '_>) -> PyResult<PutOptions> {
    each(keywords, |name, _| match name {
        "context" => Err(unexpected(method, name)),
        _ => Ok(()),
    })?;
    write(method, keywords)
}

/// Those of get(); of scan() without `to` and `session`.
pub fn read(method: &str, keywords: Keywords<'_, '_>) -> PyResult<GetOptions> {
    let mut options = GetOptions::default();
    each(keywords, |name, value| {
        match name {
            "via" => options.via = Some(named(name, value)?),
            "read" => options.read = Some(level(name, value)?),
            "timeout" => options.timeout = Some(seconds(name, value)?),
            "table" => options.table = Some(text(name, value)?),
            "to" if method == "get" => options.to = nodes(name, value)?,
            "session" if method == "get" => options.session = Some(text(name, value)?),
            _ => return Err(unexpected(method, name)),
        }
        Ok(())
    })?;
    Ok(options)
}

/// Takes each argument that is not `None`, which stands for one that was not given.
fn each(
    keywords: Keywords<'_, '_>,
    mut take: impl FnMut(&str, &Bound<'_, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    for (name, value) in keywords.into_iter().flatten() {
        if !value.is_none() {
            take(&name.extract::<String>()?, &value)?;
        }
    }
    Ok(())
}

fn unexpected(method: &str, name: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "Cluster.{method}() got an unexpected keyword argument '{name}'"
    ))
}

fn context(name: &str, value: &Bound<'_, PyAny>) -> PyResult<kvorum::blocking::Context> {
    match value.cast::<Context>() {
        Ok(context) => Ok(context.get().context.clone()),
        Err(_) => Err(wrong_type(name, "a Context", value)),
    }
}

fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(wrong_type(name, "a str", value)),
    }
}

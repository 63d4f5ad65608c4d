//! The keyword arguments of requests, by the names of the script's settings.

use bytes::Bytes;
use kvorum::blocking::{GetOptions, PutOptions};
use kvorum::node::Condition;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::convert::{level, lifetime, named, nodes, octets, seconds, truth, whole};
use crate::errors::wrong_type;
use crate::read::Context;

/// Keyword arguments as Python hands them over.
pub type Keywords<'a, 'py> = Option<&'a Bound<'py, PyDict>>;

/// Those of put() and delete(); of the latter without `ttl`.
pub fn write(method: &str, keywords: Keywords<'_, '_>) -> PyResult<PutOptions> {
    let mut options = PutOptions::default();
    each(keywords, |name, value| {
        put_option(&mut options, method, name, value)
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

/// Those of incr(): of a change, and conditions.
pub fn sum(method: &str, keywords: Keywords<'_, '_>) -> PyResult<(Vec<Condition>, PutOptions)> {
    let (mut conditions, mut options) = (Vec::new(), PutOptions::default());
    each(keywords, |name, value| match name {
        _ if name.starts_with("if_") => condition(&mut conditions, method, name, value),
        "context" => Err(unexpected(method, name)),
        _ => put_option(&mut options, method, name, value),
    })?;
    Ok((conditions, options))
}

/// Those of cas() and cas_delete(): conditions, and what a write on which replicas agree can say.
pub fn cas(method: &str, keywords: Keywords<'_, '_>) -> PyResult<(Vec<Condition>, PutOptions)> {
    each(keywords, |name, _| match name {
        "write" | "to" | "session" => Err(unexpected(method, name)),
        _ => Ok(()),
    })?;
    sum(method, keywords)
}

/// Those of a lease's calls.
pub fn lease(method: &str, keywords: Keywords<'_, '_>) -> PyResult<PutOptions> {
    each(keywords, |name, _| match name {
        "via" | "timeout" | "table" => Ok(()),
        _ => Err(unexpected(method, name)),
    })?;
    write(method, keywords)
}

fn put_option(
    options: &mut PutOptions,
    method: &str,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    match name {
        "via" => options.via = Some(named(name, value)?),
        "write" => options.write = Some(level(name, value)?),
        "context" => options.context = Some(context(name, value)?),
        "timeout" => options.timeout = Some(seconds(name, value)?),
        "table" => options.table = Some(text(name, value)?),
        "ttl" if ["put", "cas"].contains(&method) => options.ttl = Some(lifetime(name, value)?),
        "token" => options.token = Some(whole(name, value)?),
        "to" => options.to = nodes(name, value)?,
        "session" => options.session = Some(text(name, value)?),
        _ => return Err(unexpected(method, name)),
    }
    Ok(())
}

/// A condition; one that is False is none.
fn condition(
    conditions: &mut Vec<Condition>,
    method: &str,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let condition = match name {
        "if_absent" if truth(name, value)? => Condition::Absent,
        "if_exists" if truth(name, value)? => Condition::Exists,
        "if_absent" | "if_exists" => return Ok(()),
        "if_version" => Condition::Version(whole(name, value)?),
        "if_value" => Condition::Value(Bytes::copy_from_slice(octets(name, value)?)),
        _ => return Err(unexpected(method, name)),
    };
    conditions.push(condition);
    Ok(())
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

//! A cluster's settings from keyword arguments, by the names of `ClusterConfig` and of the script.

use kvorum::blocking::{ClusterConfig, Conflict, PlacementKind};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::convert::{float, seconds, whole};
use crate::errors::{invalid, wrong_type};

const CONFLICTS: [(&str, Conflict); 3] = [
    ("siblings", Conflict::Siblings),
    ("lww", Conflict::Lww),
    ("lww-wall", Conflict::LwwWall),
];

const PLACEMENTS: [(&str, PlacementKind); 4] = [
    ("ring", PlacementKind::Ring),
    ("modulo", PlacementKind::Modulo),
    ("rendezvous", PlacementKind::Rendezvous),
    ("jump", PlacementKind::Jump),
];

/// The settings given, the engine's defaults for the rest.
pub fn config(
    nodes: Option<&Bound<'_, PyAny>>,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<ClusterConfig> {
    let mut config = ClusterConfig::default();
    if let Some(nodes) = nodes {
        config.nodes = whole("nodes", nodes)?;
    }
    for (name, value) in settings.into_iter().flatten() {
        let name = name.extract::<String>()?;
        set(&mut config, &name, &value)?;
    }
    Ok(config)
}

fn set(config: &mut ClusterConfig, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "zones" => config.zones = whole(name, value)?,
        "tokens" => config.tokens = whole(name, value)?,
        "replication" => config.replication = whole(name, value)?,
        "read" => config.read = whole(name, value)?,
        "write" => config.write = whole(name, value)?,
        "seed" => config.seed = whole(name, value)?,
        "conflict" => config.conflict = word(name, value, &CONFLICTS)?,
        "placement" => config.placement = word(name, value, &PLACEMENTS)?,
        "readrepair" => config.readrepair = truth(name, value)?,
        "repair" => config.repair = seconds(name, value)?,
        "timeout" => config.timeout = seconds(name, value)?,
        "delay_min" => config.delay_min = seconds(name, value)?,
        "delay_max" => config.delay_max = seconds(name, value)?,
        "loss" => config.loss = float(name, value)?,
        _ => {
            return Err(PyTypeError::new_err(format!(
                "Cluster() has no setting '{name}'; help(kvorum.Cluster) lists them"
            )));
        }
    }
    Ok(())
}

/// The settings of a cluster, as Python sees them.
pub fn described<'py>(py: Python<'py>, config: &ClusterConfig) -> PyResult<Bound<'py, PyDict>> {
    let settings = PyDict::new(py);
    settings.set_item("nodes", config.nodes)?;
    settings.set_item("seed", config.seed)?;
    settings.set_item("zones", config.zones)?;
    settings.set_item("tokens", config.tokens)?;
    settings.set_item("replication", config.replication)?;
    settings.set_item("read", config.read)?;
    settings.set_item("write", config.write)?;
    settings.set_item("conflict", name_of(config.conflict, &CONFLICTS))?;
    settings.set_item("placement", name_of(config.placement, &PLACEMENTS))?;
    settings.set_item("readrepair", config.readrepair)?;
    settings.set_item("repair", config.repair.as_secs_f64())?;
    settings.set_item("timeout", config.timeout.as_secs_f64())?;
    settings.set_item("delay_min", config.delay_min.as_secs_f64())?;
    settings.set_item("delay_max", config.delay_max.as_secs_f64())?;
    settings.set_item("loss", config.loss)?;
    Ok(settings)
}

fn word<T: Copy>(name: &str, given: &Bound<'_, PyAny>, words: &[(&str, T)]) -> PyResult<T> {
    let Ok(text) = given.cast::<PyString>() else {
        return Err(wrong_type(name, "a str", given));
    };
    let text = text.to_string_lossy();
    let known = words.iter().find(|(word, _)| *word == text);
    known.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        invalid(format!(
            "{name} must be one of {}, not '{text}'",
            words.join(", ")
        ))
    })
}

fn name_of<T: PartialEq>(value: T, words: &[(&'static str, T)]) -> &'static str {
    let known = words.iter().find(|(_, each)| *each == value);
    known.map_or("unknown", |(word, _)| word)
}

fn truth(name: &str, given: &Bound<'_, PyAny>) -> PyResult<bool> {
    given
        .cast::<PyBool>()
        .map(|truth| truth.is_true())
        .map_err(|_| wrong_type(name, "True or False", given))
}

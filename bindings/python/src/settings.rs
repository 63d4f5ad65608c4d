//! A cluster's settings from keyword arguments, by the names of the script's `cluster` line, with Python's types.

use core::time::Duration;

use kvorum::base::mutant::Mutant;
use kvorum::blocking::{ClusterConfig, Conflict, PlacementKind};
use kvorum::membership::Health;
use kvorum::node::{Hedge, Hints, Level, Purge, Quorum, ReadRepair, Reads};
use kvorum::sim::DetectorKind;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::convert::{float, level, lifetime, named, seconds, truth, whole, word};
use crate::errors::wrong_type;

const PLACEMENTS: [(&str, PlacementKind); 7] = [
    ("ring", PlacementKind::Ring),
    ("allocated", PlacementKind::Allocated),
    ("partitions", PlacementKind::Partitions),
    ("slots", PlacementKind::Slots),
    ("modulo", PlacementKind::Modulo),
    ("rendezvous", PlacementKind::Rendezvous),
    ("jump", PlacementKind::Jump),
];

const READ_REPAIRS: [(&str, ReadRepair); 3] = [
    ("off", ReadRepair::Off),
    ("async", ReadRepair::Async),
    ("blocking", ReadRepair::Blocking),
];

const PURGES: [(&str, Purge); 3] = [
    ("off", Purge::Off),
    ("safe", Purge::Safe),
    ("grace", Purge::Grace),
];

const DETECTORS: [(&str, DetectorKind); 3] = [
    ("swim", DetectorKind::Swim),
    ("phi", DetectorKind::Phi),
    ("off", DetectorKind::Off),
];

const HEDGES: [(&str, Hedge); 2] = [("off", Hedge::Off), ("p99", Hedge::Percentile99)];

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
        "seed" => config.seed = whole(name, value)?,
        "zones" => config.zones = whole(name, value)?,
        "tokens" => config.tokens = whole(name, value)?,
        "replication" => config.replication = whole(name, value)?,
        "read" => config.read = level(name, value)?,
        "write" => config.write = level(name, value)?,
        "conflict" => config.conflict = conflict(name, value)?,
        "ttl" => config.ttl = given(value, |value| lifetime(name, value))?,
        "placement" => config.placement = word(name, value, &PLACEMENTS)?,
        "sloppy" => config.quorum = either(name, value, Quorum::Sloppy, Quorum::Strict)?,
        "readrepair" => config.readrepair = read_repair(name, value)?,
        "digests" => config.reads = either(name, value, Reads::Digests, Reads::Whole)?,
        "hedge" => config.hedge = hedge(name, value)?,
        "hints" => config.hints = either(name, value, Hints::On, Hints::Off)?,
        "hintwindow" => config.hint_window = seconds(name, value)?,
        "hintrate" => config.hint_rate = whole(name, value)?,
        "repair" => config.repair = seconds(name, value)?,
        "repairrate" => config.repair_rate = whole(name, value)?,
        "purge" => config.purge = word(name, value, &PURGES)?,
        "purgeevery" => config.purge_every = seconds(name, value)?,
        "grace" => config.grace = seconds(name, value)?,
        "detector" => config.detector = word(name, value, &DETECTORS)?,
        "gossip" => config.gossip = seconds(name, value)?,
        "health" => config.health = either(name, value, Health::On, Health::Off)?,
        "rate" => config.rate = whole(name, value)?,
        "burst" => config.burst = whole(name, value)?,
        "timeout" => config.timeout = seconds(name, value)?,
        "delay_min" => config.delay_min = seconds(name, value)?,
        "delay_max" => config.delay_max = seconds(name, value)?,
        "loss" => config.loss = float(name, value)?,
        "duplicate" => config.duplicate = float(name, value)?,
        "reorder" => config.reorder = float(name, value)?,
        "mutant" => config.mutant = given(value, |value| named(name, value))?,
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
    let span = |span: Duration| span.as_secs_f64();
    settings.set_item("nodes", config.nodes)?;
    settings.set_item("seed", config.seed)?;
    settings.set_item("zones", config.zones)?;
    settings.set_item("tokens", config.tokens)?;
    settings.set_item("replication", config.replication)?;
    set_level(&settings, "read", config.read)?;
    set_level(&settings, "write", config.write)?;
    settings.set_item("conflict", name_of(config.conflict, Conflict::NAMED))?;
    settings.set_item("ttl", config.ttl.map(span))?;
    settings.set_item("placement", name_of(config.placement, &PLACEMENTS))?;
    settings.set_item("sloppy", config.quorum == Quorum::Sloppy)?;
    settings.set_item("readrepair", name_of(config.readrepair, &READ_REPAIRS))?;
    settings.set_item("digests", config.reads == Reads::Digests)?;
    match config.hedge {
        Hedge::After(after) => settings.set_item("hedge", span(after))?,
        hedge => settings.set_item("hedge", name_of(hedge, &HEDGES))?,
    }
    settings.set_item("hints", config.hints == Hints::On)?;
    settings.set_item("hintwindow", span(config.hint_window))?;
    settings.set_item("hintrate", config.hint_rate)?;
    settings.set_item("repair", span(config.repair))?;
    settings.set_item("repairrate", config.repair_rate)?;
    settings.set_item("purge", name_of(config.purge, &PURGES))?;
    settings.set_item("purgeevery", span(config.purge_every))?;
    settings.set_item("grace", span(config.grace))?;
    settings.set_item("detector", name_of(config.detector, &DETECTORS))?;
    settings.set_item("gossip", span(config.gossip))?;
    settings.set_item("health", config.health == Health::On)?;
    settings.set_item("rate", config.rate)?;
    settings.set_item("burst", config.burst)?;
    settings.set_item("timeout", span(config.timeout))?;
    settings.set_item("delay_min", span(config.delay_min))?;
    settings.set_item("delay_max", span(config.delay_max))?;
    settings.set_item("loss", config.loss)?;
    settings.set_item("duplicate", config.duplicate)?;
    settings.set_item("reorder", config.reorder)?;
    settings.set_item("mutant", config.mutant.map(Mutant::name))?;
    Ok(settings)
}

/// A number as it is, another level by its name.
fn set_level(settings: &Bound<'_, PyDict>, name: &str, level: Level) -> PyResult<()> {
    match level {
        Level::Count(count) => settings.set_item(name, count),
        level => settings.set_item(name, name_of(level, Level::NAMED)),
    }
}

/// How concurrent writes are joined, by name.
pub fn conflict(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Conflict> {
    word(name, value, Conflict::NAMED)
}

/// `None`, or what `read` makes of it.
fn given<'a, 'py, T>(
    value: &'a Bound<'py, PyAny>,
    read: impl FnOnce(&'a Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if value.is_none() {
        return Ok(None);
    }
    read(value).map(Some)
}

fn either<T>(name: &str, value: &Bound<'_, PyAny>, on: T, off: T) -> PyResult<T> {
    Ok(if truth(name, value)? { on } else { off })
}

/// A word, or whether there is any: True stands for the usual kind.
fn read_repair(name: &str, value: &Bound<'_, PyAny>) -> PyResult<ReadRepair> {
    if value.is_instance_of::<PyBool>() {
        return either(name, value, ReadRepair::default(), ReadRepair::Off);
    }
    if value.is_instance_of::<PyString>() {
        return word(name, value, &READ_REPAIRS);
    }
    Err(wrong_type(name, "True, False or a str", value))
}

/// A word, or how many seconds until one replica more is asked.
fn hedge(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Hedge> {
    if value.is_instance_of::<PyString>() {
        return word(name, value, &HEDGES);
    }
    seconds(name, value).map(Hedge::After)
}

fn name_of<T: PartialEq>(value: T, words: &[(&'static str, T)]) -> &'static str {
    let known = words.iter().find(|(_, each)| *each == value);
    known.map_or("unknown", |(word, _)| word)
}

//! `cluster` and `table`: settings by name.

use core::time::Duration;

use super::super::syntax::{Line, Place, Setting};
use super::super::values::{count, duration, share, size, switch};
use super::words::{Parsed, Words, one_of, value};
use super::{Command, request};
use crate::base::mutant::Mutant;
use crate::blocking::{ClusterConfig, Conflict, PlacementKind};
use crate::membership::Health;
use crate::node::{Hedge, Hints, Level, Purge, Quorum, ReadRepair, Reads};
use crate::sim::DetectorKind;

/// A table's line.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::script) struct TableLine {
    pub(in crate::script) name: String,
    pub(in crate::script) conflict: Conflict,
    pub(in crate::script) replication: Option<usize>,
    pub(in crate::script) ttl: Option<Duration>,
}

pub(super) fn placement(text: &str) -> Result<PlacementKind, String> {
    one_of(
        text,
        &[
            ("ring", PlacementKind::Ring),
            ("allocated", PlacementKind::Allocated),
            ("partitions", PlacementKind::Partitions),
            ("slots", PlacementKind::Slots),
            ("modulo", PlacementKind::Modulo),
            ("rendezvous", PlacementKind::Rendezvous),
            ("jump", PlacementKind::Jump),
        ],
    )
}

fn conflict(text: &str) -> Result<Conflict, String> {
    one_of(text, Conflict::NAMED)
}

pub(super) fn cluster(place: Place<'_>, line: &Line) -> Parsed<Command> {
    let mut config = ClusterConfig::default();
    let named = |name: &str| line.settings.iter().any(|setting| setting.name == name);
    for setting in &line.settings {
        set(place, setting, &mut config)?;
    }
    // A cluster too small for the usual copies and quorums gets what fits, unless the line asks for more.
    if !named("replication") {
        config.replication = config.replication.min(config.nodes as usize);
    }
    for (name, quorum) in [("read", &mut config.read), ("write", &mut config.write)] {
        if let (false, Level::Count(count)) = (named(name), &mut *quorum) {
            *count = (*count).min(config.replication);
        }
    }
    config
        .check()
        .map_err(|error| place.error(line.verb.column, error.to_string()))?;
    Ok(Command::Cluster(Box::new(config)))
}

fn set(place: Place<'_>, setting: &Setting, config: &mut ClusterConfig) -> Parsed<()> {
    match setting.name.as_str() {
        "nodes" => config.nodes = value(place, setting, count)?,
        "zones" => config.zones = value(place, setting, count)?,
        "tokens" => config.tokens = value(place, setting, count)?,
        "replication" => config.replication = value(place, setting, count)?,
        "read" => config.read = value(place, setting, request::level)?,
        "write" => config.write = value(place, setting, request::level)?,
        "conflict" => config.conflict = value(place, setting, conflict)?,
        "ttl" => config.ttl = Some(value(place, setting, duration)?),
        "placement" => config.placement = value(place, setting, placement)?,
        "sloppy" => config.quorum = value(place, setting, sloppy)?,
        "readrepair" => config.readrepair = value(place, setting, read_repair)?,
        "digests" => config.reads = value(place, setting, digests)?,
        "hedge" => config.hedge = value(place, setting, hedge)?,
        "hints" => config.hints = value(place, setting, hints)?,
        "hintwindow" => config.hint_window = value(place, setting, duration)?,
        "hintrate" => config.hint_rate = value(place, setting, size)? as u64,
        "repair" => config.repair = value(place, setting, pause)?,
        "repairrate" => config.repair_rate = value(place, setting, size)? as u64,
        "purge" => config.purge = value(place, setting, purge)?,
        "purgeevery" => config.purge_every = value(place, setting, duration)?,
        "grace" => config.grace = value(place, setting, duration)?,
        "detector" => config.detector = value(place, setting, detector)?,
        "gossip" => config.gossip = value(place, setting, duration)?,
        "health" => config.health = value(place, setting, health)?,
        "rate" => config.rate = value(place, setting, count)?,
        "burst" => config.burst = value(place, setting, count)?,
        "timeout" => config.timeout = value(place, setting, duration)?,
        "delay" => (config.delay_min, config.delay_max) = value(place, setting, delay)?,
        "loss" => config.loss = value(place, setting, share)?,
        "duplicate" => config.duplicate = value(place, setting, share)?,
        "reorder" => config.reorder = value(place, setting, share)?,
        "seed" => config.seed = value(place, setting, count)?,
        "mutant" => config.mutant = Some(value(place, setting, mutant)?),
        other => unreachable!("'{other}' stands in the table of verbs"),
    }
    Ok(())
}

pub(super) fn table(words: &mut Words<'_>) -> Parsed<Command> {
    let mut table = TableLine {
        name: words.word("a name")?.text(),
        conflict: Conflict::default(),
        replication: None,
        ttl: None,
    };
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "conflict" => table.conflict = value(words.place, setting, conflict)?,
            "replication" => table.replication = Some(value(words.place, setting, count)?),
            "ttl" => table.ttl = Some(value(words.place, setting, duration)?),
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    Ok(Command::Table(table))
}

fn sloppy(text: &str) -> Result<Quorum, String> {
    Ok(match switch(text)? {
        true => Quorum::Sloppy,
        false => Quorum::Strict,
    })
}

fn read_repair(text: &str) -> Result<ReadRepair, String> {
    one_of(
        text,
        &[
            ("on", ReadRepair::Async),
            ("off", ReadRepair::Off),
            ("async", ReadRepair::Async),
            ("blocking", ReadRepair::Blocking),
        ],
    )
}

fn digests(text: &str) -> Result<Reads, String> {
    Ok(match switch(text)? {
        true => Reads::Digests,
        false => Reads::Whole,
    })
}

fn hedge(text: &str) -> Result<Hedge, String> {
    match text {
        "off" => Ok(Hedge::Off),
        "p99" => Ok(Hedge::Percentile99),
        _ => duration(text)
            .map(Hedge::After)
            .map_err(|_| format!("'{text}' is no hedge: write off, p99, or a time like 10ms")),
    }
}

fn hints(text: &str) -> Result<Hints, String> {
    Ok(match switch(text)? {
        true => Hints::On,
        false => Hints::Off,
    })
}

fn pause(text: &str) -> Result<Duration, String> {
    match text {
        "off" => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

fn purge(text: &str) -> Result<Purge, String> {
    one_of(
        text,
        &[
            ("off", Purge::Off),
            ("safe", Purge::Safe),
            ("grace", Purge::Grace),
        ],
    )
}

fn detector(text: &str) -> Result<DetectorKind, String> {
    one_of(
        text,
        &[
            ("swim", DetectorKind::Swim),
            ("phi", DetectorKind::Phi),
            ("off", DetectorKind::Off),
        ],
    )
}

fn health(text: &str) -> Result<Health, String> {
    Ok(match switch(text)? {
        true => Health::On,
        false => Health::Off,
    })
}

fn mutant(text: &str) -> Result<Mutant, String> {
    text.parse()
        .map_err(|error: crate::Error| error.to_string())
}

/// `5ms`, or `1ms..5ms`.
fn delay(text: &str) -> Result<(Duration, Duration), String> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    Ok((duration(low)?, duration(high)?))
}

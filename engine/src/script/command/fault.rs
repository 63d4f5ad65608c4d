//! Faults, as lines.

use core::time::Duration;

use super::super::syntax::Argument;
use super::super::values::{duration, name, share};
use super::groups;
use super::words::{Parsed, Words, value};
use crate::NodeId;
use crate::sim::{ClockFault, Delay, DiskFault, LinkConfig};

#[derive(Clone, Debug, PartialEq)]
pub(in crate::script) enum Fault {
    Kill(Vec<NodeId>),
    Restart(Vec<NodeId>),
    Pause(NodeId, Duration),
    Wipe(Vec<NodeId>),
    Partition(Vec<Vec<NodeId>>),
    Oneway(NodeId, NodeId),
    Isolate(NodeId),
    Bridge(NodeId, Vec<NodeId>, Vec<NodeId>),
    Heal,
    Hold(NodeId, NodeId),
    Release(NodeId, NodeId),
    /// Both directions of one link.
    Link(NodeId, NodeId, LinkConfig),
    /// Every link.
    Network(LinkConfig),
    Clock(NodeId, ClockFault),
    Disk(NodeId, DiskFault),
}

pub(super) fn fault(verb: &str, words: &mut Words<'_>) -> Parsed<Fault> {
    Ok(match verb {
        "kill" => Fault::Kill(words.nodes()?),
        "restart" => Fault::Restart(words.nodes()?),
        "wipe" => Fault::Wipe(words.nodes()?),
        "pause" => Fault::Pause(words.read("a node", name)?, words.read("a time", duration)?),
        "partition" => Fault::Partition(groups(words)?),
        "oneway" => Fault::Oneway(words.read("a node", name)?, words.read("a node", name)?),
        "isolate" => Fault::Isolate(words.read("a node", name)?),
        "bridge" => bridge(words)?,
        "heal" => Fault::Heal,
        "hold" => Fault::Hold(words.read("a node", name)?, words.read("a node", name)?),
        "release" => Fault::Release(words.read("a node", name)?, words.read("a node", name)?),
        "link" => {
            let (from, to) = (words.read("a node", name)?, words.read("a node", name)?);
            Fault::Link(from, to, link(words)?)
        }
        "network" => Fault::Network(link(words)?),
        "clock" => clock(words)?,
        "disk" => disk(words)?,
        other => unreachable!("'{other}' stands in the table of verbs"),
    })
}

/// `bridge n3 n1 n2 | n4 n5`.
fn bridge(words: &mut Words<'_>) -> Parsed<Fault> {
    let node = words.read("the node between", name)?;
    let groups = groups(words)?;
    match <[Vec<NodeId>; 2]>::try_from(groups) {
        Ok([left, right]) => Ok(Fault::Bridge(node, left, right)),
        Err(_) => Err(words.missing("a second group of nodes")),
    }
}

/// `delay=5ms`, `delay=1ms..5ms`, `delay=exp:1ms..10ms` (floor and mean), `delay=tail:1ms..1s` (floor and cap).
fn link(words: &mut Words<'_>) -> Parsed<LinkConfig> {
    let mut link = LinkConfig::default();
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "delay" => link.delay = Some(value(words.place, setting, delay)?),
            "loss" => link.loss = Some(value(words.place, setting, share)?),
            "duplicate" => link.duplicate = Some(value(words.place, setting, share)?),
            "reorder" => link.reorder = Some(value(words.place, setting, share)?),
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    Ok(link)
}

fn delay(text: &str) -> Result<Delay, String> {
    let (kind, range) = text.split_once(':').unwrap_or(("", text));
    let both = |range: &str| -> Result<(Duration, Duration), String> {
        let (low, high) = range.split_once("..").unwrap_or((range, range));
        Ok((duration(low)?, duration(high)?))
    };
    let (low, high) = both(range)?;
    match kind {
        "" if low == high => Ok(Delay::Fixed(low)),
        "" => Ok(Delay::Uniform {
            min: low,
            max: high,
        }),
        "exp" => Ok(Delay::Exponential {
            floor: low,
            mean: high,
        }),
        "tail" => Ok(Delay::HeavyTail {
            floor: low,
            cap: high,
        }),
        _ => Err(format!(
            "'{kind}' is no kind of delay: write 5ms, 1ms..5ms, exp:1ms..5ms or tail:1ms..1s"
        )),
    }
}

/// `clock n2 +30s`, `clock n2 -1s`, `clock n2 drift=200ppm`, `clock n2 fine`.
fn clock(words: &mut Words<'_>) -> Parsed<Fault> {
    let node = words.read("a node", name)?;
    if let Some(setting) = words.line.settings.first() {
        let ppm = value(words.place, setting, |text| {
            let digits = text.strip_suffix("ppm").unwrap_or(text);
            digits
                .parse()
                .map_err(|_| format!("'{text}' is no drift: write it like 200ppm or -50ppm"))
        })?;
        return Ok(Fault::Clock(node, ClockFault::Drift { ppm }));
    }
    let fault = words.read("a jump like +30s, or fine", |text| {
        if text == "fine" {
            return Ok(ClockFault::Fine);
        }
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(ahead), _) => duration(ahead).map(ClockFault::Ahead),
            (_, Some(behind)) => duration(behind).map(ClockFault::Behind),
            _ => Err(format!(
                "'{text}' is no jump: write +30s, -1s, drift=200ppm or fine"
            )),
        }
    })?;
    Ok(Fault::Clock(node, fault))
}

/// `disk n1 slow=20ms`, `disk n1 full`, `room`, `lie`, `failsync`, `flip`, `fine`.
fn disk(words: &mut Words<'_>) -> Parsed<Fault> {
    const FAULTS: &[(&str, DiskFault)] = &[
        ("full", DiskFault::Full),
        ("room", DiskFault::Room),
        ("lie", DiskFault::Lie),
        ("failsync", DiskFault::FailSync),
        ("flip", DiskFault::Flip),
        ("backup", DiskFault::Backup),
        ("restore", DiskFault::Restore),
        ("fine", DiskFault::Fine),
    ];
    let node = words.read("a node", name)?;
    if let Some(setting) = words.line.settings.first() {
        let slow = value(words.place, setting, duration)?;
        return Ok(Fault::Disk(node, DiskFault::Slow(slow)));
    }
    match words.line.arguments.get(words.next) {
        Some(Argument::Word(_)) => {
            let fault = words.read("a fault", |text| super::words::one_of(text, FAULTS))?;
            Ok(Fault::Disk(node, fault))
        }
        _ => Err(words.missing("full, room, lie, failsync, flip, fine or slow=20ms")),
    }
}

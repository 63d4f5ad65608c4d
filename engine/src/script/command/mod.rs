//! From a line to a command: each verb's words and settings, checked before anything runs.

mod cluster;
mod condition;
mod fault;
mod lease;
mod look;
mod request;
mod reshape;
mod words;

use core::time::Duration;

use super::nearest::unknown;
use super::syntax::{Argument, Line, Place};
use super::values::{count, duration, name, share, size};
use super::verbs;
use crate::blocking::{Change, ClusterConfig, LoadPlan, PlacementKind};
use crate::{Code, NodeId, Zone};

pub(super) use cluster::TableLine;
pub(super) use condition::If;
pub(super) use fault::Fault;
pub(super) use lease::{LeaseLine, LeaseStep};
pub(super) use look::{Bound, Expectation, SAMPLE_KEYS_USUAL, Show};
pub(super) use request::{Action, Options, Request, Variable};
pub(super) use reshape::{ReshapeLine, Wish};
use words::{Parsed, Words, one_of, value};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Cluster(Box<ClusterConfig>),
    Table(TableLine),
    Request(Box<Request>),
    Wait(String),
    Reshape(ReshapeLine),
    Lease(LeaseLine),
    Load(LoadPlan),
    Fault(Fault),
    Run(Duration),
    Settle,
    Repair(Option<NodeId>),
    Purge(Option<NodeId>),
    Plan {
        change: Change,
        placement: Option<PlacementKind>,
        keys: u64,
    },
    Expect(Expectation),
    Show(Show),
}

/// Makes a line's command.
pub(super) fn command(place: Place<'_>, line: &Line) -> Parsed<Command> {
    let name = line.verb.text();
    let Some(verb) = verbs::find(&name) else {
        return Err(place.error(line.verb.column, unknown("verb", &name, &verbs::names())));
    };
    for setting in &line.settings {
        if !verb.options.contains(&setting.name.as_str()) {
            let message = if verb.options.is_empty() {
                format!("'{name}' takes no settings; write: {}", verb.usage)
            } else {
                unknown(&format!("setting of '{name}'"), &setting.name, verb.options)
            };
            return Err(place.error(setting.column, message));
        }
    }
    check_expected(place, line)?;
    let mut words = Words {
        place,
        line,
        usage: verb.usage,
        next: 0,
    };
    let command = parse(verb.name, &mut words)?;
    words.end()?;
    if line.start.is_some()
        && !matches!(&command, Command::Reshape(_))
        && !matches!(&command, Command::Request(request) if request.can_start())
    {
        return Err(place.error(
            line.verb.column,
            "only a request for one key can be started: put, get, delete, cas, incr, add, remove, set, unset",
        ));
    }
    Ok(command)
}

fn parse(verb: &str, words: &mut Words<'_>) -> Parsed<Command> {
    let (place, line) = (words.place, words.line);
    Ok(match verb {
        "cluster" => cluster::cluster(place, line)?,
        "table" => cluster::table(words)?,
        "put" | "get" | "delete" | "cas" | "incr" | "add" | "remove" | "set" | "unset" | "scan"
        | "mget" | "mput" => Command::Request(Box::new(request::request(verb, words)?)),
        "join" | "leave" | "replace" | "change" | "copies" | "cancel" => {
            Command::Reshape(reshape::reshape(verb, words)?)
        }
        "wait" => Command::Wait(words.word("the name of a started request")?.text()),
        "lease" => Command::Lease(lease::lease(words)?),
        "load" => load(words)?,
        "run" => Command::Run(words.read("a time", duration)?),
        "settle" => Command::Settle,
        "repair" => Command::Repair(words.node()?),
        "purge" => Command::Purge(words.node()?),
        "plan" => plan(words)?,
        "expect" => Command::Expect(look::expectation(words)?),
        "show" => Command::Show(look::show(words)?),
        "start" => {
            return Err(place.error(
                line.verb.column,
                "'start' stands once, before a put, get or delete",
            ));
        }
        fault => Command::Fault(fault::fault(fault, words)?),
    })
}

/// An expected error has a name that some error bears.
fn check_expected(place: Place<'_>, line: &Line) -> Parsed<()> {
    let expected = line.expected.as_deref().unwrap_or_default();
    let Some(name) = expected.strip_prefix("error ") else {
        return Ok(());
    };
    let names = Code::ALL.map(Code::name);
    if names.contains(&name.trim()) {
        return Ok(());
    }
    Err(place.error(line.expected_column, unknown("error", name.trim(), &names)))
}

fn load(words: &mut Words<'_>) -> Parsed<Command> {
    let operations = words.read("a number of requests", count)?;
    let mut plan = LoadPlan {
        operations,
        ..LoadPlan::default()
    };
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "keys" => plan.keys = value(words.place, setting, count)?,
            "size" => plan.value_bytes = value(words.place, setting, size)?,
            "mix" => plan.reads = value(words.place, setting, share)?,
            "hot" => plan.hot = value(words.place, setting, share)?,
            "rate" => plan.rate = value(words.place, setting, count)?,
            "prefix" => plan.prefix = setting.value.text(),
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    Ok(Command::Load(plan))
}

fn groups(words: &mut Words<'_>) -> Parsed<Vec<Vec<NodeId>>> {
    let mut groups = vec![Vec::new()];
    while let Some(argument) = words.next() {
        match argument {
            Argument::Bar => groups.push(Vec::new()),
            Argument::Word(word) => {
                let node = name(&word.text())
                    .map_err(|message| words.place.error(word.column, message))?;
                if let Some(group) = groups.last_mut() {
                    group.push(node);
                }
            }
        }
    }
    if groups.iter().any(Vec::is_empty) {
        return Err(words.missing("a group of nodes"));
    }
    Ok(groups)
}

fn plan(words: &mut Words<'_>) -> Parsed<Command> {
    let (mut zone, mut weight, mut keys, mut kind) = (Zone(1), 1, SAMPLE_KEYS_USUAL, None);
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "zone" => zone = value(words.place, setting, name)?,
            "weight" => weight = value(words.place, setting, count)?,
            "keys" => keys = value(words.place, setting, count)?,
            "placement" => kind = Some(value(words.place, setting, cluster::placement)?),
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    let joins = words.read("join or leave", |text| {
        one_of(text, &[("join", true), ("leave", false)])
    })?;
    let node = words.read("a node", name)?;
    let change = if joins {
        Change::Join { node, zone, weight }
    } else {
        Change::Leave(node)
    };
    Ok(Command::Plan {
        change,
        placement: kind,
        keys,
    })
}

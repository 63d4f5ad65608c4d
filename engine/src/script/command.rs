//! From a line to a command: each verb's words and settings, checked before anything runs.

use core::time::Duration;

use super::ScriptError;
use super::nearest::unknown;
use super::syntax::{Argument, Line, Place, Setting, Word};
use super::values::{count, duration, name, share, size, switch};
use super::verbs;
use crate::blocking::{Change, ClusterConfig, Conflict, LoadPlan, PlacementKind};
use crate::{Code, NodeId, Zone};

/// Keys that figures are sampled over, where the line does not say.
const SAMPLE_KEYS_USUAL: u64 = 100_000;

/// How many replicas must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Count(usize),
    Quorum,
    All,
}

/// What `put`, `get` and `delete` have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) via: Option<NodeId>,
    pub(super) quorum: Option<Level>,
    pub(super) timeout: Option<Duration>,
    /// `context=$c`.
    pub(super) context: Option<(String, usize)>,
    /// `as $c`.
    pub(super) bind: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Put(Vec<u8>),
    Get,
    Delete,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expectation {
    Converged,
    NoLostWrites,
    Owners(Vec<u8>, Vec<NodeId>),
    Balance { below: bool, bound: f64, keys: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Show {
    Ring(Option<Vec<u8>>),
    Key(Vec<u8>),
    Balance(u64),
    Members,
    History,
    Trace,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Cluster(Box<ClusterConfig>),
    Request(Vec<u8>, Action, Options),
    Wait(String),
    Load(LoadPlan),
    Kill(Vec<NodeId>),
    Restart(Vec<NodeId>),
    Partition(Vec<Vec<NodeId>>),
    Heal,
    Run(Duration),
    Settle,
    Plan {
        change: Change,
        placement: Option<PlacementKind>,
        keys: u64,
    },
    Expect(Expectation),
    Show(Show),
}

/// A cursor over a line's words.
struct Words<'a> {
    place: Place<'a>,
    line: &'a Line,
    usage: &'static str,
    next: usize,
}

type Parsed<T> = Result<T, ScriptError>;

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a Argument> {
        let argument = self.line.arguments.get(self.next)?;
        self.next += 1;
        Some(argument)
    }

    fn word(&mut self, what: &str) -> Parsed<&'a Word> {
        match self.next() {
            Some(Argument::Word(word)) => Ok(word),
            Some(Argument::Bar) | None => Err(self.missing(what)),
        }
    }

    fn missing(&self, what: &str) -> ScriptError {
        self.place.error(
            self.line.end,
            format!("{what} is missing; write: {}", self.usage),
        )
    }

    fn read<T>(&mut self, what: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Parsed<T> {
        let word = self.word(what)?;
        read(&word.text()).map_err(|message| self.place.error(word.column, message))
    }

    /// Takes the next word when it is this one.
    fn take(&mut self, keyword: &str) -> bool {
        let next = self.line.arguments.get(self.next);
        let found = matches!(next, Some(Argument::Word(word)) if !word.quoted && word.bytes == keyword.as_bytes());
        self.next += usize::from(found);
        found
    }

    fn left(&self) -> usize {
        self.line.arguments.len() - self.next
    }

    fn end(&self) -> Parsed<()> {
        match self.line.arguments.get(self.next) {
            None => Ok(()),
            Some(Argument::Bar) => Err(self.place.error(
                self.line.end,
                format!("'|' has no place here; write: {}", self.usage),
            )),
            Some(Argument::Word(word)) => {
                let message = format!("'{}' has no place here; write: {}", word.text(), self.usage);
                Err(self.place.error(word.column, message))
            }
        }
    }

    fn nodes(&mut self) -> Parsed<Vec<NodeId>> {
        let mut nodes = vec![self.read("a node", name)?];
        while self.left() > 0 {
            nodes.push(self.read("a node", name)?);
        }
        Ok(nodes)
    }

    fn via(&mut self) -> Parsed<Option<NodeId>> {
        if self.take("via") {
            self.read("a node", name).map(Some)
        } else {
            Ok(None)
        }
    }

    fn bind(&mut self) -> Parsed<Option<String>> {
        if self.take("as") {
            self.read("a variable", variable).map(Some)
        } else {
            Ok(None)
        }
    }
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
    let command = match verb.name {
        "cluster" => cluster(place, line)?,
        "put" => {
            let key = words.word("a key")?.bytes.clone();
            let value = words.word("a value")?.bytes.clone();
            request(&mut words, key, Action::Put(value))?
        }
        "get" => {
            let key = words.word("a key")?.bytes.clone();
            request(&mut words, key, Action::Get)?
        }
        "delete" => {
            let key = words.word("a key")?.bytes.clone();
            request(&mut words, key, Action::Delete)?
        }
        "wait" => Command::Wait(words.word("the name of a started request")?.text()),
        "load" => load(&mut words)?,
        "kill" => Command::Kill(words.nodes()?),
        "restart" => Command::Restart(words.nodes()?),
        "partition" => Command::Partition(groups(&mut words)?),
        "heal" => Command::Heal,
        "run" => Command::Run(words.read("a time", duration)?),
        "settle" => Command::Settle,
        "plan" => plan(&mut words)?,
        "expect" => Command::Expect(expectation(&mut words)?),
        "show" => Command::Show(show(&mut words)?),
        "start" => {
            return Err(place.error(
                line.verb.column,
                "'start' stands once, before a put, get or delete",
            ));
        }
        other => unreachable!("'{other}' stands in the table of verbs"),
    };
    words.end()?;
    if line.start.is_some() && !matches!(command, Command::Request(..)) {
        return Err(place.error(line.verb.column, "only put, get and delete can be started"));
    }
    Ok(command)
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

fn value<T>(
    place: Place<'_>,
    setting: &Setting,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Parsed<T> {
    let told = |message| place.error(setting.value.column, format!("{}: {message}", setting.name));
    read(&setting.value.text()).map_err(told)
}

fn one_of<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let found = choices.iter().find(|(name, _)| *name == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown("choice", text, &names))
}

fn placement(text: &str) -> Result<PlacementKind, String> {
    one_of(
        text,
        &[
            ("ring", PlacementKind::Ring),
            ("modulo", PlacementKind::Modulo),
            ("rendezvous", PlacementKind::Rendezvous),
            ("jump", PlacementKind::Jump),
        ],
    )
}

fn conflict(text: &str) -> Result<Conflict, String> {
    one_of(
        text,
        &[
            ("siblings", Conflict::Siblings),
            ("lww", Conflict::Lww),
            ("lww-wall", Conflict::LwwWall),
        ],
    )
}

fn cluster(place: Place<'_>, line: &Line) -> Parsed<Command> {
    let mut config = ClusterConfig::default();
    let named = |name: &str| line.settings.iter().any(|setting| setting.name == name);
    for setting in &line.settings {
        match setting.name.as_str() {
            "nodes" => config.nodes = value(place, setting, count)?,
            "zones" => config.zones = value(place, setting, count)?,
            "tokens" => config.tokens = value(place, setting, count)?,
            "replication" => config.replication = value(place, setting, count)?,
            "read" => config.read = value(place, setting, count)?,
            "write" => config.write = value(place, setting, count)?,
            "conflict" => config.conflict = value(place, setting, conflict)?,
            "placement" => config.placement = value(place, setting, placement)?,
            "readrepair" => config.readrepair = value(place, setting, switch)?,
            "repair" => {
                config.repair = value(place, setting, |text| {
                    if text == "off" {
                        Ok(Duration::ZERO)
                    } else {
                        duration(text)
                    }
                })?
            }
            "timeout" => config.timeout = value(place, setting, duration)?,
            "delay" => (config.delay_min, config.delay_max) = value(place, setting, delay)?,
            "loss" => config.loss = value(place, setting, share)?,
            "seed" => config.seed = value(place, setting, count)?,
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    // A cluster too small for the usual copies and quorums gets what fits, unless the line asks for more.
    if !named("replication") {
        config.replication = config.replication.min(config.nodes as usize);
    }
    for (name, quorum) in [("read", &mut config.read), ("write", &mut config.write)] {
        if !named(name) {
            *quorum = (*quorum).min(config.replication);
        }
    }
    config
        .check()
        .map_err(|error| place.error(line.verb.column, error.to_string()))?;
    Ok(Command::Cluster(Box::new(config)))
}

fn delay(text: &str) -> Result<(Duration, Duration), String> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    Ok((duration(low)?, duration(high)?))
}

fn request(words: &mut Words<'_>, key: Vec<u8>, action: Action) -> Parsed<Command> {
    let mut options = Options {
        via: words.via()?,
        ..Options::default()
    };
    options.bind = words.bind()?;
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "read" | "write" => options.quorum = Some(value(words.place, setting, level)?),
            "timeout" => options.timeout = Some(value(words.place, setting, duration)?),
            "context" => {
                options.context =
                    Some((value(words.place, setting, variable)?, setting.value.column));
            }
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    Ok(Command::Request(key, action, options))
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "one" => Ok(Level::Count(1)),
        "quorum" => Ok(Level::Quorum),
        "all" => Ok(Level::All),
        _ => count(text)
            .map(Level::Count)
            .map_err(|_| format!("'{text}' is no level: write a number, one, quorum or all")),
    }
}

fn variable(text: &str) -> Result<String, String> {
    match text.strip_prefix('$') {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(format!(
            "'{text}' is no variable: write it with a dollar sign, like $c"
        )),
    }
}

fn load(words: &mut Words<'_>) -> Parsed<Command> {
    let operations = words.read("a number of requests", count)?;
    let mut plan = LoadPlan {
        operations,
        keys: 1_000,
        value_bytes: 100,
        reads: 0.5,
        hot: 0.0,
    };
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "keys" => plan.keys = value(words.place, setting, count)?,
            "size" => plan.value_bytes = value(words.place, setting, size)?,
            "mix" => plan.reads = value(words.place, setting, share)?,
            "hot" => plan.hot = value(words.place, setting, share)?,
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
            "placement" => kind = Some(value(words.place, setting, placement)?),
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

fn keys_setting(words: &Words<'_>) -> Parsed<u64> {
    let setting = words
        .line
        .settings
        .iter()
        .find(|setting| setting.name == "keys");
    setting.map_or(Ok(SAMPLE_KEYS_USUAL), |setting| {
        value(words.place, setting, count)
    })
}

fn expectation(words: &mut Words<'_>) -> Parsed<Expectation> {
    const CHECKS: &[(&str, u8)] = &[
        ("converged", 0),
        ("no-lost-writes", 1),
        ("owners", 2),
        ("stat", 3),
    ];
    Ok(match words.read("a check", |text| one_of(text, CHECKS))? {
        0 => Expectation::Converged,
        1 => Expectation::NoLostWrites,
        2 => Expectation::Owners(words.word("a key")?.bytes.clone(), words.nodes()?),
        _ => {
            words.read("a statistic", |text| one_of(text, &[("balance", ())]))?;
            let below = words.read("< or >", |text| one_of(text, &[("<", true), (">", false)]))?;
            let bound = words.read("a bound", |text| {
                let number: Result<f64, _> = text.parse();
                number
                    .ok()
                    .filter(|bound| bound.is_finite())
                    .ok_or_else(|| format!("'{text}' is no number"))
            })?;
            Expectation::Balance {
                below,
                bound,
                keys: keys_setting(words)?,
            }
        }
    })
}

fn show(words: &mut Words<'_>) -> Parsed<Show> {
    const PICTURES: &[(&str, u8)] = &[
        ("ring", 0),
        ("key", 1),
        ("balance", 2),
        ("members", 3),
        ("history", 4),
        ("trace", 5),
    ];
    Ok(
        match words.read("what to show", |text| one_of(text, PICTURES))? {
            0 if words.left() == 0 => Show::Ring(None),
            0 => Show::Ring(Some(words.word("a key")?.bytes.clone())),
            1 => Show::Key(words.word("a key")?.bytes.clone()),
            2 => Show::Balance(keys_setting(words)?),
            3 => Show::Members,
            4 => Show::History,
            _ => Show::Trace,
        },
    )
}

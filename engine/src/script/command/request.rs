//! What clients ask.

use core::time::Duration;

use super::super::values::{count, duration, name};
use super::condition::{If, conditions};
use super::words::{Parsed, Words, one_of, value, variable};
use crate::NodeId;
use crate::crdt::Change;
use crate::node::{Condition, Level};
use bytes::Bytes;

/// How many keys a scan reads where the line does not say.
const SCAN_KEYS_USUAL: usize = 100;

/// A variable's name, without the dollar sign, and where it stands.
pub(in crate::script) type Variable = (String, usize);

/// What requests have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::script) struct Options {
    pub(in crate::script) via: Option<NodeId>,
    pub(in crate::script) level: Option<Level>,
    pub(in crate::script) timeout: Option<Duration>,
    /// `context=$c`.
    pub(in crate::script) context: Option<Variable>,
    /// `if=`, on a register; none where the line has none.
    pub(in crate::script) conditions: Option<Vec<If>>,
    /// `as $c`.
    pub(in crate::script) bind: Option<String>,
    pub(in crate::script) table: Option<String>,
    pub(in crate::script) ttl: Option<Duration>,
    pub(in crate::script) token: Option<u64>,
    pub(in crate::script) to: Vec<NodeId>,
    pub(in crate::script) session: Option<String>,
    pub(in crate::script) client: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) enum Action {
    Put(Vec<u8>, Vec<u8>),
    Get(Vec<u8>),
    Delete(Vec<u8>),
    Update(Vec<u8>, Change),
    Scan {
        from: Vec<u8>,
        to: Option<Vec<u8>>,
        limit: usize,
    },
    GetMany(Vec<Vec<u8>>),
    PutMany(Vec<(Vec<u8>, Vec<u8>)>),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) struct Request {
    pub(in crate::script) action: Action,
    pub(in crate::script) options: Options,
}

impl Request {
    /// Whether it may be started and waited for later.
    pub(super) fn can_start(&self) -> bool {
        matches!(
            self.action,
            Action::Put(..) | Action::Get(_) | Action::Delete(_) | Action::Update(..)
        )
    }

    /// The variables that it builds on.
    pub(in crate::script) fn variables(&self) -> impl Iterator<Item = &Variable> {
        let versions = self.options.conditions.iter().flatten();
        let versions = versions.filter_map(|condition| match condition {
            If::VersionOf(variable) => Some(variable),
            If::Holds(_) => None,
        });
        self.options.context.iter().chain(versions)
    }
}

pub(super) fn request(verb: &str, words: &mut Words<'_>) -> Parsed<Request> {
    let mut options = Options::default();
    let action = match verb {
        "scan" => scan(words)?,
        "mget" => Action::GetMany(plain(words, 1)?),
        "mput" => {
            let all = plain(words, 2)?;
            let pairs = all.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            Action::PutMany(pairs.collect())
        }
        _ => {
            let key = words.word("a key")?.bytes.clone();
            single(verb, key, words, &mut options)?
        }
    };
    options.via = words.via()?;
    options.bind = words.bind()?;
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "read" | "write" => options.level = Some(value(words.place, setting, level)?),
            "timeout" => options.timeout = Some(value(words.place, setting, duration)?),
            "context" => {
                options.context =
                    Some((value(words.place, setting, variable)?, setting.value.column));
            }
            "if" => options.conditions = Some(conditions(words, setting)?),
            "table" => options.table = Some(setting.value.text()),
            "ttl" => options.ttl = Some(value(words.place, setting, duration)?),
            "token" => options.token = Some(value(words.place, setting, count)?),
            "to" => options.to = value(words.place, setting, nodes)?,
            "session" => options.session = Some(setting.value.text()),
            "client" => options.client = value(words.place, setting, count)?,
            "prefix" | "limit" => {}
            other => unreachable!("'{other}' stands in the table of verbs"),
        }
    }
    Ok(Request { action, options })
}

fn single(
    verb: &str,
    key: Vec<u8>,
    words: &mut Words<'_>,
    options: &mut Options,
) -> Parsed<Action> {
    let mut bytes = |what: &str| -> Parsed<Bytes> { Ok(words.word(what)?.bytes.clone().into()) };
    Ok(match verb {
        "put" => Action::Put(key, bytes("a value")?.into()),
        "cas" => {
            let old = Condition::Value(bytes("the value that must be there")?);
            options.conditions = Some(vec![If::Holds(old)]);
            Action::Put(key, bytes("the new value")?.into())
        }
        "get" => Action::Get(key),
        "delete" => Action::Delete(key),
        "add" => Action::Update(key, Change::Insert(bytes("an element")?)),
        "remove" => Action::Update(key, Change::Remove(bytes("an element")?)),
        "set" => {
            let first = bytes("a field, or a register's value")?;
            let field = first.iter().position(|byte| *byte == b':');
            Action::Update(
                key,
                match field {
                    Some(at) => Change::Set {
                        field: first.slice(..at),
                        value: first.slice(at + 1..),
                    },
                    None => Change::Assign(first),
                },
            )
        }
        "unset" => Action::Update(
            key,
            Change::Unset {
                field: bytes("a field")?,
            },
        ),
        "incr" => {
            let by = match words.left() > 0 && !words.next_is("via") && !words.next_is("as") {
                true => words.read("a whole number", count::<i64>)?,
                false => 1,
            };
            Action::Update(key, Change::Add(by))
        }
        other => unreachable!("'{other}' stands in the table of verbs"),
    })
}

/// The words up to `via` or `as`, as many as make whole groups.
fn plain(words: &mut Words<'_>, group: usize) -> Parsed<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    while words.left() > 0 && !words.next_is("via") && !words.next_is("as") {
        all.push(words.word("a key")?.bytes.clone());
    }
    if all.is_empty() || !all.len().is_multiple_of(group) {
        return Err(words.missing(if group == 1 { "a key" } else { "a value" }));
    }
    Ok(all)
}

/// `scan`, `scan FROM..TO`, `scan prefix=P`; `limit=`.
fn scan(words: &mut Words<'_>) -> Parsed<Action> {
    let (mut from, mut to, mut limit) = (Vec::new(), None, SCAN_KEYS_USUAL);
    if words.left() > 0 && !words.next_is("via") && !words.next_is("as") {
        let word = words.word("a range")?;
        let Some(at) = word.bytes.windows(2).position(|pair| pair == b"..") else {
            return Err(words.place.error(
                word.column,
                format!(
                    "'{}' is no range: write FROM..TO, FROM.. or ..TO",
                    word.text()
                ),
            ));
        };
        from = word.bytes[..at].to_vec();
        let end = &word.bytes[at + 2..];
        to = (!end.is_empty()).then(|| end.to_vec());
    }
    for setting in &words.line.settings {
        match setting.name.as_str() {
            "prefix" => {
                from = setting.value.bytes.clone();
                to = after_prefix(&from);
            }
            "limit" => limit = value(words.place, setting, count)?,
            _ => {}
        }
    }
    Ok(Action::Scan { from, to, limit })
}

/// The first key behind all that begin with `prefix`; none when there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    if let Ok(number) = count(text) {
        return Ok(Level::Count(number));
    }
    one_of(text, Level::NAMED).map_err(|_| {
        let names: Vec<&str> = Level::NAMED.iter().map(|(name, _)| *name).collect();
        format!("'{text}' is no level: write a number, {}", names.join(", "))
    })
}

fn nodes(text: &str) -> Result<Vec<NodeId>, String> {
    text.split(',').map(name).collect()
}

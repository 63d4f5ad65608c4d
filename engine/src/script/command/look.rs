//! `expect` and `show`.

use core::time::Duration;

use super::super::syntax::Setting;
use super::super::values::{count, duration, name};
use super::words::{Parsed, Words, one_of, value};
use crate::NodeId;
use crate::base::time::nanos;

/// Keys that figures are sampled over, where the line does not say.
pub(in crate::script) const SAMPLE_KEYS_USUAL: u64 = 100_000;

/// What `expect stat` knows besides the nodes' counters.
const FIGURES: &[&str] = &["balance", "behind"];

/// A bound on a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::script) enum Bound {
    Below(f64),
    Above(f64),
    Exactly(f64),
}

type MakeBound = fn(f64) -> Bound;

#[derive(Clone, Debug, PartialEq)]
pub(in crate::script) enum Expectation {
    /// Now, or at some time within this.
    Converged(Duration),
    NoLostWrites,
    /// Every key, or those of one table.
    Linearizable(Option<String>),
    LinearizableKey(Option<String>, Vec<u8>),
    Sessions,
    Causal,
    NoResurrection,
    Bounded,
    AppliedOnce,
    /// A scan page by page finds what the disks hold, each key once.
    Scan,
    /// No range moves any more, now or at some time within this, and every member is in the newest epoch.
    Moved(Duration),
    /// No two nodes believe in different owners for one epoch.
    Topology,
    /// Every owner of this key answers or, of a register, a majority.
    Available(Option<String>, Vec<u8>),
    /// A serial read of this register finds it at this version.
    Version {
        key: Vec<u8>,
        version: u64,
        table: Option<String>,
        via: Option<NodeId>,
    },
    /// How long the request took that was waited for last, nanoseconds.
    Took(Bound),
    /// The check fails: what goes wrong can be shown, too.
    Not(Box<Expectation>),
    Owners(Vec<u8>, Vec<NodeId>),
    Balance {
        bound: Bound,
        keys: u64,
    },
    /// Copies that lack something which another owner of their key holds.
    Behind(Bound),
    Stat {
        name: String,
        bound: Bound,
        /// None is all nodes together.
        via: Option<NodeId>,
    },
    View {
        of: NodeId,
        liveness: String,
        /// None is every other node that is up.
        via: Option<NodeId>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) enum Show {
    Ring(Option<Vec<u8>>),
    /// Of a table.
    Key(Vec<u8>, Option<String>),
    Balance(u64),
    Members(Option<NodeId>),
    History,
    Timeline,
    Trace,
    Hints,
    Stats,
    Faults,
    Tree,
}

fn setting<'a>(words: &Words<'a>, name: &str) -> Option<&'a Setting> {
    let mut settings = words.line.settings.iter();
    settings.find(|setting| setting.name == name)
}

fn keys_setting(words: &Words<'_>) -> Parsed<u64> {
    setting(words, "keys").map_or(Ok(SAMPLE_KEYS_USUAL), |setting| {
        value(words.place, setting, count)
    })
}

fn within_setting(words: &Words<'_>) -> Parsed<Duration> {
    setting(words, "within").map_or(Ok(Duration::ZERO), |setting| {
        value(words.place, setting, duration)
    })
}

fn table_setting(words: &Words<'_>) -> Option<String> {
    setting(words, "table").map(|setting| setting.value.text())
}

pub(super) fn expectation(words: &mut Words<'_>) -> Parsed<Expectation> {
    const CHECKS: &[(&str, u8)] = &[
        ("converged", 0),
        ("no-lost-writes", 1),
        ("linearizable", 2),
        ("sessions", 3),
        ("causal", 4),
        ("no-resurrection", 5),
        ("applied-once", 6),
        ("bounded", 7),
        ("owners", 8),
        ("stat", 9),
        ("member", 10),
        ("scan", 11),
        ("took", 12),
        ("available", 13),
        ("version", 14),
        ("moved", 15),
        ("topology", 16),
        ("not", 17),
    ];
    Ok(match words.read("a check", |text| one_of(text, CHECKS))? {
        0 => Expectation::Converged(within_setting(words)?),
        1 => Expectation::NoLostWrites,
        2 if words.left() == 0 => Expectation::Linearizable(table_setting(words)),
        2 => Expectation::LinearizableKey(table_setting(words), words.word("a key")?.bytes.clone()),
        3 => Expectation::Sessions,
        4 => Expectation::Causal,
        5 => Expectation::NoResurrection,
        6 => Expectation::AppliedOnce,
        7 => Expectation::Bounded,
        8 => Expectation::Owners(words.word("a key")?.bytes.clone(), words.nodes()?),
        9 => stat(words)?,
        10 => member(words)?,
        11 => Expectation::Scan,
        12 => Expectation::Took(took(words)?),
        13 => Expectation::Available(table_setting(words), words.word("a key")?.bytes.clone()),
        14 => Expectation::Version {
            key: words.word("a key")?.bytes.clone(),
            version: words.read("a version", count)?,
            table: table_setting(words),
            via: words.via()?,
        },
        15 => Expectation::Moved(within_setting(words)?),
        16 => Expectation::Topology,
        _ if words.next_is("not") => {
            let twice = words.word("a check")?;
            return Err(words
                .place
                .error(twice.column, "'not' stands once, before a check"));
        }
        _ => Expectation::Not(Box::new(expectation(words)?)),
    })
}

/// `expect took < 6ms`.
fn took(words: &mut Words<'_>) -> Parsed<Bound> {
    let sign = sign(words)?;
    let span = words.read("a time", duration)?;
    Ok(sign(nanos(span) as f64))
}

/// `<`, `>` or `is`, which makes a bound of a number.
fn sign(words: &mut Words<'_>) -> Parsed<MakeBound> {
    const SIGNS: &[(&str, MakeBound)] = &[
        ("<", Bound::Below),
        (">", Bound::Above),
        ("is", Bound::Exactly),
    ];
    words.read("<, > or is", |text| one_of(text, SIGNS))
}

/// `expect member n3 dead via n1`; without `via`, every node that is up must see it so.
fn member(words: &mut Words<'_>) -> Parsed<Expectation> {
    let of = words.read("a node", name)?;
    let liveness = words.read("alive, suspect or dead", |text| {
        one_of(
            text,
            &[("alive", "alive"), ("suspect", "suspect"), ("dead", "dead")],
        )
    })?;
    Ok(Expectation::View {
        of,
        liveness: liveness.to_owned(),
        via: words.via()?,
    })
}

fn stat(words: &mut Words<'_>) -> Parsed<Expectation> {
    let name = words.word("a statistic")?;
    let (name, column) = (name.text(), name.column);
    let counted = crate::node::Stats::default();
    let names: Vec<&str> = counted
        .named()
        .map(|(name, _)| name)
        .chain(FIGURES.iter().copied())
        .collect();
    if !names.contains(&name.as_str()) {
        let message = super::super::nearest::unknown("statistic", &name, &names);
        return Err(words.place.error(column, message));
    }
    let sign = sign(words)?;
    let bound = words.read("a bound", |text| {
        let number: Result<f64, _> = text.parse();
        number
            .ok()
            .filter(|bound| bound.is_finite())
            .ok_or_else(|| format!("'{text}' is no number"))
    })?;
    let bound = sign(bound);
    Ok(match name.as_str() {
        "balance" => Expectation::Balance {
            bound,
            keys: keys_setting(words)?,
        },
        "behind" => Expectation::Behind(bound),
        _ => Expectation::Stat {
            name,
            bound,
            via: words.via()?,
        },
    })
}

pub(super) fn show(words: &mut Words<'_>) -> Parsed<Show> {
    const PICTURES: &[(&str, u8)] = &[
        ("ring", 0),
        ("key", 1),
        ("balance", 2),
        ("members", 3),
        ("history", 4),
        ("timeline", 5),
        ("trace", 6),
        ("hints", 7),
        ("stats", 8),
        ("faults", 9),
        ("tree", 10),
    ];
    Ok(
        match words.read("what to show", |text| one_of(text, PICTURES))? {
            0 if words.left() == 0 => Show::Ring(None),
            0 => Show::Ring(Some(words.word("a key")?.bytes.clone())),
            1 => Show::Key(words.word("a key")?.bytes.clone(), table_setting(words)),
            2 => Show::Balance(keys_setting(words)?),
            3 => Show::Members(words.via()?),
            4 => Show::History,
            5 => Show::Timeline,
            6 => Show::Trace,
            7 => Show::Hints,
            8 => Show::Stats,
            9 => Show::Faults,
            _ => Show::Tree,
        },
    )
}

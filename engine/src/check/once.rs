//! Every write is applied once: not twice because a message, or a client, repeated it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::history::{Asked, Effect, History};
use super::survivors::Survivors;
use super::words::{shown_key, shown_value};
use super::{Disks, Verdict, Violation};
use crate::crdt::{self, Change, Kind};

const RULE: &str = "a write is applied once";

/// Whether no value stands beside itself, under two dots. It is for runs in which every write has a value of its
/// own.
///
/// # Errors
/// The first value that stands twice.
pub fn applied_once(disks: &Disks) -> Verdict {
    for (node, cells) in disks {
        for (key, cell) in cells {
            let mut dots = BTreeMap::new();
            for (dot, version) in cell.shown() {
                let Some(value) = &version.value else {
                    continue;
                };
                if let Some(first) = dots.insert(value, dot) {
                    return Err(Violation::new(
                        RULE,
                        format!(
                            "key {} has {} twice on {node}, as {first} and as {dot}",
                            shown_key(key),
                            shown_value(Some(value))
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}

/// What certainly was added to a counter, and what may have been, below and above.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    certain: i128,
    least: i128,
    most: i128,
}

/// Whether each counter is what was added to it: every acknowledged change once, and of the changes whose
/// outcome nobody knows each once or not at all. Changes under one token are one change. `disks` are healed and
/// converged, and hold the table of counters that `history` is about. Other kinds are passed over.
///
/// # Errors
/// The first counter that is not.
pub fn counted_once(
    history: &History,
    disks: &Disks,
    kind: Kind,
    survivors: &Survivors,
    replication: usize,
) -> Verdict {
    if !matches!(kind, Kind::GCounter | Kind::PnCounter) {
        return Ok(());
    }
    let mut sums: BTreeMap<&Bytes, Sums> = BTreeMap::new();
    for (key, by, effect) in changes(history, survivors, replication) {
        let sums = sums.entry(key).or_default();
        match effect {
            Effect::Certain => sums.certain += i128::from(by),
            Effect::Unknown if by < 0 => sums.least += i128::from(by),
            Effect::Unknown => sums.most += i128::from(by),
            Effect::Never => {}
        }
    }
    for (
        key,
        Sums {
            certain,
            least,
            most,
        },
    ) in sums
    {
        let states = disks.values().filter_map(|cells| cells.get(key));
        let states = states.flat_map(|cell| {
            cell.live()
                .iter()
                .filter_map(|(_, version)| version.value.clone())
        });
        let counted =
            crdt::join(kind, states).map_err(|error| Violation::new(RULE, error.to_string()))?;
        let values = counted.values();
        let text = values
            .first()
            .map(|value| String::from_utf8_lossy(value).into_owned());
        let value: i128 = text.as_deref().unwrap_or("0").parse().unwrap_or_default();
        if !(certain + least..=certain + most).contains(&value) {
            return Err(Violation::new(
                RULE,
                format!(
                    "counter {} is {value}; acknowledged changes make {certain}, and those of unknown outcome \
                     leave it between {} and {}",
                    shown_key(key),
                    certain + least,
                    certain + most
                ),
            ));
        }
    }
    Ok(())
}

/// Every change of a counter, once: its key, by how much, and whether it happened.
fn changes<'a>(
    history: &'a History,
    survivors: &Survivors,
    replication: usize,
) -> Vec<(&'a Bytes, i64, Effect)> {
    let mut alone = Vec::new();
    let mut by_token: BTreeMap<(&Bytes, u64), (i64, Effect)> = BTreeMap::new();
    for operation in history.operations() {
        let Asked::Update(Change::Add(by)) = &operation.asked else {
            continue;
        };
        let effect = match operation.effect() {
            Effect::Certain if !survivors.promised(operation, replication) => Effect::Unknown,
            effect => effect,
        };
        let Some(token) = operation.token else {
            alone.push((&operation.key, *by, effect));
            continue;
        };
        let known = by_token
            .entry((&operation.key, token))
            .or_insert((*by, effect));
        // One attempt that happened is enough, and one of unknown outcome leaves it open.
        known.1 = match (known.1, effect) {
            (Effect::Certain, _) | (_, Effect::Certain) => Effect::Certain,
            (Effect::Unknown, _) | (_, Effect::Unknown) => Effect::Unknown,
            _ => Effect::Never,
        };
    }
    alone.extend(
        by_token
            .into_iter()
            .map(|((key, _), (by, effect))| (key, by, effect)),
    );
    alone
}

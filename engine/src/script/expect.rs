//! What a script says must hold.

use core::time::Duration;

use super::command::{Bound, Expectation};
use super::session::Printed;
use super::show;
use super::syntax::written;
use crate::base::time::{Pretty, nanos};
use crate::blocking::{Cluster, GetOptions};
use crate::check::Violation;
use crate::draw::timeline_text;
use crate::node::{Node, full_key};
use crate::{Error, NodeId, Result};

/// How often `expect converged within=` looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Columns of a picture that explains.
const TEXT_COLUMNS: usize = 80;

/// What does not hold, in words, with a picture where operations show it.
struct Broken {
    words: String,
    picture: Option<String>,
}

impl From<String> for Broken {
    fn from(words: String) -> Self {
        Self {
            words,
            picture: None,
        }
    }
}

fn explained(cluster: &Cluster, violation: &Violation) -> Broken {
    let shown = !violation.operations.is_empty();
    Broken {
        words: violation.to_string(),
        picture: shown
            .then(|| timeline_text(cluster.history(), &violation.operations, TEXT_COLUMNS)),
    }
}

pub(super) fn expect(cluster: &mut Cluster, expectation: Expectation) -> Result<Printed> {
    let verdict = judge(cluster, expectation)?;
    Ok(match verdict {
        Ok(()) => Printed::text("ok"),
        Err(Broken { words, picture }) => Printed {
            text: match picture {
                Some(picture) => format!("failed: {words}\n{}", picture.trim_end()),
                None => format!("failed: {words}"),
            },
            held: false,
            picture: None,
        },
    })
}

fn judge(
    cluster: &mut Cluster,
    expectation: Expectation,
) -> Result<core::result::Result<(), Broken>> {
    let verdict = match expectation {
        Expectation::Converged(within) => converged(cluster, within)?,
        Expectation::NoLostWrites => cluster.check_no_lost_writes(),
        Expectation::Linearizable(None) => cluster.check_linearizable(),
        Expectation::Linearizable(Some(table)) => cluster.check_linearizable_table(&table)?,
        Expectation::LinearizableKey(table, key) => {
            let key = full_key(cluster.table(table.as_deref())?, &key);
            cluster.check_linearizable_key(&key)
        }
        Expectation::Sessions => cluster.check_sessions(),
        Expectation::Causal => cluster.check_causal(),
        Expectation::NoResurrection => cluster.check_no_resurrection(),
        Expectation::Bounded => cluster.check_bounded(),
        Expectation::AppliedOnce => cluster.check_applied_once(),
        Expectation::Scan => cluster.check_scan()?,
        Expectation::Moved(within) => cluster.run_until_moved(within)?,
        Expectation::Topology => cluster.check_topology(),
        Expectation::Available(table, key) => cluster.check_available(table.as_deref(), &key)?,
        Expectation::Owners(key, expected) => {
            let owners = cluster.owners(&key);
            return Ok(match owners == expected {
                true => Ok(()),
                false => Err(format!("owners are {}", show::nodes(&owners)).into()),
            });
        }
        Expectation::Balance { bound, keys } => {
            let found = cluster.balance(keys)?.max_over_mean;
            return Ok(within(bound, found, format!("balance is {found:.3}")));
        }
        Expectation::Behind(bound) => {
            let found = cluster.copies_behind()?;
            return Ok(within(bound, found as f64, format!("behind is {found}")));
        }
        Expectation::Version {
            key,
            version,
            table,
            via,
        } => {
            if !cluster.holds_registers(table.as_deref())? {
                return Err(Error::invalid(
                    "only a register has a version: it is for a table with conflict=cas",
                ));
            }
            let options = GetOptions {
                table,
                via,
                ..GetOptions::default()
            };
            let found = cluster.get(&key, &options)?.version;
            let words = || format!("{} is at version {found}", written(&key)).into();
            return Ok((found == version).then_some(()).ok_or_else(words));
        }
        Expectation::Took(bound) => {
            let none = || Error::invalid("no request was waited for yet");
            let took = cluster.took().ok_or_else(none)?;
            return Ok(within(
                bound,
                nanos(took) as f64,
                format!("it took {}", Pretty(took)),
            ));
        }
        Expectation::Not(expectation) => {
            return Ok(match judge(cluster, *expectation)? {
                Ok(()) => Err("it holds".to_owned().into()),
                Err(_) => Ok(()),
            });
        }
        Expectation::Stat { name, bound, via } => {
            let counted = match via {
                None => cluster.stats().total,
                Some(node) => cluster.world().node(node).map(Node::stats).ok_or_else(|| {
                    Error::Unavailable {
                        detail: format!("{node} is down, and counts nothing"),
                    }
                })?,
            };
            let found = counted
                .named()
                .find(|(known, _)| *known == name)
                .map_or(0, |(_, count)| count);
            return Ok(within(bound, found as f64, format!("{name} is {found}")));
        }
        Expectation::View { of, liveness, via } => {
            let others = || {
                cluster
                    .nodes()
                    .into_iter()
                    .filter(|node| *node != of && cluster.is_up(*node))
            };
            let by = via.map_or_else(|| others().collect(), |via| vec![via]);
            for via in by {
                if let Err(words) = sees(cluster, via, of, &liveness)? {
                    return Ok(Err(words.into()));
                }
            }
            return Ok(Ok(()));
        }
    };
    Ok(verdict.map_err(|violation| explained(cluster, &violation)))
}

/// Whether one node sees another so.
fn sees(
    cluster: &Cluster,
    via: NodeId,
    of: NodeId,
    liveness: &str,
) -> Result<core::result::Result<(), String>> {
    let view = cluster.view(via).ok_or_else(|| Error::Unavailable {
        detail: format!("{via} is down, and sees nobody"),
    })?;
    let found = view
        .iter()
        .find(|member| member.node == of)
        .map(|member| member.liveness.name());
    Ok(match found {
        Some(found) if found == liveness => Ok(()),
        Some(found) => Err(format!("{via} sees {of} as {found}")),
        None => Err(format!("{via} knows no {of}")),
    })
}

/// Lets time pass until the replicas agree, up to `within`.
fn converged(cluster: &mut Cluster, within: Duration) -> Result<crate::check::Verdict> {
    let until = cluster.now().after(within);
    loop {
        let verdict = cluster.check_converged();
        if verdict.is_ok() || cluster.now() >= until {
            return Ok(verdict);
        }
        cluster.run_for(LOOK_EVERY.min(until.since(cluster.now())))?;
    }
}

fn within(bound: Bound, found: f64, words: String) -> core::result::Result<(), Broken> {
    let holds = match bound {
        Bound::Below(bound) => found < bound,
        Bound::Above(bound) => found > bound,
        Bound::Exactly(bound) => found == bound,
    };
    if holds { Ok(()) } else { Err(words.into()) }
}

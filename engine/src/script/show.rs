//! Pictures and tables.

use super::Picture;
use super::command::Show;
use super::session::Printed;
use super::syntax::written;
use crate::base::time::Pretty;
use crate::blocking::Cluster;
use crate::check::{Asked, Outcome, cas_told};
use crate::draw::{
    SpacetimeOptions, ring_svg, ring_text, spacetime_svg, spacetime_text, timeline_svg,
    timeline_text,
};
use crate::node::{Ballot, client_key};
use crate::{Error, NodeId, Result};

/// Columns of text pictures.
const TEXT_COLUMNS: usize = 80;
/// Length of the longest bar of a balance table, characters.
const BAR_CHARS: usize = 40;
/// Requests that `show history` lists.
const HISTORY_LINES_MAX: usize = 200;

pub(super) fn nodes(nodes: &[NodeId]) -> String {
    nodes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn show(cluster: &Cluster, what: Show) -> Result<Printed> {
    Ok(match what {
        Show::Ring(key) => {
            let copies = cluster.config().replication;
            let key = key.as_deref().map(|key| (key, copies));
            let title = match key {
                Some((key, _)) => format!("The ring, and where {} goes", written(key)),
                None => "The ring".to_owned(),
            };
            let picture = Picture {
                title,
                svg: ring_svg(cluster.placement(), key),
            };
            drawn(ring_text(cluster.placement(), key, TEXT_COLUMNS), picture)
        }
        Show::Key(key, table) => {
            let table = table.as_deref();
            let owners = cluster.owners_in(&key, table)?;
            let picture = Picture {
                title: format!("The preference list of {}", written(&key)),
                svg: ring_svg(cluster.placement(), Some((&key, owners.len()))),
            };
            let text = match cluster.holds_registers(table)? {
                true => register(cluster, &key, table)?,
                false => nodes(&owners),
            };
            drawn(text, picture)
        }
        Show::Trace => {
            let options = SpacetimeOptions::default();
            let picture = Picture {
                title: "What happened, time going down".to_owned(),
                svg: spacetime_svg(cluster.trace(), &options),
            };
            drawn(
                spacetime_text(cluster.trace(), &options, TEXT_COLUMNS),
                picture,
            )
        }
        Show::Balance(keys) => Printed::text(balance(cluster, keys)?),
        Show::Members(None) => Printed::text(members(cluster)),
        Show::Members(Some(node)) => Printed::text(view(cluster, node)?),
        Show::Hints => Printed::text(hints(cluster)),
        Show::Stats => Printed::text(stats(cluster)),
        Show::Faults => Printed::text(faults(cluster)),
        Show::Tree => Printed::text(tree(cluster)?),
        Show::Timeline => timeline(cluster),
        Show::History => Printed::text(history(cluster)),
    })
}

fn drawn(text: String, picture: Picture) -> Printed {
    Printed {
        text: text.trim_end().to_owned(),
        held: true,
        picture: Some(picture),
    }
}

/// What each owner of a register has promised and accepted, and what it holds: what a majority has accepted under one
/// ballot is chosen.
fn register(cluster: &Cluster, key: &[u8], table: Option<&str>) -> Result<String> {
    let acceptors = cluster.acceptors(key, table)?;
    let is_chosen = |accepted: Ballot| {
        let same = acceptors
            .iter()
            .filter(|(_, other)| other.accepted == accepted);
        !accepted.is_none() && same.count() * 2 > acceptors.len()
    };
    let mut rows = Vec::new();
    for (node, acceptor) in &acceptors {
        let value = acceptor.state.value_at(cluster.world().wall(*node)?);
        rows.push(format!(
            "{:<4} promised {:<8} accepted {:<8} {:<6} version {:<4} {}",
            node.to_string(),
            ballot(acceptor.promised),
            ballot(acceptor.accepted),
            match is_chosen(acceptor.accepted) {
                true => "chosen",
                false => "",
            },
            acceptor.state.version,
            value.map_or_else(|| "(nothing)".to_owned(), |value| written(value)),
        ));
    }
    Ok(rows.join("\n"))
}

/// `3.n1`: the round, and whose it is; in a later life of that node `3.n1.2`.
fn ballot(ballot: Ballot) -> String {
    match (ballot.is_none(), ballot.life) {
        (true, _) => "nothing".to_owned(),
        (false, 1) => format!("{}.{}", ballot.round, ballot.proposer()),
        (false, life) => format!("{}.{}.{life}", ballot.round, ballot.proposer()),
    }
}

fn balance(cluster: &Cluster, keys: u64) -> Result<String> {
    let balance = cluster.balance(keys)?;
    let most = balance.per_node.values().copied().max().unwrap_or(0).max(1);
    let rows = balance.per_node.iter().map(|(node, count)| {
        let share = *count as f64 / keys as f64 * 100.0;
        let bar = "#".repeat((count * BAR_CHARS as u64 / most) as usize);
        format!("{:<4} {share:5.1}% {bar}", node.to_string())
    });
    let head = format!("max/mean {:.2}", balance.max_over_mean);
    Ok(core::iter::once(head)
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n"))
}

fn members(cluster: &Cluster) -> String {
    let rows = cluster.placement().members().iter().map(|member| {
        let state = if cluster.is_up(member.node) {
            "up"
        } else {
            "down"
        };
        format!(
            "{:<4} {:<4} weight {:<3} {state}",
            member.node.to_string(),
            member.zone.to_string(),
            member.weight
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// How one node sees the others.
fn view(cluster: &Cluster, node: NodeId) -> Result<String> {
    let view = cluster.view(node).ok_or_else(|| Error::Unavailable {
        detail: format!("{node} is down, and sees nobody"),
    })?;
    let rows = view.iter().map(|member| {
        format!(
            "{:<4} {:<8} life {:<3} {:.2}",
            member.node.to_string(),
            member.liveness.name(),
            member.incarnation.life,
            member.suspicion
        )
    });
    Ok(rows.collect::<Vec<_>>().join("\n"))
}

fn hints(cluster: &Cluster) -> String {
    let hints = cluster.hints();
    let rows = hints
        .iter()
        .map(|(on, target, count)| format!("{on} keeps {count} for {target}"));
    lines(rows)
}

fn lines(rows: impl Iterator<Item = String>) -> String {
    let text = rows.collect::<Vec<_>>().join("\n");
    if text.is_empty() {
        "(nothing)".to_owned()
    } else {
        text
    }
}

/// What the nodes have counted, without what is zero; and the hot keys.
fn stats(cluster: &Cluster) -> String {
    let stats = cluster.stats();
    let counted = stats.total.named().filter(|(_, count)| *count > 0);
    let counted = counted.map(|(name, count)| format!("{name:<24} {count}"));
    let hot = stats
        .hot
        .iter()
        .map(|(key, count)| format!("hot key {:<16} {count} requests", written(client_key(key))));
    lines(counted.chain(hot))
}

fn faults(cluster: &Cluster) -> String {
    let struck = cluster
        .fault_counts()
        .iter()
        .filter(|(_, count)| *count > 0);
    lines(struck.map(|(name, count)| format!("{name:<12} {count}")))
}

/// The roots of each node's Merkle trees, one a group of owners: equal roots, equal replicas.
fn tree(cluster: &Cluster) -> Result<String> {
    let mut rows = Vec::new();
    for node in cluster.nodes() {
        for (owners, root) in cluster.tree_roots(node)? {
            rows.push(format!(
                "{:<4} {:<14} {root:016x}",
                node.to_string(),
                nodes(&owners)
            ));
        }
    }
    Ok(lines(rows.into_iter()))
}

fn timeline(cluster: &Cluster) -> Printed {
    let picture = Picture {
        title: "Who asked what, and when".to_owned(),
        svg: timeline_svg(cluster.history(), &[]),
    };
    drawn(timeline_text(cluster.history(), &[], TEXT_COLUMNS), picture)
}

fn history(cluster: &Cluster) -> String {
    let operations = cluster.history().operations();
    let rows = operations.iter().take(HISTORY_LINES_MAX).map(|operation| {
        let key = written(client_key(&operation.key));
        let asked = match &operation.asked {
            Asked::Get => format!("get {key}"),
            Asked::Put { value, .. } => format!("put {key} {}", written(value)),
            Asked::Delete { .. } => format!("delete {key}"),
            Asked::Update(change) => format!("update {key} {change}"),
            Asked::Cas { conditions, edit } => format!("cas {key} {}", cas_told(conditions, edit)),
        };
        let outcome = match &operation.outcome {
            Outcome::Open => "no answer yet".to_owned(),
            Outcome::Failed(code) => format!("error {}", code.name()),
            Outcome::Done(answer) if matches!(operation.asked, Asked::Get) => {
                let values: Vec<_> = answer.values.iter().map(|value| written(value)).collect();
                if values.is_empty() {
                    "(nothing)".to_owned()
                } else {
                    values.join(", ")
                }
            }
            Outcome::Done(_) => "ok".to_owned(),
        };
        let took = operation.ended.map_or_else(String::new, |ended| {
            format!(" after {}", Pretty(ended.since(operation.called)))
        });
        format!(
            "{:>10} {asked} via {} -> {outcome}{took}",
            operation.called.to_string(),
            operation.via
        )
    });
    let mut text = rows.collect::<Vec<_>>().join("\n");
    if let Some(more) = operations
        .len()
        .checked_sub(HISTORY_LINES_MAX)
        .filter(|more| *more > 0)
    {
        text.push_str(&format!("\n... and {more} more"));
    }
    if text.is_empty() {
        "(nothing)".to_owned()
    } else {
        text
    }
}

//! Replicas agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::words::{shown, shown_key};
use super::{Disks, Verdict, Violation};
use crate::NodeId;
use crate::causal::{Cell, Resolve};
use crate::node::client_key;
use crate::ring::Placement;

const RULE: &str = "convergence";

/// Whether all owners of every key hold the same cell of it, byte for byte, and every hint was delivered:
/// `copies` is N of each key's table; `hints` counts those that each node still keeps. A tombstone is knowledge like a value: an owner that has
/// one differs from an owner that has nothing.
///
/// # Errors
/// The first node with hints or, where there are none, the first key on which two owners differ, with what
/// each holds.
pub fn converged(
    disks: &Disks,
    placement: &dyn Placement,
    copies: &dyn Fn(&Bytes) -> usize,
    hints: &BTreeMap<NodeId, u64>,
) -> Verdict {
    if let Some((node, count)) = hints.iter().find(|(_, count)| **count > 0) {
        let words = format!("{node} still keeps {count} hints for others");
        return Err(Violation::new(RULE, words));
    }
    let keys: BTreeSet<&Bytes> = disks.values().flat_map(BTreeMap::keys).collect();
    let (nothing, empty) = (BTreeMap::new(), Cell::default());
    for key in keys {
        let owners = placement.owners(client_key(key), copies(key));
        let held = |node| {
            disks
                .get(node)
                .unwrap_or(&nothing)
                .get(key)
                .unwrap_or(&empty)
        };
        let Some(first) = owners.first() else {
            continue;
        };
        if let Some(other) = owners
            .iter()
            .find(|node| !held(node).agrees_with(held(first)))
        {
            let words = format!(
                "{first} and {other} differ on key {}: {} against {}",
                shown_key(key),
                told(held(first)),
                told(held(other)),
            );
            return Err(Violation::new(RULE, words));
        }
    }
    Ok(())
}

/// How many copies lack something that another owner of their key holds: one for each key and owner. `copies` is
/// N of each key's table, `resolve` how it joins versions.
#[must_use]
pub fn behind(
    disks: &Disks,
    placement: &dyn Placement,
    copies: &dyn Fn(&Bytes) -> usize,
    resolve: &dyn Fn(&Bytes) -> &'static dyn Resolve,
) -> u64 {
    let keys: BTreeSet<&Bytes> = disks.values().flat_map(BTreeMap::keys).collect();
    let (mut count, empty) = (0, Cell::default());
    for key in keys {
        let owners = placement.owners(client_key(key), copies(key));
        let held = |node: &NodeId| {
            disks
                .get(node)
                .and_then(|cells| cells.get(key))
                .unwrap_or(&empty)
        };
        let mut all = Cell::default();
        for owner in &owners {
            all.merge(held(owner), resolve(key));
        }
        count += owners.iter().filter(|owner| *held(owner) != all).count() as u64;
    }
    count
}

fn told(cell: &Cell) -> String {
    if cell.is_empty() {
        return "nothing".to_owned();
    }
    let values: Vec<_> = cell
        .shown_values()
        .iter()
        .map(|value| shown(value))
        .collect();
    format!("[{}] with {}", values.join(", "), cell.seen())
}

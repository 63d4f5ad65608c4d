//! Replicas agree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{Disks, Verdict};
use crate::causal::Cell;
use crate::ring::Placement;

/// Whether all owners of every key hold the same cell of it, byte for byte.
///
/// # Errors
/// The first key on which two owners differ, with what each holds.
pub fn converged(disks: &Disks, placement: &dyn Placement, replication: usize) -> Verdict {
    let keys: BTreeSet<&Bytes> = disks.values().flat_map(BTreeMap::keys).collect();
    let (nothing, empty) = (BTreeMap::new(), Cell::default());
    for key in keys {
        let owners = placement.owners(key, replication);
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
        if let Some(other) = owners.iter().find(|node| held(node) != held(first)) {
            return Err(format!(
                "{first} and {other} differ on key {}: {} against {}",
                String::from_utf8_lossy(key),
                told(held(first)),
                told(held(other)),
            ));
        }
    }
    Ok(())
}

fn told(cell: &Cell) -> String {
    if cell.is_empty() {
        return "nothing".to_owned();
    }
    let values: Vec<_> = cell
        .values()
        .iter()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect();
    format!("[{}] with {}", values.join(", "), cell.seen())
}

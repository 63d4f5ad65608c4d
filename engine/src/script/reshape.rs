//! Carries out what a line asks of the members.

use super::command::{ReshapeLine, Wish};
use crate::Result;
use crate::blocking::{Cluster, Ticket};
use crate::ring::Reshape;

/// Starts a change. A node that joins and has no machine yet gets one.
pub(super) fn start(cluster: &mut Cluster, line: &ReshapeLine) -> Result<Ticket> {
    let reshape = match &line.wish {
        Wish::Join { node, zone, weight } => cluster.joining(*node, *zone, *weight)?,
        Wish::Leave { node, dead: false } => Reshape::Leave(*node),
        Wish::Leave { node, dead: true } => Reshape::Remove(*node),
        Wish::Replace(old, new) => cluster.replacing(*old, *new)?,
        Wish::Change { node, zone, weight } => cluster.changing(*node, *zone, *weight)?,
        Wish::Copies { copies, table } => {
            Reshape::Copies(cluster.table(table.as_deref())?, *copies)
        }
        Wish::Cancel => Reshape::Cancel,
    };
    cluster.start_reshape(&reshape, line.via, line.timeout)
}

//! Carries out what a line asks of the members.

use super::command::{ReshapeLine, Wish};
use crate::blocking::{Cluster, Ticket};
use crate::ring::{Member, Reshape};
use crate::{Error, NodeId, Result};

/// Starts a change. A node that joins and has no machine yet gets one.
pub(super) fn start(cluster: &mut Cluster, line: &ReshapeLine) -> Result<Ticket> {
    let reshape = match &line.wish {
        Wish::Join { node, zone, weight } => {
            machine(cluster, *node)?;
            Reshape::Join(cluster.newcomer(*node, *zone, *weight))
        }
        Wish::Leave { node, dead: false } => Reshape::Leave(*node),
        Wish::Leave { node, dead: true } => Reshape::Remove(*node),
        Wish::Replace(old, new) => {
            machine(cluster, *new)?;
            Reshape::Replace(*old, *new)
        }
        Wish::Change { node, zone, weight } => {
            let mut members = cluster.topology().members.iter();
            let member = members.find(|member| member.node == *node);
            let member = member.ok_or_else(|| Error::invalid(format!("{node} is no member")))?;
            Reshape::Change(Member {
                zone: zone.unwrap_or(member.zone),
                weight: weight.unwrap_or(member.weight),
                ..*member
            })
        }
        Wish::Copies { copies, table } => {
            Reshape::Copies(cluster.table(table.as_deref())?, *copies)
        }
        Wish::Cancel => Reshape::Cancel,
    };
    cluster.start_reshape(&reshape, line.via, line.timeout)
}

fn machine(cluster: &mut Cluster, node: NodeId) -> Result<()> {
    match cluster.nodes().contains(&node) {
        true => Ok(()),
        false => cluster.add_machine(node),
    }
}

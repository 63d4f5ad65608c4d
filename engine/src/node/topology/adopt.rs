//! A node enters the next epoch.

use std::sync::Arc;

use super::Shape;
use crate::NodeId;
use crate::base::id::Nodes;
use crate::base::limits::TOPOLOGY_EPOCH_MAX;
use crate::base::time::Now;
use crate::node::io::{Outbox, Output};
use crate::node::machine::{Node, Reason};
use crate::node::replica::StoreOp;
use crate::ring::{Member, Topology};
use crate::{Result, Zone};

impl Node {
    /// Takes in a document that was decided, if it is newer than what is here: on the disk first.
    pub(super) fn adopt(&mut self, _now: Now, document: Topology, out: &mut Outbox) {
        let newest = self.reshaping.adopting.unwrap_or(0).max(self.epoch());
        if document.epoch <= newest {
            return;
        }
        if document.epoch > TOPOLOGY_EPOCH_MAX {
            out.push(Output::Event(format!(
                "refused a topology of epoch {}: the last is {TOPOLOGY_EPOCH_MAX}",
                document.epoch
            )));
            return;
        }
        let shape = match self.shape.of(document) {
            Ok(shape) => shape,
            Err(error) => {
                out.push(Output::Event(format!("refused a topology: {error}")));
                return;
            }
        };
        self.reshaping.adopting = Some(shape.epoch());
        self.store(
            StoreOp::Adopt(shape.clone()),
            Reason::Adopted(Box::new(shape)),
            out,
        );
    }

    /// This node is in another epoch from now on. What was promised to it in the last one is void; what it asks of
    /// others begins anew.
    pub(in crate::node) fn entered(&mut self, now: Now, shape: Shape, out: &mut Outbox) {
        if shape.epoch() <= self.epoch() {
            return;
        }
        if self.reshaping.adopting == Some(shape.epoch()) {
            self.reshaping.adopting = None;
        }
        let before: Vec<NodeId> = self.others().collect();
        let since = |shape: &Shape| shape.topology.coming.as_ref().map(|coming| coming.since);
        let goes_on = since(&shape).is_some() && since(&shape) == since(&self.shape);
        let same_owners = shape.topology.members == self.shape.topology.members
            && shape.topology.copies == self.shape.topology.copies
            && shape.topology.coming == self.shape.topology.coming;
        let lives = &self.shape.topology.lives;
        let anew = shape
            .topology
            .lives
            .iter()
            .filter(|(node, life)| lives.get(node) != Some(life));
        self.reshaping.anew = anew.map(|(node, _)| *node).collect();
        let all_anew = shape.epoch() != self.epoch() + 1;
        self.shape = shape;
        if !goes_on {
            self.remove_strangers(now, out);
        }
        self.parts.placement = Arc::clone(&self.shape.owners);
        self.zones = zones(self.shape.topology.everybody());
        // Cells that were given away, and come back, must not find a dot given twice.
        self.actor.epoch += 1;
        let members: Vec<NodeId> = self
            .shape
            .topology
            .everybody()
            .map(|member| member.node)
            .collect();
        self.parts.detector.set_members(now.mono, &members);
        self.schedule_gossip(now, out);
        out.push(Output::Event(format!(
            "enters epoch {}: {}",
            self.epoch(),
            match self.shape.topology.coming {
                Some(_) => "ranges move",
                None => "stable",
            }
        )));
        self.forget_exchanges();
        self.stop_purging(out);
        self.reshaping.moved.clear();
        self.reshaping.ticks = 0;
        self.spread_document(&before, out);
        self.restart_proposals(now, out);
        self.restart_queries(now, out);
        self.recheck_writes(now, all_anew, out);
        self.restart_reads(now, out);
        self.restart_forwards(now, out);
        self.restart_scans(now, out);
        self.look_at_rejoin(now, same_owners, out);
        self.look_at_move(now, out);
        self.look_at_proposal(now, out);
        self.take_parked(now, out);
    }

    /// Lets the disk remove what is not owned here any more. Until it has, nothing is taken in that it might remove.
    pub(super) fn remove_strangers(&mut self, now: Now, out: &mut Outbox) {
        self.reshaping.undropped = true;
        self.store(StoreOp::DropStrangers, Reason::Dropped, out);
        self.tick_move(now, out);
    }

    /// The disk has removed what is not owned here.
    pub(in crate::node) fn dropped(&mut self, now: Now, out: &mut Outbox) {
        self.reshaping.undropped = false;
        self.look_at_move(now, out);
        self.take_parked(now, out);
    }

    /// Whether this node takes in what belongs to a full key.
    pub(in crate::node) fn takes_key(&self, key: &[u8]) -> bool {
        self.owns(key) || !self.reshaping.undropped && self.coming(key).contains(&self.id)
    }

    /// The owners of a full key that it will have when the move under way has ended; none where it does not move.
    pub(in crate::node) fn coming(&self, key: &[u8]) -> Nodes {
        self.shape.coming_of(key, self.tables.of(key).replication)
    }

    /// The owners of a full key, and those to come.
    pub(in crate::node) fn holders(&self, key: &[u8]) -> Nodes {
        let mut all = self.owners(key);
        let coming = self.coming(key);
        all.extend(
            coming
                .into_iter()
                .filter(|node| !all.contains(node))
                .collect::<Nodes>(),
        );
        all
    }

    /// Whether this node is an owner of a full key, or will be one.
    pub(in crate::node) fn holds_key(&self, key: &[u8]) -> bool {
        self.owns(key) || self.coming(key).contains(&self.id)
    }

    /// Whether this node belongs to the cluster.
    pub(in crate::node) fn is_member(&self) -> bool {
        self.shape.topology.knows(self.id)
    }

    /// Refuses what a client asks of a node that is no member, or not yet.
    pub(in crate::node) fn check_member(&self) -> Result<()> {
        if self.shape.topology.has(self.id) {
            return Ok(());
        }
        Err(crate::Error::Unavailable {
            detail: format!(
                "{} is no member of the cluster in epoch {}: ask one that is",
                self.id,
                self.epoch()
            ),
        })
    }
}

/// Each member's zone, by node number.
pub(in crate::node) fn zones(members: impl Iterator<Item = Member>) -> Vec<Zone> {
    let mut zones = Vec::new();
    for member in members {
        let place = member.node.0 as usize;
        if place >= zones.len() {
            zones.resize(place + 1, Zone(0));
        }
        zones[place] = member.zone;
    }
    zones
}

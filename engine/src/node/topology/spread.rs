//! Documents on their way, and messages that do not fit this node's epoch.

use core::time::Duration;
use std::sync::Arc;

use super::{Shape, TopologyMessage};
use crate::NodeId;
use crate::base::limits::PARKED_MESSAGES_MAX;
use crate::base::mutant::Mutant;
use crate::base::time::Now;
use crate::node::io::{Outbox, Output};
use crate::node::machine::Node;
use crate::node::message::Message;

/// How long a node that was told of another epoch is given before it is told again.
const TOLD_AGAIN: Duration = Duration::from_millis(5);

impl Node {
    /// The number of this node's epoch: each message that it sends carries it.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.shape.epoch()
    }

    /// The document of this node's epoch, and who owns what by it.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Takes a message of a peer: at once where both are in one epoch, or it does not matter.
    pub(in crate::node) fn hear(
        &mut self,
        now: Now,
        from: NodeId,
        epoch: u64,
        message: Message,
        out: &mut Outbox,
    ) {
        let here = self.epoch();
        let known =
            self.shape.topology.hears(from) || epoch > here || self.settings.has(Mutant::SkipEpoch);
        if !known && !matches!(message, Message::Topology(_) | Message::Gossip(_)) {
            // It is no member, and may not know: what it says of keys is of another time.
            return self.tell_document(now, from, out);
        }
        let skips = self.settings.has(Mutant::SkipEpoch);
        if epoch == here && self.reshaping.undropped && !message.is_of_every_epoch() {
            // What is not owned here any more is being removed: nothing may come before that is done.
            return self.park(from, epoch, message);
        }
        if epoch == here || message.is_of_every_epoch() || skips {
            if epoch < here && !matches!(message, Message::Topology(_)) {
                self.tell_document(now, from, out);
            }
            return self.receive(now, from, message, out);
        }
        if epoch < here {
            self.tell_document(now, from, out);
            // What an owner has acknowledged in the last epoch it holds still, if it is one of this, too.
            if let Message::Ack(id) = message
                && epoch + 1 == here
            {
                return self.acknowledged_before(id, from, out);
            }
            return;
        }
        self.ask_document(now, from, out);
        self.park(from, epoch, message);
    }

    /// Keeps a message until it can be taken; past the limit it is lost.
    fn park(&mut self, from: NodeId, epoch: u64, message: Message) {
        if self.reshaping.parked.len() < PARKED_MESSAGES_MAX {
            self.reshaping.parked.push_back((from, epoch, message));
        }
    }

    fn may_tell(&mut self, now: Now, node: NodeId) -> bool {
        let last = self.reshaping.told.get(&node);
        let may = last.is_none_or(|last| now.mono.since(*last) >= TOLD_AGAIN);
        if may {
            self.reshaping.told.insert(node, now.mono);
        }
        may
    }

    fn tell_document(&mut self, now: Now, node: NodeId, out: &mut Outbox) {
        if self.may_tell(now, node) {
            self.send_document(node, out);
        }
    }

    pub(super) fn send_document(&self, node: NodeId, out: &mut Outbox) {
        let document = TopologyMessage::Document(Arc::clone(&self.shape.topology));
        out.push(Output::Send(node, Message::Topology(document)));
    }

    fn ask_document(&mut self, now: Now, node: NodeId, out: &mut Outbox) {
        if self.may_tell(now, node) {
            let ask = TopologyMessage::Ask(self.epoch());
            out.push(Output::Send(node, Message::Topology(ask)));
        }
    }

    /// Tells everybody whom the document concerns, and who was concerned until now.
    pub(super) fn spread_document(&self, also: &[NodeId], out: &mut Outbox) {
        let concerned: Vec<NodeId> = self.others().collect();
        let also = also
            .iter()
            .filter(|node| !concerned.contains(node) && **node != self.id);
        for node in concerned.iter().chain(also) {
            self.send_document(*node, out);
        }
    }

    pub(in crate::node) fn topology_received(
        &mut self,
        now: Now,
        from: NodeId,
        message: TopologyMessage,
        out: &mut Outbox,
    ) {
        match message {
            TopologyMessage::Ask(epoch) => {
                if epoch < self.epoch() {
                    self.send_document(from, out);
                }
            }
            TopologyMessage::Document(document) => {
                self.adopt(now, (*document).clone(), out);
            }
            TopologyMessage::Drained => self.heard_drained(now, from, out),
            TopologyMessage::Moved(since) => self.heard_moved(now, from, since, out),
        }
    }

    /// Whether what this node keeps for others is of no use any more: it is from before it became no member, and
    /// nobody has waited for it. A node that joins keeps nothing before it is a member.
    pub(in crate::node) fn is_stranger(&self) -> bool {
        let topology = &self.shape.topology;
        !topology.has(self.id) && !topology.draining.contains(&self.id)
    }

    /// Messages that waited for this epoch are taken now; those of a later one wait on.
    pub(super) fn take_parked(&mut self, now: Now, out: &mut Outbox) {
        let parked = core::mem::take(&mut self.reshaping.parked);
        for (from, epoch, message) in parked {
            if epoch > self.epoch() {
                self.reshaping.parked.push_back((from, epoch, message));
            } else {
                self.hear(now, from, epoch, message, out);
            }
        }
    }
}

//! A node that lost its disk has lost what it promised, too. It votes on nothing before the others have agreed on an
//! epoch in which it begins anew: whatever was promised to anybody in an earlier one is void then, its own lost
//! promises with it. Then it is filled.

use core::time::Duration;

use super::TopologyMessage;
use crate::NodeId;
use crate::base::time::Now;
use crate::node::io::{Outbox, Output};
use crate::node::machine::{Alarm, Node, Reason};
use crate::node::message::Message;
use crate::node::replica::{Content, StoreOp};

/// How often it asks to be taken in.
const ASK_AGAIN: Duration = Duration::from_millis(300);

impl Node {
    /// Asks for the newest document, and proposes the one with which it is taken in.
    pub(in crate::node) fn ask_to_rejoin(&mut self, now: Now, out: &mut Outbox) {
        if !self.reshaping.outside {
            return;
        }
        let others: Vec<NodeId> = self.others().collect();
        for node in others {
            let ask = TopologyMessage::Ask(self.epoch());
            out.push(Output::Send(node, Message::Topology(ask)));
        }
        self.arm(now.mono.after(ASK_AGAIN), Alarm::Rejoin, out);
        if self.reshaping.proposal.is_none() && self.is_member() {
            let document = self
                .shape
                .topology
                .rejoined(self.id, self.actor.incarnation);
            let proposed = self.propose_document(now, None, document, 8 * ASK_AGAIN, out);
            debug_assert!(proposed.is_ok(), "nobody waits for it");
        }
    }

    /// In another epoch: is this node taken in?
    pub(super) fn look_at_rejoin(&mut self, now: Now, same_owners: bool, out: &mut Outbox) {
        if self.rebuilding && !self.is_member() {
            // It belongs to nobody, so nobody counts on what it has lost.
            (self.reshaping.outside, self.rebuilding, self.epoch_known) = (false, false, true);
            self.store(StoreOp::SetContent(Content::Whole), Reason::TakenIn, out);
        }
        if self.reshaping.outside {
            let life = self.shape.topology.lives.get(&self.id);
            if life == Some(&self.actor.incarnation) {
                self.reshaping.outside = false;
            }
        }
        // Whoever fills it does so in its epoch: what they gave in an earlier one does not count, but for cells of
        // keys whose owners are the same.
        if self.rebuilding && self.is_member() {
            match same_owners {
                true => self.rebuild_registers(now, out),
                false => self.start_rebuild(now, out),
            }
        }
    }
}

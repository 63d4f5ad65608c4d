//! Who is alive: the node's failure detector, driven. What it says orders whom a request asks and where hints
//! go; it never moves data by itself.

use super::io::{Outbox, Output};
use super::machine::{Alarm, Node};
use super::message::Message;
use crate::NodeId;
use crate::base::id::TimerId;
use crate::base::time::{Mono, Now};
use crate::membership::{Envelope, Gossip, Liveness};

/// When the detector wants to be called, and what it has to say.
#[derive(Debug, Default)]
pub(super) struct GossipTimer {
    armed: Option<(TimerId, Mono)>,
    envelopes: Vec<Envelope>,
}

impl Node {
    pub(super) fn schedule_gossip(&mut self, now: Now, out: &mut Outbox) {
        let Some(due) = self.parts.detector.next_due() else {
            return;
        };
        let due = due.max(now.mono);
        match self.gossip.armed {
            Some((_, at)) if at == due => {}
            before => {
                if let Some((timer, _)) = before {
                    self.cancel(timer, out);
                }
                let timer = self.arm(due, Alarm::Gossip, out);
                self.gossip.armed = Some((timer, due));
            }
        }
    }

    pub(super) fn gossip_due(&mut self, now: Now, out: &mut Outbox) {
        self.gossip.armed = None;
        let mut envelopes = core::mem::take(&mut self.gossip.envelopes);
        self.parts.detector.tick(now.mono, &mut envelopes);
        self.post(now, envelopes, out);
    }

    pub(super) fn gossiped(&mut self, now: Now, from: NodeId, gossip: Gossip, out: &mut Outbox) {
        let mut envelopes = core::mem::take(&mut self.gossip.envelopes);
        self.parts
            .detector
            .receive(now.mono, from, gossip, &mut envelopes);
        self.post(now, envelopes, out);
    }

    /// Sends what the detector has to say, and acts on its changes of mind.
    fn post(&mut self, now: Now, mut envelopes: Vec<Envelope>, out: &mut Outbox) {
        for Envelope { to, gossip } in envelopes.drain(..) {
            out.push(Output::Send(to, Message::Gossip(gossip)));
        }
        self.gossip.envelopes = envelopes;
        for change in self.parts.detector.take_changes() {
            self.stats.liveness_changes += 1;
            out.push(Output::Event(format!(
                "sees {} as {}",
                change.node,
                change.liveness.name()
            )));
            if change.liveness == Liveness::Alive {
                self.replay_hints_to(now, change.node, out);
            }
        }
        self.schedule_gossip(now, out);
    }
}

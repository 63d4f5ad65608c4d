//! Pings made for others: a helper's side of an indirect probe.

use std::collections::VecDeque;

use crate::NodeId;
use crate::base::time::Mono;

/// One ping made for another node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relay {
    /// For whom.
    pub(super) asker: NodeId,
    /// The number under which it asked.
    pub(super) asker_sequence: u64,
    /// Whom.
    pub(super) target: NodeId,
    /// The number of this node's own ping.
    pub(super) sequence: u64,
    /// When to give up.
    pub(super) due: Mono,
}

/// At most one for each asker, since nobody probes two at a time: its next request takes the place of the last. They
/// all wait equally long, so the first is due first.
#[derive(Clone, Debug, Default)]
pub(super) struct Relays(VecDeque<Relay>);

impl Relays {
    pub(super) fn push(&mut self, relay: Relay) {
        self.0.retain(|other| other.asker != relay.asker);
        self.0.push_back(relay);
    }

    /// The one that an ack of `sequence` from `target` answers; it is done.
    pub(super) fn answered(&mut self, target: NodeId, sequence: u64) -> Option<Relay> {
        let answers = |relay: &Relay| relay.sequence == sequence && relay.target == target;
        let at = self.0.iter().position(answers)?;
        self.0.remove(at)
    }

    pub(super) fn due(&self) -> Option<Mono> {
        self.0.front().map(|relay| relay.due)
    }

    /// One that has waited in vain; it is done.
    pub(super) fn pop_due(&mut self, now: Mono) -> Option<Relay> {
        self.0.pop_front_if(|relay| relay.due <= now)
    }

    /// Lets none be due before `now`.
    pub(super) fn wait_until(&mut self, now: Mono) {
        for relay in &mut self.0 {
            relay.due = relay.due.max(now);
        }
    }
}

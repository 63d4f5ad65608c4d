//! Passing a write on to a node that owns its key.

use core::time::Duration;
use std::collections::BTreeSet;

use super::io::{Answer, Outbox, Output};
use super::machine::{Alarm, Client, Node};
use super::message::{Forwarded, Message};
use crate::base::id::{RequestId, TimerId};
use crate::base::time::{Now, Pretty};
use crate::{Error, NodeId, Result};

/// How long an owner may take to say that it will coordinate, before the next owner is asked.
pub const FORWARD_PATIENCE: Duration = Duration::from_millis(40);

/// A write that an owner coordinates for this node's client.
#[derive(Debug)]
pub(super) struct Forwarding {
    write: Forwarded,
    owners: Vec<NodeId>,
    asked: BTreeSet<NodeId>,
    current: Option<NodeId>,
    /// The one owner that was sent the write. Two would write it twice, under two dots, and a client that
    /// was told of one could never remove the other.
    entrusted: Option<NodeId>,
    deadline: TimerId,
    silence: Option<TimerId>,
}

impl Node {
    pub(super) fn start_forward(
        &mut self,
        now: Now,
        id: RequestId,
        write: Forwarded,
        owners: Vec<NodeId>,
        out: &mut Outbox,
    ) {
        let deadline = self.arm(
            now.mono.after(write.timeout),
            Alarm::ForwardDeadline(id),
            out,
        );
        let forwarding = Forwarding {
            write,
            owners,
            asked: BTreeSet::new(),
            current: None,
            entrusted: None,
            deadline,
            silence: None,
        };
        self.forwards.insert(id, forwarding);
        self.ask_next_owner(now, id, out);
    }

    /// Asks the first owner not asked yet; those that were silent lately come last.
    fn ask_next_owner(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get_mut(&id) else {
            return;
        };
        let left = forwarding
            .owners
            .iter()
            .filter(|owner| !forwarding.asked.contains(owner));
        let Some(&owner) = left.min_by_key(|owner| self.silent.contains(owner)) else {
            return;
        };
        forwarding.asked.insert(owner);
        forwarding.current = Some(owner);
        let key = forwarding.write.key.clone();
        out.push(Output::Send(owner, Message::Ask(id, key)));
        let silence = self.arm(
            now.mono.after(FORWARD_PATIENCE),
            Alarm::ForwardSilence(id),
            out,
        );
        if let Some(forwarding) = self.forwards.get_mut(&id) {
            forwarding.silence = Some(silence);
        }
    }

    /// An owner that is asked to coordinate says yes by answering; nothing is promised yet.
    pub(super) fn asked_to_coordinate(
        &mut self,
        from: NodeId,
        id: RequestId,
        key: &[u8],
        out: &mut Outbox,
    ) {
        if self.owners(key).contains(&self.id) && self.has_room() {
            out.push(Output::Send(from, Message::Accept(id)));
        }
    }

    pub(super) fn take_forwarded(
        &mut self,
        now: Now,
        from: NodeId,
        id: RequestId,
        write: Forwarded,
        out: &mut Outbox,
    ) {
        if self.writes.contains_key(&id) {
            return;
        }
        let owners = self.owners(&write.key);
        if !owners.contains(&self.id) {
            let detail = format!("{} does not own this key", self.id);
            out.push(Output::Send(
                from,
                Message::Outcome(id, Err(Error::Unavailable { detail })),
            ));
            return;
        }
        if let Err(error) = self.parts.clock.observe(write.stamp, now.wall) {
            out.push(Output::Send(from, Message::Outcome(id, Err(error))));
            return;
        }
        self.start_write(now, Client::Through(from), id, write, owners, out);
    }

    /// The first owner that accepts gets the write, and no other does.
    pub(super) fn forward_accepted(&mut self, from: NodeId, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get_mut(&id) else {
            return;
        };
        if forwarding.entrusted.is_some() || !forwarding.asked.contains(&from) {
            return;
        }
        forwarding.entrusted = Some(from);
        let silence = forwarding.silence.take();
        out.push(Output::Send(
            from,
            Message::Forward(id, forwarding.write.clone()),
        ));
        if let Some(silence) = silence {
            self.cancel(silence, out);
        }
    }

    /// What the entrusted owner says of the write is how it ended.
    pub(super) fn forward_reported(
        &mut self,
        from: NodeId,
        id: RequestId,
        result: Result<Answer>,
        out: &mut Outbox,
    ) {
        let entrusted = self
            .forwards
            .get(&id)
            .and_then(|forwarding| forwarding.entrusted);
        if entrusted == Some(from) {
            self.end_forward(id, result, out);
        }
    }

    fn end_forward(&mut self, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        if let Some(forwarding) = self.forwards.remove(&id) {
            self.cancel(forwarding.deadline, out);
            if let Some(silence) = forwarding.silence {
                self.cancel(silence, out);
            }
            Self::answer(Client::Here, id, result, out);
        }
    }

    pub(super) fn forward_unanswered(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get_mut(&id) else {
            return;
        };
        forwarding.silence = None;
        self.silent.extend(forwarding.current);
        self.ask_next_owner(now, id, out);
    }

    pub(super) fn forward_timed_out(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get(&id) else {
            return;
        };
        let waited = Pretty(forwarding.write.timeout);
        let error = match forwarding.entrusted {
            Some(owner) => Error::Ambiguous {
                detail: format!(
                    "no outcome from {owner} within {waited}; the write may live on, read before you retry"
                ),
            },
            None => Error::Unavailable {
                detail: format!(
                    "none of {} owners answered within {waited}, and none was sent the write",
                    forwarding.owners.len()
                ),
            },
        };
        self.end_forward(id, Err(error), out);
    }
}

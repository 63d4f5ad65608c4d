//! Passing a write on to a node that owns its key.

use core::time::Duration;
use std::collections::BTreeSet;

use super::io::{Answer, Outbox, Output};
use super::machine::{Alarm, Client, Node};
use super::message::{Forwarded, Message};
use crate::base::id::{RequestId, TimerId};
use crate::base::time::{Now, Pretty};
use crate::{Error, NodeId, Result};

/// How long an owner may take to say that it coordinates, before the next owner is asked. Both may then
/// do so: the version's stamp tells readers that the two are one write.
pub const FORWARD_PATIENCE: Duration = Duration::from_millis(40);

/// A write that an owner coordinates for this node's client.
#[derive(Debug)]
pub(super) struct Forwarding {
    write: Forwarded,
    owners: Vec<NodeId>,
    asked: BTreeSet<NodeId>,
    current: Option<NodeId>,
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
        out.push(Output::Send(
            owner,
            Message::Forward(id, forwarding.write.clone()),
        ));
        let silence = self.arm(
            now.mono.after(FORWARD_PATIENCE),
            Alarm::ForwardSilence(id),
            out,
        );
        if let Some(forwarding) = self.forwards.get_mut(&id) {
            forwarding.silence = Some(silence);
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
        out.push(Output::Send(from, Message::Accept(id)));
        self.start_write(now, Client::Through(from), id, write, owners, out);
    }

    pub(super) fn forward_accepted(&mut self, id: RequestId, out: &mut Outbox) {
        let silence = self
            .forwards
            .get_mut(&id)
            .and_then(|forwarding| forwarding.silence.take());
        if let Some(silence) = silence {
            self.cancel(silence, out);
        }
    }

    pub(super) fn forward_ended(
        &mut self,
        id: RequestId,
        result: Result<Answer>,
        out: &mut Outbox,
    ) {
        if let Some(forwarding) = self.forwards.remove(&id) {
            // A refusal speaks for one owner; another that was asked before it may have written.
            let result = match result {
                Err(error) if forwarding.asked.len() > 1 => Err(Error::Ambiguous {
                    detail: format!(
                        "{} owners were asked and one refused ({error}); another may have written, read before \
                         you retry",
                        forwarding.asked.len()
                    ),
                }),
                result => result,
            };
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
        let detail = format!(
            "no outcome from {} of {} owners within {}; the write may live on, read before you retry",
            forwarding.asked.len(),
            forwarding.owners.len(),
            Pretty(forwarding.write.timeout)
        );
        self.forward_ended(id, Err(Error::Ambiguous { detail }), out);
    }
}

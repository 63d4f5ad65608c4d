//! Passing a write on to a node that owns its key.
//!
//! Owners are asked in turn whether they will coordinate; the first that accepts is sent the write, alone. Its
//! acceptance bears a number that is good for one write: a message that arrives twice is carried out once.

use core::time::Duration;

use super::io::{Answer, Outbox, Output};
use super::machine::{Alarm, Client, Node};
use super::message::{Forwarded, Message};
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::limits::REQUESTS_PENDING_MAX;
use crate::base::mutant::Mutant;
use crate::base::time::{Mono, Now, Pretty};
use crate::{Error, NodeId, Result};

/// How long an owner may take to say that it will coordinate, before the next owner is asked; and how long a
/// sloppy quorum waits for an owner before somebody stands in for it.
pub const FORWARD_PATIENCE: Duration = Duration::from_millis(40);
/// How long an owner keeps itself ready for a write that it has accepted.
const RESERVED_FOR: Duration = Duration::from_secs(1);

/// A write that an owner coordinates for this node's client.
#[derive(Debug)]
pub(super) struct Forwarding {
    write: Forwarded,
    owners: Nodes,
    asked: Nodes,
    current: Option<NodeId>,
    /// The one owner that was sent the write. Two would write it twice, under two dots, and a client that
    /// was told of one could never remove the other.
    entrusted: Option<NodeId>,
    until: Mono,
    deadline: TimerId,
    silence: Option<TimerId>,
}

impl Forwarding {
    pub(super) fn key(&self) -> &[u8] {
        &self.write.key
    }
}

/// A place that an owner keeps for a write it has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reserved {
    from: NodeId,
    id: RequestId,
}

impl Node {
    pub(super) fn start_forward(
        &mut self,
        now: Now,
        id: RequestId,
        write: Forwarded,
        owners: Nodes,
        out: &mut Outbox,
    ) {
        let until = now.mono.after(write.timeout);
        let deadline = self.arm(until, Alarm::ForwardDeadline(id), out);
        let forwarding = Forwarding {
            write,
            owners: owners
                .into_iter()
                .filter(|owner| *owner != self.id)
                .collect(),
            asked: Nodes::new(),
            current: None,
            entrusted: None,
            until,
            deadline,
            silence: None,
        };
        self.forwards.insert(id, forwarding);
        self.ask_next_owner(now, id, out);
    }

    /// Asks the first owner not asked yet; those that were silent lately come last. When all were asked in vain,
    /// this node stands in for them, where the write allows it.
    fn ask_next_owner(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get(&id) else {
            return;
        };
        let left = forwarding
            .owners
            .iter()
            .filter(|owner| !forwarding.asked.contains(owner));
        let unlikely = |owner: &&NodeId| (self.is_dead(**owner), self.peers.is_silent(**owner));
        let Some(&owner) = left.min_by_key(unlikely) else {
            return self.stand_in_for_all(now, id, out);
        };
        let key = forwarding.write.key.clone();
        out.push(Output::Send(owner, Message::Ask(id, key)));
        let silence = self.arm(
            now.mono.after(FORWARD_PATIENCE),
            Alarm::ForwardSilence(id),
            out,
        );
        if let Some(forwarding) = self.forwards.get_mut(&id) {
            forwarding.asked.push(owner);
            forwarding.current = Some(owner);
            forwarding.silence = Some(silence);
        }
    }

    /// No owner has accepted: where hints may meet the level, the write goes on here.
    fn stand_in_for_all(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get(&id) else {
            return;
        };
        if forwarding.entrusted.is_some()
            || !self.may_stand_in(forwarding.write.level)
            || !forwarding.write.pinned.is_empty()
        {
            return;
        }
        let Some(forwarding) = self.forget_forward(id, out) else {
            return;
        };
        let write = Forwarded {
            timeout: forwarding.until.since(now.mono),
            ..forwarding.write
        };
        if let Err(error) = self.write_for_absent(now, id, write, out) {
            Self::answer(Client::Here, id, Err(error), out);
        }
    }

    /// An owner that is asked to coordinate says yes by answering; nothing is promised yet.
    pub(super) fn asked_to_coordinate(
        &mut self,
        now: Now,
        from: NodeId,
        id: RequestId,
        key: &[u8],
        out: &mut Outbox,
    ) {
        let room = self.has_room() && self.reserved.len() < REQUESTS_PENDING_MAX;
        if !room || self.rebuilding || self.is_swamped() || !self.owns(key) {
            return;
        }
        let number = self.reserved.insert(Reserved { from, id });
        self.arm(now.mono.after(RESERVED_FOR), Alarm::Reserved(number), out);
        let number = self.of_this_life(number);
        out.push(Output::Send(from, Message::Accept(id, number)));
    }

    /// A number that no other life of this node takes for one of its own.
    fn of_this_life(&self, number: u64) -> u64 {
        number ^ u64::from(self.actor.incarnation).rotate_right(16)
    }

    pub(super) fn take_forwarded(
        &mut self,
        now: Now,
        from: NodeId,
        id: RequestId,
        number: u64,
        write: Forwarded,
        out: &mut Outbox,
    ) {
        let expected = Reserved { from, id };
        let place = self.reserved.remove(self.of_this_life(number));
        let twice = self.settings.has(Mutant::ForwardTwice);
        if place != Some(expected) && !twice || self.writes.contains_key(&id) {
            return;
        }
        let all = self.owners(&write.key);
        let mut write = write;
        write.pinned.retain(|node| all.contains(node));
        let takes_part = write.pinned.is_empty() || write.pinned.contains(&self.id);
        let begun = if takes_part && all.contains(&self.id) {
            let seen = self.heed(now, &write.key, write.stamp);
            seen.and_then(|()| self.start_write(now, Client::Through(from), id, write, out))
        } else {
            let detail = format!("{} does not own this key", self.id);
            Err(Error::Unavailable { detail })
        };
        if let Err(error) = begun {
            Self::answer(Client::Through(from), id, Err(error), out);
        }
    }

    /// The first owner that accepts gets the write, and no other does.
    pub(super) fn forward_accepted(
        &mut self,
        now: Now,
        from: NodeId,
        id: RequestId,
        number: u64,
        out: &mut Outbox,
    ) {
        let Some(forwarding) = self.forwards.get_mut(&id) else {
            return;
        };
        if forwarding.entrusted.is_some() || !forwarding.asked.contains(&from) {
            return;
        }
        forwarding.entrusted = Some(from);
        let silence = forwarding.silence.take();
        let write = Forwarded {
            timeout: forwarding.until.since(now.mono),
            ..forwarding.write.clone()
        };
        out.push(Output::Send(
            from,
            Message::Forward(id, number, Box::new(write)),
        ));
        if let Some(silence) = silence {
            self.cancel(silence, out);
        }
    }

    /// What the entrusted owner says of the write is how it ended.
    pub(super) fn forward_reported(
        &mut self,
        now: Now,
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
            if let Err(Error::Unavailable { .. }) = &result {
                // It owns the key no longer, and has written nothing: the owners that there are now are asked.
                return self.entrust_another(now, id, out);
            }
            self.forget_forward(id, out);
            Self::answer(Client::Here, id, result, out);
        }
    }

    fn forget_forward(&mut self, id: RequestId, out: &mut Outbox) -> Option<Forwarding> {
        let forwarding = self.forwards.remove(&id)?;
        self.cancel(forwarding.deadline, out);
        if let Some(silence) = forwarding.silence {
            self.cancel(silence, out);
        }
        Some(forwarding)
    }

    pub(super) fn forward_unanswered(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forwards.get_mut(&id) else {
            return;
        };
        forwarding.silence = None;
        if let Some(owner) = forwarding.current {
            self.peers.left_unanswered(owner);
        }
        self.ask_next_owner(now, id, out);
    }

    /// The owner that was entrusted with a write has not begun it.
    fn entrust_another(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        if let Some(forwarding) = self.forwards.get_mut(&id) {
            forwarding.entrusted = None;
            self.ask_next_owner(now, id, out);
        }
    }

    /// Owners have changed: a write that none was entrusted with is offered to those that there are now.
    pub(super) fn restart_forwards(&mut self, now: Now, out: &mut Outbox) {
        let ids: Vec<RequestId> = self.forwards.ids().collect();
        for id in ids {
            let waits = self.forwards.get(&id);
            let Some(forwarding) = waits.filter(|forwarding| forwarding.entrusted.is_none()) else {
                continue;
            };
            if !forwarding.write.pinned.is_empty() {
                continue;
            }
            let mut owners = self.owners(&forwarding.write.key);
            owners.retain(|owner| *owner != self.id);
            let Some(forwarding) = self.forwards.get_mut(&id) else {
                continue;
            };
            forwarding.owners = owners;
            forwarding.asked.clear();
            forwarding.current = None;
            if let Some(silence) = forwarding.silence.take() {
                self.cancel(silence, out);
            }
            self.ask_next_owner(now, id, out);
        }
    }

    pub(super) fn forward_timed_out(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(forwarding) = self.forget_forward(id, out) else {
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
        self.stats.timeouts += 1;
        Self::answer(Client::Here, id, Err(error), out);
    }
}

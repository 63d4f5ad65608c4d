//! Coordinating a read: ask every owner, merge the first R answers, repair who knew less.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::io::{Answer, Kind, Outbox, Output, Request};
use super::machine::{Alarm, Client, Node};
use super::message::Message;
use crate::base::id::{RequestId, TimerId};
use crate::base::time::{Mono, Now, Pretty};
use crate::causal::Cell;
use crate::{Error, NodeId};

/// How long an answered read waits for the replies that were not needed, at most: it holds one of the
/// node's places for requests.
const LATE_REPLY_PATIENCE: Duration = Duration::from_secs(1);

/// A read under way. Once answered it stays for the late replies, whose senders may need repair.
#[derive(Debug)]
pub(super) struct Reading {
    key: Bytes,
    quorum: usize,
    owners: Vec<NodeId>,
    waited: Pretty,
    deadline: TimerId,
    until: Mono,
    /// A delete that will supersede what is read.
    deletes: bool,
    merged: Cell,
    replies: BTreeMap<NodeId, Cell>,
    answered: bool,
}

impl Node {
    pub(super) fn start_read(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        owners: Vec<NodeId>,
        out: &mut Outbox,
    ) {
        let until = now.mono.after(request.timeout);
        let deadline = self.arm(until, Alarm::ReadDeadline(id), out);
        for &owner in &owners {
            if owner == self.id {
                self.read_here(id, request.key.clone(), out);
            } else {
                out.push(Output::Send(owner, Message::Read(id, request.key.clone())));
            }
        }
        let reading = Reading {
            key: request.key,
            quorum: request.quorum,
            owners,
            waited: Pretty(request.timeout),
            deadline,
            until,
            deletes: request.kind.writes(),
            merged: Cell::default(),
            replies: BTreeMap::new(),
            answered: false,
        };
        self.reads.insert(id, reading);
    }

    pub(super) fn read_answered(
        &mut self,
        now: Now,
        id: RequestId,
        by: NodeId,
        cell: Cell,
        out: &mut Outbox,
    ) {
        self.observe(now, cell.stamp());
        let Some(reading) = self
            .reads
            .get_mut(&id)
            .filter(|reading| reading.owners.contains(&by))
        else {
            return;
        };
        reading.merged.merge(&cell, &*self.parts.resolve);
        reading.replies.insert(by, cell);
        if !reading.answered && reading.replies.len() >= reading.quorum {
            reading.answered = true;
            let (values, context) = (reading.merged.values(), reading.merged.context());
            if reading.deletes {
                let delete = Request {
                    key: reading.key.clone(),
                    kind: Kind::Delete {
                        context: Some(context),
                    },
                    quorum: reading.quorum,
                    timeout: reading.until.since(now.mono),
                };
                if let Err(error) = self.admit(now, id, delete, out) {
                    Self::answer(Client::Here, id, Err(error), out);
                }
            } else {
                let answer = Answer {
                    values,
                    context,
                    dot: None,
                };
                Self::answer(Client::Here, id, Ok(answer), out);
            }
        }
        let all = self
            .reads
            .get(&id)
            .is_some_and(|reading| reading.replies.len() == reading.owners.len());
        if all {
            self.end_read(now, id, out);
        } else {
            self.stop_waiting_soon(now, id, out);
        }
    }

    /// Brings the deadline of an answered read forward.
    fn stop_waiting_soon(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let soon = now.mono.after(LATE_REPLY_PATIENCE);
        let Some(reading) = self
            .reads
            .get_mut(&id)
            .filter(|reading| reading.answered && reading.until > soon)
        else {
            return;
        };
        reading.until = soon;
        let deadline = reading.deadline;
        self.cancel(deadline, out);
        let deadline = self.arm(soon, Alarm::ReadDeadline(id), out);
        if let Some(reading) = self.reads.get_mut(&id) {
            reading.deadline = deadline;
        }
    }

    pub(super) fn read_timed_out(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        if let Some(reading) = self.reads.get(&id)
            && !reading.answered
        {
            let detail = format!(
                "{} of {} replicas answered within {}; {}",
                reading.replies.len(),
                reading.quorum,
                reading.waited,
                "try again, ask through another node, or lower R"
            );
            Self::answer(Client::Here, id, Err(Error::Unavailable { detail }), out);
        }
        self.end_read(now, id, out);
    }

    /// No more replies are awaited: those who knew less than all together are told.
    fn end_read(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.reads.remove(&id) else {
            return;
        };
        self.cancel(reading.deadline, out);
        if !self.settings.readrepair {
            return;
        }
        for (owner, cell) in reading.replies {
            if cell == reading.merged {
                continue;
            }
            if owner == self.id {
                self.take_in(
                    now,
                    vec![(reading.key.clone(), reading.merged.clone())],
                    out,
                );
            } else {
                let repair = Message::ReadRepair(reading.key.clone(), reading.merged.clone());
                out.push(Output::Send(owner, repair));
            }
        }
    }
}

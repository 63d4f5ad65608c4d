//! Coordinating a write: durable here, then at the other owners, answered at the W-th copy.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::io::{Answer, Outbox, Output};
use super::machine::{Alarm, Client, Node};
use super::message::{Forwarded, Message};
use super::replica::StoreOp;
use crate::base::id::{RequestId, TimerId};
use crate::base::time::{Now, Pretty};
use crate::causal::{Cell, Context, Dot, Version, VersionVector};
use crate::{Error, NodeId, Result};

/// A write under way. It waits for its own disk first (`written` is none), then for acknowledgements.
#[derive(Debug)]
pub(super) struct Writing {
    client: Client,
    key: Bytes,
    quorum: usize,
    owners: Vec<NodeId>,
    waited: Pretty,
    deadline: TimerId,
    /// What the writer had seen before.
    seen: VersionVector,
    written: Option<Answer>,
    acks: BTreeSet<NodeId>,
}

impl Node {
    pub(super) fn start_write(
        &mut self,
        now: Now,
        client: Client,
        id: RequestId,
        write: Forwarded,
        owners: Vec<NodeId>,
        out: &mut Outbox,
    ) {
        let deadline = self.arm(now.mono.after(write.timeout), Alarm::WriteDeadline(id), out);
        let seen = write.context.seen.clone();
        let op = StoreOp::Write {
            key: write.key.clone(),
            actor: self.actor,
            supersedes: write.context.seen,
            version: Version {
                value: write.value,
                stamp: write.stamp,
            },
        };
        self.write_here(id, op, out);
        let writing = Writing {
            client,
            key: write.key,
            quorum: write.quorum,
            owners,
            waited: Pretty(write.timeout),
            deadline,
            seen,
            written: None,
            acks: BTreeSet::new(),
        };
        self.writes.insert(id, writing);
    }

    /// The first copy is durable: now, and not before, its dot may leave this node.
    pub(super) fn written_here(&mut self, id: RequestId, dot: Dot, cell: Cell, out: &mut Outbox) {
        let Some(writing) = self.writes.get_mut(&id) else {
            // The client has given up; repair spreads the version.
            return;
        };
        // The writer knows what it had seen, and its own write; the siblings that stand beside it here it has
        // not been shown, and its next write must not remove them.
        let mut seen = core::mem::take(&mut writing.seen);
        seen.see(dot);
        writing.written = Some(Answer {
            values: Vec::new(),
            context: Context {
                seen,
                stamp: cell.stamp(),
            },
            dot: Some(dot),
        });
        for &owner in writing.owners.iter().filter(|owner| **owner != self.id) {
            out.push(Output::Send(
                owner,
                Message::Put(id, writing.key.clone(), cell.clone()),
            ));
        }
        let here = self.id;
        self.write_acknowledged(id, here, out);
    }

    pub(super) fn write_acknowledged(&mut self, id: RequestId, by: NodeId, out: &mut Outbox) {
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        // What a peer says is input: an acknowledgement counts only of a write that has left this node, and
        // only from a node that owns the key.
        let Some(answer) = &writing.written else {
            return;
        };
        if !writing.owners.contains(&by) {
            return;
        }
        let answer = answer.clone();
        writing.acks.insert(by);
        if writing.acks.len() >= writing.quorum {
            self.end_write(id, Ok(answer), out);
        }
    }

    pub(super) fn write_timed_out(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        let detail = format!(
            "{} of {} acknowledgements within {}; the write may live on, read before you retry",
            writing.acks.len(),
            writing.quorum,
            writing.waited
        );
        self.end_write(id, Err(Error::Ambiguous { detail }), out);
    }

    pub(super) fn end_write(&mut self, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        if let Some(writing) = self.writes.remove(&id) {
            self.cancel(writing.deadline, out);
            Self::answer(writing.client, id, result, out);
        }
    }
}

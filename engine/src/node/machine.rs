//! The node itself: its state, and what each input is passed to.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::forward::Forwarding;
use super::io::{Answer, Input, Kind, Outbox, Output, Request};
use super::message::{Forwarded, Message};
use super::read::Reading;
use super::repair::{Repair, RepairStep};
use super::replica::{StoreOp, StoreResult};
use super::write::Writing;
use crate::base::id::{OpId, RequestId, TimerId};
use crate::base::limits::{KEY_BYTES_MAX, REQUESTS_PENDING_MAX, VALUE_BYTES_MAX};
use crate::base::time::{Mono, Now};
use crate::causal::{Actor, Cell, Resolve, Stamp, StampClock};
use crate::ring::Placement;
use crate::{Error, NodeId, Result};

/// The decisions of a node that can be swapped for others.
#[derive(Debug)]
pub struct Parts {
    /// Which nodes own a key.
    pub placement: Arc<dyn Placement>,
    /// What is kept of concurrent versions.
    pub resolve: Arc<dyn Resolve>,
    /// Where stamps come from.
    pub clock: Box<dyn StampClock>,
}

/// A node's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// N: copies of each key.
    pub replication: usize,
    /// Whether a read sends what it learnt to the replicas that lack it.
    pub readrepair: bool,
    /// Pause between two repair exchanges; zero switches repair off.
    pub repair_every: Duration,
}

/// Who waits for a request's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// A client of this node.
    Here,
    /// A client of a peer that forwarded the request.
    Through(NodeId),
}

/// Why a storage operation was issued.
#[derive(Clone, Debug)]
enum Reason {
    WriteHere(RequestId),
    ReadHere(RequestId),
    PutFor(NodeId, RequestId),
    ReadFor(NodeId, RequestId),
    TakenIn,
    Repair(RepairStep),
}

/// Why a timer was armed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Alarm {
    WriteDeadline(RequestId),
    ReadDeadline(RequestId),
    ForwardDeadline(RequestId),
    ForwardSilence(RequestId),
    Repair,
}

/// One node of a cluster.
#[derive(Debug)]
pub struct Node {
    pub(super) id: NodeId,
    pub(super) actor: Actor,
    pub(super) settings: Settings,
    pub(super) parts: Parts,
    pub(super) writes: BTreeMap<RequestId, Writing>,
    pub(super) reads: BTreeMap<RequestId, Reading>,
    pub(super) forwards: BTreeMap<RequestId, Forwarding>,
    /// Peers that left a message unanswered, and have not been heard of since.
    pub(super) silent: BTreeSet<NodeId>,
    pub(super) repair: Repair,
    operations: BTreeMap<OpId, Reason>,
    alarms: BTreeMap<TimerId, Alarm>,
    operation_next: u64,
    timer_next: u64,
}

impl Node {
    /// A node at the start of a life: `incarnation` must be new for this `id`.
    pub fn boot(
        id: NodeId,
        incarnation: u32,
        settings: Settings,
        parts: Parts,
        now: Now,
        out: &mut Outbox,
    ) -> Self {
        let mut node = Self {
            id,
            actor: Actor {
                node: id,
                incarnation,
            },
            settings,
            parts,
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
            forwards: BTreeMap::new(),
            silent: BTreeSet::new(),
            repair: Repair::default(),
            operations: BTreeMap::new(),
            alarms: BTreeMap::new(),
            operation_next: 0,
            timer_next: 0,
        };
        node.schedule_repair(now, out);
        node
    }

    /// Takes one input and puts what follows from it into `out`.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Outbox) {
        match input {
            Input::Client(id, request) => {
                if let Err(error) = self.admit(now, id, request, out) {
                    out.push(Output::Reply(id, Err(error)));
                }
            }
            Input::Peer(from, message) => {
                self.silent.remove(&from);
                self.receive(now, from, message, out);
            }
            Input::Stored(op, result) => {
                if let Some(reason) = self.operations.remove(&op) {
                    self.stored(now, reason, result, out);
                }
            }
            Input::Timer(timer) => {
                if let Some(alarm) = self.alarms.remove(&timer) {
                    self.ring(now, alarm, out);
                }
            }
        }
    }

    pub(super) fn admit(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        let owners = self.check(&request)?;
        let (value, context) = match &request.kind {
            Kind::Get | Kind::Delete { context: None } => {
                self.start_read(now, id, request, owners, out);
                return Ok(());
            }
            Kind::Put { value, context } => (Some(value.clone()), context.clone()),
            Kind::Delete {
                context: Some(context),
            } => (None, context.clone()),
        };
        self.parts.clock.observe(context.stamp, now.wall)?;
        let write = Forwarded {
            key: request.key,
            value,
            context,
            stamp: self.parts.clock.stamp(now.wall, self.id),
            quorum: request.quorum,
            timeout: request.timeout,
        };
        if owners.contains(&self.id) {
            self.start_write(now, Client::Here, id, write, owners, out);
        } else {
            self.start_forward(now, id, write, owners, out);
        }
        Ok(())
    }

    /// The owners of a request's key, when the request makes sense and there is room for it.
    fn check(&self, request: &Request) -> Result<Vec<NodeId>> {
        check_size("key", request.key.len(), KEY_BYTES_MAX)?;
        if let Kind::Put { value, .. } = &request.kind {
            check_size("value", value.len(), VALUE_BYTES_MAX)?;
        }
        let owners = self.owners(&request.key);
        if request.quorum == 0 || request.quorum > owners.len() {
            return Err(Error::invalid(format!(
                "a quorum of {} of {} replicas: it must be from 1 to {}",
                request.quorum,
                owners.len(),
                owners.len()
            )));
        }
        if !self.has_room() {
            return Err(Error::Overloaded {
                detail: format!(
                    "{} already holds {REQUESTS_PENDING_MAX} requests; try again later",
                    self.id
                ),
            });
        }
        Ok(owners)
    }

    /// Whether one more request can be coordinated.
    pub(super) fn has_room(&self) -> bool {
        self.writes.len() + self.reads.len() + self.forwards.len() < REQUESTS_PENDING_MAX
    }

    fn receive(&mut self, now: Now, from: NodeId, message: Message, out: &mut Outbox) {
        match message {
            Message::Forward(id, write) => self.take_forwarded(now, from, id, write, out),
            Message::Ask(id, key) => self.asked_to_coordinate(from, id, &key, out),
            Message::Accept(id) => self.forward_accepted(from, id, out),
            Message::Outcome(id, result) => self.forward_reported(from, id, result, out),
            Message::Put(id, key, cell) => {
                if self.takes(now, &key, &cell, out) {
                    self.store(
                        StoreOp::Merge(vec![(key, cell)]),
                        Reason::PutFor(from, id),
                        out,
                    );
                }
            }
            Message::Ack(id) => self.write_acknowledged(id, from, out),
            Message::Read(id, key) => {
                self.store(StoreOp::Read(key), Reason::ReadFor(from, id), out)
            }
            Message::Value(id, cell) => self.read_answered(now, id, from, cell, out),
            Message::ReadRepair(key, cell) => self.take_in(now, vec![(key, cell)], out),
            Message::Offer(leaves) => self.repair_with(RepairStep::Compare(from, leaves), out),
            Message::Differ(leaves, theirs) => {
                self.repair_with(RepairStep::Reconcile(from, leaves, theirs), out);
            }
            Message::Want(keys) => self.send_cells(from, keys, out),
            Message::Cells(cells) => self.take_in(now, cells, out),
        }
    }

    fn stored(&mut self, now: Now, reason: Reason, result: StoreResult, out: &mut Outbox) {
        match (reason, result) {
            (Reason::WriteHere(id), StoreResult::Written(dot, cell)) => {
                self.written_here(id, dot, cell, out);
            }
            (Reason::WriteHere(id), StoreResult::Failed(error)) => {
                self.end_write(id, Err(error), out)
            }
            (Reason::ReadHere(id), StoreResult::Cell(cell)) => {
                self.read_answered(now, id, self.id, cell, out);
            }
            (Reason::PutFor(peer, id), StoreResult::Merged) => {
                out.push(Output::Send(peer, Message::Ack(id)))
            }
            (Reason::ReadFor(peer, id), StoreResult::Cell(cell)) => {
                out.push(Output::Send(peer, Message::Value(id, cell)));
            }
            (Reason::Repair(step), result) => self.repair_step(step, result, out),
            (Reason::TakenIn, StoreResult::Merged) => {}
            // A replica whose disk fails stays silent, as a dead one would: its peers go on without it.
            (reason, StoreResult::Failed(error)) => {
                out.push(Output::Event(format!("{reason:?}: {error}")))
            }
            (reason, result) => unreachable!("{reason:?} was answered with {result:?}"),
        }
    }

    fn ring(&mut self, now: Now, alarm: Alarm, out: &mut Outbox) {
        match alarm {
            Alarm::WriteDeadline(id) => self.write_timed_out(id, out),
            Alarm::ReadDeadline(id) => self.read_timed_out(now, id, out),
            Alarm::ForwardDeadline(id) => self.forward_timed_out(id, out),
            Alarm::ForwardSilence(id) => self.forward_unanswered(now, id, out),
            Alarm::Repair => {
                self.start_repair(out);
                self.schedule_repair(now, out);
            }
        }
    }

    /// Takes cells in without anybody waiting for it.
    pub(super) fn take_in(&mut self, now: Now, cells: Vec<(Bytes, Cell)>, out: &mut Outbox) {
        let mut taken = Vec::with_capacity(cells.len());
        for (key, cell) in cells {
            if self.takes(now, &key, &cell, out) {
                taken.push((key, cell));
            }
        }
        if !taken.is_empty() {
            self.store(StoreOp::Merge(taken), Reason::TakenIn, out);
        }
    }

    /// Whether a peer's cell belongs here and carries a believable stamp.
    fn takes(&mut self, now: Now, key: &[u8], cell: &Cell, out: &mut Outbox) -> bool {
        if !self.owners(key).contains(&self.id) {
            out.push(Output::Event(
                "refused a key that is not owned here".to_owned(),
            ));
            return false;
        }
        if let Err(error) = self.parts.clock.observe(cell.stamp(), now.wall) {
            out.push(Output::Event(format!("refused a version: {error}")));
            return false;
        }
        true
    }

    pub(super) fn observe(&mut self, now: Now, stamp: Stamp) {
        // A reader shows what there is, whatever its stamp; only the clock keeps out of it.
        let _ = self.parts.clock.observe(stamp, now.wall);
    }

    pub(super) fn owners(&self, key: &[u8]) -> Vec<NodeId> {
        self.parts.placement.owners(key, self.settings.replication)
    }

    pub(super) fn read_here(&mut self, id: RequestId, key: Bytes, out: &mut Outbox) {
        self.store(StoreOp::Read(key), Reason::ReadHere(id), out);
    }

    pub(super) fn write_here(&mut self, id: RequestId, op: StoreOp, out: &mut Outbox) {
        self.store(op, Reason::WriteHere(id), out);
    }

    pub(super) fn repair_with(&mut self, step: RepairStep, out: &mut Outbox) {
        self.store(StoreOp::Digests, Reason::Repair(step), out);
    }

    pub(super) fn send_cells(&mut self, to: NodeId, keys: Vec<Bytes>, out: &mut Outbox) {
        self.store(
            StoreOp::ReadMany(keys),
            Reason::Repair(RepairStep::Send(to)),
            out,
        );
    }

    fn store(&mut self, op: StoreOp, reason: Reason, out: &mut Outbox) {
        let id = OpId(self.operation_next);
        self.operation_next += 1;
        self.operations.insert(id, reason);
        out.push(Output::Store(id, op));
    }

    pub(super) fn arm(&mut self, at: Mono, alarm: Alarm, out: &mut Outbox) -> TimerId {
        let id = TimerId(self.timer_next);
        self.timer_next += 1;
        self.alarms.insert(id, alarm);
        out.push(Output::Arm(id, at));
        id
    }

    pub(super) fn cancel(&mut self, timer: TimerId, out: &mut Outbox) {
        if self.alarms.remove(&timer).is_some() {
            out.push(Output::Cancel(timer));
        }
    }

    pub(super) fn answer(client: Client, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        out.push(match client {
            Client::Here => Output::Reply(id, result),
            Client::Through(node) => Output::Send(node, Message::Outcome(id, result)),
        });
    }
}

fn check_size(what: &'static str, actual: usize, limit: usize) -> Result<()> {
    match actual {
        0 if what == "key" => Err(Error::invalid("an empty key: a key has at least one byte")),
        _ if actual > limit => Err(Error::TooLarge {
            what,
            actual,
            limit,
        }),
        _ => Ok(()),
    }
}

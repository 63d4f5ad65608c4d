//! Coordinating a read: ask as many owners as the level needs, the first for its cell and the others for a
//! digest; answer when enough of them are known to agree, or have been merged.
//!
//! | when | what happens |
//! |---|---|
//! | enough replies, all alike | the client is answered |
//! | enough replies, digests differ | whoever differs is asked for its cell |
//! | no answer within the hedge | one owner more is asked |
//! | enough cells, they differ | merged and answered; stale replicas get read repair, before the answer where it blocks |
//! | the session has seen more | every owner is asked; only an answer that knows as much counts, or all of them |
//! | the deadline comes | unavailable |

use core::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use super::io::{Answer, Kind, Outbox, Output, Request};
use super::machine::{Alarm, Client, Node, Reason};
use super::message::{Held, Message, Want};
use super::quorums::{Quorums, Whom};
use super::replica::StoreOp;
use super::settings::{Hedge, ReadRepair, Reads};
use super::table::Policy;
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::mutant::Mutant;
use crate::base::time::{Mono, Now, Pretty, Wall};
use crate::causal::Cell;
use crate::{Error, NodeId, Result, crdt};

/// A read under way.
#[derive(Debug)]
pub(super) struct Reading {
    request: Request,
    quorums: Quorums,
    /// In the order of asking; the first `asked` were asked.
    owners: Nodes,
    asked: usize,
    /// Those asked for their cell after their digest differed.
    fetched: Nodes,
    replies: SmallVec<[(NodeId, Held); 3]>,
    /// What was merged, once read repair blocks; and who is known to hold it.
    mending: Option<(Cell, Nodes)>,
    started: Mono,
    until: Mono,
    deadline: TimerId,
    hedge: Option<TimerId>,
}

impl Reading {
    /// Who is known to hold what: each reply's node, once its cell is here or another with its digest.
    fn known(&self) -> impl Iterator<Item = NodeId> + Clone + '_ {
        self.replies
            .iter()
            .filter(|(_, held)| self.knows(held))
            .map(|(node, _)| *node)
    }

    fn knows(&self, held: &Held) -> bool {
        match held {
            Held::Cell(_) => true,
            Held::Digest(digest) => self.cells().any(|cell| cell.digest() == *digest),
        }
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> + Clone {
        self.replies.iter().filter_map(|(_, held)| match held {
            Held::Cell(cell) => Some(cell),
            Held::Digest(_) => None,
        })
    }

    pub(super) fn key(&self) -> &Bytes {
        &self.request.key
    }
}

impl Node {
    pub(super) fn start_read(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        let quorums = self.read_quorums(&request)?;
        let until = now.mono.after(request.timeout);
        let reading = Reading {
            quorums,
            owners: Nodes::new(),
            request,
            asked: 0,
            fetched: Nodes::new(),
            replies: SmallVec::new(),
            mending: None,
            started: now.mono,
            until,
            deadline: self.arm(until, Alarm::ReadDeadline(id), out),
            hedge: None,
        };
        self.reads.insert(id, reading);
        self.ask_enough(now, id, out);
        Ok(())
    }

    /// What a read needs: while its key moves, a quorum of the owners to come as well. A write that was acknowledged
    /// after the move's end, of which this node does not know yet, may have met its quorum among those alone.
    fn read_quorums(&self, request: &Request) -> Result<Quorums> {
        let whom = Whom::Pinned(&request.pinned);
        let terms = (request.level, self.zone_of(self.id));
        self.quorums(&request.key, terms, whom)
    }

    /// Owners have changed: what was read of the former ones does not count.
    pub(super) fn restart_reads(&mut self, now: Now, out: &mut Outbox) {
        let ids: Vec<RequestId> = self.reads.ids().collect();
        for id in ids {
            let Some(reading) = self.reads.get(&id) else {
                continue;
            };
            let pinned = !reading.request.pinned.is_empty();
            let quorums = self.read_quorums(&reading.request);
            let Some(reading) = self.reads.get_mut(&id) else {
                continue;
            };
            if let (Ok(quorums), false) = (quorums, pinned) {
                reading.quorums = quorums;
            }
            reading.asked = 0;
            reading.fetched.clear();
            reading.replies.clear();
            reading.mending = None;
            if let Some(hedge) = reading.hedge.take() {
                self.cancel(hedge, out);
            }
            self.ask_enough(now, id, out);
        }
    }

    /// Asks as many nodes as the level needs. Those that bring the request nearer to its end come first.
    fn ask_enough(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        let in_order = self.in_order_of_asking(reading.quorums.all());
        let mut chosen = Nodes::new();
        let (wanted, rest): (Nodes, Nodes) = in_order.into_iter().partition(|owner| {
            let wanted = reading
                .quorums
                .wants(*owner, &chosen, |node| self.zone_of(node));
            if wanted {
                chosen.push(*owner);
            }
            wanted
        });
        // A session that has seen something wants whoever knows of it.
        let enough = match reading.request.floor.seen.is_empty() {
            true => wanted.len(),
            false => wanted.len() + rest.len(),
        };
        if let Some(reading) = self.reads.get_mut(&id) {
            reading.owners = wanted.into_iter().chain(rest).collect();
        }
        for _ in 0..enough {
            self.ask_one_more(now, id, out);
        }
        self.arm_hedge(now, id, out);
    }

    /// This node first, then whoever seems well, then the rest; otherwise as the preference list has it.
    fn in_order_of_asking(&self, mut owners: Nodes) -> Nodes {
        let unlikely = |node: &NodeId| {
            let away = self.is_dead(*node) || *node == self.id && self.rebuilding;
            (
                *node != self.id || self.rebuilding,
                away,
                self.peers.is_silent(*node),
            )
        };
        owners.sort_by_key(|node| {
            let (remote, away, silent) = unlikely(node);
            (away, remote, silent)
        });
        owners
    }

    fn ask_one_more(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let (whole, me) = (self.settings.reads == Reads::Whole, self.id);
        let Some(reading) = self.reads.get_mut(&id) else {
            return;
        };
        let Some(&owner) = reading.owners.get(reading.asked) else {
            return;
        };
        let first = reading.asked == 0;
        reading.asked += 1;
        let want = match first || whole || !reading.request.floor.seen.is_empty() {
            true => Want::Cell,
            false => Want::Digest,
        };
        let (key, left) = (reading.request.key.clone(), reading.until.since(now.mono));
        if owner == me {
            // A node that lost its disk does not vote before it has its data back.
            if !self.rebuilding || self.settings.has(Mutant::EagerRebuild) {
                self.store(StoreOp::Read(key), Reason::ReadHere(id, self.epoch()), out);
            }
        } else {
            out.push(Output::Send(owner, Message::Read(id, key, want, left)));
        }
    }

    fn arm_hedge(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let wait = match self.settings.hedge {
            Hedge::Off => return,
            Hedge::After(wait) => wait,
            Hedge::Percentile99 => self.peers.percentile99(),
        };
        let more = |reading: &Reading| reading.asked < reading.owners.len();
        if self.reads.get(&id).is_some_and(more) {
            let hedge = self.arm(now.mono.after(wait), Alarm::ReadHedge(id), out);
            if let Some(reading) = self.reads.get_mut(&id) {
                reading.hedge = Some(hedge);
            }
        }
    }

    /// Whoever was asked and has not answered is slow, or away: one owner more is asked.
    pub(super) fn read_lost_patience(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.reads.get_mut(&id) else {
            return;
        };
        reading.hedge = None;
        let replied = |node: &NodeId| reading.replies.iter().any(|(by, _)| by == node);
        let asked = reading.owners.iter().take(reading.asked);
        let slow: Nodes = asked.copied().filter(|node| !replied(node)).collect();
        slow.into_iter()
            .for_each(|node| self.peers.left_unanswered(node));
        self.stats.hedges += 1;
        self.ask_one_more(now, id, out);
        self.arm_hedge(now, id, out);
    }

    /// A replica has too much to do: another one is asked.
    pub(super) fn read_refused(
        &mut self,
        now: Now,
        id: RequestId,
        _from: NodeId,
        out: &mut Outbox,
    ) {
        self.ask_one_more(now, id, out);
    }

    pub(super) fn take_read(
        &mut self,
        now: Now,
        (from, id): (NodeId, RequestId),
        key: Bytes,
        want: Want,
        left: Duration,
        out: &mut Outbox,
    ) {
        if self.is_swamped() || self.rebuilding && !self.settings.has(Mutant::EagerRebuild) {
            out.push(Output::Send(from, Message::Busy(id)));
            return;
        }
        let until = now.mono.after(left);
        self.store(
            StoreOp::Read(key),
            Reason::ReadFor(from, id, want, until, self.epoch()),
            out,
        );
    }

    pub(super) fn read_answered(
        &mut self,
        now: Now,
        id: RequestId,
        by: NodeId,
        held: Held,
        out: &mut Outbox,
    ) {
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        if let Held::Cell(cell) = &held {
            // A reader shows what there is, whatever its stamp; only the clock keeps out of it.
            let (key, stamp) = (reading.request.key.clone(), cell.stamp());
            let _ = self.heed(now, &key, stamp);
        }
        let Some(reading) = self.reads.get_mut(&id) else {
            return;
        };
        if !reading.owners.contains(&by) || reading.mending.is_some() {
            return;
        }
        if by != self.id {
            self.peers.answered_after(now.mono.since(reading.started));
        }
        match reading.replies.iter_mut().find(|(node, _)| *node == by) {
            // A cell says more than a digest, and a later one more than an earlier.
            Some((_, known)) => {
                if matches!(held, Held::Cell(_)) {
                    *known = held;
                }
            }
            None => reading.replies.push((by, held)),
        }
        self.advance_read(now, id, out);
    }

    /// Answers a read when enough is known, and asks for what is not.
    fn advance_read(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        let zone_of = |node| self.zone_of(node);
        if reading.quorums.met(reading.known(), 0, zone_of) {
            return self.resolve_read(now, id, out);
        }
        let replied = reading.replies.iter().map(|(node, _)| *node);
        if !reading.quorums.met(replied, 0, zone_of) {
            return;
        }
        let unknown = reading
            .replies
            .iter()
            .filter(|(_, held)| !reading.knows(held));
        let differ: Nodes = unknown
            .map(|(node, _)| *node)
            .filter(|node| !reading.fetched.contains(node))
            .collect();
        // With no cell yet there is nothing to differ from: the first digest's owner is asked for its own.
        let differ = match reading.cells().next() {
            Some(_) => differ,
            None => differ
                .into_iter()
                .take(usize::from(reading.fetched.is_empty()))
                .collect(),
        };
        let (key, left) = (reading.request.key.clone(), reading.until.since(now.mono));
        self.stats.digest_mismatches += u64::from(!differ.is_empty());
        for node in differ {
            if let Some(reading) = self.reads.get_mut(&id) {
                reading.fetched.push(node);
            }
            let read = Message::Read(id, key.clone(), Want::Cell, left);
            out.push(Output::Send(node, read));
        }
    }

    /// Merges what is known, and answers, or first repairs.
    fn resolve_read(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.reads.get_mut(&id) else {
            return;
        };
        let resolve = self.tables.of(&reading.request.key).resolve();
        let mut cells = reading.cells();
        let mut merged = cells.next().cloned().unwrap_or_default();
        for cell in cells {
            merged.merge(cell, resolve);
        }
        // What no owner knows any more was purged, with a tombstone; unless a stand-in may keep it.
        let all = !self.settings.stands_in()
            && reading.request.pinned.is_empty()
            && reading.replies.len() == reading.owners.len();
        let floor_met = all || merged.seen().includes(&reading.request.floor.seen);
        if !floor_met && !self.settings.has(Mutant::IgnoreSession) {
            // Somebody knows more: the answer waits for one who does, or for the deadline.
            return;
        }
        let digest = merged.digest();
        let same = |held: &Held| match held {
            Held::Cell(cell) => cell.digest() == digest,
            Held::Digest(other) => *other == digest,
        };
        let (fresh, stale): (SmallVec<[_; 3]>, SmallVec<[_; 3]>) =
            reading.replies.iter().partition(|(_, held)| same(held));
        let fresh: Nodes = fresh.into_iter().map(|(node, _)| *node).collect();
        let stale: Nodes = stale.into_iter().map(|(node, _)| *node).collect();
        if self.settings.read_repair == ReadRepair::Blocking && !stale.is_empty() {
            reading.mending = Some((merged.clone(), fresh));
            return self.mend(now, id, &merged, stale, out);
        }
        self.finish_read(now, id, merged, out, stale);
    }

    /// Read repair that blocks: whoever is stale takes the merged cell in and acknowledges it.
    fn mend(&mut self, now: Now, id: RequestId, merged: &Cell, stale: Nodes, out: &mut Outbox) {
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        let (key, left) = (reading.request.key.clone(), reading.until.since(now.mono));
        for node in stale {
            self.stats.read_repairs += 1;
            if node == self.id {
                let op = StoreOp::MergeOne(key.clone(), merged.clone());
                self.store(op, Reason::MendHere(id, self.epoch()), out);
            } else {
                let epoch = self.carries(&key, merged);
                let mend = Message::Mend(id, epoch, key.clone(), merged.clone(), left);
                out.push(Output::Send(node, mend));
            }
        }
    }

    /// A stale replica holds what the read has merged.
    pub(super) fn mended(&mut self, now: Now, id: RequestId, by: NodeId, out: &mut Outbox) {
        let Some(reading) = self.reads.get_mut(&id) else {
            return;
        };
        let Some((_, fresh)) = &mut reading.mending else {
            return;
        };
        if reading.owners.contains(&by) && !fresh.contains(&by) {
            fresh.push(by);
        }
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        let Some((merged, fresh)) = &reading.mending else {
            return;
        };
        if reading
            .quorums
            .met(fresh.iter().copied(), 0, |node| self.zone_of(node))
        {
            let merged = merged.clone();
            self.finish_read(now, id, merged, out, Nodes::new());
        }
    }

    fn finish_read(
        &mut self,
        now: Now,
        id: RequestId,
        merged: Cell,
        out: &mut Outbox,
        stale: Nodes,
    ) {
        let Some(reading) = self.reads.get(&id) else {
            return;
        };
        let key = reading.request.key.clone();
        if self.settings.read_repair == ReadRepair::Async {
            self.repair_stale(now, id, &key, &merged, &stale, out);
        }
        let Some(reading) = self.forget_read(id, out) else {
            return;
        };
        if matches!(reading.request.kind, Kind::Delete { .. }) {
            // What the session has seen is superseded, too, also where it was purged meanwhile.
            let mut context = merged.context();
            context.join(&reading.request.floor);
            let delete = Request {
                kind: Kind::Delete {
                    context: Some(context),
                },
                timeout: reading.until.since(now.mono),
                ..reading.request
            };
            if let Err(error) = self.carry_out(now, id, delete, out) {
                Self::answer(Client::Here, id, Err(error), out);
            }
            return;
        }
        let answer = self.shown(&key, &merged, now.wall).map(|values| Answer {
            values,
            context: merged.context(),
            ..Answer::default()
        });
        Self::answer(Client::Here, id, answer, out);
    }

    fn repair_stale(
        &mut self,
        now: Now,
        id: RequestId,
        key: &Bytes,
        merged: &Cell,
        stale: &Nodes,
        out: &mut Outbox,
    ) {
        let mut cell = merged.clone();
        if self.settings.has(Mutant::BackwardRepair) {
            let oldest = self.reads.get(&id).and_then(|reading| {
                let cells = reading.cells().cloned();
                cells.min_by_key(|cell| (cell.stamp(), cell.seen().len()))
            });
            cell = oldest.unwrap_or(cell);
        }
        for &node in stale {
            self.stats.read_repairs += 1;
            if node == self.id {
                self.take_in(now, vec![(key.clone(), cell.clone())], out);
            } else {
                let epoch = self.carries(key, &cell);
                out.push(Output::Send(
                    node,
                    Message::ReadRepair(epoch, key.clone(), cell.clone()),
                ));
            }
        }
    }

    /// What a client is shown of a cell: the values as the key's table joins them.
    pub(super) fn shown(&self, key: &[u8], cell: &Cell, now: Wall) -> Result<Vec<Bytes>> {
        let policy = &self.tables.of(key).policy;
        if let Policy::Crdt(kind) = policy {
            // All states, also those of retries: what else is in them counts.
            let states = cell.live().versions();
            let mut states = states
                .filter_map(|version| version.value_at(now))
                .peekable();
            return match states.peek() {
                Some(_) => Ok(crdt::join(*kind, states)?.values()),
                None => Ok(Vec::new()),
            };
        }
        let values = cell.values(now);
        match policy {
            Policy::Siblings | Policy::Latest | Policy::Crdt(_) | Policy::Cas => Ok(values),
            Policy::Merge(join) if values.len() > 1 => Ok(vec![join.merge(&values)]),
            Policy::Merge(_) => Ok(values),
        }
    }

    fn forget_read(&mut self, id: RequestId, out: &mut Outbox) -> Option<Reading> {
        let reading = self.reads.remove(&id)?;
        self.cancel(reading.deadline, out);
        if let Some(hedge) = reading.hedge {
            self.cancel(hedge, out);
        }
        Some(reading)
    }

    pub(super) fn read_timed_out(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(reading) = self.forget_read(id, out) else {
            return;
        };
        let waited = Pretty(reading.request.timeout);
        let (came, count) = (reading.replies.len(), reading.quorums.count());
        let detail = if reading.mending.is_some() {
            format!("read repair was not acknowledged within {waited}; try again")
        } else if came >= count && !reading.request.floor.seen.is_empty() {
            format!(
                "no replica that answered within {waited} knows as much as the session has seen; try again, or \
                 read without the session"
            )
        } else {
            format!(
                "{came} of {count} replicas answered within {waited}; try again, ask through another node, or \
                 lower R"
            )
        };
        let asked = reading.owners.iter().take(reading.asked);
        for node in asked.filter(|node| reading.replies.iter().all(|(by, _)| by != *node)) {
            self.peers.left_unanswered(*node);
        }
        self.stats.timeouts += 1;
        Self::answer(Client::Here, id, Err(Error::Unavailable { detail }), out);
    }
}

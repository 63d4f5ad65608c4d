//! Coordinating a write: durable here, then at the other owners, answered when the level is met.
//!
//! | when | what happens |
//! |---|---|
//! | durable here | the cell goes to every other owner; for one that is known to be dead a stand-in or a hint is found at once |
//! | an owner acknowledges | it counts; with the level met, the client is answered |
//! | patience ends (sloppy quorums) | for each owner that is silent, the next node of the preference list keeps a hint, and counts |
//! | the deadline comes | unanswered, the write is ambiguous; whoever is silent gets a hint either way |

use bytes::Bytes;
use core::time::Duration;

use smallvec::SmallVec;

use super::forward::FORWARD_PATIENCE;
use super::io::{Answer, Outbox, Output, Promise};
use super::level::Level;
use super::machine::{Alarm, Client, Node, Reason};
use super::message::{Change, Forwarded, Message};
use super::quorums::{Quorums, Whom};
use super::replica::{StoreOp, Writer};
use super::settings::{Hints, Quorum};
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::mutant::Mutant;
use crate::base::time::{Mono, Now, Pretty};
use crate::causal::{Cell, Context, Version, VersionVector, Wrote};
use crate::{Error, NodeId, Result, Zone};

/// An owner that could not be reached, and who keeps a hint for it.
#[derive(Clone, Copy, Debug)]
struct StandIn {
    target: NodeId,
    /// This node itself, or one further along the preference list.
    keeper: NodeId,
    durable: bool,
}

/// A write under way. It waits for its own disk first (`cell` is none), then for acknowledgements. Once answered
/// it stays until its deadline, for the owners that are late.
#[derive(Debug)]
pub(super) struct Writing {
    client: Client,
    key: Bytes,
    /// What the level is counted over: the level itself, and the zone that it calls local.
    terms: (Level, Zone),
    quorums: Quorums,
    /// The owners and, while the key moves, those to come.
    owners: Nodes,
    /// Whether owners beyond `owners` were left out on purpose.
    pinned: bool,
    until: Mono,
    waited: Duration,
    deadline: TimerId,
    patience: Option<TimerId>,
    /// What the writer had seen before, and its own write.
    seen: VersionVector,
    cell: Option<Cell>,
    wrote: Option<Wrote>,
    acks: Nodes,
    stand_ins: SmallVec<[StandIn; 2]>,
    answered: bool,
}

impl Writing {
    /// The owners that have neither acknowledged nor somebody who keeps a hint for them.
    fn missing(&self) -> Nodes {
        let covered = |owner: &NodeId| {
            self.acks.contains(owner) || self.stand_ins.iter().any(|other| other.target == *owner)
        };
        self.owners
            .iter()
            .copied()
            .filter(|owner| !covered(owner))
            .collect()
    }

    fn has_all(&self) -> bool {
        self.owners.iter().all(|owner| {
            let kept = |other: &StandIn| other.target == *owner && other.durable;
            self.acks.contains(owner) || self.stand_ins.iter().any(kept)
        })
    }

    /// Nodes beyond the owners that keep a hint, each once: a hint on an owner is no further copy.
    fn keepers(&self) -> usize {
        let mut keepers = Nodes::new();
        for stand_in in self.stand_ins.iter().filter(|other| other.durable) {
            if !self.owners.contains(&stand_in.keeper) && !keepers.contains(&stand_in.keeper) {
                keepers.push(stand_in.keeper);
            }
        }
        keepers.len()
    }

    pub(super) fn key(&self) -> &Bytes {
        &self.key
    }
}

impl Node {
    pub(super) fn start_write(
        &mut self,
        now: Now,
        client: Client,
        id: RequestId,
        write: Forwarded,
        out: &mut Outbox,
    ) -> Result<()> {
        let terms = (write.level, write.zone);
        let quorums = self.quorums(&write.key, terms, Whom::Pinned(&write.pinned))?;
        let owners = quorums.all();
        let until = now.mono.after(write.timeout);
        let deadline = self.arm(until, Alarm::WriteDeadline(id), out);
        let writer = Writer {
            actor: self.actor,
            stamp: write.stamp,
            deadline: write.deadline,
            token: write
                .token
                .filter(|_| !self.settings.has(Mutant::IgnoreToken)),
        };
        let seen = write.context.seen.clone();
        let op = match write.change {
            Change::Value(value) => StoreOp::Write {
                key: write.key.clone(),
                value,
                supersedes: write.context.seen,
                writer,
            },
            Change::Crdt(change) => StoreOp::Update {
                key: write.key.clone(),
                change,
                writer,
            },
        };
        self.store(op, Reason::WriteHere(id), out);
        let writing = Writing {
            client,
            key: write.key,
            terms,
            quorums: match self.settings.has(Mutant::ShortQuorum) {
                true => quorums.shortened(),
                false => quorums,
            },
            owners,
            pinned: !write.pinned.is_empty(),
            until,
            waited: write.timeout,
            deadline,
            patience: None,
            seen,
            cell: None,
            wrote: None,
            acks: Nodes::new(),
            stand_ins: SmallVec::new(),
            answered: false,
        };
        self.writes.insert(id, writing);
        Ok(())
    }

    /// The first copy is durable: now, and not before, its dot may leave this node.
    pub(super) fn written_here(
        &mut self,
        now: Now,
        id: RequestId,
        wrote: Wrote,
        cell: Cell,
        out: &mut Outbox,
    ) {
        self.stats.repeated += u64::from(wrote.repeated);
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        writing.seen.see(wrote.dot);
        writing.wrote = Some(wrote);
        writing.cell = Some(cell);
        if writing.until <= now.mono {
            // The client has given up on a disk this slow. The write has happened all the same, and its owners
            // get their time to take it, or a hint.
            writing.until = now.mono.after(writing.waited);
            let (until, deadline) = (writing.until, Alarm::WriteDeadline(id));
            let deadline = self.arm(until, deadline, out);
            if let Some(writing) = self.writes.get_mut(&id) {
                writing.deadline = deadline;
            }
        }
        self.spread(now, id, out);
        let me = self.id;
        self.acknowledged(id, me, out);
    }

    /// Sends a write that is durable somewhere to every other owner.
    fn spread(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        let Some(cell) = writing.cell.clone() else {
            return;
        };
        let (key, left) = (writing.key.clone(), writing.until.since(now.mono));
        let others: Nodes = writing
            .owners
            .iter()
            .copied()
            .filter(|owner| *owner != self.id)
            .collect();
        let mut dead = Nodes::new();
        for owner in others {
            if self.is_dead(owner) && self.settings.hints == Hints::On {
                dead.push(owner);
            } else {
                let epoch = self.carries(&key, &cell);
                let put = Message::Put(id, epoch, key.clone(), cell.clone(), left);
                out.push(Output::Send(owner, put));
            }
        }
        if self.settings.stands_in() {
            let at = now.mono.after(FORWARD_PATIENCE);
            let patience = self.arm(at, Alarm::WritePatience(id), out);
            if let Some(writing) = self.writes.get_mut(&id) {
                writing.patience = Some(patience);
            }
        }
        for owner in dead {
            self.stand_in_for(now, id, owner, out);
        }
    }

    /// Finds somebody who keeps a write for an owner out of reach: with sloppy quorums the next node of the
    /// preference list that is alive, otherwise this node.
    fn stand_in_for(&mut self, now: Now, id: RequestId, target: NodeId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        let (key, Some(cell)) = (writing.key.clone(), writing.cell.clone()) else {
            return;
        };
        let sloppy = self.settings.stands_in() && !writing.pinned;
        let taken = |node: &NodeId| {
            writing.owners.contains(node)
                || writing.stand_ins.iter().any(|other| other.keeper == *node)
        };
        let every = self.parts.placement.members().len();
        let keeper = match sloppy {
            true => self
                .preferred(&key, every)
                .into_iter()
                .find(|node| !taken(node) && !self.is_dead(*node) && !self.peers.is_silent(*node))
                .unwrap_or(self.id),
            false => self.id,
        };
        let left = writing.until.since(now.mono);
        if let Some(writing) = self.writes.get_mut(&id) {
            writing.stand_ins.push(StandIn {
                target,
                keeper,
                durable: false,
            });
        }
        if keeper == self.id {
            self.hint(now, Some(id), target, key, cell, out);
        } else {
            let epoch = self.carries(&key, &cell);
            out.push(Output::Send(
                keeper,
                Message::Hold(id, epoch, target, key, cell, left),
            ));
        }
    }

    pub(super) fn acknowledged(&mut self, id: RequestId, by: NodeId, out: &mut Outbox) {
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        // What a peer says is input: an acknowledgement counts only of a write that has left this node, and
        // only from a node that owns the key.
        if writing.cell.is_none() || !writing.owners.contains(&by) || writing.acks.contains(&by) {
            return;
        }
        writing.acks.push(by);
        self.settle_write(id, out);
    }

    /// A hint for `target` is durable, on this node or on a stand-in.
    pub(super) fn held(&mut self, id: RequestId, by: NodeId, target: NodeId, out: &mut Outbox) {
        let me = self.id;
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        let asked = |other: &&mut StandIn| (other.keeper, other.target) == (by, target);
        let Some(stand_in) = writing.stand_ins.iter_mut().find(asked) else {
            return;
        };
        stand_in.durable = true;
        self.stats.stand_ins += u64::from(stand_in.keeper != me);
        self.settle_write(id, out);
    }

    /// Answers a write whose level is met, and ends one that nobody is missing from.
    fn settle_write(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        let kept = writing
            .stand_ins
            .iter()
            .filter(|other| other.durable)
            .count();
        let extra = match self.settings.quorum {
            Quorum::Sloppy => writing.keepers(),
            Quorum::Strict if self.settings.has(Mutant::SloppyAsStrict) => kept,
            Quorum::Strict => 0,
        };
        let zone_of = |node| self.zone_of(node);
        let acks = writing.acks.iter().copied();
        let quorums = &writing.quorums;
        let strict = quorums.met(acks.clone(), 0, zone_of);
        let sloppy = quorums.met(acks, extra, zone_of) || quorums.hint_suffices() && kept > 0;
        let (all, answered) = (writing.has_all(), writing.answered);
        if !answered && (strict || sloppy) {
            let promise = match strict || self.settings.has(Mutant::SloppyAsStrict) {
                true => Promise::Strict,
                false => Promise::Sloppy,
            };
            self.answer_write(id, promise, out);
        }
        let answered = answered || strict || sloppy;
        if answered && all {
            self.forget_write(id, out);
        }
    }

    fn answer_write(&mut self, id: RequestId, promise: Promise, out: &mut Outbox) {
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        writing.answered = true;
        // The writer knows what it had seen, and its own write; the siblings that stand beside it here it has
        // not been shown, and its next write must not remove them.
        let stamp = writing.cell.as_ref().map(Cell::stamp).unwrap_or_default();
        let answer = Answer {
            context: Context {
                seen: core::mem::take(&mut writing.seen),
                stamp,
            },
            dot: writing.wrote.map(|wrote| wrote.dot),
            promise,
            ..Answer::default()
        };
        let client = writing.client;
        Self::answer(client, id, Ok(answer), out);
    }

    /// With sloppy quorums, silent owners are stood in for long before the deadline.
    pub(super) fn write_lost_patience(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get_mut(&id) else {
            return;
        };
        writing.patience = None;
        let missing = writing.missing();
        for owner in missing {
            self.peers.left_unanswered(owner);
            self.stand_in_for(now, id, owner, out);
        }
    }

    /// The write's time is up: its client is told, and every owner that is silent gets a hint.
    pub(super) fn write_timed_out(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        if !writing.answered {
            let detail = format!(
                "{} of {} acknowledgements within {}; the write may live on, read before you retry",
                writing.acks.len(),
                writing.quorums.count(),
                Pretty(writing.waited)
            );
            self.stats.timeouts += 1;
            Self::answer(writing.client, id, Err(Error::Ambiguous { detail }), out);
            if let Some(writing) = self.writes.get_mut(&id) {
                writing.answered = true;
            }
        }
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        if writing.cell.is_none() {
            return; // Its own disk will tell how it ended.
        }
        let (missing, me): (Nodes, NodeId) = (writing.missing(), self.id);
        let missing: Nodes = match &writing.cell {
            Some(_) if !writing.pinned => {
                // A hint of this node's own is on its way to the disk, or was refused: it is not tried twice.
                let unsure = writing
                    .stand_ins
                    .iter()
                    .filter(|other| !other.durable && other.keeper != me);
                let unsure: Nodes = unsure.map(|other| other.target).collect();
                let mut missing = missing;
                missing.extend(
                    unsure
                        .into_iter()
                        .filter(|owner| !writing.acks.contains(owner)),
                );
                missing
            }
            _ => Nodes::new(),
        };
        let (key, cell) = (writing.key.clone(), writing.cell.clone());
        for owner in missing {
            if owner == self.id {
                continue;
            }
            self.peers.left_unanswered(owner);
            if let Some(cell) = cell
                .clone()
                .filter(|_| !self.settings.has(Mutant::DropHints))
            {
                self.hint(now, None, owner, key.clone(), cell, out);
            }
        }
        self.forget_write(id, out);
    }

    /// The disk here refused the write.
    pub(super) fn end_write(&mut self, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        if let Some(writing) = self.writes.get(&id) {
            if !writing.answered {
                Self::answer(writing.client, id, result, out);
            }
            self.forget_write(id, out);
        }
    }

    fn forget_write(&mut self, id: RequestId, out: &mut Outbox) {
        if let Some(writing) = self.writes.remove(&id) {
            self.cancel(writing.deadline, out);
            if let Some(patience) = writing.patience {
                self.cancel(patience, out);
            }
        }
    }

    /// Coordinates a write of a key that this node does not own, when no owner can be reached: at level ANY, or
    /// with sloppy quorums. Every owner gets a hint. The dot's actor is used for this one write, so that it
    /// cannot be given twice by a node that keeps no cell of the key.
    pub(super) fn write_for_absent(
        &mut self,
        now: Now,
        id: RequestId,
        write: Forwarded,
        out: &mut Outbox,
    ) -> Result<()> {
        let Change::Value(value) = write.change else {
            return Err(Error::Unavailable {
                detail: "no owner can be reached, and only an owner can change this value"
                    .to_owned(),
            });
        };
        let terms = (write.level, write.zone);
        let quorums = self.quorums(&write.key, terms, Whom::Both)?;
        let owners = quorums.all();
        self.actor.epoch += 1;
        let mut cell = Cell::default();
        let version = Version {
            value,
            stamp: write.stamp,
            deadline: write.deadline,
        };
        let resolve = self.resolve(&write.key);
        let wrote = cell.write(
            self.actor,
            &write.context.seen,
            version,
            write.token,
            resolve,
        )?;
        self.actor.epoch += 1;
        let until = now.mono.after(write.timeout);
        let mut seen = write.context.seen;
        seen.see(wrote.dot);
        let writing = Writing {
            client: Client::Here,
            key: write.key,
            terms,
            quorums,
            owners: owners.clone(),
            pinned: false,
            until,
            waited: write.timeout,
            deadline: self.arm(until, Alarm::WriteDeadline(id), out),
            patience: None,
            seen,
            cell: Some(cell),
            wrote: Some(wrote),
            acks: Nodes::new(),
            stand_ins: SmallVec::new(),
            answered: false,
        };
        self.writes.insert(id, writing);
        for owner in owners {
            self.stand_in_for(now, id, owner, out);
        }
        Ok(())
    }

    /// Sends a write once more to an owner that had refused it for its repair epoch.
    pub(super) fn send_again(&mut self, now: Now, id: RequestId, to: NodeId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        let Some(cell) = writing
            .cell
            .clone()
            .filter(|_| writing.owners.contains(&to))
        else {
            return;
        };
        let (key, left) = (writing.key.clone(), writing.until.since(now.mono));
        let epoch = self.carries(&key, &cell);
        out.push(Output::Send(to, Message::Put(id, epoch, key, cell, left)));
    }

    /// An owner acknowledges a write that it took in the epoch before this one.
    pub(super) fn acknowledged_before(&mut self, id: RequestId, by: NodeId, out: &mut Outbox) {
        let key = self.writes.get(&id).map(|writing| writing.key.clone());
        if key.is_some_and(|key| self.owners(&key).contains(&by))
            && !self.reshaping.anew.contains(&by)
        {
            self.acknowledged(id, by, out);
        }
    }

    /// Owners have changed: each write is counted over those that there are now, and goes to whoever has not
    /// acknowledged it. An owner that has holds it still, unless it may have given it away meanwhile, or lost its
    /// disk: with a document left out (`all_anew`) nobody can tell.
    pub(super) fn recheck_writes(&mut self, now: Now, all_anew: bool, out: &mut Outbox) {
        let ids: Vec<RequestId> = self.writes.ids().collect();
        for id in ids {
            let Some(writing) = self.writes.get(&id).filter(|writing| !writing.pinned) else {
                continue;
            };
            let (key, terms) = (writing.key.clone(), writing.terms);
            // Where the level makes no sense of the new owners, the write goes on with what it has.
            let Ok(quorums) = self.quorums(&key, terms, Whom::Both) else {
                continue;
            };
            let (owners, anew) = (self.owners(&key), self.reshaping.anew.clone());
            let Some(writing) = self.writes.get_mut(&id) else {
                continue;
            };
            let stands = |node: &NodeId| !all_anew && owners.contains(node) && !anew.contains(node);
            if !self.settings.has(Mutant::SkipEpoch) {
                writing.acks.retain(|node| stands(node));
            }
            writing.owners = quorums.all();
            writing.quorums = quorums;
            let missing = writing.missing();
            for owner in missing {
                if owner != self.id {
                    self.send_again(now, id, owner, out);
                } else if self
                    .writes
                    .get(&id)
                    .is_some_and(|writing| writing.cell.is_some())
                {
                    self.write_own_copy(id, out);
                }
            }
            self.settle_write(id, out);
        }
    }

    /// This node has become an owner of what it writes for others.
    fn write_own_copy(&mut self, id: RequestId, out: &mut Outbox) {
        let Some(writing) = self.writes.get(&id) else {
            return;
        };
        if let Some(cell) = writing.cell.clone() {
            let op = StoreOp::MergeOne(writing.key.clone(), cell);
            self.store(op, Reason::CopyHere(id), out);
        }
    }

    /// Whether a level may be met by hints alone.
    pub(super) fn may_stand_in(&self, level: Level) -> bool {
        self.settings.stands_in() || self.settings.hints == Hints::On && level == Level::Any
    }
}

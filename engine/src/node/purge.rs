//! When a tombstone may go.
//!
//! A tombstone that is forgotten while an older version of its key is still somewhere (on a replica that was
//! away, in a hint, in a message under way) brings the deleted value back. Waiting for some days is a hope, not
//! a proof. Here time is never the gate; every node must answer, in three rounds:
//!
//! ```text
//!   survey   are these tombstones, just so, on your disk? do you keep any hint, or work on one of these keys?
//!   advance  go on to a later repair epoch, durably: from now on you refuse cells sent in an earlier one
//!   confirm  have you, since the survey, sent or kept anything else of these keys?
//!   purge    remove each that is still just so
//! ```
//!
//! Why that is enough. After the survey every owner holds the tombstone, so whatever a node says of the key from
//! then on is the tombstone or something newer, unless it had older content in its memory or its hints: then it
//! answers no at the survey, or has marked the key by the time of confirming. What was sent before the survey
//! bears an earlier epoch, and after the advance nobody takes it in. A node that is down, or cut off, answers
//! nothing, and nothing is purged. Epochs are durable before they are acknowledged, and are greater than any
//! before; a node that has gone on to a later one meanwhile, for another round, says no.
//!
//! What is left of a purged key on a node that missed the last message is the tombstone alone: it spreads again,
//! and goes in a later round.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::io::{Outbox, Output};
use super::machine::{Alarm, Node, Reason};
use super::message::Message;
use super::paxos::PaxosStep;
use super::replica::{RegisterOp, StoreOp, StoreResult};
use super::settings::Purge;
use crate::NodeId;
use crate::base::id::{RequestId, TimerId};
use crate::base::limits::{
    PURGE_KEYS_LOOKED_AT, PURGE_KEYS_MAX, REGISTERS_LOOKED_AT, REPAIR_EPOCH_MAX,
};
use crate::base::mutant::Mutant;
use crate::base::time::{Now, Wall};
use crate::causal::Cell;
use core::time::Duration;

/// How long all nodes together may take for one round.
const ROUND_PATIENCE: Duration = Duration::from_secs(2);

/// A key's tombstone: the full key, and its cell's digest.
pub type Tombstone = (Bytes, u64);

/// What nodes say about tombstones.
#[derive(Clone, Debug)]
pub enum PurgeMessage {
    /// To every node: can these go? The round's epoch, which is to come.
    Survey(u64, Vec<Tombstone>),
    /// From a node: these can.
    Surveyed(u64, Vec<bool>),
    /// To every node: go on to this epoch.
    Advance(u64),
    /// From a node: done, and durable.
    Advanced(u64),
    /// To every node: can they still?
    Confirm(u64),
    /// From a node: these can.
    Confirmed(u64, Vec<bool>),
    /// To every owner: remove these.
    Purge(u64, Vec<Tombstone>),
}

impl PurgeMessage {
    /// One or two words for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Survey(..) => "survey",
            Self::Surveyed(..) => "surveyed",
            Self::Advance(_) => "advance",
            Self::Advanced(_) => "advanced",
            Self::Confirm(_) => "confirm",
            Self::Confirmed(..) => "confirmed",
            Self::Purge(..) => "purge",
        }
    }
}

/// What shall happen with what the disk returns.
#[derive(Clone, Debug)]
pub(super) enum PurgeStep {
    /// Dead cells were looked for.
    Looked,
    /// They were compared for a survey, or a confirmation, of this node's round.
    Compared(NodeId, u64, Stage),
    /// The epoch is durable.
    Advanced(NodeId, u64),
    /// They are gone.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Survey,
    Advance,
    Confirm,
}

/// A round that this node leads.
#[derive(Debug)]
struct Round {
    epoch: u64,
    stage: Stage,
    tombstones: Vec<Tombstone>,
    /// Which of them every answer so far lets go.
    going: Vec<bool>,
    waiting: BTreeSet<NodeId>,
    timer: TimerId,
}

/// A round that this node takes part in: its tombstones, and whether something else of each was sent or kept.
#[derive(Debug)]
struct Watch {
    leader: NodeId,
    epoch: u64,
    order: Vec<Bytes>,
    keys: BTreeMap<Bytes, (u64, bool)>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Purging {
    round: Option<Round>,
    watch: Option<Watch>,
    /// Where the next look for tombstones begins.
    after: Option<Bytes>,
    looking: bool,
    turns: u64,
}

impl Node {
    pub(super) fn schedule_purge(&mut self, now: Now, out: &mut Outbox) {
        if self.settings.purge == Purge::Off || self.settings.purge_every.is_zero() {
            return;
        }
        // Rounds of two nodes at one time stop each other: each node has its own part of the interval.
        let every = self.settings.purge_every;
        let members = self.parts.placement.members().len().max(1) as u32;
        let wait = match self.purging.turns {
            0 => every + every / members * (self.id.0 % members),
            _ => every,
        };
        self.purging.turns += 1;
        self.arm(now.mono.after(wait), Alarm::Purge, out);
    }

    /// Looks for registers that were deleted, part of the disk at a time.
    pub(super) fn look_for_dead_registers(&mut self, now: Now, out: &mut Outbox) {
        let tables = (0..self.tables.len()).filter_map(|id| self.tables.get(id as u8));
        let none = !tables.into_iter().any(super::Table::is_of_registers);
        if self.settings.purge != Purge::Safe || none {
            return;
        }
        let after = self.proposals.looked_until.take();
        let op = RegisterOp::Dead(after, REGISTERS_LOOKED_AT, now.wall);
        let reason = Reason::Paxos(self.id, PaxosStep::Learn, self.epoch());
        self.store(StoreOp::Register(op), reason, out);
    }

    /// Looks for tombstones that are old enough, part of the disk at a time.
    pub(super) fn start_purge(&mut self, now: Now, out: &mut Outbox) {
        // Nobody knows of every copy while ranges move.
        let moving = self.shape.topology.coming.is_some() || !self.is_member();
        if self.purging.round.is_some() || self.purging.looking || self.rebuilding || moving {
            return;
        }
        self.purging.looking = true;
        let op = StoreOp::Dead {
            after: self.purging.after.take(),
            keys_max: PURGE_KEYS_LOOKED_AT,
            now: now.wall,
        };
        self.store(op, Reason::Purge(PurgeStep::Looked), out);
    }

    pub(super) fn purge_stored(
        &mut self,
        now: Now,
        step: PurgeStep,
        result: StoreResult,
        out: &mut Outbox,
    ) {
        match (step, result) {
            (PurgeStep::Looked, StoreResult::Dead { cells, next }) => {
                self.purging.looking = false;
                self.purging.after = next;
                let old = self.old_enough(now.wall, cells);
                self.propose(now, old, out);
            }
            (PurgeStep::Compared(leader, epoch, stage), StoreResult::Same(same)) => {
                self.tell(now, leader, epoch, stage, &same, out);
            }
            (PurgeStep::Advanced(leader, epoch), StoreResult::Done) => {
                self.repair_epoch = self.repair_epoch.max(epoch);
                self.purge_reply(now, leader, PurgeMessage::Advanced(epoch), out);
            }
            (PurgeStep::Gone, StoreResult::Purged(count)) => self.stats.purged += count as u64,
            (step, StoreResult::Failed(error)) => {
                self.purging.looking &= !matches!(step, PurgeStep::Looked);
                out.push(Output::Event(format!("purge: {error}")));
            }
            _ => {}
        }
    }

    fn old_enough(&self, now: Wall, cells: Vec<(Bytes, u64, Wall)>) -> Vec<Tombstone> {
        let grace_ms = u64::try_from(self.settings.grace.as_millis()).unwrap_or(u64::MAX);
        let old = |dead_since: Wall| now.0 >= dead_since.0.saturating_add(grace_ms);
        let old = cells.into_iter().filter(|(.., since)| old(*since));
        old.map(|(key, digest, _)| (key, digest)).collect()
    }

    /// Removes them alone, where the settings say so; otherwise begins a round over those whose first owner this
    /// node is.
    fn propose(&mut self, now: Now, mut old: Vec<Tombstone>, out: &mut Outbox) {
        if self.settings.purge == Purge::Grace || self.settings.has(Mutant::PurgeEarly) {
            return self.remove(old, out);
        }
        old.retain(|(key, _)| self.owners(key).first() == Some(&self.id));
        old.truncate(PURGE_KEYS_MAX);
        if old.is_empty() || self.purging.round.is_some() {
            return;
        }
        self.stats.purge_rounds += 1;
        // Greater than any before, and no other node's.
        let epoch = ((self.repair_epoch >> 8) + 1) << 8 | u64::from(self.id.0 & 0xff);
        let timer = self.arm(
            now.mono.after(ROUND_PATIENCE),
            Alarm::PurgeRound(epoch),
            out,
        );
        self.purging.round = Some(Round {
            epoch,
            stage: Stage::Survey,
            tombstones: old.clone(),
            going: vec![true; old.len()],
            waiting: BTreeSet::new(),
            timer,
        });
        self.ask_all(now, Stage::Survey, PurgeMessage::Survey(epoch, old), out);
    }

    /// Begins a stage: every node is asked, this one too.
    fn ask_all(&mut self, now: Now, stage: Stage, message: PurgeMessage, out: &mut Outbox) {
        // Also those that have left and may keep something still.
        let draining = self.shape.topology.draining.iter().copied();
        let others: Vec<NodeId> = self.others().chain(draining).collect();
        let me = self.id;
        let Some(round) = &mut self.purging.round else {
            return;
        };
        round.stage = stage;
        round.waiting = others.iter().copied().chain([me]).collect();
        for node in others {
            out.push(Output::Send(node, Message::Purge(message.clone())));
        }
        self.purge_received(now, me, message, out);
    }

    fn purge_reply(&mut self, now: Now, to: NodeId, message: PurgeMessage, out: &mut Outbox) {
        if to == self.id {
            self.purge_received(now, to, message, out);
        } else {
            out.push(Output::Send(to, Message::Purge(message)));
        }
    }

    pub(super) fn purge_received(
        &mut self,
        now: Now,
        from: NodeId,
        message: PurgeMessage,
        out: &mut Outbox,
    ) {
        match message {
            PurgeMessage::Survey(epoch, tombstones) => {
                self.surveyed(now, from, epoch, tombstones, out)
            }
            PurgeMessage::Advance(epoch) => {
                if epoch > self.repair_epoch && epoch <= REPAIR_EPOCH_MAX {
                    let step = PurgeStep::Advanced(from, epoch);
                    self.store(StoreOp::SetRepairEpoch(epoch), Reason::Purge(step), out);
                }
            }
            PurgeMessage::Confirm(epoch) => {
                let watched = self.purging.watch.as_ref().filter(|watch| {
                    (watch.leader, watch.epoch) == (from, epoch) && epoch == self.repair_epoch
                });
                if let Some(watch) = watched {
                    let asked = watch.order.iter().filter_map(|key| {
                        let (digest, _) = watch.keys.get(key)?;
                        Some((key.clone(), *digest))
                    });
                    self.compare_tombstones(now, from, epoch, Stage::Confirm, asked.collect(), out);
                }
            }
            PurgeMessage::Surveyed(epoch, ok) => {
                self.counted(now, from, epoch, Stage::Survey, &ok, out)
            }
            PurgeMessage::Advanced(epoch) => {
                self.counted(now, from, epoch, Stage::Advance, &[], out)
            }
            PurgeMessage::Confirmed(epoch, ok) => {
                self.counted(now, from, epoch, Stage::Confirm, &ok, out);
            }
            PurgeMessage::Purge(epoch, tombstones) => {
                if epoch == self.repair_epoch && tombstones.len() <= PURGE_KEYS_MAX {
                    self.remove(tombstones, out);
                }
            }
        }
    }

    fn surveyed(
        &mut self,
        now: Now,
        from: NodeId,
        epoch: u64,
        tombstones: Vec<Tombstone>,
        out: &mut Outbox,
    ) {
        if tombstones.len() > PURGE_KEYS_MAX || epoch <= self.repair_epoch || self.rebuilding {
            return;
        }
        if self.shape.topology.coming.is_some() {
            return;
        }
        self.purging.watch = Some(Watch {
            leader: from,
            epoch,
            order: tombstones.iter().map(|(key, _)| key.clone()).collect(),
            keys: tombstones
                .iter()
                .map(|(key, digest)| (key.clone(), (*digest, false)))
                .collect(),
        });
        self.compare_tombstones(now, from, epoch, Stage::Survey, tombstones, out);
    }

    fn compare_tombstones(
        &mut self,
        now: Now,
        leader: NodeId,
        epoch: u64,
        stage: Stage,
        tombstones: Vec<Tombstone>,
        out: &mut Outbox,
    ) {
        let step = PurgeStep::Compared(leader, epoch, stage);
        let op = StoreOp::Same {
            cells: tombstones,
            now: now.wall,
        };
        self.store(op, Reason::Purge(step), out);
    }

    /// Answers a survey or a confirmation, now that the disk has been looked at.
    fn tell(
        &mut self,
        now: Now,
        leader: NodeId,
        epoch: u64,
        stage: Stage,
        same: &[bool],
        out: &mut Outbox,
    ) {
        let Some(watch) = &self.purging.watch else {
            return;
        };
        if (watch.leader, watch.epoch) != (leader, epoch) || watch.order.len() != same.len() {
            return;
        }
        let busy = self.keys_at_work();
        let no_hints = self.hints.is_empty();
        let can_go = |(key, same): (&Bytes, &bool)| {
            let clean = watch.keys.get(key).is_some_and(|(_, other)| !other);
            (*same || !self.owns(key)) && no_hints && clean && !busy.contains(key.as_ref())
        };
        let ok: Vec<bool> = watch.order.iter().zip(same).map(can_go).collect();
        let reply = match stage {
            Stage::Survey => PurgeMessage::Surveyed(epoch, ok),
            Stage::Confirm | Stage::Advance => PurgeMessage::Confirmed(epoch, ok),
        };
        self.purge_reply(now, leader, reply, out);
    }

    /// The keys of requests under way.
    fn keys_at_work(&self) -> BTreeSet<&[u8]> {
        let writes = self.writes.values().map(|writing| &writing.key()[..]);
        let reads = self.reads.values().map(|reading| &reading.key()[..]);
        let forwards = self.forwards.values().map(|forwarding| forwarding.key());
        writes.chain(reads).chain(forwards).collect()
    }

    /// Counts an answer; the last one takes the round to its next stage.
    fn counted(
        &mut self,
        now: Now,
        from: NodeId,
        epoch: u64,
        stage: Stage,
        ok: &[bool],
        out: &mut Outbox,
    ) {
        let Some(round) = self.purging.round.as_mut() else {
            return;
        };
        if (round.epoch, round.stage) != (epoch, stage) || !round.waiting.contains(&from) {
            return;
        }
        if stage != Stage::Advance {
            if ok.len() != round.tombstones.len() {
                return;
            }
            round
                .going
                .iter_mut()
                .zip(ok)
                .for_each(|(going, ok)| *going &= ok);
            if !round.going.contains(&true) {
                return self.end_purge_round(out);
            }
        }
        round.waiting.remove(&from);
        if !round.waiting.is_empty() {
            return;
        }
        match stage {
            Stage::Survey => self.ask_all(now, Stage::Advance, PurgeMessage::Advance(epoch), out),
            Stage::Advance => self.ask_all(now, Stage::Confirm, PurgeMessage::Confirm(epoch), out),
            Stage::Confirm => self.purge_all(now, epoch, out),
        }
    }

    fn purge_all(&mut self, now: Now, epoch: u64, out: &mut Outbox) {
        let Some(round) = &self.purging.round else {
            return;
        };
        let going = round
            .tombstones
            .iter()
            .zip(&round.going)
            .filter(|(_, going)| **going);
        let tombstones: Vec<Tombstone> = going.map(|(tombstone, _)| tombstone.clone()).collect();
        self.end_purge_round(out);
        let draining = self.shape.topology.draining.iter().copied();
        let others: Vec<NodeId> = self.others().chain(draining).collect();
        for node in others {
            let message = PurgeMessage::Purge(epoch, tombstones.clone());
            out.push(Output::Send(node, Message::Purge(message)));
        }
        let me = self.id;
        self.purge_received(now, me, PurgeMessage::Purge(epoch, tombstones), out);
    }

    /// In another epoch other nodes must agree: the round is over.
    pub(super) fn stop_purging(&mut self, out: &mut Outbox) {
        self.end_purge_round(out);
        self.purging.watch = None;
    }

    fn end_purge_round(&mut self, out: &mut Outbox) {
        if let Some(round) = self.purging.round.take() {
            self.cancel(round.timer, out);
        }
    }

    /// A node does not answer: nothing is purged this time.
    pub(super) fn purge_timed_out(&mut self, epoch: u64, out: &mut Outbox) {
        if self
            .purging
            .round
            .as_ref()
            .is_some_and(|round| round.epoch == epoch)
        {
            self.end_purge_round(out);
        }
    }

    /// Removes tombstones that are still just so, and writes those keys under a new name from now on.
    fn remove(&mut self, mut tombstones: Vec<Tombstone>, out: &mut Outbox) {
        tombstones.retain(|(key, _)| self.owns(key));
        if tombstones.is_empty() {
            return;
        }
        self.actor.epoch += 1;
        self.store(
            StoreOp::Purge(tombstones),
            Reason::Purge(PurgeStep::Gone),
            out,
        );
    }

    /// Notes that a cell leaves this node, and returns the epoch that its message bears.
    pub(super) fn carries(&mut self, key: &Bytes, cell: &Cell) -> u64 {
        self.kept_for_later(key, cell);
        self.repair_epoch
    }

    /// Notes that a cell leaves this node's disk for a message or a hint.
    pub(super) fn kept_for_later(&mut self, key: &Bytes, cell: &Cell) {
        if let Some(watch) = &mut self.purging.watch
            && let Some((digest, other)) = watch.keys.get_mut(key)
        {
            *other |= cell.digest() != *digest;
        }
    }

    /// A peer refused what this node sent: it has gone on to a later epoch, and so does this node, once that is
    /// durable.
    pub(super) fn told_stale(
        &mut self,
        now: Now,
        from: NodeId,
        epoch: u64,
        write: Option<RequestId>,
        out: &mut Outbox,
    ) {
        let resend = write.map(|id| (from, id));
        if epoch <= self.repair_epoch {
            self.adopted(now, epoch, resend, out);
        } else if epoch <= REPAIR_EPOCH_MAX {
            self.store(
                StoreOp::SetRepairEpoch(epoch),
                Reason::Adopt(epoch, resend),
                out,
            );
        }
    }

    pub(super) fn adopted(
        &mut self,
        now: Now,
        epoch: u64,
        resend: Option<(NodeId, RequestId)>,
        out: &mut Outbox,
    ) {
        self.repair_epoch = self.repair_epoch.max(epoch);
        if let Some((peer, id)) = resend {
            self.send_again(now, id, peer, out);
        }
    }
}

//! What a replica does with cells that peers send: it refuses what is stale, foreign or from a broken clock, and
//! takes in the rest.

use core::time::Duration;

use bytes::Bytes;

use super::io::{Outbox, Output};
use super::machine::{Node, Reason};
use super::message::Message;
use super::repair::RepairMessage;
use super::replica::{StoreOp, is_cell};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::limits::{REPAIR_EPOCH_MAX, REPLAY_CELLS_MAX};
use crate::base::mutant::Mutant;
use crate::base::time::{Now, Wall};
use crate::causal::Cell;

impl Node {
    /// Whether a message with cells comes from this repair epoch, or a later one. Its sender is told otherwise,
    /// and with it which write it was, to be sent again; not by a node that does not know its epoch yet, which
    /// would refuse it again, and so on for ever.
    pub(super) fn fresh(
        &mut self,
        from: NodeId,
        epoch: u64,
        write: Option<RequestId>,
        out: &mut Outbox,
    ) -> bool {
        if epoch >= self.repair_epoch && self.epoch_known {
            return true;
        }
        self.stats.stale_refused += 1;
        // Who does not know the epoch names no write: its sender would try again at once, for ever.
        let write = write.filter(|_| self.epoch_known);
        out.push(Output::Send(from, Message::Stale(self.repair_epoch, write)));
        false
    }

    /// A node that lost its disk has lost its repair epoch, too: until a peer that streams to it has told the
    /// epoch, it cannot tell what is stale, and takes nothing in.
    pub(super) fn heed_epoch(&mut self, message: &RepairMessage, epoch: u64, out: &mut Outbox) {
        let streamed = matches!(
            message,
            RepairMessage::StreamPage { life, settled: true, .. } if *life == self.actor.incarnation
        );
        if !streamed || !self.rebuilding || epoch > REPAIR_EPOCH_MAX {
            return;
        }
        self.epoch_known = true;
        if epoch > self.repair_epoch {
            self.repair_epoch = epoch;
            self.store(
                StoreOp::SetRepairEpoch(epoch),
                Reason::Adopt(epoch, None),
                out,
            );
        }
    }

    /// What is streamed to a node that lost its disk, in answer to what it asked in this life, is never stale.
    pub(super) fn takes_stream(&self, message: &RepairMessage) -> bool {
        self.rebuilding && matches!(message, RepairMessage::StreamPage { .. })
    }

    pub(super) fn take_put(
        &mut self,
        now: Now,
        (from, id): (NodeId, RequestId),
        epoch: u64,
        (key, cell): (Bytes, Cell),
        _left: Duration,
        out: &mut Outbox,
    ) {
        if self.is_swamped() {
            out.push(Output::Send(from, Message::Busy(id)));
        } else if self.fresh(from, epoch, Some(id), out) && self.takes(now, &key, &cell, out) {
            if self.settings.has(Mutant::EarlyAck) {
                out.push(Output::Send(from, Message::Ack(id)));
            }
            let cell = self.localized(now, cell);
            let reason = Reason::PutFor(from, id, self.epoch());
            self.store(StoreOp::MergeOne(key, cell), reason, out);
        }
    }

    /// Takes cells in without anybody waiting for it.
    pub(super) fn take_in(&mut self, now: Now, cells: Vec<(Bytes, Cell)>, out: &mut Outbox) {
        let taken = self.taken(now, cells, out);
        if !taken.is_empty() {
            let op = match self.settings.has(Mutant::BackwardRepair) {
                true => StoreOp::Overwrite(taken),
                false => StoreOp::Merge(taken),
            };
            self.store(op, Reason::TakenIn, out);
        }
    }

    /// Takes in the writes that this node missed, and says so when they are durable.
    pub(super) fn take_replay(
        &mut self,
        now: Now,
        from: NodeId,
        batch: u64,
        cells: Vec<(Bytes, Cell)>,
        out: &mut Outbox,
    ) {
        if cells.len() > REPLAY_CELLS_MAX {
            out.push(Output::Event(format!(
                "refused {} hints at once",
                cells.len()
            )));
            return;
        }
        // What is refused is refused for good: with nothing left the batch is done all the same.
        let taken = self.taken(now, cells, out);
        self.store(StoreOp::Merge(taken), Reason::ReplayFor(from, batch), out);
    }

    pub(super) fn taken(
        &mut self,
        now: Now,
        cells: Vec<(Bytes, Cell)>,
        out: &mut Outbox,
    ) -> Vec<(Bytes, Cell)> {
        let mut taken = cells;
        taken.retain(|(key, cell)| self.takes(now, key, cell, out));
        taken
    }

    /// Whether a peer's cell belongs here and carries a believable stamp.
    pub(super) fn takes(&mut self, now: Now, key: &[u8], cell: &Cell, out: &mut Outbox) -> bool {
        if !is_cell(key) || !self.takes_key(key) {
            out.push(Output::Event(
                "refused a key that is not owned here".to_owned(),
            ));
            return false;
        }
        if let Err(error) = self.heed(now, key, cell.stamp()) {
            self.stats.far_ahead += 1;
            out.push(Output::Event(format!("refused a version: {error}")));
            return false;
        }
        true
    }

    /// With the planted bug `local-deadline`, a cell whose deadlines this replica's clock has fixed anew.
    fn localized(&self, now: Now, cell: Cell) -> Cell {
        match self.settings.has(Mutant::LocalDeadline) {
            true => cell.with_deadlines(|deadline, stamp| {
                Wall(now.wall.0 + deadline.0.saturating_sub(stamp.wall_ms))
            }),
            false => cell,
        }
    }
}

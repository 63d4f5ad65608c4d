//! Hinted handoff: writes that an owner missed, kept until it is back (Dynamo 2007, section 4.6; Cassandra keeps
//! them on the coordinator).
//!
//! Hints of one target are replayed in the order in which they were written, one batch at a time, so many bytes a
//! second; each batch stays until the target has it on its disk. A hint that is older than the window, or that
//! finds no room, is dropped, and counted: the Merkle repair is then the only way.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::io::{Outbox, Output};
use super::machine::{Alarm, Node, Reason};
use super::message::Message;
use super::replica::{Hint, Hinted, Recovered, StoreOp};
use super::settings::{Hints, Settings};
use crate::NodeId;
use crate::base::bucket::TokenBucket;
use crate::base::id::{RequestId, TimerId};
use crate::base::limits::{HINT_BATCH_BYTES, HINT_BYTES_MAX, HINTS_PER_TARGET_MAX};
use crate::base::time::{Now, Wall};
use crate::causal::Cell;

/// Pause between two looks for hints that can be replayed.
const HINTS_EVERY: Duration = Duration::from_secs(1);
/// How long a target may take to acknowledge a batch.
const REPLAY_PATIENCE: Duration = Duration::from_secs(2);

/// A batch of hints under way. No two have one number, in all lives of a node: an acknowledgement that comes late,
/// of an earlier try, must not pass for one of a later try that held more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch(pub(super) u64);

/// A batch, the hints in it, and the timer that gives it up.
type UnderWay = (Batch, Vec<(u64, u64)>, TimerId);

/// The hints kept for one node.
#[derive(Debug, Default)]
struct Queue {
    count: u64,
    bytes: u64,
    /// When the oldest hint was written, as far as this life knows.
    first_at: Option<Wall>,
    /// The batch that the target has not acknowledged yet.
    under_way: Option<UnderWay>,
    /// A batch is being read from the disk.
    reading: bool,
}

/// The hints kept for every node.
#[derive(Debug)]
pub(super) struct HintQueues {
    queues: BTreeMap<NodeId, Queue>,
    batch_next: u64,
    /// Whether the next look is armed.
    armed: bool,
    bucket: TokenBucket,
}

impl HintQueues {
    pub(super) fn new(recovered: &Recovered, settings: &Settings, incarnation: u32) -> Self {
        let kept = recovered.hints.iter().map(|(target, kept)| {
            let queue = Queue {
                count: kept.count as u64,
                bytes: kept.bytes,
                ..Queue::default()
            };
            (*target, queue)
        });
        Self {
            queues: kept.collect(),
            batch_next: u64::from(incarnation) << 32,
            armed: false,
            bucket: TokenBucket::new(settings.hint_rate, settings.hint_rate),
        }
    }

    /// A hint is durable.
    pub(super) fn stored(&mut self, target: NodeId, hinted: Hinted, now: Wall) {
        let queue = self.queues.entry(target).or_default();
        queue.count += 1;
        queue.bytes += hinted.bytes;
        queue.first_at.get_or_insert(now);
    }

    /// How many hints wait for each node.
    pub(super) fn counts(&self) -> impl Iterator<Item = (NodeId, u64)> + '_ {
        let queues = self.queues.iter();
        queues
            .filter(|(_, queue)| queue.count > 0)
            .map(|(node, queue)| (*node, queue.count))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queues.values().all(|queue| queue.count == 0)
    }

    /// Why no further hint is kept for `target`, if none is.
    fn refusal(&self, target: NodeId, window: Duration, now: Wall) -> Option<&'static str> {
        let queue = self.queues.get(&target)?;
        let away_ms = queue
            .first_at
            .map_or(0, |first| now.0.saturating_sub(first.0));
        if u128::from(away_ms) > window.as_millis() {
            Some("it has been away for longer than the window")
        } else if queue.count >= HINTS_PER_TARGET_MAX as u64 || queue.bytes >= HINT_BYTES_MAX {
            Some("there are as many as may be")
        } else {
            None
        }
    }
}

impl Node {
    /// Keeps a write for an owner that has missed it. `write` waits for it, if any does.
    pub(super) fn hint(
        &mut self,
        now: Now,
        write: Option<RequestId>,
        target: NodeId,
        key: Bytes,
        cell: Cell,
        out: &mut Outbox,
    ) {
        if self.settings.hints == Hints::Off {
            return;
        }
        if let Some(why) = self
            .hints
            .refusal(target, self.settings.hint_window, now.wall)
        {
            self.stats.hints_dropped += 1;
            out.push(Output::Event(format!("keeps no hint for {target}: {why}")));
            return;
        }
        self.kept_for_later(&key, &cell);
        let op = StoreOp::Hint {
            target,
            key,
            cell,
            at: now.wall,
        };
        self.store(op, Reason::HintHere(write, target), out);
    }

    /// A coordinator asks this node to stand in for an owner.
    pub(super) fn take_hold(
        &mut self,
        now: Now,
        (from, id): (NodeId, RequestId),
        epoch: u64,
        target: NodeId,
        (key, cell): (Bytes, Cell),
        out: &mut Outbox,
    ) {
        let refused = self
            .hints
            .refusal(target, self.settings.hint_window, now.wall);
        if self.is_swamped() || refused.is_some() || !self.holders(&key).contains(&target) {
            out.push(Output::Send(from, Message::Busy(id)));
            return;
        }
        if !self.fresh(from, epoch, None, out) || self.heed(now, &key, cell.stamp()).is_err() {
            return;
        }
        self.kept_for_later(&key, &cell);
        let op = StoreOp::Hint {
            target,
            key,
            cell,
            at: now.wall,
        };
        self.store(op, Reason::HoldFor(from, id, target), out);
    }

    pub(super) fn schedule_hints(&mut self, now: Now, out: &mut Outbox) {
        if self.hints.armed || self.hints.is_empty() || self.settings.hints == Hints::Off {
            return;
        }
        self.hints.armed = true;
        self.arm(now.mono.after(HINTS_EVERY), Alarm::Hints, out);
    }

    pub(super) fn replay_hints(&mut self, now: Now, out: &mut Outbox) {
        self.hints.armed = false;
        let waiting: Vec<NodeId> = self.hints.counts().map(|(node, _)| node).collect();
        for target in waiting {
            self.replay_hints_to(now, target, out);
        }
    }

    /// Reads the next batch for a target that seems alive.
    pub(super) fn replay_hints_to(&mut self, _now: Now, target: NodeId, out: &mut Outbox) {
        let alive = !self.is_dead(target);
        let Some(queue) = self.hints.queues.get_mut(&target) else {
            return;
        };
        if !alive || queue.count == 0 || queue.reading || queue.under_way.is_some() {
            return;
        }
        queue.reading = true;
        let op = StoreOp::Hints {
            target,
            after: 0,
            bytes_max: HINT_BATCH_BYTES,
        };
        self.store(op, Reason::HintsOf(target), out);
    }

    /// Sends a batch, without the hints that are too old.
    pub(super) fn send_hints(
        &mut self,
        now: Now,
        target: NodeId,
        hints: Vec<Hint>,
        out: &mut Outbox,
    ) {
        let window_ms = self.settings.hint_window.as_millis();
        let stranger = self.is_stranger();
        let too_old =
            |hint: &Hint| stranger || u128::from(now.wall.0.saturating_sub(hint.at.0)) > window_ms;
        let (old, good): (Vec<Hint>, Vec<Hint>) = hints.into_iter().partition(too_old);
        if let Some(queue) = self.hints.queues.get_mut(&target) {
            queue.reading = false;
            queue.first_at = good.first().map(|hint| hint.at).or(queue.first_at);
        }
        if !old.is_empty() {
            self.stats.hints_dropped += old.len() as u64;
            out.push(Output::Event(format!(
                "dropped {} hints for {target}: older than the window",
                old.len()
            )));
            let sizes: Vec<(u64, u64)> = old.iter().map(|hint| (hint.number, hint.bytes)).collect();
            self.drop_hints(target, &sizes, out);
        }
        let good = self.keep_for_owners(now, target, good, out);
        let bytes: u64 = good.iter().map(|hint| hint.bytes).sum();
        if good.is_empty() {
            return;
        }
        if !self.hints.bucket.take(now.mono, bytes) {
            return; // The next look finds them again.
        }
        let batch = self.hints.batch_next;
        self.hints.batch_next += 1;
        let sizes = good.iter().map(|hint| (hint.number, hint.bytes)).collect();
        for hint in &good {
            self.carries(&hint.key, &hint.cell);
        }
        let cells = good.into_iter().map(|hint| (hint.key, hint.cell)).collect();
        out.push(Output::Send(
            target,
            Message::Replay(self.repair_epoch, batch, cells),
        ));
        let at = now.mono.after(REPLAY_PATIENCE);
        let timer = self.arm(at, Alarm::Replay(target, batch), out);
        if let Some(queue) = self.hints.queues.get_mut(&target) {
            queue.under_way = Some((Batch(batch), sizes, timer));
        }
    }

    /// Hints of keys that the target no longer holds are kept for those that do; what is left is for the target.
    fn keep_for_owners(
        &mut self,
        now: Now,
        target: NodeId,
        hints: Vec<Hint>,
        out: &mut Outbox,
    ) -> Vec<Hint> {
        let (good, strays): (Vec<Hint>, Vec<Hint>) = hints
            .into_iter()
            .partition(|hint| self.holders(&hint.key).contains(&target));
        if strays.is_empty() {
            return good;
        }
        let sizes: Vec<(u64, u64)> = strays
            .iter()
            .map(|hint| (hint.number, hint.bytes))
            .collect();
        for hint in strays {
            for owner in self.holders(&hint.key) {
                if owner == self.id {
                    self.take_in(now, vec![(hint.key.clone(), hint.cell.clone())], out);
                } else {
                    self.hint(now, None, owner, hint.key.clone(), hint.cell.clone(), out);
                }
            }
        }
        self.drop_hints(target, &sizes, out);
        good
    }

    /// The target has a batch on its disk: it can go, and the next one follows.
    pub(super) fn replayed(&mut self, now: Now, target: NodeId, batch: Batch, out: &mut Outbox) {
        let Some(queue) = self.hints.queues.get_mut(&target) else {
            return;
        };
        if queue
            .under_way
            .as_ref()
            .is_none_or(|(under_way, ..)| *under_way != batch)
        {
            return;
        }
        let Some((_, sizes, timer)) = queue.under_way.take() else {
            return;
        };
        self.cancel(timer, out);
        self.stats.hints_replayed += sizes.len() as u64;
        self.drop_hints(target, &sizes, out);
        self.replay_hints_to(now, target, out);
    }

    pub(super) fn replay_unanswered(&mut self, target: NodeId, batch: Batch) {
        if let Some(queue) = self.hints.queues.get_mut(&target)
            && queue
                .under_way
                .as_ref()
                .is_some_and(|(under_way, ..)| *under_way == batch)
        {
            queue.under_way = None;
            self.peers.left_unanswered(target);
        }
    }

    /// The disk did not give a batch: the next look asks again.
    pub(super) fn hints_unreadable(&mut self, target: NodeId) {
        if let Some(queue) = self.hints.queues.get_mut(&target) {
            queue.reading = false;
        }
    }

    fn drop_hints(&mut self, target: NodeId, hints: &[(u64, u64)], out: &mut Outbox) {
        if let Some(queue) = self.hints.queues.get_mut(&target) {
            let bytes: u64 = hints.iter().map(|(_, bytes)| bytes).sum();
            queue.count = queue.count.saturating_sub(hints.len() as u64);
            queue.bytes = queue.bytes.saturating_sub(bytes);
            if queue.count == 0 {
                queue.first_at = None;
            }
        }
        let op = StoreOp::DropHints {
            target,
            numbers: hints.iter().map(|(number, _)| *number).collect(),
        };
        self.store(op, Reason::HintsOf(target), out);
    }

    /// How many hints this node keeps for each other.
    pub fn hint_counts(&self) -> impl Iterator<Item = (NodeId, u64)> + '_ {
        self.hints.counts()
    }
}

//! Lesson 8: anti-entropy. Replicas compare their hash trees and exchange what differs (Dynamo 2007, section 4.7).
//!
//! ```text
//!   asker                                          peer
//!     | 1  roots of the groups that both are in ---> |
//!     | <--- agreed, or 2  branches where they differ|
//!     | 3  leaves where those differ --------------> |
//!     | <--- 4  (key, digest) pairs of those leaves  |   a page of keys at a time; "more" asks for the next
//!     | 5  want these cells; cells of mine --------> |
//!     | <--- 5  the cells                            |   both merge
//! ```
//!
//! Keys are named before any value, so what is streamed is bounded by what differs. Pages follow the order of keys
//! over all differing leaves, so no leaf is too large, and what is found missing never depends on where a page ends.
//! The asker drives: it asks for the next page when it has dealt with the last, and remembers for each peer how
//! far it came. A lost message ends an exchange, an empty bucket pauses it; the next one goes on from there. The
//! peer remembers nothing.
//!
//! [`rebuild`](RebuildState) fills a node that lost its disk: it asks each peer for all that both own.

mod asker;
mod bucket;
mod diff;
mod found;
mod message;
mod peer;
mod rebuild;
mod sane;
mod stats;
#[cfg(test)]
mod tests;

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::io::{Outbox, Output};
use super::machine::{Alarm, Node, Reason};
use super::message::Message;
use super::replica::{Group, KeyDigest, Leaves, Page, StoreOp, StoreResult, TreeOp};
use crate::NodeId;
use crate::base::time::{Mono, Now};
use bucket::Bucket;
pub use message::{Exchange, Next, RepairMessage};
pub use rebuild::RebuildState;
#[cfg(test)]
pub(super) use rebuild::page_sum;
pub use stats::RepairStats;

/// An exchange that has not moved for this long is taken for lost, and its peer may be asked anew.
const SILENCE: Duration = Duration::from_secs(1);

/// A node's part in repair.
#[derive(Debug)]
pub(super) struct Repair {
    turn: usize,
    begun: u64,
    running: BTreeMap<NodeId, Running>,
    resume: BTreeMap<NodeId, Place>,
    agreed: BTreeMap<NodeId, Mono>,
    bucket: Bucket,
    stats: RepairStats,
    rebuild: RebuildState,
}

/// How far an exchange came: the groups behind which its round began, and the last key that was dealt with.
#[derive(Clone, Debug, Default)]
struct Place {
    groups: Option<Group>,
    key: Option<Bytes>,
}

/// An exchange that this node began.
#[derive(Clone, Debug)]
struct Running {
    exchange: Exchange,
    began: Mono,
    moved: Mono,
    place: Place,
    /// The last group of this round.
    upto: Option<Group>,
    awaits: Awaits,
    /// Whether all that was compared since the first group was equal.
    found: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Equal,
    Other,
}

/// What an exchange waits for. An answer that comes twice, or late, finds it waiting for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    /// Its own disk.
    Disk,
    /// The peer's word on the roots.
    Roots,
    /// A page of the peer's keys.
    Page,
}

/// What shall happen with what the disk returns.
#[derive(Clone, Debug)]
pub(super) enum RepairStep {
    /// Asker: send the roots.
    Roots(NodeId, Exchange),
    /// Peer: send the branches that differ.
    Branches(NodeId, Exchange),
    /// Asker: send the leaves that differ, of branches up to this group.
    Leaves(NodeId, Exchange, Option<Group>),
    /// Peer: list the keys of the leaves that differ behind this key.
    Differing(NodeId, Exchange, Option<Bytes>),
    /// Peer: send this page of keys.
    Keys(NodeId, Exchange, Leaves, Option<Bytes>),
    /// Asker: compare with the peer's page.
    Compare(NodeId, Exchange, Leaves, Vec<KeyDigest>),
    /// Send the cells, then go on where there is something to go on with.
    Give(NodeId, Option<Onward>),
    /// Send this page of a stream, to this life of the peer, behind this key.
    Stream(NodeId, u32, Option<Bytes>),
    /// A page of the peer's stream is taken in; go on there.
    Streamed(NodeId, Next),
    /// The rebuild's beginning or end is remembered.
    Content,
}

/// How an exchange goes on after a page.
#[derive(Clone, Debug)]
pub(super) struct Onward {
    exchange: Exchange,
    leaves: Leaves,
    then: Then,
}

#[derive(Clone, Debug)]
enum Then {
    /// With the next page.
    More(Bytes),
    /// There is no further page.
    Round,
    /// Another time: the bucket is empty. Behind this key.
    Pause(Option<Bytes>),
}

impl Repair {
    pub(super) fn new(rate: u64) -> Self {
        Self {
            turn: 0,
            begun: 0,
            running: BTreeMap::new(),
            resume: BTreeMap::new(),
            agreed: BTreeMap::new(),
            bucket: Bucket::new(rate),
            stats: RepairStats::default(),
            rebuild: RebuildState::default(),
        }
    }

    /// The exchange with `peer`, if it is this one and waits for this. It has moved, and waits for its disk now.
    fn moved(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        by: Awaits,
    ) -> Option<&mut Running> {
        let running = self.running.get_mut(&peer)?;
        if running.exchange != exchange || running.awaits != by {
            return None;
        }
        (running.moved, running.awaits) = (now.mono, Awaits::Disk);
        Some(running)
    }
}

impl Node {
    /// What repair did since this node's boot.
    #[must_use]
    pub fn repair_stats(&self) -> RepairStats {
        self.repair.stats
    }

    /// When the last exchange began in which all that this node shares with `peer` was found equal.
    #[must_use]
    pub fn agreed_with(&self, peer: NodeId) -> Option<Mono> {
        self.repair.agreed.get(&peer).copied()
    }

    /// The nodes that this one may share keys with.
    #[must_use]
    pub fn repair_peers(&self) -> Vec<NodeId> {
        self.others().collect()
    }

    pub(super) fn schedule_repair(&mut self, now: Now, out: &mut Outbox) {
        let every = self.settings.repair_every;
        if every.is_zero() {
            return;
        }
        // Nodes start at different points of the interval, so that they do not all compare at once.
        let first = if self.repair.turn == 0 {
            every / 16 * (self.id.0 % 16)
        } else {
            every
        };
        self.arm(now.mono.after(first.max(every / 16)), Alarm::Repair, out);
    }

    /// The next peer's turn.
    pub(super) fn repair_timer(&mut self, now: Now, out: &mut Outbox) {
        self.repair.turn = self.repair.turn.wrapping_add(1);
        let peers = self.repair_peers();
        if let Some(&peer) =
            peers.get(self.repair.turn.wrapping_add(self.id.0 as usize) % peers.len().max(1))
        {
            let running = self.repair.running.get(&peer);
            if running.is_none_or(|running| now.mono.since(running.moved) >= SILENCE) {
                let place = self.repair.resume.get(&peer).cloned().unwrap_or_default();
                self.begin_exchange(now, peer, place, out);
            }
        }
        self.schedule_repair(now, out);
    }

    /// Compares everything with every peer now.
    pub(super) fn repair_with_everybody(&mut self, now: Now, out: &mut Outbox) {
        for peer in self.repair_peers() {
            self.start_repair_with(now, peer, out);
        }
    }

    /// Compares everything with `peer` now, from the first group on. An exchange that is under way with it ends.
    pub fn start_repair_with(&mut self, now: Now, peer: NodeId, out: &mut Outbox) {
        self.repair.resume.remove(&peer);
        self.begin_exchange(now, peer, Place::default(), out);
    }

    fn begin_exchange(&mut self, now: Now, peer: NodeId, place: Place, out: &mut Outbox) {
        // A late message of an earlier life must not pass for an answer to this one.
        let exchange = Exchange((u64::from(self.actor.incarnation) << 32) + self.repair.begun);
        self.repair.begun += 1;
        self.repair.stats.begun += 1;
        let whole = place.groups.is_none() && place.key.is_none();
        let running = Running {
            exchange,
            began: now.mono,
            moved: now.mono,
            place,
            upto: None,
            awaits: Awaits::Disk,
            found: if whole { Found::Equal } else { Found::Other },
        };
        self.repair.running.insert(peer, running);
        self.ask_roots(peer, out);
    }

    /// In another epoch keys are of other groups: exchanges begin anew.
    pub(super) fn forget_exchanges(&mut self) {
        self.repair.running.clear();
        self.repair.resume.clear();
        self.repair.agreed.clear();
    }

    /// Asks the disk for something of repair.
    fn repair_store(&mut self, op: StoreOp, step: RepairStep, out: &mut Outbox) {
        self.store(op, Reason::Repair(step), out);
    }

    fn repair_tree(&mut self, op: TreeOp, step: RepairStep, out: &mut Outbox) {
        self.repair_store(StoreOp::Tree(op), step, out);
    }

    fn repair_send(&mut self, to: NodeId, message: RepairMessage, out: &mut Outbox) {
        let bytes = message.tree_bytes() as u64;
        self.repair.stats.tree_bytes_sent = self.repair.stats.tree_bytes_sent.saturating_add(bytes);
        if let RepairMessage::Cells(cells)
        | RepairMessage::StreamPage {
            page: Page { cells, .. },
            ..
        } = &message
        {
            for (key, cell) in cells {
                self.kept_for_later(key, cell);
            }
        }
        out.push(Output::Send(
            to,
            Message::Repair(self.repair_epoch, message),
        ));
    }

    /// Takes a peer's message of repair.
    pub(super) fn repair_received(
        &mut self,
        now: Now,
        from: NodeId,
        message: RepairMessage,
        out: &mut Outbox,
    ) {
        let label = message.label();
        if !sane::is_sane(&message, self.id, from) {
            out.push(Output::Event(format!("refused a '{label}' of {from}")));
            return;
        }
        match message {
            RepairMessage::Roots {
                exchange,
                after,
                upto,
                roots,
            } => self.offered_roots(from, exchange, (after, upto), roots, out),
            RepairMessage::Agreed { exchange, upto } => {
                self.round_agreed(now, from, exchange, upto, out);
            }
            RepairMessage::Branches {
                exchange,
                upto,
                branches,
            } => self.offered_branches(now, from, exchange, upto, branches, out),
            RepairMessage::Leaves {
                exchange,
                after,
                leaves,
            } => self.offered_leaves(from, exchange, after, leaves, out),
            RepairMessage::Keys {
                exchange,
                leaves,
                after,
                upto,
                keys,
            } => self.offered_keys(now, from, exchange, leaves, (after, upto), keys, out),
            RepairMessage::More {
                exchange,
                leaves,
                after,
            } => self.list_keys(from, exchange, leaves, Some(after), out),
            RepairMessage::Want(keys) => self.give(now, from, keys, None, out),
            RepairMessage::Cells(cells) => self.take_in(now, cells, out),
            RepairMessage::StreamAsk {
                life,
                why,
                after,
                bytes_max,
            } => {
                self.stream_asked(now, from, (life, why, after, bytes_max), out);
            }
            RepairMessage::StreamPage {
                life,
                after,
                page,
                sum,
                next,
                settled: _,
            } if life == self.actor.incarnation => {
                self.stream_came(now, from, after, (page, sum), next, out);
            }
            RepairMessage::StreamPage { .. } => {}
        }
    }

    /// Takes what the disk gave for repair.
    pub(super) fn repair_stored(
        &mut self,
        now: Now,
        step: RepairStep,
        result: StoreResult,
        out: &mut Outbox,
    ) {
        match (step, result) {
            (RepairStep::Streamed(..), StoreResult::Failed(error)) => {
                self.stream_refused(&error, out);
            }
            // The exchange is not driven on, and so ends; the next one is begun in time.
            (_, StoreResult::Failed(error)) => out.push(Output::Event(format!("repair: {error}"))),
            (RepairStep::Give(peer, onward), StoreResult::Cells { cells, bytes, .. }) => {
                self.given(now, peer, onward, (cells, bytes), out);
            }
            (RepairStep::Streamed(peer, next), StoreResult::Merged { .. }) => {
                self.stream_taken(peer, next, out);
            }
            (RepairStep::Content, StoreResult::Done) => self.content_remembered(now, out),
            (step, StoreResult::Tree(found)) => self.tree_read(now, step, found, out),
            (step, result) => unreachable!("{step:?} was answered with {result:?}"),
        }
    }
}

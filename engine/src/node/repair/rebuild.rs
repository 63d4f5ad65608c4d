//! A node that lost its disk is filled by its peers.
//!
//! It asks one peer after another for all that both own, a page at a time, and takes each page in before it asks
//! for the next: a page that is lost is asked for again. A peer that stays silent, or may not stream now, is left
//! for later and another is asked. When the last peer has given all, the node is whole, and remembers it on its
//! disk; one that dies before that begins anew, and what it has been given already is merged once more.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Next, RepairMessage, RepairStep};
use crate::base::limits::{REPAIR_BYTES_MAX, REPAIR_LOOKS_MAX};
use crate::base::time::Now;
use crate::causal::Cell;
use crate::node::io::{Outbox, Output};
use crate::node::machine::{Alarm, Node};
use crate::node::replica::{Content, StoreOp, TreeOp};
use crate::{Error, NodeId};

/// How long a page may take before another peer is asked.
const PAGE_PATIENCE: Duration = Duration::from_millis(200);

/// How far a rebuild has come.
#[derive(Clone, Debug, Default)]
pub struct RebuildState {
    content: Content,
    /// The peers that have not given all yet, and the last key that each gave.
    left: BTreeMap<NodeId, Option<Bytes>>,
    asked: Option<NodeId>,
    /// Whose page the disk is taking in. One at a time: what comes beside it was asked for twice.
    taking: Option<NodeId>,
    /// Whether a page came since the alarm was set.
    stir: Stir,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stir {
    #[default]
    Still,
    Moved,
}

impl RebuildState {
    /// Whether the replica holds what it should.
    #[must_use]
    pub fn content(&self) -> Content {
        self.content
    }

    /// The peers that have not given all yet.
    pub fn left(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.left.keys().copied()
    }

    /// The peer to ask when `asked` has nothing to give now.
    fn after(&self, asked: Option<NodeId>) -> Option<NodeId> {
        let mut peers = self.left.keys();
        let next = peers.find(|peer| asked.is_none_or(|asked| **peer > asked));
        next.or_else(|| self.left.keys().next()).copied()
    }
}

impl Node {
    /// How far a rebuild has come.
    #[must_use]
    pub fn rebuild(&self) -> &RebuildState {
        &self.repair.rebuild
    }

    /// Has every peer send what this node should hold. For a boot that found its disk lost, or that a rebuild had
    /// not ended before.
    pub fn start_rebuild(&mut self, now: Now, out: &mut Outbox) {
        let peers = self.repair_peers();
        self.repair.rebuild = RebuildState {
            content: Content::Rebuilding,
            left: peers.into_iter().map(|peer| (peer, None)).collect(),
            asked: None,
            taking: None,
            stir: Stir::Still,
        };
        let op = StoreOp::SetContent(Content::Rebuilding);
        self.repair_store(op, RepairStep::Content, out);
        self.arm(now.mono.after(PAGE_PATIENCE), Alarm::Rebuild, out);
        self.ask_stream(out);
    }

    /// Asks the current peer, or the first.
    fn ask_stream(&mut self, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        let still = rebuild.asked.filter(|peer| rebuild.left.contains_key(peer));
        rebuild.asked = still.or_else(|| rebuild.after(rebuild.asked));
        let Some(peer) = rebuild.asked else {
            self.repair_store(
                StoreOp::SetContent(Content::Whole),
                RepairStep::Content,
                out,
            );
            return;
        };
        let ask = RepairMessage::StreamAsk {
            life: self.actor.incarnation,
            after: rebuild.left.get(&peer).cloned().flatten(),
            bytes_max: REPAIR_BYTES_MAX,
        };
        self.repair_send(peer, ask, out);
    }

    pub(in crate::node) fn rebuild_timer(&mut self, now: Now, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        if rebuild.content == Content::Whole {
            return;
        }
        if rebuild.stir == Stir::Still {
            rebuild.asked = rebuild.after(rebuild.asked);
            self.ask_stream(out);
        }
        self.repair.rebuild.stir = Stir::Still;
        self.arm(now.mono.after(PAGE_PATIENCE), Alarm::Rebuild, out);
    }

    pub(super) fn stream_asked(
        &mut self,
        now: Now,
        from: NodeId,
        life: u32,
        after: Option<Bytes>,
        bytes_max: usize,
        out: &mut Outbox,
    ) {
        let bytes_max = self.repair.bucket.available(now.mono).min(bytes_max);
        if bytes_max == 0 {
            let page = RepairMessage::StreamPage {
                life,
                settled: self.epoch_known,
                after: after.clone(),
                cells: Vec::new(),
                next: Next::Behind(after),
            };
            self.repair_send(from, page, out);
            return;
        }
        let op = TreeOp::Stream {
            peer: from,
            after: after.clone(),
            looks_max: REPAIR_LOOKS_MAX,
            bytes_max,
        };
        self.repair_tree(op, RepairStep::Stream(from, life, after), out);
    }

    pub(super) fn send_stream(
        &mut self,
        peer: NodeId,
        (life, after): (u32, Option<Bytes>),
        read: (Vec<(Bytes, Cell)>, usize),
        next: Option<Bytes>,
        out: &mut Outbox,
    ) {
        let (cells, bytes) = read;
        self.repair.bucket.spend(bytes);
        self.repair.stats.streamed_bytes += bytes as u64;
        let next = next.map_or(Next::End, |key| Next::Behind(Some(key)));
        let page = RepairMessage::StreamPage {
            life,
            settled: self.epoch_known,
            after,
            cells,
            next,
        };
        self.repair_send(peer, page, out);
    }

    pub(super) fn stream_came(
        &mut self,
        now: Now,
        from: NodeId,
        after: Option<Bytes>,
        cells: Vec<(Bytes, Cell)>,
        next: Next,
        out: &mut Outbox,
    ) {
        let rebuild = &self.repair.rebuild;
        if rebuild.taking.is_some() || rebuild.left.get(&from) != Some(&after) {
            return;
        }
        let goes_on = match &next {
            Next::End => true,
            Next::Behind(key) => *key > after,
        };
        if !goes_on {
            return;
        }
        self.repair.rebuild.stir = Stir::Moved;
        self.repair.rebuild.taking = Some(from);
        let mut taken = cells;
        taken.retain(|(key, cell)| self.takes(now, key, cell, out));
        self.stats.rebuilt_cells += taken.len() as u64;
        let step = RepairStep::Streamed(from, next);
        self.repair_store(StoreOp::Merge(taken), step, out);
    }

    /// What a page brought is durable: on with the same peer.
    pub(super) fn stream_taken(&mut self, peer: NodeId, next: Next, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        (rebuild.taking, rebuild.asked) = (None, Some(peer));
        let left = &mut rebuild.left;
        match next {
            Next::Behind(key) => {
                if let Some(place) = left.get_mut(&peer) {
                    *place = key;
                }
            }
            Next::End => drop(left.remove(&peer)),
        }
        self.ask_stream(out);
    }

    /// The disk did not take a page in; it is asked for again at the alarm.
    pub(super) fn stream_refused(&mut self, error: &Error, out: &mut Outbox) {
        self.repair.rebuild.taking = None;
        out.push(Output::Event(format!("rebuild: {error}")));
    }

    /// The disk remembers how the rebuild stands.
    pub(super) fn content_remembered(&mut self, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        if rebuild.content == Content::Rebuilding && rebuild.left.is_empty() {
            rebuild.content = Content::Whole;
            self.rebuilding = false;
            // Where nobody knew the epoch, every disk was lost, and with them all that could come back.
            self.epoch_known = true;
            out.push(Output::Event("rebuilt".to_owned()));
        }
    }
}

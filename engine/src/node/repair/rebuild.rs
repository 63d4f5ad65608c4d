//! Streams: a node is filled by its peers, since it lost its disk or since ranges move to it.
//!
//! It asks one peer after another for what it lacks, a page at a time, and takes each page in before it asks for the
//! next: a page that is lost is asked for again. A peer that stays silent, or may not stream now, is left for later and
//! another is asked. When the last peer has given all, the node remembers it on its disk.
//!
//! | why | from whom | which keys | one that dies before the end |
//! |---|---|---|---|
//! | its disk was lost | every peer | all that both hold | begins anew: what it has been given is merged once more |
//! | ranges move to it | every owner until now that is not known to be dead | those that it gains | goes on behind the last page that it took in |

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Next, RepairMessage, RepairStep};
use crate::base::hash::hash64_with;
use crate::base::limits::{REPAIR_BYTES_MAX, REPAIR_LOOKS_MAX};
use crate::base::mutant::Mutant;
use crate::base::time::Now;
use crate::node::io::{Outbox, Output};
use crate::node::machine::{Alarm, Node};
use crate::node::replica::{Content, Page, Progress, REGISTERS, StoreOp, StreamWhy, TreeOp};
use crate::{Error, NodeId};

/// How long a page may take before another peer is asked.
const PAGE_PATIENCE: Duration = Duration::from_millis(200);

/// How far the streams to this node have come.
#[derive(Clone, Debug, Default)]
pub struct RebuildState {
    content: Content,
    /// What is streamed now, if anything is.
    purpose: Purpose,
    /// The peers that have not given all yet, and the last key that each gave.
    left: BTreeMap<NodeId, Option<Bytes>>,
    asked: Option<NodeId>,
    /// Whose page the disk is taking in. One at a time: what comes beside it was asked for twice.
    taking: Option<NodeId>,
    /// Whether a page came since the alarm was set.
    stir: Stir,
    /// Whether the alarm is set.
    armed: bool,
}

/// Why pages come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Purpose {
    #[default]
    None,
    /// The disk was lost.
    Lost,
    /// Ranges move here since this epoch.
    Gained(u64),
}

impl Purpose {
    fn why(self) -> StreamWhy {
        match self {
            Self::Gained(_) => StreamWhy::Gained,
            Self::Lost | Self::None => StreamWhy::Lost,
        }
    }
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
        let mut behind = self.left.keys().copied();
        let next = behind.find(|peer| Some(*peer) > asked);
        next.or_else(|| self.left.keys().next().copied())
    }

    fn begin(&mut self, purpose: Purpose, left: BTreeMap<NodeId, Option<Bytes>>) {
        let (content, armed) = (self.content, self.armed);
        *self = Self {
            content,
            armed,
            purpose,
            left,
            ..Self::default()
        };
    }
}

impl Node {
    /// The streams to this node.
    #[must_use]
    pub fn rebuild(&self) -> &RebuildState {
        &self.repair.rebuild
    }

    /// Whether ranges are being streamed here.
    pub(in crate::node) fn gains_since(&self, since: u64) -> bool {
        self.repair.rebuild.purpose == Purpose::Gained(since)
    }

    /// Begins to fill this node, which has lost its disk, from its peers. A rebuild that is under way begins anew.
    pub fn start_rebuild(&mut self, now: Now, out: &mut Outbox) {
        let peers = self.repair_peers();
        self.repair.rebuild.content = Content::Rebuilding;
        let left = peers.into_iter().map(|peer| (peer, None)).collect();
        self.repair.rebuild.begin(Purpose::Lost, left);
        let op = StoreOp::SetContent(Content::Rebuilding);
        self.repair_store(op, RepairStep::Content, out);
        self.arm_stream(now, out);
        self.ask_stream(out);
    }

    /// The others have taken this node in again: what they promised and accepted of registers is asked for once more.
    pub(in crate::node) fn rebuild_registers(&mut self, now: Now, out: &mut Outbox) {
        let begun = &self.repair.rebuild.left;
        let peers = self.repair_peers().into_iter();
        let registers = Bytes::from_static(&[REGISTERS]);
        let left = peers.map(|peer| match begun.get(&peer) {
            Some(place) if place.as_ref().is_none_or(|place| *place < registers) => {
                (peer, place.clone())
            }
            Some(_) | None => (peer, Some(registers.clone())),
        });
        let left = left.collect();
        self.repair.rebuild.begin(Purpose::Lost, left);
        self.arm_stream(now, out);
        self.ask_stream(out);
    }

    /// Begins to take in what the move since this epoch brings, from these owners, each behind a key.
    pub(in crate::node) fn start_gaining(
        &mut self,
        now: Now,
        since: u64,
        left: BTreeMap<NodeId, Option<Bytes>>,
        out: &mut Outbox,
    ) {
        self.repair.rebuild.begin(Purpose::Gained(since), left);
        self.arm_stream(now, out);
        self.ask_stream(out);
    }

    /// The move is over: what it would have brought is no longer waited for.
    pub(in crate::node) fn stop_gaining(&mut self) {
        if matches!(self.repair.rebuild.purpose, Purpose::Gained(_)) {
            self.repair.rebuild.begin(Purpose::None, BTreeMap::new());
        }
    }

    fn arm_stream(&mut self, now: Now, out: &mut Outbox) {
        if !self.repair.rebuild.armed {
            self.repair.rebuild.armed = true;
            self.arm(now.mono.after(PAGE_PATIENCE), Alarm::Rebuild, out);
        }
    }

    /// Asks the current peer, or the first.
    fn ask_stream(&mut self, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        let still = rebuild.asked.filter(|peer| rebuild.left.contains_key(peer));
        rebuild.asked = still.or_else(|| rebuild.after(rebuild.asked));
        let Some(peer) = rebuild.asked else {
            let op = match rebuild.purpose {
                Purpose::None => return,
                // What others promise of registers counts only once they have taken it in again.
                Purpose::Lost if self.reshaping.outside => return,
                Purpose::Lost => StoreOp::SetContent(Content::Whole),
                Purpose::Gained(since) => StoreOp::SetMoved(since),
            };
            self.repair_store(op, RepairStep::Content, out);
            return;
        };
        let ask = RepairMessage::StreamAsk {
            life: self.actor.incarnation,
            why: rebuild.purpose.why(),
            after: rebuild.left.get(&peer).cloned().flatten(),
            bytes_max: REPAIR_BYTES_MAX,
        };
        self.repair_send(peer, ask, out);
    }

    pub(in crate::node) fn rebuild_timer(&mut self, now: Now, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        rebuild.armed = false;
        if rebuild.purpose == Purpose::None {
            return;
        }
        if rebuild.stir == Stir::Still {
            rebuild.asked = rebuild.after(rebuild.asked);
            self.ask_stream(out);
        }
        self.repair.rebuild.stir = Stir::Still;
        self.arm_stream(now, out);
    }

    pub(super) fn stream_asked(
        &mut self,
        now: Now,
        from: NodeId,
        ask: (u32, StreamWhy, Option<Bytes>, usize),
        out: &mut Outbox,
    ) {
        let (life, why, after, bytes_max) = ask;
        let bytes_max = self.repair.bucket.available(now.mono).min(bytes_max);
        // A node that is being filled itself does not know all that it should give.
        let lacking = why == StreamWhy::Gained && self.rebuilding;
        if bytes_max == 0 || lacking {
            let page = RepairMessage::StreamPage {
                life,
                settled: self.epoch_known,
                after: after.clone(),
                page: Page::default(),
                next: Next::Behind(after),
                sum: 0,
            };
            self.repair_send(from, page, out);
            return;
        }
        let op = TreeOp::Stream {
            peer: from,
            why,
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
        read: (Page, usize),
        next: Option<Bytes>,
        out: &mut Outbox,
    ) {
        let (page, bytes) = read;
        self.repair.bucket.spend(bytes);
        self.repair.stats.streamed_bytes += bytes as u64;
        let next = next.map_or(Next::End, |key| Next::Behind(Some(key)));
        let page = RepairMessage::StreamPage {
            life,
            settled: self.epoch_known,
            after,
            sum: page_sum(&page),
            page,
            next,
        };
        self.repair_send(peer, page, out);
    }

    pub(super) fn stream_came(
        &mut self,
        now: Now,
        from: NodeId,
        after: Option<Bytes>,
        (page, told): (Page, u64),
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
        if page_sum(&page) != told {
            out.push(Output::Event(format!("refused a damaged page of {from}")));
            return;
        }
        self.repair.rebuild.stir = Stir::Moved;
        self.repair.rebuild.taking = Some(from);
        let progress = match self.repair.rebuild.purpose {
            Purpose::Gained(since) => Some(Progress {
                since,
                peer: from,
                place: match &next {
                    Next::End => None,
                    Next::Behind(key) => key.clone(),
                },
            }),
            Purpose::Lost | Purpose::None => None,
        };
        let mut page = page;
        page.cells
            .retain(|(key, cell)| self.takes(now, key, cell, out));
        if self.settings.has(Mutant::ForgetAcceptors) {
            page.registers.clear();
        }
        page.registers.retain(|(key, _)| self.holds_key(key));
        self.stats.rebuilt_cells += page.cells.len() as u64;
        let step = RepairStep::Streamed(from, next);
        self.repair_store(StoreOp::Import(page, progress), step, out);
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
        out.push(Output::Event(format!("stream: {error}")));
    }

    /// The disk remembers how the streams stand.
    pub(super) fn content_remembered(&mut self, now: Now, out: &mut Outbox) {
        let rebuild = &mut self.repair.rebuild;
        if !rebuild.left.is_empty() {
            return;
        }
        match rebuild.purpose {
            Purpose::None => {}
            Purpose::Lost => {
                rebuild.purpose = Purpose::None;
                rebuild.content = Content::Whole;
                self.rebuilding = false;
                // Where nobody knew the epoch, every disk was lost, and with them all that could come back.
                self.epoch_known = true;
                out.push(Output::Event("rebuilt".to_owned()));
                self.look_at_move(now, out);
            }
            Purpose::Gained(since) => {
                rebuild.purpose = Purpose::None;
                self.has_moved(now, since, out);
            }
        }
    }
}

/// What a page adds up to, whatever its order.
pub(in crate::node) fn page_sum(page: &Page) -> u64 {
    let cells = page.cells.iter();
    let cells = cells.map(|(key, cell)| hash64_with(cell.digest(), key));
    let mut bytes = Vec::new();
    let registers = page.registers.iter().map(|(key, acceptor)| {
        acceptor.encode(&mut bytes);
        hash64_with(hash64_with(1, &bytes), key)
    });
    cells.chain(registers).fold(0, |sum, each| sum ^ each)
}

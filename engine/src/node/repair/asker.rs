//! The side that began an exchange, and drives it.

use bytes::Bytes;

use super::diff::{End, Room, diff};
use super::{Awaits, Exchange, Found, Onward, RepairMessage, RepairStep, Then};
use crate::NodeId;
use crate::base::limits::{
    REPAIR_BYTES_MAX, REPAIR_KEYS_MAX, REPAIR_LOOKS_MAX, REPAIR_ROOTS_MAX, REPAIR_ROWS_MAX,
};
use crate::base::time::Now;
use crate::node::io::Outbox;
use crate::node::machine::Node;
use crate::node::replica::{Group, KeyDigest, Leaves, Row, TreeOp};

impl Node {
    pub(super) fn ask_roots(&mut self, peer: NodeId, out: &mut Outbox) {
        let Some(running) = self.repair.running.get(&peer) else {
            return;
        };
        let (exchange, after) = (running.exchange, running.place.groups.clone());
        let op = TreeOp::Roots {
            peer,
            after,
            groups_max: REPAIR_ROOTS_MAX,
        };
        self.repair_tree(op, RepairStep::Roots(peer, exchange), out);
    }

    pub(super) fn offer_roots(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        roots: Vec<(Group, u64)>,
        upto: Option<Group>,
        out: &mut Outbox,
    ) {
        let Some(running) = self.repair.moved(now, peer, exchange, Awaits::Disk) else {
            return;
        };
        running.awaits = Awaits::Roots;
        let message = RepairMessage::Roots {
            exchange,
            after: running.place.groups.clone(),
            upto,
            roots,
        };
        self.repair_send(peer, message, out);
    }

    pub(super) fn round_agreed(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        upto: Option<Group>,
        out: &mut Outbox,
    ) {
        if let Some(running) = self.repair.moved(now, peer, exchange, Awaits::Roots) {
            running.upto = upto;
            self.end_round(peer, out);
        }
    }

    pub(super) fn offered_branches(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        upto: Option<Group>,
        theirs: Vec<(Group, Row)>,
        out: &mut Outbox,
    ) {
        let Some(running) = self.repair.moved(now, peer, exchange, Awaits::Roots) else {
            return;
        };
        running.found = Found::Other;
        let op = TreeOp::Leaves {
            theirs,
            rows_max: REPAIR_ROWS_MAX,
        };
        self.repair_tree(op, RepairStep::Leaves(peer, exchange, upto), out);
    }

    /// The round goes up to `upto`: no further than the peer looked, nor than one message holds.
    pub(super) fn offer_leaves(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        leaves: Vec<(Group, u8, Row)>,
        upto: Option<Group>,
        out: &mut Outbox,
    ) {
        let Some(running) = self.repair.moved(now, peer, exchange, Awaits::Disk) else {
            return;
        };
        running.upto = upto;
        // What differed a moment ago may agree by now.
        if leaves.is_empty() {
            self.end_round(peer, out);
            return;
        }
        running.awaits = Awaits::Page;
        let message = RepairMessage::Leaves {
            exchange,
            after: running.place.key.clone(),
            leaves,
        };
        self.repair_send(peer, message, out);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one for each part of the message"
    )]
    pub(super) fn offered_keys(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        leaves: Leaves,
        span: (Option<Bytes>, Option<Bytes>),
        theirs: Vec<KeyDigest>,
        out: &mut Outbox,
    ) {
        let (after, upto) = span;
        let running = self.repair.running.get(&peer);
        if running.is_none_or(|running| running.place.key != after) {
            return;
        }
        if self
            .repair
            .moved(now, peer, exchange, Awaits::Page)
            .is_none()
        {
            return;
        }
        let op = TreeOp::Keys {
            leaves: leaves.clone(),
            after,
            upto,
            keys_max: REPAIR_KEYS_MAX,
            looks_max: REPAIR_LOOKS_MAX,
        };
        let step = RepairStep::Compare(peer, exchange, leaves, theirs);
        self.repair_tree(op, step, out);
    }

    /// Both pages are here; `upto` is how far this replica's goes, and so how far they can be compared.
    #[expect(clippy::too_many_arguments, reason = "one for each part of the step")]
    pub(super) fn compare(
        &mut self,
        now: Now,
        peer: NodeId,
        exchange: Exchange,
        leaves: Leaves,
        pages: (&[KeyDigest], &[KeyDigest]),
        upto: Option<Bytes>,
        out: &mut Outbox,
    ) {
        let (mine, mut theirs) = pages;
        if self
            .repair
            .moved(now, peer, exchange, Awaits::Disk)
            .is_none()
        {
            return;
        }
        if let Some(upto) = &upto {
            theirs = &theirs[..theirs.partition_point(|key| key.key <= *upto)];
        }
        let room = Room {
            give: self.repair.bucket.available(now.mono),
            want: REPAIR_BYTES_MAX,
        };
        let diff = diff(mine, theirs, room);
        let stats = &mut self.repair.stats;
        stats.keys_compared += diff.compared;
        stats.keys_differing += diff.differing;
        stats.differing_bytes = stats.differing_bytes.saturating_add(diff.bytes);
        let then = match (diff.end, upto) {
            (End::Whole, None) => Then::Round,
            (End::Whole, Some(upto)) | (End::Full(upto), _) => Then::More(upto),
            (End::Empty(upto), _) => Then::Pause(upto),
        };
        let onward = Onward {
            exchange,
            leaves,
            then,
        };
        if !diff.want.is_empty() {
            self.repair_send(peer, RepairMessage::Want(diff.want), out);
        }
        if diff.give.is_empty() {
            self.go_on(now, peer, onward, out);
        } else {
            self.give(now, peer, diff.give, Some(onward), out);
        }
    }

    pub(super) fn go_on(&mut self, now: Now, peer: NodeId, onward: Onward, out: &mut Outbox) {
        let Onward {
            exchange,
            leaves,
            then,
        } = onward;
        let Some(running) = self.repair.moved(now, peer, exchange, Awaits::Disk) else {
            return;
        };
        match then {
            Then::More(after) => {
                running.place.key = Some(after.clone());
                running.awaits = Awaits::Page;
                let place = running.place.clone();
                self.repair.resume.insert(peer, place);
                let more = RepairMessage::More {
                    exchange,
                    leaves,
                    after,
                };
                self.repair_send(peer, more, out);
            }
            Then::Round => self.end_round(peer, out),
            Then::Pause(upto) => {
                let mut place = running.place.clone();
                place.key = upto.or(place.key);
                self.repair.resume.insert(peer, place);
                self.repair.running.remove(&peer);
            }
        }
    }

    /// The groups up to `upto` are dealt with: on to those behind it, or that was the end.
    fn end_round(&mut self, peer: NodeId, out: &mut Outbox) {
        let Some(running) = self.repair.running.get_mut(&peer) else {
            return;
        };
        if let Some(upto) = running.upto.take() {
            if running.place.groups.as_ref() >= Some(&upto) {
                // A peer that leads back would never let it end.
                self.repair.running.remove(&peer);
                return;
            }
            running.place.groups = Some(upto);
            running.place.key = None;
            let place = running.place.clone();
            self.repair.resume.insert(peer, place);
            self.ask_roots(peer, out);
            return;
        }
        self.repair.resume.remove(&peer);
        self.repair.stats.ended += 1;
        if let Some(running) = self.repair.running.remove(&peer)
            && running.found == Found::Equal
        {
            self.repair.stats.agreed += 1;
            self.repair.agreed.insert(peer, running.began);
        }
    }
}

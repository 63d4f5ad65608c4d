//! The side that is asked, which remembers nothing; and the sending of cells, which both do.

use bytes::Bytes;

use super::{Exchange, Onward, RepairMessage, RepairStep};
use crate::NodeId;
use crate::base::limits::{REPAIR_GROUPS_MAX, REPAIR_KEYS_MAX, REPAIR_LOOKS_MAX};
use crate::base::time::Now;
use crate::causal::Cell;
use crate::node::io::Outbox;
use crate::node::machine::Node;
use crate::node::replica::{Group, KeyDigest, Leaves, Row, StoreOp, TreeOp};

impl Node {
    pub(super) fn offered_roots(
        &mut self,
        from: NodeId,
        exchange: Exchange,
        span: (Option<Group>, Option<Group>),
        theirs: Vec<(Group, u64)>,
        out: &mut Outbox,
    ) {
        let (after, upto) = span;
        let op = TreeOp::Branches {
            peer: from,
            after,
            upto,
            theirs,
            groups_max: REPAIR_GROUPS_MAX,
        };
        self.repair_tree(op, RepairStep::Branches(from, exchange), out);
    }

    pub(super) fn offered_leaves(
        &mut self,
        from: NodeId,
        exchange: Exchange,
        after: Option<Bytes>,
        theirs: Vec<(Group, u8, Row)>,
        out: &mut Outbox,
    ) {
        let op = TreeOp::Differing { theirs };
        self.repair_tree(op, RepairStep::Differing(from, exchange, after), out);
    }

    pub(super) fn list_keys(
        &mut self,
        from: NodeId,
        exchange: Exchange,
        leaves: Leaves,
        after: Option<Bytes>,
        out: &mut Outbox,
    ) {
        let op = TreeOp::Keys {
            leaves: leaves.clone(),
            after: after.clone(),
            upto: None,
            keys_max: REPAIR_KEYS_MAX,
            looks_max: REPAIR_LOOKS_MAX,
        };
        self.repair_tree(op, RepairStep::Keys(from, exchange, leaves, after), out);
    }

    /// Reads cells to send them to `peer`. What finds the bucket empty is not sent: the next exchange finds it anew.
    pub(super) fn give(
        &mut self,
        now: Now,
        peer: NodeId,
        mut keys: Vec<Bytes>,
        onward: Option<Onward>,
        out: &mut Outbox,
    ) {
        let bytes_max = self.repair.bucket.available(now.mono);
        if bytes_max == 0 {
            keys.clear();
        }
        let op = StoreOp::ReadMany { keys, bytes_max };
        self.repair_store(op, RepairStep::Give(peer, onward), out);
    }

    pub(super) fn given(
        &mut self,
        now: Now,
        peer: NodeId,
        onward: Option<Onward>,
        read: (Vec<(Bytes, Cell)>, usize),
        out: &mut Outbox,
    ) {
        let (cells, bytes) = read;
        if !cells.is_empty() {
            self.count_sent(&cells, bytes);
            self.repair_send(peer, RepairMessage::Cells(cells), out);
        }
        if let Some(onward) = onward {
            self.go_on(now, peer, onward, out);
        }
    }

    pub(super) fn count_sent(&mut self, cells: &[(Bytes, Cell)], bytes: usize) {
        self.repair.bucket.spend(bytes);
        self.repair.stats.cells_sent += cells.len() as u64;
        self.repair.stats.cell_bytes_sent += bytes as u64;
    }

    pub(super) fn send_page(
        &mut self,
        peer: NodeId,
        exchange: Exchange,
        leaves: Leaves,
        after: Option<Bytes>,
        page: (Vec<KeyDigest>, Option<Bytes>),
        out: &mut Outbox,
    ) {
        let (keys, upto) = page;
        let message = RepairMessage::Keys {
            exchange,
            leaves,
            after,
            upto,
            keys,
        };
        self.repair_send(peer, message, out);
    }
}

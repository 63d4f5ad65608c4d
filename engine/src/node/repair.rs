//! Anti-entropy: replicas compare what they hold and exchange what differs (Dynamo 2007, section 4.7).
//!
//! Each node, in turn, offers each peer one hash per leaf over the keys that both own; for leaves that
//! differ the peer names its keys with their digests, and only the cells that differ then travel.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::io::{Outbox, Output};
use super::machine::{Alarm, Node};
use super::message::Message;
use super::replica::StoreResult;
use crate::NodeId;
use crate::base::hash::{hash64, hash64_with};
use crate::base::limits::{REPAIR_BYTES_MAX, REPAIR_KEYS_MAX};
use crate::base::time::Now;
use crate::causal::Cell;

/// Leaves of the comparison: a key's leaf is the top 8 bits of its hash.
const LEAVES: usize = 256;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Repair {
    turn: usize,
}

/// What shall happen with the digests, or cells, that the disk returns.
#[derive(Clone, Debug)]
pub(super) enum RepairStep {
    /// Offer them to this peer.
    Offer(NodeId),
    /// Compare with the leaves that this peer offered.
    Compare(NodeId, Vec<u64>),
    /// In these leaves, settle what differs from this peer's keys.
    Reconcile(NodeId, Vec<u16>, Vec<(Bytes, u64)>),
    /// Send the cells to this peer.
    Send(NodeId),
}

type Digests = BTreeMap<Bytes, u64>;

fn leaf_of(key: &[u8]) -> usize {
    (hash64(key) >> 56) as usize
}

/// Each leaf is the XOR of hash(key, digest) over its keys: the order of keys does not matter.
fn leaves_of(digests: &Digests) -> Vec<u64> {
    let mut leaves = vec![0; LEAVES];
    for (key, digest) in digests {
        leaves[leaf_of(key)] ^= hash64_with(*digest, key);
    }
    leaves
}

/// The receiver writes each message as one batch, which has its limit.
fn send_in_parts(peer: NodeId, cells: Vec<(Bytes, Cell)>, out: &mut Outbox) {
    let (mut part, mut part_bytes) = (Vec::new(), 0);
    for (key, cell) in cells {
        let bytes = key.len() + cell.encode().len();
        if part_bytes + bytes > REPAIR_BYTES_MAX && !part.is_empty() {
            out.push(Output::Send(
                peer,
                Message::Cells(core::mem::take(&mut part)),
            ));
            part_bytes = 0;
        }
        part_bytes += bytes;
        part.push((key, cell));
    }
    if !part.is_empty() {
        out.push(Output::Send(peer, Message::Cells(part)));
    }
}

impl Node {
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

    pub(super) fn start_repair(&mut self, out: &mut Outbox) {
        let id = self.id;
        let members = self.parts.placement.members();
        let peers: Vec<NodeId> = members
            .iter()
            .map(|member| member.node)
            .filter(|node| *node != id)
            .collect();
        self.repair.turn += 1;
        if !peers.is_empty() {
            let peer = peers[(self.repair.turn + id.0 as usize) % peers.len()];
            self.repair_with(RepairStep::Offer(peer), out);
        }
    }

    pub(super) fn repair_step(&mut self, step: RepairStep, result: StoreResult, out: &mut Outbox) {
        match (step, result) {
            (RepairStep::Offer(peer), StoreResult::Digests(digests)) => {
                let leaves = leaves_of(&self.shared_with(peer, digests));
                out.push(Output::Send(peer, Message::Offer(leaves)));
            }
            (RepairStep::Compare(peer, theirs), StoreResult::Digests(digests)) => {
                self.compare(peer, &theirs, self.shared_with(peer, digests), out);
            }
            (RepairStep::Reconcile(peer, leaves, theirs), StoreResult::Digests(digests)) => {
                let mine = self.shared_with(peer, digests);
                self.reconcile(peer, &leaves, theirs.into_iter().collect(), mine, out);
            }
            (RepairStep::Send(peer), StoreResult::Cells(cells)) => send_in_parts(peer, cells, out),
            (_, StoreResult::Failed(error)) => out.push(Output::Event(format!("repair: {error}"))),
            _ => {}
        }
    }

    fn shared_with(&self, peer: NodeId, digests: Vec<(Bytes, u64)>) -> Digests {
        let both = |key: &[u8]| {
            let owners = self.owners(key);
            owners.contains(&self.id) && owners.contains(&peer)
        };
        digests.into_iter().filter(|(key, _)| both(key)).collect()
    }

    fn compare(&self, peer: NodeId, theirs: &[u64], mine: Digests, out: &mut Outbox) {
        if theirs.len() != LEAVES {
            out.push(Output::Event(format!(
                "refused an offer of {} leaves",
                theirs.len()
            )));
            return;
        }
        let ours = leaves_of(&mine);
        let mut by_leaf: BTreeMap<usize, Vec<(Bytes, u64)>> = BTreeMap::new();
        for (key, digest) in mine {
            by_leaf
                .entry(leaf_of(&key))
                .or_default()
                .push((key, digest));
        }
        // Whole leaves only, and at least one: a leaf cut short would make its missing keys look lost.
        let (mut leaves, mut keys) = (Vec::new(), Vec::new());
        for leaf in (0..LEAVES).filter(|leaf| ours[*leaf] != theirs[*leaf]) {
            let held = by_leaf.remove(&leaf).unwrap_or_default();
            if !leaves.is_empty() && keys.len() + held.len() > REPAIR_KEYS_MAX {
                break;
            }
            leaves.push(leaf as u16);
            keys.extend(held);
        }
        if !leaves.is_empty() {
            out.push(Output::Send(peer, Message::Differ(leaves, keys)));
        }
    }

    fn reconcile(
        &mut self,
        peer: NodeId,
        leaves: &[u16],
        theirs: Digests,
        mine: Digests,
        out: &mut Outbox,
    ) {
        let leaves: BTreeSet<usize> = leaves.iter().map(|leaf| usize::from(*leaf)).collect();
        let differs = |from: &Digests, to: &Digests| -> Vec<Bytes> {
            let keys = from
                .iter()
                .filter(|(key, digest)| to.get(*key) != Some(*digest));
            keys.map(|(key, _)| key.clone())
                .filter(|key| leaves.contains(&leaf_of(key)))
                .collect()
        };
        let (give, want) = (differs(&mine, &theirs), differs(&theirs, &mine));
        for keys in give.chunks(REPAIR_KEYS_MAX) {
            self.send_cells(peer, keys.to_vec(), out);
        }
        for keys in want.chunks(REPAIR_KEYS_MAX) {
            out.push(Output::Send(peer, Message::Want(keys.to_vec())));
        }
    }
}

//! Ranges that come and go: what a replica does when its epoch changes, and with what others stream to it.

use core::ops::Bound;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::cells::{Held, behind};
use super::keyspace::{REGISTERS, is_cell};
use super::metadata::{DROPPING, MOVED, PROGRESS, TOPOLOGY};
use super::op::{Disk, Page, Progress, StoreResult, StreamWhy, TreeResult};
use super::{Replica, boot, registers};
use crate::base::codec::{put_slice, put_varint};
use crate::causal::Cell;
use crate::node::paxos::{Acceptor, Floor};
use crate::node::topology::{Shape, is_log_key};
use crate::storage::{Store, WriteBatch};
use crate::{NodeId, Result};

/// Keys that are removed in one batch.
const DROPPED_AT_ONCE: usize = 1 << 10;

impl Replica {
    /// From now on the keys are owned as this document says. What this node does not own is to be removed next, by
    /// [`Self::drop_strangers`], also after a crash; unless the move goes on that it was in before.
    pub(super) fn adopt(&mut self, shape: Shape) -> Result<(StoreResult, Disk)> {
        let since = |shape: &Shape| shape.topology.coming.as_ref().map(|coming| coming.since);
        let (before, after) = (since(self.keys.shape()), since(&shape));
        self.batch.put(TOPOLOGY, shape.topology.encode());
        if after.is_none() || after != before {
            self.batch.put(DROPPING, []);
        }
        let over = |(_, (of, _)): &(&NodeId, &(u64, Option<Bytes>))| Some(*of) != after;
        for (peer, _) in self.metadata.progress.iter().filter(over) {
            self.batch.delete(progress_key(*peer));
        }
        self.commit()?;
        self.metadata
            .progress
            .retain(|_, (of, _)| Some(*of) == after);
        self.keys = self.keys.shaped(shape);
        self.forest = boot::plant(&self.store, &self.keys, self.forest.here())?;
        Ok((StoreResult::Done, Disk::Dirty))
    }

    /// Removes what this node does not own: it has been given to others, or is left from an earlier time and would
    /// come back wrong.
    pub(super) fn drop_strangers(&mut self) -> Result<(StoreResult, Disk)> {
        self.remove_strangers()?;
        self.batch.delete(DROPPING);
        self.commit()?;
        self.forest = boot::plant(&self.store, &self.keys, self.forest.here())?;
        Ok((StoreResult::Done, Disk::Dirty))
    }

    fn remove_strangers(&mut self) -> Result<()> {
        let here = self.forest.here();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let mut range = self.store.range(from, Bound::Unbounded)?;
            let (mut batch, mut looks) = (WriteBatch::new(), 0);
            let mut last = None;
            while let Some((key, _)) = range.next()? {
                looks += 1;
                let full = match key.first() {
                    Some(&REGISTERS) => Some(&key[1..]),
                    _ if is_cell(key) => Some(key),
                    _ => None,
                };
                if full.is_some_and(|full| !is_log_key(full) && !self.keys.owns(here, full)) {
                    batch.delete(key);
                }
                if looks >= DROPPED_AT_ONCE {
                    last = Some(key.to_vec());
                    break;
                }
            }
            drop(range);
            self.store
                .write(&batch, crate::storage::Durability::Memory)?;
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// Takes in a page that another node has streamed, and how far that came, at once.
    pub(super) fn import(
        &mut self,
        page: Page,
        progress: Option<Progress>,
    ) -> Result<(StoreResult, Disk)> {
        for (key, acceptor) in page.registers {
            let mut held = registers::read_acceptor(&self.store, &key, self.metadata.floor)?;
            if held.learn(&acceptor) {
                self.put_acceptor(&key, &held);
            }
        }
        let mut floor = self.metadata.floor;
        floor.raise(page.floor);
        if floor != self.metadata.floor {
            self.put_floor(floor);
        }
        if let Some(Progress { since, peer, place }) = &progress {
            let mut value = Vec::new();
            put_varint(&mut value, *since);
            match place {
                None => value.push(0),
                Some(key) => {
                    value.push(1);
                    put_slice(&mut value, key);
                }
            }
            self.batch.put(progress_key(*peer), value);
        }
        let merged = self.merge(page.cells);
        if let (Ok(_), Some(Progress { since, peer, place })) = (&merged, progress) {
            self.metadata.progress.insert(peer, (since, place));
        }
        merged.map(|(result, _)| (result, Disk::Dirty))
    }

    /// Remembers that all that the move since this epoch brings is here.
    pub(super) fn set_moved(&mut self, since: u64) -> Result<(StoreResult, Disk)> {
        self.batch.put(MOVED, since.to_be_bytes());
        self.commit()?;
        self.metadata.moved = since;
        Ok((StoreResult::Done, Disk::Dirty))
    }

    /// See [`TreeOp::Stream`](super::TreeOp::Stream).
    pub(super) fn stream(
        &self,
        (peer, why): (NodeId, StreamWhy),
        after: Option<&[u8]>,
        looks_max: usize,
        bytes_max: usize,
    ) -> Result<TreeResult> {
        let here = self.forest.here();
        let wanted = |key: &[u8]| match why {
            StreamWhy::Lost => self.keys.holds(here, key) && self.keys.holds(peer, key),
            StreamWhy::Gained => {
                let given = self.keys.owns(here, key) && self.keys.gains(peer, key);
                given && !self.tail.iter().any(|last| last == key)
            }
        };
        let mut page = Taken::new(looks_max.max(1), bytes_max, self.metadata.floor);
        let in_cells = after.is_none_or(is_cell);
        if in_cells {
            let mut range = behind(&self.store, after, None)?;
            while let Some((key, stored)) = range.next()? {
                if !page.looks_at(key) {
                    return Ok(page.result());
                }
                if wanted(key) && !page.takes(key, stored.len()) {
                    return Ok(page.result());
                }
                if wanted(key) {
                    let cell = Held::of(stored)?.cell;
                    page.cells.push((Bytes::copy_from_slice(key), cell));
                }
                page.passed(key);
            }
        }
        let from = after
            .filter(|_| !in_cells)
            .map_or(Bound::Included(&[REGISTERS][..]), Bound::Excluded);
        let mut range = self.store.range(from, Bound::Excluded(&[REGISTERS + 1]))?;
        while let Some((key, stored)) = range.next()? {
            let full = &key[1..];
            if !page.looks_at(key) {
                return Ok(page.result());
            }
            if !is_log_key(full) && wanted(full) {
                if !page.takes(key, stored.len()) {
                    return Ok(page.result());
                }
                let acceptor = Acceptor::decode(stored)?;
                page.registers
                    .push((Bytes::copy_from_slice(full), acceptor));
            }
            page.passed(key);
        }
        page.next = None;
        Ok(page.result())
    }
}

/// A page as it fills.
struct Taken {
    looks_left: usize,
    bytes_max: usize,
    bytes: usize,
    cells: Vec<(Bytes, Cell)>,
    registers: Vec<(Bytes, Acceptor)>,
    next: Option<Bytes>,
    floor: Floor,
}

impl Taken {
    fn new(looks_left: usize, bytes_max: usize, floor: Floor) -> Self {
        Self {
            floor,
            looks_left,
            bytes_max,
            bytes: 0,
            cells: Vec::new(),
            registers: Vec::new(),
            next: None,
        }
    }

    fn looks_at(&mut self, _key: &[u8]) -> bool {
        let more = self.looks_left > 0;
        self.looks_left = self.looks_left.saturating_sub(1);
        more
    }

    /// Whether so much more fits; the first always does.
    fn takes(&mut self, key: &[u8], stored: usize) -> bool {
        let more = key.len() + stored;
        let first = self.cells.is_empty() && self.registers.is_empty();
        if self.bytes + more > self.bytes_max && !first {
            return false;
        }
        self.bytes += more;
        true
    }

    fn passed(&mut self, key: &[u8]) {
        self.next = Some(Bytes::copy_from_slice(key));
    }

    fn result(self) -> TreeResult {
        TreeResult::Stream {
            page: Page {
                cells: self.cells,
                registers: self.registers,
                floor: self.floor,
            },
            bytes: self.bytes,
            next: self.next,
        }
    }
}

pub(super) fn progress_key(peer: NodeId) -> Vec<u8> {
    [PROGRESS, &peer.0.to_be_bytes()].concat()
}

/// How far each peer's stream came: of which move, and the last key; none is all of it.
pub(super) type Progresses = BTreeMap<NodeId, (u64, Option<Bytes>)>;

/// The document that a disk knows.
///
/// # Errors
/// [`Error::Corruption`](crate::Error::Corruption) when stored bytes make no sense.
pub fn read_topology(store: &Store) -> Result<Option<crate::ring::Topology>> {
    let stored = store.get(TOPOLOGY)?;
    stored
        .map(|bytes| crate::ring::Topology::decode(&bytes))
        .transpose()
}

//! The one scan of a boot.

use core::ops::Bound;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::Replica;
use super::cells::{self, Held};
use super::forest::Forest;
use super::hints::{self, HintCount, HintIndex};
use super::keyspace::{HINTS, Keyspace, METADATA, is_cell};
use super::metadata::{IDENTITY, LIFE, Metadata};
use super::op::{Content, StoreOp, StoreResult};
use crate::causal::Stamp;
use crate::storage::{Store, WriteBatch};
use crate::{Error, NodeId, Result};

/// What a replica found on its disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The highest stamp: the node's clock goes on from there.
    pub stamp: Stamp,
    /// Keys that have a cell.
    pub cells: u64,
    /// The hints that it keeps.
    pub hints: BTreeMap<NodeId, HintCount>,
    /// As [`StoreOp::SetRepairEpoch`](super::StoreOp::SetRepairEpoch) left it, at first 0.
    pub repair_epoch: u64,
    /// As [`StoreOp::SetContent`](super::StoreOp::SetContent) left it; none on a disk that is new, or was lost.
    pub content: Option<Content>,
    /// The last move of which all is here: the epoch in which it began, or 0.
    pub moved: u64,
    /// How far each peer's stream came: of which move, and the last key; none is all of it.
    pub progress: BTreeMap<NodeId, (u64, Option<Bytes>)>,
    /// In which life the disk was opened last, by [`Replica::begin_life`].
    pub life: Option<u32>,
}

impl Replica {
    /// The replica of node `id` on `store`. It reads all of it once.
    ///
    /// # Errors
    /// [`Error::Corruption`](crate::Error::Corruption) when stored bytes make no sense.
    pub fn open(store: Store, id: NodeId, keys: Keyspace) -> Result<(Self, Recovered)> {
        let (mut forest, mut hints) = (Forest::new(id), HintIndex::default());
        let (mut metadata, mut found) = (Metadata::default(), Recovered::default());
        let mut range = store.range(Bound::Unbounded, Bound::Unbounded)?;
        while let Some((key, value)) = range.next()? {
            match key.first() {
                Some(&HINTS) => {
                    let (target, number) = hints::named_by(key)?;
                    let hint = hints::decode(number, value)?;
                    hints.add(target, number, (key.len() + value.len()) as u64);
                    found.stamp = found.stamp.max(hint.cell.stamp());
                }
                Some(&METADATA) => metadata.take(key, value)?,
                _ if is_cell(key) => {
                    let held = Held::of(value)?;
                    forest.apply(&keys, key, None, held.digest);
                    found.stamp = found.stamp.max(held.cell.stamp());
                    found.cells += 1;
                }
                // Of a kind that is not known here.
                _ => {}
            }
        }
        drop(range);
        found.hints = hints.counts();
        if let Some(owner) = metadata.identity.filter(|owner| *owner != id) {
            return Err(Error::invalid(format!(
                "this is the disk of {owner}, and {id} was to use it: one disk is one node's; give {id} an empty one"
            )));
        }
        (found.repair_epoch, found.content) = (metadata.repair_epoch, metadata.content);
        (found.moved, found.life) = (metadata.moved, metadata.life);
        found.progress.clone_from(&metadata.progress);
        let dropping = metadata.dropping;
        let mut replica = Self {
            store,
            keys,
            forest,
            hints,
            metadata,
            batch: WriteBatch::new(),
            staged: Vec::new(),
            scratch: Vec::new(),
            tail: VecDeque::new(),
            undurable: false,
        };
        if dropping {
            replica.drop_strangers()?;
        }
        Ok((replica, found))
    }

    /// Marks the disk with its node and the life that begins, so that a copy of it from an earlier life, or one for
    /// another node, is known for what it is.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn begin_life(&mut self, life: u32) -> Result<()> {
        self.batch.put(IDENTITY, self.forest.here().0.to_be_bytes());
        self.batch.put(LIFE, life.to_be_bytes());
        self.commit()?;
        self.sync()
    }
}

impl Replica {
    /// Marks a new node's disk, before its first life begins: from then on a blank disk is a lost one.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn format(&mut self) -> Result<Content> {
        let (result, _) = self.execute(StoreOp::SetContent(Content::Whole));
        if let StoreResult::Failed(error) = result {
            return Err(error);
        }
        self.sync()?;
        Ok(Content::Whole)
    }
}

/// The trees over a store, from nothing.
pub(super) fn plant(store: &Store, keys: &Keyspace, here: NodeId) -> Result<Forest> {
    let mut forest = Forest::new(here);
    let mut range = cells::range(store, Bound::Unbounded, Bound::Unbounded)?;
    while let Some((key, value)) = range.next()? {
        forest.apply(keys, key, None, Held::of(value)?.digest);
    }
    Ok(forest)
}

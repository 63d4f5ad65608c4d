//! What a replica does to its own disk.
//!
//! ```text
//!  StoreOp --> Replica --> one batch into the Store      cells under their keys, hints under f1, itself under f2
//!                 |------> Forest: three XORs a key      in memory; the boot's one scan builds it anew
//!                 '------> StoreResult, and whether there is something to sync
//! ```
//!
//! A full key's first byte is its table, 0 to 239; from 240 on stand the replica's own records, which no peer can
//! reach: hints, what it knows of itself, and its part in registers. Invariants: an operation is one batch, whole or not at all, also across a crash; the forest and the
//! counts of hints are what a boot would find; an operation that failed changed neither.
//!
//! The driver holds the [`Replica`], runs operations in their order, and syncs once for all that it ran.

mod boot;
mod cells;
mod change;
mod forest;
mod hints;
mod keyspace;
mod metadata;
mod moving;
mod op;
mod pages;
mod registers;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::base::time::Wall;
use crate::causal::Cell;
use crate::storage::{Step, Storage as _, Store, WriteBatch};

use super::table::Tables;
use super::topology::Shape;
use crate::{NodeId, Result};

pub use boot::Recovered;
pub use cells::{read_cell, scan_cells};
#[cfg(test)]
pub(super) use forest::{FANOUT, LeafSet, leaf_of};
pub use forest::{Forest, Group, Leaves, Row};
pub use hints::HintCount;
pub use keyspace::Keyspace;
pub(super) use keyspace::{REGISTERS, is_cell};
pub use moving::read_topology;
pub use op::{
    Content, Disk, Hint, Hinted, KeyDigest, Page, Progress, RegisterOp, RegisterResult, StoreOp,
    StoreResult, StreamWhy, TreeOp, TreeResult, Writer,
};
pub use registers::{read_acceptor, read_floor};

use cells::Held;
use change::Staged;
use hints::HintIndex;
use metadata::Metadata;
use pages::KeysWanted;

/// One node's disk, and what it must know of it all the time.
#[derive(Debug)]
pub struct Replica {
    store: Store,
    keys: Keyspace,
    forest: Forest,
    hints: HintIndex,
    metadata: Metadata,
    batch: WriteBatch,
    staged: Vec<Staged>,
    scratch: Vec<u8>,
    /// What was written last, for the planted bug `stream-without-tail`; empty without it.
    tail: VecDeque<Bytes>,
    /// The last sync failed: the store shows what may not be on the disk. A full disk fails so and goes on.
    undurable: bool,
}

impl Replica {
    /// The disk.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The epoch that it knows, and who owns what in it.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        self.keys.shape()
    }

    /// The trees over it.
    #[must_use]
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// Every cell, in key order.
    ///
    /// # Errors
    /// As [`scan_cells`].
    pub fn cells(&self) -> Result<Vec<(Bytes, Cell)>> {
        scan_cells(&self.store)
    }

    /// One key's cell; empty when it is not there.
    ///
    /// # Errors
    /// As [`scan_cells`].
    pub fn cell(&self, key: &[u8]) -> Result<Cell> {
        read_cell(&self.store, key)
    }

    /// Makes all that was done survive a power cut.
    ///
    /// # Errors
    /// As [`Storage::sync`](crate::storage::Storage::sync).
    pub fn sync(&mut self) -> Result<()> {
        let synced = Store::sync(&self.store);
        self.undurable = synced.is_err();
        synced
    }

    /// Does a share of the store's upkeep.
    ///
    /// # Errors
    /// As [`Storage::maintain`](crate::storage::Storage::maintain).
    pub fn maintain(&mut self) -> Result<Step> {
        self.store.maintain()
    }

    /// Runs `op`. It does not sync: the driver does, once for all that it ran. A store that is poisoned or full
    /// answers [`StoreResult::Failed`] to whatever would write.
    pub fn execute(&mut self, op: StoreOp) -> (StoreResult, Disk) {
        match self.run(op) {
            // Who finds a change there already vouches for it, and here that takes a sync.
            Ok((result, _)) if self.undurable && !result.is_read() => (result, Disk::Dirty),
            Ok(done) => done,
            Err(error) => (StoreResult::Failed(error), Disk::Clean),
        }
    }

    fn run(&mut self, op: StoreOp) -> Result<(StoreResult, Disk)> {
        let found = match op {
            StoreOp::Write {
                key,
                value,
                supersedes,
                writer,
            } => return self.write(key, value, &supersedes, writer),
            StoreOp::Update {
                key,
                change,
                writer,
            } => return self.update(key, &change, writer),
            StoreOp::Merge(cells) => return self.merge(cells),
            StoreOp::MergeOne(key, cell) => return self.merge_one(key, &cell),
            StoreOp::Overwrite(cells) => return self.overwrite(cells),
            StoreOp::Hint {
                target,
                key,
                cell,
                at,
            } => return self.hint(target, &key, &cell, at),
            StoreOp::DropHints { target, numbers } => return self.drop_hints(target, numbers),
            StoreOp::Purge(keys) => return self.purge(keys),
            StoreOp::SetRepairEpoch(epoch) => return self.set_repair_epoch(epoch),
            StoreOp::SetContent(content) => return self.set_content(content),
            StoreOp::Adopt(shape) => return self.adopt(shape),
            StoreOp::DropStrangers => return self.drop_strangers(),
            StoreOp::Import(page, progress) => return self.import(page, progress),
            StoreOp::SetMoved(since) => return self.set_moved(since),
            StoreOp::Register(op) => return self.register(op),
            StoreOp::Read(key) => StoreResult::Cell(read_cell(&self.store, &key)?),
            StoreOp::ReadMany { keys, bytes_max } => self.read_many(keys, bytes_max)?,
            StoreOp::Scan {
                from,
                to,
                keys_max,
                bytes_max,
            } => pages::page(&self.store, &from, &to, keys_max, bytes_max)?,
            StoreOp::Hints {
                target,
                after,
                bytes_max,
            } => StoreResult::Hints(hints::read(&self.store, target, after, bytes_max)?),
            StoreOp::Dead {
                after,
                keys_max,
                now,
            } => pages::dead(&self.store, after.as_deref(), keys_max, now)?,
            StoreOp::Same { cells, now } => StoreResult::Same(self.same(&cells, now)?),
            StoreOp::Tree(op) => StoreResult::Tree(self.read_tree(op)?),
        };
        Ok((found, Disk::Clean))
    }

    fn read_many(&self, keys: Vec<Bytes>, bytes_max: usize) -> Result<StoreResult> {
        let (mut cells, mut bytes) = (Vec::with_capacity(keys.len()), 0);
        let mut keys = keys.into_iter();
        let mut unread = Vec::new();
        for key in keys.by_ref() {
            let held = Held::read(&self.store, &key)?;
            if held.digest.is_none() {
                continue;
            }
            let more = key.len() + held.bytes;
            if bytes + more > bytes_max && !cells.is_empty() {
                unread.push(key);
                break;
            }
            bytes += more;
            cells.push((key, held.cell));
        }
        unread.extend(keys);
        Ok(StoreResult::Cells {
            cells,
            bytes,
            unread,
        })
    }

    fn same(&self, keys: &[(Bytes, u64)], now: Wall) -> Result<Vec<bool>> {
        let here = |(key, digest): &(Bytes, u64)| {
            let held = Held::read(&self.store, key)?;
            Ok(held.digest == Some(*digest) && held.cell.is_dead(now))
        };
        keys.iter().map(here).collect()
    }

    fn read_tree(&mut self, op: TreeOp) -> Result<TreeResult> {
        let (store, keys, forest) = (&self.store, &self.keys, &mut self.forest);
        Ok(match op {
            TreeOp::Roots {
                peer,
                after,
                groups_max,
            } => forest.roots_with(peer, after.as_ref(), groups_max),
            TreeOp::Branches {
                peer,
                after,
                upto,
                theirs,
                groups_max,
            } => forest.branches_against(peer, (after, upto), theirs, groups_max),
            TreeOp::Leaves { theirs, rows_max } => forest.leaves_against(theirs, rows_max),
            TreeOp::Differing { theirs } => TreeResult::Differing(forest.differing(theirs)),
            TreeOp::Keys {
                leaves,
                after,
                upto,
                keys_max,
                looks_max,
            } => {
                let wanted = KeysWanted {
                    leaves: &leaves,
                    after: after.as_deref(),
                    upto: upto.as_deref(),
                    keys_max,
                    looks_max,
                };
                pages::keys_in(store, keys, forest, &wanted)?
            }
            TreeOp::Stream {
                peer,
                why,
                after,
                looks_max,
                bytes_max,
            } => self.stream((peer, why), after.as_deref(), looks_max, bytes_max)?,
        })
    }

    /// From now on there are these tables. Keys of a table that is new have no cell yet, so the trees stand.
    pub fn set_tables(&mut self, tables: Arc<Tables>) {
        self.keys.set_tables(tables);
    }

    /// What is kept for whom.
    #[must_use]
    pub fn hint_counts(&self) -> BTreeMap<NodeId, HintCount> {
        self.hints.counts()
    }
}

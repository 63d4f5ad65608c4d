//! What a replica does to its own disk. Drivers call [`execute`]; it is the only place where cells and
//! stored bytes meet.

use core::ops::Bound;

use bytes::Bytes;

use crate::causal::{Actor, Cell, Dot, Merged, Resolve, Stamp, Version, VersionVector};
use crate::storage::{Storage, WriteBatch};
use crate::{Error, Result};

/// An operation on a replica's disk.
#[derive(Clone, Debug)]
pub enum StoreOp {
    /// Read one key.
    Read(Bytes),
    /// Read several keys; those that are not there are left out.
    ReadMany(Vec<Bytes>),
    /// Add a version under the next dot of an actor.
    Write {
        /// The key.
        key: Bytes,
        /// Who writes.
        actor: Actor,
        /// The writes that it supersedes.
        supersedes: VersionVector,
        /// The version.
        version: Version,
    },
    /// Take in what other replicas know; all of it or, after a crash, none.
    Merge(Vec<(Bytes, Cell)>),
    /// The digest of every key.
    Digests,
}

/// What an operation gave.
#[derive(Clone, Debug)]
pub enum StoreResult {
    /// Of [`StoreOp::Read`]; empty when the key is not there.
    Cell(Cell),
    /// Of [`StoreOp::ReadMany`].
    Cells(Vec<(Bytes, Cell)>),
    /// Of [`StoreOp::Write`].
    Written(Dot, Cell),
    /// Of [`StoreOp::Merge`].
    Merged,
    /// Of [`StoreOp::Digests`], in key order.
    Digests(Vec<(Bytes, u64)>),
    /// It failed, and changed nothing.
    Failed(Error),
}

/// Whether an operation left something to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// Nothing was written.
    Clean,
    /// Something was written: sync before the completion is told.
    Dirty,
}

/// Runs `op` on `store`. It does not sync: the driver does, once for all that it ran.
pub fn execute(store: &mut dyn Storage, op: StoreOp, resolve: &dyn Resolve) -> (StoreResult, Disk) {
    match run(store, op, resolve) {
        Ok(done) => done,
        Err(error) => (StoreResult::Failed(error), Disk::Clean),
    }
}

fn run(store: &mut dyn Storage, op: StoreOp, resolve: &dyn Resolve) -> Result<(StoreResult, Disk)> {
    Ok(match op {
        StoreOp::Read(key) => (StoreResult::Cell(read(store, &key)?), Disk::Clean),
        StoreOp::ReadMany(keys) => {
            let mut cells = Vec::with_capacity(keys.len());
            for key in keys {
                let cell = read(store, &key)?;
                if !cell.is_empty() {
                    cells.push((key, cell));
                }
            }
            (StoreResult::Cells(cells), Disk::Clean)
        }
        StoreOp::Write {
            key,
            actor,
            supersedes,
            version,
        } => {
            let mut cell = read(store, &key)?;
            let dot = cell.write(actor, &supersedes, version, resolve)?;
            let mut batch = WriteBatch::new();
            batch.put(key, cell.encode());
            store.write(batch)?;
            (StoreResult::Written(dot, cell), Disk::Dirty)
        }
        StoreOp::Merge(cells) => (StoreResult::Merged, merge(store, cells, resolve)?),
        StoreOp::Digests => {
            let cells = scan_cells(store)?;
            (
                StoreResult::Digests(cells.map(|(key, cell)| (key, cell.digest())).collect()),
                Disk::Clean,
            )
        }
    })
}

fn merge(
    store: &mut dyn Storage,
    cells: Vec<(Bytes, Cell)>,
    resolve: &dyn Resolve,
) -> Result<Disk> {
    let mut batch = WriteBatch::new();
    let mut disk = Disk::Clean;
    for (key, other) in cells {
        let mut cell = read(store, &key)?;
        if cell.merge(&other, resolve) == Merged::News {
            batch.put(key, cell.encode());
            disk = Disk::Dirty;
        }
    }
    // Also with nothing to write: a store that is poisoned refuses, and what it shows but could not make
    // durable must not be acknowledged.
    store.write(batch)?;
    Ok(disk)
}

fn read(store: &dyn Storage, key: &[u8]) -> Result<Cell> {
    store
        .get(key)?
        .map_or_else(|| Ok(Cell::default()), |bytes| Cell::decode(&bytes))
}

/// Every cell of a store, in key order.
///
/// # Errors
/// [`Error::Corruption`] when stored bytes are not a cell.
pub fn scan_cells(store: &dyn Storage) -> Result<impl Iterator<Item = (Bytes, Cell)> + use<>> {
    let rows = store.scan(Bound::Unbounded, Bound::Unbounded, usize::MAX)?;
    let cells: Result<Vec<_>> = rows
        .into_iter()
        .map(|(key, bytes)| Ok((key, Cell::decode(&bytes)?)))
        .collect();
    Ok(cells?.into_iter())
}

/// The highest stamp in a store: a restarted node's clock goes on from there.
///
/// # Errors
/// [`Error::Corruption`] when stored bytes are not a cell.
pub fn highest_stamp(store: &dyn Storage) -> Result<Stamp> {
    Ok(scan_cells(store)?
        .map(|(_, cell)| cell.stamp())
        .max()
        .unwrap_or_default())
}

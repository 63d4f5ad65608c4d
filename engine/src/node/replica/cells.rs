//! The only place where cells and stored bytes meet.

use core::ops::Bound;

use bytes::Bytes;

use super::keyspace::RECORDS;
use crate::Result;
use crate::base::limits::IDEMPOTENCY_WINDOW_MS;
use crate::base::time::Wall;
use crate::causal::{Cell, Version};
use crate::storage::{Range, Store};

/// A cell as the disk holds it.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) cell: Cell,
    /// None when the key is not there.
    pub(super) digest: Option<u64>,
    /// Its stored bytes.
    pub(super) bytes: usize,
}

impl Held {
    pub(super) fn read(store: &Store, key: &[u8]) -> Result<Self> {
        match store.get(key)? {
            None => Ok(Self::default()),
            Some(stored) => {
                let cell = Cell::decode_shared(&stored)?;
                Ok(Self {
                    digest: Some(cell.digest()),
                    bytes: stored.len(),
                    cell,
                })
            }
        }
    }

    pub(super) fn of(stored: &[u8]) -> Result<Self> {
        let cell = Cell::decode(stored)?;
        let digest = Some(cell.digest());
        Ok(Self {
            cell,
            digest,
            bytes: stored.len(),
        })
    }
}

/// Puts a cell's bytes into `out`, which is emptied first.
pub(super) fn encode(cell: &Cell, out: &mut Vec<u8>) {
    out.clear();
    cell.encode_into(out);
}

/// Since when nothing lives in a cell: its versions are tombstones, or have expired. None while something does.
///
/// A cell that remembers idempotency tokens counts as dead only when none can be tried again: a retry that found
/// the cell gone would be carried out a second time, over the delete.
pub(super) fn dead_since(cell: &Cell, now: Wall) -> Option<Wall> {
    let ended = |version: &Version| version.deadline.unwrap_or(Wall(version.stamp.wall_ms));
    let last = cell.live().versions().map(ended).max();
    let token = cell
        .latest_token()
        .map(|stamp| Wall(stamp.wall_ms.saturating_add(IDEMPOTENCY_WINDOW_MS)));
    last.max(token).filter(|_| cell.is_dead(now))
}

/// The cells behind `after`, up to `upto`.
pub(super) fn behind(store: &Store, after: Option<&[u8]>, upto: Option<&[u8]>) -> Result<Range> {
    range(
        store,
        after.map_or(Bound::Unbounded, Bound::Excluded),
        upto.map_or(Bound::Unbounded, Bound::Included),
    )
}

/// The cells between the bounds; the replica's own records, which stand behind them, are left out.
pub(super) fn range(store: &Store, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Result<Range> {
    const END: Bound<&[u8]> = Bound::Excluded(&[RECORDS]);
    let to = match to {
        Bound::Included(key) | Bound::Excluded(key) if key < [RECORDS].as_slice() => to,
        _ => END,
    };
    store.range(from, to)
}

/// Every cell of a store, in key order.
///
/// # Errors
/// [`Error::Corruption`](crate::Error::Corruption) when stored bytes are not a cell.
pub fn scan_cells(store: &Store) -> Result<Vec<(Bytes, Cell)>> {
    let mut range = range(store, Bound::Unbounded, Bound::Unbounded)?;
    let mut cells = Vec::new();
    while let Some((key, stored)) = range.next()? {
        cells.push((Bytes::copy_from_slice(key), Cell::decode(stored)?));
    }
    Ok(cells)
}

/// What a store holds of one key; empty when it is not there.
///
/// # Errors
/// As [`scan_cells`].
pub fn read_cell(store: &Store, key: &[u8]) -> Result<Cell> {
    Ok(Held::read(store, key)?.cell)
}

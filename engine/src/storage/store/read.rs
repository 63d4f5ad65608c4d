//! Point reads: newest place first, and the first that knows the key decides.

use bytes::Bytes;

use super::view::View;
use super::{Snapshot, Store};
use crate::Result;
use crate::base::hash::hash64;
use crate::storage::entry::{Found, Kind, NEVER_MS, Sequence};

impl Store {
    /// The value of `key`.
    ///
    /// # Errors
    /// [`Error::Corruption`](crate::Error::Corruption) where a block that may hold it is damaged,
    /// [`Error::Io`](crate::Error::Io) where the disk does not give it.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        let view = self.view.load();
        self.get_in(&view, key, self.visible())
    }

    /// The value that `key` had at `snapshot`, expired values left out.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a snapshot of
    /// another store.
    pub fn get_at(&self, snapshot: &Snapshot, key: &[u8]) -> Result<Option<Bytes>> {
        snapshot.belongs_to(&self.snapshots)?;
        let view = self.view.load();
        self.get_in(&view, key, snapshot.sequence())
    }

    /// The values of `keys`, in their order, all as of one moment.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn multi_get<K: AsRef<[u8]>>(&self, keys: &[K]) -> Result<Vec<Option<Bytes>>> {
        let view = self.view.load();
        let visible = self.visible();
        keys.iter()
            .map(|key| self.get_in(&view, key.as_ref(), visible))
            .collect()
    }

    pub(super) fn get_in(
        &self,
        view: &View,
        key: &[u8],
        snapshot: Sequence,
    ) -> Result<Option<Bytes>> {
        let (found, covered) = self.newest(view, key, snapshot)?;
        Ok(found
            .filter(|found| self.lives(found, covered))
            .map(|found| found.value))
    }

    fn lives(&self, found: &Found, covered: Sequence) -> bool {
        found.kind == Kind::Put
            && found.sequence >= covered
            && (found.deadline_ms == NEVER_MS || self.now_ms() < found.deadline_ms)
    }

    /// The newest version of `key` and the newest range delete over it, as far as they decide. What lies in
    /// an older place is older, so the search ends where either is found.
    fn newest(
        &self,
        view: &View,
        key: &[u8],
        snapshot: Sequence,
    ) -> Result<(Option<Found>, Sequence)> {
        let hash = hash64(key);
        let sealed = view.sealed.iter().map(|sealed| &sealed.memtable);
        for memtable in core::iter::once(&view.active).chain(sealed) {
            let covered = memtable.covering_delete(key, snapshot).unwrap_or(0);
            let found = memtable.get(key, hash, snapshot);
            if found.is_some() || covered > 0 {
                return Ok((found, covered));
            }
        }
        for run in view.levels.runs() {
            let Some(table) = run.table_for(key) else {
                continue;
            };
            let reader = table.reader()?;
            let covered = match table.meta().range_deletes {
                0 => 0,
                _ => reader
                    .range_delete_set()
                    .covering(key, snapshot)
                    .unwrap_or(0),
            };
            let found = reader.get(key, hash, snapshot)?;
            if found.is_some() || covered > 0 {
                return Ok((found, covered));
            }
        }
        Ok((None, 0))
    }
}

//! Snapshots: sequences that somebody still reads at, so that compaction keeps what they see.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Store, lock};
use crate::base::limits::SNAPSHOTS_MAX;
use crate::storage::entry::Sequence;
use crate::{Error, Result};

/// How many hold each sequence.
#[derive(Debug, Default)]
pub(super) struct Snapshots(Mutex<BTreeMap<Sequence, usize>>);

/// The store as it was at one moment. What it sees stays readable until it is dropped; space that it holds
/// comes back with the compactions after that.
pub struct Snapshot {
    registry: Arc<Snapshots>,
    sequence: Sequence,
}

impl Snapshots {
    /// The sequences in use, ascending.
    pub(super) fn held(&self) -> Vec<Sequence> {
        lock(&self.0).keys().copied().collect()
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.0).values().sum()
    }
}

impl Snapshot {
    /// The last write that it sees.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Whether it was taken from this store.
    pub(super) fn belongs_to(&self, registry: &Arc<Snapshots>) -> Result<()> {
        if Arc::ptr_eq(&self.registry, registry) {
            return Ok(());
        }
        Err(Error::invalid(
            "the snapshot was taken from another store: use one of this store",
        ))
    }
}

impl Store {
    /// Holds the store as it is now for later reads.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use kvorum::storage::{Options, Store};
    /// use kvorum::vfs::MemoryDisk;
    ///
    /// let store = Store::open(Arc::new(MemoryDisk::new()), Options::small())?;
    /// store.put(b"cart", b"milk")?;
    /// let before = store.snapshot()?;
    /// store.put(b"cart", b"eggs")?;
    /// assert_eq!(store.get_at(&before, b"cart")?.as_deref(), Some(&b"milk"[..]));
    /// # Ok::<(), kvorum::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Overloaded`] when [`SNAPSHOTS_MAX`] are held already.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let mut held = lock(&self.snapshots.0);
        if held.values().sum::<usize>() >= SNAPSHOTS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{SNAPSHOTS_MAX} snapshots are held: drop some first"),
            });
        }
        // Read under the lock: a compaction that lists the snapshots later finds this one, and one that
        // listed them before keeps the newest version of all that was visible then.
        let sequence = self.visible();
        *held.entry(sequence).or_insert(0) += 1;
        Ok(Snapshot {
            registry: Arc::clone(&self.snapshots),
            sequence,
        })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let mut held = lock(&self.registry.0);
        if let Some(count) = held.get_mut(&self.sequence) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.sequence);
            }
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.sequence).finish()
    }
}

//! Group commit: whoever needs a sync first does it for all that were appended by then.
//!
//! ```text
//! writer A: append 1 ── sync(1) ────────────── done
//! writer B:   append 2 ─ waits ─────────────── sync(2..=4) ── done
//! writer C:      append 3 ─ waits ──────────── waits ──────── done
//! writer D:         append 4 ─ waits ───────── waits ──────── done
//! ```

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::{Store, lock};
use crate::storage::entry::Sequence;
use crate::storage::wal::SyncHandle;
use crate::{Error, Result};

/// What is synced, and whether somebody is at it.
#[derive(Debug, Default)]
pub(super) struct Syncs {
    /// Every write up to here survives a power cut.
    synced: AtomicU64,
    leading: Mutex<bool>,
    done: Condvar,
}

/// What a leader takes from the writer: everything that must reach the disk for `target` to be durable.
pub(super) struct Pending {
    /// Oldest first.
    pub(super) segments: Vec<SyncHandle>,
    pub(super) target: Sequence,
}

impl Syncs {
    pub(super) fn starting_at(sequence: Sequence) -> Self {
        let syncs = Self::default();
        syncs.synced.store(sequence, Ordering::Release);
        syncs
    }

    pub(super) fn synced(&self) -> Sequence {
        self.synced.load(Ordering::Acquire)
    }
}

impl Store {
    /// Returns once every write up to `sequence` is durable.
    pub(super) fn sync_to(&self, sequence: Sequence) -> Result<()> {
        let mut leading = lock(&self.syncs.leading);
        loop {
            if self.syncs.synced() >= sequence {
                return Ok(());
            }
            self.refuse_if_poisoned()?;
            if !*leading {
                break;
            }
            leading = self
                .syncs
                .done
                .wait(leading)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *leading = true;
        drop(leading);
        let outcome = self.sync_all(sequence);
        *lock(&self.syncs.leading) = false;
        self.syncs.done.notify_all();
        outcome
    }

    fn sync_all(&self, wanted: Sequence) -> Result<()> {
        let pending = lock(&self.writer).pending_sync(wanted);
        let pending = match pending {
            Ok(pending) => pending,
            Err(full @ Error::DiskFull { .. }) => return Err(full),
            Err(why) => return Err(self.poison(&why)),
        };
        for segment in &pending.segments {
            segment.sync().map_err(|why| self.poison(&why))?;
            self.counters.log_syncs.add(1);
        }
        self.syncs
            .synced
            .fetch_max(pending.target, Ordering::AcqRel);
        self.visible.fetch_max(pending.target, Ordering::AcqRel);
        Ok(())
    }
}

//! What all folders and files of one [`MemoryDisk`](super::MemoryDisk) share: its room, its syncs, its lives.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use super::{Syncs, lock};
use crate::{Error, Result};

#[derive(Debug)]
pub(super) struct Device {
    capacity_bytes: AtomicU64,
    /// Bytes of all files that have a name.
    used_bytes: AtomicU64,
    /// How often the disk lost power or was taken away. A handle from an earlier life is closed.
    life: AtomicU64,
    syncs: Mutex<SyncState>,
}

/// Syncs so far, and what the next ones are told to do.
#[derive(Debug, Default)]
struct SyncState {
    count: u64,
    fail_next: bool,
    behaviour: Syncs,
}

/// What a sync that reported success did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    Truly,
    InWordOnly,
}

impl Device {
    pub(super) fn new(capacity_bytes: u64) -> Self {
        Self {
            capacity_bytes: AtomicU64::new(capacity_bytes),
            used_bytes: AtomicU64::new(0),
            life: AtomicU64::new(0),
            syncs: Mutex::default(),
        }
    }

    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::Acquire)
    }

    /// Closes every handle there is.
    pub(super) fn end_life(&self) {
        self.life.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn set_used_bytes(&self, bytes: u64) {
        self.used_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn set_capacity_bytes(&self, bytes: u64) {
        self.capacity_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Takes room for `wanted` bytes, or for as many as there is room for; returns how many.
    pub(super) fn take(&self, wanted: u64) -> u64 {
        let capacity = self.capacity_bytes.load(Ordering::Relaxed);
        let mut granted = 0;
        let _ = self
            .used_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                granted = wanted.min(capacity.saturating_sub(used));
                Some(used + granted)
            });
        granted
    }

    pub(super) fn give_back(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn full(&self, what: &str) -> Error {
        let capacity = self.capacity_bytes.load(Ordering::Relaxed);
        Error::disk_full(format!(
            "{what}: all {capacity} bytes of this disk are taken"
        ))
    }

    /// A name needs room for its entry: one byte that is free, and stays so.
    pub(super) fn check_room(&self, what: &str) -> Result<()> {
        if self.used_bytes() < self.capacity_bytes.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(self.full(what))
    }

    /// Counts a sync of `what`, or fails it where that was asked for.
    pub(super) fn sync(&self, what: &str) -> Result<Synced> {
        let mut syncs = lock(&self.syncs);
        if core::mem::take(&mut syncs.fail_next) {
            return Err(Error::io(format!(
                "sync of {what} failed: the disk reports an error, and what it holds is unknown"
            )));
        }
        syncs.count += 1;
        Ok(match syncs.behaviour {
            Syncs::Honest => Synced::Truly,
            Syncs::Lying => Synced::InWordOnly,
        })
    }

    pub(super) fn fail_next_sync(&self) {
        lock(&self.syncs).fail_next = true;
    }

    pub(super) fn set_syncs(&self, behaviour: Syncs) {
        lock(&self.syncs).behaviour = behaviour;
    }

    pub(super) fn sync_count(&self) -> u64 {
        lock(&self.syncs).count
    }
}

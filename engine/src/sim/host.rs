//! The machine under a node: its disk, its life, its clock.

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::machine_disk::MachineDisk;
use crate::base::id::TimerId;
use crate::base::rng::Rng;
use crate::base::time::{Mono, Now, Wall};
use crate::causal::Resolve;
use crate::node::{Disk, Node, StoreOp, StoreResult, execute};
use crate::storage::{Options, Storage as _, Store};
use crate::vfs::Vfs;
use crate::{Error, NodeId, Result};

/// Where every simulated wall clock starts: 2026-01-01T00:00:00Z, in milliseconds since the Unix epoch.
const WALL_START_MS: u64 = 1_767_225_600_000;
/// How long a read of the disk takes.
const DISK_READ: Duration = Duration::from_micros(20);
/// How long a write and its sync take, at least.
const DISK_SYNC_MIN: Duration = Duration::from_micros(80);
/// How long a write and its sync take, at most.
const DISK_SYNC_MAX: Duration = Duration::from_micros(300);

/// A node while it is up.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) node: Node,
    pub(super) store: Store,
    pub(super) armed: BTreeSet<TimerId>,
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) id: NodeId,
    pub(super) incarnation: u32,
    pub(super) life: Option<Life>,
    pub(super) operations: u64,
    disk: MachineDisk,
    disk_free_at: Mono,
    rng: Rng,
}

impl Host {
    pub(super) fn new(id: NodeId, rng: Rng, disk: MachineDisk) -> Self {
        Self {
            id,
            incarnation: 0,
            life: None,
            operations: 0,
            disk,
            disk_free_at: Mono(0),
            rng,
        }
    }

    pub(super) fn now(&self, mono: Mono) -> Now {
        Now {
            mono,
            wall: Wall(WALL_START_MS + mono.0 / 1_000_000),
        }
    }

    /// Opens what the disk holds.
    pub(super) fn open(&self) -> Result<Store> {
        self.open_on(self.disk.vfs())
    }

    /// What a restart would find, opened on a copy: opening cuts torn tails, and looking changes nothing.
    pub(super) fn look(&self) -> Result<Store> {
        self.open_on(Arc::new(self.disk.copy()?))
    }

    fn open_on(&self, disk: Arc<dyn Vfs>) -> Result<Store> {
        Store::open(disk, Options::small()).map_err(|why| match why {
            Error::Corruption { detail } => {
                Error::corruption(format!("the disk of {}: {detail}", self.id))
            }
            Error::Io { detail } => Error::io(format!("the disk of {}: {detail}", self.id)),
            other => other,
        })
    }

    /// Counts one more start.
    pub(super) fn next_incarnation(&mut self) -> Result<u32> {
        self.incarnation = self.disk.next_incarnation(self.incarnation)?;
        Ok(self.incarnation)
    }

    /// Ends the node's life. What was not synced may be gone, or torn.
    pub(super) fn kill(&mut self) {
        self.life = None;
        self.disk.crash(&mut self.rng);
        self.disk_free_at = Mono(0);
    }

    /// Runs a storage operation; its completion comes when the disk, which does one at a time, is done.
    pub(super) fn store(
        &mut self,
        now: Mono,
        op: StoreOp,
        resolve: &dyn Resolve,
    ) -> Option<(Mono, StoreResult, Disk)> {
        let life = self.life.as_mut()?;
        self.operations += 1;
        let (result, disk) = execute(&mut life.store, op, resolve);
        let takes = match disk {
            Disk::Clean => DISK_READ,
            Disk::Dirty => {
                let (low, high) = (DISK_SYNC_MIN.as_nanos(), DISK_SYNC_MAX.as_nanos());
                Duration::from_nanos(self.rng.between(low as u64, high as u64))
            }
        };
        self.disk_free_at = self.disk_free_at.max(now).after(takes);
        Some((self.disk_free_at, result, disk))
    }

    /// Makes an operation's change durable, at its completion; and does the store's upkeep.
    pub(super) fn sync(&mut self) -> Result<()> {
        let Some(life) = self.life.as_mut() else {
            return Err(Error::Closed);
        };
        life.store.sync()?;
        life.store.maintain()?;
        Ok(())
    }
}

//! The machine under a node: its disk, its life, its clock.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use super::agenda::Due;
use super::clock::Clock;
use super::counts::{FaultCounts, FaultKind};
use super::machine_disk::MachineDisk;
use super::timers::Timers;
use crate::base::id::OpId;
use crate::base::limits::DISK_QUEUE_MAX;
use crate::base::rng::Rng;
use crate::base::time::{Mono, Now, nanos};
use crate::node::{Disk, Node, Replica, Stats, StoreOp, StoreResult};
use crate::storage::{Options, Step, Store};
use crate::vfs::Vfs;
use crate::{Error, NodeId, Result};

/// How long a read of the disk takes.
const DISK_READ: Duration = Duration::from_micros(20);
/// How long a write and its sync take, at least.
const DISK_SYNC_MIN: Duration = Duration::from_micros(80);
/// How long a write and its sync take, at most.
const DISK_SYNC_MAX: Duration = Duration::from_micros(300);

/// Changes between two looks at the store's upkeep. A store that falls behind slows its writers by itself.
const UPKEEP_EVERY: usize = 16;
/// Steps of upkeep at one look.
const UPKEEP_STEPS_MAX: usize = 4;

/// A node while it is up.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) node: Node,
    pub(super) replica: Replica,
    pub(super) timers: Timers,
    pub(super) work: Work,
}

/// What a node's disk has to do. It does what waits for it all at once, with one sync (group commit); what
/// comes meanwhile waits for the next time.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// What waits.
    pub(super) queue: VecDeque<(OpId, StoreOp)>,
    /// What is under way, applied and not synced.
    pub(super) batch: Vec<Applied>,
    pub(super) busy: bool,
    /// Operations in the queue that may change something.
    pub(super) changes_queued: usize,
    /// And in the batch.
    pub(super) changes_under_way: usize,
}

impl Work {
    /// Operations that may change something and have not been told of.
    pub(super) fn changes(&self) -> usize {
        self.changes_queued + self.changes_under_way
    }
}

/// Whether an operation may change what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changes {
    Nothing,
    Maybe,
}

/// An operation that was applied.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) op: OpId,
    pub(super) result: StoreResult,
    pub(super) disk: Disk,
}

#[derive(Debug)]
pub(super) struct Host {
    pub(super) id: NodeId,
    pub(super) incarnation: u32,
    /// The epoch that its node was seen in last.
    pub(super) epoch: u64,
    pub(super) life: Option<Box<Life>>,
    pub(super) operations: u64,
    /// What the node counted in its earlier lives.
    pub(super) past: Stats,
    pub(super) clock: Clock,
    pub(super) disk: MachineDisk,
    /// Until when the node stands still, and what waits for it.
    pub(super) paused_until: Option<Mono>,
    pub(super) waiting: VecDeque<Due>,
    /// Whether the last upkeep of the store failed.
    upkeep_fails: bool,
    /// Changes since the last one.
    upkeep_owed: usize,
    rng: Rng,
}

impl Host {
    pub(super) fn new(id: NodeId, rng: Rng, disk: MachineDisk) -> Self {
        Self {
            id,
            incarnation: 0,
            epoch: 0,
            life: None,
            operations: 0,
            past: Stats::default(),
            clock: Clock::default(),
            disk,
            paused_until: None,
            waiting: VecDeque::new(),
            upkeep_fails: false,
            upkeep_owed: 0,
            rng,
        }
    }

    pub(super) fn now(&self, mono: Mono) -> Now {
        Now {
            mono,
            wall: self.clock.wall(mono),
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

    /// Cuts the power under a node. What was not synced may be gone, or torn: of a batch that was under way
    /// the disk has all bytes, and has not synced them.
    pub(super) fn crash(&mut self, counts: &mut FaultCounts) {
        if let Some(mut life) = self.life.take()
            && life.work.batch.iter().any(|done| done.disk == Disk::Dirty)
        {
            self.disk.lose_power();
            // It fails where it would be durable, and nobody is there any more to be told.
            let _ = life.replica.sync();
        }
        counts.add(FaultKind::BytesLost, self.disk.crash(&mut self.rng));
        self.paused_until = None;
        self.upkeep_fails = false;
    }

    /// Takes a storage operation in; false where too many wait already.
    pub(super) fn queue(&mut self, op: OpId, store_op: StoreOp, changes: Changes) -> bool {
        let Some(life) = self.life.as_mut() else {
            return true;
        };
        if life.work.queue.len() >= DISK_QUEUE_MAX {
            return false;
        }
        self.operations += 1;
        life.work.changes_queued += usize::from(changes == Changes::Maybe);
        life.work.queue.push_back((op, store_op));
        true
    }

    /// Applies all that waits for the disk; it is done when what is returned has passed. None where nothing
    /// waits, or the disk is at work.
    pub(super) fn start_work(&mut self, counts: &mut FaultCounts) -> Option<Duration> {
        let Life { replica, work, .. } = &mut **self.life.as_mut()?;
        if work.busy || work.queue.is_empty() {
            return None;
        }
        work.busy = true;
        work.changes_under_way = core::mem::take(&mut work.changes_queued);
        let (mut reads, mut dirty) = (0, Disk::Clean);
        for (op, store_op) in work.queue.drain(..) {
            let (result, disk) = replica.execute(store_op);
            if let StoreResult::Failed(error) = &result
                && let Some(kind) = self.disk.blame(error)
            {
                counts.one(kind);
            }
            match disk {
                Disk::Clean => reads += 1,
                Disk::Dirty => dirty = Disk::Dirty,
            }
            work.batch.push(Applied { op, result, disk });
        }
        let mut takes = DISK_READ * reads;
        let (mut calls, slow) = (reads, self.disk.slow());
        if dirty == Disk::Dirty {
            let (low, high) = (nanos(DISK_SYNC_MIN), nanos(DISK_SYNC_MAX));
            takes += Duration::from_nanos(self.rng.between(low, high));
            calls += 1;
        }
        if !slow.is_zero() {
            counts.add(FaultKind::DiskSlow, u64::from(calls));
        }
        Some(takes.saturating_add(slow.saturating_mul(calls)))
    }

    /// Makes the changes of a batch durable, at its completion.
    pub(super) fn sync(&mut self, counts: &mut FaultCounts) -> Result<()> {
        let life = self.life.as_mut().ok_or(Error::Closed)?;
        if self.disk.lies() {
            counts.one(FaultKind::DiskLie);
        }
        life.replica.sync().inspect_err(|error| {
            if let Some(kind) = self.disk.blame(error) {
                counts.one(kind);
            }
        })
    }

    /// Does the store's upkeep, once it is worth while after so many more changes, and says when it begins to
    /// fail. A change that is durable stays so: it is not the one to be told.
    pub(super) fn upkeep(&mut self, changes: usize, counts: &mut FaultCounts) -> Option<Error> {
        self.upkeep_owed += changes;
        if self.upkeep_owed < UPKEEP_EVERY {
            return None;
        }
        self.upkeep_owed = 0;
        let life = self.life.as_mut()?;
        for _ in 0..UPKEEP_STEPS_MAX {
            match life.replica.maintain() {
                Ok(Step::Worked { .. }) => {}
                Ok(Step::Idle | Step::Busy) => break,
                Err(error) => {
                    if let Some(kind) = self.disk.blame(&error) {
                        counts.one(kind);
                    }
                    let is_news = !core::mem::replace(&mut self.upkeep_fails, true);
                    return is_news.then_some(error);
                }
            }
        }
        self.upkeep_fails = false;
        None
    }
}

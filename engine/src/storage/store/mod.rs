//! The store: one ordered writer, readers that wait for nobody, and upkeep in steps.
//!
//! ```text
//!            write ──> log segment ──> memtable ──────────────┐
//!                                        │ full: sealed       │ view (swapped whole)
//!   step ──> flush job ──> table in level 0 <── manifest edit │──> get, range, snapshot
//!   step ──> compaction job: tables merged, one level down ───┘
//! ```
//!
//! - Writers take turns under one lock: log first, memtable second, so the log has the order of sequences.
//! - A write at [`Durability::Fsync`] then waits until its sequence is synced. Whoever comes first syncs for all
//!   that were appended by then: group commit. It becomes visible once it is durable, so no reader sees what a
//!   power cut could take back.
//! - A failed sync poisons the store: reads go on, writes are refused, since what the disk holds is unknown
//!   (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
//! - Nothing runs by itself. [`Store::step`] does a bounded share of a flush or of a compaction; many callers
//!   may step at once, each on a job of its own. A writer that gets too far ahead does a share itself.

mod checkpoint;
mod counters;
mod inspect;
mod jobs;
mod merge_job;
mod open;
mod range;
mod read;
mod repair;
mod scrub;
mod snapshot;
mod source;
mod stats;
mod step;
mod sync;
#[cfg(test)]
mod tests;
mod version;
mod view;
mod write;

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;

use crate::storage::cache::BlockCache;
use crate::storage::compact::Picker;
use crate::storage::describe::FileId;
use crate::storage::entry::Sequence;
use crate::storage::manifest::Manifest;
use crate::storage::options::Options;
use crate::storage::table::TableCache;
use crate::vfs::{Lock, Vfs};
use crate::{Error, Result};

use counters::Counters;
use jobs::Jobs;
use snapshot::Snapshots;
use sync::Syncs;
use version::Graveyard;
use view::View;
use write::Writer;

pub use inspect::{Inspection, inspect, scrub};
pub use range::Range;
pub use repair::{RepairReport, repair};
pub use scrub::ScrubReport;
pub use snapshot::Snapshot;
pub use stats::{LevelStats, StoreStats};
pub use step::Step;
pub use write::Condition;

/// A durable ordered map from bytes to bytes, in one folder of a [`Vfs`].
///
/// All methods take `&self`; share it between threads behind an [`Arc`]. It starts no thread: see
/// [`step`](Self::step), or [`live::open`](crate::live::open) for a store with a pool of its own.
///
/// ```
/// use std::sync::Arc;
/// use kvorum::storage::{Options, Store};
/// use kvorum::vfs::MemoryDisk;
///
/// let disk = MemoryDisk::new();
/// let store = Store::open(Arc::new(disk.clone()), Options::small())?;
/// store.put(b"cart", b"milk")?;
/// drop(store);
///
/// let store = Store::open(Arc::new(disk), Options::small())?;
/// assert_eq!(store.get(b"cart")?.as_deref(), Some(b"milk".as_slice()));
/// # Ok::<(), kvorum::Error>(())
/// ```
pub struct Store {
    vfs: Arc<dyn Vfs>,
    options: Options,
    picker: Arc<dyn Picker>,
    view: ArcSwap<View>,
    /// Serialises changes of the view; readers do not take it.
    view_change: Mutex<()>,
    /// The highest sequence that readers see.
    visible: AtomicU64,
    writer: Mutex<Writer>,
    syncs: Syncs,
    jobs: Mutex<Jobs>,
    /// Signalled when a job ends.
    job_done: Condvar,
    manifest: Mutex<Manifest>,
    snapshots: Arc<Snapshots>,
    graveyard: Mutex<Graveyard>,
    poison: OnceLock<Error>,
    cache: Arc<BlockCache>,
    tables: Arc<TableCache>,
    next_file: AtomicU64,
    counters: Counters,
    /// Told when work may be due.
    listener: OnceLock<Listener>,
    /// Held last, so that another store can open the folder only after all else is closed.
    _lock: Box<dyn Lock>,
}

type Listener = Box<dyn Fn() + Send + Sync>;

/// A panic elsewhere leaves what a lock guards whole: each change under it is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// The options it was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The highest sequence that readers see.
    #[must_use]
    pub fn visible(&self) -> Sequence {
        self.visible.load(Ordering::Acquire)
    }

    /// Has `listener` called whenever [`step`](Self::step) may have something to do: by the thread that made it
    /// so, so it should be brief.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is a listener already.
    pub fn announce_work_to(&self, listener: Listener) -> Result<()> {
        self.listener
            .set(listener)
            .map_err(|_| Error::invalid("this store has a pool already: end it first"))
    }

    fn announce_work(&self) {
        if let Some(listener) = self.listener.get() {
            listener();
        }
    }

    fn now_ms(&self) -> u64 {
        self.options.clock.now().0
    }

    fn new_file(&self) -> FileId {
        self.next_file.fetch_add(1, Ordering::Relaxed)
    }

    /// Why writes are refused, if they are.
    fn refuse_if_poisoned(&self) -> Result<()> {
        match self.poison.get() {
            None => Ok(()),
            Some(why) => Err(why.clone()),
        }
    }

    /// Refuses writes from now on. The first reason stays.
    fn poison(&self, why: &Error) -> Error {
        let detail = format!(
            "{why}; the store takes no more writes, since what the disk holds is unknown: open it again"
        );
        self.poison.get_or_init(|| Error::io(detail)).clone()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("visible", &self.visible())
            .field("levels", &self.view.load().levels)
            .finish_non_exhaustive()
    }
}

//! A disk around another one that counts the calls it passes on, and fails those it is told to.
//!
//! The first three lines of every test of a store that must survive its disk: a disk, a plan, a workload. The
//! workload runs once for each number a plan can have, until it runs through without meeting it.
//!
//! ```
//! use kvorum::base::rng::Rng;
//! use kvorum::vfs::{Calls, Crash, Fault, FaultDisk, MemoryDisk, Names, Unsynced, Vfs, When};
//!
//! fn workload(disk: &dyn Vfs) -> kvorum::Result<()> {
//!     let mut file = disk.open("a")?;
//!     disk.sync_dir()?;
//!     file.append(b"promised")?;
//!     file.sync()
//! }
//!
//! for point in 1.. {
//!     let memory = MemoryDisk::new();
//!     let disk = FaultDisk::over_memory(&memory);
//!     disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
//!     let outcome = workload(&disk);
//!     memory.crash_with(
//!         Crash { unsynced: Unsynced::Percent(50), names: Names::Reordered },
//!         &mut Rng::from_seed(point),
//!     );
//!     if outcome.is_ok() {
//!         assert_eq!(memory.open("a")?.read_all()?, b"promised");
//!         assert_eq!((disk.is_down(), point), (false, 5));
//!         break;
//!     }
//! }
//! # Ok::<(), kvorum::Error>(())
//! ```

mod file;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use crate::Result;
use crate::vfs::memory::lock;
use crate::vfs::{File, Lock, MemoryDisk, Vfs};

use file::FaultFile;
pub use plan::{Call, Calls, Fault, When};
use plan::{Plans, refused};

/// A disk that fails as planned. Clones, files and folders inside share the plans and the counts; without a plan
/// it does what the disk underneath does.
#[derive(Clone, Debug)]
pub struct FaultDisk {
    disk: Arc<dyn Vfs>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    plans: Mutex<Plans>,
    /// The disk underneath, where a failed sync can drop what it should have written.
    memory: Option<MemoryDisk>,
}

impl Shared {
    fn meet(&self, call: Call) -> Option<Fault> {
        lock(&self.plans).meet(call)
    }

    /// A sync of either kind.
    fn sync(
        &self,
        fault: Option<Fault>,
        what: impl FnOnce() -> String,
        sync: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        match (fault, &self.memory) {
            (None, _) => sync(),
            (Some(Fault::Lie), _) => Ok(()),
            (Some(Fault::Io), Some(memory)) => {
                memory.fail_next_sync();
                sync()
            }
            (Some(_), _) => refused(fault, what),
        }
    }
}

impl FaultDisk {
    /// A disk around `disk`.
    #[must_use]
    pub fn new(disk: Arc<dyn Vfs>) -> Self {
        Self::with(disk, None)
    }

    /// A disk around a disk in memory, whose failed syncs lose what they should have written.
    #[must_use]
    pub fn over_memory(disk: &MemoryDisk) -> Self {
        Self::with(Arc::new(disk.clone()), Some(disk.clone()))
    }

    fn with(disk: Arc<dyn Vfs>, memory: Option<MemoryDisk>) -> Self {
        let plans = Mutex::default();
        Self {
            disk,
            shared: Arc::new(Shared { plans, memory }),
        }
    }

    /// Plans a fault: of the `calls` from now on that it can strike, it strikes those that `when` says. Where
    /// several plans meet in one call, the oldest strikes.
    pub fn fail(&self, fault: Fault, calls: Calls, when: When) {
        lock(&self.shared.plans).add(fault, calls, when);
    }

    /// Leaves room for so many more bytes in files; past them, writes take what fits and answer
    /// [`Error::DiskFull`](crate::Error::DiskFull), and no name is created. Removing files does not help:
    /// [`free_space`](Self::free_space) does.
    pub fn limit_room(&self, bytes: u64) {
        lock(&self.shared.plans).limit_room(bytes);
    }

    /// Ends every [`Fault::Full`] and the limit on room.
    pub fn free_space(&self) {
        lock(&self.shared.plans).free_space();
    }

    /// Ends every plan and turns the power on.
    pub fn heal(&self) {
        lock(&self.shared.plans).heal();
    }

    /// Whether a [`Fault::PowerLoss`] has struck.
    #[must_use]
    pub fn is_down(&self) -> bool {
        lock(&self.shared.plans).is_down()
    }

    /// Calls that a fault has struck, those while the power was off among them.
    #[must_use]
    pub fn strikes(&self) -> u64 {
        lock(&self.shared.plans).strikes
    }

    /// Calls so far, of these kinds, struck or not.
    #[must_use]
    pub fn calls(&self, calls: Calls) -> u64 {
        lock(&self.shared.plans).count(calls)
    }

    /// Bytes that appends and writes have put into files.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        lock(&self.shared.plans).bytes_written
    }

    /// Bytes that reads have given.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        lock(&self.shared.plans).bytes_read
    }

    fn check(&self, call: Call, name: &str) -> Result<()> {
        refused(self.shared.meet(call), || format!("{call:?} of '{name}'"))
    }
}

impl Vfs for FaultDisk {
    fn open(&self, name: &str) -> Result<Box<dyn File>> {
        let call = if self.disk.exists(name)? {
            Call::Open
        } else {
            Call::Create
        };
        self.check(call, name)?;
        let file = self.disk.open(name)?;
        Ok(Box::new(FaultFile::new(
            name,
            file,
            Arc::clone(&self.shared),
        )))
    }

    fn exists(&self, name: &str) -> Result<bool> {
        self.check(Call::Exists, name)?;
        self.disk.exists(name)
    }

    fn list(&self) -> Result<Vec<String>> {
        self.check(Call::List, ".")?;
        self.disk.list()
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.check(Call::Remove, name)?;
        self.disk.remove(name)
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.check(Call::Rename, from)?;
        self.disk.rename(from, to)
    }

    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()> {
        self.check(Call::Link, from)?;
        self.disk.link(from, folder, to)
    }

    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>> {
        self.check(Call::Folder, name)?;
        let disk = self.disk.folder(name)?;
        Ok(Arc::new(Self {
            disk,
            shared: Arc::clone(&self.shared),
        }))
    }

    fn lock(&self) -> Result<Box<dyn Lock>> {
        self.check(Call::Lock, ".")?;
        self.disk.lock()
    }

    fn sync_dir(&self) -> Result<()> {
        let fault = self.shared.meet(Call::SyncDir);
        let what = || "sync of the folder".to_owned();
        self.shared.sync(fault, what, || self.disk.sync_dir())
    }
}

//! A disk in memory that can lose power.
//!
//! Each folder and each file exist twice: as the running system sees them, and as the platter holds them.
//! A crash throws the first away and rebuilds it from the second, plus whatever part of the unsynced work
//! the seeded draws let through.
//!
//! | written | on the platter until it is synced |
//! |---|---|
//! | bytes at a file's end | none of them |
//! | bytes over synced ones | the old content of each sector of 512 bytes they touch |
//! | a truncation | the bytes it cut |
//! | names | the table of names without the pending changes |
//!
//! Appends and syncs copy nothing but the bytes appended: a test may make thousands of these disks.

mod crash;
mod device;
mod file;
mod folder;
mod inode;
#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::rng::Rng;
use crate::vfs::name::check_name;
use crate::vfs::{File, Lock, Vfs};
use crate::{Error, Result};

pub use crash::{Crash, Names, Unsynced};
use device::{Device, Synced};
use file::MemoryFile;
use folder::{Folder, Shared, SharedFolder};

/// A handle on a disk in memory. Clones are handles on the same disk, which outlives the stores on it: the
/// simulator kills a node, lets its disk [`crash`](Self::crash), and opens a new store on what is left.
///
/// ```
/// use kvorum::vfs::{MemoryDisk, Vfs};
///
/// let disk = MemoryDisk::new();
/// disk.open("a")?.append(b"xyz")?;
/// assert_eq!((disk.bytes(), disk.synced_bytes()), (3, 0));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone)]
pub struct MemoryDisk {
    folder: SharedFolder,
    device: Arc<Device>,
    /// The life of the disk that this handle belongs to; a handle on the whole disk belongs to all of them.
    life: Option<u64>,
}

/// Whether a sync that reports success has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syncs {
    /// It has.
    #[default]
    Honest,
    /// It has not, as on a disk whose cache has no battery and says that it has one. A later honest sync
    /// writes what is still there to write.
    Lying,
}

/// A panic elsewhere leaves the disk's tables whole: each change under a lock is one step.
pub(in crate::vfs) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for MemoryDisk {
    fn default() -> Self {
        Self::with_capacity_bytes(u64::MAX)
    }
}

impl MemoryDisk {
    /// An empty disk without a limit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty disk with room for so many bytes in files. A write past it takes what fits and answers
    /// [`Error::DiskFull`], and so does the creation of a file when no byte is free. Removing and truncating
    /// make room at once.
    #[must_use]
    pub fn with_capacity_bytes(bytes: u64) -> Self {
        Self {
            folder: SharedFolder::default(),
            device: Arc::new(Device::new(bytes)),
            life: None,
        }
    }

    /// Gives the disk another capacity. Files that are there already stay, even past it.
    pub fn set_capacity_bytes(&self, bytes: u64) {
        self.device.set_capacity_bytes(bytes);
    }

    /// [`crash_with`](Self::crash_with), at its most random: any part of the unsynced bytes
    /// ([`Unsynced::Random`]), any number of the oldest name changes ([`Names::Ordered`]).
    pub fn crash(&self, rng: &mut Rng) {
        let crash = Crash {
            unsynced: Unsynced::Random,
            names: Names::Ordered,
        };
        self.crash_with(crash, rng);
    }

    /// Cuts the power and turns it on again. What was synced stays; of the rest, what `crash` and the draws
    /// of `rng` leave, and that is then synced. Locks are free again. Handles from before, on files and on
    /// folders inside, answer [`Error::Closed`].
    pub fn crash_with(&self, crash: Crash, rng: &mut Rng) {
        let mut folder = lock(&self.folder);
        self.device.end_life();
        let mut aftermath = crash::Aftermath::new(crash, rng);
        let after = aftermath.of(&mut folder);
        self.device.set_used_bytes(aftermath.bytes());
        *folder = after;
    }

    /// Takes the disk away and puts an empty one in its place. Handles from before, on files and on folders
    /// inside, answer [`Error::Closed`].
    pub fn wipe(&self) {
        let mut folder = lock(&self.folder);
        self.device.end_life();
        self.device.set_used_bytes(0);
        *folder = Folder::default();
    }

    /// Makes the next sync, of a file or of a folder, report an error. As on real systems, the bytes that
    /// it should have written are dropped behind the reader's back: they read well until the crash, and a
    /// later sync that succeeds does not bring them back.
    pub fn fail_next_sync(&self) {
        self.device.fail_next_sync();
    }

    /// Makes syncs honest, as they are at first, or lying.
    pub fn set_syncs(&self, behaviour: Syncs) {
        self.device.set_syncs(behaviour);
    }

    /// Flips one bit of the files in this folder, drawn from all of theirs, as the running system sees it and
    /// as the platter holds it. False, and nothing happens, where they are empty.
    pub fn flip_bit(&self, rng: &mut Rng) -> bool {
        let folder = lock(&self.folder);
        let files = folder.now.files.values();
        let mut byte = rng.below(files.clone().map(|file| lock(file).len()).sum());
        let bit = rng.below(8) as u32;
        for file in files {
            let mut file = lock(file);
            if byte < file.len() {
                file.flip(byte as usize, bit);
                return true;
            }
            byte -= file.len();
        }
        false
    }

    /// Bytes in all files of the disk, as the running system sees them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.device.used_bytes()
    }

    /// Bytes in all files that a crash cannot take: synced, in files whose names are synced.
    #[must_use]
    pub fn synced_bytes(&self) -> u64 {
        let mut files = BTreeMap::new();
        lock(&self.folder).add_durable_files(&mut files);
        files.values().map(|file| lock(file).durable_len()).sum()
    }

    /// Syncs of files and of folders that succeeded since the disk was made.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.device.sync_count()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Folder) -> Result<T>) -> Result<T> {
        let mut folder = lock(&self.folder);
        if self.life.is_some_and(|life| life != self.device.life()) {
            return Err(Error::Closed);
        }
        act(&mut folder)
    }

    fn inner(&self, name: &str) -> Result<Self> {
        check_name(name)?;
        self.with(|folder| {
            Ok(Self {
                folder: folder.inner(name, &self.device)?,
                device: Arc::clone(&self.device),
                life: Some(self.device.life()),
            })
        })
    }
}

impl Vfs for MemoryDisk {
    fn open(&self, name: &str) -> Result<Box<dyn File>> {
        check_name(name)?;
        self.with(|folder| {
            if !folder.now.files.contains_key(name) {
                folder.create(name, &Shared::default(), &self.device)?;
            }
            let file = Arc::clone(folder.file(name)?);
            let device = Arc::clone(&self.device);
            let life = device.life();
            let file: Box<dyn File> = Box::new(MemoryFile::new(name, file, device, life));
            Ok(file)
        })
    }

    fn exists(&self, name: &str) -> Result<bool> {
        check_name(name)?;
        self.with(|folder| Ok(folder.now.files.contains_key(name)))
    }

    fn list(&self) -> Result<Vec<String>> {
        self.with(|folder| Ok(folder.now.files.keys().cloned().collect()))
    }

    fn remove(&self, name: &str) -> Result<()> {
        check_name(name)?;
        self.with(|folder| folder.remove(name, &self.device))
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        check_name(from)?;
        check_name(to)?;
        self.with(|folder| folder.rename(from, to, &self.device))
    }

    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()> {
        check_name(from)?;
        check_name(to)?;
        let file = self.with(|here| here.file(from).cloned())?;
        let there = self.inner(folder)?;
        there.with(|there| there.create(to, &file, &self.device))
    }

    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>> {
        Ok(Arc::new(self.inner(name)?))
    }

    fn lock(&self) -> Result<Box<dyn Lock>> {
        self.with(|folder| {
            if folder.holder.strong_count() > 0 {
                return Err(Error::invalid(
                    "this folder is held by a store that is open in this process",
                ));
            }
            let held = Arc::new(());
            folder.holder = Arc::downgrade(&held);
            let held: Box<dyn Lock> = Box::new(MemoryLock { _held: held });
            Ok(held)
        })
    }

    fn sync_dir(&self) -> Result<()> {
        self.with(|folder| {
            match self.device.sync("the folder") {
                Ok(Synced::Truly) => folder.sync(),
                Ok(Synced::InWordOnly) => {}
                Err(error) => {
                    folder.pending.clear();
                    return Err(error);
                }
            }
            Ok(())
        })
    }
}

#[derive(Debug)]
struct MemoryLock {
    _held: Arc<()>,
}

impl Lock for MemoryLock {}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = lock(&self.folder);
        let files = folder
            .now
            .files
            .iter()
            .map(|(name, file)| (name, lock(file).len()));
        f.debug_map().entries(files).finish()
    }
}

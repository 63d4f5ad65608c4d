//! A disk in memory that can lose power.
//!
//! The folder and each file exist twice: as the running system sees them, and as the platter holds them.
//! A crash throws the first away and rebuilds it from the second, plus whatever part of the unsynced work
//! the seeded draws let through.

mod file;
#[cfg(test)]
mod tests;

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::rng::Rng;
use crate::vfs::{File, Vfs};
use crate::{Error, Result};

use file::{Inode, MemoryFile};

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
#[derive(Clone, Default)]
pub struct MemoryDisk {
    folder: Arc<Mutex<Folder>>,
    sync: Arc<Mutex<SyncState>>,
}

type Shared = Arc<Mutex<Inode>>;

#[derive(Default)]
struct Folder {
    names: BTreeMap<String, Shared>,
    durable_names: BTreeMap<String, Shared>,
    /// What happened to the names since the last sync of the folder, oldest first.
    pending: Vec<NameChange>,
}

/// Syncs so far, and whether the next one is told to fail.
#[derive(Debug, Default)]
struct SyncState {
    count: u64,
    fail_next: bool,
}

#[derive(Clone)]
enum NameChange {
    Create(String, Shared),
    Remove(String),
    Rename(String, String),
}

impl NameChange {
    fn apply(self, names: &mut BTreeMap<String, Shared>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name, inode);
            }
            Self::Remove(name) => {
                names.remove(&name);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(&from) {
                    names.insert(to, inode);
                }
            }
        }
    }
}

/// A panic elsewhere leaves the disk's tables whole: each change under a lock is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_such_file(path: &str) -> Error {
    Error::invalid(format!("no file '{path}' on this disk"))
}

impl SyncState {
    /// Counts a sync of `what`, or fails it where that was asked for.
    fn attempt(&mut self, what: &str) -> Result<()> {
        if core::mem::take(&mut self.fail_next) {
            return Err(Error::corruption(format!(
                "sync of {what} failed: the disk reports an error, and what it holds is unknown"
            )));
        }
        self.count += 1;
        Ok(())
    }
}

impl MemoryDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts the power and turns it on again. What was synced stays. Of each file's unsynced end, a random
    /// prefix survives, whose last few bytes may be garbled; an unsynced truncation may be undone. Of the
    /// creates, removes and renames since the last [`Vfs::sync_dir`], a random number of the oldest
    /// survive. What survived is then synced. Handles from before answer [`Error::Closed`].
    pub fn crash(&self, rng: &mut Rng) {
        let mut folder = lock(&self.folder);
        let kept = rng.below(folder.pending.len() as u64 + 1) as usize;
        let pending = core::mem::take(&mut folder.pending);
        for change in pending.into_iter().take(kept) {
            change.apply(&mut folder.durable_names);
        }
        let survivors: BTreeMap<String, Shared> = folder
            .durable_names
            .iter()
            .map(|(name, inode)| {
                let survivor = lock(inode).after_crash(rng);
                (name.clone(), Arc::new(Mutex::new(survivor)))
            })
            .collect();
        folder.replace(survivors);
    }

    /// Takes the disk away and puts an empty one in its place. Handles from before answer
    /// [`Error::Closed`].
    pub fn wipe(&self) {
        lock(&self.folder).replace(BTreeMap::new());
    }

    /// Makes the next sync, of a file or of the folder, report an error. As on real systems, the bytes that
    /// it should have written are dropped behind the reader's back: they read well until the crash, and a
    /// later sync that succeeds does not bring them back.
    pub fn fail_next_sync(&self) {
        lock(&self.sync).fail_next = true;
    }

    /// Bytes in all files, as the running system sees them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let folder = lock(&self.folder);
        folder.names.values().map(|inode| lock(inode).len()).sum()
    }

    /// Bytes in all files that a crash cannot take: synced, in files whose names are synced.
    #[must_use]
    pub fn synced_bytes(&self) -> u64 {
        let folder = lock(&self.folder);
        let durable = folder.durable_names.values();
        durable.map(|inode| lock(inode).durable_len()).sum()
    }

    /// Syncs of files and of the folder that succeeded since the disk was made.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        lock(&self.sync).count
    }
}

impl Folder {
    fn inode(&self, path: &str) -> Result<&Shared> {
        self.names.get(path).ok_or_else(|| no_such_file(path))
    }

    /// Starts over from `names`, all of it durable, and closes every file there was.
    fn replace(&mut self, names: BTreeMap<String, Shared>) {
        for inode in self.names.values().chain(self.durable_names.values()) {
            lock(inode).close();
        }
        self.pending.clear();
        self.durable_names = names.clone();
        self.names = names;
    }

    fn change(&mut self, change: NameChange) {
        change.clone().apply(&mut self.names);
        self.pending.push(change);
    }
}

impl Vfs for MemoryDisk {
    fn open(&self, path: &str) -> Result<Box<dyn File>> {
        let mut folder = lock(&self.folder);
        if !folder.names.contains_key(path) {
            folder.change(NameChange::Create(path.to_owned(), Shared::default()));
        }
        let inode = Arc::clone(folder.inode(path)?);
        Ok(Box::new(MemoryFile::new(
            path,
            inode,
            Arc::clone(&self.sync),
        )))
    }

    fn exists(&self, path: &str) -> Result<bool> {
        Ok(lock(&self.folder).names.contains_key(path))
    }

    fn list(&self) -> Result<Vec<String>> {
        Ok(lock(&self.folder).names.keys().cloned().collect())
    }

    fn remove(&self, path: &str) -> Result<()> {
        let mut folder = lock(&self.folder);
        folder.inode(path)?;
        folder.change(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        let mut folder = lock(&self.folder);
        folder.inode(from)?;
        folder.change(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn sync_dir(&self) -> Result<()> {
        let mut folder = lock(&self.folder);
        let outcome = lock(&self.sync).attempt("the folder");
        let pending = core::mem::take(&mut folder.pending);
        outcome?;
        for change in pending {
            change.apply(&mut folder.durable_names);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = lock(&self.folder);
        let files = folder
            .names
            .iter()
            .map(|(name, inode)| (name, lock(inode).len()));
        f.debug_map().entries(files).finish()
    }
}

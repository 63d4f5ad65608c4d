//! What a power cut leaves on a [`MemoryDisk`](super::MemoryDisk).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::folder::{Folder, NameChange, Shared, SharedFolder, Table};
use super::inode::Inode;
use super::lock;
use crate::base::rng::Rng;

/// How many bytes at the end of what survives a [`Unsynced::Random`] crash may be garbled. Fewer than any log
/// frame has: a crash damages the last frame it reaches and leaves no whole one after it.
const GARBLED_BYTES_MAX: u64 = 8;

/// What a power cut takes and what it leaves, where the promises of [`File::sync`](crate::vfs::File::sync) and
/// [`Vfs::sync_dir`](crate::vfs::Vfs::sync_dir) leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Of the bytes in the files.
    pub unsynced: Unsynced,
    /// Of the names in the folders.
    pub names: Names,
}

/// How much of what was written and not synced survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// Of each file, this part in hundred of the bytes added at its end (the first ones; nothing is garbled),
    /// and of its overwritten sectors (drawn at random). A truncation survives with that probability. Above
    /// 100 counts as 100.
    Percent(u8),
    /// Of each file, any number of the bytes added at its end, the last few of which may be garbled; each
    /// overwritten sector and each truncation as a coin falls.
    Random,
}

/// Which of the creates, links, removes and renames that were not synced survive. Each is whole or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// None.
    Lost,
    /// All.
    Kept,
    /// In each folder, any number of the oldest, as under a journal.
    Ordered,
    /// In each folder any of them, except that of those that touch one name the oldest come first: what POSIX
    /// allows, and no more.
    Reordered,
}

impl Names {
    fn survivors(self, pending: Vec<NameChange>, rng: &mut Rng) -> Vec<NameChange> {
        match self {
            Self::Lost => Vec::new(),
            Self::Kept => pending,
            Self::Ordered => {
                let kept = rng.below(pending.len() as u64 + 1) as usize;
                pending.into_iter().take(kept).collect()
            }
            Self::Reordered => {
                let mut stale = BTreeSet::new();
                let survives = |change: &NameChange| {
                    let names = change.names();
                    let lost = rng.chance(0.5) || names.iter().any(|name| stale.contains(*name));
                    if lost {
                        stale.extend(names.into_iter().map(str::to_owned));
                    }
                    !lost
                };
                let mut kept = pending;
                kept.retain(survives);
                kept
            }
        }
    }
}

/// One crash in progress. A file with several names survives once.
pub(super) struct Aftermath<'a> {
    crash: Crash,
    rng: &'a mut Rng,
    /// By the address of the file before the crash.
    files: BTreeMap<usize, Shared>,
}

impl<'a> Aftermath<'a> {
    pub(super) fn new(crash: Crash, rng: &'a mut Rng) -> Self {
        Self {
            crash,
            rng,
            files: BTreeMap::new(),
        }
    }

    /// What is left of a folder and of all in it.
    pub(super) fn of(&mut self, folder: &mut Folder) -> Folder {
        let pending = core::mem::take(&mut folder.pending);
        for change in self.crash.names.survivors(pending, self.rng) {
            change.apply(&mut folder.durable);
        }
        let before = core::mem::take(&mut folder.durable);
        let files = before.files.into_iter();
        let files = files.map(|(name, file)| (name, self.of_file(&file)));
        let files = files.collect();
        let folders = before.folders.into_iter();
        let folders = folders.map(|(name, inner)| (name, self.of_folder(&inner)));
        Folder::durable(Table {
            files,
            folders: folders.collect(),
        })
    }

    fn of_folder(&mut self, folder: &SharedFolder) -> SharedFolder {
        Arc::new(Mutex::new(self.of(&mut lock(folder))))
    }

    fn of_file(&mut self, file: &Shared) -> Shared {
        let address = Arc::as_ptr(file).addr();
        if let Some(survivor) = self.files.get(&address) {
            lock(survivor).add_name();
            return Arc::clone(survivor);
        }
        let before = core::mem::take(&mut *lock(file));
        let mut after = before.after_crash(self.crash.unsynced, self.rng);
        after.add_name();
        let survivor = Arc::new(Mutex::new(after));
        self.files.insert(address, Arc::clone(&survivor));
        survivor
    }

    /// Bytes in the files that survived.
    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|file| lock(file).len()).sum()
    }
}

impl Unsynced {
    /// Whether a truncation that was not synced is undone.
    pub(super) fn undoes_truncation(self, rng: &mut Rng) -> bool {
        match self {
            Self::Percent(kept) => !rng.chance(f64::from(kept.min(100)) / 100.0),
            Self::Random => rng.chance(0.5),
        }
    }

    /// How many of the `unsynced` bytes at a file's end survive, and how many of these are garbled.
    pub(super) fn tail(self, unsynced: u64, rng: &mut Rng) -> (u64, u64) {
        match self {
            Self::Percent(_) => (self.part(unsynced), 0),
            Self::Random => {
                let survived = rng.between(0, unsynced);
                (survived, rng.below(GARBLED_BYTES_MAX + 1).min(survived))
            }
        }
    }

    /// For each of `count` overwritten sectors, whether what was written there survives.
    pub(super) fn sectors(self, count: usize, rng: &mut Rng) -> Vec<bool> {
        match self {
            Self::Random => (0..count).map(|_| rng.chance(0.5)).collect(),
            Self::Percent(_) => {
                let kept = self.part(count as u64) as usize;
                let mut survive: Vec<bool> = (0..count).map(|sector| sector < kept).collect();
                for last in (1..count).rev() {
                    survive.swap(last, rng.index(last + 1));
                }
                survive
            }
        }
    }

    fn part(self, of: u64) -> u64 {
        match self {
            Self::Percent(percent) => (u128::from(of) * u128::from(percent.min(100)) / 100) as u64,
            Self::Random => of,
        }
    }
}

impl Inode {
    /// What a crash leaves. All of it is on the platter.
    fn after_crash(self, unsynced: Unsynced, rng: &mut Rng) -> Self {
        let mut after = self;
        after.settle_dropped();
        if after.has_cut() && unsynced.undoes_truncation(rng) {
            after.undo_truncation();
        } else {
            let (survived, garbled) = unsynced.tail(after.unsynced_len(), rng);
            after.cut_unsynced_to(survived);
            for byte in after.last_bytes(garbled as usize) {
                *byte = rng.next_u64() as u8;
            }
        }
        let survive = unsynced.sectors(after.overwritten_sectors(), rng);
        after.settle_overwrites(&survive);
        Self::durable(after.into_bytes())
    }
}

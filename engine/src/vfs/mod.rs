//! Files, as storage sees them: a flat folder behind one trait.
//!
//! What a store may rely on is what POSIX promises and no more. Written bytes are readable at once but
//! survive a power cut only after [`File::sync`]. A file's name is a matter of its own: creating, linking,
//! removing and renaming survive only after [`Vfs::sync_dir`]. [`MemoryDisk`] keeps both promises to the
//! letter and not a bit better, so a store that forgets a sync loses data in the simulator first.
//!
//! | disk | what it is |
//! |---|---|
//! | [`MemoryDisk`] | in memory; can lose power, keep what it was told to sync, and run full |
//! | [`FaultDisk`] | around another disk; counts calls, and fails the ones it is told to |
//! | [`OsDisk`] | a folder of the operating system, with the feature `live` |
//!
//! ```
//! use kvorum::base::rng::Rng;
//! use kvorum::vfs::{MemoryDisk, Vfs};
//!
//! let disk = MemoryDisk::new();
//! let mut file = disk.open("notes")?;
//! file.append(b"kept")?;
//! file.sync()?;
//! disk.sync_dir()?;
//! file.append(b" or perhaps not")?;
//!
//! disk.crash(&mut Rng::from_seed(7));
//! assert!(disk.open("notes")?.read_all()?.starts_with(b"kept"));
//! # Ok::<(), kvorum::Error>(())
//! ```

mod fault;
mod memory;
mod name;
#[cfg(feature = "live")]
mod os;
#[cfg(test)]
mod tests;

use core::fmt::Debug;
use std::sync::Arc;

use crate::{Error, Result};

pub use fault::{Call, Calls, Fault, FaultDisk, When};
pub use memory::{Crash, MemoryDisk, Names, Syncs, Unsynced};
#[cfg(feature = "live")]
pub use os::OsDisk;

/// A folder of files, and of folders that are reached as a [`Vfs`] of their own. Names are flat: not empty,
/// without `/`, `\` and NUL, at most 255 bytes, neither `.` nor `..` nor `LOCK`. Every call refuses another
/// name with [`InvalidArgument`](crate::Error::InvalidArgument) and changes nothing.
///
/// Beside the errors named below, every call reports what the disk reports: [`Io`](crate::Error::Io), or
/// [`DiskFull`](crate::Error::DiskFull) where it needs room.
pub trait Vfs: Debug + Send + Sync {
    /// Opens a file for reading and writing; creates it, empty, when there is none.
    ///
    /// # Errors
    /// What the disk reports.
    fn open(&self, name: &str) -> Result<Box<dyn File>>;

    /// Whether a file has this name.
    ///
    /// # Errors
    /// What the disk reports.
    fn exists(&self, name: &str) -> Result<bool>;

    /// The names of all files, sorted; folders are left out.
    ///
    /// # Errors
    /// What the disk reports.
    fn list(&self) -> Result<Vec<String>>;

    /// Removes a name. Handles that are open on the file stay usable until they are dropped.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when no file has the name; nothing changes.
    fn remove(&self, name: &str) -> Result<()>;

    /// Gives the file `from` the name `to`, in place of what had that name. At no moment, and after no
    /// crash, is there neither the old `to` nor the new. Open handles follow the file, not the name.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no `from`; nothing changes.
    fn rename(&self, from: &str, to: &str) -> Result<()>;

    /// Gives the file `from` a second name, `to` in the folder `folder`, which is created when there is none.
    /// Both names then have equal rights: the bytes go when the last one does. The new name survives a power
    /// cut once [`sync_dir`](Self::sync_dir) of that folder has returned, the folder's own once that of this
    /// one has.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no `from`, when there is a `to`
    /// already, or when one file system cannot hold both; no name changes.
    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()>;

    /// Opens a folder inside this one; creates it when there is none. [`OsDisk`] takes an absolute path too.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when a file has the name.
    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>>;

    /// Holds the folder, without those inside it, until the lock is dropped or its holder dies. The lock binds
    /// nobody but those who ask for it: one store at a time asks.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when it is held already, in this process or another.
    fn lock(&self) -> Result<Box<dyn Lock>>;

    /// Makes every create, link, remove and rename so far survive a power cut. The bytes inside the files are
    /// [`File::sync`]'s part.
    ///
    /// # Errors
    /// What the disk reports; then what survives is unknown, and asking again does not help.
    fn sync_dir(&self) -> Result<()>;
}

/// The hold on a folder; dropping it lets go.
pub trait Lock: Debug + Send + Sync {}

/// One open file. Any number of handles may read and [`sync`](Self::sync) at once; those that change the file
/// are one, or clones of one ([`try_clone`](Self::try_clone)), and its user orders their calls.
pub trait File: Debug + Send + Sync {
    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// What the disk reports; then any part of `bytes` may stand at the end.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Puts `bytes` at `offset`, over what is there, and makes the file longer where they reach past its end.
    /// A power cut before the next [`sync`](Self::sync) leaves each overwritten sector of 512 bytes as it was
    /// or as it became.
    ///
    /// # Errors
    /// - [`InvalidArgument`](crate::Error::InvalidArgument) when `offset` lies past the end; nothing changes.
    /// - What the disk reports; then any part of `bytes` may stand there.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Fills `buffer` from `offset` and returns how many bytes it took. Fewer than `buffer` holds are a sign
    /// of the file's end, not a proof: [`read_exact_at`](Self::read_exact_at) tells the two apart.
    ///
    /// # Errors
    /// What the disk reports.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// The length, bytes.
    ///
    /// # Errors
    /// What the disk reports.
    fn len(&self) -> Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    /// What the disk reports.
    fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file to its first `len` bytes; a shorter file stays as it is.
    ///
    /// # Errors
    /// What the disk reports.
    fn truncate(&mut self, len: u64) -> Result<()>;

    /// Makes every byte written before the call survive a power cut, through whichever handle it came.
    ///
    /// # Errors
    /// What the disk reports. The operating system may have dropped the bytes that it failed to write, so
    /// a second call that succeeds proves nothing (Rebello et al., "Can Applications Recover from fsync
    /// Failures?", 2020).
    fn sync(&self) -> Result<()>;

    /// A second handle on the file, so that one thread can sync or read while another appends.
    ///
    /// # Errors
    /// What the disk reports.
    fn try_clone(&self) -> Result<Box<dyn File>>;

    /// Fills all of `buffer` from `offset`.
    ///
    /// # Errors
    /// - [`Corruption`](crate::Error::Corruption) when the file ends before; `buffer` holds what there was.
    /// - [`Io`](crate::Error::Io) when the disk gives fewer bytes than the file has.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            let from = offset.saturating_add(filled as u64);
            let count = self.read_at(from, &mut buffer[filled..])?;
            if count == 0 {
                let len = self.len()?;
                return Err(if from < len {
                    Error::io(format!(
                        "the disk gives no byte at {from} of a file of {len}"
                    ))
                } else {
                    Error::corruption(format!(
                        "a file of {len} bytes ends before byte {}",
                        offset.saturating_add(buffer.len() as u64)
                    ))
                });
            }
            filled += count;
        }
        Ok(())
    }

    /// The whole file.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at), when the file is cut while it is read.
    fn read_all(&self) -> Result<Vec<u8>> {
        let len = usize::try_from(self.len()?)
            .map_err(|_| Error::invalid("a file longer than this machine's memory"))?;
        let mut bytes = vec![0; len];
        self.read_exact_at(0, &mut bytes)?;
        Ok(bytes)
    }
}

/// The error of a write that would leave a hole.
fn past_the_end(name: &str, offset: u64, len: u64) -> Error {
    Error::invalid(format!(
        "write to '{name}' at byte {offset}, past its end at {len}"
    ))
}

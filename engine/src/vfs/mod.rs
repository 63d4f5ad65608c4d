//! Files, as storage sees them: a flat folder of append-only files behind one trait.
//!
//! What a store may rely on is what POSIX promises and no more. Appended bytes are readable at once but
//! survive a power cut only after [`File::sync`]. A file's name is a matter of its own: creating, removing
//! and renaming survive only after [`Vfs::sync_dir`]. [`MemoryDisk`] keeps both promises to the letter and
//! not a bit better, so a store that forgets a sync loses data in the simulator first.
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

mod memory;

use core::fmt::Debug;

use crate::Result;

pub use memory::MemoryDisk;

/// A folder of files. Names are flat: no folders inside.
pub trait Vfs: Debug + Send + Sync {
    /// Opens a file for reading and appending; creates it, empty, when there is none.
    ///
    /// # Errors
    /// What the disk reports.
    fn open(&self, path: &str) -> Result<Box<dyn File>>;

    /// Whether a file has this name.
    ///
    /// # Errors
    /// What the disk reports.
    fn exists(&self, path: &str) -> Result<bool>;

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// What the disk reports.
    fn list(&self) -> Result<Vec<String>>;

    /// Removes a name. Handles that are open on the file stay usable until they are dropped.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when no file has the name; nothing changes.
    fn remove(&self, path: &str) -> Result<()>;

    /// Gives the file `from` the name `to`, in place of what had that name. At no moment, and after no
    /// crash, is there neither the old `to` nor the new. Open handles follow the file, not the name.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::Error::InvalidArgument) when there is no `from`; nothing changes.
    fn rename(&self, from: &str, to: &str) -> Result<()>;

    /// Makes every create, remove and rename so far survive a power cut. The bytes inside the files are
    /// [`File::sync`]'s part.
    ///
    /// # Errors
    /// What the disk reports; then what survives is unknown, and asking again does not help.
    fn sync_dir(&self) -> Result<()>;
}

/// One open file.
pub trait File: Debug + Send + Sync {
    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// What the disk reports; then any part of `bytes` may stand at the end.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Fills `buffer` from `offset` and returns how many bytes there were: fewer than `buffer` holds only
    /// where the file ends.
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

    /// Makes every byte so far survive a power cut.
    ///
    /// # Errors
    /// What the disk reports. The operating system may have dropped the bytes that it failed to write, so
    /// a second call that succeeds proves nothing (Rebello et al., "Can Applications Recover from fsync
    /// Failures?", 2020).
    fn sync(&mut self) -> Result<()>;

    /// The whole file.
    ///
    /// # Errors
    /// What the disk reports.
    fn read_all(&self) -> Result<Vec<u8>> {
        let len = usize::try_from(self.len()?)
            .map_err(|_| crate::Error::invalid("a file longer than this machine's memory"))?;
        let mut bytes = vec![0; len];
        let count = self.read_at(0, &mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }
}

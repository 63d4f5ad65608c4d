//! A folder of the operating system.
//!
//! | call | system call on Unix |
//! |---|---|
//! | [`File::append`], [`File::write_at`] | `pwrite`: the handle knows where the file ends, so that log segments can be written in place |
//! | [`File::read_at`] | `pread`, until the buffer is full or the file ends |
//! | [`File::sync`] | `fdatasync`: the length is synced where it changed, the times never |
//! | [`Vfs::sync_dir`] | `fsync` of the folder |
//! | [`Vfs::link`] | `link` |
//! | [`Vfs::lock`] | `flock` of the file `LOCK`, which the system releases when the process dies |
//!
//! `ENOSPC` and `EDQUOT` are [`Error::DiskFull`], every other failure is [`Error::Io`] with the operation, the
//! path and the system's words.

mod file;
mod positioned;
#[cfg(test)]
mod tests;

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::vfs::name::{LOCK_NAME, check_name};
use crate::vfs::{File, Lock, Vfs};
use crate::{Error, Result};

use file::OsFile;

/// What the lock's file may say of its holder, bytes.
const HOLDER_BYTES_MAX: u64 = 64;

/// A folder on a real disk.
///
/// ```
/// use kvorum::vfs::{OsDisk, Vfs};
///
/// let folder = std::env::temp_dir().join(format!("kvorum-doc-{}", std::process::id()));
/// let disk = OsDisk::open(&folder)?;
/// disk.open("a")?.append(b"xyz")?;
/// assert_eq!(disk.list()?, ["a"]);
/// # std::fs::remove_dir_all(folder).expect("the folder is there");
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OsDisk {
    path: PathBuf,
}

impl OsDisk {
    /// The folder at `path`. It is created when there is none, with those above it, and the new names survive
    /// a power cut.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when something else has that name; what the system reports.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let path =
            std::path::absolute(path).map_err(|error| report(&error, "find the folder", path))?;
        make_folder(&path)?;
        Ok(Self { path })
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file_path(&self, name: &str) -> Result<PathBuf> {
        check_name(name)?;
        Ok(self.path.join(name))
    }

    /// The path of a file that is there.
    fn existing(&self, name: &str) -> Result<PathBuf> {
        let path = self.file_path(name)?;
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => Ok(path),
            Ok(_) => Err(no_such_file(&path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(no_such_file(&path)),
            Err(error) => Err(report(&error, "look at", &path)),
        }
    }

    fn folder_path(&self, name: &str) -> Result<PathBuf> {
        let path = Path::new(name);
        if !path.is_absolute() {
            return self.file_path(name);
        }
        let flat = path.components().all(|part| part != Component::ParentDir);
        if flat && !name.contains('\0') {
            return Ok(path.to_owned());
        }
        Err(Error::invalid(format!(
            "the folder {name:?} has '..' or a NUL in its path"
        )))
    }
}

impl Vfs for OsDisk {
    fn open(&self, name: &str) -> Result<Box<dyn File>> {
        Ok(Box::new(OsFile::open(self.file_path(name)?)?))
    }

    fn exists(&self, name: &str) -> Result<bool> {
        let path = self.file_path(name)?;
        match fs::metadata(&path) {
            Ok(found) => Ok(found.is_file()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(report(&error, "look at", &path)),
        }
    }

    fn list(&self) -> Result<Vec<String>> {
        let failed = |error: io::Error| report(&error, "list", &self.path);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A name that no call takes is none of this folder's files.
            let name = entry.file_name().into_string().ok();
            if let Some(name) = name.filter(|name| check_name(name).is_ok())
                && entry.file_type().map_err(failed)?.is_file()
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.existing(name)?;
        fs::remove_file(&path).map_err(|error| report(&error, "remove", &path))
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        let (from, to) = (self.existing(from)?, self.file_path(to)?);
        fs::rename(&from, &to).map_err(|error| report(&error, "rename over", &to))
    }

    fn link(&self, from: &str, folder: &str, to: &str) -> Result<()> {
        check_name(to)?;
        let from = self.existing(from)?;
        let folder = self.folder_path(folder)?;
        make_folder(&folder)?;
        let to = folder.join(to);
        fs::hard_link(&from, &to).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Error::invalid(format!("there is a '{}' already", to.display()))
            }
            ErrorKind::CrossesDevices => Error::invalid(format!(
                "'{}' lies on another file system than '{}': a file has all its names on one",
                to.display(),
                from.display()
            )),
            _ => report(&error, "link to", &to),
        })
    }

    fn folder(&self, name: &str) -> Result<Arc<dyn Vfs>> {
        let path = self.folder_path(name)?;
        make_folder(&path)?;
        Ok(Arc::new(Self { path }))
    }

    fn lock(&self) -> Result<Box<dyn Lock>> {
        let path = self.path.join(LOCK_NAME);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options
            .open(&path)
            .map_err(|error| report(&error, "open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Whoever holds it may be about to write its number: the refusal does not depend on it.
                let _ = file.take(HOLDER_BYTES_MAX).read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => "another process".to_owned(),
                    number => format!("process {number}"),
                };
                return Err(Error::invalid(format!(
                    "folder '{}' is held by {holder}: one store at a time may be open there",
                    self.path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(report(&error, "lock", &path)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(|error| report(&error, "write to", &path))?;
        Ok(Box::new(OsLock { _file: file }))
    }

    fn sync_dir(&self) -> Result<()> {
        sync_folder(&self.path)
    }
}

/// Held as long as the file is open.
#[derive(Debug)]
struct OsLock {
    _file: fs::File,
}

impl Lock for OsLock {}

/// Makes a folder and those above it. What is new is synced into the folder above: nobody else would.
fn make_folder(path: &Path) -> Result<()> {
    let parent = path.parent();
    match fs::create_dir(path) {
        Ok(()) => parent.map_or(Ok(()), sync_folder),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Error::invalid(format!(
            "'{}' is not a folder",
            path.display()
        ))),
        Err(error) => match parent {
            Some(parent) if error.kind() == ErrorKind::NotFound && parent != path => {
                make_folder(parent)?;
                fs::create_dir(path).map_err(|error| report(&error, "create the folder", path))?;
                sync_folder(parent)
            }
            _ => Err(report(&error, "create the folder", path)),
        },
    }
}

#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "this is where vfs reaches the system"
)]
fn sync_folder(path: &Path) -> Result<()> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| report(&error, "sync the folder", path))
}

/// Elsewhere a folder cannot be opened as a file; NTFS keeps names in its journal.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<()> {
    Ok(())
}

fn no_such_file(path: &Path) -> Error {
    Error::invalid(format!("no file '{}'", path.display()))
}

/// What the system said, as an error of the store.
fn report(error: &io::Error, operation: &str, path: &Path) -> Error {
    let detail = format!("{operation} '{}': {error}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::disk_full(detail),
        ErrorKind::IsADirectory => Error::invalid(detail),
        _ => Error::io(detail),
    }
}

//! An open file of the operating system.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{positioned, report};
use crate::vfs::{File, past_the_end};
use crate::{Error, Result};

/// A handle; its clones share the system's file and what is known of its end.
#[derive(Debug)]
pub(super) struct OsFile {
    opened: Arc<Opened>,
}

#[derive(Debug)]
struct Opened {
    file: fs::File,
    path: PathBuf,
    /// Where the next append goes. One handle and its clones write a file, so that nobody else moves it.
    end: AtomicU64,
}

impl OsFile {
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let opened = options
            .open(&path)
            .and_then(|file| Ok((file.metadata()?.len(), file)));
        let (end, file) = opened.map_err(|error| report(&error, "open", &path))?;
        let end = AtomicU64::new(end);
        Ok(Self {
            opened: Arc::new(Opened { file, path, end }),
        })
    }
}

impl Opened {
    fn failed(&self, error: &io::Error, operation: &str) -> Error {
        report(error, operation, &self.path)
    }

    fn len(&self) -> Result<u64> {
        let found = self.file.metadata();
        let found = found.map_err(|error| self.failed(&error, "look at"))?;
        Ok(found.len())
    }

    /// Writes at `offset`, which is at most `end`.
    fn write(&self, offset: u64, end: u64, bytes: &[u8], operation: &str) -> Result<()> {
        if let Err(error) = positioned::write_all_at(&self.file, bytes, offset) {
            // A part may have been written: the next append goes behind it.
            if let Ok(len) = self.len() {
                self.end.store(len, Ordering::Relaxed);
            }
            return Err(self.failed(&error, operation));
        }
        let reached = offset + bytes.len() as u64;
        if reached > end {
            self.end.store(reached, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl File for OsFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let end = self.opened.end.load(Ordering::Relaxed);
        self.opened.write(end, end, bytes, "append to")
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let end = self.opened.end.load(Ordering::Relaxed);
        if offset > end {
            let name = self.opened.path.to_string_lossy();
            return Err(past_the_end(&name, offset, end));
        }
        self.opened.write(offset, end, bytes, "write to")
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let Some(from) = offset.checked_add(filled as u64) else {
                break;
            };
            // The system takes offsets as signed numbers, and refuses a read that may reach further.
            if from.saturating_add(buffer.len() as u64) > i64::MAX as u64 {
                break;
            }
            match positioned::read_at(&self.opened.file, &mut buffer[filled..], from) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.opened.failed(&error, "read from")),
            }
        }
        Ok(filled)
    }

    fn len(&self) -> Result<u64> {
        self.opened.len()
    }

    fn truncate(&mut self, len: u64) -> Result<()> {
        if len < self.opened.len()? {
            let cut = self.opened.file.set_len(len);
            cut.map_err(|error| self.opened.failed(&error, "truncate"))?;
            self.opened.end.store(len, Ordering::Relaxed);
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let synced = self.opened.file.sync_data();
        synced.map_err(|error| self.opened.failed(&error, "sync"))
    }

    fn try_clone(&self) -> Result<Box<dyn File>> {
        Ok(Box::new(Self {
            opened: Arc::clone(&self.opened),
        }))
    }
}

#[cfg(test)]
impl OsFile {
    /// Makes the handle believe that the file ends elsewhere.
    pub(super) fn move_end(&mut self, end: u64) {
        self.opened.end.store(end, Ordering::Relaxed);
    }
}

//! A handle on a file of a [`MemoryDisk`](super::MemoryDisk).

use core::fmt;
use std::sync::Arc;

use super::device::{Device, Synced};
use super::folder::Shared;
use super::inode::Inode;
use super::lock;
use crate::vfs::{File, past_the_end};
use crate::{Error, Result};

#[derive(Clone)]
pub(super) struct MemoryFile {
    name: String,
    file: Shared,
    device: Arc<Device>,
    life: u64,
}

impl MemoryFile {
    pub(super) fn new(name: &str, file: Shared, device: Arc<Device>, life: u64) -> Self {
        Self {
            name: name.to_owned(),
            file,
            device,
            life,
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inode) -> Result<T>) -> Result<T> {
        let mut file = lock(&self.file);
        if self.life != self.device.life() {
            return Err(Error::Closed);
        }
        act(&mut file)
    }

    /// How many of `wanted` more bytes the disk has room for; they are taken.
    fn room(&self, file: &Inode, wanted: usize) -> usize {
        if file.is_named() {
            self.device.take(wanted as u64) as usize
        } else {
            wanted
        }
    }

    fn wrote(&self, all: bool) -> Result<()> {
        if all {
            Ok(())
        } else {
            Err(self.device.full(&format!("write to '{}'", self.name)))
        }
    }
}

impl File for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.with(|file| {
            let room = self.room(file, bytes.len());
            file.append(&bytes[..room]);
            self.wrote(room == bytes.len())
        })
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.with(|file| {
            let len = file.bytes().len();
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            if start > len {
                return Err(past_the_end(&self.name, offset, len as u64));
            }
            let longer = bytes.len().saturating_sub(len - start);
            let room = self.room(file, longer);
            file.write_at(start, &bytes[..bytes.len() - (longer - room)]);
            self.wrote(room == longer)
        })
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.with(|file| {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            let rest = file.bytes().get(offset..).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        })
    }

    fn len(&self) -> Result<u64> {
        self.with(|file| Ok(file.len()))
    }

    fn truncate(&mut self, len: u64) -> Result<()> {
        self.with(|file| {
            if file.is_named() {
                self.device.give_back(file.len().saturating_sub(len));
            }
            file.truncate(usize::try_from(len).unwrap_or(usize::MAX));
            Ok(())
        })
    }

    fn sync(&self) -> Result<()> {
        self.with(|file| {
            match self.device.sync("a file") {
                Ok(Synced::Truly) => file.sync(),
                Ok(Synced::InWordOnly) => {}
                Err(error) => {
                    file.drop_unsynced();
                    return Err(error);
                }
            }
            Ok(())
        })
    }

    fn try_clone(&self) -> Result<Box<dyn File>> {
        self.with(|_| Ok(()))?;
        Ok(Box::new(self.clone()))
    }
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryFile")
            .field("name", &self.name)
            .field("bytes", &lock(&self.file).len())
            .finish()
    }
}

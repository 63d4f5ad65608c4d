//! One file of a [`MemoryDisk`](super::MemoryDisk): its bytes, and which of them the platter holds.

use core::fmt;
use core::ops::Range;
use std::sync::{Arc, Mutex};

use super::{SyncState, lock};
use crate::base::rng::Rng;
use crate::vfs::File;
use crate::{Error, Result};

/// How many bytes at the end of what survives a crash may be garbled. Fewer than any log frame has: a
/// crash damages the last frame it reaches and leaves no whole one after it.
const GARBLED_BYTES_MAX: u64 = 8;

/// The content of a file. The platter holds `bytes[..synced]` and then `cut`.
#[derive(Debug, Default)]
pub(super) struct Inode {
    bytes: Vec<u8>,
    synced: usize,
    /// Synced bytes that a truncation removed and no sync has removed from the platter yet.
    cut: Vec<u8>,
    /// Bytes that a failed sync dropped: readable now, zeros after a crash.
    dropped: Vec<Range<usize>>,
    closed: bool,
}

impl Inode {
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn durable_len(&self) -> u64 {
        (self.synced + self.cut.len()) as u64
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    fn truncate(&mut self, len: usize) {
        if len < self.synced {
            let platter = zeroed(self.bytes[..self.synced].to_vec(), &self.dropped);
            let mut cut = platter[len..].to_vec();
            cut.append(&mut self.cut);
            self.cut = cut;
            self.synced = len;
        }
        self.bytes.truncate(len);
        self.dropped.retain_mut(|range| {
            range.end = range.end.min(len);
            range.start < range.end
        });
    }

    fn drop_unsynced(&mut self) {
        if self.synced < self.bytes.len() {
            self.dropped.push(self.synced..self.bytes.len());
        }
    }

    fn sync(&mut self) {
        self.synced = self.bytes.len();
        self.cut.clear();
    }

    /// What a crash leaves, by the draws of `rng`. All of it is on the platter.
    pub(super) fn after_crash(&self, rng: &mut Rng) -> Self {
        let mut bytes = zeroed(self.bytes.clone(), &self.dropped);
        if !self.cut.is_empty() && rng.chance(0.5) {
            bytes.truncate(self.synced);
            bytes.extend_from_slice(&self.cut);
        } else {
            let unsynced = (bytes.len() - self.synced) as u64;
            let survived = rng.between(0, unsynced);
            bytes.truncate(self.synced + survived as usize);
            let garbled = rng.below(GARBLED_BYTES_MAX + 1).min(survived) as usize;
            let end = bytes.len();
            for byte in &mut bytes[end - garbled..] {
                *byte = rng.next_u64() as u8;
            }
        }
        Self {
            synced: bytes.len(),
            bytes,
            ..Self::default()
        }
    }
}

/// `bytes` with zeros where a failed sync dropped them.
fn zeroed(mut bytes: Vec<u8>, dropped: &[Range<usize>]) -> Vec<u8> {
    for range in dropped {
        let end = range.end.min(bytes.len());
        if range.start < end {
            bytes[range.start..end].fill(0);
        }
    }
    bytes
}

/// A handle on a file.
pub(super) struct MemoryFile {
    name: String,
    inode: Arc<Mutex<Inode>>,
    sync: Arc<Mutex<SyncState>>,
}

impl MemoryFile {
    pub(super) fn new(name: &str, inode: Arc<Mutex<Inode>>, sync: Arc<Mutex<SyncState>>) -> Self {
        Self {
            name: name.to_owned(),
            inode,
            sync,
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inode) -> T) -> Result<T> {
        let mut inode = lock(&self.inode);
        if inode.closed {
            return Err(Error::Closed);
        }
        Ok(act(&mut inode))
    }
}

impl File for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.with(|inode| inode.bytes.extend_from_slice(bytes))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.with(|inode| {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            let rest = inode.bytes.get(offset..).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            count
        })
    }

    fn len(&self) -> Result<u64> {
        self.with(|inode| inode.len())
    }

    fn truncate(&mut self, len: u64) -> Result<()> {
        self.with(|inode| inode.truncate(usize::try_from(len).unwrap_or(usize::MAX)))
    }

    fn sync(&mut self) -> Result<()> {
        self.with(|inode| {
            let outcome = lock(&self.sync).attempt("a file");
            match outcome {
                Ok(()) => inode.sync(),
                Err(_) => inode.drop_unsynced(),
            }
            outcome
        })?
    }
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryFile")
            .field("name", &self.name)
            .field("bytes", &lock(&self.inode).len())
            .finish()
    }
}

//! Blocks from the file or the cache.

use bytes::Bytes;

use super::block::Block;
use super::block::seal::unseal;
use super::counters::TableCounters;
use super::index::Handle;
use crate::storage::cache::BlockCache;
use crate::storage::describe::FileId;
use crate::vfs::File;
use crate::{Error, Result};

/// Whether blocks that a cursor reads from the file stay in the block cache. A long scan that fills it
/// drives out what lookups need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FillCache {
    /// They do.
    #[default]
    Yes,
    /// They do not; blocks that are there already are used all the same.
    No,
}

/// The first read-ahead, and the largest: it doubles as long as the scan goes on, bytes.
const AHEAD_BYTES_MIN: u64 = 16 << 10;
const AHEAD_BYTES_MAX: u64 = 256 << 10;

/// Bytes of the file that a scan has read and not used up.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    window: Bytes,
    window_at: u64,
    /// Where the next block of a scan would start.
    next_at: u64,
    /// How much the next read takes; 0 where the last block was not the one that followed.
    next_bytes: u64,
}

impl ReadAhead {
    fn covered(&self, handle: Handle) -> Option<Bytes> {
        let start = handle.offset.checked_sub(self.window_at)? as usize;
        let end = start.checked_add(handle.sealed_bytes() as usize)?;
        (end <= self.window.len()).then(|| self.window.slice(start..end))
    }
}

/// Fills `buffer` from `offset`. A read may return less than it was asked for, and only nothing at all means
/// the file's end.
pub(super) fn read_exact(file: &dyn File, offset: u64, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        let count = file.read_at(offset + filled as u64, &mut buffer[filled..])?;
        if count == 0 {
            return Err(Error::corruption(format!(
                "a table ends at {}, {} bytes before it should",
                offset + filled as u64,
                buffer.len() - filled
            )));
        }
        filled += count;
    }
    Ok(())
}

/// The file of a table, and the cache of its blocks.
pub(super) struct BlockSource<'a> {
    pub(super) file: &'a dyn File,
    pub(super) id: FileId,
    pub(super) cache: &'a BlockCache,
    pub(super) counters: &'a TableCounters,
    /// Where the section ends that the blocks lie in.
    pub(super) end: u64,
}

impl BlockSource<'_> {
    fn read(&self, offset: u64, bytes: u64) -> Result<Bytes> {
        // The caller has checked that the file has them, so the allocation is no larger than the file.
        let mut buffer = vec![0; bytes as usize];
        read_exact(self.file, offset, &mut buffer)?;
        self.counters.count_read(1, bytes);
        Ok(Bytes::from(buffer))
    }

    /// The block at `handle`, which ends in its section.
    #[inline]
    pub(super) fn block(&self, handle: Handle, fill: FillCache) -> Result<Block> {
        if let Some(bytes) = self.cache.get(self.id, handle.offset) {
            return Block::parse(bytes);
        }
        self.read_block(handle, fill)
    }

    #[inline(never)]
    fn read_block(&self, handle: Handle, fill: FillCache) -> Result<Block> {
        let sealed = self.read(handle.offset, handle.sealed_bytes())?;
        let bytes = unseal(sealed, handle.offset)?;
        if fill == FillCache::Yes {
            self.cache.insert(self.id, handle.offset, bytes.clone());
        }
        Block::parse(bytes)
    }

    /// As [`block`](Self::block), for a scan: where block follows block and none is cached, each read takes
    /// more of the file.
    pub(super) fn block_ahead(
        &self,
        handle: Handle,
        fill: FillCache,
        ahead: &mut ReadAhead,
    ) -> Result<Block> {
        let follows = handle.offset == ahead.next_at;
        ahead.next_at = handle.end();
        let mut covered = ahead.covered(handle);
        if fill == FillCache::Yes || covered.is_none() {
            if let Some(bytes) = self.cache.get(self.id, handle.offset) {
                return Block::parse(bytes);
            }
        }
        if covered.is_none() {
            if !follows {
                ahead.next_bytes = 0;
                ahead.window = Bytes::new();
                return self.read_block(handle, fill);
            }
            ahead.next_bytes = (ahead.next_bytes * 2).clamp(AHEAD_BYTES_MIN, AHEAD_BYTES_MAX);
            let left = self.end - handle.offset;
            let bytes = ahead.next_bytes.min(left).max(handle.sealed_bytes());
            ahead.window = self.read(handle.offset, bytes)?;
            ahead.window_at = handle.offset;
            covered = ahead.covered(handle);
        }
        let sealed = covered.ok_or_else(|| Error::corruption("a block outside its section"))?;
        let mut bytes = unseal(sealed, handle.offset)?;
        if fill == FillCache::Yes {
            // A copy of its own: the cache counts this block, not the whole window it came in.
            bytes = Bytes::copy_from_slice(&bytes);
            self.cache.insert(self.id, handle.offset, bytes.clone());
        }
        Block::parse(bytes)
    }
}

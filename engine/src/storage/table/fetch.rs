//! Blocks from the file or the cache.

use std::sync::Arc;

use bytes::Bytes;

use super::block::Block;
use super::block::seal::unseal;
use super::counters::TableCounters;
use super::index::Handle;
use crate::storage::cache::{BlockCache, HotSlots, packed};
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
/// So many blocks in a row make a scan; a seek that runs over the end of its block makes none.
const FOLLOWED_MIN: u32 = 2;

/// Bytes of the file that a scan has read and not used up.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    window: Bytes,
    window_at: u64,
    /// How many blocks in a row have followed the one before.
    followed: u32,
    /// How much the last read took, where it read ahead.
    last_bytes: u64,
}

impl ReadAhead {
    /// The next block is the one behind the last, or another.
    #[inline]
    pub(super) fn follow(&mut self, follows: bool) {
        self.followed = match follows {
            true => self.followed.saturating_add(1),
            false => 0,
        };
    }

    fn covered(&self, handle: Handle) -> Option<Bytes> {
        let start = handle.offset.checked_sub(self.window_at)? as usize;
        let end = start.checked_add(handle.sealed_bytes() as usize)?;
        (end <= self.window.len()).then(|| self.window.slice(start..end))
    }
}

/// A data block's hot slot: the table's, and the block's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct HotPlace<'a> {
    pub(super) slots: &'a Arc<HotSlots<Block>>,
    pub(super) number: u32,
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
        self.file.read_exact_at(offset, &mut buffer)?;
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

    /// As [`block`](Self::block), for one that has a hot slot but is not hot.
    pub(super) fn block_at(
        &self,
        handle: Handle,
        hot: HotPlace<'_>,
        fill: FillCache,
    ) -> Result<Arc<Block>> {
        match self.cached(handle, Some(hot), fill) {
            Some(block) => block,
            None => self.read_block(handle, fill).map(Arc::new),
        }
    }

    /// The block at `handle`, if it is in the cache; makes it hot where that is wanted.
    fn cached(
        &self,
        handle: Handle,
        hot: Option<HotPlace<'_>>,
        fill: FillCache,
    ) -> Option<Result<Arc<Block>>> {
        match hot {
            Some(HotPlace { slots, number }) if fill == FillCache::Yes => {
                let hot = (slots, number);
                self.cache
                    .get_hot(self.id, handle.offset, hot, Block::parse)
            }
            _ => {
                let bytes = self.cache.get(self.id, handle.offset)?;
                Some(Block::parse(bytes).map(Arc::new))
            }
        }
    }

    #[inline(never)]
    fn read_block(&self, handle: Handle, fill: FillCache) -> Result<Block> {
        let sealed = self.read(handle.offset, handle.sealed_bytes())?;
        let mut bytes = unseal(sealed, handle.offset)?;
        if fill == FillCache::Yes {
            bytes = packed(&bytes);
            self.cache.insert(self.id, handle.offset, bytes.clone());
        }
        Block::parse(bytes)
    }

    /// As [`block_at`](Self::block_at), for a scan: where block follows block and none is cached, each read
    /// takes more of the file.
    pub(super) fn block_ahead(
        &self,
        handle: Handle,
        hot: Option<HotPlace<'_>>,
        fill: FillCache,
        ahead: &mut ReadAhead,
    ) -> Result<Arc<Block>> {
        let mut covered = ahead.covered(handle);
        if (fill == FillCache::Yes || covered.is_none())
            && let Some(block) = self.cached(handle, hot, fill)
        {
            return block;
        }
        if covered.is_none() {
            if ahead.followed < FOLLOWED_MIN {
                ahead.last_bytes = 0;
                ahead.window = Bytes::new();
                return self.read_block(handle, fill).map(Arc::new);
            }
            ahead.last_bytes = (ahead.last_bytes * 2).clamp(AHEAD_BYTES_MIN, AHEAD_BYTES_MAX);
            let left = self.end - handle.offset;
            let bytes = ahead.last_bytes.min(left).max(handle.sealed_bytes());
            ahead.window = self.read(handle.offset, bytes)?;
            ahead.window_at = handle.offset;
            covered = ahead.covered(handle);
        }
        let sealed = covered.ok_or_else(|| Error::corruption("a block outside its section"))?;
        let mut bytes = unseal(sealed, handle.offset)?;
        if fill == FillCache::Yes {
            // A copy of its own: the cache counts this block, not the whole window it came in.
            bytes = packed(&bytes);
            self.cache.insert(self.id, handle.offset, bytes.clone());
        }
        Block::parse(bytes).map(Arc::new)
    }
}

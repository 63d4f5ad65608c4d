//! The block cache: the uncompressed blocks of all tables, as many as fit in a number of bytes.
//!
//! A block's file and offset come in, its bytes go out, shared with the cache rather than copied. The cache
//! is cut into shards, each behind its own lock, by a hash of file and offset: two threads rarely meet.
//!
//! ```text
//! BlockCache = shard*                          a power of two, at most 64, each of 512 KiB and more
//! shard      = index { hash -> slot }          open addressing, 8 bytes a place
//!              slots { file, offset, bytes }   one cache line each
//!              links { hot slot of a table }   where a block is read without asking here
//!              policy                          which slot goes next
//! ```
//!
//! An open table whose index is in memory knows its blocks by number and keeps pointers to those that are
//! here (see `hot.rs`): most hits take no lock and look nothing up.
//!
//! Invariants:
//! - a shard never counts more bytes than its share of the capacity. A block counts what it takes
//!   ([`packed`] rounds up) and [`ENTRY_OVERHEAD_BYTES`];
//! - a block that is larger than a shard's share is not kept; capacity 0 keeps nothing;
//! - a hot slot holds no block that the cache does not hold; a block is hot in one table's slots at most;
//! - blocks of a table that is gone are never asked for again, so they leave by eviction.
//!
//! A hit takes 80 ns on a busy two-core machine (`storage::table::tests::speed`), two thirds of it waiting
//! for memory, and lets nothing else be waited for meanwhile. The policy is asked by a match, not by a virtual call.

mod hot;
mod index;
mod packed;
mod policy;
mod shard;
mod stripes;
#[cfg(test)]
mod tests;

use core::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::Result;
use crate::storage::describe::FileId;

pub(crate) use hot::{HOT_SLOT_BYTES, HotSlots};
pub use packed::packed;
pub use policy::CachePolicy;
use shard::Shard;
pub(crate) use shard::touch;
use stripes::StripedCount;
pub(crate) use stripes::{STRIPES, stripe};

/// What a block costs besides its bytes: its slot (64), the link to its hot slot (24), the policy's state
/// (24 to 48), its place in the index (16 to 32), the head of its allocation (24), and the parsed block that
/// the hot slot shares (80).
pub const ENTRY_OVERHEAD_BYTES: usize = 256;

const SHARDS_MAX: usize = 64;
const SHARD_BYTES_MIN: usize = 512 << 10;

/// Where a block stands: its file, and its offset there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockKey {
    pub(crate) file: FileId,
    pub(crate) offset: u64,
}

impl BlockKey {
    /// Both numbers folded into one whose every bit depends on both (multiply and fold, as in the
    /// finalizers of MurmurHash3). Nobody but the store chooses them, so no seed is needed.
    #[inline]
    fn hash(self) -> u64 {
        let mixed = self.file.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.offset;
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }
}

/// Counts and sizes of a [`BlockCache`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Bytes that the blocks count now.
    pub bytes: u64,
    /// Bytes that they may count.
    pub capacity_bytes: u64,
    /// Blocks in the cache.
    pub blocks: u64,
    /// Lookups that found their block.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Blocks put in.
    pub inserts: u64,
    /// Blocks that made room for others.
    pub evictions: u64,
}

/// Shards start on cache lines of their own, two at a time: the processor fetches lines in pairs.
#[repr(align(128))]
struct Aligned(Mutex<Shard>);

/// A cache of blocks, bounded in bytes, shared by every table of a store.
///
/// ```
/// use bytes::Bytes;
/// use kvorum::storage::cache::{BlockCache, CachePolicy};
///
/// let cache = BlockCache::new(1 << 20, CachePolicy::default());
/// cache.insert(7, 4096, Bytes::from_static(b"a block"));
/// assert_eq!(cache.get(7, 4096).as_deref(), Some(b"a block".as_slice()));
/// assert_eq!(cache.get(7, 0), None);
/// ```
pub struct BlockCache {
    shards: Box<[Aligned]>,
    shard_mask: u64,
    capacity_bytes: usize,
    /// Hits that went through a hot slot.
    hot_hits: StripedCount,
}

impl BlockCache {
    /// An empty cache of at most `bytes`, whose blocks leave as `policy` says.
    #[must_use]
    pub fn new(bytes: usize, policy: CachePolicy) -> Self {
        let wanted = (bytes / SHARD_BYTES_MIN).clamp(1, SHARDS_MAX);
        let count = if wanted.is_power_of_two() {
            wanted
        } else {
            wanted.next_power_of_two() / 2
        };
        let shards = (0..count)
            .map(|_| Aligned(Mutex::new(Shard::new(bytes / count, policy))))
            .collect();
        Self {
            shards,
            shard_mask: count as u64 - 1,
            capacity_bytes: bytes,
            hot_hits: StripedCount::default(),
        }
    }

    /// A shard's tables are whole whenever its lock is free: no step in between can panic.
    #[inline]
    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[(hash & self.shard_mask) as usize].0;
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The block of `file` at `offset`, if it is here.
    #[inline]
    #[must_use]
    pub fn get(&self, file: FileId, offset: u64) -> Option<Bytes> {
        let key = BlockKey { file, offset };
        let hash = key.hash();
        self.shard(hash).get(key, hash)
    }

    /// As [`get`](Self::get), for a table that knows its block by number: where the block is here it becomes
    /// hot, so that the next look needs no lock.
    #[inline(never)]
    pub(crate) fn get_hot<B: Send + Sync + 'static>(
        &self,
        file: FileId,
        offset: u64,
        hot: (&Arc<HotSlots<B>>, u32),
        parse: impl FnOnce(Bytes) -> Result<B>,
    ) -> Option<Result<Arc<B>>> {
        let key = BlockKey { file, offset };
        let hash = key.hash();
        self.shard(hash).get_hot(key, hash, hot, parse)
    }

    /// Counts a hit that went through a hot slot.
    #[inline]
    pub(crate) fn count_hot_hit(&self) {
        self.hot_hits.add_one();
    }

    /// Whether a block is here, without a hit.
    #[cfg(test)]
    pub(crate) fn holds(&self, file: FileId, offset: u64) -> bool {
        let key = BlockKey { file, offset };
        let hash = key.hash();
        self.shard(hash).holds(key, hash)
    }

    /// Keeps `bytes` as the block of `file` at `offset`, and lets others go until it fits. A block that is
    /// here already stays as it is: a file's bytes do not change.
    pub fn insert(&self, file: FileId, offset: u64, bytes: Bytes) {
        let key = BlockKey { file, offset };
        let hash = key.hash();
        self.shard(hash).insert(key, hash, bytes);
    }

    /// Bytes that it may count.
    #[must_use]
    pub fn capacity_bytes(&self) -> usize {
        self.capacity_bytes
    }

    /// Counts and sizes, summed over the shards one after another.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        let mut sum = CacheStats {
            capacity_bytes: self.capacity_bytes as u64,
            hits: self.hot_hits.sum(),
            ..CacheStats::default()
        };
        for index in 0..self.shards.len() as u64 {
            self.shard(index).add_to(&mut sum);
        }
        sum
    }
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockCache")
            .field("shards", &self.shards.len())
            .field("stats", &self.stats())
            .finish()
    }
}

//! The index: which data block a place in the order lies in.
//!
//! Two levels of the same [block](super::block) as the data's. A partition has an entry for each of its
//! data blocks, the top one for each partition:
//!
//! ```text
//! key      = a lower bound: at most the block's first key, above every key before it, and as short as
//!            that allows (suffix truncation: Bayer and Unterauer, "Prefix B-Trees", 1977)
//! sequence = how far below SEQUENCE_MAX the bound's is: 0 for nearly all. Where the versions of a key
//!            span blocks, the bound is that key and the sequence just below the last before
//! value    = offset u48, payload length u32
//! ```
//!
//! So the last entry whose bound is at most the target names the one block where the target's place is,
//! also when the versions of one key fill many blocks.

use super::block::seal::SEAL_BYTES;
use super::block::{Block, BlockWriter, Slot, malformed};
use crate::storage::entry::{Entry, Kind, NEVER_MS, SEQUENCE_MAX, Sequence};
use crate::{Error, Result};

/// A partition's size, bytes.
const PARTITION_BYTES: usize = 4 << 10;
const HANDLE_BYTES: usize = 10;
const OFFSET_BYTES: usize = 6;
const OFFSET_MASK: u64 = (1 << (8 * OFFSET_BYTES)) - 1;

/// Where a block stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) offset: u64,
    /// Of the payload: the seal comes behind it.
    pub(super) bytes: u32,
}

impl Handle {
    fn encode(self) -> [u8; HANDLE_BYTES] {
        assert!(self.offset <= OFFSET_MASK, "a table has less than 256 TiB");
        let mut out = [0; HANDLE_BYTES];
        out[..OFFSET_BYTES].copy_from_slice(&self.offset.to_le_bytes()[..OFFSET_BYTES]);
        out[OFFSET_BYTES..].copy_from_slice(&self.bytes.to_le_bytes());
        out
    }

    #[inline]
    fn decode(value: &[u8]) -> Result<Self> {
        let value: &[u8; HANDLE_BYTES] = value.try_into().map_err(|_| malformed())?;
        let [a, b, c, d, e, f, bytes @ ..] = *value;
        Ok(Self {
            offset: u64::from_le_bytes([a, b, c, d, e, f, 0, 0]),
            bytes: u32::from_le_bytes(bytes),
        })
    }

    /// The length of the sealed block.
    #[inline]
    pub(super) fn sealed_bytes(self) -> u64 {
        u64::from(self.bytes) + SEAL_BYTES as u64
    }

    /// Where the sealed block ends.
    #[inline]
    pub(super) fn end(self) -> u64 {
        self.offset.wrapping_add(self.sealed_bytes())
    }
}

/// The lower bound of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound {
    pub(super) key: Vec<u8>,
    pub(super) sequence: Sequence,
}

impl Bound {
    /// The shortest bound between the last entry of one block and the first key of the next.
    pub(super) fn between(last_key: &[u8], last_sequence: Sequence, first_key: &[u8]) -> Self {
        if last_key == first_key {
            return Self {
                key: first_key.to_vec(),
                // The next version is older, so there is room below.
                sequence: last_sequence - 1,
            };
        }
        let shared = super::block::shared_bytes(last_key, first_key);
        Self {
            key: first_key[..=shared].to_vec(),
            sequence: SEQUENCE_MAX,
        }
    }
}

fn push(block: &mut BlockWriter, bound: &Bound, handle: Handle, bytes_max: usize) -> bool {
    let entry = Entry {
        key: &bound.key,
        sequence: SEQUENCE_MAX - bound.sequence,
        kind: Kind::Put,
        deadline_ms: NEVER_MS,
        value: &handle.encode(),
    };
    block.push_within(&entry, bytes_max)
}

/// The index of a table that is being written. It is kept in memory until the data is complete: about
/// 25 bytes for each data block.
#[derive(Debug, Default)]
pub(super) struct IndexWriter {
    open: BlockWriter,
    open_bound: Bound,
    /// Each partition's lower bound and its bytes.
    finished: Vec<(Bound, Vec<u8>)>,
    finished_bytes: usize,
}

impl IndexWriter {
    pub(super) fn add(&mut self, bound: Bound, handle: Handle) {
        if push(&mut self.open, &bound, handle, PARTITION_BYTES) {
            if self.open.count() == 1 {
                self.open_bound = bound;
            }
            return;
        }
        self.finish_partition();
        push(&mut self.open, &bound, handle, PARTITION_BYTES);
        self.open_bound = bound;
    }

    fn finish_partition(&mut self) {
        let mut bytes = Vec::new();
        self.open.finish_into(&mut bytes);
        self.finished_bytes += bytes.len();
        self.finished
            .push((core::mem::take(&mut self.open_bound), bytes));
    }

    /// About how many bytes it will take.
    pub(super) fn bytes(&self) -> usize {
        self.finished_bytes + self.open.bytes()
    }

    /// The partitions, each with its lower bound, in order.
    pub(super) fn into_partitions(mut self) -> Vec<(Bound, Vec<u8>)> {
        if !self.open.is_empty() {
            self.finish_partition();
        }
        self.finished
    }
}

/// The top of the index over partitions that have been written.
pub(super) fn top_of(partitions: &[(Bound, Handle)]) -> Vec<u8> {
    let mut block = BlockWriter::default();
    let mut bytes = Vec::new();
    for (bound, handle) in partitions {
        let added = push(&mut block, bound, *handle, usize::MAX);
        assert!(added, "a table has fewer than 2^24 partitions");
    }
    if !block.is_empty() {
        block.finish_into(&mut bytes);
    }
    bytes
}

/// The entry of an index block that leads to the place of `(key, sequence)`: the last whose bound is at
/// most that. A place before every bound lies in the first.
#[inline]
pub(super) fn position(block: &Block, key: &[u8], sequence: Sequence) -> Result<usize> {
    let below = SEQUENCE_MAX.saturating_sub(sequence);
    let rank = block.rank(key, |bound_below| bound_below <= below)?;
    Ok(rank.saturating_sub(1))
}

/// The block that entry `index` of an index block names, which must end at `limit` or before.
#[inline]
pub(super) fn handle_at(block: &Block, index: usize, limit: u64) -> Result<Handle> {
    let handle = Handle::decode(block.value(&block.slot(index)?))?;
    if handle.end() > limit {
        return Err(Error::corruption(
            "a table's index names a block beyond its section",
        ));
    }
    Ok(handle)
}

/// The bound at `index` of an index block: its key goes into `key`.
pub(super) fn bound_at(block: &Block, index: usize) -> Result<(Slot, Sequence)> {
    let slot = block.slot(index)?;
    let sequence = SEQUENCE_MAX
        .checked_sub(slot.sequence)
        .ok_or_else(malformed)?;
    Ok((slot, sequence))
}

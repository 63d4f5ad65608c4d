//! A block: a few dozen sorted entries, searched and read where they lie.
//!
//! ```text
//! block  = count u32        entries; bit 31 is set where starts are wide
//!          prefix-length u16
//!          prefix           what all keys begin with
//!          heads            u32 x count: the four bytes after the prefix, the first the most significant,
//!                           zeros where the key is shorter
//!          starts           u16 x count (u32 where wide): where an entry starts, from the first entry's start
//!          entry x count
//! entry  = flags u8         bits 0-2: bytes of the sequence; bit 3: a value; bit 4: a deadline follows
//!          suffix-length    LEB128: bytes of the key after the prefix
//!          sequence         0 to 7 bytes; none for sequence 0, the common one in the last level
//!          deadline         LEB128, where bit 4 is set
//!          rest of the key  what comes after prefix and head
//!          value            up to the next entry's start
//! ```
//!
//! Numbers are little-endian. This is a B-tree's page (prefix truncation, and the heads of Graefe and
//! Larson, "B-tree indexes and CPU caches", ICDE 2001) rather than LevelDB's block of restarts: the heads
//! lie in one piece, so a search counts the smaller heads in a few vector instructions with no branch to
//! guess and no line of memory to wait for but theirs, then looks at one entry. Every entry can be decoded
//! by itself, so a step back costs what a step on does.

pub(super) mod seal;
mod search;
mod write;

use bytes::Bytes;

use crate::storage::entry::{Kind, NEVER_MS, Sequence};
use crate::{Error, Result};

pub(super) use search::Lookup;
pub(super) use write::{BlockWriter, shared_bytes};

pub(super) const COUNT_MAX: usize = (1 << 24) - 1;
const WIDE: u32 = 1 << 31;
const HEADER_BYTES: usize = 6;
const HEAD_BYTES: usize = 4;

const FLAG_SEQUENCE_BYTES: u8 = 0b0_0111;
const FLAG_PUT: u8 = 0b0_1000;
const FLAG_DEADLINE: u8 = 0b1_0000;

/// The bits of a number of so many bytes.
const MASKS: [u64; 8] = [
    0,
    0xff,
    0xffff,
    0xff_ffff,
    0xffff_ffff,
    0xff_ffff_ffff,
    0xffff_ffff_ffff,
    0xff_ffff_ffff_ffff,
];

/// A block's bytes and where its parts begin in them.
#[derive(Clone, Debug)]
pub(super) struct Block {
    bytes: Bytes,
    count: u32,
    heads_at: u32,
    starts_at: u32,
    entries_at: u32,
    wide: bool,
}

/// An entry's fields, and where its parts lie in the block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) sequence: Sequence,
    pub(super) deadline_ms: u64,
    pub(super) kind: Kind,
    head: u32,
    suffix_bytes: u32,
    rest_at: u32,
    value_at: u32,
    end: u32,
}

#[cold]
pub(super) fn malformed() -> Error {
    Error::corruption("a block of a table passes its checksum and yet makes no sense")
}

#[inline]
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.wrapping_add(4))?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// The four bytes that a search compares first.
#[inline]
fn head_of(suffix: &[u8]) -> u32 {
    match suffix {
        [a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => {
            let mut head = [0; HEAD_BYTES];
            head[..suffix.len()].copy_from_slice(suffix);
            u32::from_be_bytes(head)
        }
    }
}

#[inline]
fn rest_of(suffix: &[u8]) -> &[u8] {
    suffix.get(HEAD_BYTES..).unwrap_or_default()
}

impl Block {
    /// Finds the parts of a block. The bytes have passed their checksum, but whoever wrote them may have
    /// computed it over anything.
    #[inline]
    pub(super) fn parse(bytes: Bytes) -> Result<Self> {
        Self::parse_checked(bytes).ok_or_else(malformed)
    }

    #[inline]
    fn parse_checked(bytes: Bytes) -> Option<Self> {
        let len = u32::try_from(bytes.len()).ok()?;
        let word = u32_at(&bytes, 0)?;
        let prefix_bytes = u32::from(u16::from_le_bytes([*bytes.get(4)?, *bytes.get(5)?]));
        let (count, wide) = (word & !WIDE, word & WIDE != 0);
        if count == 0 || count > COUNT_MAX as u32 {
            return None;
        }
        // None of these sums reaches 2^28.
        let heads_at = HEADER_BYTES as u32 + prefix_bytes;
        let starts_at = heads_at + count * HEAD_BYTES as u32;
        let entries_at = starts_at + count * if wide { 4 } else { 2 };
        if entries_at > len {
            return None;
        }
        Some(Self {
            bytes,
            count,
            heads_at,
            starts_at,
            entries_at,
            wide,
        })
    }

    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What all keys begin with.
    #[inline]
    pub(super) fn prefix(&self) -> &[u8] {
        &self.bytes[HEADER_BYTES..self.heads_at as usize]
    }

    #[inline]
    fn heads(&self) -> &[u8] {
        &self.bytes[self.heads_at as usize..self.starts_at as usize]
    }

    /// Where entry `index` starts in the block, or the block's end behind the last.
    #[inline]
    fn start(&self, index: usize) -> Option<usize> {
        if index >= self.count as usize {
            return Some(self.bytes.len());
        }
        let starts_at = self.starts_at as usize;
        let start = if self.wide {
            u32_at(&self.bytes, starts_at.wrapping_add(index.wrapping_mul(4)))? as usize
        } else {
            let at = starts_at.wrapping_add(index.wrapping_mul(2));
            let two = self.bytes.get(at..at.wrapping_add(2))?;
            usize::from(u16::from_le_bytes([two[0], two[1]]))
        };
        Some(start.wrapping_add(self.entries_at as usize))
    }

    /// Decodes entry `index`, which must be below [`count`](Self::count).
    #[inline]
    pub(super) fn slot(&self, index: usize) -> Result<Slot> {
        self.slot_checked(index).ok_or_else(malformed)
    }

    #[inline]
    fn slot_checked(&self, index: usize) -> Option<Slot> {
        let bytes: &[u8] = &self.bytes;
        let start = self.start(index)?;
        let end = self.start(index.wrapping_add(1))?;
        let entry = bytes.get(start..end)?;
        let (&flags, &short) = (entry.first()?, entry.get(1)?);
        let head = u32_at(
            bytes,
            (self.heads_at as usize).wrapping_add(index.wrapping_mul(HEAD_BYTES)),
        )?;
        let mut suffix_bytes = usize::from(short);
        let mut at = start.wrapping_add(2);
        if short >= 0x80 {
            let (number, next) = varint_at(bytes, start.wrapping_add(1))?;
            suffix_bytes = usize::try_from(number)
                .ok()
                .filter(|&n| n <= entry.len() + HEAD_BYTES)?;
            at = next;
        }
        let sequence_bytes = usize::from(flags & FLAG_SEQUENCE_BYTES);
        let sequence = match bytes.get(at..at.wrapping_add(8)) {
            Some(eight) => {
                let eight: [u8; 8] = eight.try_into().ok()?;
                u64::from_le_bytes(eight) & MASKS[sequence_bytes]
            }
            None => {
                let mut eight = [0; 8];
                eight[..sequence_bytes]
                    .copy_from_slice(bytes.get(at..at.wrapping_add(sequence_bytes))?);
                u64::from_le_bytes(eight)
            }
        };
        at = at.wrapping_add(sequence_bytes);
        let mut deadline_ms = NEVER_MS;
        if flags & FLAG_DEADLINE != 0 {
            (deadline_ms, at) = varint_at(bytes, at)?;
        }
        let value_at = at.wrapping_add(suffix_bytes.saturating_sub(HEAD_BYTES));
        if value_at > end {
            return None;
        }
        Some(Slot {
            sequence,
            deadline_ms,
            kind: if flags & FLAG_PUT != 0 {
                Kind::Put
            } else {
                Kind::Delete
            },
            head,
            suffix_bytes: suffix_bytes as u32,
            rest_at: at as u32,
            value_at: value_at as u32,
            end: end as u32,
        })
    }

    #[inline]
    fn rest(&self, slot: &Slot) -> &[u8] {
        &self.bytes[slot.rest_at as usize..slot.value_at as usize]
    }

    /// An entry's value. The slot comes from this block.
    #[inline]
    pub(super) fn value(&self, slot: &Slot) -> &[u8] {
        &self.bytes[slot.value_at as usize..slot.end as usize]
    }

    /// An entry's value, sharing the block's memory.
    #[inline]
    pub(super) fn shared_value(&self, slot: &Slot) -> Bytes {
        self.bytes.slice(slot.value_at as usize..slot.end as usize)
    }

    /// Puts an entry's key into `key`, which holds a key of this block or its prefix.
    #[inline]
    pub(super) fn rebuild_key(&self, slot: &Slot, key: &mut Vec<u8>) {
        key.truncate((self.heads_at as usize).wrapping_sub(HEADER_BYTES));
        let head = slot.head.to_be_bytes();
        match slot.suffix_bytes {
            0..4 => key.extend_from_slice(&head[..slot.suffix_bytes as usize]),
            _ => {
                key.extend_from_slice(&head);
                key.extend_from_slice(self.rest(slot));
            }
        }
    }
}

/// The LEB128 number at `at`, and where it ends.
#[inline(never)]
fn varint_at(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut reader = crate::base::codec::Reader::new(bytes.get(at..)?);
    let number = reader.varint().ok()?;
    Some((number, bytes.len() - reader.rest().len()))
}

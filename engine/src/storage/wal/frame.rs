//! The log's bytes. Fixed numbers are little-endian, the others LEB128 varints.
//!
//! ```text
//! segment = header frame*                    then zeros, or what a recycled file held before
//! header  = "KVORUMWL"  version u32  segment u64  first-sequence u64  durable u64  former u64  checksum u32
//! frame   = mark u8  header-checksum u32  payload-checksum u32
//!           payload-length  first-sequence  operations  lag  payload
//! ```
//!
//! - `mark` is a byte that the segment's number chooses, never zero; its lowest bit is 0 for a batch and 1 for
//!   the close of the log. It lets a search for frames pass over other bytes quickly.
//! - Both checksums are CRC-32. The header's covers the mark and the varints, and starts from a number made
//!   of the segment's number and the frame's offset. So a frame counts only where it was written: at any one
//!   offset two segments start from different numbers, and the frame that a recycled file held there in its
//!   former life cannot pass, whatever its bytes; nor can the copy of a log that a client stores as a value.
//! - The header vouches for itself, apart from the payload, so a length is believed before it is followed.
//! - `lag` is the first sequence less the *durable watermark*: the highest sequence that was known to be synced
//!   when the frame was written. 0 says that nothing is known. A recovery that misses a write asks the frames
//!   behind it whether somebody was promised that write.
//!
//! A frame of one small put has a header of 14 to 18 bytes (RocksDB's recyclable log and batch headers take 23).
//!
//! CRC-32 rather than xxh3, because it is sure to find every burst of up to 32 flipped bits. It costs more for a
//! short payload and less for a long one (crc32fast / twox-hash, ns, with overflow checks: 119 bytes 12 / 5, 300
//! bytes 15 / 23, 1,050 bytes 34 / 48, 4 KiB 105 / 227; the command is in [`wal`](super)), beside a write of
//! 400 ns.

#[cfg(test)]
mod tests;

use crate::base::codec::{Reader, put_varint};
use crate::base::limits::RECORD_BYTES_MAX;
use crate::storage::describe::FileId;
use crate::storage::entry::{SEQUENCE_MAX, Sequence};
use crate::{Error, Result};

const SEGMENT_MAGIC: &[u8; 8] = b"KVORUMWL";
const FORMAT_VERSION: u32 = 1;

/// A segment header's length, bytes.
pub const SEGMENT_HEADER_BYTES: usize = 48;
const SEGMENT_CHECKSUM_AT: usize = SEGMENT_HEADER_BYTES - 4;
/// A frame header's length, bytes, before its varints.
const FRAME_FIXED_BYTES: usize = 9;
/// The shortest frame header, bytes.
pub const FRAME_HEADER_BYTES_MIN: usize = FRAME_FIXED_BYTES + 4;
/// The longest frame header, bytes: a length and a count below 2^28, sequences below 2^56.
pub const FRAME_HEADER_BYTES_MAX: usize = FRAME_FIXED_BYTES + 4 + 8 + 4 + 8;

/// What a segment says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Its number.
    pub id: FileId,
    /// The sequence that its first operation takes.
    pub first_sequence: Sequence,
    /// The highest sequence known to be synced when it was made; 0 when none was.
    pub durable_sequence: Sequence,
    /// The length of the recycled file it was made in, bytes; up to there anything may follow the frames.
    pub former_bytes: u64,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A batch.
    Batch,
    /// The end of the log, written when the store was closed: nothing follows, and everything before is
    /// synced.
    Close,
}

/// A frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// What the frame is.
    pub kind: FrameKind,
    /// The payload's length, bytes.
    pub payload_bytes: usize,
    /// The sequence of its first operation; of a close, the sequence that the next write takes.
    pub first_sequence: Sequence,
    /// How many sequences it takes: one for each operation.
    pub operations: u64,
    /// The highest sequence known to be synced when it was written; 0 when none was.
    pub durable_sequence: Sequence,
    /// CRC-32 of the payload.
    pub payload_checksum: u32,
}

/// Where checksums of this segment start at this offset. For one offset, segments less than 2^32 apart
/// start from different numbers: the multiplier is odd.
fn seed(id: FileId, offset: u64) -> u32 {
    let segment = (id as u32).wrapping_mul(0x9e37_79b1) ^ (id >> 32) as u32;
    segment ^ (offset as u32) ^ (offset >> 32) as u32
}

/// The mark of the segment's batches; a close has the next higher number. Even, from 2 to 254.
pub fn mark(id: FileId) -> u8 {
    (2 + 2 * (id % 127)) as u8
}

fn checksum(seed: u32, parts: [&[u8]; 2]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(parts[0]);
    hasher.update(parts[1]);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

impl SegmentHeader {
    /// The header's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.id.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[28..36].copy_from_slice(&self.durable_sequence.to_le_bytes());
        bytes[36..44].copy_from_slice(&self.former_bytes.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..SEGMENT_CHECKSUM_AT]);
        bytes[SEGMENT_CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of segment `id`. A segment gets its name only once its header is synced, so whatever
    /// is wrong here is damage, or another program's file.
    ///
    /// # Errors
    /// - [`Corruption`](Error::Corruption), saying what is wrong.
    /// - [`InvalidArgument`](Error::InvalidArgument) when it has a format that this build does not read.
    pub fn decode(id: FileId, file: &[u8]) -> Result<Self> {
        let Some((header, _)) = file.split_at_checked(SEGMENT_HEADER_BYTES) else {
            return Err(Error::corruption(format!(
                "{} bytes are too few for a log segment's header of {SEGMENT_HEADER_BYTES}",
                file.len()
            )));
        };
        if &header[..8] != SEGMENT_MAGIC {
            return Err(Error::corruption(
                "this is no Kvorum log: the magic differs",
            ));
        }
        if crc32fast::hash(&header[..SEGMENT_CHECKSUM_AT]) != u32_at(header, SEGMENT_CHECKSUM_AT) {
            return Err(Error::corruption("the segment header fails its checksum"));
        }
        let version = u32_at(header, 8);
        if version != FORMAT_VERSION {
            return Err(Error::invalid(format!(
                "the log has format {version}, this build reads {FORMAT_VERSION}: use the build that wrote it"
            )));
        }
        let decoded = Self {
            id: u64_at(header, 12),
            first_sequence: u64_at(header, 20),
            durable_sequence: u64_at(header, 28),
            former_bytes: u64_at(header, 36),
        };
        if decoded.id != id {
            return Err(Error::corruption(format!(
                "the file holds segment {}, its name says {id}",
                decoded.id
            )));
        }
        let first = decoded.first_sequence;
        if first == 0 || first > SEQUENCE_MAX || decoded.durable_sequence >= first {
            return Err(Error::corruption(
                "the segment header has impossible sequences",
            ));
        }
        Ok(decoded)
    }
}

impl FrameHeader {
    /// The header of a batch.
    #[must_use]
    pub fn batch(
        first_sequence: Sequence,
        operations: u64,
        durable_sequence: Sequence,
        payload: &[u8],
    ) -> Self {
        Self {
            kind: FrameKind::Batch,
            payload_bytes: payload.len(),
            first_sequence,
            operations,
            durable_sequence,
            payload_checksum: crc32fast::hash(payload),
        }
    }

    /// The header of a close: the log ends here, synced, and the next write takes `next_sequence`.
    #[must_use]
    pub fn close(next_sequence: Sequence) -> Self {
        Self {
            kind: FrameKind::Close,
            payload_bytes: 0,
            first_sequence: next_sequence,
            operations: 0,
            durable_sequence: next_sequence - 1,
            payload_checksum: crc32fast::hash(&[]),
        }
    }

    /// Appends the header that goes to `offset` of segment `id`.
    pub fn encode(&self, id: FileId, offset: u64, out: &mut Vec<u8>) {
        let start = out.len();
        let kind = match self.kind {
            FrameKind::Batch => 0,
            FrameKind::Close => 1,
        };
        out.push(mark(id) | kind);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.payload_checksum.to_le_bytes());
        put_varint(out, self.payload_bytes as u64);
        put_varint(out, self.first_sequence);
        put_varint(out, self.operations);
        let lag = match self.durable_sequence {
            0 => 0,
            durable => self.first_sequence - durable,
        };
        put_varint(out, lag);
        let (fixed, rest) = out[start..].split_at(5);
        let checksum = checksum(seed(id, offset), [&fixed[..1], rest]);
        out[start + 1..start + 5].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The header that was written to `offset` of segment `id`, if `bytes`, which begin there, hold it
    /// unharmed; and its length.
    #[must_use]
    pub fn decode(id: FileId, offset: u64, bytes: &[u8]) -> Option<(Self, usize)> {
        let kind = match bytes.first()?.wrapping_sub(mark(id)) {
            0 => FrameKind::Batch,
            1 => FrameKind::Close,
            _ => return None,
        };
        let window = &bytes[..bytes.len().min(FRAME_HEADER_BYTES_MAX)];
        let mut reader = Reader::new(window.get(FRAME_FIXED_BYTES..)?);
        let mut number = || reader.varint().ok();
        let (length, first_sequence) = (number()?, number()?);
        let (operations, lag) = (number()?, number()?);
        let header_bytes = window.len() - reader.rest().len();
        let found = checksum(seed(id, offset), [&window[..1], &window[5..header_bytes]]);
        if found != u32_at(window, 1) {
            return None;
        }
        let payload_bytes = usize::try_from(length).ok()?;
        let possible = match kind {
            FrameKind::Batch => {
                let last = first_sequence.checked_add(operations)?.checked_sub(1)?;
                payload_bytes <= RECORD_BYTES_MAX && operations > 0 && last <= SEQUENCE_MAX
            }
            FrameKind::Close => payload_bytes == 0 && operations == 0,
        };
        if !possible || first_sequence == 0 || lag > first_sequence {
            return None;
        }
        let header = Self {
            kind,
            payload_bytes,
            first_sequence,
            operations,
            durable_sequence: if lag == 0 { 0 } else { first_sequence - lag },
            payload_checksum: u32_at(window, 5),
        };
        Some((header, header_bytes))
    }

    /// Whether `payload` is what was written behind this header.
    #[must_use]
    pub fn vouches_for(&self, payload: &[u8]) -> bool {
        crc32fast::hash(payload) == self.payload_checksum
    }

    /// The sequence that the next frame takes.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.first_sequence + self.operations
    }
}

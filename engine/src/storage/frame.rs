//! The log's bytes. Every number is little-endian.
//!
//! ```text
//! file  = header frame*
//! header = "KVORUMLG"  version u32  generation u64  first-sequence u64  checksum u32
//! frame  = "kvfr"  payload-length u32  sequence u64  payload-checksum u32  header-checksum u32  payload
//! ```
//!
//! A frame's header checksum covers, besides the header, the log's generation and the frame's own offset.
//! So a frame counts only where it was written: a copy of a log that a client stores as a value, or a stale
//! block of an older log, is never taken for a frame. The header vouches for itself, apart from the payload,
//! so a length can be believed before it is followed, and one look tells whether a frame begins here.

use crate::base::limits::RECORD_BYTES_MAX;
use crate::{Error, Result};

const FILE_MAGIC: &[u8; 8] = b"KVORUMLG";
const FRAME_MAGIC: &[u8; 4] = b"kvfr";
const FORMAT_VERSION: u32 = 1;

/// The file header's length, bytes.
pub(super) const FILE_HEADER_BYTES: usize = 32;
/// A frame header's length, bytes.
pub(super) const FRAME_HEADER_BYTES: usize = 24;

/// What a log says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileHeader {
    /// One more with each rewrite, so that frames of an older file do not pass here.
    pub(super) generation: u64,
    /// The sequence number of the first frame.
    pub(super) first_sequence: u64,
}

/// A frame header whose checksum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) payload_bytes: usize,
    pub(super) sequence: u64,
    payload_checksum: u32,
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

impl FileHeader {
    /// The header of the log that takes this one's place.
    pub(super) fn successor(self, first_sequence: u64) -> Self {
        Self {
            // Only that it differs matters, so a forged header at the end of the numbers does no harm.
            generation: self.generation.wrapping_add(1),
            first_sequence,
        }
    }

    pub(super) fn encode(self) -> [u8; FILE_HEADER_BYTES] {
        let mut bytes = [0; FILE_HEADER_BYTES];
        bytes[..8].copy_from_slice(FILE_MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.generation.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.first_sequence.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..28]);
        bytes[28..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header at the start of `file`. A log gets its name only once its header is synced, so
    /// whatever is wrong here is damage, or another program's file.
    pub(super) fn decode(file: &[u8]) -> Result<Self> {
        let Some((header, _)) = file.split_at_checked(FILE_HEADER_BYTES) else {
            return Err(Error::corruption(format!(
                "{} bytes are too few for a log's header of {FILE_HEADER_BYTES}",
                file.len()
            )));
        };
        if &header[..8] != FILE_MAGIC {
            return Err(Error::corruption(
                "this is no Kvorum log: the magic differs",
            ));
        }
        if crc32fast::hash(&header[..28]) != u32_at(header, 28) {
            return Err(Error::corruption("the log header fails its checksum"));
        }
        let version = u32_at(header, 8);
        if version != FORMAT_VERSION {
            return Err(Error::corruption(format!(
                "the log has format {version}, this build reads {FORMAT_VERSION}: use the build that wrote it"
            )));
        }
        Ok(Self {
            generation: u64_at(header, 12),
            first_sequence: u64_at(header, 20),
        })
    }
}

fn header_checksum(generation: u64, offset: u64, header: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&generation.to_le_bytes());
    hasher.update(&offset.to_le_bytes());
    hasher.update(header);
    hasher.finalize()
}

/// Builds in `out` the frame that goes to `offset` of the log; `fill` appends the payload.
pub(super) fn encode(
    generation: u64,
    offset: u64,
    sequence: u64,
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    out.clear();
    out.resize(FRAME_HEADER_BYTES, 0);
    fill(out);
    let (header, payload) = out.split_at_mut(FRAME_HEADER_BYTES);
    assert!(
        (1..=RECORD_BYTES_MAX).contains(&payload.len()),
        "limits are checked before a frame is built"
    );
    header[..4].copy_from_slice(FRAME_MAGIC);
    header[4..8].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    header[8..16].copy_from_slice(&sequence.to_le_bytes());
    header[16..20].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
    let checksum = header_checksum(generation, offset, &header[..20]);
    header[20..].copy_from_slice(&checksum.to_le_bytes());
}

impl FrameHeader {
    /// The frame header that was written to `offset` of this `log`, if one stands there unharmed.
    pub(super) fn at(log: &[u8], generation: u64, offset: usize) -> Option<Self> {
        let header = log.get(offset..offset.checked_add(FRAME_HEADER_BYTES)?)?;
        if &header[..4] != FRAME_MAGIC {
            return None;
        }
        let checksum = header_checksum(generation, offset as u64, &header[..20]);
        if checksum != u32_at(header, 20) {
            return None;
        }
        Some(Self {
            payload_bytes: u32_at(header, 4) as usize,
            sequence: u64_at(header, 8),
            payload_checksum: u32_at(header, 16),
        })
    }

    /// Whether `payload` is what was written behind this header.
    pub(super) fn vouches_for(&self, payload: &[u8]) -> bool {
        crc32fast::hash(payload) == self.payload_checksum
    }
}

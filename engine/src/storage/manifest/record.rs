//! The manifest's bytes. Every number is little-endian.
//!
//! ```text
//! manifest = header record*
//! header   = "KVORUMMF"  version u32  manifest u64  snapshot-bytes u64  checksum u32
//! record   = header-checksum u32  payload-checksum u32  payload-length u32
//!            number u64  durable u64  kind u8  payload
//! ```
//!
//! `durable` says that when the record was written, every record with a lower number was synced.
//!
//! Checksums are CRC-32. A record header's starts from a number made of the manifest's number and the record's
//! offset, so a record counts only where it was written, and vouches for its length before it is followed.

use crate::base::limits::RECORD_BYTES_MAX;
use crate::storage::describe::FileId;
use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"KVORUMMF";
const FORMAT_VERSION: u32 = 1;

/// The file header's length, bytes.
pub(super) const HEADER_BYTES: usize = 32;
const HEADER_CHECKSUM_AT: usize = HEADER_BYTES - 4;
/// A record header's length, bytes.
pub(super) const RECORD_HEADER_BYTES: usize = 29;

/// What a manifest says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: FileId,
    /// Up to here the file was synced before it had its name.
    pub(super) snapshot_bytes: u64,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    /// An edit.
    Edit,
    /// A witness that everything before it is synced.
    Mark,
}

/// A record header that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) kind: RecordKind,
    /// The record's place among the records of its manifest, from 0.
    pub(super) number: u64,
    /// Records with lower numbers were synced when it was written.
    pub(super) durable: u64,
    pub(super) payload_bytes: usize,
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

impl Header {
    pub(super) fn encode(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.id.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.snapshot_bytes.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..HEADER_CHECKSUM_AT]);
        bytes[HEADER_CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of manifest `id`, which was synced before the manifest had its name.
    pub(super) fn decode(id: FileId, file: &[u8]) -> Result<Self> {
        let Some((header, _)) = file.split_at_checked(HEADER_BYTES) else {
            return Err(Error::corruption(format!(
                "{} bytes are too few for a manifest's header of {HEADER_BYTES}",
                file.len()
            )));
        };
        if &header[..8] != MAGIC {
            return Err(Error::corruption(
                "this is no Kvorum manifest: the magic differs",
            ));
        }
        if crc32fast::hash(&header[..HEADER_CHECKSUM_AT]) != u32_at(header, HEADER_CHECKSUM_AT) {
            return Err(Error::corruption(
                "the manifest's header fails its checksum",
            ));
        }
        let version = u32_at(header, 8);
        if version != FORMAT_VERSION {
            return Err(Error::invalid(format!(
                "the manifest has format {version}, this build reads {FORMAT_VERSION}: use the build that wrote it"
            )));
        }
        let found = u64_at(header, 12);
        if found != id {
            return Err(Error::corruption(format!(
                "the file holds manifest {found}, its name says {id}"
            )));
        }
        Ok(Self {
            id,
            snapshot_bytes: u64_at(header, 20),
        })
    }
}

fn header_checksum(id: FileId, offset: u64, header: &[u8]) -> u32 {
    let manifest = (id as u32).wrapping_mul(0x9e37_79b1) ^ (id >> 32) as u32;
    let seed = manifest ^ (offset as u32) ^ (offset >> 32) as u32;
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(&header[4..RECORD_HEADER_BYTES]);
    hasher.finalize()
}

/// What a record says beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) kind: RecordKind,
    pub(super) number: u64,
    pub(super) durable: u64,
}

/// Appends to `out` the record that goes to `offset` of manifest `id`; `fill` appends its payload.
pub(super) fn encode(
    id: FileId,
    offset: u64,
    label: Label,
    out: &mut Vec<u8>,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.resize(start + RECORD_HEADER_BYTES, 0);
    fill(out);
    let (header, payload) = out[start..].split_at_mut(RECORD_HEADER_BYTES);
    header[4..8].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
    header[8..12].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    header[12..20].copy_from_slice(&label.number.to_le_bytes());
    header[20..28].copy_from_slice(&label.durable.to_le_bytes());
    header[28] = match label.kind {
        RecordKind::Edit => 1,
        RecordKind::Mark => 2,
    };
    let checksum = header_checksum(id, offset, header);
    header[..4].copy_from_slice(&checksum.to_le_bytes());
}

impl RecordHeader {
    /// The record header that was written to `offset` of this `manifest`, if one stands there unharmed.
    pub(super) fn at(manifest: &[u8], id: FileId, offset: usize) -> Option<Self> {
        let header = manifest.get(offset..offset.checked_add(RECORD_HEADER_BYTES)?)?;
        let kind = match header[28] {
            1 => RecordKind::Edit,
            2 => RecordKind::Mark,
            _ => return None,
        };
        let payload_bytes = u32_at(header, 8) as usize;
        if payload_bytes > RECORD_BYTES_MAX
            || header_checksum(id, offset as u64, header) != u32_at(header, 0)
        {
            return None;
        }
        Some(Self {
            kind,
            number: u64_at(header, 12),
            durable: u64_at(header, 20),
            payload_bytes,
            payload_checksum: u32_at(header, 4),
        })
    }

    /// Whether `payload` is what was written behind this header.
    pub(super) fn vouches_for(&self, payload: &[u8]) -> bool {
        crc32fast::hash(payload) == self.payload_checksum
    }
}

//! A block on disk: compressed where that pays, and under a checksum.
//!
//! ```text
//! sealed block = payload  form u8  checksum u32
//! payload      = block                                  form 0
//!              | raw-length u32  lz4 of the block       form 1
//! ```
//!
//! The checksum is CRC-32 (IEEE) of payload, form and the block's offset in the file: a block that the disk
//! returns from the wrong place fails it.

use bytes::Bytes;

use crate::storage::table::options::Compression;
use crate::{Error, Result};

/// What a block takes on disk besides its payload, bytes.
pub(in crate::storage::table) const SEAL_BYTES: usize = 5;

const FORM_RAW: u8 = 0;
const FORM_LZ4: u8 = 1;
const RAW_LENGTH_BYTES: usize = 4;

/// lz4 spends at least a byte on 255 of its output (its length codes), and some at either end.
const LZ4_RATIO_MAX: usize = 255;

fn checksum(payload_and_form: &[u8], offset: u64) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(payload_and_form);
    hasher.update(&offset.to_le_bytes());
    hasher.finalize()
}

/// Seals the block that `out` holds from `at` on and that goes to `offset` of the file. Returns the
/// payload's length.
pub(in crate::storage::table) fn seal(
    out: &mut Vec<u8>,
    at: usize,
    offset: u64,
    compression: Compression,
    scratch: &mut Vec<u8>,
) -> usize {
    let form = match compression {
        Compression::Lz4 if compress(out, at, scratch) => FORM_LZ4,
        _ => FORM_RAW,
    };
    let payload_bytes = out.len() - at;
    out.push(form);
    let checksum = checksum(&out[at..], offset);
    out.extend_from_slice(&checksum.to_le_bytes());
    payload_bytes
}

/// Puts the compressed form in the place of the raw one, unless it saves less than an eighth: then reading
/// it would cost more than the space is worth.
fn compress(out: &mut Vec<u8>, at: usize, scratch: &mut Vec<u8>) -> bool {
    let raw = &out[at..];
    let Ok(raw_bytes) = u32::try_from(raw.len()) else {
        return false;
    };
    let bound = lz4_flex::block::get_maximum_output_size(raw.len());
    if scratch.len() < bound {
        scratch.resize(bound, 0);
    }
    let Ok(bytes) = lz4_flex::block::compress_into(raw, scratch) else {
        return false;
    };
    if bytes + RAW_LENGTH_BYTES > raw.len() - raw.len() / 8 {
        return false;
    }
    out.truncate(at);
    out.extend_from_slice(&raw_bytes.to_le_bytes());
    out.extend_from_slice(&scratch[..bytes]);
    true
}

fn damaged(offset: u64, what: &str) -> Error {
    Error::corruption(format!("the block at offset {offset} of a table {what}"))
}

/// Checks the sealed block that was read at `offset` and returns what was sealed, without a copy where it
/// was not compressed.
pub(in crate::storage::table) fn unseal(mut sealed: Bytes, offset: u64) -> Result<Bytes> {
    let Some(payload_bytes) = sealed.len().checked_sub(SEAL_BYTES) else {
        return Err(damaged(offset, "is shorter than a seal"));
    };
    let (covered, stored) = sealed.split_at(payload_bytes + 1);
    if checksum(covered, offset).to_le_bytes() != stored {
        return Err(damaged(offset, "fails its checksum"));
    }
    match covered[payload_bytes] {
        FORM_RAW => {
            sealed.truncate(payload_bytes);
            Ok(sealed)
        }
        FORM_LZ4 => decompress(&sealed[..payload_bytes], offset),
        form => Err(damaged(offset, &format!("has the unknown form {form}"))),
    }
}

fn decompress(payload: &[u8], offset: u64) -> Result<Bytes> {
    let Some((length, compressed)) = payload.split_first_chunk::<RAW_LENGTH_BYTES>() else {
        return Err(damaged(offset, "is cut short"));
    };
    let raw_bytes = u32::from_le_bytes(*length) as usize;
    if raw_bytes > compressed.len().saturating_mul(LZ4_RATIO_MAX) {
        return Err(damaged(offset, "claims a length that lz4 cannot reach"));
    }
    let mut raw = vec![0; raw_bytes];
    match lz4_flex::block::decompress_into(compressed, &mut raw) {
        Ok(written) if written == raw_bytes => Ok(Bytes::from(raw)),
        _ => Err(damaged(offset, "does not decompress")),
    }
}

//! The section of range tombstones.
//!
//! ```text
//! range-deletes = count  range-delete*                    count is LEB128
//! range-delete  = from to  sequence                       length and bytes; LEB128
//! ```
//!
//! They are sorted by their start, the newest first among equals; they may overlap.

use bytes::Bytes;

use crate::base::codec::{Reader, put_slice, put_varint};
use crate::storage::entry::RangeDelete;
use crate::{Error, Result};

/// The least that one takes: two lengths and a sequence.
const BYTES_MIN: u64 = 3;

pub(super) fn sort(deletes: &mut [RangeDelete]) {
    deletes.sort_by(|a, b| {
        let starts = a.from.cmp(&b.from);
        starts
            .then(b.sequence.cmp(&a.sequence))
            .then_with(|| a.to.cmp(&b.to))
    });
}

pub(super) fn encode(deletes: &[RangeDelete]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, deletes.len() as u64);
    for delete in deletes {
        put_slice(&mut out, &delete.from);
        put_slice(&mut out, &delete.to);
        put_varint(&mut out, delete.sequence);
    }
    out
}

pub(super) fn decode(section: &Bytes) -> Result<Vec<RangeDelete>> {
    let mut reader = Reader::new(section);
    let count = reader.varint()?;
    if count > section.len() as u64 / BYTES_MIN {
        return Err(Error::corruption(
            "more range tombstones than fit their section",
        ));
    }
    let mut deletes = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let from = Bytes::copy_from_slice(reader.slice(section.len())?);
        let to = Bytes::copy_from_slice(reader.slice(section.len())?);
        let sequence = reader.varint()?;
        if from >= to {
            return Err(Error::corruption("a range tombstone that covers nothing"));
        }
        deletes.push(RangeDelete { from, to, sequence });
    }
    reader.end()?;
    Ok(deletes)
}

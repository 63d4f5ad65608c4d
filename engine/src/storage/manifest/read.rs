//! Reading a manifest back.
//!
//! Edits are synced one by one, so at most the last one can be torn:
//!
//! | the record | behind it | verdict |
//! |---|---|---|
//! | does not hold, in the snapshot | | damage: it was synced before the manifest had its name |
//! | does not hold | no record header that says it was synced | torn: nobody was told of the edit, it is cut off |
//! | does not hold | a record header that says it was synced | damage |
//! | holds, but is out of place, no edit, or an edit that does not fit | | damage |
//!
//! After each sync a mark follows the edit, which is not synced itself: it makes a flipped bit in the last edit
//! read as damage, from the moment that the mark has reached the disk.

use super::edit::Edit;
use super::manifest_file_name;
use super::record::{HEADER_BYTES, Header, RECORD_HEADER_BYTES, RecordHeader, RecordKind};
use super::state::State;
use crate::storage::describe::FileId;
use crate::{Error, Result};

/// What a manifest holds.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) state: State,
    pub(super) header: Header,
    /// Up to where it holds; what follows is torn.
    pub(super) whole_bytes: u64,
    /// The number that the next record takes.
    pub(super) next_number: u64,
}

/// Folds `file`, which is manifest `id`.
pub(super) fn read(id: FileId, file: &[u8]) -> Result<Read> {
    let header = match Header::decode(id, file) {
        Err(Error::Corruption { detail }) => return Err(damaged(id, 0, &detail)),
        decoded => decoded?,
    };
    let mut read = Read {
        state: State::default(),
        header,
        whole_bytes: HEADER_BYTES as u64,
        next_number: 0,
    };
    let mut offset = HEADER_BYTES;
    while offset < file.len() {
        let Some((record, payload, end)) = whole_record(file, id, offset) else {
            break;
        };
        if record.number != read.next_number {
            let what = format!(
                "record {} stands where record {} belongs",
                record.number, read.next_number
            );
            return Err(damaged(id, offset, &what));
        }
        if record.kind == RecordKind::Edit {
            Edit::decode(payload)
                .and_then(|edit| read.state.apply(&edit))
                .map_err(|error| damaged(id, offset, &error.to_string()))?;
        }
        read.next_number += 1;
        offset = end;
    }
    read.whole_bytes = offset as u64;
    if read.whole_bytes < header.snapshot_bytes {
        return Err(damaged(id, offset, "the snapshot does not hold"));
    }
    if let Some(witness) = witness(file, id, offset, read.next_number) {
        let what = format!(
            "record {} does not hold, and was synced: so says the record at byte {witness}",
            read.next_number
        );
        return Err(damaged(id, offset, &what));
    }
    Ok(read)
}

/// The record at `offset`, its payload, and where it ends.
fn whole_record(file: &[u8], id: FileId, offset: usize) -> Option<(RecordHeader, &[u8], usize)> {
    let record = RecordHeader::at(file, id, offset)?;
    let start = offset + RECORD_HEADER_BYTES;
    let end = start.checked_add(record.payload_bytes)?;
    let payload = file.get(start..end)?;
    record
        .vouches_for(payload)
        .then_some((record, payload, end))
}

/// Where, behind `offset`, a record header stands that says that the record `missing` was synced. A header that
/// holds says where its record ends, and what its payload contains is not searched.
fn witness(file: &[u8], id: FileId, offset: usize, missing: u64) -> Option<usize> {
    let mut offset = offset;
    while offset < file.len() {
        offset = match RecordHeader::at(file, id, offset) {
            Some(record) if record.durable > missing => return Some(offset),
            Some(record) => offset + RECORD_HEADER_BYTES + record.payload_bytes,
            None => offset + 1,
        };
    }
    None
}

fn damaged(id: FileId, offset: usize, what: &str) -> Error {
    Error::corruption(format!(
        "manifest '{}', byte {offset}: {what}; nothing was changed: rebuild this node from its replicas, or \
         repair the store",
        manifest_file_name(id)
    ))
}

//! Writing the log anew, without the bytes that no reader can reach. Every open does it, a store's first log
//! is made from an empty map in the same way, and upkeep does it where dead bytes prevail.
//!
//! | step | a crash after it leaves |
//! |---|---|
//! | write `log.new` | the old log, and a file that the next rewrite overwrites |
//! | sync `log.new` | the same |
//! | rename it over `log` | the old log or the new, each whole |
//! | sync the folder | the new log |
//!
//! No batch is appended to the new log before the folder is synced: a crash could bring the old one back.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::storage::batch::{encode_put, put_bytes};
use crate::storage::frame::{self, FRAME_HEADER_BYTES, FileHeader};
use crate::storage::log::{LOG_FILE, Log};
use crate::vfs::Vfs;
use crate::{Error, Result};

/// The file that a rewrite builds before it becomes the log.
pub const REWRITE_FILE: &str = "log.new";
/// The header of a store's first log.
pub(super) const FIRST: FileHeader = FileHeader {
    generation: 1,
    first_sequence: 1,
};
/// A record of a rewrite takes pairs up to this many bytes; a pair that is larger has one of its own.
const REWRITE_RECORD_BYTES: usize = 1 << 18;

/// How far a rewrite came before it failed.
pub(super) enum RewriteError {
    /// The old log is as it was, and in its place.
    Before(Error),
    /// A sync or the rename failed: what the disk holds is unknown.
    Unknown(Error),
}

impl RewriteError {
    pub(super) fn into_inner(self) -> Error {
        match self {
            Self::Before(error) | Self::Unknown(error) => error,
        }
    }
}

/// Puts a log with the pairs of `map`, all of it durable, in the old one's place.
pub(super) fn rewrite(
    vfs: &dyn Vfs,
    map: &BTreeMap<Bytes, Bytes>,
    header: FileHeader,
) -> core::result::Result<Log, RewriteError> {
    let log = write_pairs(vfs, map, header).map_err(RewriteError::Before)?;
    log.file.sync().map_err(RewriteError::Unknown)?;
    vfs.rename(REWRITE_FILE, LOG_FILE)
        .map_err(RewriteError::Unknown)?;
    vfs.sync_dir().map_err(RewriteError::Unknown)?;
    Ok(log)
}

fn write_pairs(vfs: &dyn Vfs, map: &BTreeMap<Bytes, Bytes>, header: FileHeader) -> Result<Log> {
    let mut file = vfs.open(REWRITE_FILE)?;
    // What an interrupted rewrite left there is no part of this one.
    file.truncate(0)?;
    let start = header.encode();
    file.append(&start)?;
    let mut log = Log {
        file,
        header,
        bytes: start.len() as u64,
        next_sequence: header.first_sequence,
    };
    let mut pairs = map.iter().peekable();
    let mut record = Vec::new();
    while pairs.peek().is_some() {
        frame::encode(
            header.generation,
            log.bytes,
            log.next_sequence,
            &mut record,
            |out| {
                while let Some((key, value)) = pairs.next_if(|(key, value)| {
                    let bytes = out.len() - FRAME_HEADER_BYTES;
                    bytes == 0 || bytes + put_bytes(key, value) <= REWRITE_RECORD_BYTES
                }) {
                    encode_put(key, value, out);
                }
            },
        );
        log.file.append(&record)?;
        log.bytes += record.len() as u64;
        log.next_sequence += 1;
    }
    Ok(log)
}

//! Reading a log back, and telling a torn tail from damage.
//!
//! A crash can only hurt what was not synced, which is the end of the file. So the reader stops at the first
//! frame that does not hold, and looks at what follows:
//!
//! | the frame | after it | verdict |
//! |---|---|---|
//! | header holds, payload runs past the end of the file | nothing can | torn: left out |
//! | header holds, payload does not | no frame header holds | torn: left out |
//! | header does not hold | no frame header holds | torn: left out |
//! | either does not hold | a frame header holds | damage: refuse, change nothing |
//! | holds, but out of sequence | | damage: refuse, change nothing |
//!
//! In doubt the verdict is damage, since a node that refuses to start is repaired from its replicas, while one
//! that forgets an acknowledged write spreads the loss. Two doubts are left. A flipped bit in the very last
//! frame looks like a torn one, and is left out. And a disk that writes unsynced blocks out of order can lose
//! one unsynced frame and keep the next, which reads as damage though nothing promised was lost.

#[cfg(test)]
mod tests;

use crate::storage::WriteBatch;
use crate::storage::frame::{FILE_HEADER_BYTES, FRAME_HEADER_BYTES, FileHeader, FrameHeader};
use crate::{Error, Result};

/// What a log holds.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) header: FileHeader,
    /// The sequence number that the next frame takes.
    pub(super) next_sequence: u64,
    /// Frames replayed.
    pub(super) frames: u64,
    /// The length of the log up to the end of its last whole frame; what follows is torn.
    pub(super) whole_bytes: usize,
}

/// Replays `log` from the file `name` into `apply`, oldest batch first.
pub(super) fn recover(
    name: &str,
    log: &[u8],
    mut apply: impl FnMut(WriteBatch),
) -> Result<Recovered> {
    let header = FileHeader::decode(log).map_err(|error| damaged(name, 0, &error.to_string()))?;
    let mut next_sequence = header.first_sequence;
    let mut offset = FILE_HEADER_BYTES;
    let mut frames = 0;
    while offset < log.len() {
        let (payload, end) = match frame_at(log, header.generation, offset) {
            Ok((found, _, _)) if found.sequence != next_sequence => {
                let what = format!(
                    "record {} stands where record {next_sequence} belongs",
                    found.sequence
                );
                return Err(damaged(name, offset, &what));
            }
            Ok((_, payload, end)) => (payload, end),
            Err(broken) => {
                if let Some(later) = later_frame(log, header.generation, broken.resume_at) {
                    let what = format!(
                        "record {next_sequence} {}, and a later record stands whole at byte {later}",
                        broken.why
                    );
                    return Err(damaged(name, offset, &what));
                }
                break;
            }
        };
        let batch = WriteBatch::decode(payload)
            .map_err(|error| damaged(name, offset, &error.to_string()))?;
        apply(batch);
        next_sequence = next_sequence
            .checked_add(1)
            .ok_or_else(|| damaged(name, offset, "the sequence numbers are used up"))?;
        frames += 1;
        offset = end;
    }
    Ok(Recovered {
        header,
        next_sequence,
        frames,
        whole_bytes: offset,
    })
}

/// A frame that does not hold.
struct Broken {
    why: &'static str,
    /// Where the next frame may begin at the earliest.
    resume_at: usize,
}

/// The frame at `offset`: its header, its payload, and where it ends.
fn frame_at(
    log: &[u8],
    generation: u64,
    offset: usize,
) -> core::result::Result<(FrameHeader, &[u8], usize), Broken> {
    let header = FrameHeader::at(log, generation, offset).ok_or(Broken {
        why: "has a damaged header",
        resume_at: offset + 1,
    })?;
    let start = offset + FRAME_HEADER_BYTES;
    // The header holds, so its length is the one that was written: no frame begins before `end`, and a
    // payload that happens to contain the bytes of a frame is not searched.
    let end = start.saturating_add(header.payload_bytes);
    let payload = log.get(start..end).ok_or(Broken {
        why: "is cut short",
        resume_at: end,
    })?;
    if !header.vouches_for(payload) {
        return Err(Broken {
            why: "fails its checksum",
            resume_at: end,
        });
    }
    Ok((header, payload, end))
}

/// Where, from `from` on, the first frame header stands that holds.
fn later_frame(log: &[u8], generation: u64, from: usize) -> Option<usize> {
    (from..log.len()).find(|&offset| FrameHeader::at(log, generation, offset).is_some())
}

fn damaged(name: &str, offset: usize, what: &str) -> Error {
    Error::corruption(format!(
        "file '{name}', byte {offset}: {what}; nothing was changed: keep the file, and rebuild this \
         node from its replicas"
    ))
}

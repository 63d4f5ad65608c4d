//! Reading the log back, and telling a torn tail from damage.
//!
//! Batches are replayed as long as frames hold and their sequences follow one another, from one segment into
//! the next. Where that ends, a write is missing: the one after the last replayed. It may never have been
//! written; it may have been written, not synced, and lost in a power cut, while a disk that writes out of order
//! kept some of those after it; or it may have been promised to somebody and damaged since. Every frame says
//! up to where the log was synced when it was written (its *durable watermark*), and so does every
//! segment's header, so what stands behind the missing write tells:
//!
//! | where the replay ends | behind it | verdict |
//! |---|---|---|
//! | the next segment begins with the missing write | | the segment ended here; the replay goes on |
//! | the close mark, with the missing write's sequence | no segment | whole, and closed |
//! | zeros, or the end of the file | nothing | whole, not closed |
//! | no frame header that holds, and further on what a recycled file held before | no segment | whole, not closed |
//! | anything else (cut short, a wrong checksum, a stale frame, another sequence) | no header with a watermark that reaches the missing write | torn: a prefix of the writes stays, everything from here on goes |
//! | anything | a header with a watermark that reaches the missing write | damage: [`Corruption`](crate::Error::Corruption), nothing is changed |
//! | a segment's own header does not hold | | damage: it was synced before the segment had its name |
//! | a segment begins before the missing write | | damage |
//! | a frame holds and its payload is no batch | | damage |
//!
//! A write that is missing here and stands in a table ([`Recovery::flushed_sequence`]) is not missing.
//!
//! What a torn verdict takes away, [`seal`] takes from the disk too, before the store writes again: a dropped
//! frame must not come back behind a new write that took its sequence.
//!
//! What this cannot tell: a flipped bit in the very last frame of a log that was not closed reads as a torn
//! frame and is dropped, synced or not, since no later frame vouches for it. One write can be lost this way, by
//! damage that falls between a sync and the next write, or close. A flipped bit further ahead is found as soon
//! as a later watermark covers it: at `fsync` durability always, at lower ones from the last sync back.
//!
//! The rule that what remains is a prefix, later whole frames or not, is what Pillai et al. ("All File Systems
//! Are Not Created Equal", OSDI 2014, section 3) found missing in half of the logs they broke.

#[cfg(test)]
mod tests;

use super::batch::BatchView;
use super::frame::{FrameHeader, FrameKind, SEGMENT_HEADER_BYTES};
use super::reader::{FrameAt, SegmentReader};
use super::segments::{log_file_name, segments};
use crate::storage::describe::FileId;
use crate::storage::entry::Sequence;
use crate::vfs::Vfs;
use crate::{Error, Result};

/// What to do about a log that lost a promised write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDamage {
    /// Report [`Corruption`](Error::Corruption) and change nothing.
    #[default]
    Refuse,
    /// Keep the prefix before it and treat the rest as torn: repair, when an operator asks for it.
    DropRest,
}

/// What to recover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Segments with lower numbers are obsolete and not looked at.
    pub from: FileId,
    /// Every write up to this one is in tables; 0 when none is.
    pub flushed_sequence: Sequence,
    /// What to do about damage.
    pub on_damage: OnDamage,
}

/// Where a torn tail begins. Everything behind it, and every later segment, is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornAt {
    /// The segment.
    pub segment: FileId,
    /// The length to cut it to, bytes; 0 when all of it is to go.
    pub offset: u64,
}

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The last write there is, in the log or in tables; the next one takes the sequence after it.
    pub last_sequence: Sequence,
    /// Batches replayed.
    pub frames: u64,
    /// Operations in them.
    pub operations: u64,
    /// The segments that were read, ascending, those that [`seal`] will remove among them.
    pub segments: Vec<FileId>,
    /// Bytes of headers and frames that hold.
    pub whole_bytes: u64,
    /// Where the torn tail begins, if there is one.
    pub torn: Option<TornAt>,
    /// Bytes in the torn tail: to the end of its last frame header that holds, or of its bytes.
    pub torn_bytes: u64,
    /// Whether the log ends with the mark of a store that was closed.
    pub closed: bool,
    /// The damage behind the torn tail, under [`OnDamage::DropRest`].
    pub damage: Option<Error>,
}

/// Replays the log into `apply`, oldest batch first, each with the sequence of its first operation. Batches
/// that are in tables may come again, with the sequences they had.
///
/// # Errors
/// - [`Corruption`](Error::Corruption) by the verdicts above, naming file and byte; some batches before it
///   may have been applied.
/// - [`InvalidArgument`](Error::InvalidArgument) when a segment has a format that this build does not read.
/// - What the disk and `apply` report.
pub fn recover(
    vfs: &dyn Vfs,
    recovery: Recovery,
    apply: impl FnMut(Sequence, BatchView<'_>) -> Result<()>,
) -> Result<Recovered> {
    let mut segments = segments(vfs)?;
    segments.retain(|id| *id >= recovery.from);
    let replay = Replay {
        vfs,
        recovery,
        apply,
        next: None,
        recovered: Recovered {
            segments,
            ..Recovered::default()
        },
    };
    replay.run()
}

/// Where the replay of a segment ended.
struct Stop {
    reader: SegmentReader,
    offset: u64,
    why: &'static str,
    closed: bool,
}

struct Replay<'a, F> {
    vfs: &'a dyn Vfs,
    recovery: Recovery,
    apply: F,
    /// The sequence that the next frame has; none before the first segment.
    next: Option<Sequence>,
    recovered: Recovered,
}

impl<F: FnMut(Sequence, BatchView<'_>) -> Result<()>> Replay<'_, F> {
    fn run(mut self) -> Result<Recovered> {
        let mut stop = None;
        let mut replayed = 0;
        let mut damage = None;
        for id in self.recovered.segments.clone() {
            match self.enter(id) {
                Ok(Some(reader)) => stop = Some(self.replay(reader)?),
                Ok(None) => break,
                Err(error) => {
                    damage = Some(self.forgive(error)?);
                    break;
                }
            }
            replayed += 1;
        }
        let later = self.recovered.segments[replayed..].to_vec();
        self.recovered.last_sequence = self.missing() - 1;
        self.finish(stop, &later, damage)?;
        Ok(self.recovered)
    }

    /// The first write that is neither replayed nor in a table.
    fn missing(&self) -> Sequence {
        let flushed = self.recovery.flushed_sequence;
        self.next.unwrap_or(0).max(flushed + 1)
    }

    /// Passes damage on, or takes note of it.
    fn forgive(&self, error: Error) -> Result<Error> {
        match (&error, self.recovery.on_damage) {
            (Error::Corruption { .. }, OnDamage::DropRest) => Ok(error),
            _ => Err(error),
        }
    }

    /// Opens the next segment; none when a write is missing between the last one and it.
    fn enter(&mut self, id: FileId) -> Result<Option<SegmentReader>> {
        let reader = match SegmentReader::open(self.vfs, id) {
            Err(Error::Corruption { detail }) => return Err(damaged(id, 0, &detail)),
            opened => opened?,
        };
        let first = reader.header.first_sequence;
        if first > self.missing() {
            return Ok(None);
        }
        if let Some(next) = self.next.filter(|next| first < *next) {
            let what =
                format!("the segment begins with write {first}, the one before ends behind {next}");
            return Err(damaged(id, 0, &what));
        }
        self.next = Some(first);
        self.recovered.whole_bytes += SEGMENT_HEADER_BYTES as u64;
        Ok(Some(reader))
    }

    /// Replays one segment to the first frame that does not follow.
    fn replay(&mut self, mut reader: SegmentReader) -> Result<Stop> {
        let id = reader.header.id;
        let mut next = reader.header.first_sequence;
        let mut offset = SEGMENT_HEADER_BYTES as u64;
        let (why, closed) = loop {
            let (header, payload, end) = match reader.frame(offset)? {
                FrameAt::Broken { why } => break (why, false),
                FrameAt::Whole { header, .. } if header.first_sequence != next => {
                    break ("has another's frame in its place", false);
                }
                FrameAt::Whole {
                    header,
                    payload,
                    end,
                } => (header, payload, end),
            };
            if header.kind == FrameKind::Close {
                self.recovered.whole_bytes += end - offset;
                offset = end;
                break ("comes after the close of the log", true);
            }
            match batch(id, offset, &header, payload) {
                Ok(batch) => (self.apply)(next, batch)?,
                Err(error) => {
                    self.recovered.damage = Some(self.forgive(error)?);
                    break ("is no batch", false);
                }
            }
            self.recovered.frames += 1;
            self.recovered.operations += header.operations;
            self.recovered.whole_bytes += end - offset;
            next = header.next_sequence();
            offset = end;
        };
        self.next = Some(next);
        Ok(Stop {
            reader,
            offset,
            why,
            closed,
        })
    }

    /// Decides what the end of the replay means. `later` are the segments that were not replayed.
    fn finish(
        &mut self,
        stop: Option<Stop>,
        later: &[FileId],
        damage: Option<Error>,
    ) -> Result<()> {
        let missing = self.missing();
        let mut witness = None;
        let mut cut = later.first().map(|id| TornAt {
            segment: *id,
            offset: 0,
        });
        let mut why = "is missing";
        if let Some(mut stop) = stop {
            let id = stop.reader.header.id;
            self.recovered.closed = stop.closed && later.is_empty();
            if self.recovered.closed {
                return Ok(());
            }
            let seen = stop.reader.search(stop.offset, |offset, header| {
                note(&mut witness, missing, id, offset, header.durable_sequence);
            })?;
            let former = stop.reader.header.former_bytes.max(stop.offset);
            self.recovered.torn_bytes = if seen.frames_end > stop.offset {
                seen.frames_end - stop.offset
            } else {
                seen.bytes_end.saturating_sub(former)
            };
            if self.recovered.torn_bytes > 0 || !later.is_empty() {
                cut = Some(TornAt {
                    segment: id,
                    offset: stop.offset,
                });
                why = stop.why;
            }
        }
        for id in later {
            self.testify(*id, missing, &mut witness)?;
        }
        self.recovered.torn = cut;
        let damage = match (damage, witness, cut) {
            (Some(damage), _, _) => Some(damage),
            (None, Some(witness), Some(at)) => {
                let what = format!(
                    "write {missing} {why}, and was synced: byte {} of '{}' says that every write up to {} was",
                    witness.offset,
                    log_file_name(witness.segment),
                    witness.durable_sequence
                );
                Some(self.forgive(damaged(at.segment, at.offset, &what))?)
            }
            _ => None,
        };
        if damage.is_some() {
            self.recovered.damage = damage;
        }
        Ok(())
    }

    /// Counts a segment that is not replayed as torn, and asks it about the missing write.
    fn testify(
        &mut self,
        id: FileId,
        missing: Sequence,
        witness: &mut Option<Witness>,
    ) -> Result<()> {
        let mut reader = match SegmentReader::open(self.vfs, id) {
            Err(Error::Corruption { detail }) => {
                let error = self.forgive(damaged(id, 0, &detail))?;
                self.recovered.damage = Some(error);
                return Ok(());
            }
            opened => opened?,
        };
        note(witness, missing, id, 0, reader.header.durable_sequence);
        let seen = reader.search(SEGMENT_HEADER_BYTES as u64, |offset, header| {
            note(witness, missing, id, offset, header.durable_sequence);
        })?;
        self.recovered.torn_bytes += seen.frames_end;
        Ok(())
    }
}

/// A header that knows of the missing write.
struct Witness {
    segment: FileId,
    offset: u64,
    durable_sequence: Sequence,
}

fn note(
    witness: &mut Option<Witness>,
    missing: Sequence,
    segment: FileId,
    offset: u64,
    durable_sequence: Sequence,
) {
    if durable_sequence >= missing && witness.is_none() {
        *witness = Some(Witness {
            segment,
            offset,
            durable_sequence,
        });
    }
}

/// The batch in a frame that holds. What is wrong with it was wrong when it was written.
fn batch<'a>(
    id: FileId,
    offset: u64,
    header: &FrameHeader,
    payload: &'a [u8],
) -> Result<BatchView<'a>> {
    let batch = BatchView::validate(payload)
        .map_err(|error| damaged(id, offset, &format!("the frame is whole, but {error}")))?;
    if batch.len() as u64 != header.operations {
        let what = format!(
            "the frame is whole, but holds {} operations and says {}",
            batch.len(),
            header.operations
        );
        return Err(damaged(id, offset, &what));
    }
    Ok(batch)
}

fn damaged(id: FileId, offset: u64, what: &str) -> Error {
    Error::corruption(format!(
        "log '{}', byte {offset}: {what}; nothing was changed: rebuild this node from its replicas, or \
         repair the store and lose the writes from there on",
        log_file_name(id)
    ))
}

/// Makes what [`recover`] found the truth of the disk: the torn tail is gone, and what is left survives a power
/// cut. Until then no write may be acknowledged. A crash in between leaves a log that recovers to the same.
///
/// # Errors
/// What the disk reports; seal again, or recover anew.
pub fn seal(vfs: &dyn Vfs, recovered: &Recovered) -> Result<()> {
    for &id in recovered.segments.iter().rev() {
        let name = log_file_name(id);
        let keep = match recovered.torn {
            Some(torn) if id > torn.segment => 0,
            Some(torn) if id == torn.segment => torn.offset,
            _ => u64::MAX,
        };
        if keep == 0 {
            if vfs.exists(&name)? {
                vfs.remove(&name)?;
            }
            continue;
        }
        let mut file = vfs.open(&name)?;
        if keep < u64::MAX {
            file.truncate(keep)?;
        }
        file.sync()?;
    }
    vfs.sync_dir()
}

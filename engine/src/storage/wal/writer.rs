//! Adding frames to a segment.
//!
//! ```text
//! append --> [ buffer ] --write_at--> file --sync handle--> platter
//! ```
//!
//! Invariants: the buffer holds whole frames that follow what the file holds; an append that failed leaves no
//! frame behind; sequences have no gap. The writer is used under the store's write lock; a [`SyncHandle`] is
//! not, so that one writer can wait for the disk while others append.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::frame::{FRAME_HEADER_BYTES_MAX, FrameHeader, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::segments::{log_file_name, spare_file_name};
use super::{LOG_BUFFER_BYTES_MAX, LOG_WRITE_BYTES, LOG_ZERO_AHEAD_BYTES};
use crate::storage::describe::FileId;
use crate::storage::entry::Sequence;
use crate::vfs::{File, Vfs};
use crate::{Error, Result};

/// What is written ahead of the frames, again and again.
static ZEROS: [u8; LOG_WRITE_BYTES] = [0; LOG_WRITE_BYTES];

/// Whether a segment's blocks are written before its frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ahead {
    /// They are not: each frame makes the file longer.
    #[default]
    Nothing,
    /// Zeros, [`LOG_ZERO_AHEAD_BYTES`] at a time: a sync then has no length and no new block to record.
    Zeros,
}

/// How far an append goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendMode {
    /// Into the buffer: lost when the process dies. A full buffer is written.
    Buffer,
    /// To the operating system, in one write, with all that the buffer held: lost when the machine dies.
    WriteThrough,
}

/// What a segment is made of.
#[derive(Clone, Debug)]
pub struct SegmentOptions {
    /// Its number; no other segment had it before.
    pub id: FileId,
    /// The sequence that the first append takes.
    pub first_sequence: Sequence,
    /// The highest sequence known to be synced, in whichever segment or table; 0 when none is.
    pub durable_sequence: Sequence,
    /// Whether its blocks are written before its frames.
    pub ahead: Ahead,
    /// The file to make it of, from [`retire`](super::retire) or [`spares`](super::spares); a new one if none.
    pub recycled: Option<String>,
}

/// Makes what was written so far survive a power cut, without the writer. Clones are handles on the same
/// segment.
#[derive(Clone, Debug)]
pub struct SyncHandle {
    file: Arc<dyn File>,
}

impl SyncHandle {
    /// Syncs every frame that had left the writer's buffer when the call began
    /// ([`SegmentWriter::written_sequence`]).
    ///
    /// # Errors
    /// What the disk reports. Then nothing can be said of any frame since the last sync that succeeded, and
    /// a later success says nothing about them: the store must not vouch for a write any more.
    pub fn sync(&self) -> Result<()> {
        self.file.sync()
    }
}

/// The end of the log.
#[derive(Debug)]
pub struct SegmentWriter {
    id: FileId,
    file: Box<dyn File>,
    handle: SyncHandle,
    ahead: Ahead,
    /// Where the file's frames end and the buffer's begin.
    written_bytes: u64,
    /// Up to where the file has blocks, at least.
    prepared_bytes: u64,
    /// Frames that are not in the file yet.
    buffer: Vec<u8>,
    /// The sequence of the first frame in the buffer, or of the next append.
    unwritten_sequence: Sequence,
    next_sequence: Sequence,
    closed: bool,
}

impl SegmentWriter {
    /// Makes a segment. When this returns, it survives a power cut, with no frame in it.
    ///
    /// # Errors
    /// - [`InvalidArgument`](Error::InvalidArgument) when there is a segment `id` already.
    /// - What the disk reports; there is no segment `id` then, except that after a failed sync of the folder
    ///   it may be there, empty.
    pub fn create(vfs: &dyn Vfs, options: &SegmentOptions) -> Result<Self> {
        let name = log_file_name(options.id);
        if vfs.exists(&name)? {
            return Err(Error::invalid(format!("there is a file '{name}' already")));
        }
        let fresh = spare_file_name(options.id);
        let draft = options.recycled.as_ref().unwrap_or(&fresh);
        let made = Self::make(vfs, options, draft, &name);
        if made.is_err() && vfs.exists(draft).unwrap_or(false) {
            // The error above is the one to report; a draft that stays is no segment.
            let _ = vfs.remove(draft);
        }
        made
    }

    fn make(vfs: &dyn Vfs, options: &SegmentOptions, draft: &str, name: &str) -> Result<Self> {
        let mut file = vfs.open(draft)?;
        if draft == spare_file_name(options.id) {
            // Left over from a crash in this very place.
            file.truncate(0)?;
        }
        let former_bytes = file.len()?;
        let header = SegmentHeader {
            id: options.id,
            first_sequence: options.first_sequence,
            durable_sequence: options.durable_sequence,
            former_bytes,
        };
        file.write_at(0, &header.encode())?;
        let mut ahead = options.ahead;
        let mut prepared_bytes = file.len()?;
        if former_bytes == 0 {
            prepare(&mut file, prepared_bytes, &mut prepared_bytes, &mut ahead);
        }
        file.sync()?;
        vfs.rename(draft, name)?;
        vfs.sync_dir()?;
        // Opened again, so that errors name the segment.
        let file = vfs.open(name)?;
        let handle = SyncHandle {
            file: Arc::from(file.try_clone()?),
        };
        Ok(Self {
            id: options.id,
            file,
            handle,
            ahead,
            written_bytes: SEGMENT_HEADER_BYTES as u64,
            prepared_bytes,
            buffer: Vec::new(),
            unwritten_sequence: options.first_sequence,
            next_sequence: options.first_sequence,
            closed: false,
        })
    }

    /// Adds a batch of `operations` operations, whose `payload` is [`WriteBatch::payload`]. In its frame stands
    /// `durable_sequence`, the highest sequence known to be synced, with all before it, in whichever segment
    /// or table; never one that is only written.
    ///
    /// [`WriteBatch::payload`]: super::WriteBatch::payload
    ///
    /// # Errors
    /// What the disk reports. The batch is then not in the log, and the next append takes its place. After a
    /// crash it may be there all the same, if the disk kept what it refused.
    ///
    /// # Panics
    /// When `first_sequence` is not the one that is due, the batch is empty, or the log is closed.
    pub fn append(
        &mut self,
        first_sequence: Sequence,
        operations: usize,
        payload: &[u8],
        durable_sequence: Sequence,
        mode: AppendMode,
    ) -> Result<()> {
        assert!(!self.closed, "a closed log takes no batch");
        assert!(
            first_sequence == self.next_sequence && durable_sequence < first_sequence,
            "frame {first_sequence} (durable {durable_sequence}) where frame {} is due",
            self.next_sequence
        );
        assert!(operations > 0, "an empty batch takes no place in the log");
        let header =
            FrameHeader::batch(first_sequence, operations as u64, durable_sequence, payload);
        self.add(&header, payload, mode)
    }

    fn add(&mut self, header: &FrameHeader, payload: &[u8], mode: AppendMode) -> Result<()> {
        let start = self.buffer.len();
        let offset = self.written_bytes + start as u64;
        let frame_bytes_max = FRAME_HEADER_BYTES_MAX + payload.len();
        let full = start + frame_bytes_max > LOG_BUFFER_BYTES_MAX;
        header.encode(self.id, offset, &mut self.buffer);
        let outcome = if payload.len() > LOG_BUFFER_BYTES_MAX {
            // A long payload is not worth a copy.
            self.write_out(payload, header.next_sequence())
        } else {
            self.buffer.extend_from_slice(payload);
            if mode == AppendMode::WriteThrough || full {
                self.write_out(&[], header.next_sequence())
            } else {
                Ok(())
            }
        };
        if outcome.is_ok() {
            self.next_sequence = header.next_sequence();
        } else {
            self.buffer.truncate(start);
        }
        outcome
    }

    /// Writes the buffer and `tail` behind it. After an error the buffer is as it was.
    fn write_out(&mut self, tail: &[u8], next_sequence: Sequence) -> Result<()> {
        self.file.write_at(self.written_bytes, &self.buffer)?;
        let tail_at = self.written_bytes + self.buffer.len() as u64;
        if !tail.is_empty() {
            self.file.write_at(tail_at, tail)?;
        }
        self.written_bytes = tail_at + tail.len() as u64;
        self.unwritten_sequence = next_sequence;
        self.buffer.clear();
        let written = self.written_bytes;
        prepare(
            &mut self.file,
            written,
            &mut self.prepared_bytes,
            &mut self.ahead,
        );
        Ok(())
    }

    /// Hands what the buffer holds to the operating system.
    ///
    /// # Errors
    /// What the disk reports; the frames stay in the buffer, and may be flushed again.
    pub fn flush_buffer(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.write_out(&[], self.next_sequence)
    }

    /// Ends the log for good, as when the store is closed: everything in it is synced, and so is the mark that
    /// says so. A log that ends with the mark and lacks a write has been damaged.
    ///
    /// # Errors
    /// What the disk reports; the log then ends like that of a store that was not closed.
    pub fn close(&mut self) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.flush_buffer()?;
        self.file.sync()?;
        let header = FrameHeader::close(self.next_sequence);
        self.add(&header, &[], AppendMode::WriteThrough)?;
        self.closed = true;
        // What was written ahead is of no more use, and a former life's frames neither.
        self.file.truncate(self.written_bytes)?;
        self.file.sync()
    }

    /// Has blocks written before frames, or not, from here on: worth it once frames are synced one by one.
    #[inline]
    pub fn write_ahead(&mut self, ahead: Ahead) {
        self.ahead = ahead;
    }

    /// A handle that syncs without this writer.
    #[must_use]
    pub fn sync_handle(&self) -> SyncHandle {
        self.handle.clone()
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Its length with what is in the buffer, bytes; what is written ahead does not count.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.written_bytes + self.buffer.len() as u64
    }

    /// The last sequence in the log, or the one before its first.
    #[must_use]
    pub fn last_sequence(&self) -> Sequence {
        self.next_sequence - 1
    }

    /// The last sequence that the operating system has; a sync that begins now makes it durable.
    #[must_use]
    pub fn written_sequence(&self) -> Sequence {
        self.unwritten_sequence - 1
    }
}

/// Writes zeros behind the frames where these have reached the end of what is there.
fn prepare(file: &mut Box<dyn File>, written: u64, prepared: &mut u64, ahead: &mut Ahead) {
    if *ahead == Ahead::Nothing || written < *prepared {
        return;
    }
    *prepared = written;
    while *prepared < written + LOG_ZERO_AHEAD_BYTES {
        if file.write_at(*prepared, &ZEROS).is_err() {
            // Nothing is lost but speed. A full disk would say the same after every frame.
            *ahead = Ahead::Nothing;
            return;
        }
        *prepared += ZEROS.len() as u64;
    }
}

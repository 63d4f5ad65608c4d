//! Reading one segment, a window at a time.

use super::LOG_READ_BYTES;
use super::frame::{
    FRAME_HEADER_BYTES_MAX, FrameHeader, SEGMENT_HEADER_BYTES, SegmentHeader, mark,
};
use super::segments::log_file_name;
use crate::Result;
use crate::storage::describe::FileId;
use crate::vfs::{File, Vfs};

/// A segment that is being read.
#[derive(Debug)]
pub(super) struct SegmentReader {
    pub(super) header: SegmentHeader,
    file: Box<dyn File>,
    /// The file's length, bytes.
    bytes: u64,
    window: Vec<u8>,
    window_at: u64,
}

/// What stands where a frame may begin.
#[derive(Debug)]
pub(super) enum FrameAt<'a> {
    /// A frame, whole.
    Whole {
        header: FrameHeader,
        payload: &'a [u8],
        /// Where it ends.
        end: u64,
    },
    /// None, or one that does not hold.
    Broken { why: &'static str },
}

/// What a search for frames saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The end of the last frame whose header holds, or of the file if that comes first.
    pub(super) frames_end: u64,
    /// Where the last byte that is not zero ends.
    pub(super) bytes_end: u64,
}

impl SegmentReader {
    pub(super) fn open(vfs: &dyn Vfs, id: FileId) -> Result<Self> {
        let file = vfs.open(&log_file_name(id))?;
        let bytes = file.len()?;
        let mut start = vec![0; SEGMENT_HEADER_BYTES.min(bytes as usize)];
        file.read_exact_at(0, &mut start)?;
        Ok(Self {
            header: SegmentHeader::decode(id, &start)?,
            file,
            bytes,
            window: Vec::new(),
            window_at: 0,
        })
    }

    /// Bytes from `offset` on: at least `wanted` where the file has them, and as many as are at hand.
    fn from(&mut self, offset: u64, wanted: usize) -> Result<&[u8]> {
        let there = self.bytes.saturating_sub(offset);
        let wanted = (wanted as u64).min(there);
        let window_end = self.window_at + self.window.len() as u64;
        if offset < self.window_at || offset + wanted > window_end {
            let count = wanted.max(LOG_READ_BYTES as u64).min(there) as usize;
            self.window.clear();
            if count <= LOG_READ_BYTES {
                self.window.shrink_to(LOG_READ_BYTES);
            }
            self.window.resize(count, 0);
            self.window_at = offset;
            self.file.read_exact_at(offset, &mut self.window)?;
        }
        let start = offset.saturating_sub(self.window_at) as usize;
        Ok(self.window.get(start..).unwrap_or_default())
    }

    /// The frame at `offset`.
    pub(super) fn frame(&mut self, offset: u64) -> Result<FrameAt<'_>> {
        let id = self.header.id;
        let bytes = self.from(offset, FRAME_HEADER_BYTES_MAX)?;
        let Some((header, header_bytes)) = FrameHeader::decode(id, offset, bytes) else {
            return Ok(FrameAt::Broken {
                why: "has no whole frame header",
            });
        };
        let payload_at = offset + header_bytes as u64;
        let end = payload_at + header.payload_bytes as u64;
        if end > self.bytes {
            return Ok(FrameAt::Broken {
                why: "is cut short",
            });
        }
        let payload = &self.from(payload_at, header.payload_bytes)?[..header.payload_bytes];
        if !header.vouches_for(payload) {
            return Ok(FrameAt::Broken {
                why: "fails its checksum",
            });
        }
        Ok(FrameAt::Whole {
            header,
            payload,
            end,
        })
    }

    /// Shows `visit` every frame header that holds from `offset` on, with where it stands. A header is believed
    /// without its payload: what it says of the log was true when it was written.
    pub(super) fn search(
        &mut self,
        offset: u64,
        mut visit: impl FnMut(u64, &FrameHeader),
    ) -> Result<Seen> {
        let id = self.header.id;
        let mark = mark(id);
        let mut seen = Seen {
            frames_end: offset,
            bytes_end: offset,
        };
        let mut offset = offset;
        while offset < self.bytes {
            let bytes = self.from(offset, FRAME_HEADER_BYTES_MAX)?;
            let Some(skip) = bytes.iter().position(|byte| byte & 0xfe == mark) else {
                let nonzero = bytes.iter().rposition(|byte| *byte != 0);
                let count = bytes.len() as u64;
                seen.bytes_end = nonzero.map_or(seen.bytes_end, |last| offset + last as u64 + 1);
                offset += count;
                continue;
            };
            offset += skip as u64;
            let bytes = self.from(offset, FRAME_HEADER_BYTES_MAX)?;
            offset = match FrameHeader::decode(id, offset, bytes) {
                Some((header, header_bytes)) => {
                    visit(offset, &header);
                    let end = offset + header_bytes as u64 + header.payload_bytes as u64;
                    seen.frames_end = end.min(self.bytes);
                    end
                }
                None => offset + 1,
            };
            seen.bytes_end = offset.min(self.bytes);
        }
        Ok(seen)
    }
}

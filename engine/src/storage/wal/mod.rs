//! Lesson 5: the write-ahead log. Batches come in, in the order of writes; after a crash a prefix of them
//! comes out, which holds every batch that somebody was promised.
//!
//! ```text
//! WriteBatch --> SegmentWriter --> 000123.kvl, 000124.kvl, ... --> recover --> BatchView*
//! (bytes)         (frames)         (segments, recycled)             (verdict)
//! ```
//!
//! Invariants:
//! - a batch is the bytes of its frame's payload, and is there whole or not at all;
//! - sequences have no gap, within a segment and from one to the next;
//! - a frame says how far the log was synced when it was written, so that recovery tells a torn tail, which
//!   nobody was promised, from damage ([`recover`] has the table of verdicts);
//! - a `.kvl` file has had a whole header from the moment that it had its name ([`segments`]).
//!
//! The byte format is in [`frame`]. Write-ahead logging with sequence numbers and a checksummed frame for each
//! atomic group follows Mohan et al., "ARIES" (1992), section 3; recycled files are an idea of RocksDB
//! ("Recycle log files", 2015), which writes a log number into every record where we seed the checksum with it.

pub mod batch;
pub mod frame;
mod reader;
pub mod recover;
pub mod segments;
pub mod writer;

pub use batch::{
    BatchView, Operation, Operations, RANGE_BOUND_BYTES_MAX, STORED_KEY_BYTES_MAX, WriteBatch,
};
pub use recover::{OnDamage, Recovered, Recovery, TornAt, recover, seal};
pub use segments::{Retired, log_file_id, log_file_name, retire, segments, spares};
pub use writer::{Ahead, AppendMode, SegmentOptions, SegmentWriter, SyncHandle};

/// Frames that wait in memory to be written, bytes. One longer batch goes past the buffer.
pub const LOG_BUFFER_BYTES_MAX: usize = 256 << 10;
/// Zeros written ahead of the frames at a time, bytes.
pub const LOG_ZERO_AHEAD_BYTES: usize = 512 << 10;
/// Obsolete segments that are kept to be made new ones.
pub const LOG_RECYCLED_MAX: usize = 2;
/// An obsolete segment longer than this is not kept, bytes.
pub const LOG_SPARE_BYTES_MAX: u64 = 128 << 20;
/// What recovery reads at a time, bytes.
const LOG_READ_BYTES: usize = 1 << 20;

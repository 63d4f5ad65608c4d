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
//!   nobody was promised, from damage ([`recover()`] has the table of verdicts);
//! - a `.kvl` file has had a whole header from the moment that it had its name ([`segments()`]).
//!
//! What was measured, with puts of 16 + 100 bytes on ext4 (Linux 6.18), medians of interleaved rounds, by
//! `cargo test --release -p kvorum --lib storage::wal::writer -- --ignored --nocapture`:
//!
//! | choice | without | with | ratio |
//! |---|---|---|---|
//! | frames collected in the buffer, an append | 386 ns | 77 ns | 0.20 |
//! | zeros ahead, an append | 709 ns, 386 ns | 401 ns, 370 ns | 0.57, 0.96 |
//! | zeros ahead, an append and a sync | 184 us, 140 us | 125 us, 89 us | 0.68, 0.64 |
//! | a recycled file, an append and a sync | 184 us, 140 us | 118 us, 83 us | 0.64, 0.60 |
//! | pieces of 64 KiB rather than 512 KiB, an append over them | 675 ns | 367 ns | 0.54 |
//!
//! The second figure of a pair is a second run: the machine was shared. A put takes 6 to 15 ns to enter a batch, a
//! batch 95 ns to be recovered.
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

/// The log is written in pieces of at most so many bytes, but for batches that are longer. The page cache of Linux
/// takes a longer write in large folios, and a small write over one of these costs twice as much.
const LOG_WRITE_BYTES: usize = 64 << 10;
/// Frames that wait in memory to be written, bytes. One longer batch goes past the buffer.
pub const LOG_BUFFER_BYTES_MAX: usize = LOG_WRITE_BYTES;
/// Zeros written ahead of the frames at a time, bytes.
pub const LOG_ZERO_AHEAD_BYTES: u64 = 512 << 10;
/// Obsolete segments that are kept to be made new ones.
pub const LOG_RECYCLED_MAX: usize = 2;
/// An obsolete segment longer than this is not kept, bytes.
pub const LOG_SPARE_BYTES_MAX: u64 = 128 << 20;
/// What recovery reads at a time, bytes.
const LOG_READ_BYTES: usize = 1 << 20;

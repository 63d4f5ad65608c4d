//! Floor 2: what leaves a cache, and when (lesson 9).
//!
//! Expiry is about meaning: past its deadline a value is no longer an answer. Eviction is about space: some
//! value has to go, and a policy says which. The two meet in a cache, and stay apart here:
//!
//! ```text
//!   put, get, now_ms --> cache --what happens to which slot--> policy --> victim
//!                          |                                     '--> sketch (how often, of late)
//!                          '-----deadline of a slot-----------> wheel --> due slots
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`policy`] | which entry goes: LRU, LFU, CLOCK, S3-FIFO, W-TinyLFU and others behind one trait |
//! | [`sketch`] | how often a key was used of late, in 8 bytes an entry |
//! | [`wheel`] | which deadlines have passed, in constant time |
//! | [`cache`] | a byte-bounded map with both |
//! | [`trace`] | Zipf traces, and the hit ratio that a policy makes of one |
//!
//! No clock is read and nothing is left to chance: time is an argument in milliseconds, randomness comes from a
//! seed. `cargo run --release -p kvorum --example eviction` prints the figures of lesson 9.

pub mod cache;
mod chain;
mod index;
mod members;
pub mod policy;
pub mod sketch;
pub mod trace;
pub mod wheel;

/// The deadline of an entry that does not expire, ms.
pub const NEVER_MS: u64 = u64::MAX;

/// Where an entry is kept: an index into its owner's slab. Policies and wheels keep a few bytes for each slot up to
/// the highest they have seen, so numbers should be reused.
pub type Slot = u32;

/// Slots are below this number.
pub const SLOTS_MAX: u32 = u32::MAX - 1;

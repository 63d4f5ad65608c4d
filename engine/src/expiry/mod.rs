//! Floor 2: what leaves a cache, and when (lesson 9).
//!
//! Expiry is about meaning: past its deadline a value is no longer an answer. Eviction is about space: some
//! value has to go, and a policy says which. The two meet in a cache, and stay apart here:
//!
//! | module | what it is |
//! |---|---|
//! | [`policy`] | which entry goes: LRU, CLOCK, S3-FIFO and others behind one trait |
//!
//! No clock is read and nothing is left to chance: time is an argument in milliseconds, randomness comes from a
//! seed.

pub mod policy;

/// The deadline of an entry that does not expire, ms.
pub const NEVER_MS: u64 = u64::MAX;

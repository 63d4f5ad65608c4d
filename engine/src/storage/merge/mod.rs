//! From many sorted sources to one answer: what a reader sees, and what a compaction writes.

pub mod range_deletes;

//! Lesson 7: what came before what, and what is kept when nothing did.
//!
//! In go versions of one key, written on different nodes at unknown times; out comes the set of versions
//! that no other version supersedes. Invariants: a [`Dot`] names one write for ever; a [`Cell`] whose
//! `seen` covers a dot either holds that version or has seen a write that supersedes it; merging cells is
//! commutative, associative and idempotent, so the order of messages does not matter.

mod cell;
mod dot;
mod hlc;
mod resolve;
#[cfg(test)]
mod tests;
mod vector;

pub use cell::{Cell, Merged, Version};
pub use dot::{Actor, Dot};
pub use hlc::{HLC_AHEAD_MS_MAX, Hlc, RawWall, Stamp, StampClock};
pub use resolve::{KeepLatest, KeepSiblings, Resolve};
pub use vector::{Context, Relation, VersionVector};

//! Lesson 7: what came before what, and what is kept when nothing did.
//!
//! In go versions of one key, written on different nodes at unknown times, some to end at a deadline, some
//! asked for twice under one [`Token`]; out comes the set of versions that no other version supersedes.
//! Invariants: a [`Dot`] names one write for ever (see [`Actor`]); a [`Cell`] whose `seen` covers a dot
//! either holds that version or has seen a write that supersedes it; merging cells is commutative,
//! associative and idempotent, so the order of messages does not matter.
//!
//! A plain key, of at most three actors and one version, takes no memory beside its [`Cell`] and its value:
//! writing, merging, cloning and hashing it allocate nothing.

mod cell;
mod context;
mod digest;
mod dot;
mod encoding;
mod hlc;
mod live;
mod resolve;
#[cfg(test)]
mod tests;
mod tokens;
mod vector;

pub use cell::{Cell, Merged, Wrote};
pub use context::Context;
pub use dot::{Actor, Dot};
pub use hlc::{HLC_AHEAD_MS_MAX, Hlc, RawWall, Stamp, StampClock};
pub use live::{Live, Version};
pub use resolve::{KeepLatest, KeepSiblings, Resolve};
pub use tokens::Token;
pub use vector::{Relation, VersionVector};

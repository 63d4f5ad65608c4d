//! Dots and stamps as bytes, and what they take at most.

use crate::Result;
use crate::base::codec::{Reader, put_varint};
use crate::causal::{Actor, Dot};

/// A varint of 64 bits takes this many bytes at most.
pub(super) const VARINT_BYTES_MAX: usize = 10;
/// A dot: its actor's numbers and its counter.
pub(super) const DOT_BYTES_MAX: usize = 4 * VARINT_BYTES_MAX;
/// A stamp: milliseconds, logical part and node.
pub(super) const STAMP_BYTES_MAX: usize = 3 * VARINT_BYTES_MAX;

pub(super) fn put_dot(out: &mut Vec<u8>, dot: Dot) {
    dot.actor.encode(out);
    put_varint(out, dot.counter);
}

pub(super) fn take_dot(input: &mut Reader<'_>) -> Result<Dot> {
    Ok(Dot {
        actor: Actor::decode(input)?,
        counter: input.varint()?,
    })
}

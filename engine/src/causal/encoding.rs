//! Cells as bytes.
//!
//! ```text
//! seen   counters: count, then (actor, counter) each; single dots: count, then each
//! live   count, then each: dot, stamp, flags, deadline if flag 2, value behind its length if flag 1
//! tokens count, then each: stamp, token (8 bytes), dot
//! own    0, or 1 and the actor
//! ```
//!
//! Numbers are varints; lists ascend, so a cell has one form. What was stored may have been damaged since:
//! decoding gives an error for whatever [`Cell::encode`] would not have written.

use bytes::Bytes;

use super::cell::Cell;
use super::dot::{Actor, Dot};
use super::hlc::Stamp;
use super::live::{Live, Version};
use super::tokens::Tokens;
use super::vector::VersionVector;
use crate::base::codec::{Reader, put_slice, put_varint, varint_len};
use crate::base::limits::VALUE_BYTES_MAX;
use crate::base::time::Wall;
use crate::{Error, Result};

const HAS_VALUE: u8 = 1;
const HAS_DEADLINE: u8 = 2;

impl Cell {
    /// As bytes for the disk.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }

    /// Appends what [`encode`](Self::encode) gives; a buffer with room for it does not grow.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        self.seen.encode(out);
        put_varint(out, self.live.len() as u64);
        for (dot, version) in self.live.iter() {
            dot.encode(out);
            encode_version(version, out);
        }
        self.tokens.encode(out);
        match self.own {
            None => out.push(0),
            Some(actor) => {
                out.push(1);
                actor.encode(out);
            }
        }
    }

    /// How many bytes [`encode`](Self::encode) gives.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let live = self.live.iter();
        let live = live.map(|(dot, version)| dot.encoded_len() + version_len(version));
        self.seen.encoded_len()
            + varint_len(self.live.len() as u64)
            + live.sum::<usize>()
            + self.tokens.encoded_len()
            + 1
            + self.own.map_or(0, Actor::encoded_len)
    }

    /// From bytes of the disk.
    ///
    /// # Errors
    /// [`Error::Corruption`] when they are not a cell.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        decode(bytes, Bytes::copy_from_slice)
    }

    /// As [`decode`](Self::decode), but the values are parts of `bytes` rather than copies: nothing is
    /// copied, and all of `bytes` stays in memory for as long as one of them does.
    ///
    /// # Errors
    /// [`Error::Corruption`] when they are not a cell.
    pub fn decode_shared(bytes: &Bytes) -> Result<Self> {
        decode(bytes, |value| bytes.slice_ref(value))
    }
}

fn encode_version(version: &Version, out: &mut Vec<u8>) {
    version.stamp.encode(out);
    let value_flag = version.value.as_ref().map_or(0, |_| HAS_VALUE);
    let deadline_flag = version.deadline.map_or(0, |_| HAS_DEADLINE);
    out.push(value_flag | deadline_flag);
    if let Some(deadline) = version.deadline {
        put_varint(out, deadline.0);
    }
    if let Some(value) = &version.value {
        put_slice(out, value);
    }
}

fn version_len(version: &Version) -> usize {
    let value = version.value.as_ref();
    version.stamp.encoded_len()
        + 1
        + version
            .deadline
            .map_or(0, |deadline| varint_len(deadline.0))
        + value.map_or(0, |value| varint_len(value.len() as u64) + value.len())
}

fn decode(bytes: &[u8], own_value: impl Fn(&[u8]) -> Bytes) -> Result<Cell> {
    let mut input = Reader::new(bytes);
    let seen = VersionVector::decode(&mut input)?;
    let count = input.varint()?;
    let mut live = Live::default();
    for _ in 0..count {
        let dot = Dot::decode(&mut input)?;
        let version = decode_version(&mut input, &own_value)?;
        if !seen.covers(dot) || !live.push(dot, version) {
            return Err(Error::corruption(format!(
                "version {dot} stands twice, or out of order, or was never seen"
            )));
        }
    }
    let tokens = Tokens::decode(&mut input, &seen)?;
    let own = match input.byte()? {
        0 => None,
        1 => Some(Actor::decode(&mut input)?),
        flag => return Err(Error::corruption(format!("an actor flag of {flag}"))),
    };
    input.end()?;
    if let Some(actor) = own.filter(|actor| seen.highest(*actor) == 0) {
        return Err(Error::corruption(format!(
            "actor {actor} wrote here, and no write of it was seen"
        )));
    }
    Ok(Cell {
        seen,
        live,
        tokens,
        own,
    })
}

fn decode_version(input: &mut Reader<'_>, own_value: &impl Fn(&[u8]) -> Bytes) -> Result<Version> {
    let stamp = Stamp::decode(input)?;
    let flags = input.byte()?;
    if flags & !(HAS_VALUE | HAS_DEADLINE) != 0 {
        return Err(Error::corruption(format!("version flags of {flags}")));
    }
    let deadline = match flags & HAS_DEADLINE {
        0 => None,
        _ => Some(Wall(input.varint()?)),
    };
    let value = match flags & HAS_VALUE {
        0 => None,
        _ => Some(own_value(input.slice(VALUE_BYTES_MAX)?)),
    };
    Ok(Version {
        value,
        stamp,
        deadline,
    })
}

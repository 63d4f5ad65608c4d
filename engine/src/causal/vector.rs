//! Version vectors: which writes have been seen, one counter an actor.

use core::fmt;
use std::collections::BTreeMap;

use super::dot::{Actor, Dot};
use super::hlc::Stamp;
use crate::base::codec::{Reader, put_varint};
use crate::base::hash::{hash64, hash64_with};
use crate::base::limits::CONTEXT_BYTES_MAX;
use crate::{Error, Result};

/// How two histories stand to each other (Parker et al. 1983, "Detection of Mutual Inconsistency").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both saw the same writes.
    Equal,
    /// The first saw less.
    Before,
    /// The first saw more.
    After,
    /// Each saw a write that the other did not.
    Concurrent,
}

/// For each actor, the counter up to which its writes were seen. Absent means none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionVector {
    counters: BTreeMap<Actor, u64>,
}

impl VersionVector {
    /// True when `dot` is among the writes seen.
    #[must_use]
    pub fn covers(&self, dot: Dot) -> bool {
        self.counter(dot.actor) >= dot.counter
    }

    /// The counter of `actor`, 0 when none of its writes was seen.
    #[must_use]
    pub fn counter(&self, actor: Actor) -> u64 {
        self.counters.get(&actor).copied().unwrap_or(0)
    }

    /// Marks every write of `dot`'s actor up to and including it as seen.
    pub fn see(&mut self, dot: Dot) {
        let counter = self.counters.entry(dot.actor).or_insert(0);
        *counter = dot.counter.max(*counter);
    }

    /// Marks every write that `other` saw as seen: the least upper bound of both.
    pub fn join(&mut self, other: &Self) {
        for (&actor, &counter) in &other.counters {
            self.see(Dot { actor, counter });
        }
    }

    /// How this history stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Relation {
        let within = |a: &Self, b: &Self| {
            a.counters
                .iter()
                .all(|(&actor, &counter)| b.covers(Dot { actor, counter }))
        };
        match (within(self, other), within(other, self)) {
            (true, true) => Relation::Equal,
            (true, false) => Relation::Before,
            (false, true) => Relation::After,
            (false, false) => Relation::Concurrent,
        }
    }

    /// True when no write was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }

    /// How many actors it names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counters.len()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.counters.len() as u64);
        for (actor, &counter) in &self.counters {
            actor.encode(out);
            put_varint(out, counter);
        }
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        // No limit here: a merge may bring more actors together than one write may meet, and what was stored
        // must be read back. A forged count runs into the end of its bytes before it takes memory.
        let count = input.varint()?;
        let mut vector = Self::default();
        for _ in 0..count {
            let actor = Actor::decode(input)?;
            let counter = input.varint()?;
            if counter == 0 || vector.counters.insert(actor, counter).is_some() {
                return Err(Error::corruption(format!(
                    "actor {actor} stands twice, or with no write"
                )));
            }
        }
        Ok(vector)
    }
}

impl fmt::Display for VersionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (actor, counter)) in self.counters.iter().enumerate() {
            write!(f, "{}{actor}:{counter}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str("}")
    }
}

/// What a client has seen of a key. It travels as opaque bytes, comes back with the client's next write
/// of that key, and says which versions that write supersedes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The writes seen.
    pub seen: VersionVector,
    /// The highest stamp among them, so that the next stamp is higher still.
    pub stamp: Stamp,
}

impl Context {
    /// As bytes for the client. They carry a checksum over the key, too: a context of one key would claim
    /// writes of another that it has never seen, and a put with it would lose them.
    #[must_use]
    pub fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.seen.encode(&mut out);
        self.stamp.encode(&mut out);
        let tag = hash64_with(hash64(key), &out);
        out.extend_from_slice(&tag.to_le_bytes());
        out
    }

    /// From bytes that a client handed back; no bytes are the empty context.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when they are not a context of `key`, [`Error::TooLarge`] when too many.
    pub fn decode(key: &[u8], bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        if bytes.len() > CONTEXT_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "context",
                actual: bytes.len(),
                limit: CONTEXT_BYTES_MAX,
            });
        }
        let foreign = || {
            Error::invalid("this is no context of this key: hand back what its own get returned")
        };
        let (body, tag) = bytes.split_last_chunk::<8>().ok_or_else(foreign)?;
        if hash64_with(hash64(key), body).to_le_bytes() != *tag {
            return Err(foreign());
        }
        let mut input = Reader::new(body);
        let seen = VersionVector::decode(&mut input)?;
        let stamp = Stamp::decode(&mut input)?;
        input.end()?;
        Ok(Self { seen, stamp })
    }
}

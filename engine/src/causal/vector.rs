//! Version vectors: which writes have been seen, one counter an actor.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

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

/// Which writes were seen: for each actor the counter up to which all of its writes were, and beyond that
/// single dots. A writer who was told of its own write alone has seen just that dot, not those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionVector {
    counters: BTreeMap<Actor, u64>,
    /// Dots above their actor's counter plus one; what closes a gap moves into the counter.
    beyond: BTreeSet<Dot>,
}

impl VersionVector {
    /// True when `dot` is among the writes seen.
    #[must_use]
    pub fn covers(&self, dot: Dot) -> bool {
        self.counter(dot.actor) >= dot.counter || self.beyond.contains(&dot)
    }

    /// The counter up to which every write of `actor` was seen, 0 when the first one was not.
    #[must_use]
    pub fn counter(&self, actor: Actor) -> u64 {
        self.counters.get(&actor).copied().unwrap_or(0)
    }

    /// The highest counter of `actor` that was seen.
    #[must_use]
    pub fn highest(&self, actor: Actor) -> u64 {
        let single = self.beyond.iter().filter(|dot| dot.actor == actor);
        single
            .map(|dot| dot.counter)
            .max()
            .unwrap_or(0)
            .max(self.counter(actor))
    }

    /// Marks one write as seen.
    pub fn see(&mut self, dot: Dot) {
        if !self.covers(dot) {
            self.beyond.insert(dot);
            self.close_gaps();
        }
    }

    /// Marks every write that `other` saw as seen: the least upper bound of both.
    pub fn join(&mut self, other: &Self) {
        for (&actor, &counter) in &other.counters {
            let mine = self.counters.entry(actor).or_insert(0);
            *mine = counter.max(*mine);
        }
        self.beyond.extend(&other.beyond);
        self.close_gaps();
    }

    /// Moves dots that follow their actor's counter into it. Ascending order closes a run in one pass.
    fn close_gaps(&mut self) {
        for dot in core::mem::take(&mut self.beyond) {
            let counter = self.counter(dot.actor);
            if counter.checked_add(1) == Some(dot.counter) {
                self.counters.insert(dot.actor, dot.counter);
            } else if dot.counter > counter {
                self.beyond.insert(dot);
            }
        }
    }

    /// How this history stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Relation {
        let within = |a: &Self, b: &Self| {
            a.counters
                .iter()
                .all(|(actor, counter)| b.counter(*actor) >= *counter)
                && a.beyond.iter().all(|dot| b.covers(*dot))
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
        self.counters.is_empty() && self.beyond.is_empty()
    }

    /// How many counters and single dots it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counters.len() + self.beyond.len()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.counters.len() as u64);
        for (actor, &counter) in &self.counters {
            actor.encode(out);
            put_varint(out, counter);
        }
        put_varint(out, self.beyond.len() as u64);
        for dot in &self.beyond {
            dot.actor.encode(out);
            put_varint(out, dot.counter);
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
        for _ in 0..input.varint()? {
            let actor = Actor::decode(input)?;
            let dot = Dot {
                actor,
                counter: input.varint()?,
            };
            let follows = vector.counter(actor).saturating_add(1);
            if dot.counter <= follows || !vector.beyond.insert(dot) {
                return Err(Error::corruption(format!("dot {dot} stands twice")));
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
        for dot in &self.beyond {
            write!(f, " +{dot}")?;
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

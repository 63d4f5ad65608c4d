//! Version vectors: which writes have been seen, one counter an actor.

use core::fmt;

use smallvec::SmallVec;

use super::dot::{Actor, Dot};
use crate::base::codec::{Reader, put_varint, varint_len};
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
///
/// Three actors and one single dot, which is what most keys have, take no memory besides this struct.
///
/// Nothing prunes it. A counter may go only when no copy of a version that it covers can turn up again, on
/// any replica or in any message, and a cell cannot know that: it goes when its whole cell is purged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct VersionVector {
    /// Ascending by actor, each once, no counter of 0.
    counters: SmallVec<[(Actor, u64); 3]>,
    /// Ascending dots above their actor's counter plus one; what closes a gap moves into the counter.
    beyond: SmallVec<[Dot; 1]>,
}

impl Clone for VersionVector {
    fn clone(&self) -> Self {
        // By hand, since the derived one goes entry by entry; this one copies the bytes.
        Self {
            counters: SmallVec::from_slice(&self.counters),
            beyond: SmallVec::from_slice(&self.beyond),
        }
    }
}

impl VersionVector {
    /// True when `dot` is among the writes seen.
    #[must_use]
    pub fn covers(&self, dot: Dot) -> bool {
        self.counter(dot.actor) >= dot.counter || self.beyond.binary_search(&dot).is_ok()
    }

    /// The counter up to which every write of `actor` was seen, 0 when the first one was not.
    #[must_use]
    pub fn counter(&self, actor: Actor) -> u64 {
        self.place_of(actor).map_or(0, |at| self.counters[at].1)
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

    /// The counters, ascending by actor.
    pub fn counters(&self) -> impl Iterator<Item = (Actor, u64)> + '_ {
        self.counters.iter().copied()
    }

    /// The single dots that lie beyond their actor's counter, ascending.
    pub fn beyond(&self) -> impl Iterator<Item = Dot> + '_ {
        self.beyond.iter().copied()
    }

    /// Where `actor` stands among the counters, or would.
    fn place_of(&self, actor: Actor) -> core::result::Result<usize, usize> {
        self.counters.binary_search_by_key(&actor, |entry| entry.0)
    }

    /// Marks one write as seen.
    pub fn see(&mut self, dot: Dot) {
        if self.covers(dot) {
            return;
        }
        match self.place_of(dot.actor) {
            Ok(at) if self.counters[at].1.checked_add(1) == Some(dot.counter) => {
                self.counters[at].1 = dot.counter;
            }
            Err(at) if dot.counter == 1 => self.counters.insert(at, (dot.actor, 1)),
            _ => {
                let at = self.beyond.partition_point(|other| *other < dot);
                self.beyond.insert(at, dot);
                return;
            }
        }
        self.close_gaps();
    }

    /// Marks every write that `other` saw as seen: the least upper bound of both.
    pub fn join(&mut self, other: &Self) {
        self.take_in(other);
    }

    /// Joins `other` and says whether that added a write.
    pub(super) fn take_in(&mut self, other: &Self) -> bool {
        let (counters, dots) = (self.counters.len(), self.beyond.len());
        let mut changed = false;
        for &(actor, counter) in &other.counters {
            // Newcomers wait at the end, so that one sort puts all of them in their place.
            match self.counters[..counters].binary_search_by_key(&actor, |entry| entry.0) {
                Ok(at) if self.counters[at].1 < counter => self.counters[at].1 = counter,
                Ok(_) => continue,
                Err(_) => self.counters.push((actor, counter)),
            }
            changed = true;
        }
        if self.counters.len() > counters {
            self.counters.sort_unstable_by_key(|entry| entry.0);
        }
        for &dot in &other.beyond {
            let known = self.beyond[..dots].binary_search(&dot).is_ok();
            if !known && self.counter(dot.actor) < dot.counter {
                self.beyond.push(dot);
                changed = true;
            }
        }
        if changed && !self.beyond.is_empty() {
            self.beyond.sort_unstable();
            self.close_gaps();
        }
        changed
    }

    /// Moves dots that follow their actor's counter into it. Ascending order closes a run in one pass.
    fn close_gaps(&mut self) {
        let counters = &mut self.counters;
        self.beyond.retain(|dot| {
            // An actor without a counter has not been seen to write its first dot: a gap.
            let Ok(at) = counters.binary_search_by_key(&dot.actor, |entry| entry.0) else {
                return true;
            };
            let counter = &mut counters[at].1;
            if counter.checked_add(1) == Some(dot.counter) {
                *counter = dot.counter;
            }
            dot.counter > *counter
        });
    }

    /// True when every write that `other` saw was seen.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let mut counters = other.counters.iter();
        counters.all(|(actor, counter)| self.counter(*actor) >= *counter)
            && other.beyond.iter().all(|dot| self.covers(*dot))
    }

    /// How this history stands to `other`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Relation {
        match (other.includes(self), self.includes(other)) {
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

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.counters.len() as u64);
        for &(actor, counter) in &self.counters {
            Dot { actor, counter }.encode(out);
        }
        put_varint(out, self.beyond.len() as u64);
        for dot in &self.beyond {
            dot.encode(out);
        }
    }

    /// How many bytes `encode` appends.
    pub(crate) fn encoded_len(&self) -> usize {
        let counters = self.counters();
        let counters = counters.map(|(actor, counter)| Dot { actor, counter }.encoded_len());
        let beyond = self.beyond().map(Dot::encoded_len);
        varint_len(self.counters.len() as u64)
            + varint_len(self.beyond.len() as u64)
            + counters.chain(beyond).sum::<usize>()
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        // No limit here: a merge may bring more actors together than one write may meet, and what was stored
        // must be read back. A forged count runs into the end of its bytes before it takes memory.
        let count = input.varint()?;
        let mut vector = Self::default();
        for _ in 0..count {
            let Dot { actor, counter } = Dot::decode(input)?;
            let ascends = vector.counters.last().is_none_or(|last| last.0 < actor);
            if counter == 0 || !ascends {
                return Err(Error::corruption(format!(
                    "actor {actor} stands twice, out of order, or with no write"
                )));
            }
            vector.counters.push((actor, counter));
        }
        for _ in 0..input.varint()? {
            let dot = Dot::decode(input)?;
            let follows = vector.counter(dot.actor).saturating_add(1);
            if dot.counter <= follows || vector.beyond.last().is_some_and(|last| *last >= dot) {
                return Err(Error::corruption(format!(
                    "dot {dot} stands twice, or out of order"
                )));
            }
            vector.beyond.push(dot);
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

//! A set where an insert outlives a concurrent remove, and a removed element leaves nothing behind.
//!
//! The optimised observed-remove set (Bieniusa et al. 2012, "An optimized conflict-free replicated set", figure 2).
//! An element stands under the dots of its inserts. The set knows by a version vector of its own which inserts it
//! has seen: a dot that is seen and does not stand was removed, so that no tombstone is needed. The join keeps a
//! dot that both hold, or that one holds and the other has not seen.
//!
//! For each dot that is a line of three: not seen, standing, removed; the join takes the further.
//!
//! The vector is one counter an actor. It may be, for an actor builds each insert upon all of its earlier ones (see
//! the [module](super)): a state with the actor's insert 7 knows what became of 1 to 6.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::change::Origin;
use super::wire::{DOT_BYTES_MAX, VARINT_BYTES_MAX, put_dot, take_dot};
use crate::base::codec::{Reader, put_slice, put_varint};
use crate::base::limits::{ACTORS_MAX, CRDT_ENTRIES_MAX, VALUE_BYTES_MAX};
use crate::causal::{Actor, Dot};
use crate::{Error, Result};

/// Inserts seen: for each actor the counter of its latest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen(BTreeMap<Actor, u64>);

/// A set where an insert outlives a concurrent remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrSet {
    seen: Seen,
    /// Each element with the dots of its inserts, ascending, at least one; all of them seen.
    elements: BTreeMap<Bytes, Vec<Dot>>,
}

impl Seen {
    fn covers(&self, dot: Dot) -> bool {
        self.0.get(&dot.actor).copied().unwrap_or(0) >= dot.counter
    }

    fn see(&mut self, actor: Actor, counter: u64) {
        let mine = self.0.entry(actor).or_insert(0);
        *mine = counter.max(*mine);
    }
}

impl OrSet {
    /// The elements, sorted.
    pub fn elements(&self) -> impl ExactSizeIterator<Item = &Bytes> {
        self.elements.keys()
    }

    pub(super) fn insert(&mut self, element: &Bytes, origin: &Origin) -> Result<()> {
        let dot = origin.dot;
        if self.seen.covers(dot) {
            return Err(Error::invalid(format!(
                "dot {dot} was given before: an insert needs a fresh one"
            )));
        }
        if !self.elements.contains_key(element) && self.elements.len() >= CRDT_ENTRIES_MAX {
            return Err(Error::TooLarge {
                what: "elements of a set, in their number,",
                actual: self.elements.len() + 1,
                limit: CRDT_ENTRIES_MAX,
            });
        }
        if !self.seen.0.contains_key(&dot.actor) && self.seen.0.len() >= ACTORS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{ACTORS_MAX} actors have written this set"),
            });
        }
        self.seen.see(dot.actor, dot.counter);
        // The new dot stands for the earlier ones, too: who removes it has seen them.
        self.elements.insert(element.clone(), vec![dot]);
        Ok(())
    }

    pub(super) fn remove(&mut self, element: &[u8]) {
        self.elements.remove(element);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.elements.retain(|element, dots| {
            let theirs = other.elements.get(element).map_or(&[][..], Vec::as_slice);
            dots.retain(|dot| theirs.contains(dot) || !other.seen.covers(*dot));
            !dots.is_empty()
        });
        for (element, dots) in &other.elements {
            let mut news = dots
                .iter()
                .filter(|dot| !self.seen.covers(**dot))
                .peekable();
            if news.peek().is_some() {
                let mine = self.elements.entry(element.clone()).or_default();
                mine.extend(news);
                mine.sort_unstable();
            }
        }
        for (&actor, &counter) in &other.seen.0 {
            self.seen.see(actor, counter);
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        let dots = |dots: &Vec<Dot>| dots.len() * DOT_BYTES_MAX;
        let element =
            |(element, at): (&Bytes, &Vec<Dot>)| 2 * VARINT_BYTES_MAX + element.len() + dots(at);
        2 * VARINT_BYTES_MAX
            + self.seen.0.len() * DOT_BYTES_MAX
            + self.elements.iter().map(element).sum::<usize>()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.seen.0.len() as u64);
        for (&actor, &counter) in &self.seen.0 {
            put_dot(out, Dot { actor, counter });
        }
        put_varint(out, self.elements.len() as u64);
        for (element, dots) in &self.elements {
            put_slice(out, element);
            put_varint(out, dots.len() as u64);
            for &dot in dots {
                put_dot(out, dot);
            }
        }
    }

    /// `whole` is what `input` reads; elements share its memory.
    pub(super) fn decode(input: &mut Reader<'_>, whole: &Bytes) -> Result<Self> {
        let mut set = Self::default();
        for _ in 0..input.varint()? {
            let dot = take_dot(input)?;
            set.seen.see(dot.actor, dot.counter);
        }
        for _ in 0..input.varint()? {
            let element = whole.slice_ref(input.slice(VALUE_BYTES_MAX)?);
            let mut dots = Vec::new();
            for _ in 0..input.varint()? {
                dots.push(take_dot(input)?);
            }
            let unseen = dots.iter().find(|dot| !set.seen.covers(**dot));
            if unseen.is_some() || dots.is_empty() || !dots.is_sorted_by(|a, b| a < b) {
                return Err(Error::corruption(
                    "an element with no insert, or with one that was never seen",
                ));
            }
            set.elements.insert(element, dots);
        }
        Ok(set)
    }
}

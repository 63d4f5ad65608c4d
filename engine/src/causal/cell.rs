//! All that a replica knows of one key: a dotted version vector set (Preguiça et al. 2010, "Dotted
//! Version Vectors"; Almeida et al. 2014).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::dot::{Actor, Dot};
use super::hlc::Stamp;
use super::resolve::Resolve;
use super::vector::{Context, VersionVector};
use crate::base::codec::{Reader, put_slice, put_varint};
use crate::base::hash::hash64;
use crate::base::limits::{ACTORS_MAX, SIBLINGS_MAX, VALUE_BYTES_MAX};
use crate::{Error, Result};

/// One written value, or the tombstone of a delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The value; none is a tombstone.
    pub value: Option<Bytes>,
    /// When it was written. A request is stamped once, so two versions with one stamp and one value are one
    /// write that came in twice.
    pub stamp: Stamp,
}

/// The versions of a key that no other supersedes, and every write ever seen.
///
/// Invariant: each live dot is covered by `seen`. A dot that is covered but not live was superseded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    seen: VersionVector,
    live: BTreeMap<Dot, Version>,
}

impl Cell {
    /// Adds a write under the next dot of `actor`. It supersedes what `context` has seen, or, where `resolve`
    /// keeps one version only, what has a lower stamp.
    ///
    /// # Errors
    /// [`Error::Conflict`] when [`SIBLINGS_MAX`] versions would stand beside each other,
    /// [`Error::Overloaded`] when [`ACTORS_MAX`] actors have written the key; the cell stays as it was.
    pub fn write(
        &mut self,
        actor: Actor,
        context: &VersionVector,
        version: Version,
        resolve: &dyn Resolve,
    ) -> Result<Dot> {
        let mut seen = self.seen.clone();
        seen.join(context);
        let Some(counter) = seen.highest(actor).checked_add(1) else {
            return Err(Error::Overloaded {
                detail: format!("actor {actor} has no counter left"),
            });
        };
        let dot = Dot { actor, counter };
        seen.see(dot);
        let mut live = self.live.clone();
        // Where the latest stamp wins it must win alone: a context that removed a later stamp would make the
        // outcome depend on which replica met which write first.
        if resolve.keeps_siblings() {
            live.retain(|dot, _| !context.covers(*dot));
        }
        live.insert(dot, version);
        resolve.resolve(&mut live);
        if live.len() > SIBLINGS_MAX {
            return Err(Error::Conflict {
                detail: format!(
                    "{SIBLINGS_MAX} concurrent versions already; get the key and put with that context"
                ),
            });
        }
        if seen.len() > ACTORS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{ACTORS_MAX} actors have written this key"),
            });
        }
        *self = Self { seen, live };
        Ok(dot)
    }

    /// Takes in what another replica knows. A version that only one side holds stays, unless the other
    /// has seen it and dropped it: then something superseded it.
    pub fn merge(&mut self, other: &Self, resolve: &dyn Resolve) -> Merged {
        let before = (self.seen.clone(), self.live.len());
        let seen = &self.seen;
        self.live
            .retain(|dot, _| other.live.contains_key(dot) || !other.seen.covers(*dot));
        let news = other.live.iter().filter(|(dot, _)| !seen.covers(**dot));
        self.live
            .extend(news.map(|(dot, version)| (*dot, version.clone())));
        self.seen.join(&other.seen);
        resolve.resolve(&mut self.live);
        if (&before.0, before.1) == (&self.seen, self.live.len()) {
            Merged::Nothing
        } else {
            Merged::News
        }
    }

    /// The values, sorted by bytes; tombstones are left out, a write that came in twice counts once.
    #[must_use]
    pub fn values(&self) -> Vec<Bytes> {
        // A node that died and came back within one millisecond may give a stamp twice, to two different
        // writes: only with the value, too, is a version known to be another's copy.
        let mut shown = BTreeSet::new();
        let valued = self.live.values().filter_map(|version| {
            let value = version.value.clone()?;
            Some((version.stamp, value))
        });
        let once = valued.filter(|version| shown.insert(version.clone()));
        let mut values: Vec<Bytes> = once.map(|(_, value)| value).collect();
        values.sort_unstable();
        values
    }

    /// What a client that is shown this cell has seen.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            seen: self.seen.clone(),
            stamp: self.stamp(),
        }
    }

    /// The highest stamp among the live versions.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.live
            .values()
            .map(|version| version.stamp)
            .max()
            .unwrap_or_default()
    }

    /// The writes seen.
    #[must_use]
    pub fn seen(&self) -> &VersionVector {
        &self.seen
    }

    /// The versions that no other supersedes.
    #[must_use]
    pub fn live(&self) -> &BTreeMap<Dot, Version> {
        &self.live
    }

    /// True when no write was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// A hash of all of it: equal cells have equal digests.
    #[must_use]
    pub fn digest(&self) -> u64 {
        hash64(&self.encode())
    }

    /// As bytes for the disk; equal cells give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.seen.encode(&mut out);
        put_varint(&mut out, self.live.len() as u64);
        for (dot, version) in &self.live {
            dot.actor.encode(&mut out);
            put_varint(&mut out, dot.counter);
            version.stamp.encode(&mut out);
            match &version.value {
                None => out.push(0),
                Some(value) => {
                    out.push(1);
                    put_slice(&mut out, value);
                }
            }
        }
        out
    }

    /// From bytes of the disk.
    ///
    /// # Errors
    /// [`Error::Corruption`] when they are not a cell.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let seen = VersionVector::decode(&mut input)?;
        let count = input.varint()?;
        let mut live = BTreeMap::new();
        for _ in 0..count {
            let actor = Actor::decode(&mut input)?;
            let dot = Dot {
                actor,
                counter: input.varint()?,
            };
            let stamp = Stamp::decode(&mut input)?;
            let value = match input.byte()? {
                0 => None,
                1 => Some(Bytes::copy_from_slice(input.slice(VALUE_BYTES_MAX)?)),
                flag => return Err(Error::corruption(format!("a value flag of {flag}"))),
            };
            if !seen.covers(dot) || live.insert(dot, Version { value, stamp }).is_some() {
                return Err(Error::corruption(format!(
                    "version {dot} stands twice, or was never seen"
                )));
            }
        }
        input.end()?;
        Ok(Self { seen, live })
    }
}

/// Whether a merge changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The other side knew nothing new.
    Nothing,
    /// Something new was taken in.
    News,
}

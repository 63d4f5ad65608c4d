//! A state of any kind: what is stored, merged, changed and shown.

use bytes::Bytes;

use super::change::{Change, Origin};
use super::g_counter::GCounter;
use super::kind::Kind;
use super::map::Map;
use super::or_set::OrSet;
use super::pn_counter::PnCounter;
use super::register::Register;
use super::wire::{DOT_BYTES_MAX, STAMP_BYTES_MAX, VARINT_BYTES_MAX};
use crate::base::codec::Reader;
use crate::base::limits::{CRDT_BYTES_MAX, VALUE_BYTES_MAX};
use crate::{Error, Result};

/// What one change may add beyond its payload, bytes: an actor's new share with one entry is the most.
const CHANGE_BYTES_MAX: usize = 2 * DOT_BYTES_MAX + 12 * VARINT_BYTES_MAX + STAMP_BYTES_MAX;

/// A state of one key: a member of its kind's semilattice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// See [`Kind::GCounter`].
    GCounter(GCounter),
    /// See [`Kind::PnCounter`].
    PnCounter(PnCounter),
    /// See [`Kind::OrSet`].
    OrSet(OrSet),
    /// See [`Kind::Map`].
    Map(Map),
    /// See [`Kind::Register`].
    Register(Register),
}

impl State {
    /// The least state, which changes nothing it is merged with.
    #[must_use]
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::GCounter => Self::GCounter(GCounter::default()),
            Kind::PnCounter => Self::PnCounter(PnCounter::default()),
            Kind::OrSet => Self::OrSet(OrSet::default()),
            Kind::Map => Self::Map(Map::default()),
            Kind::Register => Self::Register(Register::default()),
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::GCounter(_) => Kind::GCounter,
            Self::PnCounter(_) => Kind::PnCounter,
            Self::OrSet(_) => Kind::OrSet,
            Self::Map(_) => Kind::Map,
            Self::Register(_) => Kind::Register,
        }
    }

    /// Makes one change. The origin's dot must be fresh, and this state hold all that its actor's replica does of
    /// the key (see the [module](super)).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the kind does not take the change, a sum passes 64 bits, a token comes with
    /// two amounts, or the dot is not fresh; [`Error::TooLarge`] past [`CRDT_ENTRIES_MAX`] or [`CRDT_BYTES_MAX`], and
    /// for a register, and for what removes, past [`VALUE_BYTES_MAX`]; [`Error::Overloaded`] past
    /// [`COUNTER_RECENT_MAX`] or [`ACTORS_MAX`]. The state stays as it was.
    ///
    /// [`CRDT_ENTRIES_MAX`]: crate::base::limits::CRDT_ENTRIES_MAX
    /// [`COUNTER_RECENT_MAX`]: crate::base::limits::COUNTER_RECENT_MAX
    /// [`ACTORS_MAX`]: crate::base::limits::ACTORS_MAX
    pub fn apply(&mut self, change: &Change, origin: &Origin) -> Result<()> {
        let limit = self.bytes_limit(change);
        let bytes_at_most = self.bytes_at_most() + change.payload_bytes() + CHANGE_BYTES_MAX;
        if bytes_at_most <= limit {
            return self.change(change, origin);
        }
        let mut next = self.clone();
        next.change(change, origin)?;
        let actual = next.encode().len();
        if actual > limit {
            return Err(Error::TooLarge {
                what: "the encoded state that this change would leave",
                actual,
                limit,
            });
        }
        *self = next;
        Ok(())
    }

    /// What two sides filled, a merge brings together: what takes away may start from there.
    fn bytes_limit(&self, change: &Change) -> usize {
        let to_the_brim = match (self, change) {
            (Self::Register(_), _) | (Self::OrSet(_), Change::Remove(_)) => true,
            (Self::Map(map), Change::Unset { field }) => map.knows(field),
            _ => false,
        };
        if to_the_brim {
            VALUE_BYTES_MAX
        } else {
            CRDT_BYTES_MAX
        }
    }

    fn change(&mut self, change: &Change, origin: &Origin) -> Result<()> {
        match (&mut *self, change) {
            (Self::GCounter(counter), Change::Add(delta)) => counter.add(*delta, origin),
            (Self::PnCounter(counter), Change::Add(delta)) => counter.add(*delta, origin),
            (Self::OrSet(set), Change::Insert(element)) => set.insert(element, origin),
            (Self::OrSet(set), Change::Remove(element)) => {
                set.remove(element);
                Ok(())
            }
            (Self::Map(map), Change::Set { field, value }) => {
                map.write(field, Some(value.clone()), origin)
            }
            (Self::Map(map), Change::Unset { field }) => map.write(field, None, origin),
            (Self::Register(register), Change::Assign(value)) => {
                register.assign(value, origin);
                Ok(())
            }
            _ => {
                let (kind, change) = (self.kind(), change.name());
                Err(Error::invalid(format!(
                    "kind {kind} takes {}, not {change}",
                    kind.takes()
                )))
            }
        }
    }

    /// Takes in another state of the same key: the least upper bound of both. Past a limit, too: replicas would
    /// not agree if one of them refused.
    ///
    /// # Errors
    /// [`Error::Corruption`] when it is of another kind; this state stays as it was.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        match (&mut *self, other) {
            (Self::GCounter(mine), Self::GCounter(theirs)) => mine.merge(theirs),
            (Self::PnCounter(mine), Self::PnCounter(theirs)) => mine.merge(theirs),
            (Self::OrSet(mine), Self::OrSet(theirs)) => mine.merge(theirs),
            (Self::Map(mine), Self::Map(theirs)) => mine.merge(theirs),
            (Self::Register(mine), Self::Register(theirs)) => mine.merge(theirs),
            _ => {
                let (mine, theirs) = (self.kind(), other.kind());
                return Err(Error::corruption(format!(
                    "a state of kind {theirs} stands beside one of kind {mine}"
                )));
            }
        }
        Ok(())
    }

    /// What a reader is shown: a counter as one decimal number, a set's elements sorted, a map's `field=value`
    /// sorted by field, a register's value if it has one.
    #[must_use]
    pub fn values(&self) -> Vec<Bytes> {
        let decimal = |sum: i128| vec![Bytes::from(sum.to_string())];
        match self {
            Self::GCounter(counter) => decimal(counter.sum()),
            Self::PnCounter(counter) => decimal(counter.sum()),
            Self::OrSet(set) => set.elements().cloned().collect(),
            Self::Map(map) => map.lines().collect(),
            Self::Register(register) => register.value().cloned().into_iter().collect(),
        }
    }

    /// An upper bound of the length of [`State::encode`], bytes, found without encoding.
    fn bytes_at_most(&self) -> usize {
        1 + match self {
            Self::GCounter(counter) => counter.bytes_at_most(),
            Self::PnCounter(counter) => counter.bytes_at_most(),
            Self::OrSet(set) => set.bytes_at_most(),
            Self::Map(map) => map.bytes_at_most(),
            Self::Register(register) => register.bytes_at_most(),
        }
    }

    /// As bytes for a version's value; equal states give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.kind().tag()];
        match self {
            Self::GCounter(counter) => counter.encode(&mut out),
            Self::PnCounter(counter) => counter.encode(&mut out),
            Self::OrSet(set) => set.encode(&mut out),
            Self::Map(map) => map.encode(&mut out),
            Self::Register(register) => register.encode(&mut out),
        }
        debug_assert!(out.len() <= self.bytes_at_most(), "the bound holds");
        out
    }

    /// From the bytes of a version's value. Every string but what [`State::encode`] writes is refused: one that
    /// says the same in other bytes would make equal states look different.
    ///
    /// # Errors
    /// [`Error::Corruption`] when they are not a state of `kind`.
    pub fn decode(kind: Kind, bytes: &[u8]) -> Result<Self> {
        let whole = Bytes::copy_from_slice(bytes);
        let mut input = Reader::new(&whole);
        let tag = input.byte()?;
        if tag != kind.tag() {
            return Err(Error::corruption(format!(
                "a state with tag {tag} where kind {kind} has {}",
                kind.tag()
            )));
        }
        let state = match kind {
            Kind::GCounter => Self::GCounter(GCounter::decode(&mut input)?),
            Kind::PnCounter => Self::PnCounter(PnCounter::decode(&mut input)?),
            Kind::OrSet => Self::OrSet(OrSet::decode(&mut input, &whole)?),
            Kind::Map => Self::Map(Map::decode(&mut input, &whole)?),
            Kind::Register => Self::Register(Register::decode(&mut input, &whole)?),
        };
        input.end()?;
        if state.encode() != bytes {
            return Err(Error::corruption(format!(
                "a state of kind {kind} that no node writes: out of order, twice, or too long"
            )));
        }
        Ok(state)
    }
}

/// Joins what siblings hold.
///
/// # Errors
/// [`Error::Corruption`] when one of `states` is not a state of `kind`.
pub fn join(kind: Kind, states: impl Iterator<Item = impl AsRef<[u8]>>) -> Result<State> {
    let mut joined = State::empty(kind);
    for state in states {
        joined.merge(&State::decode(kind, state.as_ref())?)?;
    }
    Ok(joined)
}

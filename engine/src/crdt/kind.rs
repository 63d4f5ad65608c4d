//! Which data type a table holds.

use core::fmt;
use core::str::FromStr;

use crate::{Error, Result};

/// A data type that merges by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A counter that only grows (Shapiro et al. 2011, "A comprehensive study", section 3.1.1).
    ///
    /// Costs some 12 bytes an actor that ever added (every life of a node is one), and 22 bytes an increment with a
    /// token of the last ten minutes.
    GCounter,
    /// A counter up and down (section 3.1.3). Costs what [`Kind::GCounter`] does. It may fall below zero: two
    /// sides that each subtract what is there cannot know of each other.
    PnCounter,
    /// A set where an insert outlives a concurrent remove (Bieniusa et al. 2012, "An optimized conflict-free
    /// replicated set").
    ///
    /// Costs each element with 4 bytes or so a dot, one dot an element but where inserts were concurrent, and a
    /// counter an actor. A removed element costs nothing.
    OrSet,
    /// Fields with values, each of which the later stamp wins.
    ///
    /// Costs each field's name, value, stamp and dot. A removed field keeps all but its value, and counts among the
    /// fields: deleting the key is what frees it.
    Map,
    /// One value, which the later stamp wins (section 3.2.1). Costs the value with its stamp and dot, and the
    /// earlier of two concurrent writes.
    Register,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::GCounter,
        Self::PnCounter,
        Self::OrSet,
        Self::Map,
        Self::Register,
    ];

    /// The name in scripts and in a table's policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GCounter => "gcounter",
            Self::PnCounter => "counter",
            Self::OrSet => "orset",
            Self::Map => "map",
            Self::Register => "register",
        }
    }

    /// The changes that it takes, as an error's text lists them.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Self::GCounter => "add of 0 or more",
            Self::PnCounter => "add",
            Self::OrSet => "insert and remove",
            Self::Map => "set and unset",
            Self::Register => "assign",
        }
    }

    /// The first byte of its states.
    pub(super) fn tag(self) -> u8 {
        match self {
            Self::GCounter => 1,
            Self::PnCounter => 2,
            Self::OrSet => 3,
            Self::Map => 4,
            Self::Register => 5,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    /// The kind of a name.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] that lists the names.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!("'{text}' is no data type: there are {names}"))
        })
    }
}

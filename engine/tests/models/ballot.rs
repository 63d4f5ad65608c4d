//! What the models of the register share: ballots, and the state that is agreed on.

use core::fmt;

/// A proposal's number: unique, since no two lives of a node share a `life` and no life uses a round twice.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ballot {
    pub round: u8,
    pub node: u8,
    pub life: u8,
}

impl fmt::Debug for Ballot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.round, self.node, self.life)
    }
}

/// A register's state as the ids of the changes that made it, oldest first, four bits each. The version is the number
/// of changes (and of those that were erased before), the value is what the last one wrote; so whoever compares two
/// states compares all that led to them.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Log {
    /// Versions that were erased with their ids.
    pub base: u8,
    ops: u32,
}

impl Log {
    /// What is left of a register that was erased at `version`.
    pub const fn erased(version: u8) -> Self {
        Self {
            base: version,
            ops: 0,
        }
    }

    pub fn last(self) -> Option<u8> {
        self.ids().last()
    }

    pub fn ids(self) -> impl Iterator<Item = u8> {
        (0..8)
            .map(move |place| (self.ops >> (4 * place)) as u8 & 15)
            .take_while(|id| *id != 0)
    }

    pub fn version(self) -> u8 {
        self.base + self.ids().count() as u8
    }

    /// The version that the change `id` made, if the state knows of it.
    pub fn version_of(self, id: u8) -> Option<u8> {
        let place = self.ids().position(|other| other == id)?;
        Some(self.base + 1 + place as u8)
    }

    pub fn then(self, id: u8) -> Self {
        let place = self.ids().count();
        assert!(place < 8 && 0 < id && id < 16, "a log holds eight ids");
        Self {
            base: self.base,
            ops: self.ops | u32::from(id) << (4 * place),
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "v{}", self.version())?;
        formatter.debug_list().entries(self.ids()).finish()
    }
}

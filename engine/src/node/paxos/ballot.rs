//! Ballots: the order of proposals of one register.

use crate::base::codec::{Reader, put_varint};
use crate::{NodeId, Result};

/// The number of a proposal (Lamport 2001, "Paxos Made Simple", section 2.2): of two, one is greater, and no two
/// proposals ever have the same one. A node's life is in it since a node that was started again does not know
/// which rounds it has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ballot {
    /// Counts up: a proposer goes beyond every round that it was told of.
    pub round: u64,
    /// Whose proposal it is.
    pub node: u32,
    /// In which of its lives, from 1.
    pub life: u32,
}

impl Ballot {
    /// Before every proposal.
    pub const NONE: Self = Self {
        round: 0,
        node: 0,
        life: 0,
    };

    /// Whether it stands before every proposal.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The proposer's next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            round: self.round.saturating_add(1),
            ..self
        }
    }

    /// The node that proposes under it.
    #[must_use]
    pub fn proposer(self) -> NodeId {
        NodeId(self.node)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        put_varint(out, self.round);
        put_varint(out, u64::from(self.node));
        put_varint(out, u64::from(self.life));
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            round: reader.varint()?,
            node: reader.varint32()?,
            life: reader.varint32()?,
        })
    }
}

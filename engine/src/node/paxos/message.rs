//! What proposers and acceptors say to each other.

use bytes::Bytes;

use super::ballot::Ballot;
use super::state::State;
use crate::base::id::RequestId;

/// A message about one register. What is said under a ballot is answered under it; `u64` numbers the proposer's
/// work on the register, so that an answer finds it.
#[derive(Clone, Debug)]
pub enum PaxosMessage {
    /// To an acceptor: promise to take nothing below this ballot, and tell what you have accepted.
    Prepare(u64, Bytes, Ballot),
    /// From one that did: it had accepted this state under this ballot.
    Promised(u64, Ballot, Ballot, Box<State>),
    /// To an acceptor: take this state, and promise the second ballot.
    Accept(u64, Bytes, Ballot, Ballot, Box<State>),
    /// From one that did.
    Accepted(u64, Ballot),
    /// From one that did neither: it has promised this greater one.
    Refused(u64, Ballot, Ballot),
    /// From one that has lost its disk, to another that has: it knows nothing of this register.
    Blank(u64, Ballot),
    /// To an acceptor: what do you hold?
    Query(RequestId, Bytes),
    /// From an acceptor: this, accepted under the first ballot; the second is the greatest that it knows to be chosen.
    Holds(RequestId, Ballot, Ballot, Box<State>),
    /// To an acceptor: every one has accepted a tombstone under this ballot; forget the register.
    Erase(Bytes, Ballot),
    /// To an acceptor: a majority has accepted this ballot.
    Chosen(Bytes, Ballot),
}

impl PaxosMessage {
    /// The greatest round that it names: one beyond all sense is not believed.
    #[must_use]
    pub fn round(&self) -> u64 {
        match self {
            Self::Prepare(_, _, ballot)
            | Self::Accepted(_, ballot)
            | Self::Blank(_, ballot)
            | Self::Erase(_, ballot)
            | Self::Chosen(_, ballot) => ballot.round,
            Self::Promised(_, one, other, _)
            | Self::Accept(_, _, one, other, _)
            | Self::Refused(_, one, other)
            | Self::Holds(_, one, other, _) => one.round.max(other.round),
            Self::Query(..) => 0,
        }
    }

    /// One word for pictures and traces.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Prepare(..) => "prepare",
            Self::Promised(..) => "promised",
            Self::Accept(..) => "accept",
            Self::Accepted(..) => "accepted",
            Self::Refused(..) => "refused",
            Self::Blank(..) => "blank",
            Self::Query(..) => "query",
            Self::Holds(..) => "holds",
            Self::Erase(..) => "erase",
            Self::Chosen(..) => "chosen",
        }
    }
}

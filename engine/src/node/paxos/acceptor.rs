//! One owner's part in a register: what it has promised, and what it has accepted.

use super::ballot::Ballot;
use super::state::State;
use crate::Result;
use crate::base::codec::Reader;

/// An acceptor (Lamport 2001, section 2.2), of one register on one node. Whatever it answers is on its disk first.
///
/// ```text
///   Prepare(b)        b >= promised    promised = b                          Promised(accepted, state)
///   Accept(b, s, n)   b >= promised    accepted = b, state = s, promised = n Accepted
///   either            b <  promised    nothing                               Refused(promised)
/// ```
///
/// Invariant: `promised >= accepted`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptor {
    /// Nothing below this is taken any more.
    pub promised: Ballot,
    /// Under which ballot `state` was accepted.
    pub accepted: Ballot,
    /// What was accepted last.
    pub state: State,
    /// The greatest ballot that is known to be chosen: a majority has accepted it.
    pub chosen: Ballot,
}

/// What an acceptor says to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Taken,
    /// No: it has promised this ballot, which is greater.
    Refused(Ballot),
}

impl Acceptor {
    /// Phase 1: promises to take nothing below `ballot`.
    pub fn prepare(&mut self, ballot: Ballot) -> Verdict {
        if ballot < self.promised {
            return Verdict::Refused(self.promised);
        }
        self.promised = ballot;
        Verdict::Taken
    }

    /// Phase 2: takes a state, and promises `next`, the same proposer's next ballot, in one step: with the promises
    /// of a majority it need not prepare again (Rystsov 2018, "CASPaxos", one-round-trip optimization).
    pub fn accept(&mut self, ballot: Ballot, state: State, next: Ballot) -> Verdict {
        if ballot == self.accepted {
            return Verdict::Taken; // Asked once more: it has accepted this.
        }
        if ballot < self.promised {
            return Verdict::Refused(self.promised);
        }
        self.accepted = ballot;
        self.state = state;
        self.promised = next.max(ballot);
        Verdict::Taken
    }

    /// Takes in what another acceptor of the register has promised and accepted. True where that was news.
    pub fn learn(&mut self, other: &Self) -> bool {
        let before = (self.promised, self.accepted, self.chosen);
        self.promised = self.promised.max(other.promised);
        self.chosen = self.chosen.max(other.chosen);
        if other.accepted > self.accepted {
            self.accepted = other.accepted;
            self.state = other.state.clone();
        }
        before != (self.promised, self.accepted, self.chosen)
    }

    /// Puts its bytes into `out`, which is emptied first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        self.promised.encode(out);
        self.accepted.encode(out);
        self.chosen.encode(out);
        self.state.encode(out);
    }

    /// The acceptor behind its bytes.
    ///
    /// # Errors
    /// [`Error::Corruption`](crate::Error::Corruption) when they make no sense.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let acceptor = Self {
            promised: Ballot::decode(&mut reader)?,
            accepted: Ballot::decode(&mut reader)?,
            chosen: Ballot::decode(&mut reader)?,
            state: State::decode(&mut reader)?,
        };
        reader.end()?;
        Ok(acceptor)
    }
}

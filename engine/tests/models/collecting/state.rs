//! Owners, proposers and collectors of a register that is deleted.

use super::super::ballot::{Ballot, Log};
use super::super::history::History;

pub const NODES: usize = 3;
/// Changes from this id on are deletes: what they write is a tombstone.
pub const DELETES: u8 = 8;

pub fn is_tombstone(log: Log) -> bool {
    log.last().is_some_and(|id| id >= DELETES)
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub struct Held {
    pub promised: Ballot,
    pub accepted: Ballot,
    /// Once it is erased, the version that it had.
    pub log: Log,
}

#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    /// Collections that it has moved past, and the tombstone of the last.
    pub collection: u8,
    pub tombstone: Ballot,
    pub held: Held,
    pub sent: Vec<Answer>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Idle,
    Preparing(Ballot),
    Accepting {
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    /// A collector: every owner has accepted the tombstone at this ballot.
    Advancing(Ballot),
    /// A collector: every node has moved, so the owners may erase.
    Erasing,
    /// The operation may have taken effect, and its client was told so.
    Ambiguous,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Proposer {
    /// The collection of its node.
    pub collection: u8,
    pub round: u8,
    /// Prepares sent, of those that the bounds allow.
    pub tries: u8,
    pub step: Step,
    pub done: u8,
    pub cached: Option<(Ballot, Log)>,
    /// An Accept of the operation under way was sent.
    pub accepts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Request {
    Prepare {
        collection: u8,
        ballot: Ballot,
    },
    Accept {
        collection: u8,
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    /// To `collection`, since the tombstone at `ballot` goes.
    Advance {
        collection: u8,
        ballot: Ballot,
    },
    Erase {
        collection: u8,
        ballot: Ballot,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answer {
    Promised {
        to: Ballot,
        accepted: Ballot,
        log: Log,
    },
    Accepted {
        to: Ballot,
    },
    Advanced {
        to: Ballot,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub nodes: [Node; NODES],
    /// Those of clients, then the collectors.
    pub proposers: Vec<Proposer>,
    pub requests: Vec<Request>,
    pub erased: bool,
    pub history: History,
}

impl State {
    pub fn send(&mut self, request: Request) {
        if let Err(place) = self.requests.binary_search(&request) {
            self.requests.insert(place, request);
        }
    }

    pub fn waits_for(&self, answer: &Answer) -> bool {
        self.proposers
            .iter()
            .any(|proposer| match (*answer, proposer.step) {
                (Answer::Promised { to, .. }, Step::Preparing(ballot))
                | (Answer::Accepted { to }, Step::Accepting { ballot, .. })
                | (Answer::Advanced { to }, Step::Advancing(ballot)) => to == ballot,
                _ => false,
            })
    }

    pub fn count(&self, answer: Answer) -> usize {
        self.nodes
            .iter()
            .filter(|node| node.sent.contains(&answer))
            .count()
    }

    /// What the promise of `node` to `ballot` says.
    pub fn report(&self, ballot: Ballot, node: usize) -> Option<(Ballot, Log)> {
        self.nodes[node]
            .sent
            .iter()
            .find_map(|answer| match *answer {
                Answer::Promised { to, accepted, log } if to == ballot => Some((accepted, log)),
                _ => None,
            })
    }

    /// Takes out what can have no effect any more. A Prepare that nobody waits for could only make acceptors refuse.
    pub fn tidy(&mut self) {
        let mut nodes = core::mem::take(&mut self.nodes);
        for node in &mut nodes {
            node.sent.retain(|answer| self.waits_for(answer));
        }
        self.nodes = nodes;
        let mut requests = core::mem::take(&mut self.requests);
        requests.retain(|request| match *request {
            Request::Prepare { ballot, .. } => self
                .proposers
                .iter()
                .any(|proposer| proposer.step == Step::Preparing(ballot)),
            Request::Accept { collection, .. } | Request::Erase { collection, .. } => {
                self.nodes.iter().any(|node| node.collection <= collection)
            }
            Request::Advance { collection, ballot } => self.nodes.iter().any(|node| {
                node.collection < collection || self.waits_for(&Answer::Advanced { to: ballot })
            }),
        });
        self.requests = requests;
    }
}

//! Owners, proposers and collectors of a register that is deleted.

use super::super::ballot::{Ballot, Log};
use super::super::history::History;

pub const OWNERS: usize = 3;
/// Changes from this id on are deletes: what they write is a tombstone.
pub const DELETES: u8 = 8;

pub fn is_tombstone(log: Log) -> bool {
    log.last().is_some_and(|id| id >= DELETES)
}

/// What is left of all that an owner has erased.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Floor {
    pub ballot: Ballot,
    pub version: u8,
}

/// An owner's record of the register; all zero without one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Held {
    pub promised: Ballot,
    pub accepted: Ballot,
    pub log: Log,
}

/// What an owner tells of the register.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Report {
    pub accepted: Ballot,
    pub log: Log,
    /// The version of the tombstone that it erased last. Not part of the protocol: where a read of nothing took place.
    pub gone: u8,
}

impl Report {
    /// What two reports come to: what was accepted last, or nothing above the greatest version told.
    pub fn with(self, other: Self) -> Self {
        if self.accepted == other.accepted {
            let log = self.log.max(other.log);
            let gone = self.gone.max(other.gone);
            return Self { log, gone, ..self };
        }
        self.max(other)
    }
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Owner {
    pub held: Held,
    pub floor: Floor,
    pub gone: u8,
    pub sent: Vec<Answer>,
}

impl Owner {
    pub fn promised(&self) -> Ballot {
        self.held.promised.max(self.floor.ballot)
    }

    pub fn report(&self) -> Report {
        if self.held.accepted == Ballot::default() {
            Report {
                accepted: Ballot::default(),
                log: Log::erased(self.floor.version),
                gone: self.gone,
            }
        } else {
            Report {
                accepted: self.held.accepted,
                log: self.held.log,
                gone: 0,
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Idle,
    Querying,
    Preparing(Ballot),
    Accepting {
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    /// A collector: every owner has accepted the tombstone, so each may erase it.
    Erasing,
    /// A collector has found no tombstone, or a client was told that its change may have taken effect.
    Over,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Proposer {
    pub round: u8,
    /// Prepares sent, of those that the bounds allow.
    pub tries: u8,
    pub step: Step,
    pub done: u8,
    pub cached: Option<(Ballot, Log)>,
    /// The version that the change under way had in its last Accept.
    pub proposed: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Request {
    Prepare(Ballot),
    Accept {
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    /// Of a proposer's operation.
    Query {
        proposer: u8,
        operation: u8,
    },
    /// What was accepted at `ballot`, with a promise of `next`.
    Erase {
        ballot: Ballot,
        next: Ballot,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answer {
    Promised {
        to: Ballot,
        report: Report,
    },
    Accepted {
        to: Ballot,
    },
    Queried {
        proposer: u8,
        operation: u8,
        report: Report,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub owners: [Owner; OWNERS],
    /// Those of clients, then the collectors.
    pub proposers: Vec<Proposer>,
    pub requests: Vec<Request>,
    /// Floors that were raised by collections of other registers.
    pub others: u8,
    pub history: History,
}

impl State {
    pub fn send(&mut self, request: Request) {
        if let Err(place) = self.requests.binary_search(&request) {
            self.requests.insert(place, request);
        }
    }

    /// Whether the answer is one to what the proposer waits for.
    fn answers(&self, answer: &Answer, index: usize) -> bool {
        let waiting = &self.proposers[index];
        match (*answer, waiting.step) {
            (Answer::Promised { to, .. }, Step::Preparing(ballot))
            | (Answer::Accepted { to }, Step::Accepting { ballot, .. }) => to == ballot,
            (
                Answer::Queried {
                    proposer,
                    operation,
                    ..
                },
                Step::Querying,
            ) => usize::from(proposer) == index && operation == waiting.done,
            _ => false,
        }
    }

    pub fn waits_for(&self, answer: &Answer) -> bool {
        (0..self.proposers.len()).any(|proposer| self.answers(answer, proposer))
    }

    pub fn accepted(&self, ballot: Ballot) -> usize {
        let accepted = Answer::Accepted { to: ballot };
        let owners = self.owners.iter();
        owners
            .filter(|owner| owner.sent.contains(&accepted))
            .count()
    }

    /// The first report that counts: later ones are duplicates to the proposer.
    pub fn report(&self, proposer: usize, owner: usize) -> Option<Report> {
        self.owners[owner]
            .sent
            .iter()
            .find_map(|answer| match *answer {
                Answer::Promised { report, .. } | Answer::Queried { report, .. }
                    if self.answers(answer, proposer) =>
                {
                    Some(report)
                }
                _ => None,
            })
    }

    /// Takes out what can have no effect any more. A Prepare that nobody waits for could only make acceptors refuse.
    pub fn tidy(&mut self, sorted: bool) {
        let mut owners = core::mem::take(&mut self.owners);
        for owner in &mut owners {
            owner.sent.retain(|answer| self.waits_for(answer));
        }
        self.owners = owners;
        let mut requests = core::mem::take(&mut self.requests);
        requests.retain(|request| match *request {
            Request::Prepare(ballot) => self
                .proposers
                .iter()
                .any(|proposer| proposer.step == Step::Preparing(ballot)),
            Request::Query {
                proposer,
                operation,
            } => {
                let proposer = &self.proposers[usize::from(proposer)];
                proposer.step == Step::Querying && proposer.done == operation
            }
            Request::Accept { ballot, .. } => {
                self.owners.iter().any(|owner| owner.promised() <= ballot)
            }
            Request::Erase { ballot, .. } => self
                .owners
                .iter()
                .any(|owner| owner.held.accepted <= ballot),
        });
        self.requests = requests;
        if sorted {
            self.owners.sort_unstable();
        }
    }
}

//! A register's proposers, acceptors, and what is under way between them.

use super::super::ballot::{Ballot, Log};
use super::super::history::History;
use super::Bug;

pub const ACCEPTORS: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    Idle,
    Preparing(Ballot),
    Accepting {
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    Querying,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Proposer {
    pub life: u8,
    /// The highest round that it has used or had promised.
    pub round: u8,
    pub step: Step,
    /// Operations answered.
    pub done: u8,
    /// What it saw chosen last, and the ballot that a majority promised it with that.
    pub cached: Option<(Ballot, Log)>,
    pub seen: Log,
}

/// What an acceptor holds of the register.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Held {
    pub promised: Ballot,
    pub accepted: Ballot,
    pub log: Log,
    /// The greatest ballot that it knows to be chosen.
    pub chosen: Ballot,
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Acceptor {
    pub now: Held,
    /// What a crash leaves: behind `now` only with the bug.
    pub durable: Held,
    /// Its answers under way.
    pub sent: Vec<Answer>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Request {
    Prepare(Ballot),
    Accept {
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    /// A majority has accepted this.
    Chosen(Ballot),
    /// Of a proposer's operation.
    Query {
        node: u8,
        operation: u8,
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
    Queried {
        node: u8,
        operation: u8,
        accepted: Ballot,
        log: Log,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub proposers: Vec<Proposer>,
    pub acceptors: [Acceptor; ACCEPTORS],
    pub requests: Vec<Request>,
    pub crashes: u8,
    pub history: History,
}

/// What a proposer makes of a majority's answers.
pub enum Found {
    /// The highest accepted state, and whether the majority reports the same one.
    Highest {
        accepted: Ballot,
        log: Log,
        same: bool,
    },
    Nothing,
}

impl State {
    /// What can be answered from the answers of `from` to what the proposer waits for.
    pub fn heard(&self, proposer: usize, from: [usize; 2]) -> Found {
        let reports = from.map(|acceptor| self.report(proposer, acceptor));
        match reports {
            [Some(one), Some(two)] => Found::Highest {
                accepted: one.max(two).0,
                log: one.max(two).1,
                same: one.0 == two.0,
            },
            _ => Found::Nothing,
        }
    }

    /// The first answer that counts: an acceptor's later ones are duplicates to its proposer.
    pub fn report(&self, proposer: usize, acceptor: usize) -> Option<(Ballot, Log)> {
        let waiting = &self.proposers[proposer];
        self.acceptors[acceptor]
            .sent
            .iter()
            .find_map(|answer| match (*answer, waiting.step) {
                (Answer::Promised { to, accepted, log }, Step::Preparing(ballot))
                    if to == ballot =>
                {
                    Some((accepted, log))
                }
                (
                    Answer::Queried {
                        node,
                        operation,
                        accepted,
                        log,
                    },
                    Step::Querying,
                ) if usize::from(node) == proposer && operation == waiting.done => {
                    Some((accepted, log))
                }
                _ => None,
            })
    }

    /// Whether what owners know to be chosen agrees with what clients were told.
    pub fn shows_what_is_chosen(&self) -> bool {
        let mut history = self.history;
        for acceptor in &self.acceptors {
            let held = acceptor.now;
            if held.chosen == held.accepted {
                history.saw(held.log);
            }
        }
        history.wrong.is_none()
    }

    pub fn waits_for(&self, answer: &Answer) -> bool {
        self.proposers
            .iter()
            .enumerate()
            .any(|(index, proposer)| match (*answer, proposer.step) {
                (Answer::Promised { to, .. }, Step::Preparing(ballot))
                | (Answer::Accepted { to }, Step::Accepting { ballot, .. }) => to == ballot,
                (
                    Answer::Queried {
                        node, operation, ..
                    },
                    Step::Querying,
                ) => usize::from(node) == index && operation == proposer.done,
                _ => false,
            })
    }

    pub fn send(&mut self, request: Request) {
        if let Err(place) = self.requests.binary_search(&request) {
            self.requests.insert(place, request);
        }
    }

    /// Takes out what can have no effect any more. A Prepare that nobody waits for could only make acceptors refuse
    /// more; what happens with it happens without it too.
    pub fn tidy(&mut self, bug: Option<Bug>) {
        if matches!(bug, Some(Bug::AckBeforeDurable | Bug::BallotReused)) {
            return;
        }
        let mut acceptors = core::mem::take(&mut self.acceptors);
        for acceptor in &mut acceptors {
            acceptor.sent.retain(|answer| self.waits_for(answer));
        }
        self.acceptors = acceptors;
        let mut requests = core::mem::take(&mut self.requests);
        requests.retain(|request| match *request {
            Request::Prepare(ballot) => self
                .proposers
                .iter()
                .any(|proposer| proposer.step == Step::Preparing(ballot)),
            Request::Query { node, operation } => {
                let proposer = &self.proposers[usize::from(node)];
                proposer.step == Step::Querying && proposer.done == operation
            }
            Request::Accept { ballot, .. } => self
                .acceptors
                .iter()
                .any(|acceptor| acceptor.now.promised <= ballot),
            Request::Chosen(ballot) => self
                .acceptors
                .iter()
                .any(|acceptor| acceptor.now.chosen < ballot),
        });
        self.requests = requests;
        if bug.is_none() {
            self.acceptors.sort_unstable();
        }
    }
}

impl Proposer {
    pub fn new(life: u8) -> Self {
        Self {
            life,
            round: 0,
            step: Step::Idle,
            done: 0,
            cached: None,
            seen: Log::default(),
        }
    }
}

//! A register's owners, proposers and documents while its owners change.

use super::super::ballot::{Ballot, Log};
use super::super::history::History;
use super::Bug;

pub const NODES: usize = 4;

/// Sets of nodes, one bit each.
pub type Nodes = u8;

pub const fn has(nodes: Nodes, node: usize) -> bool {
    nodes >> node & 1 == 1
}

/// The owners of an epoch. `old` and `new` differ while a move is open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Document {
    pub old: Nodes,
    pub new: Nodes,
    /// An owner that has lost its disk, and comes back with this document.
    pub rejoins: Nodes,
}

impl Document {
    pub const fn stable(owners: Nodes) -> Self {
        Self {
            old: owners,
            new: owners,
            rejoins: 0,
        }
    }

    pub const fn moving(self) -> bool {
        self.old != self.new
    }

    pub const fn owns(self, node: usize) -> bool {
        has(self.old | self.new, node)
    }

    /// Who imports the register in this epoch.
    pub const fn importing(self) -> Nodes {
        self.new & !self.old | self.rejoins
    }

    /// From whom.
    pub const fn imported(self) -> Nodes {
        self.old & !self.rejoins
    }

    pub fn quorum(self, nodes: Nodes, bug: Option<Bug>) -> bool {
        let majority = |owners: Nodes| (nodes & owners).count_ones() * 2 > owners.count_ones();
        majority(self.new) && (majority(self.old) || bug == Some(Bug::NewOwnersOnly))
    }
}

/// What an acceptor holds of the register.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Held {
    pub promised: Ballot,
    pub accepted: Ballot,
    pub log: Log,
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node {
    pub epoch: u8,
    pub held: Held,
    /// What it held when it entered an epoch in which others import it: an import may be that late.
    pub entered: Held,
    /// From whom it has imported, in this epoch.
    pub imports: Nodes,
    /// It has lost its disk and has not rejoined.
    pub blank: bool,
    /// Its answers under way.
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
    Querying,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Proposer {
    /// The epoch of its last message.
    pub epoch: u8,
    pub round: u8,
    pub step: Step,
    /// Operations answered.
    pub done: u8,
    /// What it saw chosen last, and the ballot that a majority of that epoch promised it with that.
    pub cached: Option<(Ballot, Log)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Request {
    Prepare {
        epoch: u8,
        ballot: Ballot,
    },
    Accept {
        epoch: u8,
        ballot: Ballot,
        log: Log,
        next: Ballot,
    },
    Query {
        epoch: u8,
        node: u8,
        operation: u8,
    },
}

impl Request {
    pub const fn epoch(&self) -> u8 {
        match self {
            Self::Prepare { epoch, .. }
            | Self::Accept { epoch, .. }
            | Self::Query { epoch, .. } => *epoch,
        }
    }
}

/// A ballot belongs to one epoch, so an answer to a ballot need not name it.
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
        epoch: u8,
        node: u8,
        operation: u8,
        accepted: Ballot,
        log: Log,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub documents: Vec<Document>,
    pub moves: u8,
    pub cancels: u8,
    pub wipes: u8,
    pub nodes: [Node; NODES],
    pub proposers: Vec<Proposer>,
    pub requests: Vec<Request>,
    pub history: History,
}

impl State {
    /// Epochs count from 1.
    pub fn document(&self, epoch: u8) -> Document {
        self.documents[usize::from(epoch) - 1]
    }

    pub fn newest(&self) -> u8 {
        self.documents.len() as u8
    }

    pub fn send(&mut self, request: Request) {
        if let Err(place) = self.requests.binary_search(&request) {
            self.requests.insert(place, request);
        }
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
                        epoch,
                        node,
                        operation,
                        ..
                    },
                    Step::Querying,
                ) => {
                    (epoch, usize::from(node), operation) == (proposer.epoch, index, proposer.done)
                }
                _ => false,
            })
    }

    /// The first report that counts: later ones are duplicates to the proposer.
    pub fn report(&self, proposer: usize, node: usize) -> Option<(Ballot, Log)> {
        self.nodes[node]
            .sent
            .iter()
            .find_map(|answer| match *answer {
                Answer::Promised { accepted, log, .. } | Answer::Queried { accepted, log, .. }
                    if self.answers(answer, proposer) =>
                {
                    Some((accepted, log))
                }
                _ => None,
            })
    }

    fn answers(&self, answer: &Answer, proposer: usize) -> bool {
        match *answer {
            Answer::Promised { to, .. } => self.proposers[proposer].step == Step::Preparing(to),
            Answer::Queried { node, .. } => usize::from(node) == proposer && self.waits_for(answer),
            Answer::Accepted { .. } => false,
        }
    }

    /// Takes out what can have no effect any more. A Prepare that nobody waits for could only make acceptors refuse
    /// more; what happens with it happens without it too.
    pub fn tidy(&mut self, bug: Option<Bug>) {
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
            Request::Query {
                epoch,
                node,
                operation,
            } => {
                let proposer = &self.proposers[usize::from(node)];
                proposer.step == Step::Querying
                    && (proposer.epoch, proposer.done) == (epoch, operation)
            }
            Request::Accept { epoch, ballot, .. } => self.nodes.iter().any(|node| {
                let reaches = node.epoch == epoch || bug == Some(Bug::OlderEpochTaken);
                node.epoch < epoch || reaches && node.held.promised <= ballot
            }),
        });
        self.requests = requests;
    }
}

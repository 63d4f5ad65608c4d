//! Deleting and collecting a register, after CASPaxos (Rystsov 2018), its section on deletion.
//!
//! ```text
//! delete     a change to a tombstone
//! collector  (a) the tombstone is accepted again, unchanged, by ALL owners, at a ballot t
//!            (b) Advance(g + 1, t) to every node: it drops its proposals and promised ballots, and its rounds begin
//!                above t; from then on it handles messages of collection g + 1 only
//!            (c) all have: Erase(t) to the owners, each of which erases what is exactly the tombstone at t, with no
//!                higher promise, and keeps its version: a fresh register's versions begin above
//! ```
//!
//! A node moves to g + 1 for one tombstone, and refuses to for another. A proposal that sent an Accept in a collection
//! before ends as ambiguous: its id may have been erased with the tombstone, so it cannot tell that it was applied.
//! Proposer i is on node i, and moves with it; the second collector is on node 1. A serial read is a Prepare here.

use stateright::{Model, Property};

use super::ballot::{Ballot, Log};
use super::history::History;
use state::{Answer, Held, NODES, Node, Proposer, Request, State, Step, is_tombstone};

mod proposer;
pub mod state;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// Each owner erases a tombstone when it sees one.
    ErasedAtOnce,
    /// A majority has accepted the tombstone when the nodes are moved.
    MajorityAccepted,
    /// A node's rounds are not raised above the tombstone's.
    RoundsKept,
    /// A node keeps the ballots that it was promised before it moved.
    NextKept,
    /// The erased version is forgotten.
    VersionForgotten,
    /// A node that has moved for one tombstone says so to the collector of another.
    AnotherAdvanced,
    /// A proposal of a collection before begins anew, though its Accept may have been chosen.
    BegunAnew,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// A change, or from id 8 on a delete.
    Change(u8),
    Read,
}

/// The bounds of one exploration.
#[derive(Clone)]
pub struct Collecting {
    pub bug: Option<Bug>,
    pub clients: Vec<Vec<Op>>,
    pub collectors: usize,
    /// Prepares that a client's proposer sends at most.
    pub tries: u8,
    pub asks_next: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Begin {
        proposer: usize,
    },
    Deliver {
        node: usize,
        request: Request,
    },
    Hear {
        proposer: usize,
        from: [usize; 2],
    },
    Chosen {
        proposer: usize,
    },
    Again {
        proposer: usize,
    },
    /// Every node has moved to the next collection.
    Advanced {
        collector: usize,
    },
    /// With the bug.
    Erase {
        node: usize,
    },
}

impl Collecting {
    fn deliver(&self, state: &mut State, index: usize, request: Request) -> Option<()> {
        let node = &mut state.nodes[index];
        let held = node.held;
        let answer = match request {
            Request::Prepare { collection, ballot }
                if collection == node.collection && ballot >= held.promised =>
            {
                node.held.promised = ballot;
                Answer::Promised {
                    to: ballot,
                    accepted: held.accepted,
                    log: held.log,
                }
            }
            Request::Accept {
                collection,
                ballot,
                log,
                next,
            } if collection == node.collection && ballot >= held.promised => {
                node.held = Held {
                    promised: next.max(ballot),
                    accepted: ballot,
                    log,
                };
                Answer::Accepted { to: ballot }
            }
            Request::Advance { collection, ballot } => {
                self.advance(state, index, collection, ballot)?;
                Answer::Advanced { to: ballot }
            }
            Request::Erase { collection, ballot } if collection == node.collection => {
                if held.accepted != ballot || held.promised != ballot {
                    return None;
                }
                self.erase(state, index);
                return Some(());
            }
            _ => return None,
        };
        if state.waits_for(&answer) {
            let sent = &mut state.nodes[index].sent;
            if let Err(place) = sent.binary_search(&answer) {
                sent.insert(place, answer);
            }
        }
        Some(())
    }

    fn erase(&self, state: &mut State, index: usize) {
        let version = state.nodes[index].held.log.version();
        let kept = if self.bug == Some(Bug::VersionForgotten) {
            0
        } else {
            version
        };
        state.nodes[index].held = Held {
            log: Log::erased(kept),
            ..Held::default()
        };
        state.erased = true;
    }

    /// The node moves to `collection`, or has.
    fn advance(
        &self,
        state: &mut State,
        index: usize,
        collection: u8,
        ballot: Ballot,
    ) -> Option<()> {
        let node = &mut state.nodes[index];
        if node.collection >= collection {
            let same = node.collection == collection && node.tombstone == ballot;
            return (same || self.bug == Some(Bug::AnotherAdvanced)).then_some(());
        }
        node.collection = collection;
        node.tombstone = ballot;
        for proposer in (0..state.proposers.len()).filter(|proposer| self.home(*proposer) == index)
        {
            self.moves(state, proposer, collection, ballot);
        }
        Some(())
    }

    /// The node of a proposer.
    const fn home(&self, proposer: usize) -> usize {
        let collector = proposer.saturating_sub(self.clients.len());
        if proposer < self.clients.len() {
            proposer
        } else {
            NODES - 1 - collector
        }
    }

    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Begin { proposer } => self.begin(state, proposer),
            Action::Deliver { node, request } => self.deliver(state, node, request),
            Action::Hear { proposer, from } => self.hear(state, proposer, from),
            Action::Chosen { proposer } => self.chosen(state, proposer),
            Action::Again { proposer } => self.again(state, proposer),
            Action::Advanced { collector } => self.advanced(state, collector),
            Action::Erase { node } => {
                if !is_tombstone(state.nodes[node].held.log) {
                    return None;
                }
                self.erase(state, node);
                Some(())
            }
        }
    }
}

impl Model for Collecting {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let proposers = self.clients.len() + self.collectors;
        vec![State {
            nodes: core::array::from_fn(|_| Node::default()),
            proposers: vec![Proposer::new(); proposers],
            requests: Vec::new(),
            erased: false,
            history: History::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (proposer, at) in state.proposers.iter().enumerate() {
            match at.step {
                Step::Idle => actions.push(Action::Begin { proposer }),
                Step::Preparing(_) => {
                    let pairs = [[0, 1], [0, 2], [1, 2]];
                    actions.extend(pairs.map(|from| Action::Hear { proposer, from }));
                }
                Step::Accepting { .. } => actions.push(Action::Chosen { proposer }),
                Step::Advancing(_) => actions.push(Action::Advanced {
                    collector: proposer,
                }),
                Step::Erasing | Step::Ambiguous => {}
            }
            actions.push(Action::Again { proposer });
        }
        for node in 0..NODES {
            actions.extend(state.requests.iter().map(|request| Action::Deliver {
                node,
                request: *request,
            }));
            if self.bug == Some(Bug::ErasedAtOnce) {
                actions.push(Action::Erase { node });
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action)?;
        state.tidy();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("linearizable", |_, state| {
            state.history.wrong.is_none()
        })];
        if self.bug.is_none() {
            properties.push(Property::<Self>::sometimes(
                "a register is erased and all is answered",
                |model, state| {
                    let clients = model.clients.iter().zip(&state.proposers);
                    let answered = |(ops, proposer): (&Vec<Op>, &Proposer)| {
                        ops.len() == usize::from(proposer.done)
                    };
                    state.erased && clients.into_iter().all(answered)
                },
            ));
        }
        properties
    }
}

//! The register: Paxos per key, after CASPaxos (Rystsov 2018).
//!
//! ```text
//! proposer   Idle -> Preparing -> Accepting -> Idle     Prepare(b) to all, a majority Promised; Accept(b), a majority
//!            Idle -> Querying  -> Idle | Preparing      Accepted: chosen. Refused or late: Preparing, at a higher round
//!            chosen: Chosen(b) to all                   for who reads in one zone
//! acceptor   Prepare(b)        b >= promised: promised = b, answers with what it has accepted
//!            Accept(b, next)   b >= promised: accepted = b, promised = max(b, next)
//!            Chosen(b)         b <= accepted: chosen = max(b)
//! ```
//!
//! A proposer serves the operations of one client, in order. Where a majority has accepted, the next change is sent at
//! `next` without Preparing; where a majority was found to have accepted one state and nothing is to change, at the
//! ballot that it promised then. A change carries its id, and is not applied to a state that has it.
//!
//! A read in one zone is answered with what owners there have accepted and know to be chosen: at any time, that must be
//! a state that agrees with what clients were told.

use stateright::{Model, Property};

use super::ballot::{Ballot, Log};
use super::history::History;
use state::{ACCEPTORS, Answer, Found, Held, Proposer, Request, State, Step};

mod state;

const MAJORITIES: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// An acceptor answers before what it promised and accepted is durable.
    AckBeforeDurable,
    /// A proposer applies its change to the state it saw last, not to what the promises show.
    FoundStateIgnored,
    /// A serial read answers with the highest state of a majority, chosen or not.
    ReadUnchecked,
    /// A restarted node's ballots are those of its life before.
    BallotReused,
    /// A change is applied to a state that has it.
    IdIgnored,
    /// The ballot promised with an Accept is used though no majority accepted.
    NextUnearned,
    /// Where nothing is to change, the ballot that was promised is told as chosen, and not the one that was accepted.
    PromisedTold,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Op {
    /// Writes.
    Change(u8),
    /// Writes if there is nothing.
    Create(u8),
    /// Serial read.
    Read,
}

impl Op {
    pub const fn id(self) -> Option<u8> {
        match self {
            Self::Change(id) | Self::Create(id) => Some(id),
            Self::Read => None,
        }
    }
}

/// The bounds of one exploration.
#[derive(Clone)]
pub struct Register {
    pub bug: Option<Bug>,
    /// What each client does.
    pub clients: Vec<Vec<Op>>,
    /// Rounds that a proposer uses at most, in each of its lives.
    pub rounds: u8,
    /// Proposers that crash, in all.
    pub crashes: u8,
    /// Whether owners are told what is chosen.
    pub tells: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Begin {
        proposer: usize,
    },
    Deliver {
        acceptor: usize,
        request: Request,
    },
    /// A proposer has the promises, or the answers to its query, of two acceptors.
    Hear {
        proposer: usize,
        from: [usize; 2],
    },
    /// A proposer has a majority of Accepted.
    Chosen {
        proposer: usize,
    },
    /// A proposer was refused, or waited too long.
    GiveUp {
        proposer: usize,
    },
    CrashProposer {
        proposer: usize,
    },
    CrashAcceptor {
        acceptor: usize,
    },
}

impl Register {
    fn operation(&self, state: &State, proposer: usize) -> Option<Op> {
        let done = usize::from(state.proposers[proposer].done);
        self.clients[proposer].get(done).copied()
    }

    fn ballot(&self, state: &State, proposer: usize, round: u8) -> Ballot {
        let life = if self.bug == Some(Bug::BallotReused) {
            1
        } else {
            state.proposers[proposer].life
        };
        Ballot {
            round,
            node: proposer as u8 + 1,
            life,
        }
    }

    /// Owners are told what is chosen, for who reads in one zone.
    fn tell(&self, state: &mut State, ballot: Ballot) {
        if self.tells && ballot != Ballot::default() {
            state.send(Request::Chosen(ballot));
        }
    }

    fn prepare(&self, state: &mut State, proposer: usize) -> Option<()> {
        let round = state.proposers[proposer].round + 1;
        if round > self.rounds {
            return None;
        }
        let ballot = self.ballot(state, proposer, round);
        let preparing = &mut state.proposers[proposer];
        preparing.round = round;
        preparing.cached = None;
        preparing.step = Step::Preparing(ballot);
        state.send(Request::Prepare(ballot));
        Some(())
    }

    /// Applies the operation to what was found at `ballot`, or answers it where that is known to be chosen.
    fn propose(
        &self,
        state: &mut State,
        proposer: usize,
        ballot: Ballot,
        found: Log,
        chosen: Option<Ballot>,
    ) {
        let Some(operation) = self.operation(state, proposer) else {
            return;
        };
        let has_it = operation
            .id()
            .is_some_and(|id| found.version_of(id).is_some());
        let log = match operation {
            Op::Change(id) if !has_it || self.bug == Some(Bug::IdIgnored) => found.then(id),
            Op::Create(id) if found.version() == 0 => found.then(id),
            // Nothing to write: the answer needs no more than a state that is known to be chosen.
            _ => match chosen {
                None => found,
                Some(accepted) => {
                    let promised = self.bug == Some(Bug::PromisedTold);
                    self.tell(state, if promised { ballot } else { accepted });
                    state.proposers[proposer].cached = Some((ballot, found));
                    return self.answer(state, proposer, found);
                }
            },
        };
        let next = self.ballot(state, proposer, ballot.round + 1);
        state.proposers[proposer].round = next.round;
        state.proposers[proposer].step = Step::Accepting { ballot, log, next };
        state.send(Request::Accept { ballot, log, next });
    }

    /// `log` is chosen.
    fn answer(&self, state: &mut State, proposer: usize, log: Log) {
        let id = self.operation(state, proposer).and_then(Op::id);
        let version = id
            .and_then(|id| log.version_of(id))
            .unwrap_or_else(|| log.version());
        state.history.answer(proposer, version, log);
        let answering = &mut state.proposers[proposer];
        answering.seen = log;
        answering.done += 1;
        answering.step = Step::Idle;
    }

    fn begin(&self, state: &mut State, proposer: usize) -> Option<()> {
        let operation = self.operation(state, proposer)?;
        if state.proposers[proposer].step != Step::Idle {
            return None;
        }
        state.history.begin(proposer);
        if operation == Op::Read {
            let operation = state.proposers[proposer].done;
            state.proposers[proposer].step = Step::Querying;
            state.send(Request::Query {
                node: proposer as u8,
                operation,
            });
            return Some(());
        }
        match state.proposers[proposer].cached.take() {
            // A majority has promised this ballot, and none of it has accepted anything since.
            Some((ballot, log)) => {
                self.propose(state, proposer, ballot, log, None);
                Some(())
            }
            None => self.prepare(state, proposer),
        }
    }

    fn deliver(&self, state: &mut State, index: usize, request: Request) -> Option<()> {
        let acceptor = &mut state.acceptors[index];
        let before = acceptor.now;
        let answer = match request {
            Request::Prepare(ballot) if ballot >= before.promised => {
                acceptor.now.promised = ballot;
                Answer::Promised {
                    to: ballot,
                    accepted: before.accepted,
                    log: before.log,
                }
            }
            Request::Accept { ballot, log, next } if ballot >= before.promised => {
                acceptor.now = Held {
                    promised: next.max(ballot),
                    accepted: ballot,
                    log,
                    chosen: before.chosen,
                };
                Answer::Accepted { to: ballot }
            }
            Request::Chosen(ballot) if before.chosen < ballot && ballot <= before.accepted => {
                acceptor.now.chosen = ballot;
                acceptor.durable = acceptor.now;
                return Some(());
            }
            Request::Query { node, operation } => Answer::Queried {
                node,
                operation,
                accepted: before.accepted,
                log: before.log,
            },
            _ => return None,
        };
        let late = self.bug == Some(Bug::AckBeforeDurable);
        acceptor.durable = if late { before } else { acceptor.now };
        if state.waits_for(&answer) || self.bug == Some(Bug::BallotReused) {
            let sent = &mut state.acceptors[index].sent;
            if let Err(place) = sent.binary_search(&answer) {
                sent.insert(place, answer);
            }
        }
        Some(())
    }

    fn hear(&self, state: &mut State, proposer: usize, from: [usize; 2]) -> Option<()> {
        let Found::Highest {
            accepted,
            mut log,
            same,
        } = state.heard(proposer, from)
        else {
            return None;
        };
        match state.proposers[proposer].step {
            Step::Preparing(ballot) => {
                if self.bug == Some(Bug::FoundStateIgnored) {
                    log = state.proposers[proposer].seen;
                }
                let chosen = same.then_some(accepted);
                self.propose(state, proposer, ballot, log, chosen);
            }
            _ if same || self.bug == Some(Bug::ReadUnchecked) => self.answer(state, proposer, log),
            _ => self.prepare(state, proposer)?,
        }
        Some(())
    }

    fn chosen(&self, state: &mut State, proposer: usize) -> Option<()> {
        let Step::Accepting { ballot, log, next } = state.proposers[proposer].step else {
            return None;
        };
        let accepted = Answer::Accepted { to: ballot };
        if state
            .acceptors
            .iter()
            .filter(|acceptor| acceptor.sent.contains(&accepted))
            .count()
            < 2
        {
            return None;
        }
        self.tell(state, ballot);
        state.proposers[proposer].cached = (next.round <= self.rounds).then_some((next, log));
        self.answer(state, proposer, log);
        Some(())
    }

    fn give_up(&self, state: &mut State, proposer: usize) -> Option<()> {
        match state.proposers[proposer].step {
            Step::Accepting { log, next, .. } if self.bug == Some(Bug::NextUnearned) => {
                self.propose(state, proposer, next, log, None);
                Some(())
            }
            Step::Preparing(_) | Step::Accepting { .. } => self.prepare(state, proposer),
            Step::Idle | Step::Querying => None,
        }
    }

    /// The client asks the restarted node again, with the same id.
    fn crash_proposer(&self, state: &mut State, proposer: usize) -> Option<()> {
        if state.crashes == self.crashes {
            return None;
        }
        state.crashes += 1;
        let crashed = &mut state.proposers[proposer];
        let idle = crashed.step == Step::Idle;
        *crashed = Proposer {
            done: crashed.done,
            ..Proposer::new(crashed.life + 1)
        };
        if idle {
            Some(())
        } else {
            self.prepare(state, proposer)
        }
    }
}

impl Model for Register {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            proposers: vec![Proposer::new(1); self.clients.len()],
            acceptors: Default::default(),
            requests: Vec::new(),
            crashes: 0,
            history: History::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for proposer in 0..state.proposers.len() {
            actions.push(Action::Begin { proposer });
            actions.extend(MAJORITIES.map(|from| Action::Hear { proposer, from }));
            actions.push(Action::Chosen { proposer });
            actions.push(Action::GiveUp { proposer });
            actions.push(Action::CrashProposer { proposer });
        }
        for acceptor in 0..ACCEPTORS {
            actions.extend(state.requests.iter().map(|request| Action::Deliver {
                acceptor,
                request: *request,
            }));
            actions.push(Action::CrashAcceptor { acceptor });
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Begin { proposer } => self.begin(&mut state, proposer)?,
            Action::Deliver { acceptor, request } => self.deliver(&mut state, acceptor, request)?,
            Action::Hear { proposer, from } => self.hear(&mut state, proposer, from)?,
            Action::Chosen { proposer } => self.chosen(&mut state, proposer)?,
            Action::GiveUp { proposer } => self.give_up(&mut state, proposer)?,
            Action::CrashProposer { proposer } => self.crash_proposer(&mut state, proposer)?,
            Action::CrashAcceptor { acceptor } => {
                let crashed = &mut state.acceptors[acceptor];
                crashed.now = crashed.durable;
            }
        }
        state.tidy(self.bug);
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("linearizable", |_, state| {
            state.history.wrong.is_none() && state.shows_what_is_chosen()
        })];
        if self.bug.is_none() {
            properties.push(Property::<Self>::sometimes(
                "every client is answered",
                |model, state| {
                    (0..state.proposers.len())
                        .all(|proposer| model.operation(state, proposer).is_none())
                },
            ));
            // Two changes that were both prepared take four rounds, two of them promised as `next`.
            properties.push(Property::<Self>::sometimes(
                "a change is chosen without Preparing",
                |_, state| {
                    let skipped = |proposer: &Proposer| proposer.done == 2 && proposer.round == 3;
                    state.crashes == 0 && state.proposers.iter().any(skipped)
                },
            ));
        }
        properties
    }
}

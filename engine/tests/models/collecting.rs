//! Deleting and collecting a register. The idea is CASPaxos's (Rystsov 2018), the steps are not.
//!
//! ```text
//! delete     a change to a tombstone
//! collector  (a) Prepare(b) at a majority; what it finds must be a tombstone, which ALL owners accept again at b, with
//!            a promise of next(b)
//!            (b) Erase(b): an owner that holds just that, promise and all, erases it, and raises its floor with the
//!            same write: to the ballot promised, and to the tombstone's version and a gap
//! blank      an owner without a record: promised is the floor's ballot, nothing is accepted, the version is the floor's
//! proposer   above the greatest version told, where nothing is accepted. Whoever has sent its change in an Accept and
//!            does not find it later, a gap above, cannot tell whether it was applied: ambiguous
//! read       a majority with the same accepted ballot, none being one. A read of nothing tells no version
//! ```
//!
//! The floor is the node's: collections of other registers raise it too. The gap is larger than the number of changes
//! that a state remembers.

use stateright::{Model, Property};

use super::ballot::{Ballot, Log};
use super::history::History;
use state::{Answer, Held, OWNERS, Proposer, Request, State, Step};

mod proposer;
pub mod state;

/// Between an erased version and those of what comes after.
pub const GAP: u8 = 10;
/// What collections of other registers raise a floor to.
const OTHERS: state::Floor = state::Floor {
    ballot: Ballot {
        round: 1,
        node: 9,
        life: 1,
    },
    version: 20,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// A majority has accepted the tombstone when it is erased.
    ErasedAtOnce,
    /// The floor's ballot is not raised.
    FloorForgotten,
    /// The floor's version is not raised.
    VersionForgotten,
    /// A change that was sent before and is not found begins anew, a gap above.
    BegunAnew,
    /// An owner erases though it has promised more, and the promise goes too.
    PromiseIgnored,
    /// The same, but the floor keeps the promise.
    PromiseKept,
    /// The collector's Accept asks for no promise beyond its ballot, so another copy of it is accepted after the erasing.
    NextUnasked,
    /// A read of nothing tells the greatest version of the floors.
    FloorShown,
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
    /// Prepares that a change's proposer sends at most.
    pub tries: u8,
    /// Whether its first is at a low ballot, as one that has long been under way; else as if refused before.
    pub low: bool,
    pub asks_next: bool,
    /// Floors that collections of other registers raise, at most.
    pub others: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Begin { proposer: usize },
    Deliver { owner: usize, request: Request },
    Hear { proposer: usize, from: [usize; 2] },
    Chosen { proposer: usize },
    Again { proposer: usize },
    OtherErased { owner: usize },
}

impl Collecting {
    fn deliver(&self, state: &mut State, index: usize, request: Request) -> Option<()> {
        let owner = &mut state.owners[index];
        let (promised, report) = (owner.promised(), owner.report());
        let answer = match request {
            Request::Prepare(ballot) if ballot >= promised => {
                owner.held.promised = ballot;
                Answer::Promised { to: ballot, report }
            }
            Request::Accept { ballot, log, next } if ballot >= promised => {
                owner.held = Held {
                    promised: next.max(ballot),
                    accepted: ballot,
                    log,
                };
                Answer::Accepted { to: ballot }
            }
            Request::Query {
                proposer,
                operation,
            } => Answer::Queried {
                proposer,
                operation,
                report,
            },
            Request::Erase { ballot, next } => return self.erase(state, index, ballot, next),
            _ => return None,
        };
        if state.waits_for(&answer) {
            let sent = &mut state.owners[index].sent;
            if let Err(place) = sent.binary_search(&answer) {
                sent.insert(place, answer);
            }
        }
        Some(())
    }

    fn erase(&self, state: &mut State, index: usize, ballot: Ballot, next: Ballot) -> Option<()> {
        let owner = &mut state.owners[index];
        let held = owner.held;
        let (lost, kept) = (Some(Bug::PromiseIgnored), Some(Bug::PromiseKept));
        let ignores = self.bug == lost || self.bug == kept;
        if held.accepted != ballot || held.promised > next && !ignores {
            return None;
        }
        let raised = if self.bug == lost {
            next
        } else {
            held.promised
        };
        if self.bug != Some(Bug::FloorForgotten) {
            owner.floor.ballot = owner.floor.ballot.max(raised);
        }
        if self.bug != Some(Bug::VersionForgotten) {
            owner.floor.version = owner.floor.version.max(held.log.version() + GAP);
        }
        owner.held = Held::default();
        owner.gone = held.log.version();
        Some(())
    }

    fn other_erased(&self, state: &mut State, index: usize) -> Option<()> {
        if state.others == self.others {
            return None;
        }
        state.others += 1;
        let floor = &mut state.owners[index].floor;
        floor.ballot = floor.ballot.max(OTHERS.ballot);
        floor.version = floor.version.max(OTHERS.version);
        Some(())
    }

    /// Whether the planted bug is one that shows.
    const fn is_hunted(&self) -> bool {
        !matches!(self.bug, None | Some(Bug::PromiseKept | Bug::NextUnasked))
    }

    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Begin { proposer } => self.begin(state, proposer),
            Action::Deliver { owner, request } => self.deliver(state, owner, request),
            Action::Hear { proposer, from } => self.hear(state, proposer, from),
            Action::Chosen { proposer } => self.chosen(state, proposer),
            Action::Again { proposer } => self.again(state, proposer),
            Action::OtherErased { owner } => self.other_erased(state, owner),
        }
    }
}

impl Model for Collecting {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let proposers = self.clients.len() + self.collectors;
        vec![State {
            owners: Default::default(),
            proposers: vec![Proposer::new(); proposers],
            requests: Vec::new(),
            others: 0,
            history: History::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (proposer, at) in state.proposers.iter().enumerate() {
            match at.step {
                Step::Idle => actions.push(Action::Begin { proposer }),
                Step::Preparing(_) | Step::Querying => {
                    let pairs = [[0, 1], [0, 2], [1, 2]];
                    actions.extend(pairs.map(|from| Action::Hear { proposer, from }));
                }
                Step::Accepting { .. } => actions.push(Action::Chosen { proposer }),
                Step::Erasing | Step::Over => {}
            }
            actions.push(Action::Again { proposer });
        }
        for owner in 0..OWNERS {
            actions.extend(state.requests.iter().map(|request| Action::Deliver {
                owner,
                request: *request,
            }));
            actions.push(Action::OtherErased { owner });
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, action)?;
        state.tidy(!self.is_hunted());
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::<Self>::always("linearizable", |_, state| {
            state.history.wrong.is_none()
        })];
        if self.is_hunted() {
            return properties;
        }
        properties.push(Property::<Self>::sometimes(
            "all owners have erased it and all is answered",
            |model, state| {
                let clients = model.clients.iter().zip(&state.proposers);
                let answered = |(ops, proposer): (&Vec<Op>, &Proposer)| {
                    ops.len() == usize::from(proposer.done)
                };
                state.owners.iter().all(|owner| owner.gone > 0) && clients.into_iter().all(answered)
            },
        ));
        if self.tries > 1 || !self.low {
            properties.push(Property::<Self>::sometimes(
                "a change is made above the gap",
                |_, state| {
                    let above = |log: Log| log.base >= GAP && log.base < OTHERS.version;
                    state.owners.iter().any(|owner| above(owner.held.log))
                },
            ));
        }
        // By whoever is refused after the collection, and has sent an Accept before.
        if self.tries > 1 {
            properties.push(Property::<Self>::sometimes(
                "a change is ambiguous",
                |model, state| {
                    let clients = &state.proposers[..model.clients.len()];
                    clients.iter().any(|client| client.step == Step::Over)
                },
            ));
        }
        properties
    }
}

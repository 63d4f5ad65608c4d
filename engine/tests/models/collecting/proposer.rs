//! What proposers and collectors do. See `register.rs` for the part without collections.

use super::state::DELETES;
use super::{
    Answer, Ballot, Bug, Collecting, Log, NODES, Op, Proposer, Request, State, Step, is_tombstone,
};

impl Proposer {
    pub(super) fn new() -> Self {
        Self {
            collection: 0,
            round: 0,
            tries: 0,
            step: Step::Idle,
            done: 0,
            cached: None,
            accepts: false,
        }
    }
}

impl Collecting {
    const fn collects(&self, proposer: usize) -> bool {
        proposer >= self.clients.len()
    }

    fn operation(&self, state: &State, proposer: usize) -> Option<Op> {
        let done = usize::from(state.proposers[proposer].done);
        self.clients.get(proposer)?.get(done).copied()
    }

    fn prepare(&self, state: &mut State, proposer: usize) -> Option<()> {
        // Changes are tried at low ballots, as one that has long been under way; the rest as if refused before.
        let changes =
            matches!(self.operation(state, proposer), Some(Op::Change(id)) if id < DELETES);
        let highest = state
            .nodes
            .iter()
            .map(|node| node.held.promised.round)
            .max();
        let preparing = &mut state.proposers[proposer];
        let tries = if changes { self.tries } else { 1 };
        if !changes {
            preparing.round = preparing.round.max(highest.unwrap_or(0));
        }
        if preparing.tries >= tries {
            return None;
        }
        preparing.tries += 1;
        preparing.round += 1;
        preparing.cached = None;
        let ballot = Ballot {
            round: preparing.round,
            node: proposer as u8 + 1,
            life: 1,
        };
        preparing.step = Step::Preparing(ballot);
        let collection = preparing.collection;
        state.send(Request::Prepare { collection, ballot });
        Some(())
    }

    pub(super) fn begin(&self, state: &mut State, proposer: usize) -> Option<()> {
        if self.collects(proposer) {
            // A collector looks where it has seen a tombstone.
            if !state.nodes.iter().any(|node| is_tombstone(node.held.log)) {
                return None;
            }
            return self.prepare(state, proposer);
        }
        self.operation(state, proposer)?;
        state.history.begin(proposer);
        match state.proposers[proposer].cached.take() {
            Some((ballot, log)) => {
                self.propose(state, proposer, ballot, log, false);
                Some(())
            }
            None => self.prepare(state, proposer),
        }
    }

    pub(super) fn hear(&self, state: &mut State, proposer: usize, from: [usize; 2]) -> Option<()> {
        let Step::Preparing(ballot) = state.proposers[proposer].step else {
            return None;
        };
        let [one, two] = from.map(|node| state.report(ballot, node));
        let (one, two) = (one?, two?);
        // Where nothing is accepted, a version may be left of what was erased.
        let highest = one.max(two).1;
        self.propose(state, proposer, ballot, highest, one.0 == two.0);
        Some(())
    }

    fn propose(&self, state: &mut State, proposer: usize, ballot: Ballot, found: Log, same: bool) {
        let collects = self.collects(proposer);
        let log = match self.operation(state, proposer) {
            Some(Op::Change(id)) if found.version_of(id).is_none() => found.then(id),
            None if !is_tombstone(found) => {
                state.proposers[proposer].step = Step::Ambiguous;
                return;
            }
            Some(_) if same => return self.answer(state, proposer, found),
            _ => found,
        };
        let proposing = &mut state.proposers[proposer];
        let asks_next = self.asks_next && !collects;
        let next = if asks_next {
            Ballot {
                round: ballot.round + 1,
                ..ballot
            }
        } else {
            ballot
        };
        proposing.round = next.round;
        proposing.accepts = true;
        proposing.step = Step::Accepting { ballot, log, next };
        let collection = proposing.collection;
        state.send(Request::Accept {
            collection,
            ballot,
            log,
            next,
        });
    }

    /// `log` is chosen.
    fn answer(&self, state: &mut State, proposer: usize, log: Log) {
        let version = match self.operation(state, proposer) {
            Some(Op::Change(id)) => log.version_of(id),
            _ => None,
        };
        state
            .history
            .answer(proposer, version.unwrap_or_else(|| log.version()), log);
        let answering = &mut state.proposers[proposer];
        answering.done += 1;
        answering.accepts = false;
        answering.tries = 0;
        answering.step = Step::Idle;
    }

    pub(super) fn chosen(&self, state: &mut State, proposer: usize) -> Option<()> {
        let Step::Accepting { ballot, log, next } = state.proposers[proposer].step else {
            return None;
        };
        let collects = self.collects(proposer);
        let needed = if collects && self.bug != Some(Bug::MajorityAccepted) {
            NODES
        } else {
            2
        };
        if state.count(Answer::Accepted { to: ballot }) < needed {
            return None;
        }
        if collects {
            let collection = state.proposers[proposer].collection + 1;
            state.proposers[proposer].step = Step::Advancing(ballot);
            state.send(Request::Advance { collection, ballot });
            return Some(());
        }
        state.proposers[proposer].cached = (next > ballot).then_some((next, log));
        self.answer(state, proposer, log);
        Some(())
    }

    pub(super) fn advanced(&self, state: &mut State, proposer: usize) -> Option<()> {
        let Step::Advancing(ballot) = state.proposers[proposer].step else {
            return None;
        };
        if state.count(Answer::Advanced { to: ballot }) < NODES {
            return None;
        }
        let collector = &mut state.proposers[proposer];
        collector.step = Step::Erasing;
        // Its node has moved on if another collection came between; what it erases has not.
        let collection = collector.collection.max(1);
        state.send(Request::Erase { collection, ballot });
        Some(())
    }

    pub(super) fn again(&self, state: &mut State, proposer: usize) -> Option<()> {
        match state.proposers[proposer].step {
            Step::Preparing(_) | Step::Accepting { .. } if !self.collects(proposer) => {
                self.prepare(state, proposer)
            }
            _ => None,
        }
    }

    /// The proposer's node moves to `collection`, for the tombstone at `ballot`.
    pub(super) fn moves(&self, state: &mut State, proposer: usize, collection: u8, ballot: Ballot) {
        let collects = self.collects(proposer);
        let moving = &mut state.proposers[proposer];
        moving.collection = collection;
        if self.bug != Some(Bug::NextKept) {
            moving.cached = None;
        }
        if self.bug != Some(Bug::RoundsKept) {
            moving.round = moving.round.max(ballot.round);
        }
        let under_way = matches!(moving.step, Step::Preparing(_) | Step::Accepting { .. });
        if !under_way || collects {
            // Whoever collects goes on if all have moved for its own tombstone, and has failed otherwise.
            if under_way {
                moving.step = Step::Ambiguous;
            }
            return;
        }
        if moving.accepts && self.bug != Some(Bug::BegunAnew) {
            moving.step = Step::Ambiguous;
            return;
        }
        moving.tries -= 1;
        self.prepare(state, proposer).expect("one try is left");
    }
}

//! What proposers and collectors do. See `register.rs` for the part without collections.

use super::state::{DELETES, OWNERS, Proposer, Report, Request, State, Step, is_tombstone};
use super::{Ballot, Bug, Collecting, GAP, Op};

impl Proposer {
    pub(super) const fn new() -> Self {
        Self {
            round: 0,
            tries: 0,
            step: Step::Idle,
            done: 0,
            cached: None,
            proposed: None,
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
        let changes =
            matches!(self.operation(state, proposer), Some(Op::Change(id)) if id < DELETES);
        let promised = state.owners.iter().map(|owner| owner.promised().round);
        let highest = promised.max().unwrap_or(0);
        let preparing = &mut state.proposers[proposer];
        let tries = if changes { self.tries } else { 1 };
        if preparing.tries >= tries {
            return None;
        }
        if !changes || !self.low || preparing.tries > 0 {
            preparing.round = preparing.round.max(highest);
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
        state.send(Request::Prepare(ballot));
        Some(())
    }

    pub(super) fn begin(&self, state: &mut State, proposer: usize) -> Option<()> {
        if self.collects(proposer) {
            // A collector looks where it has seen a tombstone.
            if !state
                .owners
                .iter()
                .any(|owner| is_tombstone(owner.held.log))
            {
                return None;
            }
            return self.prepare(state, proposer);
        }
        let operation = self.operation(state, proposer)?;
        state.history.begin(proposer);
        if operation == Op::Read {
            let operation = state.proposers[proposer].done;
            state.proposers[proposer].step = Step::Querying;
            let proposer = proposer as u8;
            state.send(Request::Query {
                proposer,
                operation,
            });
            return Some(());
        }
        match state.proposers[proposer].cached.take() {
            Some((accepted, log)) => {
                let found = Report {
                    accepted,
                    log,
                    gone: 0,
                };
                self.propose(state, proposer, accepted, found, false);
                Some(())
            }
            None => self.prepare(state, proposer),
        }
    }

    pub(super) fn hear(&self, state: &mut State, proposer: usize, from: [usize; 2]) -> Option<()> {
        let [one, two] = from.map(|owner| state.report(proposer, owner));
        let (one, two) = (one?, two?);
        let (found, same) = (one.with(two), one.accepted == two.accepted);
        match state.proposers[proposer].step {
            Step::Preparing(ballot) => self.propose(state, proposer, ballot, found, same),
            _ if same => self.answer(state, proposer, found),
            _ => self.prepare(state, proposer)?,
        }
        Some(())
    }

    fn propose(
        &self,
        state: &mut State,
        proposer: usize,
        ballot: Ballot,
        found: Report,
        same: bool,
    ) {
        let collects = self.collects(proposer);
        let before = state.proposers[proposer].proposed;
        let log = match self.operation(state, proposer) {
            Some(Op::Change(id)) if found.log.version_of(id).is_none() => {
                let erased = before.is_some_and(|version| found.log.version() >= version + GAP);
                if erased && self.bug != Some(Bug::BegunAnew) {
                    state.proposers[proposer].step = Step::Over;
                    return;
                }
                found.log.then(id)
            }
            None if !is_tombstone(found.log) => {
                state.proposers[proposer].step = Step::Over;
                return;
            }
            Some(_) if same => return self.answer(state, proposer, found),
            _ => found.log,
        };
        let proposing = &mut state.proposers[proposer];
        let asks = if collects {
            self.bug != Some(Bug::NextUnasked)
        } else {
            self.asks_next
        };
        let round = ballot.round + u8::from(asks);
        let next = Ballot { round, ..ballot };
        proposing.round = round;
        proposing.proposed = Some(log.version());
        proposing.step = Step::Accepting { ballot, log, next };
        state.send(Request::Accept { ballot, log, next });
    }

    /// What was found is chosen.
    fn answer(&self, state: &mut State, proposer: usize, found: Report) {
        let log = found.log;
        let version = match self.operation(state, proposer) {
            Some(Op::Change(id)) => log.version_of(id).expect("it was applied"),
            _ if log.last().is_none() && self.bug != Some(Bug::FloorShown) => found.gone,
            _ => log.version(),
        };
        state.history.answer(proposer, version, log);
        let answering = &mut state.proposers[proposer];
        answering.done += 1;
        answering.proposed = None;
        answering.tries = 0;
        answering.step = Step::Idle;
    }

    pub(super) fn chosen(&self, state: &mut State, proposer: usize) -> Option<()> {
        let Step::Accepting { ballot, log, next } = state.proposers[proposer].step else {
            return None;
        };
        let collects = self.collects(proposer);
        let all = collects && self.bug != Some(Bug::ErasedAtOnce);
        if state.accepted(ballot) < if all { OWNERS } else { 2 } {
            return None;
        }
        if collects {
            state.proposers[proposer].step = Step::Erasing;
            state.send(Request::Erase { ballot, next });
            return Some(());
        }
        state.proposers[proposer].cached = (next > ballot).then_some((next, log));
        let found = Report {
            accepted: ballot,
            log,
            gone: 0,
        };
        self.answer(state, proposer, found);
        Some(())
    }

    /// A client's proposer was refused, or waited too long.
    pub(super) fn again(&self, state: &mut State, proposer: usize) -> Option<()> {
        match state.proposers[proposer].step {
            Step::Preparing(_) | Step::Accepting { .. } if !self.collects(proposer) => {
                self.prepare(state, proposer)
            }
            _ => None,
        }
    }
}

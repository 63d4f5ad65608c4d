//! What proposers do. See `register.rs` for their part without epochs.

use super::{Answer, Ballot, Log, Moving, NODES, Nodes, Op, Request, State, Step, has};

impl Moving {
    fn operation(&self, state: &State, proposer: usize) -> Option<Op> {
        let done = usize::from(state.proposers[proposer].done);
        self.clients[proposer].get(done).copied()
    }

    fn prepare(&self, state: &mut State, proposer: usize, epoch: u8) -> Option<()> {
        let preparing = &mut state.proposers[proposer];
        if preparing.round >= self.rounds {
            return None;
        }
        preparing.round += 1;
        preparing.epoch = epoch;
        preparing.cached = None;
        let ballot = Ballot {
            round: preparing.round,
            node: proposer as u8 + 1,
            life: 1,
        };
        preparing.step = Step::Preparing(ballot);
        state.send(Request::Prepare { epoch, ballot });
        Some(())
    }

    /// Applies the operation to what was found at `ballot`, or answers it.
    fn propose(&self, state: &mut State, proposer: usize, ballot: Ballot, found: Log, same: bool) {
        let Some(operation) = self.operation(state, proposer) else {
            return;
        };
        let log = match operation {
            Op::Change(id) if found.version_of(id).is_none() => found.then(id),
            Op::Create(id) if found.version() == 0 => found.then(id),
            _ if same => return self.answer(state, proposer, found),
            _ => found,
        };
        let proposing = &mut state.proposers[proposer];
        let next = if self.asks_next {
            Ballot {
                round: ballot.round + 1,
                ..ballot
            }
        } else {
            ballot
        };
        proposing.round = next.round;
        proposing.step = Step::Accepting { ballot, log, next };
        let epoch = proposing.epoch;
        state.send(Request::Accept {
            epoch,
            ballot,
            log,
            next,
        });
    }

    /// `log` is chosen.
    fn answer(&self, state: &mut State, proposer: usize, log: Log) {
        let id = self.operation(state, proposer).and_then(Op::id);
        let version = id
            .and_then(|id| log.version_of(id))
            .unwrap_or_else(|| log.version());
        state.history.answer(proposer, version, log);
        state.proposers[proposer].done += 1;
        state.proposers[proposer].step = Step::Idle;
    }

    pub(super) fn begin(&self, state: &mut State, proposer: usize, epoch: u8) -> Option<()> {
        let operation = self.operation(state, proposer)?;
        let early =
            self.in_turn && (0..proposer).any(|other| self.operation(state, other).is_some());
        if state.proposers[proposer].step != Step::Idle || early {
            return None;
        }
        state.history.begin(proposer);
        if operation == Op::Read {
            return self.query(state, proposer, epoch);
        }
        let beginning = &mut state.proposers[proposer];
        match beginning.cached.take() {
            Some((ballot, log)) if beginning.epoch == epoch => {
                beginning.epoch = epoch;
                self.propose(state, proposer, ballot, log, false);
                Some(())
            }
            _ => self.prepare(state, proposer, epoch),
        }
    }

    fn query(&self, state: &mut State, proposer: usize, epoch: u8) -> Option<()> {
        let querying = &mut state.proposers[proposer];
        querying.epoch = epoch;
        querying.cached = None;
        querying.step = Step::Querying;
        let operation = querying.done;
        state.send(Request::Query {
            epoch,
            node: proposer as u8,
            operation,
        });
        Some(())
    }

    /// Whether `from` is a quorum of the proposer's epoch that was none without one of its nodes: the last to answer.
    pub(super) fn just_enough(&self, state: &State, proposer: usize, from: Nodes) -> bool {
        let document = state.document(state.proposers[proposer].epoch);
        let quorum = |nodes| document.quorum(nodes, self.bug);
        quorum(from) && (0..NODES).any(|node| has(from, node) && !quorum(from & !(1 << node)))
    }

    pub(super) fn hear(&self, state: &mut State, proposer: usize, from: Nodes) -> Option<()> {
        let step = state.proposers[proposer].step;
        let mut highest: Option<(Ballot, Log)> = None;
        let mut same = true;
        for node in (0..NODES).filter(|node| has(from, *node)) {
            let report = state.report(proposer, node)?;
            same &= highest.is_none_or(|(accepted, _)| accepted == report.0);
            if highest.is_none_or(|(accepted, _)| accepted < report.0) {
                highest = Some(report);
            }
        }
        let (_, log) = highest?;
        match step {
            Step::Preparing(ballot) => self.propose(state, proposer, ballot, log, same),
            _ if same => self.answer(state, proposer, log),
            _ => {
                let epoch = state.proposers[proposer].epoch;
                self.prepare(state, proposer, epoch)?;
            }
        }
        Some(())
    }

    pub(super) fn chosen(&self, state: &mut State, proposer: usize) -> Option<()> {
        let Step::Accepting { ballot, log, next } = state.proposers[proposer].step else {
            return None;
        };
        let accepted = Answer::Accepted { to: ballot };
        let from = |node: &usize| state.nodes[*node].sent.contains(&accepted);
        let from = (0..NODES)
            .filter(from)
            .fold(0, |nodes, node| nodes | 1 << node);
        let document = state.document(state.proposers[proposer].epoch);
        if !document.quorum(from, self.bug) {
            return None;
        }
        state.proposers[proposer].cached = (next > ballot).then_some((next, log));
        self.answer(state, proposer, log);
        Some(())
    }

    pub(super) fn again(&self, state: &mut State, proposer: usize, epoch: u8) -> Option<()> {
        match state.proposers[proposer].step {
            Step::Preparing(_) | Step::Accepting { .. } => self.prepare(state, proposer, epoch),
            Step::Querying if epoch > state.proposers[proposer].epoch => {
                self.query(state, proposer, epoch)
            }
            Step::Idle | Step::Querying => None,
        }
    }
}

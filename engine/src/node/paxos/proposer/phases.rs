//! The two phases of a round, and what the acceptors answer in each.

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Phase, Prepared};
use crate::NodeId;
use crate::base::id::Nodes;
use crate::base::mutant::Mutant;
use crate::base::time::Now;
use crate::node::io::Outbox;
use crate::node::machine::Node;
use crate::node::paxos::ballot::Ballot;
use crate::node::paxos::message::PaxosMessage;
use crate::node::paxos::serial::Serial;
use crate::node::paxos::state::State;
use crate::node::topology::is_log_key;

impl Node {
    pub(super) fn prepare(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let ballot = self.fresh_ballot();
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.phase = Phase::Preparing {
            ballot,
            promises: SmallVec::new(),
            refusals: Nodes::new(),
        };
        work.unheard = 0;
        let (key, all): (Bytes, Nodes) = (work.key.clone(), work.acceptors.all().collect());
        self.stats.paxos_prepares += 1;
        self.be_patient(now, number, out);
        for node in all {
            let message = PaxosMessage::Prepare(number, key.clone(), ballot);
            self.say(now, node, message, out);
        }
    }

    pub(in crate::node::paxos) fn promised(
        &mut self,
        now: Now,
        from: NodeId,
        number: u64,
        (under, accepted, state): (Ballot, Ballot, Box<State>),
        out: &mut Outbox,
    ) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let Phase::Preparing {
            ballot, promises, ..
        } = &mut work.phase
        else {
            return;
        };
        let known = promises.iter().any(|(node, ..)| *node == from);
        if *ballot != under || known || !work.acceptors.contains(from) {
            return;
        }
        promises.push((from, accepted, state));
        let votes: Nodes = promises.iter().map(|(node, ..)| *node).collect();
        if !work.enough(&votes) {
            return;
        }
        self.prepared(now, number, out);
    }

    /// Enough acceptors have promised: the newest state that they told is what the round goes on from.
    fn prepared(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let Phase::Preparing {
            ballot, promises, ..
        } = &work.phase
        else {
            return;
        };
        // Where all disks were lost one node founds anew, and no other.
        let first = work.acceptors.all().all(|node| self.id < node);
        if promises.is_empty() && !first {
            return;
        }
        let under = *ballot;
        let highest = promises.iter().map(|(_, accepted, _)| *accepted).max();
        let highest = highest.unwrap_or(Ballot::NONE);
        let agreed = promises
            .iter()
            .filter(|(_, accepted, _)| *accepted == highest);
        let chosen = work.acceptors.majority(agreed.map(|(node, ..)| *node));
        let chosen = chosen.then_some(highest);
        let found = promises
            .iter()
            .find(|(_, accepted, _)| *accepted == highest);
        let state = found.map(|(.., state)| (**state).clone());
        let mut state = state.unwrap_or_default();
        if state.value.is_none() {
            // Some may have forgotten it: it begins behind whatever it may have been.
            let versions = promises.iter().map(|(.., state)| state.version);
            state.version = versions.max().unwrap_or(0);
        }
        self.ask_to_accept(now, number, under, state, chosen, out);
    }

    /// An acceptor has lost what it once said. This counts where the proposer has lost its own, and asks everyone.
    pub(in crate::node::paxos) fn blank(
        &mut self,
        now: Now,
        from: NodeId,
        number: u64,
        under: Ballot,
        out: &mut Outbox,
    ) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        if !work.acceptors.one_lost || !work.acceptors.contains(from) {
            return;
        }
        if !work.blanks.contains(&from) {
            work.blanks.push(from);
        }
        let (ballot, votes): (Ballot, Nodes) = match &work.phase {
            Phase::Preparing {
                ballot, promises, ..
            } => (*ballot, promises.iter().map(|(node, ..)| *node).collect()),
            Phase::Accepting { ballot, acks, .. } => (*ballot, acks.clone()),
            Phase::Idle | Phase::BackingOff => return,
        };
        if ballot != under || !work.enough(&votes) {
            return;
        }
        match &work.phase {
            Phase::Preparing { .. } => self.prepared(now, number, out),
            _ => self.chosen(now, number, out),
        }
    }

    /// Phase 2: carries the requests of the round out on `base`, and asks for the state that they make to be
    /// accepted. Where they change nothing and `base` is known to be `chosen`, under a ballot before this one, there is
    /// nothing to ask, unless one of them insists.
    pub(super) fn ask_to_accept(
        &mut self,
        now: Now,
        number: u64,
        ballot: Ballot,
        base: State,
        chosen: Option<Ballot>,
        out: &mut Outbox,
    ) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let ids = work.current.clone();
        let mut state = base.clone();
        let (me, life) = (self.id.0, self.actor.incarnation);
        let current = |operation| {
            let mut requests = ids.iter().filter_map(|id| self.proposals.requests.get(id));
            requests.any(|serial| serial.operation() == Some(operation))
        };
        // This node's own that are not under way were answered.
        state.forget(|operation| {
            (operation.node, operation.life) == (me, life) && !current(operation)
        });
        if self.settings.has(Mutant::ApplyTwice) {
            state.forget(|_| true);
        }
        let base = state.clone();
        let mut insists = false;
        for id in ids {
            if let Some(serial) = self.proposals.requests.get_mut(&id) {
                state = serial.carry_out(state, now.wall);
                insists |= serial.insists();
            }
        }
        let next = ballot.next();
        self.proposals.round = self.proposals.round.max(next.round);
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let (key, all): (Bytes, Nodes) = (work.key.clone(), work.acceptors.all().collect());
        let unchanged = chosen.filter(|_| state == base && !insists);
        work.unheard = 0;
        work.phase = Phase::Accepting {
            ballot,
            next: if unchanged.is_some() { ballot } else { next },
            told: unchanged.unwrap_or(ballot),
            state: Box::new(state.clone()),
            acks: Nodes::new(),
            refusals: Nodes::new(),
        };
        if unchanged.is_some() {
            return self.chosen(now, number, out);
        }
        self.be_patient(now, number, out);
        for node in all {
            let state = Box::new(state.clone());
            let message = PaxosMessage::Accept(number, key.clone(), ballot, next, state);
            self.say(now, node, message, out);
        }
    }

    pub(in crate::node::paxos) fn accepted(
        &mut self,
        now: Now,
        from: NodeId,
        number: u64,
        under: Ballot,
        out: &mut Outbox,
    ) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let Phase::Accepting { ballot, acks, .. } = &mut work.phase else {
            return;
        };
        if *ballot != under || acks.contains(&from) || !work.acceptors.contains(from) {
            return;
        }
        acks.push(from);
        let votes = acks.clone();
        let all = work.acceptors.all().all(|node| votes.contains(&node));
        if work.enough(&votes) && (all || !work.collects) {
            self.chosen(now, number, out);
        }
    }

    /// The state is chosen: whoever waits for it is answered, and the next round begins.
    pub(super) fn chosen(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let Phase::Accepting {
            ballot,
            next,
            told,
            state,
            ..
        } = core::mem::replace(&mut work.phase, Phase::Idle)
        else {
            return;
        };
        let (key, acceptors) = (work.key.clone(), work.acceptors.clone());
        let collects = core::mem::take(&mut work.collects);
        let done = core::mem::take(&mut work.current);
        work.lost = 0;
        if let Some(timer) = work.timer.take() {
            self.cancel(timer, out);
        }
        self.stats.paxos_rounds += 1;
        if self.spans_zones() && !told.is_none() {
            let all: Nodes = acceptors.all().collect();
            for node in all {
                self.say(now, node, PaxosMessage::Chosen(key.clone(), told), out);
            }
        }
        let prepared = Prepared {
            ballot: next,
            state,
        };
        let collected = collects
            && done.iter().any(|id| {
                self.proposals
                    .requests
                    .get(id)
                    .is_some_and(Serial::may_erase)
            });
        if collected {
            let all: Nodes = acceptors.all().collect();
            self.erase(now, &all, &key, ballot, out);
        } else if !is_log_key(&key) {
            self.proposals.keep_prepared(&key, prepared);
        }
        for id in done {
            self.answer_serial(now, id, out);
        }
        self.begin_round(now, number, out);
    }

    /// An acceptor has promised a greater ballot. When no majority can follow any more, the proposer backs off.
    pub(in crate::node::paxos) fn refused(
        &mut self,
        now: Now,
        from: NodeId,
        number: u64,
        (under, promised): (Ballot, Ballot),
        out: &mut Outbox,
    ) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let (ballot, refusals) = match &mut work.phase {
            Phase::Preparing {
                ballot, refusals, ..
            }
            | Phase::Accepting {
                ballot, refusals, ..
            } => (*ballot, refusals),
            Phase::Idle | Phase::BackingOff => return,
        };
        // What comes twice is refused for this proposer's own next ballot: that is no other's.
        let own = (promised.node, promised.life) == (under.node, under.life);
        if ballot != under || promised <= under || own || !work.acceptors.contains(from) {
            return;
        }
        if !refusals.contains(&from) {
            refusals.push(from);
        }
        self.proposals.round = self.proposals.round.max(promised.round);
        let left = work.acceptors.all().filter(|node| !refusals.contains(node));
        let left: Nodes = left.collect();
        if !work.acceptors.majority(left.iter().copied()) {
            self.back_off(now, number, out);
        }
    }
}

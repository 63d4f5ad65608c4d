//! A node's part as a proposer: one piece of work for each register that its clients want something of.
//!
//! ```text
//!            prepared ballot at hand
//!          .-------------------------.
//!          |                         v
//!   Idle --+--> Preparing ------> Accepting ---> chosen: clients are answered, the next ones begin
//!                  ^  majority of      |
//!                  |  Promised         | Refused
//!                  '--- BackingOff <---'
//! ```
//!
//! What waits for a register when a round begins goes into it together, one change after the other, and is answered
//! when the state that they make is chosen.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use smallvec::SmallVec;

use super::acceptors::Acceptors;
use super::ballot::Ballot;
use super::message::PaxosMessage;
use super::serial::Serial;
use super::state::State;
use crate::NodeId;
use crate::base::hash::hash64_with;
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::limits::{REGISTER_BATCH_MAX, REGISTERS_PREPARED_MAX};
use crate::base::mutant::Mutant;
use crate::base::time::{Now, nanos};
use crate::node::io::Outbox;
use crate::node::machine::{Alarm, Node};
use crate::node::requests::Requests;
use crate::node::topology::is_log_key;

/// How long acceptors may take before they are asked once more.
const PATIENCE: Duration = Duration::from_millis(40);
/// The longest that a proposer asks in vain before it asks once more.
const PATIENCE_MAX: Duration = Duration::from_millis(400);
/// The longest first back-off, which doubles with each further one.
const BACK_OFF: Duration = Duration::from_millis(4);
/// The longest back-off of all.
const BACK_OFF_MAX: Duration = Duration::from_millis(256);

/// How far a proposal has come.
#[derive(Debug)]
enum Phase {
    /// There is none.
    Idle,
    /// Acceptors are asked for their promise.
    Preparing {
        ballot: Ballot,
        promises: SmallVec<[(NodeId, Ballot, Box<State>); 3]>,
        refusals: Nodes,
    },
    /// They are asked to accept.
    Accepting {
        ballot: Ballot,
        next: Ballot,
        state: Box<State>,
        acks: Nodes,
        refusals: Nodes,
    },
    /// Another proposer was faster.
    BackingOff,
}

/// The work on one register.
#[derive(Debug)]
struct Work {
    key: Bytes,
    acceptors: Acceptors,
    phase: Phase,
    /// The requests of the round under way.
    current: SmallVec<[RequestId; 4]>,
    waiting: VecDeque<RequestId>,
    /// Rounds of this work that were lost to another proposer, and askings in vain of this round.
    lost: u32,
    unheard: u32,
    /// Whether the round under way forgets the register: it ends when every owner has accepted the tombstone.
    collects: bool,
    /// Acceptors that have lost their disks: they vote for nothing, and against nothing.
    blanks: Nodes,
    timer: Option<TimerId>,
}

impl Work {
    /// Whether so many votes decide. Where the proposer's own are lost, those of all others do, too, as far as they
    /// have lost none themselves.
    fn enough(&self, votes: &Nodes) -> bool {
        let lost = self
            .blanks
            .iter()
            .filter(|node| !votes.contains(node))
            .count();
        let all = self.acceptors.one_lost && votes.len() + lost == self.acceptors.owners.len();
        self.acceptors.majority(votes.iter().copied()) || all
    }
}

/// A ballot that a majority has promised, and the state that it goes on from.
#[derive(Clone, Debug)]
struct Prepared {
    ballot: Ballot,
    state: Box<State>,
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::node) struct Proposals {
    pub(super) requests: Requests<Serial>,
    work: BTreeMap<u64, Work>,
    numbers: BTreeMap<Bytes, u64>,
    /// Ballots for the next change of a register, the oldest first in `prepared_order`.
    prepared: BTreeMap<Bytes, Prepared>,
    prepared_order: VecDeque<Bytes>,
    next_number: u64,
    /// Requests of this node's own.
    pub(super) own_requests: u64,
    /// Where the next look for deleted registers begins.
    pub(in crate::node) looked_until: Option<Bytes>,
    /// Changes that this life has taken, for their names.
    pub(super) operations: u64,
    /// The greatest round that this node has used or heard of.
    round: u64,
    back_offs: u64,
}

impl Proposals {
    /// Requests under way.
    pub(in crate::node) fn len(&self) -> usize {
        self.requests.len()
    }

    fn keep_prepared(&mut self, key: &Bytes, prepared: Prepared) {
        if self.prepared.insert(key.clone(), prepared).is_some() {
            return;
        }
        self.prepared_order.push_back(key.clone());
        while self.prepared.len() > REGISTERS_PREPARED_MAX {
            let Some(oldest) = self.prepared_order.pop_front() else {
                return;
            };
            self.prepared.remove(&oldest);
        }
    }

    /// Takes out the ballot that is at hand for a register. Its place in the order stays, and is used again.
    fn take_prepared(&mut self, key: &Bytes) -> Option<Prepared> {
        let prepared = self.prepared.remove(key)?;
        if let Some(place) = self.prepared_order.iter().position(|other| other == key) {
            self.prepared_order.remove(place);
        }
        Some(prepared)
    }
}

impl Node {
    /// Puts a request behind those that wait for its register.
    pub(super) fn propose_for(&mut self, now: Now, id: RequestId, key: &Bytes, out: &mut Outbox) {
        let number = match self.proposals.numbers.get(key) {
            Some(number) => *number,
            None => self.begin_work(key),
        };
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.waiting.push_back(id);
        if matches!(work.phase, Phase::Idle) {
            self.begin_round(now, number, out);
        }
    }

    fn begin_work(&mut self, key: &Bytes) -> u64 {
        let number = self.proposals.next_number;
        self.proposals.next_number += 1;
        let work = Work {
            key: key.clone(),
            acceptors: self.acceptors(key),
            phase: Phase::Idle,
            current: SmallVec::new(),
            waiting: VecDeque::new(),
            lost: 0,
            unheard: 0,
            collects: false,
            blanks: Nodes::new(),
            timer: None,
        };
        self.proposals.numbers.insert(key.clone(), number);
        self.proposals.work.insert(number, work);
        number
    }

    /// Begins with what waits; where nothing does, the work is over.
    fn begin_round(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        while work.current.len() < REGISTER_BATCH_MAX && !work.collects {
            let Some(id) = work.waiting.pop_front() else {
                break;
            };
            let serial = self.proposals.requests.get(&id);
            let collects = serial.is_some_and(Serial::collects);
            if collects && !work.current.is_empty() {
                // It has a round to itself.
                work.waiting.push_front(id);
                break;
            }
            work.collects = collects;
            work.current.push(id);
        }
        let collects = work.collects;
        let (key, idle) = (work.key.clone(), work.current.is_empty());
        if idle {
            return self.end_work(number, out);
        }
        match self.proposals.take_prepared(&key) {
            Some(prepared) if !collects => {
                let state = *prepared.state;
                self.ask_to_accept(now, number, prepared.ballot, state, false, out);
            }
            _ => self.prepare(now, number, out),
        }
    }

    fn end_work(&mut self, number: u64, out: &mut Outbox) {
        if let Some(work) = self.proposals.work.remove(&number) {
            self.proposals.numbers.remove(&work.key);
            if let Some(timer) = work.timer {
                self.cancel(timer, out);
            }
        }
    }

    /// A ballot beyond all that this node knows.
    fn fresh_ballot(&mut self) -> Ballot {
        self.proposals.round = self.proposals.round.saturating_add(1);
        let life = match self.settings.has(Mutant::ReuseBallot) {
            true => 0,
            false => self.actor.incarnation,
        };
        Ballot {
            round: self.proposals.round,
            node: self.id.0,
            life,
        }
    }

    fn prepare(&mut self, now: Now, number: u64, out: &mut Outbox) {
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

    pub(super) fn promised(
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
    pub(super) fn blank(
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
    /// accepted. Where they change nothing and `base` is known to be chosen, there is nothing to ask, unless a former
    /// proposal of theirs has to be voided.
    fn ask_to_accept(
        &mut self,
        now: Now,
        number: u64,
        ballot: Ballot,
        base: State,
        chosen: bool,
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
        let mut voids = false;
        for id in ids {
            if let Some(serial) = self.proposals.requests.get_mut(&id) {
                state = serial.carry_out(state, now.wall);
                voids |= serial.voids_proposal();
            }
        }
        let next = ballot.next();
        self.proposals.round = self.proposals.round.max(next.round);
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let (key, all): (Bytes, Nodes) = (work.key.clone(), work.acceptors.all().collect());
        let unchanged = chosen && state == base && !voids;
        work.unheard = 0;
        work.phase = Phase::Accepting {
            ballot,
            next: if unchanged { ballot } else { next },
            state: Box::new(state.clone()),
            acks: Nodes::new(),
            refusals: Nodes::new(),
        };
        if unchanged {
            return self.chosen(now, number, out);
        }
        self.be_patient(now, number, out);
        for node in all {
            let state = Box::new(state.clone());
            let message = PaxosMessage::Accept(number, key.clone(), ballot, next, state);
            self.say(now, node, message, out);
        }
    }

    pub(super) fn accepted(
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
    fn chosen(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        let Phase::Accepting {
            ballot,
            next,
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
        if self.spans_zones() {
            let all: Nodes = acceptors.all().collect();
            for node in all {
                self.say(now, node, PaxosMessage::Chosen(key.clone(), ballot), out);
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
    pub(super) fn refused(
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

    fn back_off(&mut self, now: Now, number: u64, out: &mut Outbox) {
        self.stats.paxos_lost += 1;
        self.proposals.back_offs += 1;
        let draw = hash64_with(
            u64::from(self.id.0) << 32 | u64::from(self.actor.incarnation),
            &self.proposals.back_offs.to_le_bytes(),
        );
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.phase = Phase::BackingOff;
        let longest = (BACK_OFF * (1 << work.lost.min(6))).min(BACK_OFF_MAX);
        work.lost = work.lost.saturating_add(1);
        let wait = Duration::from_nanos(draw % nanos(longest).max(1));
        self.wake_work(now, number, wait, out);
    }

    fn be_patient(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let unheard = self
            .proposals
            .work
            .get(&number)
            .map_or(0, |work| work.unheard);
        let patience = (PATIENCE * (1 << unheard.min(4))).min(PATIENCE_MAX);
        self.wake_work(now, number, patience, out);
    }

    fn wake_work(&mut self, now: Now, number: u64, after: Duration, out: &mut Outbox) {
        let timer = self.arm(now.mono.after(after), Alarm::Proposal(number), out);
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        if let Some(before) = work.timer.replace(timer) {
            self.cancel(before, out);
        }
    }

    /// A back-off is over, or acceptors are silent: those are asked once more.
    pub(in crate::node) fn proposal_due(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.timer = None;
        work.unheard = work.unheard.saturating_add(1);
        let key = work.key.clone();
        let (heard, refused, message) = match &work.phase {
            Phase::Idle => return,
            Phase::BackingOff => return self.prepare(now, number, out),
            Phase::Preparing {
                ballot,
                promises,
                refusals,
            } => (
                promises.iter().map(|(node, ..)| *node).collect::<Nodes>(),
                !refusals.is_empty(),
                PaxosMessage::Prepare(number, key, *ballot),
            ),
            Phase::Accepting {
                ballot,
                next,
                state,
                acks,
                refusals,
            } => (
                acks.clone(),
                !refusals.is_empty(),
                PaxosMessage::Accept(number, key, *ballot, *next, state.clone()),
            ),
        };
        let silent: Nodes = work
            .acceptors
            .all()
            .filter(|node| !heard.contains(node))
            .collect();
        if refused {
            return self.back_off(now, number, out);
        }
        self.be_patient(now, number, out);
        for node in silent {
            self.say(now, node, message.clone(), out);
        }
    }

    /// Takes a request out of the work on its register. Where nobody else waits, the work ends with it.
    pub(super) fn leave_work(&mut self, id: RequestId, key: &Bytes, out: &mut Outbox) {
        let Some(&number) = self.proposals.numbers.get(key) else {
            return;
        };
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.current.retain(|other| *other != id);
        work.waiting.retain(|other| *other != id);
        if work.current.is_empty() && work.waiting.is_empty() {
            self.end_work(number, out);
        }
    }

    /// Every promise and every proposal of this node is void: owners or the collection number have changed. What
    /// waits begins anew.
    pub(in crate::node) fn restart_proposals(&mut self, now: Now, out: &mut Outbox) {
        self.proposals.prepared.clear();
        self.proposals.prepared_order.clear();
        let numbers: Vec<u64> = self.proposals.work.keys().copied().collect();
        for number in numbers {
            let Some(key) = self
                .proposals
                .work
                .get(&number)
                .map(|work| work.key.clone())
            else {
                continue;
            };
            let acceptors = self.acceptors(&key);
            self.stats.paxos_lost += 1;
            if let Some(work) = self.proposals.work.get_mut(&number) {
                work.acceptors = acceptors;
            }
            self.prepare(now, number, out);
        }
    }
}

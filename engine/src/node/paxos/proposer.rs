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

mod phases;

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
        /// Under which ballot the state is chosen, then: an earlier one where this round has nothing accepted. This
        /// round's ballot may be its next one's, too, and whoever has accepted that must not take it for chosen.
        told: Ballot,
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

    /// Whether there is work on a register.
    pub(super) fn has_work_on(&self, key: &Bytes) -> bool {
        self.numbers.contains_key(key)
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
        match work.phase {
            Phase::Idle => self.begin_round(now, number, out),
            _ if work.collects => self.break_collection_off(now, number, out),
            _ => {}
        }
    }

    /// Somebody waits behind the forgetting of a register, which needs every owner, and one may be away: it is tried
    /// again later.
    fn break_collection_off(&mut self, now: Now, number: u64, out: &mut Outbox) {
        let Some(work) = self.proposals.work.get_mut(&number) else {
            return;
        };
        work.collects = false;
        let ids = core::mem::take(&mut work.current);
        let chosen = matches!(&work.phase, Phase::Accepting { acks, .. } if work.enough(acks));
        for id in ids {
            self.answer_serial(now, id, out);
        }
        if chosen {
            self.chosen(now, number, out);
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
                self.ask_to_accept(now, number, prepared.ballot, state, None, out);
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
                ..
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

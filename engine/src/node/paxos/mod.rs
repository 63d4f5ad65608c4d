//! Lessons 4 and 7: compare-and-set. One register a key, whose owners agree on each of its states.
//!
//! The protocol is CASPaxos (Rystsov 2018, "CASPaxos: Replicated State Machines without logs"): Paxos (Lamport 2001)
//! without a log. The state itself is what is agreed on, again and again, each time under a greater ballot.
//!
//! ```text
//!  client      proposer                    owners, the acceptors
//!    | cas k --> |  Prepare(ballot) ---------> |  each promises to take nothing older, and tells its state
//!    |           | <-- Promised(state) ------- |
//!    |           |  of a majority's states the newest; the change is applied to it
//!    |           |  Accept(ballot, state') --> |  each takes it, and promises the proposer's next ballot, too
//!    | <-- ok -- | <-- Accepted -------------- |  of a majority: state' is chosen
//! ```
//!
//! The next change through the same proposer begins with its Accept: one round trip, as long as no other proposer
//! has come between.
//!
//! | part | what it does |
//! |---|---|
//! | [`Ballot`], [`State`], [`Acceptor`], [`Acceptors`] | the protocol's own, without a node |
//! | `collect`, [`Floor`] | forgetting registers that were deleted |
//! | `serial` | a client's request, from its beginning to its end |
//! | `proposer` | the proposals of one node |
//! | this file | the way between proposers and acceptors; what an acceptor refuses |
//!
//! Rules that this keeps: what an acceptor answers is on its disk; a change takes effect once, though several
//! proposals carry it, since the state remembers the latest; a change whose condition fails is answered by a state that
//! is known to be chosen; an error says whether the change may have taken effect.

mod acceptor;
mod acceptors;
mod ballot;
mod collect;
mod message;
mod proposer;
mod serial;
mod state;

use core::time::Duration;

use bytes::Bytes;

pub use acceptor::{Acceptor, Verdict};
pub use acceptors::Acceptors;
pub use ballot::Ballot;
pub use collect::Floor;
pub use message::PaxosMessage;
pub(super) use proposer::Proposals;
pub use state::{Condition, Done, Edit, Operation, State};

use super::io::{Outbox, Output};
use super::machine::{Node, Reason};
use super::message::Message;
use super::replica::{RegisterOp, RegisterResult, StoreOp};
use super::table::Policy;
use super::topology::{is_log_key, log_epoch};
use crate::NodeId;
use crate::base::limits::BALLOT_ROUND_MAX;
use crate::base::mutant::Mutant;
use crate::base::time::Now;

/// The least that a read waits for all acceptors, before it takes part in a proposal.
const QUERY_PATIENCE: Duration = Duration::from_millis(20);

/// For whom, and why, an acceptor works.
#[derive(Clone, Copy, Debug)]
pub(super) enum PaxosStep {
    /// A promise of this ballot, for the work of this number.
    Promise(u64, Ballot),
    /// A state under this ballot.
    Accept(u64, Ballot),
    /// A read.
    Query(crate::base::id::RequestId),
    /// Nobody waits.
    Learn,
}

impl Node {
    /// Whose votes decide a key.
    pub(super) fn acceptors(&self, key: &[u8]) -> Acceptors {
        if is_log_key(key) {
            return self.voters(key);
        }
        let (owners, mut coming) = (self.owners(key), self.coming(key));
        if coming.iter().all(|node| owners.contains(node)) && coming.len() == owners.len() {
            coming.clear();
        }
        match self.settings.has(Mutant::NewQuorumOnly) && !coming.is_empty() {
            true => Acceptors::of(coming),
            false => Acceptors {
                owners,
                coming,
                one_lost: false,
            },
        }
    }

    /// Whose votes decide the document of the next epoch: the members of this one. A node that lost its disk has none.
    fn voters(&self, key: &[u8]) -> Acceptors {
        if log_epoch(key) != Some(self.epoch() + 1) {
            return Acceptors::default();
        }
        let members = self.shape.topology.members.iter().map(|member| member.node);
        let one_lost = self.reshaping.outside;
        Acceptors {
            owners: members
                .filter(|node| !one_lost || *node != self.id)
                .collect(),
            one_lost,
            ..Acceptors::default()
        }
    }

    /// Whether members stand in more than one zone.
    fn spans_zones(&self) -> bool {
        let mut zones = self
            .parts
            .placement
            .members()
            .iter()
            .map(|member| member.zone);
        let first = zones.next();
        zones.any(|zone| Some(zone) != first)
    }

    /// Says something to a node, which may be this one.
    fn say(&mut self, now: Now, to: NodeId, message: PaxosMessage, out: &mut Outbox) {
        if to == self.id {
            self.paxos_received(now, to, message, out);
        } else {
            out.push(Output::Send(to, Message::Paxos(message)));
        }
    }

    /// Takes a message of a proposer or an acceptor.
    pub(super) fn paxos_received(
        &mut self,
        now: Now,
        from: NodeId,
        message: PaxosMessage,
        out: &mut Outbox,
    ) {
        if message.round() > BALLOT_ROUND_MAX {
            out.push(Output::Event(format!(
                "refused a '{}' of {from}: its ballot is beyond the last",
                message.label()
            )));
            return;
        }
        match message {
            PaxosMessage::Prepare(number, key, ballot) => {
                let op = RegisterOp::Prepare(key.clone(), ballot);
                self.vote(from, &key, op, PaxosStep::Promise(number, ballot), out);
            }
            PaxosMessage::Accept(number, key, ballot, next, state) => {
                if self.settings.has(Mutant::EagerAccept) && self.votes_on(&key) {
                    self.say(now, from, PaxosMessage::Accepted(number, ballot), out);
                }
                let op = RegisterOp::Accept(key.clone(), ballot, next, state);
                self.vote(from, &key, op, PaxosStep::Accept(number, ballot), out);
            }
            PaxosMessage::Query(id, key) => {
                let op = RegisterOp::Query(key.clone());
                self.vote(from, &key, op, PaxosStep::Query(id), out);
            }
            PaxosMessage::Erase(key, ballot) => {
                let op = RegisterOp::Erase(key.clone(), ballot);
                self.vote(from, &key, op, PaxosStep::Learn, out);
            }
            PaxosMessage::Chosen(key, ballot) => {
                let op = RegisterOp::Chosen(key.clone(), ballot);
                self.vote(from, &key, op, PaxosStep::Learn, out);
            }
            PaxosMessage::Promised(number, ballot, accepted, state) => {
                self.promised(now, from, number, (ballot, accepted, state), out);
            }
            PaxosMessage::Blank(number, ballot) => self.blank(now, from, number, ballot, out),
            PaxosMessage::Accepted(number, ballot) => self.accepted(now, from, number, ballot, out),
            PaxosMessage::Refused(number, ballot, promised) => {
                self.refused(now, from, number, (ballot, promised), out);
            }
            PaxosMessage::Holds(id, accepted, chosen, state) => {
                self.holds(now, from, id, (accepted, chosen, state), out);
            }
        }
    }

    /// Whether this node is an acceptor of a key, and may act as one: not while it lacks what it once promised.
    fn votes_on(&self, key: &Bytes) -> bool {
        let is_register = is_log_key(key) || matches!(self.tables.of(key).policy, Policy::Cas);
        let whole = !self.rebuilding && !self.reshaping.outside;
        is_register && whole && self.acceptors(key).contains(self.id) && self.takes_vote(key)
    }

    /// Whether what this node does not own is removed already, where the key is one that it gains.
    fn takes_vote(&self, key: &[u8]) -> bool {
        is_log_key(key) || self.takes_key(key)
    }

    fn vote(
        &mut self,
        from: NodeId,
        key: &Bytes,
        op: RegisterOp,
        step: PaxosStep,
        out: &mut Outbox,
    ) {
        // Silence is safe: the proposer asks once more, or another acceptor is enough.
        if self.votes_on(key) && !self.is_swamped() {
            let reason = Reason::Paxos(from, step, self.epoch());
            self.store(StoreOp::Register(op), reason, out);
        } else if is_log_key(key)
            && self.reshaping.outside
            && from != self.id
            && let PaxosStep::Promise(number, ballot) | PaxosStep::Accept(number, ballot) = step
        {
            let blank = PaxosMessage::Blank(number, ballot);
            out.push(Output::Send(from, Message::Paxos(blank)));
        }
    }

    /// What the disk says of an acceptor's work goes to whoever waits for it.
    pub(super) fn paxos_stored(
        &mut self,
        now: Now,
        (to, step): (NodeId, PaxosStep),
        result: RegisterResult,
        out: &mut Outbox,
    ) {
        let (verdict, acceptor) = match result {
            RegisterResult::Voted(verdict, acceptor) => (verdict, acceptor),
            RegisterResult::Dead { dead, next } => {
                self.proposals.looked_until = next;
                return self.found_dead(now, dead, out);
            }
        };
        let message = match (step, verdict) {
            (
                PaxosStep::Promise(number, ballot) | PaxosStep::Accept(number, ballot),
                Verdict::Refused(promised),
            ) => PaxosMessage::Refused(number, ballot, promised),
            (PaxosStep::Promise(number, ballot), Verdict::Taken) => {
                let (accepted, state) = (acceptor.accepted, Box::new(acceptor.state));
                PaxosMessage::Promised(number, ballot, accepted, state)
            }
            (PaxosStep::Accept(number, ballot), Verdict::Taken) => {
                PaxosMessage::Accepted(number, ballot)
            }
            (PaxosStep::Query(id), _) => {
                let (accepted, chosen) = (acceptor.accepted, acceptor.chosen);
                PaxosMessage::Holds(id, accepted, chosen, Box::new(acceptor.state))
            }
            (PaxosStep::Learn, _) => return,
        };
        self.say(now, to, message, out);
    }
}

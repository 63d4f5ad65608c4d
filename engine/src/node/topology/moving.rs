//! A node's part in a move: it proposes one for an operator, takes in what it gains, and ends it with the others.

use core::time::Duration;

use super::{Proposal, TopologyMessage, log_key};
use crate::NodeId;
use crate::base::id::RequestId;
use crate::base::mutant::Mutant;
use crate::base::time::Now;
use crate::node::io::{Answer, Outbox, Output};
use crate::node::machine::{Alarm, Client, Node};
use crate::node::message::Message;
use crate::ring::{Reshape, Topology};
use crate::{Error, Result};

/// How often a node looks at a move that is under way.
const TICK: Duration = Duration::from_millis(200);
/// Ticks after which the next member ends a move that is over.
const TICKS_A_MEMBER: u32 = 3;

impl Node {
    /// An operator asks for another topology.
    pub(in crate::node) fn start_reshape(
        &mut self,
        now: Now,
        id: RequestId,
        reshape: &Reshape,
        timeout: Duration,
        out: &mut Outbox,
    ) -> Result<()> {
        if self.reshaping.outside || self.rebuilding {
            return Err(Error::Unavailable {
                detail: format!(
                    "{} has lost its disk and was not filled yet: ask another",
                    self.id
                ),
            });
        }
        if self.reshaping.proposal.is_some() {
            return Err(Error::Conflict {
                detail: format!("{} is proposing another change; wait for it", self.id),
            });
        }
        let copies = (0..self.tables.len()).filter_map(|id| {
            let table = self.tables.get(id as u8)?;
            Some(self.shape.copies(&[id as u8], table.replication))
        });
        let document = self
            .shape
            .topology
            .reshaped(reshape, copies.max().unwrap_or(1))?;
        // Members that make no placement are refused here, not by everybody.
        self.shape.of(document.clone())?;
        self.propose_document(now, Some(id), document, timeout, out)
    }

    /// Proposes the document of the next epoch. Without a request nobody waits for what comes of it.
    pub(super) fn propose_document(
        &mut self,
        now: Now,
        id: Option<RequestId>,
        document: Topology,
        timeout: Duration,
        out: &mut Outbox,
    ) -> Result<()> {
        let request = id.unwrap_or(RequestId(u64::MAX - document.epoch));
        let key = log_key(document.epoch);
        self.reshaping.proposal = Some(Proposal {
            document: document.clone(),
            request,
        });
        self.start_decision(now, request, key, document.encode(), timeout, out);
        Ok(())
    }

    /// What this node has proposed is decided, or another document is; or nobody can know yet.
    pub(in crate::node) fn decided(
        &mut self,
        now: Now,
        request: RequestId,
        found: Result<Answer>,
        out: &mut Outbox,
    ) {
        let ours = self
            .reshaping
            .proposal
            .take_if(|proposal| proposal.request == request);
        let chosen = match &found {
            Ok(answer) => answer.values.first().map(|bytes| Topology::decode(bytes)),
            Err(_) => None,
        };
        let Some(proposal) = ours else { return };
        let result = match chosen {
            Some(Ok(document)) => {
                // The answer comes when this node has entered the epoch.
                self.reshaping.proposal = Some(proposal);
                return self.adopt(now, document, out);
            }
            Some(Err(error)) => Err(error),
            None => found,
        };
        self.answer_reshape(request, result, out);
    }

    fn answer_reshape(&self, request: RequestId, result: Result<Answer>, out: &mut Outbox) {
        // Nobody waits for what a node proposes by itself.
        if request.0 < u64::MAX / 2 {
            Self::answer(Client::Here, request, result, out);
        }
    }

    /// The disk has not taken the document in: whoever sends it again is heard.
    pub(in crate::node) fn not_adopted(&mut self, error: Error, out: &mut Outbox) {
        let epoch = self.reshaping.adopting.take();
        let decided = |proposal: &mut Proposal| Some(proposal.document.epoch) == epoch;
        if let Some(proposal) = self.reshaping.proposal.take_if(decided) {
            self.drop_decision(proposal.request, out);
            self.answer_reshape(proposal.request, Err(error), out);
        }
    }

    /// A newer epoch has come: whatever this node has proposed for an older one is over.
    pub(super) fn look_at_proposal(&mut self, _now: Now, out: &mut Outbox) {
        let epoch = self.epoch();
        let over = |proposal: &mut Proposal| proposal.document.epoch <= epoch;
        let Some(proposal) = self.reshaping.proposal.take_if(over) else {
            return;
        };
        let same = *self.shape.topology == proposal.document;
        self.drop_decision(proposal.request, out);
        let result = match (same, proposal.document.epoch == epoch) {
            (true, _) => Ok(Answer {
                version: epoch,
                ..Answer::default()
            }),
            (false, true) => Err(Error::Conflict {
                detail: format!(
                    "another change was agreed on for epoch {epoch}: look at it, and ask again"
                ),
            }),
            // This one may have come between, or not.
            (false, false) => Err(Error::Ambiguous {
                detail: format!(
                    "the cluster is in epoch {epoch} already; look whether the change is in it"
                ),
            }),
        };
        self.answer_reshape(proposal.request, result, out);
    }

    /// Whether this node gains ranges in the move under way: some key may be its that was not.
    fn gains(&self) -> bool {
        let Some(coming) = &self.shape.topology.coming else {
            return false;
        };
        // Who keeps its place may gain ranges all the same: another's departure, or other weights, give it some.
        coming.members.iter().any(|member| member.node == self.id)
    }

    /// Takes up its part in the move under way, if there is one.
    pub(in crate::node) fn look_at_move(&mut self, now: Now, out: &mut Outbox) {
        let topology = std::sync::Arc::clone(&self.shape.topology);
        self.look_at_draining(now, out);
        let Some(coming) = &topology.coming else {
            return self.stop_gaining();
        };
        self.tick_move(now, out);
        let waits = self.rebuilding || self.reshaping.outside || self.reshaping.undropped;
        if !self.gains() || waits {
            return;
        }
        if self.reshaping.moved_here == coming.since {
            return self.tell_moved(now, coming.since, out);
        }
        if self.gains_since(coming.since) {
            return;
        }
        let progress = self.reshaping.progress.clone();
        let sources = topology.members.iter().map(|member| member.node);
        let sources = sources.filter(|node| *node != self.id && !coming.dead.contains(node));
        let left = sources.filter_map(|node| match progress.get(&node) {
            Some((since, place)) if *since == coming.since => {
                place.clone().map(|place| (node, Some(place)))
            }
            _ => Some((node, None)),
        });
        let left = left.collect();
        self.start_gaining(now, coming.since, left, out);
    }

    /// All that the move brings is on the disk here.
    pub(in crate::node) fn has_moved(&mut self, now: Now, since: u64, out: &mut Outbox) {
        self.reshaping.moved_here = since;
        let of_now = self.shape.topology.coming.as_ref();
        if of_now.is_some_and(|coming| coming.since == since) {
            self.tell_moved(now, since, out);
        }
    }

    fn tell_moved(&mut self, now: Now, since: u64, out: &mut Outbox) {
        let others: Vec<NodeId> = self.others().collect();
        for node in others {
            let moved = Message::Topology(TopologyMessage::Moved(since));
            out.push(Output::Send(node, moved));
        }
        let me = self.id;
        self.heard_moved(now, me, since, out);
    }

    pub(super) fn heard_moved(&mut self, now: Now, from: NodeId, since: u64, out: &mut Outbox) {
        let coming = self.shape.topology.coming.as_ref();
        if coming.is_none_or(|coming| coming.since != since) {
            return;
        }
        self.reshaping.moved.insert(from);
        self.end_move(now, out);
    }

    /// Whether every node that gains something has it.
    fn is_moved(&self) -> bool {
        let coming = self.shape.topology.coming.as_ref();
        coming.is_some_and(|coming| {
            let mut members = coming.members.iter();
            members.all(|member| self.reshaping.moved.contains(&member.node))
        })
    }

    /// Proposes the end of a move that is over. The first member does at once, the others in turn if it does not.
    fn end_move(&mut self, now: Now, out: &mut Outbox) {
        let away = self.reshaping.proposal.is_some() || self.rebuilding || self.reshaping.outside;
        if away || !self.is_moved() || !self.shape.topology.has(self.id) {
            return;
        }
        let members = self.shape.topology.members.iter();
        let before_me = members.filter(|member| member.node < self.id).count() as u32;
        if self.reshaping.ticks < before_me * TICKS_A_MEMBER {
            return;
        }
        if let Some(document) = self
            .shape
            .topology
            .committed(self.shape.owners.goes_by_past())
        {
            let proposed = self.propose_document(now, None, document, 10 * TICK, out);
            debug_assert!(proposed.is_ok(), "nobody waits for it");
        }
    }

    /// A node that has left hands over what it keeps for others; then it may be forgotten.
    fn look_at_draining(&mut self, now: Now, out: &mut Outbox) {
        if !self.shape.topology.draining.contains(&self.id) {
            return;
        }
        self.tick_move(now, out);
        if self.hints.is_empty() && self.writes.len() == 0 && self.forwards.len() == 0 {
            let others: Vec<NodeId> = self.others().collect();
            for node in others {
                let drained = Message::Topology(TopologyMessage::Drained);
                out.push(Output::Send(node, drained));
            }
        }
    }

    /// The first member that hears of it proposes to forget a node that has left.
    pub(super) fn heard_drained(&mut self, now: Now, from: NodeId, out: &mut Outbox) {
        let away = self.reshaping.proposal.is_some() || self.rebuilding || self.reshaping.outside;
        let first = |node: &NodeId| *node == self.id || !self.is_dead(*node);
        let mut members = self.shape.topology.members.iter().map(|member| member.node);
        if away || members.find(first) != Some(self.id) {
            return;
        }
        if let Some(document) = self.shape.topology.drained(from) {
            let proposed = self.propose_document(now, None, document, 10 * TICK, out);
            debug_assert!(proposed.is_ok(), "nobody waits for it");
        }
    }

    pub(super) fn tick_move(&mut self, now: Now, out: &mut Outbox) {
        if self.reshaping.timer.is_none() {
            let timer = self.arm(now.mono.after(TICK), Alarm::Move, out);
            self.reshaping.timer = Some(timer);
        }
    }

    /// A look at the move under way: what was told may have been lost.
    pub(in crate::node) fn move_due(&mut self, now: Now, out: &mut Outbox) {
        self.reshaping.timer = None;
        self.reshaping.ticks = self.reshaping.ticks.saturating_add(1);
        if self.reshaping.undropped {
            self.remove_strangers(now, out);
        }
        self.look_at_draining(now, out);
        if self.shape.topology.coming.is_none() {
            return;
        }
        self.look_at_move(now, out);
        self.end_move(now, out);
        if self.settings.has(Mutant::SkipEpoch) {
            return;
        }
        // Members that hear nothing else hear of the epoch.
        self.spread_document(&[], out);
    }
}

//! A client's request of a register: a read at SERIAL or LOCAL_SERIAL, or a change with conditions.
//!
//! | read | what happens |
//! |---|---|
//! | a majority has accepted one ballot | its state is chosen: the client is answered, after one round trip |
//! | LOCAL_SERIAL: a majority of the owners in this zone has answered, and the newest state there is known to be chosen | the client is answered; others may have chosen a newer one |
//! | otherwise | the read takes part in a proposal like a change, and so finishes the one that it found, or voids it |

use core::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use super::PaxosMessage;
use super::ballot::Ballot;
use super::state::{self, Condition, Edit, Operation, State};
use crate::base::id::{Nodes, RequestId, TimerId};
use crate::base::limits::REGISTER_OPS_REMEMBERED;
use crate::base::mutant::Mutant;
use crate::base::time::{Mono, Now, Pretty, Wall};
use crate::node::io::{Answer, Kind, Outbox, Request};
use crate::node::level::Level;
use crate::node::machine::{Alarm, Client, Node};
use crate::{Error, NodeId, Result};

/// How long a register may take to be forgotten; it is tried again later.
const COLLECTED_WITHIN: Duration = Duration::from_secs(1);

/// What a client wants of a register.
#[derive(Debug)]
pub(super) enum Want {
    /// To see it.
    Read,
    /// To forget it, of this node's own accord, where it has no value.
    Collect,
    /// To change it, where the conditions hold.
    Change {
        conditions: Vec<Condition>,
        edit: Edit,
        operation: Operation,
        /// When a value that is put expires.
        deadline: Option<Wall>,
    },
}

/// Of whom: under which ballot it has accepted its state, and the greatest that it knows to be chosen.
type Reply = (NodeId, Ballot, Ballot, Box<State>);

/// See the module.
#[derive(Debug)]
pub(in crate::node) struct Serial {
    key: Bytes,
    pub(super) want: Want,
    level: Level,
    until: Mono,
    timeout: Duration,
    /// Whether it decides a document: whatever is chosen is its answer.
    decides: bool,
    timer: TimerId,
    /// What acceptors hold, while a read asks; who was asked.
    replies: SmallVec<[Reply; 3]>,
    asked: Nodes,
    /// The version that this change would have made in a proposal that was sent. It may have taken effect.
    sent: Option<u64>,
    /// How it ends, once the round's state is chosen.
    outcome: Option<Result<Answer>>,
}

fn shown(state: &State, now: Wall) -> Answer {
    Answer {
        values: state.value_at(now).cloned().into_iter().collect(),
        version: state.version_at(now),
        ..Answer::default()
    }
}

impl Serial {
    /// One that has not begun. `deadline` says until when it may take, and how long that was from its beginning.
    fn new(
        key: &Bytes,
        want: Want,
        level: Level,
        deadline: (Mono, Duration),
        timer: TimerId,
    ) -> Self {
        Self {
            key: key.clone(),
            want,
            level,
            until: deadline.0,
            timeout: deadline.1,
            decides: false,
            timer,
            replies: SmallVec::new(),
            asked: Nodes::new(),
            sent: None,
            outcome: None,
        }
    }

    pub(super) fn collects(&self) -> bool {
        matches!(self.want, Want::Collect)
    }

    /// Whether what it has found may be forgotten.
    pub(super) fn may_erase(&self) -> bool {
        self.collects() && matches!(&self.outcome, Some(Ok(answer)) if answer.version == 1)
    }

    /// What it is called, if it is a change.
    pub(super) fn operation(&self) -> Option<Operation> {
        match &self.want {
            Want::Read | Want::Collect => None,
            Want::Change { operation, .. } => Some(*operation),
        }
    }

    /// Whether the state has to be accepted even where nothing changes.
    ///
    /// A change that fails may stand in a former proposal, its own or, of a retry, another node's. An acceptor may hold
    /// that one still, and whoever finds it there would finish it; once something was accepted under a greater ballot,
    /// nobody does. And a tombstone goes to every owner before any of them forgets it.
    pub(super) fn insists(&self) -> bool {
        let carried = self.sent.is_some() || self.operation().is_some_and(Operation::is_of_client);
        carried && matches!(self.outcome, Some(Err(_))) || self.may_erase()
    }

    /// Carries it out on a state, and notes how it ends if the state that comes out is chosen.
    pub(super) fn carry_out(&mut self, state: State, now: Wall) -> State {
        if self.decides
            && let Some(document) = &state.value
        {
            self.outcome = Some(Ok(Answer {
                values: vec![document.clone()],
                ..Answer::default()
            }));
            return state;
        }
        let (operation, conditions, edit, deadline) = match &self.want {
            Want::Read => {
                self.outcome = Some(Ok(shown(&state, now)));
                return state;
            }
            Want::Collect => {
                let dead = state.dead_since(now).is_some_and(|since| since <= now);
                self.outcome = Some(Ok(Answer {
                    version: u64::from(dead),
                    ..Answer::default()
                }));
                return if dead { state.buried() } else { state };
            }
            Want::Change {
                conditions,
                edit,
                operation,
                deadline,
            } => (*operation, conditions, edit, *deadline),
        };
        if let Some(done) = state.find(operation) {
            // An earlier proposal of it was finished, by this node or another.
            self.outcome = Some(Ok(Answer {
                values: done.sum.map(state::shown).into_iter().collect(),
                version: done.version,
                ..Answer::default()
            }));
            return state;
        }
        if let Some(sent) = self.sent
            && state.version.saturating_sub(sent) >= REGISTER_OPS_REMEMBERED as u64
        {
            self.outcome = Some(Err(Error::Ambiguous {
                detail: format!(
                    "{REGISTER_OPS_REMEMBERED} later changes of the key hide whether this one took effect; read \
                     before you retry"
                ),
            }));
            return state;
        }
        let edited = state
            .check(conditions, now)
            .and_then(|()| state.edited(edit, operation, deadline, now));
        match edited {
            Err(error) => {
                self.outcome = Some(Err(error));
                state
            }
            Ok(edited) => {
                let values = match edit {
                    Edit::Put(document) if self.decides => vec![document.clone()],
                    Edit::Add(_) => edited.value.clone().into_iter().collect(),
                    Edit::Put(_) | Edit::Delete => Vec::new(),
                };
                self.sent = Some(self.sent.unwrap_or(0).max(edited.version));
                self.outcome = Some(Ok(Answer {
                    values,
                    version: edited.version,
                    ..Answer::default()
                }));
                edited
            }
        }
    }
}

impl Node {
    pub(in crate::node) fn start_serial(
        &mut self,
        now: Now,
        id: RequestId,
        request: Request,
        out: &mut Outbox,
    ) -> Result<()> {
        let want = self.serial_want(now, &request)?;
        let key = request.key.clone();
        let (level, until) = (request.level, now.mono.after(request.timeout));
        let read = matches!(want, Want::Read);
        let timer = self.arm(until, Alarm::SerialDeadline(id), out);
        let serial = Serial::new(&key, want, level, (until, request.timeout), timer);
        self.proposals.requests.insert(id, serial);
        if read {
            self.query(now, id, out);
        } else {
            self.propose_for(now, id, &key, out);
        }
        Ok(())
    }

    /// Asks the members to decide a document. What they decide goes to [`Node::decided`].
    pub(in crate::node) fn start_decision(
        &mut self,
        now: Now,
        id: RequestId,
        key: Bytes,
        document: Vec<u8>,
        timeout: Duration,
        out: &mut Outbox,
    ) {
        let until = now.mono.after(timeout);
        let want = Want::Change {
            conditions: Vec::new(),
            edit: Edit::Put(document.into()),
            operation: self.new_operation(),
            deadline: None,
        };
        let timer = self.arm(until, Alarm::SerialDeadline(id), out);
        let serial = Serial {
            decides: true,
            ..Serial::new(&key, want, Level::Serial, (until, timeout), timer)
        };
        self.proposals.requests.insert(id, serial);
        self.propose_for(now, id, &key, out);
    }

    /// Begins to forget a register.
    pub(super) fn start_collection(&mut self, now: Now, key: &Bytes, out: &mut Outbox) {
        let id = self.own_request();
        let until = now.mono.after(COLLECTED_WITHIN);
        let timer = self.arm(until, Alarm::SerialDeadline(id), out);
        let span = (until, COLLECTED_WITHIN);
        let serial = Serial::new(key, Want::Collect, Level::Serial, span, timer);
        self.proposals.requests.insert(id, serial);
        self.propose_for(now, id, key, out);
    }

    /// Gives a document up.
    pub(in crate::node) fn drop_decision(&mut self, id: RequestId, out: &mut Outbox) {
        if let Some(serial) = self.proposals.requests.remove(&id) {
            self.cancel(serial.timer, out);
            self.leave_work(id, &serial.key, out);
        }
    }

    fn new_operation(&mut self) -> Operation {
        self.proposals.operations += 1;
        Operation {
            node: self.id.0,
            life: self.actor.incarnation,
            number: self.proposals.operations,
        }
    }

    fn serial_want(&mut self, now: Now, request: &Request) -> Result<Want> {
        let Kind::Cas { conditions, edit } = &request.kind else {
            return Ok(Want::Read);
        };
        let operation = match request.token {
            Some(token) => Operation::of_client(token.0),
            None => self.new_operation(),
        };
        Ok(Want::Change {
            conditions: conditions.clone(),
            edit: edit.clone(),
            operation,
            deadline: self.edit_deadline(now, request, edit)?,
        })
    }

    /// Asks acceptors what they hold.
    fn query(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(serial) = self.proposals.requests.get(&id) else {
            return;
        };
        let (key, level, until) = (serial.key.clone(), serial.level, serial.until);
        let acceptors = self.acceptors(&key);
        let zone = self.zone_of(self.id);
        let near = |node: &NodeId| level != Level::LocalSerial || self.zone_of(*node) == zone;
        let asked: Nodes = acceptors.all().filter(near).collect();
        let wait = self.peers.percentile99().max(super::QUERY_PATIENCE);
        if now.mono.after(wait) < until {
            self.arm(now.mono.after(wait), Alarm::QueryUnanswered(id), out);
        }
        if let Some(serial) = self.proposals.requests.get_mut(&id) {
            serial.replies.clear();
            serial.asked.clone_from(&asked);
        }
        for node in asked {
            self.say(now, node, PaxosMessage::Query(id, key.clone()), out);
        }
    }

    pub(super) fn holds(
        &mut self,
        now: Now,
        from: NodeId,
        id: RequestId,
        (accepted, chosen, state): (Ballot, Ballot, Box<State>),
        out: &mut Outbox,
    ) {
        let Some(serial) = self.proposals.requests.get_mut(&id) else {
            return;
        };
        let known = serial.replies.iter().any(|(node, ..)| *node == from);
        if known || !serial.asked.contains(&from) {
            return;
        }
        serial.replies.push((from, accepted, chosen, state));
        let (all, key) = (
            serial.replies.len() == serial.asked.len(),
            serial.key.clone(),
        );
        match self.known_chosen(id, &key) {
            Some(state) => {
                let answer = shown(&state, now.wall);
                self.end_serial(now, id, Ok(answer), out);
            }
            None if all => self.queue_read(now, id, &key, out),
            None => {}
        }
    }

    /// The state that a read's replies show to be chosen, and none newer to be for all that they tell.
    fn known_chosen(&self, id: RequestId, key: &Bytes) -> Option<State> {
        let serial = self.proposals.requests.get(&id)?;
        let replies = &serial.replies;
        let (_, highest, _, state) = replies.iter().max_by_key(|(_, accepted, ..)| *accepted)?;
        if serial.level == Level::LocalSerial {
            let told = replies.iter().any(|(_, _, chosen, _)| chosen == highest);
            let enough = replies.len() * 2 > serial.asked.len();
            return (enough && (told || highest.is_none())).then(|| (**state).clone());
        }
        let acceptors = self.acceptors(key);
        if highest.is_none() {
            // Of owners that know nothing one may have forgotten more than another.
            let newest = replies.iter().max_by_key(|(_, _, _, state)| state.version);
            let enough = acceptors.majority(replies.iter().map(|(node, ..)| *node));
            return newest
                .filter(|_| enough)
                .map(|(.., state)| (**state).clone());
        }
        if self.settings.has(Mutant::LeaveProposal) {
            let enough = acceptors.majority(replies.iter().map(|(node, ..)| *node));
            return enough.then(|| (**state).clone());
        }
        let agreed = replies
            .iter()
            .filter(|(_, accepted, ..)| accepted == highest);
        let chosen = acceptors.majority(agreed.map(|(node, ..)| *node));
        chosen.then(|| (**state).clone())
    }

    /// Acceptors are silent, or differ: the read takes part in a proposal.
    fn queue_read(&mut self, now: Now, id: RequestId, key: &Bytes, out: &mut Outbox) {
        if let Some(serial) = self.proposals.requests.get_mut(&id) {
            serial.asked.clear();
            serial.replies.clear();
        }
        self.propose_for(now, id, key, out);
    }

    pub(in crate::node) fn query_unanswered(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let waits = self.proposals.requests.get(&id);
        let Some(serial) = waits.filter(|serial| !serial.asked.is_empty()) else {
            return;
        };
        let replied = |node: &NodeId| serial.replies.iter().any(|(other, ..)| other == node);
        let silent: Nodes = serial
            .asked
            .iter()
            .copied()
            .filter(|node| !replied(node))
            .collect();
        let key = serial.key.clone();
        silent
            .into_iter()
            .for_each(|node| self.peers.left_unanswered(node));
        self.queue_read(now, id, &key, out);
    }

    /// Answers a request whose round is chosen.
    pub(super) fn answer_serial(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(serial) = self.proposals.requests.get_mut(&id) else {
            return;
        };
        let outcome = serial.outcome.take();
        let unknown = || {
            Err(Error::Unavailable {
                detail: "the register was read and not told".to_owned(),
            })
        };
        self.end_serial(now, id, outcome.unwrap_or_else(unknown), out);
    }

    fn end_serial(&mut self, now: Now, id: RequestId, result: Result<Answer>, out: &mut Outbox) {
        if let Some(serial) = self.proposals.requests.remove(&id) {
            self.cancel(serial.timer, out);
            match serial.decides {
                true => self.decided(now, id, result, out),
                // Nobody waits for what a node does by itself.
                false if serial.collects() => {}
                false => Self::answer(Client::Here, id, result, out),
            }
        }
    }

    pub(in crate::node) fn serial_timed_out(&mut self, now: Now, id: RequestId, out: &mut Outbox) {
        let Some(serial) = self.proposals.requests.get(&id) else {
            return;
        };
        let (key, waited) = (serial.key.clone(), Pretty(serial.timeout));
        let error = match serial.sent {
            Some(_) => Error::Ambiguous {
                detail: format!(
                    "no majority of the owners accepted within {waited}; the change may live on, read before you \
                     retry"
                ),
            },
            None => Error::Unavailable {
                detail: format!(
                    "no majority of the owners answered within {waited}, and none was sent a change; try again"
                ),
            },
        };
        self.leave_work(id, &key, out);
        self.stats.timeouts += 1;
        self.end_serial(now, id, Err(error), out);
    }

    /// Reads that ask acceptors ask anew: what these have said no longer counts.
    pub(in crate::node) fn restart_queries(&mut self, now: Now, out: &mut Outbox) {
        let ids: Vec<RequestId> = self.proposals.requests.ids().collect();
        for id in ids {
            let serial = self.proposals.requests.get(&id);
            if serial.is_some_and(|serial| !serial.asked.is_empty()) {
                self.query(now, id, out);
            }
        }
    }

    /// When the value of a change expires.
    fn edit_deadline(&self, now: Now, request: &Request, edit: &Edit) -> Result<Option<Wall>> {
        match edit {
            Edit::Put(_) => self.expiry(now, &request.key, request.ttl),
            // Since when it is gone, for whoever shall forget it.
            Edit::Delete => Ok(Some(now.wall)),
            Edit::Add(_) => Ok(None),
        }
    }
}

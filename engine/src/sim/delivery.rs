//! Messages under way, and what waits for a paused node.

use super::agenda::{Arrival, Due};
use super::counts::FaultKind;
use super::network::Held;
use super::trace::{Lost, MessageId, Purpose, What};
use super::world::World;
use crate::NodeId;
use crate::base::limits::{PAUSED_INPUTS_MAX, WORLD_QUEUE_MAX};
use crate::base::time::Mono;
use crate::node::{Input, Message};

impl World {
    /// Lets something happen now. What comes for a paused node waits.
    pub(super) fn happen(&mut self, due: Due) {
        let node = match &due {
            Due::Arrive(_) => None,
            Due::Timer { node, .. }
            | Due::Disk { node, .. }
            | Due::Refused { node, .. }
            | Due::Request { node, .. } => Some(*node),
            Due::Resume { node } => return self.resume(*node),
        };
        if let Some(node) = node
            && self.is_paused(node)
        {
            self.wait(node, due);
            return;
        }
        match due {
            Due::Arrive(arrival) => self.arrive(arrival),
            Due::Timer { node, timer } => self.ring(node, timer),
            Due::Disk { node, incarnation } => self.work_done(node, incarnation),
            Due::Refused {
                node,
                incarnation,
                op,
                result,
            } => {
                let host = self.hosts.get(node);
                if host.is_some_and(|host| host.incarnation == incarnation) {
                    self.input(node, Input::Stored(op, result));
                }
            }
            Due::Request {
                node,
                request,
                body,
            } => self.input(node, Input::Client(request, body)),
            Due::Resume { .. } => unreachable!("a node went on above"),
        }
    }

    pub(super) fn send(&mut self, from: NodeId, to: NodeId, epoch: u64, body: Message) {
        let message = MessageId(self.message_next);
        self.message_next += 1;
        let purpose = if body.is_upkeep() {
            Purpose::Upkeep
        } else {
            Purpose::Request
        };
        self.trace.push(
            self.now,
            What::Send {
                message,
                from,
                to,
                label: body.label(),
                purpose,
            },
        );
        let flight = self.network.send(from, to);
        let mut arrival = Arrival {
            message,
            from,
            to,
            epoch,
            body,
            lost: flight.lost,
            held_up_ns: flight.held_up_ns,
            is_copy: false,
        };
        if self.agenda.len() >= WORLD_QUEUE_MAX {
            // A network that is full loses messages, as a real one does.
            self.unsettled += count(&arrival.body);
            return self.lose(&arrival, FaultKind::QueueFull);
        }
        if let Some(copy_ns) = flight.copy_ns {
            arrival = self.send_copy(arrival, copy_ns);
        }
        self.let_fly(flight.takes_ns, arrival);
    }

    fn send_copy(&mut self, arrival: Arrival, takes_ns: u64) -> Arrival {
        let copy = Arrival {
            body: arrival.body.clone(),
            held_up_ns: 0,
            is_copy: true,
            ..arrival
        };
        self.let_fly(takes_ns, copy);
        arrival
    }

    fn let_fly(&mut self, takes_ns: u64, arrival: Arrival) {
        self.unsettled += count(&arrival.body);
        let at = Mono(self.now.0.saturating_add(takes_ns));
        self.agenda.push(at, Due::Arrive(arrival));
    }

    /// A message is at the end of its way, and is judged once more.
    fn arrive(&mut self, arrival: Arrival) {
        let (from, to) = (arrival.from, arrival.to);
        let taken = arrival.lost.or_else(|| self.network.reach.cut(from, to));
        if let Some(kind) = taken {
            return self.lose(&arrival, kind);
        }
        if self.network.holds.holds(from, to) {
            return self.hold_back(arrival);
        }
        if !self.is_up(to) {
            return self.lose(&arrival, FaultKind::Down);
        }
        if self.is_paused(to) {
            return self.wait(to, Due::Arrive(arrival));
        }
        self.deliver(arrival);
    }

    fn deliver(&mut self, arrival: Arrival) {
        let Arrival {
            message, from, to, ..
        } = arrival;
        self.unsettled -= count(&arrival.body);
        let order = &mut self.network.order;
        if order.arrived((from, to), message, self.now, arrival.held_up_ns) {
            self.counts.one(FaultKind::Reorder);
        }
        if arrival.is_copy {
            self.counts.one(FaultKind::Duplicate);
        }
        self.trace
            .push(self.now, What::Deliver { message, from, to });
        self.input(to, Input::Peer(from, arrival.epoch, arrival.body));
    }

    pub(super) fn lose(&mut self, arrival: &Arrival, kind: FaultKind) {
        self.unsettled -= count(&arrival.body);
        self.counts.one(kind);
        let why = match kind {
            FaultKind::Loss => Lost::Network,
            FaultKind::Down => Lost::Down,
            FaultKind::QueueFull => Lost::Full,
            _ => Lost::Partition,
        };
        let Arrival {
            message, from, to, ..
        } = *arrival;
        self.trace.push(
            self.now,
            What::Drop {
                message,
                from,
                to,
                why,
            },
        );
    }

    /// Keeps a message back. It is not under way as long: nobody knows when it will be.
    fn hold_back(&mut self, arrival: Arrival) {
        if !self.network.holds.has_room() {
            return self.lose(&arrival, FaultKind::QueueFull);
        }
        self.unsettled -= count(&arrival.body);
        self.counts.one(FaultKind::Hold);
        self.network.holds.keep(Held {
            message: arrival.message,
            from: arrival.from,
            to: arrival.to,
            epoch: arrival.epoch,
            body: arrival.body,
            is_copy: arrival.is_copy,
        });
    }

    /// Lets messages that were kept back arrive now, one after the other.
    pub(super) fn let_go(&mut self, held: Vec<Held>) {
        for message in held {
            let arrival = Arrival {
                message: message.message,
                from: message.from,
                to: message.to,
                epoch: message.epoch,
                body: message.body,
                lost: None,
                held_up_ns: 0,
                is_copy: message.is_copy,
            };
            self.let_fly(0, arrival);
        }
    }

    fn is_paused(&self, node: NodeId) -> bool {
        let host = self.hosts.get(node);
        host.is_some_and(|host| host.paused_until.is_some())
    }

    /// Keeps what came for a paused node. Messages past the limit are lost; of the rest a node has no more
    /// than it asked for.
    pub(super) fn wait(&mut self, node: NodeId, due: Due) {
        let Some(host) = self.hosts.get_mut(node) else {
            return;
        };
        match &due {
            Due::Arrive(arrival) if host.waiting.len() >= PAUSED_INPUTS_MAX => {
                return self.lose(arrival, FaultKind::QueueFull);
            }
            Due::Timer { timer, .. } => {
                if let Some(life) = host.life.as_mut() {
                    life.timers.wait(*timer);
                }
            }
            _ => {}
        }
        self.counts.one(FaultKind::Pause);
        host.waiting.push_back(due);
    }

    /// Hands a node all that waited, in the order in which it came, if its pause is over.
    fn resume(&mut self, node: NodeId) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(node) else {
            return;
        };
        if host.paused_until.is_none_or(|until| until > now) {
            return;
        }
        host.paused_until = None;
        for due in core::mem::take(&mut host.waiting) {
            match due {
                // It was judged where it arrived.
                Due::Arrive(arrival) => self.deliver(arrival),
                other => self.happen(other),
            }
        }
    }
}

/// What a message counts among the things that [`World::settle`] waits for.
fn count(body: &Message) -> usize {
    usize::from(!body.is_upkeep())
}

//! Probing: one member a period, directly and then through helpers.

use super::relay::Relay;
use super::{Stage, Swim};
use crate::NodeId;
use crate::base::time::Mono;
use crate::membership::detector::{Envelope, Health};
use crate::membership::gossip::{Gossip, News, Update};
use crate::membership::incarnation::{Liveness, MemberState};

impl Swim {
    /// Ends the last period's probe and starts the next.
    pub(super) fn start_period(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        self.conclude(now);
        self.periods += 1;
        self.period_due = now.after(self.local_health.stretch(self.settings.period));
        let peers = &self.peers;
        let lives = |place: usize| peers[place].state.liveness != Liveness::Dead;
        if let Some(target) = self.order.next(&mut self.rng, lives) {
            self.probe.target = target;
            self.probe.sequence = self.next_sequence();
            self.ping_target(now, out);
        }
        if self.dead > 0
            && self
                .periods
                .is_multiple_of(u64::from(self.settings.dead_every))
        {
            self.call_a_dead(out);
        }
    }

    pub(super) fn ping_target(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        let ack_due = now.after(self.local_health.stretch(self.settings.probe_timeout));
        self.probe.stage = Stage::Direct { ack_due };
        self.probe.helpers.clear();
        self.probe.heard = 0;
        let to = self.roster.id(self.probe.target);
        let sequence = self.probe.sequence;
        self.ping(to, sequence, out);
    }

    fn ping(&mut self, to: NodeId, sequence: u64, out: &mut Vec<Envelope>) {
        let news = self.news(to, None);
        let gossip = Gossip::Ping { sequence, news };
        out.push(Envelope { to, gossip });
    }

    /// Pings a dead member beside the probe, and waits for nothing: it learns that it is held for dead, and if it
    /// lives it refutes, so a partition that has healed joins by itself.
    fn call_a_dead(&mut self, out: &mut Vec<Envelope>) {
        let peers = &self.peers;
        let is_dead = |place: usize| peers[place].state.liveness == Liveness::Dead;
        if let Some(place) = self.roster.draw_one(&mut self.rng, is_dead) {
            let sequence = self.next_sequence();
            self.ping(self.roster.id(place), sequence, out);
        }
    }

    /// The target has not answered in time: others try.
    pub(super) fn ask_helpers(&mut self, out: &mut Vec<Envelope>) {
        let (peers, target) = (&self.peers, self.probe.target);
        let helps =
            |place: usize| place != target && peers[place].state.liveness == Liveness::Alive;
        let count = self.settings.helpers;
        self.roster
            .draw(&mut self.rng, count, helps, &mut self.probe.helpers);
        self.probe.stage = Stage::Indirect;
        let sequence = self.probe.sequence;
        for at in 0..self.probe.helpers.len() {
            let to = self.roster.id(self.probe.helpers[at]);
            let gossip = Gossip::PingReq {
                sequence,
                target: self.roster.id(target),
                news: self.news(to, Some(target)),
            };
            out.push(Envelope { to, gossip });
        }
    }

    /// What the last probe has shown.
    fn conclude(&mut self, now: Mono) {
        if matches!(self.probe.stage, Stage::Idle) {
            return;
        }
        self.probe.stage = Stage::Idle;
        self.local_health.worsen();
        if (self.probe.heard.count_ones() as usize) < self.probe.helpers.len() {
            self.local_health.worsen();
        }
        let place = self.probe.target;
        let incarnation = self.peers[place].state.incarnation;
        let suspect = Update {
            node: self.roster.id(place),
            state: MemberState {
                incarnation,
                liveness: Liveness::Suspect,
            },
            accuser: self.me,
        };
        self.learn(now, suspect);
    }

    pub(super) fn pinged(&mut self, from: NodeId, sequence: u64, out: &mut Vec<Envelope>) {
        let news = self.news(from, None);
        let gossip = Gossip::Ack { sequence, news };
        out.push(Envelope { to: from, gossip });
    }

    pub(super) fn asked_to_ping(
        &mut self,
        now: Mono,
        asker: NodeId,
        asker_sequence: u64,
        target: NodeId,
        out: &mut Vec<Envelope>,
    ) {
        let known = self.roster.place(target).is_some();
        if !known || target == self.me || target == asker {
            return;
        }
        let sequence = self.next_sequence();
        self.relays.push(Relay {
            asker,
            asker_sequence,
            target,
            sequence,
            // The nack comes in time for the asker's period: Lifeguard gives it 80% of the timeout.
            due: now.after(self.settings.probe_timeout * 4 / 5),
        });
        self.ping(target, sequence, out);
    }

    pub(super) fn acked(&mut self, from: NodeId, sequence: u64, out: &mut Vec<Envelope>) {
        if let Some(relay) = self.relays.answered(from, sequence) {
            let news = self.news(relay.asker, None);
            let gossip = Gossip::Ack {
                sequence: relay.asker_sequence,
                news,
            };
            let to = relay.asker;
            out.push(Envelope { to, gossip });
        } else if self.answers_probe(from, sequence) {
            self.probe.stage = Stage::Idle;
            self.local_health.improve();
        }
    }

    fn answers_probe(&self, from: NodeId, sequence: u64) -> bool {
        let awaited = !matches!(self.probe.stage, Stage::Idle) && sequence == self.probe.sequence;
        awaited && (from == self.roster.id(self.probe.target) || self.asked_helper(from).is_some())
    }

    fn asked_helper(&self, node: NodeId) -> Option<usize> {
        let place = self.roster.place(node)?;
        self.probe.helpers.iter().position(|asked| *asked == place)
    }

    pub(super) fn nacked(&mut self, from: NodeId, sequence: u64) {
        if sequence == self.probe.sequence
            && let Some(at) = self.asked_helper(from)
        {
            self.probe.heard |= 1 << at;
        }
    }

    /// Tells askers that their targets have not answered here either.
    pub(super) fn give_up_relays(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        while let Some(relay) = self.relays.pop_due(now) {
            if self.settings.health == Health::On {
                let news = self.news(relay.asker, None);
                let gossip = Gossip::Nack {
                    sequence: relay.asker_sequence,
                    news,
                };
                let to = relay.asker;
                out.push(Envelope { to, gossip });
            }
        }
    }

    /// What rides on a message to `to`: first what is held against `to` itself, since nobody else can refute it
    /// (Lifeguard's buddy system), then what is held against a node that it is to ping, then rumours.
    fn news(&mut self, to: NodeId, about: Option<usize>) -> News {
        let mut updates = Vec::new();
        let addressee = self.roster.place(to);
        let told = [addressee, about].map(|place| place.filter(|place| self.is_held(*place)));
        for place in told.into_iter().flatten() {
            updates.push(self.record(place));
        }
        self.updates.ride(told, &mut updates);
        News {
            incarnation: self.incarnation,
            updates,
        }
    }

    fn is_held(&self, place: usize) -> bool {
        self.peers[place].state.liveness != Liveness::Alive
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }
}

//! SWIM (Das, Gupta, Motivala 2002) with Lifeguard (Dadgar, Phillips, Currey 2017).
//!
//! Each period a node probes one member, the next in a random order:
//!
//! ```text
//!   prober --ping--> target                          ack within the timeout: done
//!          (silence)
//!          --ping-req--> k helpers --ping--> target  an ack by any way: done
//!          (silence to the end of the period)
//!          suspect(target), which rides on later messages and reaches everybody
//!   target  hears it, takes a higher incarnation: alive(target)
//!          or its time to refute passes: dead(target)
//! ```
//!
//! | now | hears | becomes |
//! |---|---|---|
//! | alive | suspect, of this incarnation or a higher one | suspect, for as long as [`SwimSettings`] say |
//! | alive, suspect | dead, of this incarnation or a higher one | dead |
//! | suspect | suspect, from another accuser | suspect, for a shorter time |
//! | suspect | nothing until its time is up | dead |
//! | suspect, dead | alive, of a higher incarnation | alive |
//!
//! Invariants: only a node raises its own incarnation; a node never believes itself suspect or dead; at most one
//! probe is out, one relay for each asker and one rumour about each member; a message carries at most
//! [`RECORDS_PER_MESSAGE_MAX`](super::RECORDS_PER_MESSAGE_MAX) records, however many members there are.
//!
//! With [`Health::On`] a node that misses answers waits longer for the next ones, and one that was
//! frozen (its tick comes much later than due) restarts its probe and gives its suspects the lost time back, instead
//! of holding them to account for mail that it has not read.

mod belief;
mod local_health;
mod order;
mod probe;
mod relay;
mod settings;
mod suspicion;
mod updates;

use belief::Peer;
use local_health::LocalHealth;
use order::ProbeOrder;
use relay::Relays;
use suspicion::{Patience, Suspicion};
use updates::Updates;

pub use local_health::HEALTH_SCORE_MAX;
pub use settings::{HELPERS_MAX, SwimSettings};
pub use suspicion::CONFIRMATIONS_MAX;

use super::detector::{Change, Changes, Detector, Envelope, Health, MemberView, Phase};
use super::gossip::{Gossip, News};
use super::incarnation::{Incarnation, Liveness};
use super::logarithm::log2_up;
use super::roster::Roster;
use crate::NodeId;
use crate::base::rng::Rng;
use crate::base::time::{Mono, nanos};

/// How far the probe is.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// None is out.
    Idle,
    /// The target was asked.
    Direct { ack_due: Mono },
    /// Helpers were asked too; the period's end is the end of it.
    Indirect,
}

/// The probe of this period.
#[derive(Clone, Debug)]
struct Probe {
    stage: Stage,
    target: usize,
    sequence: u64,
    helpers: Vec<usize>,
    /// Which of the helpers have sent a nack, a bit each.
    heard: u32,
}

/// The SWIM detector of one node; see the [module](self).
#[derive(Clone, Debug)]
pub struct Swim {
    me: NodeId,
    settings: SwimSettings,
    patience: Patience,
    roster: Roster,
    rng: Rng,
    incarnation: Incarnation,
    /// By place in the roster.
    peers: Vec<Peer>,
    /// The places of those that are suspect.
    suspects: Vec<usize>,
    /// How many are dead.
    dead: usize,
    local_health: LocalHealth,
    order: ProbeOrder,
    probe: Probe,
    relays: Relays,
    updates: Updates,
    changes: Changes,
    sequence: u64,
    periods: u64,
    period_due: Mono,
}

impl Swim {
    /// The detector of node `me` in its `life`-th life, which must be higher than any before. All of `members` are
    /// taken for alive.
    ///
    /// # Panics
    /// When `settings` do not pass [`SwimSettings::check`], or there are more than
    /// [`NODES_MAX`](crate::base::limits::NODES_MAX) members.
    #[must_use]
    pub fn new(
        me: NodeId,
        life: u32,
        members: &[NodeId],
        settings: SwimSettings,
        seed: u64,
        now: Mono,
    ) -> Self {
        assert!(settings.check().is_ok(), "settings are checked by now");
        let roster = Roster::new(me, members);
        let members = roster.len() as u32;
        let mut rng = Rng::from_seed(seed);
        let wait_ns = match settings.phase {
            Phase::Together => 0,
            Phase::Spread => rng.below(nanos(settings.period)),
        };
        // Else all that start together would call the dead in one period.
        let periods = rng.below(u64::from(settings.dead_every));
        let mut swim = Self {
            me,
            patience: Patience::new(&settings, members),
            rng,
            incarnation: Incarnation::starting(life),
            peers: vec![Peer::default(); roster.len()],
            suspects: Vec::new(),
            dead: 0,
            local_health: LocalHealth::new(settings.health),
            order: ProbeOrder::new(roster.others()),
            probe: Probe {
                stage: Stage::Idle,
                target: 0,
                sequence: 0,
                helpers: Vec::with_capacity(settings.helpers),
                heard: 0,
            },
            relays: Relays::default(),
            updates: Updates::new(settings.retransmit_mult * log2_up(members + 1)),
            changes: Changes::default(),
            // An ack to a former life answers no question of this one.
            sequence: u64::from(life) << 32,
            periods,
            period_due: Mono(now.0.saturating_add(wait_ns)),
            roster,
            settings,
        };
        swim.announce_myself();
        swim
    }

    /// This node's own incarnation.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// The local health score, from 0, well, to [`HEALTH_SCORE_MAX`].
    #[must_use]
    pub fn health_score(&self) -> u32 {
        self.local_health.score()
    }

    /// A call that comes much later than due: this node was frozen, and its mail lies unread. Time that it did not
    /// live through is held against nobody.
    fn notice_pause(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        let Some(due) = self.next_due() else { return };
        let late = now.since(due);
        if self.settings.health == Health::Off || late < self.settings.pause_min {
            return;
        }
        self.local_health.worsen();
        let span = late.saturating_add(self.settings.probe_timeout);
        for place in &self.suspects {
            if let Some(suspicion) = &mut self.peers[*place].suspicion {
                suspicion.skip(span);
            }
        }
        self.relays.wait_until(now);
        if matches!(self.probe.stage, Stage::Idle) {
            self.period_due = self.period_due.max(now);
        } else {
            self.period_due = now.after(self.local_health.stretch(self.settings.period));
            self.ping_target(now, out);
        }
    }

    fn take_news(&mut self, now: Mono, from: NodeId, news: &News) {
        self.hear_from(now, from, news.incarnation);
        for update in &news.updates {
            self.learn(now, *update);
        }
    }
}

impl Detector for Swim {
    fn next_due(&self) -> Option<Mono> {
        if self.roster.len() == 1 {
            return None;
        }
        let mut due = self.period_due;
        if let Stage::Direct { ack_due } = self.probe.stage {
            due = due.min(ack_due);
        }
        let others = [self.relays.due(), self.suspicion_due()];
        Some(others.into_iter().flatten().fold(due, Mono::min))
    }

    fn tick(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        if self.roster.len() == 1 {
            return;
        }
        self.notice_pause(now, out);
        self.give_up_relays(now, out);
        self.bury(now);
        if self.period_due <= now {
            self.start_period(now, out);
        } else if let Stage::Direct { ack_due } = self.probe.stage
            && ack_due <= now
        {
            self.ask_helpers(out);
        }
    }

    fn receive(&mut self, now: Mono, from: NodeId, gossip: Gossip, out: &mut Vec<Envelope>) {
        if from == self.me || self.roster.place(from).is_none() || gossip.is_oversize() {
            return;
        }
        self.notice_pause(now, out);
        match gossip {
            Gossip::Ping { sequence, news } => {
                self.take_news(now, from, &news);
                self.pinged(from, sequence, out);
            }
            Gossip::Ack { sequence, news } => {
                self.take_news(now, from, &news);
                self.acked(from, sequence, out);
            }
            Gossip::PingReq {
                sequence,
                target,
                news,
            } => {
                self.take_news(now, from, &news);
                self.asked_to_ping(now, from, sequence, target, out);
            }
            Gossip::Nack { sequence, news } => {
                self.take_news(now, from, &news);
                self.nacked(from, sequence);
            }
            Gossip::Offer(_) | Gossip::Newer(_) => {}
        }
    }

    fn liveness(&self, node: NodeId) -> Liveness {
        let place = self.roster.place(node);
        place.map_or(Liveness::Alive, |place| self.peers[place].state.liveness)
    }

    fn view(&self, _now: Mono) -> Vec<MemberView> {
        let accusers = |peer: &Peer| peer.suspicion.as_ref().map_or(0, Suspicion::accusers);
        let seen = |(node, peer): (&NodeId, &Peer)| MemberView {
            node: *node,
            liveness: peer.state.liveness,
            incarnation: peer.state.incarnation,
            suspicion: accusers(peer) as f64,
        };
        self.roster
            .ids()
            .iter()
            .zip(&self.peers)
            .map(seen)
            .collect()
    }

    fn set_members(&mut self, now: Mono, members: &[NodeId]) {
        let (me, life, seed) = (self.me, self.incarnation, self.rng.next_u64());
        let mut next = Self::new(me, 1, members, self.settings.clone(), seed, now);
        next.incarnation = life;
        // Answers to what was asked before find no question.
        next.sequence = self.sequence.saturating_add(1 << 16);
        next.changes = core::mem::take(&mut self.changes);
        next.local_health = self.local_health.clone();
        next.period_due = self.period_due;
        for (place, node) in next.roster.ids().to_vec().into_iter().enumerate() {
            let Some(known) = self.roster.place(node) else {
                continue;
            };
            let mut peer = core::mem::take(&mut self.peers[known]);
            peer.accused_by_member(me, |node| next.roster.place(node).is_some());
            match peer.state.liveness {
                Liveness::Suspect => next.suspects.push(place),
                Liveness::Dead => next.dead += 1,
                Liveness::Alive => {}
            }
            next.peers[place] = peer;
        }
        // The newest rumour about each member is its own.
        next.announce_myself();
        *self = next;
    }

    fn take_changes(&mut self) -> Vec<Change> {
        self.changes.take()
    }
}

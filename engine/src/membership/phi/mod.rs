//! Phi accrual (Hayashibara et al. 2004) over gossiped heartbeats, as Cassandra has it.
//!
//! Each period a node raises its own heartbeat and exchanges the newest heartbeats that it knows with one live peer
//! at random (push and pull; Dynamo 2007, section 4.8), and now and then with a dead one as well:
//!
//! ```text
//!   node --Offer: the newest heartbeat of each member--> peer
//!        <--Newer: those that the peer knows better-----
//!   a heartbeat that is news --> the member's window of intervals --> phi --> dead at the threshold
//! ```
//!
//! A verdict is each node's own and is never gossiped: only heartbeats are. The next heartbeat takes it back.
//!
//! Invariants: a heartbeat (life, beat) only goes up; only the node itself raises it; a member is dead exactly while
//! its phi stood at the threshold at the last call. An exchange carries a heartbeat of each member, so its size
//! grows with n, unlike SWIM's.

mod accrual;
mod settings;
mod window;

use core::time::Duration;

pub use accrual::PhiDetector;
pub use settings::PhiSettings;
pub use window::WINDOW_SAMPLES_MAX;

use super::detector::{Change, Changes, Detector, Envelope, Health, MemberView, Phase};
use super::gossip::{Gossip, Heartbeat};
use super::incarnation::{Incarnation, Liveness};
use super::roster::Roster;
use crate::NodeId;
use crate::base::rng::Rng;
use crate::base::time::{Mono, nanos};

/// The newest of a member's heartbeats: its life, and the beat in it.
type Newest = (u32, u64);

#[derive(Clone, Debug)]
struct Peer {
    newest: Newest,
    liveness: Liveness,
    detector: PhiDetector,
}

/// The phi accrual detector of one node; see the [module](self).
#[derive(Clone, Debug)]
pub struct PhiAccrual {
    me: NodeId,
    settings: PhiSettings,
    roster: Roster,
    rng: Rng,
    /// By place in the roster; this node's own entry holds its heartbeat.
    peers: Vec<Peer>,
    dead: usize,
    /// No live member is convicted before this.
    convict_from: Mono,
    changes: Changes,
    periods: u64,
    period_due: Mono,
    /// What the sender of an offer knows, by place.
    theirs: Vec<Newest>,
}

impl PhiAccrual {
    /// The detector of node `me` in its `life`-th life, which must be higher than any before. All of `members` are
    /// taken to have been heard of just now.
    ///
    /// # Panics
    /// When `settings` do not pass [`PhiSettings::check`], or there are more than
    /// [`NODES_MAX`](crate::base::limits::NODES_MAX) members.
    #[must_use]
    pub fn new(
        me: NodeId,
        life: u32,
        members: &[NodeId],
        settings: PhiSettings,
        seed: u64,
        now: Mono,
    ) -> Self {
        assert!(settings.check().is_ok(), "settings are checked by now");
        let roster = Roster::new(me, members);
        let mut rng = Rng::from_seed(seed);
        let wait_ns = match settings.phase {
            Phase::Together => 0,
            Phase::Spread => rng.below(nanos(settings.period)),
        };
        // Else all that start together would call the dead in one period.
        let periods = rng.below(u64::from(settings.dead_every));
        let peer = Peer {
            newest: (0, 0),
            liveness: Liveness::Alive,
            detector: PhiDetector::new(&settings, now),
        };
        let mut peers = vec![peer; roster.len()];
        peers[roster.me()].newest = (life, 0);
        let convict_from = peers[0].detector.convict_at();
        Self {
            me,
            theirs: vec![(0, 0); roster.len()],
            roster,
            rng,
            peers,
            dead: 0,
            convict_from,
            changes: Changes::default(),
            periods,
            period_due: Mono(now.0.saturating_add(wait_ns)),
            settings,
        }
    }

    fn start_period(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        self.periods += 1;
        self.period_due = now.after(self.settings.period);
        let own = &mut self.peers[self.roster.me()].newest;
        own.1 = own.1.saturating_add(1);
        self.offer_to(Liveness::Alive, out);
        let every = u64::from(self.settings.dead_every);
        if self.dead > 0 && self.periods.is_multiple_of(every) {
            self.offer_to(Liveness::Dead, out);
        }
    }

    fn offer_to(&mut self, liveness: Liveness, out: &mut Vec<Envelope>) {
        let peers = &self.peers;
        let fits = |place: usize| peers[place].liveness == liveness;
        if let Some(place) = self.roster.draw_one(&mut self.rng, fits) {
            let to = self.roster.id(place);
            let gossip = Gossip::Offer(self.newer_than(&[]));
            out.push(Envelope { to, gossip });
        }
    }

    /// The heartbeats that are newer than `theirs`, which are by place and are nothing where there is none.
    fn newer_than(&self, theirs: &[Newest]) -> Vec<Heartbeat> {
        let newer = |(place, peer): (usize, &Peer)| {
            let known = theirs.get(place).copied().unwrap_or_default();
            (peer.newest > known).then(|| Heartbeat {
                node: self.roster.id(place),
                life: peer.newest.0,
                beat: peer.newest.1,
            })
        };
        self.peers.iter().enumerate().filter_map(newer).collect()
    }

    fn answer(&mut self, from: NodeId, offered: &[Heartbeat], out: &mut Vec<Envelope>) {
        self.theirs.fill((0, 0));
        for heartbeat in offered {
            if let Some(place) = self.roster.place(heartbeat.node) {
                self.theirs[place] = (heartbeat.life, heartbeat.beat);
            }
        }
        let newer = self.newer_than(&self.theirs);
        if !newer.is_empty() {
            let gossip = Gossip::Newer(newer);
            out.push(Envelope { to: from, gossip });
        }
    }

    fn take_in(&mut self, now: Mono, heartbeats: &[Heartbeat]) {
        for heartbeat in heartbeats {
            if let Some(place) = self.roster.place(heartbeat.node) {
                self.hear_of(now, place, (heartbeat.life, heartbeat.beat));
            }
        }
    }

    fn hear_of(&mut self, now: Mono, place: usize, newest: Newest) {
        let peer = &mut self.peers[place];
        if newest <= peer.newest {
            return;
        }
        let life = core::mem::replace(&mut peer.newest, newest).0;
        if place == self.roster.me() {
            return;
        }
        if newest.0 == life {
            peer.detector.heartbeat(now);
        } else {
            peer.detector.restart(now);
        }
        self.convict_from = self.convict_from.min(peer.detector.convict_at());
        if peer.liveness == Liveness::Dead {
            peer.liveness = Liveness::Alive;
            self.dead -= 1;
            self.changes
                .push(self.roster.id(place), Liveness::Alive, now);
        }
    }

    /// Convicts those whose phi has reached the threshold. Walks only when one may have.
    fn convict(&mut self, now: Mono) {
        if now < self.convict_from {
            return;
        }
        self.convict_from = Mono(u64::MAX);
        for place in self.roster.others() {
            let peer = &mut self.peers[*place];
            if peer.liveness == Liveness::Dead {
                continue;
            }
            let at = peer.detector.convict_at();
            if at <= now {
                peer.liveness = Liveness::Dead;
                self.dead += 1;
                self.changes
                    .push(self.roster.id(*place), Liveness::Dead, now);
            } else {
                self.convict_from = self.convict_from.min(at);
            }
        }
    }

    /// A call that comes much later than due: this node was frozen, and its mail lies unread. Time that it did not
    /// live through is held against nobody (Cassandra: "not marking nodes down due to local pause").
    fn notice_pause(&mut self, now: Mono) {
        let late = self.next_due().map_or(Duration::ZERO, |due| now.since(due));
        if self.settings.health == Health::Off || late < self.settings.pause_min {
            return;
        }
        let span = late.saturating_add(self.settings.period);
        for peer in &mut self.peers {
            peer.detector.skip(span);
        }
        self.convict_from = self.convict_from.after(span);
        self.period_due = self.period_due.max(now);
    }
}

impl Detector for PhiAccrual {
    fn next_due(&self) -> Option<Mono> {
        (self.roster.len() > 1).then(|| self.period_due.min(self.convict_from))
    }

    fn tick(&mut self, now: Mono, out: &mut Vec<Envelope>) {
        if self.roster.len() == 1 {
            return;
        }
        self.notice_pause(now);
        self.convict(now);
        if self.period_due <= now {
            self.start_period(now, out);
        }
    }

    fn receive(&mut self, now: Mono, from: NodeId, gossip: Gossip, out: &mut Vec<Envelope>) {
        if from == self.me || self.roster.place(from).is_none() || gossip.is_oversize() {
            return;
        }
        self.notice_pause(now);
        match gossip {
            Gossip::Offer(offered) => {
                self.take_in(now, &offered);
                self.answer(from, &offered, out);
            }
            Gossip::Newer(heartbeats) => self.take_in(now, &heartbeats),
            Gossip::Ping { .. }
            | Gossip::Ack { .. }
            | Gossip::PingReq { .. }
            | Gossip::Nack { .. } => {}
        }
    }

    fn liveness(&self, node: NodeId) -> Liveness {
        let place = self.roster.place(node);
        place.map_or(Liveness::Alive, |place| self.peers[place].liveness)
    }

    fn view(&self, now: Mono) -> Vec<MemberView> {
        let seen = |(place, peer): (usize, &Peer)| MemberView {
            node: self.roster.id(place),
            liveness: peer.liveness,
            incarnation: Incarnation::starting(peer.newest.0),
            suspicion: if place == self.roster.me() {
                0.0
            } else {
                peer.detector.phi(now)
            },
        };
        self.peers.iter().enumerate().map(seen).collect()
    }

    fn set_members(&mut self, now: Mono, members: &[NodeId]) {
        let before = core::mem::replace(&mut self.roster, Roster::new(self.me, members));
        let new = Peer {
            newest: (0, 0),
            liveness: Liveness::Alive,
            detector: PhiDetector::new(&self.settings, now),
        };
        let known = |node: &NodeId| before.place(*node).map(|place| self.peers[place].clone());
        let peers = self.roster.ids().iter();
        let peers: Vec<Peer> = peers
            .map(|node| known(node).unwrap_or_else(|| new.clone()))
            .collect();
        self.peers = peers;
        self.theirs = vec![(0, 0); self.peers.len()];
        self.dead = self
            .peers
            .iter()
            .filter(|peer| peer.liveness == Liveness::Dead)
            .count();
        self.convict_from = now;
    }

    fn take_changes(&mut self) -> Vec<Change> {
        self.changes.take()
    }
}

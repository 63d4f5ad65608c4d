//! A cluster of detectors in virtual time: seeded delays and loss, links cut one way, pauses and restarts.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::NodeId;
use crate::base::rng::Rng;
use crate::base::time::{Mono, nanos};
use crate::membership::*;

pub(super) const MS: Duration = Duration::from_millis(1);
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// Makes the detector of a node: who, in which life, among whom, from which seed, when.
pub(super) type Make = dyn Fn(NodeId, u32, &[NodeId], u64, Mono) -> Box<dyn Detector>;

pub(super) fn swim(settings: SwimSettings) -> Box<Make> {
    Box::new(move |me, life, members, seed, now| {
        Box::new(Swim::new(me, life, members, settings.clone(), seed, now))
    })
}

pub(super) fn phi(settings: PhiSettings) -> Box<Make> {
    Box::new(move |me, life, members, seed, now| {
        Box::new(PhiAccrual::new(
            me,
            life,
            members,
            settings.clone(),
            seed,
            now,
        ))
    })
}

struct Host {
    detector: Box<dyn Detector>,
    up: bool,
    life: u32,
    /// Until then it does nothing.
    frozen: Mono,
    /// Until then its mail lies unread, while its timers run.
    deaf: Mono,
    due: Option<Mono>,
}

impl Host {
    /// When its timer goes off.
    fn timer(&self) -> Option<Mono> {
        self.due.filter(|_| self.up).map(|due| due.max(self.frozen))
    }
}

/// What was sent, by everybody.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) by_label: BTreeMap<&'static str, u64>,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) bytes_max: usize,
    pub(super) records_max: usize,
    /// The most that one node sent, and the most that one was sent.
    pub(super) from: Vec<u64>,
    pub(super) to: Vec<u64>,
}

/// A change as its observer saw it.
pub(super) type Seen = (NodeId, Change);

pub(super) struct Cluster {
    make: Box<Make>,
    pub(super) now: Mono,
    hosts: Vec<Host>,
    members: Vec<NodeId>,
    /// By arrival and by sending order.
    mail: BTreeMap<(Mono, u64), (NodeId, NodeId, Gossip)>,
    mail_next: u64,
    pub(super) delay: (Duration, Duration),
    pub(super) loss: f64,
    cut: BTreeSet<(NodeId, NodeId)>,
    rng: Rng,
    pub(super) sent: Sent,
    pub(super) seen: Vec<Seen>,
    /// When each ping was sent and to whom, where the test asks for it.
    pub(super) pings: Option<Vec<(Mono, NodeId)>>,
    out: Vec<Envelope>,
}

pub(super) fn n(number: u32) -> NodeId {
    NodeId(number)
}

impl Cluster {
    pub(super) fn new(size: u32, make: Box<Make>, seed: u64) -> Self {
        let members: Vec<NodeId> = (1..=size).map(NodeId).collect();
        let mut rng = Rng::from_seed(seed);
        let host = |id: &NodeId| Host {
            detector: make(*id, 1, &members, rng.next_u64(), Mono(0)),
            up: true,
            life: 1,
            frozen: Mono(0),
            deaf: Mono(0),
            due: None,
        };
        let hosts: Vec<Host> = members.iter().map(host).collect();
        let mut cluster = Self {
            make,
            now: Mono(0),
            hosts,
            mail: BTreeMap::new(),
            mail_next: 0,
            delay: (MS, 10 * MS),
            loss: 0.0,
            cut: BTreeSet::new(),
            rng,
            sent: Sent::default(),
            seen: Vec::new(),
            pings: None,
            out: Vec::new(),
            members,
        };
        cluster.forget();
        for host in &mut cluster.hosts {
            host.due = host.detector.next_due();
        }
        cluster
    }

    /// Starts the counts anew.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
        self.sent = Sent {
            from: vec![0; self.members.len()],
            to: vec![0; self.members.len()],
            ..Sent::default()
        };
    }

    fn host(&mut self, node: NodeId) -> &mut Host {
        &mut self.hosts[node.0 as usize - 1]
    }

    pub(super) fn kill(&mut self, node: NodeId) {
        self.host(node).up = false;
    }

    pub(super) fn restart(&mut self, node: NodeId) {
        let seed = self.rng.next_u64();
        let life = self.host(node).life + 1;
        let detector = (self.make)(node, life, &self.members, seed, self.now);
        let due = detector.next_due();
        let host = self.host(node);
        (host.detector, host.life, host.up, host.due) = (detector, life, true, due);
    }

    pub(super) fn freeze(&mut self, node: NodeId, span: Duration) {
        self.host(node).frozen = self.now.after(span);
    }

    pub(super) fn deafen(&mut self, node: NodeId, span: Duration) {
        self.host(node).deaf = self.now.after(span);
    }

    pub(super) fn cut_one_way(&mut self, from: NodeId, to: NodeId) {
        self.cut.insert((from, to));
    }

    /// Cuts those up to `last` off from the rest.
    pub(super) fn split_after(&mut self, last: u32) {
        for (from, to) in self.pairs() {
            if (from.0 <= last) != (to.0 <= last) {
                self.cut_one_way(from, to);
            }
        }
    }

    pub(super) fn heal(&mut self) {
        self.cut.clear();
    }

    fn pairs(&self) -> Vec<(NodeId, NodeId)> {
        let members = &self.members;
        let with_all = |from: &NodeId| members.iter().map(|to| (*from, *to)).collect::<Vec<_>>();
        members.iter().flat_map(with_all).collect()
    }

    pub(super) fn view_of(&self, observer: NodeId) -> Vec<MemberView> {
        self.hosts[observer.0 as usize - 1].detector.view(self.now)
    }

    /// The mean interval from which an observer takes phi, over its peers, seconds: phi grows by 1 / (mean ln 10).
    pub(super) fn phi_mean_s(&self, observer: NodeId) -> f64 {
        let detector = &self.hosts[observer.0 as usize - 1].detector;
        let (at, later) = (self.now.after(9 * SECOND), self.now.after(10 * SECOND));
        let (first, second) = (detector.view(at), detector.view(later));
        let peers = first.iter().zip(&second).filter(|it| it.0.node != observer);
        let mean = |(a, b): (&MemberView, &MemberView)| {
            1.0 / ((b.suspicion - a.suspicion) * core::f64::consts::LN_10)
        };
        peers.map(mean).sum::<f64>() / (self.members.len() - 1) as f64
    }

    pub(super) fn liveness(&self, observer: NodeId, node: NodeId) -> Liveness {
        self.hosts[observer.0 as usize - 1].detector.liveness(node)
    }

    /// Whether all that are up see `node` so.
    pub(super) fn all_see(&self, node: NodeId, liveness: Liveness) -> bool {
        let up = self
            .members
            .iter()
            .filter(|id| self.hosts[id.0 as usize - 1].up);
        up.filter(|id| **id != node)
            .all(|id| self.liveness(*id, node) == liveness)
    }

    pub(super) fn all_alive(&self) -> bool {
        self.members
            .iter()
            .all(|node| self.all_see(*node, Liveness::Alive))
    }

    pub(super) fn run(&mut self, span: Duration) {
        self.run_until(span, |_| false);
    }

    /// Runs until `done`, looked at after every event, and at most for `span`. How long it took, if it came.
    pub(super) fn run_until(
        &mut self,
        span: Duration,
        done: impl Fn(&Self) -> bool,
    ) -> Option<Duration> {
        let (start, end) = (self.now, self.now.after(span));
        loop {
            if done(self) {
                return Some(self.now.since(start));
            }
            if !self.step(end) {
                self.now = end;
                return None;
            }
        }
    }

    /// One timer or one message; a timer goes first. False when there is none up to `end`.
    fn step(&mut self, end: Mono) -> bool {
        let timers = self.hosts.iter().map(Host::timer).enumerate();
        let timer = timers
            .filter_map(|(at, due)| due.map(|due| (due, at)))
            .min();
        let mail = self.mail.first_key_value().map(|(key, _)| *key);
        match (timer, mail) {
            (Some((due, at)), mail) if due <= end && mail.is_none_or(|(when, _)| due <= when) => {
                self.now = self.now.max(due);
                let host = &mut self.hosts[at];
                host.detector.tick(self.now, &mut self.out);
                self.after(at);
                true
            }
            (_, Some(key)) if key.0 <= end => {
                let (from, to, gossip) = self.mail.remove(&key).unwrap();
                self.now = self.now.max(key.0);
                self.deliver(from, to, gossip);
                true
            }
            _ => false,
        }
    }

    fn deliver(&mut self, from: NodeId, to: NodeId, gossip: Gossip) {
        let now = self.now;
        let host = self.host(to);
        let later = host.frozen.max(host.deaf);
        if later > now {
            self.post(later, from, to, gossip);
        } else if host.up {
            let at = to.0 as usize - 1;
            let detector = &mut self.hosts[at].detector;
            detector.receive(now, from, gossip, &mut self.out);
            self.after(at);
        }
    }

    fn after(&mut self, at: usize) {
        let from = self.members[at];
        let host = &mut self.hosts[at];
        host.due = host.detector.next_due();
        assert!(
            host.due.is_none_or(|due| due >= self.now),
            "what was due at {} is done by then",
            self.now
        );
        let changes = host.detector.take_changes();
        self.seen
            .extend(changes.into_iter().map(|change| (from, change)));
        let mut out = core::mem::take(&mut self.out);
        for envelope in out.drain(..) {
            self.send(from, envelope);
        }
        self.out = out;
    }

    fn send(&mut self, from: NodeId, Envelope { to, gossip }: Envelope) {
        let sent = &mut self.sent;
        *sent.by_label.entry(gossip.label()).or_default() += 1;
        sent.messages += 1;
        sent.bytes += gossip.size_bytes() as u64;
        sent.bytes_max = sent.bytes_max.max(gossip.size_bytes());
        sent.records_max = sent.records_max.max(gossip.records());
        sent.from[from.0 as usize - 1] += 1;
        sent.to[to.0 as usize - 1] += 1;
        if let (Some(pings), Gossip::Ping { .. }) = (&mut self.pings, &gossip) {
            pings.push((self.now, to));
        }
        let lost = self.rng.chance(self.loss);
        let delay = self.rng.between(nanos(self.delay.0), nanos(self.delay.1));
        if !lost && !self.cut.contains(&(from, to)) {
            self.post(Mono(self.now.0 + delay), from, to, gossip);
        }
    }

    fn post(&mut self, at: Mono, from: NodeId, to: NodeId, gossip: Gossip) {
        self.mail.insert((at, self.mail_next), (from, to, gossip));
        self.mail_next += 1;
    }

    /// Changes to `liveness`, by whomever about whomever `holds`.
    pub(super) fn count(&self, liveness: Liveness, holds: impl Fn(&Seen) -> bool) -> usize {
        let seen = self.seen.iter();
        seen.filter(|seen| seen.1.liveness == liveness && holds(seen))
            .count()
    }
}

/// The seed of a test that draws: `SEED=` replays it, as in `crate::seeded`.
pub(super) fn seed() -> u64 {
    let seed = match std::env::var("SEED") {
        Ok(text) => text.parse().expect("SEED is a whole number"),
        Err(_) => 1,
    };
    eprintln!("replay with SEED={seed}");
    seed
}

/// `runs` seeds that follow from it.
pub(super) fn seeds(runs: usize) -> Vec<u64> {
    let mut rng = Rng::from_seed(seed());
    (0..runs).map(|_| rng.next_u64()).collect()
}

//! A cluster's settings, and what they must satisfy.

use core::time::Duration;
use std::sync::Arc;

use super::policy::Conflict;
use crate::base::limits::{NODES_MAX, RUN_SECONDS_MAX, TTL_MS_MAX};
use crate::base::mutant::Mutant;
use crate::base::stop::Stop;
use crate::membership::Health;
use crate::node::level::Need;
use crate::node::{Hedge, Hints, Level, Purge, Quorum, ReadRepair, Reads, Settings, Tables};
use crate::ring::{
    Jump, Member, Modulo, PARTITIONS_USUAL, Partitions, Placement, Rendezvous, Ring, Slots,
};
use crate::sim::{DetectorKind, NetworkConfig, WorldConfig};
use crate::{Error, NodeId, Result, Zone};

/// Which algorithm places keys on nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlacementKind {
    /// A hash ring with random tokens.
    #[default]
    Ring,
    /// A hash ring whose tokens are allocated, so that shares are even.
    Allocated,
    /// 1,024 fixed equal partitions.
    Partitions,
    /// 16,384 hash slots, with hash tags.
    Slots,
    /// Hash modulo the number of nodes.
    Modulo,
    /// Highest random weight.
    Rendezvous,
    /// Jump consistent hash.
    Jump,
}

/// A cluster's settings. The scenario script's `cluster` line sets them by the same names.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// Nodes, `n1` to `nN`.
    pub nodes: u32,
    /// Zones, dealt to the nodes in turn.
    pub zones: u32,
    /// Tokens of a node on the ring.
    pub tokens: u32,
    /// N: copies of each key.
    pub replication: usize,
    /// R: replicas that must answer a read.
    pub read: Level,
    /// W: replicas that must acknowledge a write.
    pub write: Level,
    /// How concurrent writes are kept.
    pub conflict: Conflict,
    /// How long a value lives when its write does not say; none is for ever.
    pub ttl: Option<Duration>,
    /// How keys are placed.
    pub placement: PlacementKind,
    /// Whether stand-ins count towards a write's quorum.
    pub quorum: Quorum,
    /// What a read that finds a stale replica does about it.
    pub readrepair: ReadRepair,
    /// What the second and later replicas of a read are asked for.
    pub reads: Reads,
    /// When a read asks one replica more.
    pub hedge: Hedge,
    /// Whether writes that an owner missed are kept for it.
    pub hints: Hints,
    /// How long a node may be away and still get hints.
    pub hint_window: Duration,
    /// Bytes of hints that one node replays a second; 0 is no bound.
    pub hint_rate: u64,
    /// Pause between two repair exchanges of one node; zero switches repair off.
    pub repair: Duration,
    /// Bytes of cells that one node sends for repair a second; 0 is no bound.
    pub repair_rate: u64,
    /// When tombstones go.
    pub purge: Purge,
    /// Pause between two looks for tombstones that may go.
    pub purge_every: Duration,
    /// How old a tombstone is before it may go.
    pub grace: Duration,
    /// Who says who is alive.
    pub detector: DetectorKind,
    /// The detector's period.
    pub gossip: Duration,
    /// Whether the detector doubts itself before others (Lifeguard).
    pub health: Health,
    /// Requests that one node admits a second; 0 is no bound.
    pub rate: u64,
    /// Requests that it admits at once before that bound counts.
    pub burst: u64,
    /// A request's time limit.
    pub timeout: Duration,
    /// Message delay, shortest.
    pub delay_min: Duration,
    /// Message delay, longest.
    pub delay_max: Duration,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: f64,
    /// Share of messages that arrive twice, 0.0 to 1.0.
    pub duplicate: f64,
    /// Share of messages that are held up, so that later ones overtake them, 0.0 to 1.0.
    pub reorder: f64,
    /// Seed of everything left to chance.
    pub seed: u64,
    /// A planted bug, for tests only.
    pub mutant: Option<Mutant>,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            nodes: 5,
            zones: 1,
            tokens: 16,
            replication: 3,
            read: Level::Count(2),
            write: Level::Count(2),
            conflict: Conflict::default(),
            ttl: None,
            placement: PlacementKind::default(),
            quorum: Quorum::default(),
            readrepair: ReadRepair::default(),
            reads: Reads::default(),
            hedge: Hedge::default(),
            hints: Hints::default(),
            hint_window: Duration::from_secs(3 * 3_600),
            hint_rate: 1 << 20,
            repair: Duration::from_secs(1),
            repair_rate: 0,
            purge: Purge::default(),
            purge_every: Duration::from_secs(60),
            grace: Duration::from_secs(60),
            detector: DetectorKind::default(),
            gossip: Duration::from_secs(1),
            health: Health::On,
            rate: 0,
            burst: 100,
            timeout: Duration::from_millis(500),
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(5),
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            seed: 0,
            mutant: None,
        }
    }
}

impl ClusterConfig {
    /// The members that these settings describe.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        let zones = self.zones.max(1);
        let member = |node: u32| Member {
            node: NodeId(node),
            zone: Zone((node - 1) % zones + 1),
            weight: 1,
        };
        (1..=self.nodes).map(member).collect()
    }

    /// The placement of `members` under these settings, as if they had joined in the order of their ids.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for members or tokens that make no ring.
    pub fn place(&self, kind: PlacementKind, members: Vec<Member>) -> Result<Arc<dyn Placement>> {
        Ok(match kind {
            PlacementKind::Ring => Arc::new(Ring::new(members, self.tokens, self.seed)?),
            PlacementKind::Allocated => Arc::new(Ring::allocated(
                members,
                self.tokens,
                self.replication,
                self.seed,
            )?),
            PlacementKind::Partitions => Arc::new(Partitions::new(
                members,
                PARTITIONS_USUAL,
                self.replication,
            )?),
            PlacementKind::Slots => Arc::new(Slots::new(members, self.replication)?),
            PlacementKind::Modulo => Arc::new(Modulo::new(members)?),
            PlacementKind::Rendezvous => Arc::new(Rendezvous::new(members)?),
            PlacementKind::Jump => Arc::new(Jump::new(members)?),
        })
    }

    /// Checks that the settings make sense together.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] that names the setting and what it may be.
    pub fn check(&self) -> Result<()> {
        within("nodes", u64::from(self.nodes), 1, u64::from(NODES_MAX))?;
        within("zones", u64::from(self.zones), 1, u64::from(self.nodes))?;
        within_copies(
            "replication",
            self.replication,
            self.nodes as usize,
            "number of nodes",
        )?;
        check_level("read", self.read, self.replication)?;
        check_level("write", self.write, self.replication)?;
        if self.read == Level::Any {
            return Err(Error::invalid("read=any: a hint answers no read; take one"));
        }
        if self.delay_min > self.delay_max {
            return Err(Error::invalid("the shortest delay is above the longest"));
        }
        self.check_spans()?;
        for (what, share) in [
            ("loss", self.loss),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(Error::invalid(format!(
                    "{what}={share}: it must be from 0% to 100%"
                )));
            }
        }
        within("burst", self.burst, 1, u64::from(u32::MAX))
    }

    fn check_spans(&self) -> Result<()> {
        let spans = [
            ("delay", self.delay_max),
            ("timeout", self.timeout),
            ("repair", self.repair),
            ("hintwindow", self.hint_window),
            ("purgeevery", self.purge_every),
            ("grace", self.grace),
            ("gossip", self.gossip),
        ];
        if let Some((what, _)) = spans
            .iter()
            .find(|(_, span)| *span > Duration::from_secs(RUN_SECONDS_MAX))
        {
            return Err(Error::invalid(format!(
                "{what}: the longest is {RUN_SECONDS_MAX}s"
            )));
        }
        for (what, span) in [
            ("timeout", self.timeout),
            ("gossip", self.gossip),
            ("purgeevery", self.purge_every),
        ] {
            if span < Duration::from_millis(1) {
                return Err(Error::invalid(format!("{what}: the shortest is 1ms")));
            }
        }
        if !self.repair.is_zero() && self.repair < Duration::from_millis(1) {
            return Err(Error::invalid(
                "repair: the shortest pause is 1ms; 0 switches repair off",
            ));
        }
        check_ttl(self.ttl)
    }

    fn settings(&self) -> Settings {
        Settings {
            tables: Arc::new(Tables::new(self.conflict.table(
                "",
                self.replication,
                self.ttl,
            ))),
            quorum: self.quorum,
            read_repair: self.readrepair,
            reads: self.reads,
            hedge: self.hedge,
            hints: self.hints,
            hint_window: self.hint_window,
            hint_rate: self.hint_rate,
            repair_every: self.repair,
            repair_rate: self.repair_rate,
            purge: self.purge,
            purge_every: self.purge_every,
            grace: self.grace,
            admit_rate: self.rate,
            admit_burst: self.burst,
            mutant: self.mutant,
        }
    }

    pub(super) fn world(&self) -> Result<WorldConfig> {
        self.check()?;
        Ok(WorldConfig {
            placement: self.place(self.placement, self.members())?,
            settings: self.settings(),
            detector: self.detector,
            gossip: self.gossip,
            health: self.health,
            network: NetworkConfig {
                duplicate: self.duplicate,
                reorder: self.reorder,
                ..NetworkConfig::uniform(self.delay_min, self.delay_max, self.loss)
            },
            seed: self.seed,
            stop: Stop::default(),
        })
    }
}

pub(super) fn within_copies(what: &str, value: usize, limit: usize, name: &str) -> Result<()> {
    if (1..=limit).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{what}={value}: it must be from 1 to {limit}, the {name}"
    )))
}

/// Whether a level can be met by `replication` owners, wherever they are.
pub(super) fn check_level(what: &str, level: Level, replication: usize) -> Result<()> {
    match level {
        Level::Count(count) => within_copies(what, count, replication, "replication"),
        _ => Ok(()),
    }
}

pub(super) fn check_ttl(ttl: Option<Duration>) -> Result<()> {
    match ttl.map(|ttl| ttl.as_millis()) {
        Some(0) => Err(Error::invalid("ttl: the shortest is 1ms")),
        Some(ms) if ms > u128::from(TTL_MS_MAX) => Err(Error::invalid(format!(
            "ttl: the longest is {TTL_MS_MAX} ms"
        ))),
        _ => Ok(()),
    }
}

/// How many owners a level waits for at least, of so many in one zone.
#[must_use]
pub fn owners_needed(level: Level, replication: usize) -> usize {
    let owners: Vec<NodeId> = (1..=replication as u32).map(NodeId).collect();
    Need::of(level, &owners, |_| Zone(1), Zone(1)).map_or(0, |need| need.count())
}

fn within(what: &str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{what}={value}: it must be from {low} to {high}"
    )))
}

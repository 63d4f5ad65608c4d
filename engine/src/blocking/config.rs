//! A cluster's settings, and what they must satisfy.

use core::time::Duration;
use std::sync::Arc;

use crate::base::limits::{NODES_MAX, RUN_SECONDS_MAX};
use crate::base::stop::Stop;
use crate::causal::{KeepLatest, KeepSiblings, Resolve};
use crate::node::Settings;
use crate::ring::{Jump, Member, Modulo, Placement, Rendezvous, Ring};
use crate::sim::{ClockKind, NetworkConfig, WorldConfig};
use crate::{Error, NodeId, Result, Zone};

/// How concurrent writes of one key are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// Concurrent versions live beside each other until a write with their context joins them.
    #[default]
    Siblings,
    /// The version with the highest hybrid logical clock wins.
    Lww,
    /// The version with the highest raw wall clock wins: what goes wrong with it is a lesson.
    LwwWall,
}

/// Which algorithm places keys on nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlacementKind {
    /// A hash ring with tokens.
    #[default]
    Ring,
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
    pub read: usize,
    /// W: replicas that must acknowledge a write.
    pub write: usize,
    /// How concurrent writes are kept.
    pub conflict: Conflict,
    /// How keys are placed.
    pub placement: PlacementKind,
    /// Whether a read that finds a stale replica sends it the newer version.
    pub readrepair: bool,
    /// Pause between two repair exchanges of one node; zero switches repair off.
    pub repair: Duration,
    /// A request's time limit.
    pub timeout: Duration,
    /// Message delay, shortest.
    pub delay_min: Duration,
    /// Message delay, longest.
    pub delay_max: Duration,
    /// Share of messages lost, 0.0 to 1.0.
    pub loss: f64,
    /// Seed of everything left to chance.
    pub seed: u64,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            nodes: 5,
            zones: 1,
            tokens: 16,
            replication: 3,
            read: 2,
            write: 2,
            conflict: Conflict::default(),
            placement: PlacementKind::default(),
            readrepair: true,
            repair: Duration::from_secs(1),
            timeout: Duration::from_millis(500),
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(5),
            loss: 0.0,
            seed: 0,
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

    /// The placement of `members` under these settings.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for members or tokens that make no ring.
    pub fn place(&self, kind: PlacementKind, members: Vec<Member>) -> Result<Arc<dyn Placement>> {
        Ok(match kind {
            PlacementKind::Ring => Arc::new(Ring::new(members, self.tokens, self.seed)?),
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
        let copies = |what: &str, value: usize, limit: usize, name: &str| {
            if (1..=limit).contains(&value) {
                return Ok(());
            }
            Err(Error::invalid(format!(
                "{what}={value}: it must be from 1 to {limit}, the {name}"
            )))
        };
        copies(
            "replication",
            self.replication,
            self.nodes as usize,
            "number of nodes",
        )?;
        copies("read", self.read, self.replication, "replication")?;
        copies("write", self.write, self.replication, "replication")?;
        if self.delay_min > self.delay_max {
            return Err(Error::invalid("the shortest delay is above the longest"));
        }
        for (what, span) in [
            ("delay", self.delay_max),
            ("timeout", self.timeout),
            ("repair", self.repair),
        ] {
            if span > Duration::from_secs(RUN_SECONDS_MAX) {
                return Err(Error::invalid(format!(
                    "{what}: the longest is {RUN_SECONDS_MAX}s"
                )));
            }
        }
        if self.timeout < Duration::from_millis(1) {
            return Err(Error::invalid("timeout: the shortest is 1ms"));
        }
        if !self.repair.is_zero() && self.repair < Duration::from_millis(1) {
            return Err(Error::invalid(
                "repair: the shortest pause is 1ms; 0 switches repair off",
            ));
        }
        if !(0.0..=1.0).contains(&self.loss) {
            return Err(Error::invalid(format!(
                "loss={}: it must be from 0% to 100%",
                self.loss
            )));
        }
        Ok(())
    }

    pub(super) fn resolve(&self) -> Arc<dyn Resolve> {
        match self.conflict {
            Conflict::Siblings => Arc::new(KeepSiblings),
            Conflict::Lww | Conflict::LwwWall => Arc::new(KeepLatest),
        }
    }

    pub(super) fn world(&self) -> Result<WorldConfig> {
        self.check()?;
        Ok(WorldConfig {
            placement: self.place(self.placement, self.members())?,
            settings: Settings {
                replication: self.replication,
                readrepair: self.readrepair,
                repair_every: self.repair,
            },
            resolve: self.resolve(),
            clock: match self.conflict {
                Conflict::Siblings | Conflict::Lww => ClockKind::Hybrid,
                Conflict::LwwWall => ClockKind::Wall,
            },
            network: NetworkConfig {
                delay_min: self.delay_min,
                delay_max: self.delay_max,
                loss: self.loss,
            },
            seed: self.seed,
            stop: Stop::default(),
        })
    }
}

fn within(what: &str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "{what}={value}: it must be from {low} to {high}"
    )))
}

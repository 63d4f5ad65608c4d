//! The cluster.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::config::ClusterConfig;
use super::options::{Context, Cursor, Read, Scan, Ticket};
use super::policy::Conflict;
use super::sessions::Sessions;
use crate::base::limits::RUN_SECONDS_MAX;
use crate::base::stop::Stop;
use crate::base::time::Mono;
use crate::check::History;
use crate::node::{Tables, client_key};
use crate::ring::Placement;
use crate::sim::trace::{Trace, TraceKeep};
use crate::sim::{World, WorldConfig};
use crate::vfs::Vfs;
use crate::{Error, NodeId, Result};

/// What is known of a request that was started.
#[derive(Debug)]
pub(super) struct Started {
    /// Its place in the history; scans have none.
    pub(super) place: Option<usize>,
    /// Whether it is a scan.
    pub(super) scans: bool,
    /// Its full key.
    pub(super) key: Bytes,
    /// The session that it belongs to.
    pub(super) session: Option<u32>,
    /// When it was asked.
    pub(super) called: Mono,
}

/// How a request ended.
#[derive(Debug)]
pub(super) enum Finished {
    Read(Result<Read>),
    Scan(Result<Scan>),
}

/// A cluster to run, break and look into.
///
/// ```
/// use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
///
/// let mut cluster = Cluster::simulated(ClusterConfig { seed: 7, ..ClusterConfig::default() })?;
/// let seen = cluster.put(b"cart", b"milk", &PutOptions::default())?;
/// cluster.put(b"cart", b"eggs", &PutOptions { context: Some(seen), ..PutOptions::default() })?;
/// assert_eq!(cluster.get(b"cart", &GetOptions::default())?.values, [b"eggs".as_slice()]);
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Debug)]
pub struct Cluster {
    pub(super) config: ClusterConfig,
    pub(super) placement: Arc<dyn Placement>,
    pub(super) tables: Arc<Tables>,
    /// How each table joins concurrent writes, by its id.
    pub(super) conflicts: Vec<Conflict>,
    pub(super) world: World,
    pub(super) history: History,
    pub(super) sessions: Sessions,
    /// The nodes that lost their disk, and when they did last.
    pub(super) lost: BTreeMap<NodeId, Mono>,
    /// The nodes whose disk lied, or lost a bit.
    pub(super) spoiled: BTreeSet<NodeId>,
    /// The requests under way.
    pub(super) open: BTreeMap<Ticket, Started>,
    /// Requests that have ended and were not waited for yet.
    pub(super) finished: BTreeMap<Ticket, (Finished, Duration)>,
    /// How long the request took that was waited for last.
    pub(super) took: Option<Duration>,
}

impl Cluster {
    /// A cluster of simulated nodes: virtual time, seeded network, memory disks.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for settings that make no sense, like N above the nodes.
    pub fn simulated(config: ClusterConfig) -> Result<Self> {
        Self::stoppable(config, Stop::default())
    }

    /// As [`Cluster::simulated`], with its nodes on disks that are given: what they hold outlives the cluster,
    /// and nodes find it again in the next one. A node without one has a disk in memory.
    ///
    /// # Errors
    /// As [`Cluster::simulated`], and what opening a disk reports.
    pub fn on_disks(config: ClusterConfig, disks: BTreeMap<NodeId, Arc<dyn Vfs>>) -> Result<Self> {
        let world = config.world()?;
        let (placement, tables) = parts(&world);
        Ok(Self::of(
            config,
            placement,
            tables,
            World::on_disks(world, disks)?,
        ))
    }

    /// As [`Cluster::simulated`], with a switch that closes the cluster while it runs.
    ///
    /// # Errors
    /// As [`Cluster::simulated`].
    pub fn stoppable(config: ClusterConfig, stop: Stop) -> Result<Self> {
        let world = WorldConfig {
            stop,
            ..config.world()?
        };
        let (placement, tables) = parts(&world);
        Ok(Self::of(config, placement, tables, World::new(world)?))
    }

    fn of(
        config: ClusterConfig,
        placement: Arc<dyn Placement>,
        tables: Arc<Tables>,
        world: World,
    ) -> Self {
        Self {
            conflicts: vec![config.conflict],
            config,
            placement,
            tables,
            world,
            history: History::default(),
            sessions: Sessions::default(),
            lost: BTreeMap::new(),
            spoiled: BTreeSet::new(),
            open: BTreeMap::new(),
            finished: BTreeMap::new(),
            took: None,
        }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// Adds a table, on every node at once. `replication` and `ttl` are the cluster's where they are not given.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that is taken or settings that make no sense,
    /// [`Error::Overloaded`] for too many tables.
    pub fn add_table(
        &mut self,
        name: &str,
        conflict: Conflict,
        replication: Option<usize>,
        ttl: Option<Duration>,
    ) -> Result<()> {
        let replication = replication.unwrap_or(self.config.replication);
        let nodes = self.config.nodes as usize;
        super::config::within_copies("replication", replication, nodes, "number of nodes")?;
        super::config::check_ttl(ttl)?;
        let mut tables = (*self.tables).clone();
        tables.add(conflict.table(name, replication, ttl.or(self.config.ttl)))?;
        self.tables = Arc::new(tables);
        self.conflicts.push(conflict);
        self.world.set_tables(&self.tables);
        Ok(())
    }

    /// The table names, in the order in which they were added; the default table has none.
    #[must_use]
    pub fn tables(&self) -> Vec<&str> {
        self.tables.names().skip(1).collect()
    }

    /// Takes note of requests that have ended since the last look.
    pub(super) fn collect(&mut self) {
        let shape = self.world.shape();
        if !Arc::ptr_eq(&self.placement, &shape.owners) {
            self.placement = Arc::clone(&shape.owners);
        }
        for (id, ended) in self.world.take_ended() {
            let ticket = Ticket(id);
            let Some(started) = self.open.remove(&ticket) else {
                continue;
            };
            let took = ended.at.since(started.called);
            let Some(place) = started.place else {
                if !started.scans {
                    let read = ended.result.map(|answer| Read {
                        version: answer.version,
                        ..Read::default()
                    });
                    self.finished.insert(ticket, (Finished::Read(read), took));
                    continue;
                }
                let scan = ended.result.map(|answer| {
                    let page = answer.page.unwrap_or_default();
                    let shown = |key: Bytes| key.slice(1..);
                    Scan {
                        rows: page
                            .rows
                            .into_iter()
                            .map(|(key, values)| (shown(key), values))
                            .collect(),
                        cursor: page.after.map(Cursor),
                    }
                });
                self.finished.insert(ticket, (Finished::Scan(scan), took));
                continue;
            };
            self.history.close(place, ended.at, &ended.result);
            if let (Some(session), Ok(answer)) = (started.session, &ended.result) {
                self.sessions.saw(session, &started.key, &answer.context);
            }
            let read = ended.result.map(|answer| Read {
                context: Context(answer.context.encode(client_key(&started.key)).into()),
                values: answer.values,
                version: answer.version,
            });
            self.finished.insert(ticket, (Finished::Read(read), took));
        }
    }

    /// Lets virtual time pass.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for more than [`RUN_SECONDS_MAX`], or past
    /// [`TIME_SECONDS_MAX`](crate::base::limits::TIME_SECONDS_MAX); [`Error::Closed`] when the cluster was
    /// stopped on the way.
    pub fn run_for(&mut self, span: Duration) -> Result<()> {
        if span > Duration::from_secs(RUN_SECONDS_MAX) {
            return Err(Error::invalid(format!(
                "run: at most {RUN_SECONDS_MAX}s at a time"
            )));
        }
        self.world.run_until(self.world.now().after(span))?;
        self.collect();
        Ok(())
    }

    /// Runs until no request is open and nothing of one is in flight.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when that does not come about.
    pub fn settle(&mut self) -> Result<()> {
        self.world.settle()?;
        self.collect();
        Ok(())
    }

    /// How long the request took that was waited for last; none before there was one.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.took
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Mono {
        self.world.now()
    }

    /// The nodes, up or down.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.world.nodes()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.world.is_up(node)
    }

    /// The nodes that hold a key, the preferred one first.
    #[must_use]
    pub fn owners(&self, key: &[u8]) -> Vec<NodeId> {
        let copies = self
            .world
            .shape()
            .copies(&crate::node::full_key(0, key), self.config.replication);
        self.placement.owners(key, copies)
    }

    /// How keys are placed.
    #[must_use]
    pub fn placement(&self) -> &dyn Placement {
        &*self.placement
    }

    /// The values that one node's disk holds of a key of the default table, past every quorum.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, [`Error::Corruption`] when its disk cannot be
    /// read.
    pub fn peek(&self, node: NodeId, key: &[u8]) -> Result<Vec<Bytes>> {
        let full = crate::node::full_key(0, key);
        let wall = self.world.wall(node)?;
        Ok(self.world.cell(node, &full)?.values(wall))
    }

    /// What clients asked and were told.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What happened, step by step.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        self.world.trace()
    }

    /// From now on the trace keeps its events, or only its hash.
    pub fn keep_trace(&mut self, keep: TraceKeep) {
        self.world.keep_trace(keep);
    }

    /// The hash of what happened: equal for equal runs, on every machine and in every language.
    #[must_use]
    pub fn trace_hash(&self) -> String {
        self.trace().hash()
    }

    /// Puts a remark into the trace, for the reader of its picture.
    pub fn note(&mut self, text: &str) {
        self.world.note(text);
    }

    /// The world under the cluster, to look into.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }
}

fn parts(world: &WorldConfig) -> (Arc<dyn Placement>, Arc<Tables>) {
    (
        Arc::clone(&world.placement),
        Arc::clone(&world.settings.tables),
    )
}

//! The cluster.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::config::ClusterConfig;
use super::options::{Context, GetOptions, PutOptions, Read, Ticket};
use crate::base::limits::{RUN_SECONDS_MAX, TICKETS_MAX};
use crate::base::stop::Stop;
use crate::base::time::Mono;
use crate::causal;
use crate::check::{self, Asked, Disks, History, Operation, Outcome, Verdict};
use crate::node::{Answer, Kind, Request};
use crate::ring::Placement;
use crate::sim::trace::Trace;
use crate::sim::{World, WorldConfig};
use crate::vfs::Vfs;
use crate::{Error, NodeId, Result};

/// How much of a key or value a trace shows, characters.
const SHOWN_CHARS_MAX: usize = 24;

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
    config: ClusterConfig,
    pub(super) placement: Arc<dyn Placement>,
    pub(super) world: World,
    history: History,
    /// Each open request's place in the history, and its key for the context it will return.
    open: BTreeMap<Ticket, (usize, Bytes)>,
    /// Requests that have ended and were not waited for yet.
    finished: BTreeMap<Ticket, Result<Read>>,
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
        let placement = Arc::clone(&world.placement);
        Ok(Self::of(config, placement, World::on_disks(world, disks)?))
    }

    fn of(config: ClusterConfig, placement: Arc<dyn Placement>, world: World) -> Self {
        Self {
            config,
            placement,
            world,
            history: History::default(),
            open: BTreeMap::new(),
            finished: BTreeMap::new(),
        }
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
        let placement = Arc::clone(&world.placement);
        Ok(Self::of(config, placement, World::new(world)?))
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// Writes a value and lets virtual time run until W replicas have it. Returns the context of the write:
    /// hand it to the next write of the key, unless a get comes between.
    ///
    /// # Errors
    /// [`Error::Ambiguous`] when time ran out: the write may live on. [`Error::Unavailable`] when the node
    /// asked is down, [`Error::TooLarge`] and [`Error::InvalidArgument`] for bad arguments,
    /// [`Error::Conflict`] when too many siblings stand there: nothing was written then.
    pub fn put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Context> {
        let ticket = self.start_put(key, value, options)?;
        Ok(self.wait(ticket)?.context)
    }

    /// Reads the value, or siblings, that R replicas hold, and lets virtual time run until they answered.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too few answered in time, or the node asked is down.
    pub fn get(&mut self, key: &[u8], options: &GetOptions) -> Result<Read> {
        let ticket = self.start_get(key, options)?;
        self.wait(ticket)
    }

    /// Deletes what the context has seen or, without one, what W replicas hold now: it reads them first.
    ///
    /// # Errors
    /// As [`Cluster::put`].
    pub fn delete(&mut self, key: &[u8], options: &PutOptions) -> Result<Context> {
        let ticket = self.start_delete(key, options)?;
        Ok(self.wait(ticket)?.context)
    }

    /// Starts a put and returns at once, with no virtual time passed.
    ///
    /// # Errors
    /// For what can be refused at once; how the put ends, [`Cluster::wait`] tells.
    pub fn start_put(&mut self, key: &[u8], value: &[u8], options: &PutOptions) -> Result<Ticket> {
        let context = read_context(key, options.context.as_ref())?.unwrap_or_default();
        let value = Bytes::copy_from_slice(value);
        let text = format!("put {} {}", shown(key), shown(&value));
        let kind = Kind::Put { value, context };
        self.start(
            key,
            kind,
            options.write,
            options.via,
            options.timeout,
            text,
            |_| "ok".to_owned(),
        )
    }

    /// Starts a delete and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_delete(&mut self, key: &[u8], options: &PutOptions) -> Result<Ticket> {
        let context = read_context(key, options.context.as_ref())?;
        let text = format!("delete {}", shown(key));
        let kind = Kind::Delete { context };
        self.start(
            key,
            kind,
            options.write,
            options.via,
            options.timeout,
            text,
            |_| "ok".to_owned(),
        )
    }

    /// Starts a get and returns at once.
    ///
    /// # Errors
    /// As [`Cluster::start_put`].
    pub fn start_get(&mut self, key: &[u8], options: &GetOptions) -> Result<Ticket> {
        let text = format!("get {}", shown(key));
        self.start(
            key,
            Kind::Get,
            options.read,
            options.via,
            options.timeout,
            text,
            |answer| match answer.values.as_slice() {
                [] => "(nothing)".to_owned(),
                values => values
                    .iter()
                    .map(|value| shown(value))
                    .collect::<Vec<_>>()
                    .join(", "),
            },
        )
    }

    /// Lets virtual time run until a started request has ended. A write returns no values.
    ///
    /// # Errors
    /// How the request failed; [`Error::InvalidArgument`] when it was waited for already;
    /// [`Error::Closed`] when the cluster was stopped on the way.
    pub fn wait(&mut self, ticket: Ticket) -> Result<Read> {
        loop {
            self.collect();
            if let Some(result) = self.finished.remove(&ticket) {
                return result;
            }
            if !self.open.contains_key(&ticket) {
                return Err(Error::invalid("this request was waited for already"));
            }
            assert!(
                self.world.step()?,
                "an open request always has its deadline to come"
            );
        }
    }

    /// Takes note of requests that have ended since the last look.
    fn collect(&mut self) {
        for (id, ended) in self.world.take_ended() {
            if let Some((place, key)) = self.open.remove(&Ticket(id)) {
                self.history.close(place, ended.at, &ended.result);
                let read = ended.result.map(|answer| Read {
                    context: Context(answer.context.encode(&key).into()),
                    values: answer.values,
                });
                self.finished.insert(Ticket(id), read);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one place where the three kinds of request meet"
    )]
    fn start(
        &mut self,
        key: &[u8],
        kind: Kind,
        quorum: Option<usize>,
        via: Option<NodeId>,
        timeout: Option<Duration>,
        text: String,
        render: fn(&Answer) -> String,
    ) -> Result<Ticket> {
        let (name, usual) = if kind.writes() {
            ("write", self.config.write)
        } else {
            ("read", self.config.read)
        };
        let quorum = quorum.unwrap_or(usual);
        if quorum == 0 || quorum > self.config.replication {
            let n = self.config.replication;
            return Err(Error::invalid(format!(
                "{name}={quorum}: it must be from 1 to {n}, the replication"
            )));
        }
        let timeout = timeout.unwrap_or(self.config.timeout);
        if timeout < Duration::from_millis(1) || timeout > Duration::from_secs(RUN_SECONDS_MAX) {
            return Err(Error::invalid(format!(
                "timeout: it must be from 1ms to {RUN_SECONDS_MAX}s"
            )));
        }
        if self.open.len() + self.finished.len() >= TICKETS_MAX {
            let detail = format!("{TICKETS_MAX} requests were started and not waited for");
            return Err(Error::Overloaded { detail });
        }
        let via = self.via(via)?;
        let asked = match &kind {
            Kind::Get => Asked::Get,
            Kind::Put { value, context } => Asked::Put {
                value: value.clone(),
                context: context.clone(),
            },
            Kind::Delete { context } => Asked::Delete {
                context: context.clone(),
            },
        };
        let key = Bytes::copy_from_slice(key);
        let called = self.world.now();
        let request = Request {
            key: key.clone(),
            kind,
            quorum,
            timeout,
        };
        let ticket = Ticket(self.world.submit(via, request, text, render)?);
        let operation = Operation {
            via,
            key: key.clone(),
            asked,
            quorum,
            called,
            ended: None,
            outcome: Outcome::Open,
        };
        let place = self.history.open(operation)?;
        self.open.insert(ticket, (place, key));
        Ok(ticket)
    }

    fn via(&self, via: Option<NodeId>) -> Result<NodeId> {
        let nodes = self.world.nodes();
        match via {
            Some(node) if nodes.contains(&node) => Ok(node),
            Some(node) => Err(Error::invalid(format!(
                "there is no {node}: the nodes are n1 to n{}",
                nodes.len()
            ))),
            None => nodes
                .into_iter()
                .find(|node| self.world.is_up(*node))
                .ok_or_else(|| Error::Unavailable {
                    detail: "every node is down; restart one".to_owned(),
                }),
        }
    }

    /// Stops a node at once; what its disk had not synced may be torn.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is down.
    pub fn kill(&mut self, node: NodeId) -> Result<()> {
        self.world.kill(node)?;
        self.collect();
        Ok(())
    }

    /// Starts a node from its disk.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or it is up; [`Error::Corruption`] when its
    /// disk cannot be read.
    pub fn restart(&mut self, node: NodeId) -> Result<()> {
        self.world.restart(node)
    }

    /// Splits the cluster; nodes named in no group form one more.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when a node is unknown or named twice, or fewer than two groups result.
    pub fn partition(&mut self, groups: &[Vec<NodeId>]) -> Result<()> {
        self.world.partition(groups)
    }

    /// Lets every node reach every other again.
    ///
    /// # Errors
    /// None today.
    pub fn heal(&mut self) -> Result<()> {
        self.world.heal();
        Ok(())
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
        self.placement.owners(key, self.config.replication)
    }

    /// How keys are placed.
    #[must_use]
    pub fn placement(&self) -> &dyn Placement {
        &*self.placement
    }

    /// The values that one node's disk holds of a key, past every quorum.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, [`Error::Corruption`] when its disk cannot be
    /// read.
    pub fn peek(&self, node: NodeId, key: &[u8]) -> Result<Vec<Bytes>> {
        Ok(self.world.cell(node, key)?.values())
    }

    /// Whether all owners of every key hold the same versions of it.
    ///
    /// # Errors
    /// In words, where they differ.
    pub fn check_converged(&self) -> Verdict {
        check::converged(&self.disks()?, &*self.placement, self.config.replication)
    }

    /// Whether every put and delete acknowledged at a majority is still there, or was superseded knowingly.
    ///
    /// # Errors
    /// In words, the first that is not.
    pub fn check_no_lost_writes(&self) -> Verdict {
        let resolve = self.config.resolve();
        check::no_lost_writes(
            &self.history,
            &self.disks()?,
            self.config.replication,
            &*resolve,
        )
    }

    fn disks(&self) -> core::result::Result<Disks, String> {
        let read = |node: NodeId| Ok((node, self.world.cells(node)?.into_iter().collect()));
        let disks: Result<Disks> = self.world.nodes().into_iter().map(read).collect();
        disks.map_err(|error| error.to_string())
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

    /// The hash of what happened: equal for equal runs, on every machine and in every language.
    #[must_use]
    pub fn trace_hash(&self) -> String {
        self.trace().hash()
    }

    /// Puts a remark into the trace, for the reader of its picture.
    pub fn note(&mut self, text: &str) {
        self.world.note(text);
    }
}

fn read_context(key: &[u8], context: Option<&Context>) -> Result<Option<causal::Context>> {
    context
        .map(|context| causal::Context::decode(key, &context.0))
        .transpose()
}

/// Bytes as a trace shows them: one line, cut short.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().count() > SHOWN_CHARS_MAX {
        out.push('…');
    }
    out
}

//! The driver on virtual time.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::agenda::{Agenda, Due};
use super::counts::FaultCounts;
use super::drive::{asked_digest, told_digest};
use super::epochs::Epochs;
use super::host::Host;
use super::hosts::Hosts;
use super::machine_disk::MachineDisk;
use super::network::{Network, NetworkConfig};
use super::trace::{Trace, TraceKeep, What};
use crate::base::id::RequestId;
use crate::base::limits::{PAUSED_INPUTS_MAX, TIME_SECONDS_MAX};
use crate::base::rng::Rng;
use crate::base::stop::Stop;
use crate::base::time::Mono;
use crate::causal::Cell;
use crate::membership::Health;
use crate::node::{
    Acceptor, Answer, Node, Outbox, Request, Settings, Stats, read_acceptor, read_cell, read_floor,
    scan_cells,
};
use crate::ring::Placement;
use crate::vfs::Vfs;
use crate::{Error, NodeId, Result};

/// The longest that [`World::settle`] lets pass before it gives up: longer than any request's timeout
/// that is still sensible in a simulation.
const SETTLE_MAX: Duration = Duration::from_secs(3_600);

/// Who says who is alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DetectorKind {
    /// [`Swim`](crate::membership::Swim).
    #[default]
    Swim,
    /// [`PhiAccrual`](crate::membership::PhiAccrual).
    Phi,
    /// [`Off`](crate::membership::Off): nobody.
    Off,
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The nodes, and which of them own a key.
    pub placement: Arc<dyn Placement>,
    /// Every node's settings.
    pub settings: Settings,
    /// Who says who is alive.
    pub detector: DetectorKind,
    /// The detector's period.
    pub gossip: Duration,
    /// Whether the detector doubts itself before others.
    pub health: Health,
    /// The network.
    pub network: NetworkConfig,
    /// Seed of everything left to chance.
    pub seed: u64,
    /// Closes the world from outside.
    pub stop: Stop,
}

/// How a request ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// When.
    pub at: Mono,
    /// With what.
    pub result: Result<Answer>,
}

#[derive(Debug)]
pub(super) struct Outstanding {
    pub(super) node: NodeId,
    pub(super) writes: bool,
    render: fn(&Answer) -> String,
}

/// A cluster, its network and its disks.
#[derive(Debug)]
pub struct World {
    pub(super) config: WorldConfig,
    pub(super) now: Mono,
    pub(super) hosts: Hosts,
    pub(super) network: Network,
    pub(super) agenda: Agenda,
    pub(super) message_next: u64,
    request_next: u64,
    pub(super) outstanding: BTreeMap<RequestId, Outstanding>,
    ended: Vec<(RequestId, Ended)>,
    /// Messages of requests under way, and changes not yet durable: what [`World::settle`] waits for.
    pub(super) unsettled: usize,
    pub(super) trace: Trace,
    pub(super) counts: FaultCounts,
    /// Draws where a fault strikes.
    pub(super) faults_rng: Rng,
    /// Empty between two inputs; kept for its room.
    pub(super) out: Outbox,
    /// What the nodes have agreed on so far.
    pub(super) epochs: Epochs,
}

impl World {
    /// A world at time zero, every node up with an empty disk.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a network that cannot be, and what opening an empty disk may report.
    pub fn new(config: WorldConfig) -> Result<Self> {
        Self::on_disks(config, BTreeMap::new())
    }

    /// As [`new`](Self::new), with some nodes on disks that are given, by which they may know an earlier world. A
    /// node that is killed there loses what a process loses, not what a machine does.
    ///
    /// # Errors
    /// As [`new`](Self::new), and what opening a disk reports.
    pub fn on_disks(
        config: WorldConfig,
        mut disks: BTreeMap<NodeId, Arc<dyn Vfs>>,
    ) -> Result<Self> {
        config.network.check()?;
        let mut rng = Rng::from_seed(config.seed);
        let network = Network::new(config.network, rng.fork());
        let nodes: Vec<NodeId> = config
            .placement
            .members()
            .iter()
            .map(|member| member.node)
            .collect();
        let hosts = nodes
            .iter()
            .map(|node| {
                let disk = disks
                    .remove(node)
                    .map_or_else(MachineDisk::memory, MachineDisk::given);
                Host::new(*node, rng.fork(), disk)
            })
            .collect();
        let epochs = Epochs::new(Arc::clone(&config.placement));
        let mut world = Self {
            epochs,
            config,
            now: Mono(0),
            hosts: Hosts::new(hosts),
            network,
            agenda: Agenda::default(),
            message_next: 0,
            request_next: 0,
            outstanding: BTreeMap::new(),
            ended: Vec::new(),
            unsettled: 0,
            trace: Trace::new(nodes.clone()),
            counts: FaultCounts::default(),
            faults_rng: rng.fork(),
            out: Outbox::default(),
        };
        for node in nodes {
            let opened = world.open(node)?;
            world.boot(node, opened)?;
        }
        Ok(world)
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Mono {
        self.now
    }

    /// The nodes, up or down.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.hosts.nodes().collect()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.hosts.get(node).is_some_and(|host| host.life.is_some())
    }

    /// How many storage operations a node has run in all its lives: its share of the work.
    #[must_use]
    pub fn operations(&self, node: NodeId) -> u64 {
        self.hosts.get(node).map_or(0, |host| host.operations)
    }

    /// How often each kind of fault has struck so far.
    #[must_use]
    pub fn faults(&self) -> &FaultCounts {
        &self.counts
    }

    /// Messages, timers and disk operations that are to come, and messages and inputs that are kept back.
    #[must_use]
    pub fn pending(&self) -> usize {
        let waiting: usize = self.hosts.iter().map(|host| host.waiting.len()).sum();
        self.agenda.len() + self.network.holds.len() + waiting
    }

    /// Says whether the trace keeps its events from now on.
    pub fn keep_trace(&mut self, keep: TraceKeep) {
        self.trace.set_keep(keep);
    }

    /// What happened so far.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Puts a remark into the trace, on one line: it cannot pass for an event of its own.
    pub fn note(&mut self, text: &str) {
        let text = text.replace(char::is_control, "\u{fffd}");
        self.trace.push(self.now, What::Note { text });
    }

    /// Hands a client's request to a node; a paused one gets it when it goes on. `text` and `render` make its
    /// question and answer as the trace shows them, and are called only where it keeps them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the node is down, [`Error::Closed`] when the world was stopped,
    /// [`Error::InvalidArgument`] when its time is up, [`Error::Overloaded`] when too much waits for a paused
    /// node; nothing happened then.
    pub fn submit(
        &mut self,
        node: NodeId,
        request: Request,
        text: impl FnOnce() -> String,
        render: fn(&Answer) -> String,
    ) -> Result<RequestId> {
        self.running()?;
        self.in_time(self.now.after(request.timeout))?;
        let host = self.peek_host(node)?;
        if host.life.is_none() {
            return Err(Error::Unavailable {
                detail: format!("{node} is down; ask another node"),
            });
        }
        if host.waiting.len() >= PAUSED_INPUTS_MAX {
            return Err(Error::Overloaded {
                detail: format!("{node} is paused, and {PAUSED_INPUTS_MAX} inputs wait for it"),
            });
        }
        let id = RequestId(self.request_next);
        self.request_next += 1;
        let outstanding = Outstanding {
            node,
            writes: request.kind.writes(),
            render,
        };
        self.outstanding.insert(id, outstanding);
        let text = if self.trace.keeps() {
            text()
        } else {
            String::new()
        };
        self.trace.push(
            self.now,
            What::Call {
                request: id,
                node,
                digest: asked_digest(&request),
                text,
            },
        );
        self.happen(Due::Request {
            node,
            request: id,
            body: request,
        });
        Ok(id)
    }

    /// Takes the requests that have ended since the last call.
    pub fn take_ended(&mut self) -> Vec<(RequestId, Ended)> {
        core::mem::take(&mut self.ended)
    }

    /// Lets the next thing happen; false when nothing will.
    ///
    /// # Errors
    /// [`Error::Closed`] when the world was stopped; nothing happened then.
    pub fn step(&mut self) -> Result<bool> {
        self.running()?;
        let Some((at, due)) = self.agenda.pop() else {
            return Ok(false);
        };
        assert!(at >= self.now, "time goes forward");
        self.now = at;
        self.happen(due);
        Ok(true)
    }

    /// Whether there is virtual time left up to `until`.
    fn in_time(&self, until: Mono) -> Result<()> {
        if until <= Mono(0).after(Duration::from_secs(TIME_SECONDS_MAX)) {
            return Ok(());
        }
        Err(Error::invalid(
            "a run ends after 100 years of virtual time; start a new cluster",
        ))
    }

    /// Whether the world still runs.
    ///
    /// # Errors
    /// [`Error::Closed`] when it was stopped.
    pub fn running(&self) -> Result<()> {
        if self.config.stop.is_stopped() {
            Err(Error::Closed)
        } else {
            Ok(())
        }
    }

    /// Lets everything happen up to and including `until`, and the clock stand there.
    ///
    /// # Errors
    /// [`Error::Closed`] when the world was stopped on the way, [`Error::InvalidArgument`] past
    /// [`TIME_SECONDS_MAX`]: nothing happened then.
    pub fn run_until(&mut self, until: Mono) -> Result<()> {
        self.in_time(until)?;
        while self.agenda.next_at().is_some_and(|at| at <= until) {
            self.step()?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// Runs until no request is open, no message of a request is under way, and every change is durable. A
    /// message on a held link is not under way: what becomes of it is up to who holds it. One that waits for a
    /// paused node is, since the pause will end.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when that has not come about within an hour of virtual time,
    /// [`Error::Closed`] when the world was stopped on the way.
    pub fn settle(&mut self) -> Result<()> {
        let until = self.now.after(SETTLE_MAX);
        while self.unsettled > 0 || !self.outstanding.is_empty() {
            if self.now > until || !self.step()? {
                return Err(Error::Overloaded {
                    detail: format!("not settled after {SETTLE_MAX:?}"),
                });
            }
        }
        Ok(())
    }

    /// What a node's disk holds, up or down, in key order.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, [`Error::Corruption`] when its disk cannot be
    /// read.
    pub fn cells(&self, node: NodeId) -> Result<Vec<(bytes::Bytes, Cell)>> {
        let host = self.peek_host(node)?;
        Ok(match &host.life {
            Some(life) => life.replica.cells()?,
            None => scan_cells(&host.look()?)?,
        })
    }

    /// What a node's disk holds of one key.
    ///
    /// # Errors
    /// As [`World::cells`].
    pub fn cell(&self, node: NodeId, key: &[u8]) -> Result<Cell> {
        let host = self.peek_host(node)?;
        match &host.life {
            Some(life) => life.replica.cell(key),
            None => read_cell(&host.look()?, key),
        }
    }

    /// What a node, as an acceptor, has promised and accepted of one register.
    ///
    /// # Errors
    /// As [`World::cells`].
    pub fn acceptor(&self, node: NodeId, key: &[u8]) -> Result<Acceptor> {
        let host = self.peek_host(node)?;
        match &host.life {
            Some(life) => {
                read_acceptor(life.replica.store(), key, read_floor(life.replica.store())?)
            }
            None => {
                let store = host.look()?;
                read_acceptor(&store, key, read_floor(&store)?)
            }
        }
    }

    /// A node that is up, to look into.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<&Node> {
        Some(&self.hosts.get(node)?.life.as_ref()?.node)
    }

    /// What a node has counted in all its lives.
    #[must_use]
    pub fn stats(&self, node: NodeId) -> Stats {
        let Some(host) = self.hosts.get(node) else {
            return Stats::default();
        };
        let mut stats = host.past.clone();
        if let Some(life) = &host.life {
            stats.add(&life.node.stats());
        }
        stats
    }

    /// Messages sent so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.message_next
    }

    /// The roots of a node's Merkle trees: the owners of each group, and its root.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, [`Error::Unavailable`] when it is down.
    pub fn tree_roots(&self, node: NodeId) -> Result<Vec<(Vec<NodeId>, u64)>> {
        let life = self
            .peek_host(node)?
            .life
            .as_ref()
            .ok_or_else(|| Error::Unavailable {
                detail: format!("{node} is down, and its trees with it"),
            })?;
        let roots = life.replica.forest().roots();
        Ok(roots
            .into_iter()
            .map(|(group, root)| (group.nodes().to_vec(), root))
            .collect())
    }

    pub(super) fn peek_host(&self, node: NodeId) -> Result<&Host> {
        self.hosts
            .get(node)
            .ok_or_else(|| no_such(node, &self.hosts))
    }

    pub(super) fn host(&mut self, node: NodeId) -> Result<&mut Host> {
        self.peek_host(node)?;
        self.hosts.get_mut(node).ok_or(Error::Closed)
    }

    pub(super) fn end(&mut self, id: RequestId, result: Result<Answer>) {
        // A request that was ended by its node's death may not be answered a second time.
        if let Some(request) = self.outstanding.remove(&id) {
            let text = match &result {
                _ if !self.trace.keeps() => String::new(),
                Ok(answer) => (request.render)(answer),
                Err(error) => format!("error {}", error.code().name()),
            };
            let what = What::Answer {
                request: id,
                node: request.node,
                digest: told_digest(&result),
                text,
            };
            self.trace.push(self.now, what);
            let at = self.now;
            self.ended.push((id, Ended { at, result }));
        }
    }
}

fn no_such(node: NodeId, hosts: &Hosts) -> Error {
    let last = hosts
        .nodes()
        .last()
        .map_or_else(|| "none".to_owned(), |last| last.to_string());
    Error::invalid(format!("there is no {node}: the nodes are n1 to {last}"))
}

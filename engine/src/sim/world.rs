//! The driver on virtual time.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::agenda::{Agenda, Due};
use super::host::{Host, Life};
use super::machine_disk::MachineDisk;
use super::network::{Network, NetworkConfig};
use super::trace::{Lost, MessageId, Purpose, Trace, What};
use crate::base::id::{OpId, RequestId, TimerId};
use crate::base::limits::{TIME_SECONDS_MAX, WORLD_QUEUE_MAX};
use crate::base::rng::Rng;
use crate::base::stop::Stop;
use crate::base::time::Mono;
use crate::causal::{Cell, Hlc, RawWall, Resolve, StampClock};
use crate::node::{
    Answer, Disk, Input, Message, Node, Outbox, Output, Parts, Request, Settings, StoreOp,
    StoreResult, highest_stamp, scan_cells,
};
use crate::ring::Placement;
use crate::vfs::{MemoryDisk, Vfs};
use crate::{Error, NodeId, Result};

/// The longest that [`World::settle`] lets pass before it gives up: longer than any request's timeout
/// that is still sensible in a simulation.
const SETTLE_MAX: Duration = Duration::from_secs(3_600);

/// The agenda is not swept while it is shorter than this.
const SWEEP_AT_MIN: usize = 1 << 12;

/// Which clock stamps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockKind {
    /// [`Hlc`].
    #[default]
    Hybrid,
    /// [`RawWall`].
    Wall,
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The nodes, and which of them own a key.
    pub placement: Arc<dyn Placement>,
    /// Every node's settings.
    pub settings: Settings,
    /// What is kept of concurrent versions.
    pub resolve: Arc<dyn Resolve>,
    /// Which clock stamps versions.
    pub clock: ClockKind,
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
    config: WorldConfig,
    pub(super) now: Mono,
    pub(super) hosts: BTreeMap<NodeId, Host>,
    pub(super) network: Network,
    agenda: Agenda,
    /// The length of the agenda at which cancelled timers are looked for.
    sweep_at: usize,
    message_next: u64,
    request_next: u64,
    pub(super) outstanding: BTreeMap<RequestId, Outstanding>,
    ended: Vec<(RequestId, Ended)>,
    /// Messages of requests under way, and changes not yet durable: what [`World::settle`] waits for.
    unsettled: usize,
    pub(super) trace: Trace,
}

impl World {
    /// A world at time zero, every node up with an empty disk.
    ///
    /// # Errors
    /// What opening an empty disk may report.
    pub fn new(config: WorldConfig) -> Result<Self> {
        Self::on_disks(config, BTreeMap::new())
    }

    /// As [`new`](Self::new), with some nodes on disks that are given, by which they may know an earlier world. A
    /// node that is killed there loses what a process loses, not what a machine does.
    ///
    /// # Errors
    /// What opening a disk reports.
    pub fn on_disks(
        config: WorldConfig,
        mut disks: BTreeMap<NodeId, Arc<dyn Vfs>>,
    ) -> Result<Self> {
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
                let disk = disks.remove(node).map_or_else(
                    || MachineDisk::Memory(MemoryDisk::new()),
                    MachineDisk::Given,
                );
                (*node, Host::new(*node, rng.fork(), disk))
            })
            .collect();
        let mut world = Self {
            config,
            now: Mono(0),
            hosts,
            network,
            agenda: Agenda::default(),
            sweep_at: SWEEP_AT_MIN,
            message_next: 0,
            request_next: 0,
            outstanding: BTreeMap::new(),
            ended: Vec::new(),
            unsettled: 0,
            trace: Trace::new(nodes.clone()),
        };
        for node in nodes {
            world.boot(node)?;
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
        self.hosts.keys().copied().collect()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.hosts
            .get(&node)
            .is_some_and(|host| host.life.is_some())
    }

    /// How many storage operations a node has run in all its lives: its share of the work.
    #[must_use]
    pub fn operations(&self, node: NodeId) -> u64 {
        self.hosts.get(&node).map_or(0, |host| host.operations)
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

    /// Hands a client's request to a node. `text` and `render` are its question and answer as the trace
    /// shows them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the node is down, [`Error::Closed`] when the world was stopped,
    /// [`Error::InvalidArgument`] when its time is up; nothing happened then.
    pub fn submit(
        &mut self,
        node: NodeId,
        request: Request,
        text: String,
        render: fn(&Answer) -> String,
    ) -> Result<RequestId> {
        self.running()?;
        self.in_time(self.now.after(request.timeout))?;
        if !self.is_up(node) {
            return Err(Error::Unavailable {
                detail: format!("{node} is down; ask another node"),
            });
        }
        let id = RequestId(self.request_next);
        self.request_next += 1;
        self.outstanding.insert(
            id,
            Outstanding {
                node,
                writes: request.kind.writes(),
                render,
            },
        );
        self.trace.push(
            self.now,
            What::Call {
                request: id,
                node,
                text,
            },
        );
        self.input(node, Input::Client(id, request));
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
        match due {
            Due::Arrive {
                message,
                from,
                to,
                body,
                lost,
            } => self.arrive(message, from, to, body, lost),
            Due::Timer {
                node,
                incarnation,
                timer,
            } => {
                let life = self.life(node, incarnation);
                if life.is_some_and(|life| life.armed.remove(&timer)) {
                    self.input(node, Input::Timer(timer));
                }
            }
            Due::Disk {
                node,
                incarnation,
                op,
                result,
                disk,
            } => {
                self.disk_done(node, incarnation, op, result, disk);
            }
        }
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

    /// Runs until no request is open, no message of a request is under way, and every change is durable.
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
        let host = self
            .hosts
            .get(&node)
            .ok_or_else(|| no_such(node, &self.hosts))?;
        Ok(match &host.life {
            Some(life) => scan_cells(&life.store)?.collect(),
            None => scan_cells(&host.look()?)?.collect(),
        })
    }

    /// What a node's disk holds of one key.
    ///
    /// # Errors
    /// As [`World::cells`].
    pub fn cell(&self, node: NodeId, key: &[u8]) -> Result<Cell> {
        let host = self
            .hosts
            .get(&node)
            .ok_or_else(|| no_such(node, &self.hosts))?;
        let bytes = match &host.life {
            Some(life) => life.store.get(key)?,
            None => host.look()?.get(key)?,
        };
        bytes.map_or_else(|| Ok(Cell::default()), |bytes| Cell::decode(&bytes))
    }

    pub(super) fn host(&mut self, node: NodeId) -> Result<&mut Host> {
        if !self.hosts.contains_key(&node) {
            return Err(no_such(node, &self.hosts));
        }
        self.hosts.get_mut(&node).ok_or(Error::Closed)
    }

    fn life(&mut self, node: NodeId, incarnation: u32) -> Option<&mut Life> {
        let host = self.hosts.get_mut(&node)?;
        if host.incarnation == incarnation {
            host.life.as_mut()
        } else {
            None
        }
    }

    pub(super) fn boot(&mut self, id: NodeId) -> Result<()> {
        let (settings, now) = (self.config.settings.clone(), self.now);
        let (placement, resolve) = (
            Arc::clone(&self.config.placement),
            Arc::clone(&self.config.resolve),
        );
        let kind = self.config.clock;
        let host = self.host(id)?;
        let store = host.open()?;
        let clock: Box<dyn StampClock> = match kind {
            ClockKind::Hybrid => Box::new(Hlc::starting_after(highest_stamp(&store)?)),
            ClockKind::Wall => Box::new(RawWall::default()),
        };
        let incarnation = host.next_incarnation()?;
        let parts = Parts {
            placement,
            resolve,
            clock,
        };
        let mut out = Outbox::default();
        let node = Node::boot(id, incarnation, settings, parts, host.now(now), &mut out);
        host.life = Some(Life {
            node,
            store,
            armed: std::collections::BTreeSet::new(),
        });
        self.carry_out(id, &mut out);
        Ok(())
    }

    fn input(&mut self, id: NodeId, input: Input) {
        let mono = self.now;
        let Some(host) = self.hosts.get_mut(&id) else {
            return;
        };
        let now = host.now(mono);
        let mut out = Outbox::default();
        if let Some(life) = host.life.as_mut() {
            life.node.handle(now, input, &mut out);
        }
        self.carry_out(id, &mut out);
    }

    fn carry_out(&mut self, from: NodeId, out: &mut Outbox) {
        for output in out.drain() {
            match output {
                Output::Reply(id, result) => self.end(id, result),
                Output::Send(to, message) => self.send(from, to, message),
                Output::Store(op, store_op) => self.store(from, op, store_op),
                Output::Arm(timer, at) => self.arm(from, timer, at),
                Output::Cancel(timer) => {
                    if let Some(life) = self
                        .hosts
                        .get_mut(&from)
                        .and_then(|host| host.life.as_mut())
                    {
                        life.armed.remove(&timer);
                    }
                }
                Output::Event(text) => self.note(&format!("{from}: {text}")),
            }
        }
    }

    pub(super) fn end(&mut self, id: RequestId, result: Result<Answer>) {
        // A request that was ended by its node's death may not be answered a second time.
        if let Some(request) = self.outstanding.remove(&id) {
            let text = match &result {
                Ok(answer) => (request.render)(answer),
                Err(error) => format!("error {}", error.code().name()),
            };
            self.trace.push(
                self.now,
                What::Answer {
                    request: id,
                    node: request.node,
                    text,
                },
            );
            self.ended.push((
                id,
                Ended {
                    at: self.now,
                    result,
                },
            ));
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, body: Message) {
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
        if self.agenda.len() >= WORLD_QUEUE_MAX {
            // A network that is full loses messages, as a real one does.
            self.trace.push(
                self.now,
                What::Drop {
                    message,
                    from,
                    to,
                    why: Lost::Network,
                },
            );
            return;
        }
        self.unsettled += usize::from(!body.is_upkeep());
        let at = self.now.after(flight.takes);
        self.agenda.push(
            at,
            Due::Arrive {
                message,
                from,
                to,
                body,
                lost: flight.lost,
            },
        );
    }

    fn arrive(
        &mut self,
        message: MessageId,
        from: NodeId,
        to: NodeId,
        body: Message,
        lost: Option<Lost>,
    ) {
        self.unsettled -= usize::from(!body.is_upkeep());
        let cut = (!self.network.connects(from, to)).then_some(Lost::Partition);
        let down = (!self.is_up(to)).then_some(Lost::Down);
        if let Some(why) = lost.or(cut).or(down) {
            self.trace.push(
                self.now,
                What::Drop {
                    message,
                    from,
                    to,
                    why,
                },
            );
            return;
        }
        self.trace
            .push(self.now, What::Deliver { message, from, to });
        self.input(to, Input::Peer(from, body));
    }

    fn arm(&mut self, id: NodeId, timer: TimerId, at: Mono) {
        let Some(host) = self.hosts.get_mut(&id) else {
            return;
        };
        let incarnation = host.incarnation;
        if let Some(life) = host.life.as_mut() {
            life.armed.insert(timer);
        }
        if self.agenda.len() >= self.sweep_at {
            self.sweep();
        }
        self.agenda.push(
            at,
            Due::Timer {
                node: id,
                incarnation,
                timer,
            },
        );
    }

    /// Drops the timers that were cancelled: with long timeouts they would fill the agenda, and a full one
    /// loses messages.
    fn sweep(&mut self) {
        let hosts = &self.hosts;
        self.agenda.retain(|due| match due {
            Due::Timer {
                node,
                incarnation,
                timer,
            } => hosts
                .get(node)
                .filter(|host| host.incarnation == *incarnation)
                .and_then(|host| host.life.as_ref())
                .is_some_and(|life| life.armed.contains(timer)),
            Due::Arrive { .. } | Due::Disk { .. } => true,
        });
        self.sweep_at = SWEEP_AT_MIN.max(self.agenda.len() * 2);
    }

    /// Messages, timers and disk operations that are to come.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.agenda.len()
    }

    fn store(&mut self, id: NodeId, op: OpId, store_op: StoreOp) {
        let (now, resolve) = (self.now, Arc::clone(&self.config.resolve));
        let Some(host) = self.hosts.get_mut(&id) else {
            return;
        };
        let incarnation = host.incarnation;
        if let Some((at, result, disk)) = host.store(now, store_op, &*resolve) {
            self.unsettled += usize::from(disk == Disk::Dirty);
            self.agenda.push(
                at,
                Due::Disk {
                    node: id,
                    incarnation,
                    op,
                    result,
                    disk,
                },
            );
        }
    }

    fn disk_done(
        &mut self,
        id: NodeId,
        incarnation: u32,
        op: OpId,
        result: StoreResult,
        disk: Disk,
    ) {
        self.unsettled -= usize::from(disk == Disk::Dirty);
        if self.life(id, incarnation).is_none() {
            return;
        }
        let mut result = result;
        if disk == Disk::Dirty {
            let synced = self.host(id).and_then(Host::sync);
            match synced {
                Ok(()) => {
                    let text = if matches!(result, StoreResult::Written(..)) {
                        "write"
                    } else {
                        "copy"
                    };
                    self.trace.push(
                        self.now,
                        What::Stored {
                            node: id,
                            text: text.to_owned(),
                        },
                    );
                }
                Err(error) => result = StoreResult::Failed(error),
            }
        }
        self.input(id, Input::Stored(op, result));
    }
}

fn no_such(node: NodeId, hosts: &BTreeMap<NodeId, Host>) -> Error {
    let last = hosts
        .keys()
        .last()
        .map_or_else(|| "none".to_owned(), ToString::to_string);
    Error::invalid(format!("there is no {node}: the nodes are n1 to {last}"))
}

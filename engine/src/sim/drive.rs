//! Where the world meets a node: what goes into one, and what comes of what comes out.

use std::sync::Arc;

use super::agenda::Due;
use super::host::{Applied, Changes, Host, Life, Work};
use super::timers::Timers;
use super::trace::What;
use super::world::{DetectorKind, World};
use crate::base::hash::{hash64, hash64_with};
use crate::base::id::{OpId, TimerId};
use crate::base::mutant::Mutant;
use crate::base::time::Mono;
use crate::causal::Hlc;
use crate::membership::{Detector, Off, PhiAccrual, PhiSettings, Swim, SwimSettings};
use crate::node::{
    Answer, Boot, Command, Disk, Edit, Input, Keyspace, Kind, Node, Outbox, Output, Parts,
    Recovered, Replica, Request, Shape, StoreOp, StoreResult, Tables, read_topology,
};
use crate::{Error, NodeId, Result};

/// What a node starts from.
#[derive(Debug)]
pub(super) struct Opened {
    replica: Replica,
    recovered: Recovered,
    shape: Shape,
}

impl World {
    /// Reads what a node that is down has on its disk.
    pub(super) fn open(&mut self, id: NodeId) -> Result<Opened> {
        let settings = &self.config.settings;
        let founding = Shape::founding(Arc::clone(&self.config.placement));
        let placement = Arc::clone(&self.config.placement);
        let keys = Keyspace::new(placement, Arc::clone(&settings.tables), settings.mutant);
        let forgets = settings.mutant == Some(Mutant::ReuseDot);
        let host = self.host(id)?;
        let open = |host: &Host| -> Result<(Replica, Recovered, Shape)> {
            let store = host.open()?;
            let shape = match read_topology(&store)? {
                Some(topology) => founding.of(topology)?,
                None => founding.clone(),
            };
            let (replica, recovered) = Replica::open(store, id, keys.shaped(shape.clone()))?;
            Ok((replica, recovered, shape))
        };
        let (mut replica, mut recovered, mut shape) = open(host)?;
        if recovered.life.is_some_and(|life| life < host.incarnation) {
            // A copy from before its last lives has forgotten what it said in them: as good as lost.
            drop(replica);
            host.disk.wipe()?;
            (replica, recovered, shape) = open(host)?;
        }
        if !forgets || host.incarnation == 0 {
            host.next_incarnation()?;
        }
        replica.begin_life(host.incarnation)?;
        if host.incarnation == 1 && recovered.content.is_none() {
            recovered.content = Some(replica.format()?);
        }
        Ok(Opened {
            replica,
            recovered,
            shape,
        })
    }

    /// Starts a node's next life.
    pub(super) fn boot(&mut self, id: NodeId, opened: Opened) -> Result<()> {
        let settings = self.config.settings.clone();
        let now = self.now;
        let host = self.host(id)?;
        let (incarnation, now) = (host.incarnation, host.now(now));
        let parts = Parts {
            placement: Arc::clone(&self.config.placement),
            clock: Box::new(Hlc::starting_after(opened.recovered.stamp)),
            detector: self.detector(id, incarnation, &opened.shape),
        };
        let mut out = Outbox::default();
        let boot = Boot {
            id,
            incarnation,
            settings,
            parts,
            recovered: opened.recovered,
            shape: opened.shape,
        };
        let node = Node::boot(boot, now, &mut out);
        let host = self.host(id)?;
        host.life = Some(Box::new(Life {
            node,
            replica: opened.replica,
            timers: Timers::default(),
            work: Work::default(),
        }));
        self.carry_out(id, &mut out);
        self.notice_epoch(id);
        Ok(())
    }

    /// The failure detector of a node's next life.
    fn detector(&self, id: NodeId, incarnation: u32, shape: &Shape) -> Box<dyn Detector> {
        let members: Vec<NodeId> = shape
            .topology
            .everybody()
            .map(|member| member.node)
            .collect();
        let seed = hash64_with(
            self.config.seed,
            &[id.0.to_le_bytes(), incarnation.to_le_bytes()].concat(),
        );
        let (period, health) = (self.config.gossip, self.config.health);
        match self.config.detector {
            DetectorKind::Off => Box::new(Off::new(&members)),
            DetectorKind::Swim => {
                let settings = SwimSettings {
                    period,
                    probe_timeout: period / 2,
                    pause_min: period / 4,
                    health,
                    ..SwimSettings::default()
                };
                Box::new(Swim::new(
                    id,
                    incarnation,
                    &members,
                    settings,
                    seed,
                    self.now,
                ))
            }
            DetectorKind::Phi => {
                let settings = PhiSettings {
                    period,
                    mean_min: period,
                    pause_min: period / 4,
                    health,
                    ..PhiSettings::default()
                };
                Box::new(PhiAccrual::new(
                    id,
                    incarnation,
                    &members,
                    settings,
                    seed,
                    self.now,
                ))
            }
        }
    }

    /// Gives every node, also those to come, these tables.
    pub fn set_tables(&mut self, tables: &Arc<Tables>) {
        self.config.settings.tables = Arc::clone(tables);
        let nodes: Vec<NodeId> = self.hosts.nodes().collect();
        for node in nodes {
            if let Some(life) = self.living(node) {
                life.replica.set_tables(Arc::clone(tables));
                self.input(node, Input::Admin(Command::Tables(Arc::clone(tables))));
            }
        }
    }

    /// Hands an operator's command to a node.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, [`Error::Unavailable`] when it is down.
    pub fn command(&mut self, node: NodeId, command: Command) -> Result<()> {
        if self.peek_host(node)?.life.is_none() {
            return Err(Error::Unavailable {
                detail: format!("{node} is down; restart it first"),
            });
        }
        self.input(node, Input::Admin(command));
        Ok(())
    }

    pub(super) fn input(&mut self, id: NodeId, input: Input) {
        let mono = self.now;
        let Some(host) = self.hosts.get_mut(id) else {
            return;
        };
        let now = host.now(mono);
        let Some(life) = host.life.as_mut() else {
            return;
        };
        // One outbox serves all: a node's outputs lead to no input before they are all carried out.
        let mut out = core::mem::take(&mut self.out);
        life.node.handle(now, input, &mut out);
        let entered = life.node.epoch() != host.epoch;
        self.carry_out(id, &mut out);
        if entered {
            self.notice_epoch(id);
        }
        self.out = out;
    }

    fn carry_out(&mut self, from: NodeId, out: &mut Outbox) {
        let epoch = self.node(from).map_or(0, Node::epoch);
        for output in out.drain() {
            match output {
                Output::Reply(id, result) => self.end(id, result),
                Output::Send(to, message) => self.send(from, to, epoch, message),
                Output::Store(op, store_op) => self.store(from, op, store_op),
                Output::Arm(timer, at) => self.arm(from, timer, at),
                Output::Cancel(timer) => self.cancel(from, timer),
                Output::Event(text) => self.note(&format!("{from}: {text}")),
            }
        }
    }

    fn arm(&mut self, id: NodeId, timer: TimerId, at: Mono) {
        let at = at.max(self.now);
        let slot = self.agenda.push(at, Due::Timer { node: id, timer });
        let Some(life) = self.living(id) else {
            return self.agenda.call_off(slot);
        };
        if let Some(slot) = life.timers.arm(timer, slot) {
            self.agenda.call_off(slot);
        }
    }

    fn cancel(&mut self, id: NodeId, timer: TimerId) {
        let Some(life) = self.living(id) else {
            return;
        };
        if let Some(Some(slot)) = life.timers.disarm(timer) {
            self.agenda.call_off(slot);
        }
    }

    /// A timer comes due.
    pub(super) fn ring(&mut self, id: NodeId, timer: TimerId) {
        let armed = self.living(id).and_then(|life| life.timers.disarm(timer));
        if armed.is_some() {
            self.input(id, Input::Timer(timer));
        }
    }

    fn store(&mut self, id: NodeId, op: OpId, store_op: StoreOp) {
        let changes = changes(&store_op);
        let now = self.now;
        let Some(host) = self.hosts.get_mut(id) else {
            return;
        };
        if !host.queue(op, store_op, changes) {
            let detail = format!("the disk of {id} has more to do than it can remember");
            let refused = Due::Refused {
                node: id,
                incarnation: host.incarnation,
                op,
                result: StoreResult::Failed(Error::Overloaded { detail }),
            };
            self.agenda.push(now, refused);
            return;
        }
        self.unsettled += usize::from(changes == Changes::Maybe);
        self.start_work(id);
    }

    fn start_work(&mut self, id: NodeId) {
        let Some(host) = self.hosts.get_mut(id) else {
            return;
        };
        if let Some(takes) = host.start_work(&mut self.counts) {
            let done = Due::Disk {
                node: id,
                incarnation: host.incarnation,
            };
            self.agenda.push(self.now.after(takes), done);
        }
    }

    /// A disk is done: what was under way is durable now, or has failed, and the next work begins.
    pub(super) fn work_done(&mut self, id: NodeId, incarnation: u32) {
        let Some(host) = self.hosts.get_mut(id) else {
            return;
        };
        if host.incarnation != incarnation {
            return;
        }
        let Some(life) = host.life.as_mut() else {
            return;
        };
        let mut batch = core::mem::take(&mut life.work.batch);
        self.unsettled -= core::mem::take(&mut life.work.changes_under_way);
        let changes = batch.iter().filter(|done| done.disk == Disk::Dirty).count();
        let synced = match changes {
            0 => Ok(()),
            _ if self.config.settings.mutant == Some(Mutant::SkipFsync) => Ok(()),
            _ => host.sync(&mut self.counts),
        };
        if synced.is_ok()
            && let Some(error) = host.upkeep(changes, &mut self.counts)
        {
            self.note(&format!("{id}: upkeep of its disk: {error}"));
        }
        for Applied { op, result, disk } in batch.drain(..) {
            let result = match (&synced, disk) {
                (Ok(()), Disk::Dirty) => self.stored(id, result),
                // What changed nothing may vouch for a change of the same batch: a copy that was there already.
                (Err(error), _) if !result.is_read() => StoreResult::Failed(undurable(error)),
                (_, _) => result,
            };
            self.input(id, Input::Stored(op, result));
        }
        if let Some(life) = self.living(id) {
            life.work.batch = batch;
            life.work.busy = false;
            self.start_work(id);
        }
    }

    fn stored(&mut self, node: NodeId, result: StoreResult) -> StoreResult {
        let text = match result {
            StoreResult::Written(..) => "write",
            StoreResult::Merged { .. } => "copy",
            StoreResult::Hinted(_) => "hint",
            StoreResult::Purged(_) => "purge",
            // What a node remembers of itself is nothing for a picture.
            _ => return result,
        };
        let text = text.into();
        self.trace.push(self.now, What::Stored { node, text });
        result
    }

    fn living(&mut self, id: NodeId) -> Option<&mut Life> {
        let host: &mut Host = self.hosts.get_mut(id)?;
        host.life.as_deref_mut()
    }
}

/// A change whose sync failed is not undone by that: it may be found after the next start.
fn undurable(error: &Error) -> Error {
    match error {
        Error::DiskFull { detail } => Error::io(format!("not durable, and not undone: {detail}")),
        other => other.clone(),
    }
}

fn changes(op: &StoreOp) -> Changes {
    match op {
        StoreOp::Write { .. }
        | StoreOp::Update { .. }
        | StoreOp::Merge(_)
        | StoreOp::MergeOne(..)
        | StoreOp::Overwrite(_)
        | StoreOp::Register(_) => Changes::Maybe,
        _ => Changes::Nothing,
    }
}

/// What a request asks, as a number: its kind, its key and its value.
pub(super) fn asked_digest(request: &Request) -> u64 {
    let (kind, value): (u64, &[u8]) = match &request.kind {
        Kind::Get => (0, &[]),
        Kind::Put { value, .. } => (1, value),
        Kind::Delete { .. } => (2, &[]),
        Kind::Update(_) => (3, &[]),
        Kind::Scan { .. } => (4, &[]),
        Kind::Reshape(_) => (8, &[]),
        Kind::Cas { edit, .. } => match edit {
            Edit::Put(value) => (5, value),
            Edit::Delete => (6, &[]),
            Edit::Add(_) => (7, &[]),
        },
    };
    hash64_with(hash64_with(kind, &request.key), value)
}

/// What a client is told, as a number: the values, or the error's code.
pub(super) fn told_digest(result: &Result<Answer>) -> u64 {
    match result {
        Ok(answer) => {
            let values = answer.values.iter();
            values.fold(0, |digest, value| hash64_with(digest, value))
        }
        Err(error) => hash64(error.code().name().as_bytes()),
    }
}

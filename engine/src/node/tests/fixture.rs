//! One node with its disk, both driven by hand: five nodes, three copies of each key, and [`KEY`] on n1, n2 and n3.

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;

use crate::base::id::{OpId, RequestId, TimerId};
use crate::base::time::{Mono, Now, Wall};
use crate::causal::{Cell, Context, Hlc};
use crate::membership::{Change, Detector, Envelope, Gossip, Liveness, MemberView};
use crate::node::hints::HintQueues;
use crate::node::replica::tests::fixture::{WALL_MS, tables};
use crate::node::{
    Answer, Boot, Command, Disk, Hedge, HintCount, Hints, Input, Keyspace, Kind, Level, Message,
    Node, Outbox, Output, Parts, Purge, Quorum, ReadRepair, Reads, Recovered, Replica, Request,
    Settings, StoreOp, StoreResult,
};
use crate::ring::{Member, Modulo, Placement};
use crate::storage::{Options, Store};
use crate::vfs::MemoryDisk;
use crate::{Code, NodeId, Zone};

/// A full key whose owners are n1, n2 and n3, in this order; n4 and n5 come behind them.
pub(in crate::node) const KEY: Bytes = Bytes::from_static(b"\0k1");
/// How long a client waits, unless a test says otherwise, milliseconds.
pub(in crate::node) const TIMEOUT_MS: u64 = 500;

/// Nothing goes on by itself: no repair, no purge, no hedge, no bound on requests.
pub(in crate::node) fn settings() -> Settings {
    Settings {
        tables: tables(),
        quorum: Quorum::Strict,
        read_repair: ReadRepair::Off,
        reads: Reads::Digests,
        hedge: Hedge::Off,
        hints: Hints::On,
        hint_window: Duration::from_secs(3_600),
        hint_rate: 0,
        repair_every: Duration::ZERO,
        repair_rate: 0,
        purge: Purge::Safe,
        purge_every: Duration::ZERO,
        grace: Duration::ZERO,
        admit_rate: 0,
        admit_burst: 1,
        mutant: None,
    }
}

pub(in crate::node) fn placement() -> Arc<dyn Placement> {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    Arc::new(Modulo::new((1..=5).map(member).collect()).unwrap())
}

/// Sees as dead whom a test says to be.
#[derive(Clone, Debug, Default)]
struct Told(Arc<AtomicU32>);

impl Detector for Told {
    fn next_due(&self) -> Option<Mono> {
        None
    }

    fn tick(&mut self, _now: Mono, _out: &mut Vec<Envelope>) {}

    fn receive(&mut self, _: Mono, _: NodeId, _: Gossip, _out: &mut Vec<Envelope>) {}

    fn liveness(&self, node: NodeId) -> Liveness {
        match self.0.load(Ordering::Relaxed) >> node.0 & 1 {
            0 => Liveness::Alive,
            _ => Liveness::Dead,
        }
    }

    fn view(&self, _now: Mono) -> Vec<MemberView> {
        Vec::new()
    }

    fn set_members(&mut self, _now: Mono, _members: &[NodeId]) {}

    fn take_changes(&mut self) -> Vec<Change> {
        Vec::new()
    }
}

/// What one input led to, without timers and storage operations.
pub(in crate::node) struct Heard(pub(in crate::node) Vec<Output>);

impl Heard {
    /// To whom what was sent, as `"n2 put"`.
    pub(in crate::node) fn sent(&self) -> Vec<String> {
        self.messages()
            .map(|(to, message)| format!("{to} {}", message.label()))
            .collect()
    }

    pub(in crate::node) fn messages(&self) -> impl Iterator<Item = (NodeId, &Message)> {
        self.0.iter().filter_map(|output| match output {
            Output::Send(to, message) => Some((*to, message)),
            _ => None,
        })
    }

    /// The one message that went to a node.
    pub(in crate::node) fn to(&self, node: u32) -> &Message {
        let mut to = self.messages().filter(|(to, _)| *to == NodeId(node));
        let (_, message) = to
            .next()
            .unwrap_or_else(|| panic!("nothing went to n{node}: {self:?}"));
        assert!(
            to.next().is_none(),
            "more than one message went to n{node}: {self:?}"
        );
        message
    }

    /// The answer to a client's request, if it came.
    pub(in crate::node) fn reply(&self, id: u64) -> Option<Result<Answer, Code>> {
        self.0.iter().find_map(|output| match output {
            Output::Reply(to, result) if *to == RequestId(id) => {
                Some(result.clone().map_err(|error| error.code()))
            }
            _ => None,
        })
    }

    pub(in crate::node) fn answer(&self, id: u64) -> Answer {
        match self.reply(id) {
            Some(Ok(answer)) => answer,
            other => panic!("r{id}: {other:?}"),
        }
    }

    pub(in crate::node) fn events(&self) -> Vec<&str> {
        let events = self.0.iter().filter_map(|output| match output {
            Output::Event(text) => Some(text.as_str()),
            _ => None,
        });
        events.collect()
    }

    pub(in crate::node) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

/// See the module. Storage operations wait until [`One::run_disk`] runs them.
pub(in crate::node) struct One {
    pub(in crate::node) node: Node,
    pub(in crate::node) replica: Replica,
    disk: MemoryDisk,
    id: NodeId,
    settings: Settings,
    life: u32,
    dead: Told,
    ms: u64,
    /// How far the wall clock is off.
    pub(in crate::node) skew_ms: i64,
    pub(in crate::node) waiting: VecDeque<(OpId, StoreOp)>,
    armed: BTreeMap<TimerId, Mono>,
}

impl One {
    /// Node n`id` in its first life, on a blank disk.
    pub(in crate::node) fn new(id: u32) -> Self {
        Self::with(id, settings())
    }

    pub(in crate::node) fn with(id: u32, settings: Settings) -> Self {
        Self::boot(id, settings, 1, |_| {})
    }

    /// In this life, on a disk that `before` has prepared.
    pub(in crate::node) fn boot(
        id: u32,
        settings: Settings,
        life: u32,
        before: impl FnOnce(&mut Replica),
    ) -> Self {
        let (id, disk) = (NodeId(id), MemoryDisk::new());
        let (mut prepared, _) = open(&disk, id);
        before(&mut prepared);
        prepared.sync().unwrap();
        drop(prepared);
        Self::start(id, settings, life, disk, Told::default(), 0)
    }

    /// Dies, and begins its next life on the same disk.
    pub(in crate::node) fn restart(self) -> Self {
        drop(self.replica);
        Self::start(
            self.id,
            self.settings,
            self.life + 1,
            self.disk,
            self.dead,
            self.ms,
        )
    }

    fn start(
        id: NodeId,
        settings: Settings,
        life: u32,
        disk: MemoryDisk,
        dead: Told,
        ms: u64,
    ) -> Self {
        let (mut replica, mut recovered) = open(&disk, id);
        // As a driver does it: the disk of a new node is marked before its first life.
        if life == 1 && recovered.content.is_none() {
            recovered.content = Some(replica.format().unwrap());
        }
        let parts = Parts {
            placement: placement(),
            clock: Box::new(Hlc::starting_after(recovered.stamp)),
            detector: Box::new(dead.clone()),
        };
        let boot = Boot {
            id,
            incarnation: life,
            settings: settings.clone(),
            shape: replica.shape().clone(),
            parts,
            recovered,
        };
        let mut out = Outbox::default();
        let node = Node::boot(boot, at(ms, 0), &mut out);
        let mut one = Self {
            node,
            replica,
            disk,
            id,
            settings,
            life,
            dead,
            ms,
            skew_ms: 0,
            waiting: VecDeque::new(),
            armed: BTreeMap::new(),
        };
        one.carry_out(out);
        one.run_disk();
        one
    }

    fn carry_out(&mut self, mut out: Outbox) -> Vec<Output> {
        let mut heard = Vec::new();
        for output in out.drain() {
            match output {
                Output::Store(id, op) => self.waiting.push_back((id, op)),
                Output::Arm(timer, at) => drop(self.armed.insert(timer, at)),
                Output::Cancel(timer) => {
                    assert!(
                        self.armed.remove(&timer).is_some(),
                        "{timer:?} was not armed"
                    );
                }
                other => heard.push(other),
            }
        }
        heard
    }

    pub(in crate::node) fn tell(&mut self, input: Input) -> Heard {
        let mut out = Outbox::default();
        self.node.handle(at(self.ms, self.skew_ms), input, &mut out);
        Heard(self.carry_out(out))
    }

    pub(in crate::node) fn peer(&mut self, from: u32, message: Message) -> Heard {
        let epoch = self.node.epoch();
        self.tell(Input::Peer(NodeId(from), epoch, message))
    }

    pub(in crate::node) fn command(&mut self, command: Command) -> Heard {
        self.tell(Input::Admin(command))
    }

    /// Runs the storage operations that wait, and those that they lead to.
    pub(in crate::node) fn run_disk(&mut self) -> Heard {
        let mut heard = Vec::new();
        while !self.waiting.is_empty() {
            heard.extend(self.run_one().0);
        }
        Heard(heard)
    }

    /// The first operation that waits fails.
    pub(in crate::node) fn disk_fails(&mut self, error: crate::Error) -> Heard {
        let (id, _) = self
            .waiting
            .pop_front()
            .expect("nothing waits for the disk");
        self.tell(Input::Stored(id, StoreResult::Failed(error)))
    }

    /// Runs the storage operation that waits longest, and tells of it once it is durable.
    pub(in crate::node) fn run_one(&mut self) -> Heard {
        let (id, op) = self
            .waiting
            .pop_front()
            .expect("nothing waits for the disk");
        let (result, disk) = self.replica.execute(op);
        if disk == Disk::Dirty {
            self.replica.sync().unwrap();
        }
        self.tell(Input::Stored(id, result))
    }

    /// Lets time pass; timers ring when they are due.
    pub(in crate::node) fn pass(&mut self, ms: u64) -> Heard {
        let (end, mut heard) = (self.ms + ms, Vec::new());
        loop {
            let due = self.armed.iter().map(|(timer, at)| (*at, *timer)).min();
            let Some((when, timer)) = due.filter(|(when, _)| *when <= at(end, 0).mono) else {
                break;
            };
            self.ms = self.ms.max(when.0.div_ceil(1_000_000));
            self.armed.remove(&timer);
            heard.extend(self.tell(Input::Timer(timer)).0);
        }
        self.ms = end;
        Heard(heard)
    }

    /// From now on the detector sees a node as dead, or alive.
    pub(in crate::node) fn sees(&mut self, node: u32, liveness: Liveness) {
        match liveness {
            Liveness::Dead => self.dead.0.fetch_or(1 << node, Ordering::Relaxed),
            _ => self.dead.0.fetch_and(!(1 << node), Ordering::Relaxed),
        };
    }

    pub(in crate::node) fn ask(&mut self, id: u64, request: Request) -> Heard {
        self.tell(Input::Client(RequestId(id), request))
    }

    /// A client puts a value under [`KEY`], durable here.
    pub(in crate::node) fn put(&mut self, id: u64, value: &'static str) -> Heard {
        let mut heard = self.ask(id, put(value)).0;
        heard.extend(self.run_disk().0);
        Heard(heard)
    }

    /// What the disk holds of [`KEY`].
    pub(in crate::node) fn held(&self) -> Cell {
        self.replica.cell(&KEY).unwrap()
    }

    /// How many hints the disk keeps for a node.
    pub(in crate::node) fn hints_for(&self, node: u32) -> usize {
        self.replica
            .hint_counts()
            .get(&NodeId(node))
            .map_or(0, |kept| kept.count)
    }

    /// As if its disk had told of these hints at the boot.
    pub(in crate::node) fn finds_hints(&mut self, hints: BTreeMap<NodeId, HintCount>) {
        let recovered = Recovered {
            hints,
            ..Recovered::default()
        };
        self.node.hints = HintQueues::new(&recovered, &self.settings, self.life);
    }

    pub(in crate::node) fn now(&self) -> Now {
        at(self.ms, self.skew_ms)
    }
}

fn open(disk: &MemoryDisk, id: NodeId) -> (Replica, Recovered) {
    let keys = Keyspace::new(placement(), tables(), None);
    let store = Store::open(Arc::new(disk.clone()), Options::small()).unwrap();
    Replica::open(store, id, keys).unwrap()
}

fn at(ms: u64, skew_ms: i64) -> Now {
    Now {
        mono: Mono(ms * 1_000_000),
        wall: Wall((WALL_MS + ms).saturating_add_signed(skew_ms)),
    }
}

/// A request about [`KEY`] that two replicas must answer.
pub(in crate::node) fn request(kind: Kind) -> Request {
    Request {
        key: KEY,
        kind,
        level: Level::Count(2),
        timeout: Duration::from_millis(TIMEOUT_MS),
        pinned: crate::base::id::Nodes::new(),
        floor: Context::default(),
        token: None,
        ttl: None,
    }
}

pub(in crate::node) fn put(value: &'static str) -> Request {
    request(Kind::Put {
        value: Bytes::from_static(value.as_bytes()),
        context: Context::default(),
    })
}

pub(in crate::node) fn get() -> Request {
    request(Kind::Get)
}

#[test]
fn the_key_of_these_tests_is_owned_by_the_first_three_nodes() {
    let all = placement().owners(crate::node::client_key(&KEY), 5);
    assert_eq!(all, [1, 2, 3, 4, 5].map(NodeId));
}

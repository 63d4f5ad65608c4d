//! What one node allocates for a plain put and a plain get, once it is warm: an allocator that counts.
//!
//! `BACKTRACE=1 cargo test --release -p kvorum --test handle_allocations -- --nocapture` prints where what is left
//! comes from.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to implement; this one passes every call on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell as Slot;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kvorum::base::id::{Nodes, OpId, RequestId};
use kvorum::base::time::{Mono, Now, Wall};
use kvorum::causal::{Cell, Context, Hlc, KeepSiblings, Version, Wrote};
use kvorum::membership::Off;
use kvorum::node::{
    Boot, Content, Hedge, Held, Hints, Input, Kind, Level, Message, Node, Outbox, Output, Parts,
    Policy, Purge, Quorum, ReadRepair, Reads, Recovered, Request, Settings, Shape, StampedBy,
    StoreOp, StoreResult, Table, Tables, Want, full_key,
};
use kvorum::ring::{Member, Placement, Ring};
use kvorum::{NodeId, Zone};

const REQUESTS: u64 = 1_000;

struct Counting;

thread_local! {
    static COUNT: Slot<u64> = const { Slot::new(0) };
    static TRACED: Slot<bool> = const { Slot::new(false) };
}

fn count() {
    COUNT.with(|count| count.set(count.get() + 1));
    // Printing allocates itself.
    if TRACED.with(|traced| traced.replace(false)) {
        eprintln!("{}", Backtrace::force_capture());
        TRACED.with(|traced| traced.set(true));
    }
}

// SAFETY: the system's allocator does the work, with the arguments as they came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, bytes) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// n1 of five on a ring, each key on three, with the usual settings but for what goes on by itself.
struct One {
    node: Node,
    key: Bytes,
    owners: Vec<NodeId>,
    value: Bytes,
    at: u64,
    out: Outbox,
    /// By kind of input: how often the node allocated while it took one.
    counts: BTreeMap<&'static str, u64>,
    traced: bool,
}

impl One {
    fn new() -> Self {
        let member = |node| Member {
            node: NodeId(node),
            zone: Zone(1),
            weight: 1,
        };
        let ring = Ring::new((1..=5).map(member).collect(), 16, 7).unwrap();
        let keys = (0..).map(|number| format!("key-{number}"));
        let owns = |key: &String| ring.owners(key.as_bytes(), 3)[0] == NodeId(1);
        let key = keys.into_iter().find(owns).unwrap();
        let owners = ring.owners(key.as_bytes(), 3);
        let parts = Parts {
            placement: Arc::new(ring),
            clock: Box::new(Hlc::default()),
            detector: Box::new(Off::new(&[])),
        };
        let recovered = Recovered {
            content: Some(Content::Whole),
            ..Recovered::default()
        };
        let boot = Boot {
            id: NodeId(1),
            incarnation: 1,
            settings: settings(),
            shape: Shape::founding(Arc::clone(&parts.placement)),
            parts,
            recovered,
        };
        let mut out = Outbox::default();
        let node = Node::boot(boot, Now::default(), &mut out);
        Self {
            node,
            key: full_key(0, key.as_bytes()),
            owners,
            value: Bytes::from_static(&[7; 100]),
            at: 0,
            out: Outbox::default(),
            counts: BTreeMap::new(),
            traced: false,
        }
    }

    /// Gives the node an input and returns what it wants done. Only what the node itself allocates is counted.
    fn tell(&mut self, what: &'static str, input: Input) -> Vec<Output> {
        self.at += 1;
        let now = Now {
            mono: Mono(self.at * 100_000),
            wall: Wall(1_000_000 + self.at / 10),
        };
        let before = COUNT.with(Slot::get);
        TRACED.with(|traced| traced.set(self.traced));
        self.node.handle(now, input, &mut self.out);
        TRACED.with(|traced| traced.set(false));
        let count = COUNT.with(Slot::get) - before;
        *self.counts.entry(what).or_default() += count;
        // The driver gives the outbox its memory back; a copy is for the test to look at.
        let mut outputs = self.out.take();
        let copy = outputs.clone();
        outputs.clear();
        self.out.reuse(outputs);
        copy
    }

    fn request(&self, kind: Kind) -> Request {
        Request {
            key: self.key.clone(),
            kind,
            level: Level::Count(2),
            timeout: Duration::from_millis(500),
            pinned: Nodes::new(),
            floor: Context::default(),
            token: None,
            ttl: None,
        }
    }

    /// A put over what stands there, from the client's request to the last acknowledgement.
    fn put(&mut self, id: u64, cell: &mut Cell) {
        let id = RequestId(id);
        let kind = Kind::Put {
            value: self.value.clone(),
            context: cell.context(),
        };
        let asked = self.tell("put: request", Input::Client(id, self.request(kind)));
        let (op, wrote) = written(&asked, cell);
        let stored = StoreResult::Written(wrote, cell.clone());
        let sent = self.tell("put: durable here", Input::Stored(op, stored));
        let puts = sent
            .iter()
            .filter(|output| matches!(output, Output::Send(_, Message::Put(..))));
        assert_eq!(puts.count(), 2);
        let (second, third) = (self.owners[1], self.owners[2]);
        let told = self.tell(
            "put: acknowledgement",
            Input::Peer(second, 1, Message::Ack(id)),
        );
        assert!(
            matches!(&told[..], [Output::Reply(_, Ok(_)), ..]),
            "{told:?}"
        );
        self.tell(
            "put: late acknowledgement",
            Input::Peer(third, 1, Message::Ack(id)),
        );
    }

    /// A get of which this node gives the cell and another owner the digest.
    fn get(&mut self, id: u64, cell: &Cell) {
        let id = RequestId(id);
        let asked = self.tell("get: request", Input::Client(id, self.request(Kind::Get)));
        let op = operation(&asked);
        self.tell(
            "get: read here",
            Input::Stored(op, StoreResult::Cell(cell.clone())),
        );
        let held = Held::Digest(cell.digest());
        let told = self.tell(
            "get: digest",
            Input::Peer(self.owners[1], 1, Message::Value(id, held)),
        );
        let values = told.iter().find_map(|output| match output {
            Output::Reply(_, Ok(answer)) => Some(answer.values.clone()),
            _ => None,
        });
        assert_eq!(values.unwrap(), [&self.value]);
    }

    /// What it does for requests that another node coordinates.
    fn serve(&mut self, id: u64, cell: &Cell) {
        let (id, from, left) = (RequestId(id), self.owners[1], Duration::from_millis(500));
        let put = Message::Put(id, 0, self.key.clone(), cell.clone(), left);
        let op = operation(&self.tell("replica: put", Input::Peer(from, 1, put)));
        let merged = StoreResult::Merged { news: 1 };
        let told = self.tell("replica: put durable", Input::Stored(op, merged));
        assert!(
            matches!(told[..], [Output::Send(_, Message::Ack(_))]),
            "{told:?}"
        );
        let read = Message::Read(id, self.key.clone(), Want::Digest, left);
        let op = operation(&self.tell("replica: read", Input::Peer(from, 1, read)));
        let found = StoreResult::Cell(cell.clone());
        let told = self.tell("replica: read here", Input::Stored(op, found));
        assert!(
            matches!(told[..], [Output::Send(_, Message::Value(..))]),
            "{told:?}"
        );
    }
}

fn settings() -> Settings {
    let table = Table {
        name: String::new(),
        replication: 3,
        policy: Policy::Siblings,
        stamped_by: StampedBy::Hybrid,
        ttl: None,
    };
    Settings {
        tables: Arc::new(Tables::new(table)),
        quorum: Quorum::Strict,
        read_repair: ReadRepair::Async,
        reads: Reads::Digests,
        hedge: Hedge::Percentile99,
        hints: Hints::On,
        hint_window: Duration::from_secs(3_600),
        hint_rate: 1 << 20,
        repair_every: Duration::ZERO,
        repair_rate: 0,
        purge: Purge::Safe,
        purge_every: Duration::ZERO,
        grace: Duration::ZERO,
        admit_rate: 1 << 40,
        admit_burst: 1 << 40,
        mutant: None,
    }
}

/// The storage operation among the outputs.
fn operation(outputs: &[Output]) -> OpId {
    let mut stores = outputs.iter().filter_map(|output| match output {
        Output::Store(op, _) => Some(*op),
        _ => None,
    });
    stores
        .next()
        .unwrap_or_else(|| panic!("no operation: {outputs:?}"))
}

/// Does to `cell` what the disk is asked to do.
fn written(outputs: &[Output], cell: &mut Cell) -> (OpId, Wrote) {
    let found = outputs.iter().find_map(|output| match output {
        Output::Store(
            op,
            StoreOp::Write {
                value,
                supersedes,
                writer,
                ..
            },
        ) => Some((op, value, supersedes, writer)),
        _ => None,
    });
    let (op, value, supersedes, writer) = found.unwrap();
    let version = Version {
        value: value.clone(),
        stamp: writer.stamp,
        deadline: writer.deadline,
    };
    let (actor, token) = (writer.actor, writer.token);
    let wrote = cell
        .write(actor, supersedes, version, token, &KeepSiblings)
        .unwrap();
    (*op, wrote)
}

#[test]
fn a_warm_node_allocates_the_list_of_values_of_a_get_and_nothing_else() {
    let (mut one, mut cell, mut id) = (One::new(), Cell::default(), 0);
    let mut round = |one: &mut One| {
        id += 3;
        one.put(id, &mut cell);
        one.get(id + 1, &cell);
        one.serve(id + 2, &cell);
    };
    (0..100).for_each(|_| round(&mut one));
    one.counts.clear();
    (0..REQUESTS).for_each(|_| round(&mut one));
    println!("{:?}", one.counts);
    let left: BTreeMap<_, _> = one
        .counts
        .clone()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    if std::env::var_os("BACKTRACE").is_some() {
        one.traced = true;
        round(&mut one);
    }
    // A put takes no memory, whichever part a node has in it. Of a get it is the list of values that its client is
    // shown.
    assert_eq!(left, BTreeMap::from([("get: digest", REQUESTS)]));
}

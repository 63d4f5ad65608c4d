//! Nodes with their disks, driven by hand.

mod diff;
mod exchange;
mod hostile;
mod rebuild;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use super::sane::is_sane;
use super::*;
use crate::base::id::{OpId, TimerId};
use crate::base::limits::REPAIR_BYTES_MAX;
use crate::base::rng::Rng;
use crate::base::time::Wall;
use crate::causal::{Cell, Hlc};
use crate::membership::Off;
use crate::node::io::Input;
use crate::node::replica::Replica;
use crate::node::replica::tests::fixture::{WALL_MS, keyspace, open_of, placement};
use crate::node::tests::fixture::settings;
use crate::node::{Boot, Hints, Parts, Settings};
use crate::vfs::MemoryDisk;

struct Side {
    node: Node,
    replica: Replica,
    disk: MemoryDisk,
    armed: BTreeMap<TimerId, Mono>,
    done: VecDeque<(OpId, StoreResult)>,
    events: Vec<String>,
}

/// What the network does to a message, by chance.
#[derive(Clone, Copy, Default)]
struct Weather {
    lost: f64,
    twice: f64,
    /// Delivered before the one in front of it.
    early: f64,
}

/// Some nodes of a cluster; messages to the others are lost.
struct Few {
    nodes: u32,
    rate: u64,
    sides: BTreeMap<NodeId, Side>,
    now: Mono,
    wire: VecDeque<(NodeId, NodeId, Message)>,
    weather: Weather,
    rng: Rng,
    sent: BTreeMap<&'static str, u64>,
}

impl Few {
    /// The first `up` nodes of `nodes`.
    fn new(up: u32, nodes: u32, rate: u64) -> Self {
        let mut few = Self {
            nodes,
            rate,
            sides: BTreeMap::new(),
            now: Mono(0),
            wire: VecDeque::new(),
            weather: Weather::default(),
            rng: Rng::from_seed(11),
            sent: BTreeMap::new(),
        };
        (1..=up).for_each(|id| few.boot(id, MemoryDisk::new(), 1));
        few
    }

    fn at(&self) -> Now {
        Now {
            mono: self.now,
            wall: Wall(WALL_MS),
        }
    }

    fn boot(&mut self, id: u32, disk: MemoryDisk, incarnation: u32) {
        let parts = Parts {
            placement: placement(self.nodes),
            clock: Box::new(Hlc::default()),
            detector: Box::new(Off::new(&[])),
        };
        let (replica, recovered) = open_of(&disk, id, self.nodes);
        let boot = Boot {
            id: NodeId(id),
            incarnation,
            settings: Settings {
                repair_rate: self.rate,
                hints: Hints::Off,
                ..settings()
            },
            shape: replica.shape().clone(),
            parts,
            recovered,
        };
        let mut out = Outbox::default();
        let node = Node::boot(boot, self.at(), &mut out);
        let side = Side {
            node,
            replica,
            disk,
            armed: BTreeMap::new(),
            done: VecDeque::new(),
            events: Vec::new(),
        };
        self.sides.insert(NodeId(id), side);
        self.carry_out(NodeId(id), out);
    }

    fn side(&mut self, id: u32) -> &mut Side {
        self.sides.get_mut(&NodeId(id)).unwrap()
    }

    fn stats(&mut self, id: u32) -> RepairStats {
        self.side(id).node.repair_stats()
    }

    fn with(&mut self, id: NodeId, call: impl FnOnce(&mut Node, Now, &mut Outbox)) {
        let now = self.at();
        let side = self.sides.get_mut(&id).unwrap();
        let mut out = Outbox::default();
        call(&mut side.node, now, &mut out);
        self.carry_out(id, out);
    }

    fn carry_out(&mut self, id: NodeId, mut out: Outbox) {
        let side = self.sides.get_mut(&id).unwrap();
        for output in out.drain() {
            match output {
                Output::Send(to, message) => {
                    match &message {
                        Message::Repair(_, repair) => {
                            check_size(repair);
                            assert!(is_sane(repair, to, id), "a peer would refuse {repair:?}");
                        }
                        Message::Stale(..) | Message::Topology(_) | Message::Paxos(..) => {}
                        other => panic!("{other:?}"),
                    }
                    *self.sent.entry(message.label()).or_default() += 1;
                    if self.rng.chance(self.weather.lost) {
                        continue;
                    }
                    if self.rng.chance(self.weather.twice) {
                        self.wire.push_back((id, to, message.clone()));
                    }
                    self.wire.push_back((id, to, message));
                    if self.rng.chance(self.weather.early) && self.wire.len() > 1 {
                        let last = self.wire.len() - 1;
                        self.wire.swap(last, last - 1);
                    }
                }
                Output::Store(op, store) => {
                    let (result, _) = side.replica.execute(store);
                    side.done.push_back((op, result));
                }
                Output::Arm(timer, at) => drop(side.armed.insert(timer, at)),
                Output::Cancel(timer) => drop(side.armed.remove(&timer)),
                Output::Event(text) => side.events.push(text),
                Output::Reply(..) => panic!("nobody asked"),
            }
        }
    }

    /// Lets everything happen that is under way.
    fn settle(&mut self) {
        for _ in 0..1_000_000 {
            let with_done = self.sides.iter().find(|(_, side)| !side.done.is_empty());
            if let Some((&id, _)) = with_done {
                let (op, result) = self.sides.get_mut(&id).unwrap().done.pop_front().unwrap();
                self.with(id, |node, now, out| {
                    node.handle(now, Input::Stored(op, result), out)
                });
            } else if let Some((from, to, message)) = self.wire.pop_front() {
                if self.sides.contains_key(&to) {
                    let epoch = self.sides[&from].node.epoch();
                    self.with(to, |node, now, out| {
                        node.handle(now, Input::Peer(from, epoch, message), out);
                    });
                }
            } else {
                return;
            }
        }
        panic!("it never ends: {:?}", self.sent);
    }

    /// Lets time pass, and every timer that comes due ring.
    fn pass(&mut self, span: Duration) {
        self.now = self.now.after(span);
        let ids: Vec<NodeId> = self.sides.keys().copied().collect();
        for id in ids {
            let side = self.sides.get_mut(&id).unwrap();
            let due: Vec<TimerId> = side
                .armed
                .iter()
                .filter(|(_, at)| **at <= self.now)
                .map(|(timer, _)| *timer)
                .collect();
            for timer in due {
                self.sides.get_mut(&id).unwrap().armed.remove(&timer);
                self.with(id, |node, now, out| {
                    node.handle(now, Input::Timer(timer), out)
                });
            }
        }
        self.settle();
    }

    /// A full exchange that `asker` begins with `peer`.
    fn exchange(&mut self, asker: u32, peer: u32) {
        let peer = NodeId(peer);
        self.with(NodeId(asker), |node, now, out| {
            node.start_repair_with(now, peer, out)
        });
        self.settle();
    }

    /// The exchange that is due, which goes on where the last one ended.
    fn resume(&mut self, asker: u32, peer: u32) {
        self.now = self.now.after(SILENCE);
        let peer = NodeId(peer);
        self.with(NodeId(asker), |node, now, out| {
            let place = node.repair.resume.get(&peer).cloned().unwrap_or_default();
            node.begin_exchange(now, peer, place, out);
        });
        self.settle();
    }

    /// What a node holds of what both own.
    fn shared(&mut self, id: u32, peer: u32) -> BTreeMap<Bytes, Cell> {
        let cells = self.side(id).replica.cells().unwrap();
        let keys = keyspace(self.nodes);
        let both = |key: &Bytes| {
            let owners = keys.owners(key);
            owners.contains(&NodeId(id)) && owners.contains(&NodeId(peer))
        };
        cells.into_iter().filter(|(key, _)| both(key)).collect()
    }

    fn agree(&mut self, one: u32, two: u32) -> bool {
        let (here, there) = (self.shared(one, two), self.shared(two, one));
        let roots = |few: &mut Self, id: u32| -> BTreeMap<Group, u64> {
            let roots = few.side(id).replica.forest().roots().into_iter();
            let both = [NodeId(one), NodeId(two)];
            roots
                .filter(|(group, _)| both.iter().all(|node| group.contains(*node)))
                .collect()
        };
        let same = roots(self, one) == roots(self, two);
        assert_eq!(same, here == there, "roots tell whether cells are the same");
        same
    }

    /// Stored bytes, on both sides, of the keys that differ; and how many there are.
    fn differing(&mut self, one: u32, two: u32) -> (u64, u64) {
        let (here, there) = (self.shared(one, two), self.shared(two, one));
        let keys: BTreeSet<&Bytes> = here.keys().chain(there.keys()).collect();
        let differ = keys
            .into_iter()
            .filter(|key| here.get(*key) != there.get(*key));
        let size = |key: &Bytes, side: &BTreeMap<Bytes, Cell>| {
            side.get(key)
                .map_or(0, |cell| (key.len() + cell.encode().len()) as u64)
        };
        let sizes = differ.map(|key| size(key, &here) + size(key, &there));
        sizes.fold((0, 0), |(bytes, keys), size| (bytes + size, keys + 1))
    }
}

fn check_size(message: &RepairMessage) {
    let (RepairMessage::Cells(cells)
    | RepairMessage::StreamPage {
        page: Page { cells, .. },
        ..
    }) = message
    else {
        assert!(message.tree_bytes() < REPAIR_BYTES_MAX);
        return;
    };
    let size = |(key, cell): &(Bytes, Cell)| key.len() + cell.encode().len();
    let bytes: usize = cells.iter().map(size).sum();
    assert!(bytes <= REPAIR_BYTES_MAX || cells.len() == 1);
}

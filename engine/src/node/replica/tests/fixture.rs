//! Replicas and cells to test with.

use std::sync::Arc;

use bytes::Bytes;

use crate::causal::{Actor, Cell, KeepSiblings, Stamp, Version, VersionVector};
use crate::node::{
    Disk, Keyspace, Policy, Recovered, Replica, StampedBy, StoreOp, StoreResult, Table, Tables,
    Writer, full_key,
};
use crate::ring::{Member, Placement, Rendezvous, Ring};
use crate::storage::{Options, Store};
use crate::vfs::MemoryDisk;
use crate::{NodeId, Zone};

/// When the tests' versions are written, milliseconds.
pub(in crate::node) const WALL_MS: u64 = 1_000_000;

/// Above so many nodes keys are placed by rendezvous, not on a ring: any three nodes then are the owners of some
/// key, and two nodes share nearly as many groups as there are others.
const RING_NODES_MAX: u32 = 50;

pub(in crate::node) fn placement(nodes: u32) -> Arc<dyn Placement> {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    let members = (1..=nodes).map(member).collect();
    match nodes > RING_NODES_MAX {
        true => Arc::new(Rendezvous::new(members).unwrap()),
        false => Arc::new(Ring::new(members, 16, 7).unwrap()),
    }
}

/// One table, each key on 3 nodes.
pub(in crate::node) fn tables() -> Arc<Tables> {
    Arc::new(Tables::new(Table {
        name: String::new(),
        replication: 3,
        policy: Policy::Siblings,
        stamped_by: StampedBy::Hybrid,
        ttl: None,
    }))
}

pub(in crate::node) fn keyspace(nodes: u32) -> Keyspace {
    Keyspace::new(placement(nodes), tables(), None)
}

/// Node `id`, of 5, each key on 3.
pub(in crate::node) fn open(disk: &MemoryDisk, id: u32) -> (Replica, Recovered) {
    open_of(disk, id, 5)
}

pub(in crate::node) fn open_of(disk: &MemoryDisk, id: u32, nodes: u32) -> (Replica, Recovered) {
    let store = Store::open(Arc::new(disk.clone()), Options::small()).unwrap();
    Replica::open(store, NodeId(id), keyspace(nodes)).unwrap()
}

pub(in crate::node) fn actor(node: u32) -> Actor {
    Actor::new(NodeId(node), 1)
}

pub(in crate::node) fn stamp(node: u32) -> Stamp {
    Stamp {
        wall_ms: WALL_MS,
        logical: 0,
        node: NodeId(node),
    }
}

pub(in crate::node) fn writer(node: u32) -> Writer {
    Writer {
        actor: actor(node),
        stamp: stamp(node),
        deadline: None,
        token: None,
    }
}

/// A version written by `node`; none deletes.
pub(in crate::node) fn version(node: u32, value: Option<&[u8]>) -> Version {
    Version {
        value: value.map(Bytes::copy_from_slice),
        stamp: stamp(node),
        deadline: None,
    }
}

/// A cell that `node` wrote once.
pub(in crate::node) fn cell(node: u32, value: Option<&[u8]>) -> Cell {
    let mut cell = Cell::default();
    let nothing = VersionVector::default();
    let version = version(node, value);
    cell.write(actor(node), &nothing, version, None, &KeepSiblings)
        .unwrap();
    cell
}

/// Writes over all that is there.
pub(in crate::node) fn write(replica: &mut Replica, key: &Bytes, node: u32, value: Option<&[u8]>) {
    let supersedes = replica.cell(key).unwrap().seen().clone();
    let op = StoreOp::Write {
        key: key.clone(),
        value: value.map(Bytes::copy_from_slice),
        supersedes,
        writer: writer(node),
    };
    let done = replica.execute(op);
    assert!(matches!(done, (StoreResult::Written(..), Disk::Dirty)));
}

pub(in crate::node) fn merge(replica: &mut Replica, cells: Vec<(Bytes, Cell)>) -> usize {
    match replica.execute(StoreOp::Merge(cells)) {
        (StoreResult::Merged { news }, _) => news,
        (other, _) => panic!("{other:?}"),
    }
}

/// A full key of the default table.
pub(in crate::node) fn key(number: u64) -> Bytes {
    full_key(0, format!("key-{number:05}").as_bytes())
}

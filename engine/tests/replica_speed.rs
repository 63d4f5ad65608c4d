//! What a replica's operations cost beside the bare store on the same disk: figures, not a test.
//!
//! `cargo test --release -p kvorum --test replica_speed -- --ignored --nocapture`

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it fails by panicking, and times what it measures"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use kvorum::base::hash::hash64;
use kvorum::causal::{Actor, Cell, KeepSiblings, Stamp, Version, VersionVector};
use kvorum::node::{
    Keyspace, Policy, Replica, StampedBy, StoreOp, StoreResult, Table, Tables, Writer, full_key,
};
use kvorum::ring::{Member, Ring};
use kvorum::storage::{Durability, Options, Store};
use kvorum::vfs::MemoryDisk;
use kvorum::{NodeId, Zone};

const VALUE: [u8; 100] = [7; 100];
const KEYS: usize = 50_000;

fn show(what: &str, since: Instant) {
    let nanos = since.elapsed().as_nanos() as f64 / KEYS as f64;
    println!("{what:<34} {nanos:>8.0} ns");
}

fn store() -> Store {
    let options = Options {
        memtable_bytes: 256 << 20,
        ..Options::small()
    };
    Store::open(Arc::new(MemoryDisk::new()), options).unwrap()
}

fn replica() -> Replica {
    let member = |node| Member {
        node: NodeId(node),
        zone: Zone(1),
        weight: 1,
    };
    let ring = Ring::new((1..=5).map(member).collect(), 64, 7).unwrap();
    let tables = Tables::new(Table {
        name: String::new(),
        replication: 3,
        policy: Policy::Siblings,
        stamped_by: StampedBy::Hybrid,
        ttl: None,
    });
    let keys = Keyspace::new(Arc::new(ring), Arc::new(tables), None);
    Replica::open(store(), NodeId(1), keys).unwrap().0
}

fn keys() -> Vec<Bytes> {
    let key = |number: u64| {
        let number = hash64(&number.to_le_bytes()) % 10_u64.pow(16);
        full_key(0, format!("{number:016}").as_bytes())
    };
    (0..KEYS as u64).map(key).collect()
}

const STAMP: Stamp = Stamp {
    wall_ms: 1_767_225_600_000,
    logical: 0,
    node: NodeId(1),
};

fn version() -> Version {
    Version::new(Bytes::from_static(&VALUE), STAMP)
}

fn actor(node: u32) -> Actor {
    Actor::new(NodeId(node), 1)
}

fn writer() -> Writer {
    Writer {
        actor: actor(1),
        stamp: STAMP,
        deadline: None,
        token: None,
    }
}

fn bare(keys: &[Bytes]) {
    let stored = {
        let mut cell = Cell::default();
        cell.write(
            actor(1),
            &VersionVector::default(),
            version(),
            None,
            &KeepSiblings,
        )
        .unwrap();
        cell.encode()
    };
    println!("a cell takes {} bytes", stored.len());
    let store = store();
    for round in ["Store::put, new", "Store::put, over"] {
        let since = Instant::now();
        for key in keys {
            store.put_with(key, &stored, Durability::Memory).unwrap();
        }
        show(round, since);
    }
    let since = Instant::now();
    for key in keys {
        black_box(store.get(key).unwrap());
    }
    show("Store::get", since);
    let since = Instant::now();
    for key in keys {
        black_box(Cell::decode(&store.get(key).unwrap().unwrap()).unwrap());
    }
    show("Store::get and decode", since);
}

fn ours(keys: &[Bytes]) {
    let mut replica = replica();
    let mut seen = vec![VersionVector::default(); keys.len()];
    for round in ["Write, new", "Write, over"] {
        let ops: Vec<StoreOp> = keys
            .iter()
            .zip(&seen)
            .map(|(key, seen)| StoreOp::Write {
                key: key.clone(),
                value: Some(Bytes::from_static(&VALUE)),
                supersedes: seen.clone(),
                writer: writer(),
            })
            .collect();
        let mut written = Vec::with_capacity(KEYS);
        let since = Instant::now();
        for op in ops {
            written.push(replica.execute(op).0);
        }
        show(round, since);
        for (seen, result) in seen.iter_mut().zip(written) {
            let StoreResult::Written(_, cell) = result else {
                panic!("{result:?}")
            };
            *seen = cell.seen().clone();
        }
    }
    let since = Instant::now();
    for key in keys {
        black_box(replica.execute(StoreOp::Read(key.clone())));
    }
    show("Read", since);
    let news: Vec<StoreOp> = keys
        .iter()
        .map(|key| {
            let mut cell = replica.cell(key).unwrap();
            let seen = cell.seen().clone();
            cell.write(actor(2), &seen, version(), None, &KeepSiblings)
                .unwrap();
            StoreOp::Merge(vec![(key.clone(), cell)])
        })
        .collect();
    for round in ["Merge, news", "Merge, nothing new"] {
        let ops = news.clone();
        let since = Instant::now();
        for op in ops {
            black_box(replica.execute(op));
        }
        show(round, since);
    }
}

#[test]
#[ignore = "prints figures"]
fn a_replica_beside_its_store() {
    let keys = keys();
    for _ in 0..3 {
        bare(&keys);
        ours(&keys);
    }
}

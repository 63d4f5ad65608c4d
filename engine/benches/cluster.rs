//! What a replicated put costs in process, beside what it is made of: `cargo bench -p kvorum --bench cluster`.
//!
//! Rounds of each are interleaved, and the median round counts, so that a noisy machine disturbs the ratio less
//! than the figures. Everything runs on one thread, on disks in memory, with no trace kept.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
use kvorum::node::Level;
use kvorum::sim::DetectorKind;
use kvorum::sim::trace::TraceKeep;
use kvorum::storage::{Durability, Options, Store};
use kvorum::vfs::MemoryDisk;

const ROUNDS: usize = 15;
const PUTS: u64 = 4_000;
const KEYS: u64 = 1_000;
const VALUE: [u8; 100] = [b'v'; 100];

fn key(number: u64) -> Vec<u8> {
    format!("key-{:012}", number * 7_919 % KEYS).into_bytes()
}

/// Five nodes, N=3, W=2; with or without what a cluster does beside its requests.
fn cluster(nodes: u32, upkeep: bool) -> Cluster {
    let copies = nodes.min(3) as usize;
    let mut config = ClusterConfig {
        nodes,
        replication: copies,
        read: Level::Count(copies.min(2)),
        write: Level::Count(copies.min(2)),
        // One value a key: what is measured is the path, not a growing set of siblings.
        conflict: kvorum::blocking::Conflict::Lww,
        seed: 7,
        ..ClusterConfig::default()
    };
    if !upkeep {
        config.repair = Duration::ZERO;
        config.detector = DetectorKind::Off;
    }
    let mut cluster = Cluster::simulated(config).unwrap();
    cluster.keep_trace(TraceKeep::Nothing);
    cluster
}

/// Nanoseconds of one put, each through an owner of its key, with all that follows from it.
fn put_round(cluster: &mut Cluster) -> f64 {
    let begin = Instant::now();
    for number in 0..PUTS {
        let key = key(number);
        let via = Some(cluster.owners(&key)[0]);
        let options = PutOptions {
            via,
            ..PutOptions::default()
        };
        cluster.put(&key, &VALUE, &options).unwrap();
    }
    cluster.settle().unwrap();
    begin.elapsed().as_nanos() as f64 / PUTS as f64
}

fn get_round(cluster: &mut Cluster) -> f64 {
    let begin = Instant::now();
    for number in 0..PUTS {
        let key = key(number);
        let via = Some(cluster.owners(&key)[0]);
        let options = GetOptions {
            via,
            ..GetOptions::default()
        };
        cluster.get(&key, &options).unwrap();
    }
    begin.elapsed().as_nanos() as f64 / PUTS as f64
}

/// A put into a store by itself, durable when it returns: no node, no cluster.
fn store_round(store: &Store) -> f64 {
    let begin = Instant::now();
    for number in 0..PUTS {
        let mut batch = kvorum::storage::WriteBatch::new();
        batch.put(key(number), &VALUE[..]);
        store.write(&batch, Durability::Fsync).unwrap();
    }
    begin.elapsed().as_nanos() as f64 / PUTS as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let (mut five, mut one, mut kept) = (cluster(5, false), cluster(1, false), cluster(5, true));
    let store = Store::open(Arc::new(MemoryDisk::new()), Options::small()).unwrap();
    let mut figures: [Vec<f64>; 5] = Default::default();
    let (mut operations, mut spent) = (0, Duration::ZERO);
    let messages = five.world().messages();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        figures[0].push(put_round(&mut five));
        figures[3].push(get_round(&mut five));
        spent += begin.elapsed();
        operations += 2 * PUTS;
        figures[1].push(put_round(&mut one));
        figures[2].push(store_round(&store));
        figures[4].push(put_round(&mut kept));
    }
    let [five_put, one_put, store_put, five_get, kept_put] = figures.map(median);
    let sent = five.world().messages() - messages;
    println!("{PUTS} requests a round, {ROUNDS} rounds, medians, ns a request");
    println!("put, N=3 W=2, five nodes           {five_put:>8.0}");
    println!("put, one node (N=1)                {one_put:>8.0}");
    println!("put, a store alone, durable        {store_put:>8.0}");
    println!("get, N=3 R=2, five nodes           {five_get:>8.0}");
    println!("put, N=3 W=2, with all upkeep on   {kept_put:>8.0}");
    println!(
        "ratio to three one-node puts       {:>8.2}",
        five_put / (3.0 * one_put)
    );
    println!(
        "ratio to three puts into a store   {:>8.2}",
        five_put / (3.0 * store_put)
    );
    let seconds = spent.as_secs_f64();
    println!(
        "operations a second                {:>8.0}",
        operations as f64 / seconds
    );
    println!(
        "messages a second                  {:>8.0}",
        sent as f64 / seconds
    );
}

//! What a compare-and-set costs in process, beside a put at QUORUM in the same run, and how contention slows it:
//! `cargo bench -p kvorum --bench registers`.
//!
//! Rounds are interleaved, and the median counts. The contended part is in virtual time, so it is the same on every
//! machine: links take 1 to 5 ms, and each client asks for the next increment when it has heard of the last.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the real clock"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use kvorum::NodeId;
use kvorum::blocking::{Cluster, ClusterConfig, Conflict, GetOptions, PutOptions, Ticket};
use kvorum::node::{Edit, Level};
use kvorum::sim::DetectorKind;
use kvorum::sim::trace::TraceKeep;

const ROUNDS: usize = 15;
const REQUESTS: u64 = 4_000;
const KEYS: u64 = 500;
const VALUE: &[u8] = &[b'v'; 100];
/// How long clients contend, in virtual time.
const CONTEND: Duration = Duration::from_secs(20);

fn key(number: u64) -> Vec<u8> {
    format!("key-{:012}", number * 7_919 % KEYS).into_bytes()
}

/// Five nodes, N=3, without upkeep.
fn cluster(conflict: Conflict) -> Cluster {
    let config = ClusterConfig {
        conflict,
        read: Level::Quorum,
        write: Level::Quorum,
        repair: Duration::ZERO,
        detector: DetectorKind::Off,
        timeout: Duration::from_secs(60),
        seed: 7,
        ..ClusterConfig::default()
    };
    let mut cluster = Cluster::simulated(config).unwrap();
    cluster.keep_trace(TraceKeep::Nothing);
    cluster
}

/// Nanoseconds of one request, each through the first owner of its key.
fn round(cluster: &mut Cluster, ask: impl Fn(&mut Cluster, &[u8], NodeId)) -> f64 {
    let begin = Instant::now();
    for number in 0..REQUESTS {
        let key = key(number);
        let via = cluster.owners(&key)[0];
        ask(cluster, &key, via);
    }
    cluster.settle().unwrap();
    begin.elapsed().as_nanos() as f64 / REQUESTS as f64
}

fn through(via: NodeId) -> PutOptions {
    PutOptions {
        via: Some(via),
        ..PutOptions::default()
    }
}

fn put(cluster: &mut Cluster, key: &[u8], via: NodeId) {
    cluster.put(key, VALUE, &through(via)).unwrap();
}

fn cas(cluster: &mut Cluster, key: &[u8], via: NodeId) {
    let edit = Edit::Put(Bytes::from_static(VALUE));
    let options = PutOptions {
        write: Some(Level::Serial),
        ..through(via)
    };
    cluster.cas(key, &[], edit, &options).unwrap();
}

fn get(cluster: &mut Cluster, key: &[u8], via: NodeId) {
    let options = GetOptions {
        via: Some(via),
        ..GetOptions::default()
    };
    cluster.get(key, &options).unwrap();
}

fn serial_get(cluster: &mut Cluster, key: &[u8], via: NodeId) {
    let options = GetOptions {
        via: Some(via),
        read: Some(Level::Serial),
        ..GetOptions::default()
    };
    cluster.get(key, &options).unwrap();
}

/// Changes of one key a virtual second, by so many clients through so many nodes; and proposals lost a change.
fn contended(clients: usize, nodes: usize) -> (f64, f64) {
    let mut cluster = cluster(Conflict::Cas);
    let mut via = cluster.owners(b"hot");
    via.extend((1..=5).map(NodeId));
    let mut tried = Vec::new();
    via.retain(|node| {
        let first = !tried.contains(node);
        tried.push(*node);
        first
    });
    let via = &via[..nodes];
    let start = |cluster: &mut Cluster, client: usize| -> Ticket {
        let options = PutOptions {
            write: Some(Level::Serial),
            ..through(via[client % via.len()])
        };
        cluster
            .start_cas(b"hot", &[], Edit::Add(1), &options)
            .unwrap()
    };
    let mut under_way: Vec<Ticket> = (0..clients)
        .map(|client| start(&mut cluster, client))
        .collect();
    let (until, mut done) = (cluster.now().after(CONTEND), 0_u64);
    while cluster.now() < until {
        cluster.run_for(Duration::from_millis(1)).unwrap();
        for (client, ticket) in under_way.iter_mut().enumerate() {
            if let Some(ended) = cluster.poll(*ticket) {
                done += u64::from(ended.is_ok());
                *ticket = start(&mut cluster, client);
            }
        }
    }
    let lost = cluster.stats().total.paxos_lost as f64 / done.max(1) as f64;
    (done as f64 / CONTEND.as_secs_f64(), lost)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let (mut plain, mut registers) = (cluster(Conflict::Lww), cluster(Conflict::Cas));
    let mut figures: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        figures[0].push(round(&mut plain, put));
        figures[1].push(round(&mut registers, cas));
        figures[2].push(round(&mut plain, get));
        figures[3].push(round(&mut registers, serial_get));
    }
    let [put, cas, get, serial] = figures.map(median);
    println!(
        "{REQUESTS} requests a round, {ROUNDS} rounds, medians, ns a request, five nodes, N=3"
    );
    println!("put at QUORUM                      {put:>8.0}");
    println!("compare-and-set, uncontended       {cas:>8.0}");
    println!("ratio                              {:>8.2}", cas / put);
    println!("get at QUORUM                      {get:>8.0}");
    println!("get at SERIAL                      {serial:>8.0}");
    println!("ratio                              {:>8.2}", serial / get);
    println!();
    println!(
        "increments of one key a virtual second, links of 1 to 5 ms (proposals lost an increment)"
    );
    println!("clients   through one owner      through all five nodes");
    for clients in [1, 2, 8, 32] {
        let (one, lost_of_one) = contended(clients, 1);
        let (all, lost_of_all) = contended(clients, 5);
        println!(
            "{clients:>7}   {one:>8.0} ({lost_of_one:.2})        {all:>8.0} ({lost_of_all:.2})"
        );
    }
}

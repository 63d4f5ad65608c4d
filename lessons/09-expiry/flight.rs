//! The program of lesson 9; its page shows it beside the same in Python and Java.

use kvorum::base::time::Mono;
use kvorum::blocking::{Cluster, ClusterConfig, Conflict, GetOptions, PutOptions};
use std::{collections::VecDeque, time::Duration};

fn rebuilds(single_flight: bool) -> kvorum::Result<u32> {
    let lives = |ms| PutOptions {
        ttl: Some(Duration::from_millis(ms)),
        ..PutOptions::default()
    };
    let mut cluster = Cluster::simulated(ClusterConfig {
        nodes: 3,
        conflict: Conflict::Lww,
        seed: 9,
        ..ClusterConfig::default()
    })?;
    cluster.put(b"front-page", b"old", &lives(1_000))?;
    let mut ends: VecDeque<Mono> = VecDeque::new(); // when each rebuild under way will be done
    let mut started = 0;
    // From just after the deadline on: 50 reads a second.
    for read in 51..=100 {
        let at = Mono(0).after(Duration::from_millis(20 * read));
        cluster.run_for(at.since(cluster.now()))?;
        if ends.front().is_some_and(|end| *end <= cluster.now()) {
            ends.pop_front();
            cluster.put(b"front-page", b"new", &lives(60_000))?;
        }
        let read = cluster.get(b"front-page", &GetOptions::default())?;
        if read.values.is_empty() && (!single_flight || ends.is_empty()) {
            started += 1;
            ends.push_back(cluster.now().after(Duration::from_millis(400)));
        }
    }
    Ok(started)
}

fn main() -> kvorum::Result<()> {
    println!("each miss rebuilds: {}", rebuilds(false)?);
    println!("single flight: {}", rebuilds(true)?);
    Ok(())
}

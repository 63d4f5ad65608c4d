//! The program of lesson 4; its page shows it beside the same in Python and Java.

use std::time::Duration;

use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
use kvorum::node::Level;

const CARTS: usize = 300;

/// How many reads at R = 1, spread over the three owners, miss the put.
fn missed(write: usize, wait_ms: u64) -> kvorum::Result<usize> {
    let (write, read) = (Level::Count(write), Level::Count(1));
    let mut cluster = Cluster::simulated(ClusterConfig {
        seed: 7,
        write,
        read,
        ..ClusterConfig::default()
    })?;
    let mut count = 0;
    for i in 0..CARTS {
        let key = format!("cart:{i}");
        let owners = cluster.owners(key.as_bytes());
        let put = PutOptions {
            via: Some(owners[0]),
            ..PutOptions::default()
        };
        cluster.put(key.as_bytes(), b"milk", &put)?;
        cluster.run_for(Duration::from_millis(wait_ms))?;
        // An owner that coordinates a read at R = 1 asks itself.
        let get = GetOptions {
            via: Some(owners[i % 3]),
            ..GetOptions::default()
        };
        count += usize::from(cluster.get(key.as_bytes(), &get)?.values.is_empty());
    }
    Ok(count)
}

fn main() -> Result<(), kvorum::Error> {
    for ms in 0..6 {
        let (w1, w2) = (missed(1, ms)?, missed(2, ms)?);
        println!("{ms} ms after the ok: W=1 missed {w1}, W=2 missed {w2} of {CARTS}");
    }
    Ok(())
}

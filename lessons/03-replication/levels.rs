//! The program of lesson 3; its page shows it beside the same in Python and Java.

use kvorum::blocking::{Cluster, ClusterConfig, PutOptions};
use kvorum::{Error, NodeId, node::Level};
use std::time::Duration;

fn main() -> Result<(), Error> {
    let (n1, n2, n3) = (NodeId(1), NodeId(2), NodeId(3));
    for w in 1..=3 {
        // Every fifth message is lost. All carts are written through n1.
        let usual = ClusterConfig::default();
        let bad = ClusterConfig {
            nodes: 3,
            loss: 0.2,
            repair: Duration::ZERO,
            seed: 7,
            ..usual
        };
        let mut cluster = Cluster::simulated(bad)?;
        let options = PutOptions {
            via: Some(n1),
            write: Some(Level::Count(w)),
            ..PutOptions::default()
        };
        let mut kept: Vec<String> = (0..500).map(|i| format!("cart:{i}")).collect();
        kept.retain(|key| cluster.put(key.as_bytes(), b"milk", &options).is_ok());
        // n1 burns down, disk and all. Who else has the carts that were acknowledged?
        cluster.wipe(n1)?;
        cluster.settle()?;
        let mut gone = 0;
        for key in kept.iter().map(|key| key.as_bytes()) {
            gone +=
                u32::from(cluster.peek(n2, key)?.is_empty() && cluster.peek(n3, key)?.is_empty());
        }
        println!(
            "W={w}: {} of 500 acknowledged, {gone} of those gone",
            kept.len()
        );
    }
    Ok(())
}

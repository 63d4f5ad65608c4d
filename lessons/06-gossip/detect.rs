//! The program of lesson 6; its page shows it beside the same in Python and Java.

use std::time::Duration;

use kvorum::NodeId;
use kvorum::blocking::{Cluster, ClusterConfig};

fn main() -> Result<(), kvorum::Error> {
    for nodes in [5_u32, 20, 50, 100] {
        let (seed, repair) = (7, Duration::ZERO);
        let mut cluster = Cluster::simulated(ClusterConfig {
            nodes,
            seed,
            repair,
            ..ClusterConfig::default()
        })?;
        cluster.run_for(Duration::from_secs(10))?;
        cluster.kill(NodeId(5))?;
        let (others, mut seconds, mut suspect, mut changes) = (u64::from(nodes - 1), 0, 0, 0);
        // Every other node changes its mind twice: suspect, then dead.
        while changes < 2 * others {
            cluster.run_for(Duration::from_secs(1))?;
            seconds += 1;
            changes = cluster.stats().total.liveness_changes;
            if changes >= others && suspect == 0 {
                suspect = seconds;
            }
        }
        println!("{nodes} nodes: suspect after {suspect} s, dead after {seconds} s");
    }
    Ok(())
}

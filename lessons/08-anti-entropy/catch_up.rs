//! The program of lesson 8; its page shows it beside the same in Python and Java.

use std::time::Duration;

use kvorum::NodeId;
use kvorum::blocking::{Cluster, ClusterConfig, PutOptions};

fn main() -> Result<(), kvorum::Error> {
    for (name, pause) in [("hints alone", 0), ("hints and repair", 1)] {
        let repair = Duration::from_secs(pause);
        let config = ClusterConfig {
            nodes: 3,
            seed: 7,
            repair,
            ..ClusterConfig::default()
        };
        let mut cluster = Cluster::simulated(config)?;
        cluster.kill(NodeId(3))?;
        cluster.run_for(Duration::from_secs(15))?;
        let via_n1 = PutOptions {
            via: Some(NodeId(1)),
            ..PutOptions::default()
        };
        for cart in 0..100 {
            cluster.put(format!("cart:{cart}").as_bytes(), b"milk", &via_n1)?;
        }
        cluster.wipe(NodeId(1))?; // With its disk go the hints that it kept.
        cluster.restart(NodeId(1))?;
        cluster.restart(NodeId(3))?;
        cluster.run_for(Duration::from_secs(20))?;
        let mut lacks = 0;
        for cart in 0..100 {
            lacks += u32::from(
                cluster
                    .peek(NodeId(3), format!("cart:{cart}").as_bytes())?
                    .is_empty(),
            );
        }
        println!("{name}: n3 lacks {lacks} of 100 carts");
    }
    Ok(())
}

//! The program of lesson 10; its page shows it beside the same in Python and Java.

use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
use kvorum::{Error, NodeId, node::Level};
use std::time::Duration;

fn main() -> Result<(), Error> {
    let [n1, n2, n3, n4, n5, n6] = [1, 2, 3, 4, 5, 6].map(NodeId);
    for (read, write) in [(2, 2), (1, 1), (1, 3), (3, 1)] {
        for cut in [false, true] {
            // Six nodes in three zones: n1 and n4, n2 and n5, n3 and n6. Zone 3 dies.
            let usual = ClusterConfig {
                nodes: 6,
                zones: 3,
                seed: 10,
                ..ClusterConfig::default()
            };
            let levels = (Level::Count(read), Level::Count(write));
            let design = ClusterConfig {
                read: levels.0,
                write: levels.1,
                repair: Duration::ZERO,
                ..usual
            };
            let mut cluster = Cluster::simulated(design)?;
            cluster.kill(n3)?;
            cluster.kill(n6)?;
            if cut {
                cluster.partition(&[vec![n1, n4], vec![n2, n5]])?;
            }
            cluster.run_for(Duration::from_secs(30))?;
            let (mut puts, mut gets, mut stale) = (0, 0, 0);
            for cart in (0..50).map(|i| format!("cart:{i}").into_bytes()) {
                let via = PutOptions {
                    via: Some(n1),
                    ..PutOptions::default()
                };
                let taken = cluster.put(&cart, b"milk", &via).is_ok();
                puts += u32::from(taken);
                let via = GetOptions {
                    via: Some(n2),
                    ..GetOptions::default()
                };
                if let Ok(answer) = cluster.get(&cart, &via) {
                    gets += 1;
                    stale += u32::from(taken && answer.values.is_empty());
                }
            }
            let fault = if cut { "and a cut" } else { "zone dead" };
            println!("R={read} W={write}, {fault}: {puts} puts, {gets} gets, {stale} stale");
        }
    }
    Ok(())
}

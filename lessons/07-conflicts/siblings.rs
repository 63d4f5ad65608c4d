//! The program of lesson 7; its page shows it beside the same in Python and Java.

use kvorum::Error;
use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};

fn main() -> Result<(), Error> {
    let mut cluster = Cluster::simulated(ClusterConfig {
        nodes: 3,
        seed: 7,
        ..ClusterConfig::default()
    })?;
    let (get, mut seen) = (GetOptions::default(), PutOptions::default());
    // One client, a hundred puts, each with the context of the answer before.
    for i in 0..100 {
        seen.context = Some(cluster.put(b"cart", format!("v{i}").as_bytes(), &seen)?);
    }
    println!("a chain: {}", cluster.get(b"cart", &get)?.values.len());
    // Ten workers read at once, and then each puts what it has made of that.
    seen.context = Some(cluster.get(b"cart", &get)?.context);
    for i in 0..10 {
        cluster.put(b"cart", format!("w{i}").as_bytes(), &seen)?;
    }
    println!("ten workers: {}", cluster.get(b"cart", &get)?.values.len());
    // A robot that never reads.
    for puts in 0..100 {
        let value = format!("r{puts}");
        if let Err(error) = cluster.put(b"robot", value.as_bytes(), &PutOptions::default()) {
            println!("a robot: {puts} puts, then {}", error.code().name());
            break;
        }
    }
    Ok(())
}

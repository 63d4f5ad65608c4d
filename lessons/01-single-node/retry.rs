//! The program of lesson 1; its page shows it beside the same in Python and Java.

use std::time::Duration;

use kvorum::Error::{Ambiguous, Unavailable};
use kvorum::NodeId;
use kvorum::blocking::{Cluster, ClusterConfig, Conflict, GetOptions, PutOptions};
use kvorum::crdt::{Change, Kind};
use kvorum::node::Level::Count;

/// Sells 100 items. A retry takes a fresh token, or the one it had.
fn sell(fresh: bool) -> Result<String, kvorum::Error> {
    // n1 is the shop's front end; n2 owns the counter. One message in ten is lost.
    let (read, write, conflict) = (Count(1), Count(1), Conflict::Crdt(Kind::PnCounter));
    let config = ClusterConfig {
        nodes: 2,
        replication: 1,
        read,
        write,
        conflict,
        loss: 0.1,
        seed: 1,
        ..Default::default()
    };
    let mut shop = Cluster::simulated(config)?;
    let (via, timeout) = (Some(NodeId(1)), Some(Duration::from_millis(50)));
    let mut unknown = 0;
    for sale in 1..=100 {
        let mut token = 1000 * sale;
        loop {
            let once = PutOptions {
                token: Some(token),
                via,
                timeout,
                ..Default::default()
            };
            match shop.update(b"sold", &Change::Add(1), &once) {
                Ok(_) => break,
                Err(Ambiguous { .. }) => (unknown, token) = (unknown + 1, token + u64::from(fresh)),
                Err(Unavailable { .. }) => {} // surely not done
                Err(other) => return Err(other),
            }
        }
    }
    shop.settle()?;
    let owner = GetOptions {
        via: Some(NodeId(2)),
        ..Default::default()
    };
    let sold = shop.get(b"sold", &owner)?.values;
    Ok(format!(
        "unknown {unknown}, sold {}",
        String::from_utf8_lossy(&sold[0])
    ))
}

fn main() -> Result<(), kvorum::Error> {
    println!("same token:  {}", sell(false)?);
    println!("fresh token: {}", sell(true)?);
    Ok(())
}

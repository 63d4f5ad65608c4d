//! Nodes on the real disk: what they were told outlives their cluster.
#![cfg(feature = "live")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use kvorum::NodeId;
use kvorum::blocking::{Cluster, ClusterConfig, GetOptions, PutOptions};
use kvorum::vfs::{OsDisk, Vfs};

const KEYS: usize = 60;

fn cluster(folder: &Path, seed: u64) -> Cluster {
    let disks: BTreeMap<NodeId, Arc<dyn Vfs>> = (1..=5)
        .map(|node| {
            let disk = OsDisk::open(folder.join(format!("n{node}"))).unwrap();
            (NodeId(node), Arc::new(disk) as Arc<dyn Vfs>)
        })
        .collect();
    let config = ClusterConfig {
        nodes: 5,
        seed,
        ..ClusterConfig::default()
    };
    Cluster::on_disks(config, disks).unwrap()
}

#[test]
fn what_was_acknowledged_is_there_in_the_next_cluster_and_is_joined_not_forked() {
    let folder = tempfile::tempdir().unwrap();
    let get = GetOptions::default();
    for round in 0..3_u64 {
        let mut cluster = cluster(folder.path(), 7);
        for number in 0..KEYS {
            let key = format!("cart-{number}");
            let mut put = PutOptions::default();
            if round > 0 {
                let read = cluster.get(key.as_bytes(), &get).unwrap();
                let before = format!("round {} of {number}", round - 1);
                assert_eq!(read.values, [before.as_bytes()], "{key}");
                put.context = Some(read.context);
            }
            let value = format!("round {round} of {number}");
            cluster.put(key.as_bytes(), value.as_bytes(), &put).unwrap();
            if number % 20 == 10 {
                cluster.kill(NodeId(1 + number as u32 % 5)).unwrap();
                cluster.restart(NodeId(1 + number as u32 % 5)).unwrap();
            }
        }
        let store = folder.path().join("n1");
        assert!(
            std::fs::read_dir(store).unwrap().count() > 2,
            "its files are there"
        );
    }
}

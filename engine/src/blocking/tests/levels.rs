//! Consistency levels: which owners a request waits for, with which of them down.

use super::*;
use crate::Zone;
use crate::node::level::Need;

/// Every level, as far as four owners can meet it.
const LEVELS: [Level; 9] = [
    Level::Count(1),
    Level::Count(2),
    Level::Count(3),
    Level::Quorum,
    Level::All,
    Level::LocalOne,
    Level::LocalQuorum,
    Level::EachQuorum,
    Level::Any,
];
const KEY: &[u8] = b"cart";

/// Eight nodes in two zones, four copies; no repair, and nobody finds out who is dead.
fn two_zones(change: impl FnOnce(&mut ClusterConfig)) -> Cluster {
    cluster(|config| {
        (config.nodes, config.zones, config.replication) = (8, 2, 4);
        config.readrepair = ReadRepair::Off;
        config.repair = Duration::ZERO;
        config.detector = DetectorKind::Off;
        change(config);
    })
}

/// A key with two owners in each zone, and those owners.
fn key_of_both(cluster: &Cluster) -> (Vec<u8>, Vec<NodeId>) {
    let keys = (0..).map(|number| format!("cart-{number}").into_bytes());
    let mut keys = keys.map(|key| (cluster.owners(&key), key));
    let of_one = |owners: &[NodeId]| {
        owners
            .iter()
            .filter(|node| zone_of(**node) == Zone(1))
            .count()
    };
    let (owners, key) = keys.find(|(owners, _)| of_one(owners) == 2).unwrap();
    (key, owners)
}

/// Zones are dealt in turn.
fn zone_of(node: NodeId) -> Zone {
    Zone((node.0 - 1) % 2 + 1)
}

/// A node of this zone that owns nothing of the key.
fn stranger(owners: &[NodeId], zone: u32) -> NodeId {
    let found = (1..=8)
        .map(NodeId)
        .find(|node| !owners.contains(node) && zone_of(*node) == Zone(zone));
    found.unwrap()
}

fn write_at(level: Level, node: NodeId) -> PutOptions {
    PutOptions {
        write: Some(level),
        ..via(node)
    }
}

fn read_at(level: Level, node: NodeId) -> GetOptions {
    GetOptions {
        via: Some(node),
        read: Some(level),
        ..GetOptions::default()
    }
}

#[test]
fn a_request_succeeds_when_the_owners_that_its_level_names_are_up_and_not_before() {
    for level in LEVELS {
        for up in 0_u32..16 {
            let mut cluster = two_zones(|config| config.hints = Hints::Off);
            let (key, owners) = key_of_both(&cluster);
            let seen = cluster
                .put(&key, b"milk", &write_at(Level::All, owners[0]))
                .unwrap();
            let alive: Vec<NodeId> = (0..4)
                .filter(|bit| up >> bit & 1 == 1)
                .map(|bit| owners[bit])
                .collect();
            for owner in owners.iter().filter(|owner| !alive.contains(owner)) {
                cluster.kill(*owner).unwrap();
            }
            let coordinator = stranger(&owners, 1);
            let need = Need::of(level, &owners, zone_of, Zone(1)).unwrap();
            let met = need.met(alive.iter().copied(), 0, zone_of);
            if level != Level::Any {
                let get = cluster
                    .get(&key, &read_at(level, coordinator))
                    .map(|read| read.values);
                match met {
                    true => assert_eq!(
                        get.unwrap(),
                        values(&["milk"]),
                        "get {level:?} with {alive:?}"
                    ),
                    false => assert_eq!(
                        get.unwrap_err().code(),
                        Code::Unavailable,
                        "{level:?} {alive:?}"
                    ),
                }
            }
            let put = PutOptions {
                context: Some(seen),
                ..write_at(level, coordinator)
            };
            let code = cluster
                .put(&key, b"eggs", &put)
                .map_err(|error| error.code());
            match met {
                true => assert!(
                    code.is_ok(),
                    "put {level:?} with {alive:?} of {owners:?}: {code:?}"
                ),
                false => assert!(
                    matches!(code, Err(Code::Ambiguous | Code::Unavailable)),
                    "put {level:?} with {alive:?} of {owners:?}: {code:?}"
                ),
            }
        }
    }
}

#[test]
fn what_a_zone_was_told_is_read_in_that_zone() {
    // The other zone is out of reach: a local quorum is a matter of the zone of the node that the client asks,
    // whether it owns the key or passes the write on.
    for zone in [1, 2] {
        let mut cluster = two_zones(|config| config.hints = Hints::Off);
        let (key, owners) = key_of_both(&cluster);
        let of_zone = |zone| {
            (1..=8)
                .map(NodeId)
                .filter(|node| zone_of(*node) == Zone(zone))
                .collect::<Vec<_>>()
        };
        cluster.partition(&[of_zone(1), of_zone(2)]).unwrap();
        let coordinator = stranger(&owners, zone);
        cluster
            .put(&key, b"milk", &write_at(Level::LocalQuorum, coordinator))
            .unwrap();
        let there = cluster
            .get(&key, &read_at(Level::LocalQuorum, coordinator))
            .unwrap();
        assert_eq!(there.values, values(&["milk"]));
        let elsewhere = stranger(&owners, 3 - zone);
        assert!(
            cluster
                .get(&key, &read_at(Level::LocalQuorum, elsewhere))
                .unwrap()
                .values
                .is_empty()
        );
        let each = cluster
            .get(&key, &read_at(Level::EachQuorum, coordinator))
            .unwrap_err();
        assert_eq!(each.code(), Code::Unavailable);
    }
}

#[test]
fn a_local_write_through_any_node_is_read_at_once_in_its_zone() {
    // No partition: whoever coordinates, the answer waits for owners of the zone that was asked.
    for seed in 0..20 {
        for zone in [1, 2] {
            let mut cluster = two_zones(|config| config.seed = seed);
            let (key, owners) = key_of_both(&cluster);
            let coordinator = stranger(&owners, zone);
            cluster
                .put(&key, b"milk", &write_at(Level::LocalQuorum, coordinator))
                .unwrap();
            let read = cluster
                .get(&key, &read_at(Level::LocalQuorum, coordinator))
                .unwrap();
            assert_eq!(read.values, values(&["milk"]), "SEED={seed}, zone {zone}");
        }
    }
}

#[test]
fn a_local_level_in_a_zone_without_owners_is_refused_by_name() {
    let mut cluster = cluster(|config| {
        (config.nodes, config.zones, config.replication) = (5, 5, 2);
        (config.read, config.write) = (Level::Count(1), Level::Count(1));
    });
    let (_, others) = owners_and_others(&cluster);
    for level in [Level::LocalOne, Level::LocalQuorum] {
        let put = cluster
            .put(KEY, b"milk", &write_at(level, others[0]))
            .unwrap_err();
        let get = cluster.get(KEY, &read_at(level, others[0])).unwrap_err();
        for refused in [put, get] {
            assert_eq!(refused.code(), Code::InvalidArgument, "{level:?}");
            let said = refused.to_string();
            assert!(
                said.contains("no replica of this key is in z")
                    && said.contains("ask at another level"),
                "{said}"
            );
        }
    }
    assert!(
        cluster
            .put(KEY, b"milk", &write_at(Level::EachQuorum, others[0]))
            .is_ok()
    );
}

#[test]
fn any_takes_a_write_that_no_owner_can_take_and_hands_it_over() {
    let mut cluster = two_zones(|_| {});
    let (key, owners) = key_of_both(&cluster);
    let coordinator = stranger(&owners, 1);
    for owner in &owners {
        cluster.kill(*owner).unwrap();
    }
    let one = cluster
        .put(&key, b"eggs", &write_at(Level::Count(1), coordinator))
        .unwrap_err();
    assert_eq!(one.code(), Code::Unavailable);
    cluster
        .put(&key, b"milk", &write_at(Level::Any, coordinator))
        .unwrap();
    assert!(
        cluster
            .get(&key, &read_at(Level::Count(1), coordinator))
            .is_err(),
        "a hint answers no read"
    );
    for owner in &owners {
        cluster.restart(*owner).unwrap();
    }
    cluster.run_for(Duration::from_secs(60)).unwrap();
    assert_eq!(
        read(&mut cluster, &key, &read_at(Level::All, coordinator)),
        values(&["milk"])
    );
    assert_eq!(cluster.check_converged(), Ok(()));
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
}

#[test]
fn any_is_no_level_to_read_or_scan_at_and_needs_hints_where_no_owner_lives() {
    let mut cluster = two_zones(|config| config.hints = Hints::Off);
    let (key, owners) = key_of_both(&cluster);
    let coordinator = stranger(&owners, 1);
    let refused = cluster
        .get(&key, &read_at(Level::Any, coordinator))
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused
            .to_string()
            .contains("a hint answers no read; take one"),
        "{refused}"
    );
    for owner in &owners {
        cluster.kill(*owner).unwrap();
    }
    let refused = cluster
        .put(&key, b"milk", &write_at(Level::Any, coordinator))
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let config = ClusterConfig {
        read: Level::Any,
        ..ClusterConfig::default()
    };
    assert!(
        Cluster::simulated(config)
            .unwrap_err()
            .to_string()
            .contains("read=any")
    );
}

#[test]
fn a_count_beyond_the_owners_is_refused_by_name() {
    let mut cluster = cluster(|_| {});
    for count in [0, 4] {
        let put = cluster
            .put(KEY, b"milk", &write_at(Level::Count(count), NodeId(1)))
            .unwrap_err();
        let get = cluster
            .get(KEY, &read_at(Level::Count(count), NodeId(1)))
            .unwrap_err();
        for (name, refused) in [("write", put), ("read", get)] {
            assert_eq!(refused.code(), Code::InvalidArgument);
            let said = format!("{name}={count}: it must be from 1 to 3");
            assert!(refused.to_string().contains(&said), "{refused}");
        }
    }
}

#[test]
fn only_the_owners_that_a_request_names_take_part() {
    let mut cluster = cluster(|config| {
        config.repair = Duration::ZERO;
        config.readrepair = ReadRepair::Off;
    });
    let (owners, others) = owners_and_others(&cluster);
    let to = |to: Vec<NodeId>| PutOptions {
        to,
        ..PutOptions::default()
    };
    cluster
        .put(KEY, b"milk", &to(vec![owners[2], owners[1]]))
        .unwrap();
    cluster.run_for(Duration::from_secs(5)).unwrap();
    let held: Vec<bool> = owners
        .iter()
        .map(|node| !cluster.peek(*node, KEY).unwrap().is_empty())
        .collect();
    assert_eq!(held, [false, true, true]);
    let from = GetOptions {
        read: Some(Level::Count(1)),
        to: vec![owners[0]],
        ..GetOptions::default()
    };
    assert!(read(&mut cluster, KEY, &from).is_empty());
    let refused = cluster
        .put(KEY, b"milk", &to(vec![others[0], owners[0]]))
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let said = format!(
        "{} does not own this key: its owners are {}",
        others[0], owners[0]
    );
    assert!(refused.to_string().contains(&said), "{refused}");
    let too_few = cluster.put(KEY, b"milk", &to(vec![owners[0]])).unwrap_err();
    assert!(
        too_few.to_string().contains("a quorum of 2 of 1 replicas"),
        "{too_few}"
    );
}

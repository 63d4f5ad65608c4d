//! Compare-and-set: the owners of a key agree on each of its states.

use super::*;
use crate::node::{Condition, Edit};

/// Five nodes, of which n1, n2 and so on are asked; the default table is one of registers.
fn registers(change: impl FnOnce(&mut ClusterConfig)) -> Cluster {
    cluster(|config| {
        config.conflict = Conflict::Cas;
        (config.delay_min, config.delay_max) = (Duration::from_millis(1), Duration::from_millis(1));
        change(config);
    })
}

fn put(value: &'static str) -> Edit {
    Edit::Put(Bytes::from_static(value.as_bytes()))
}

fn version(cluster: &mut Cluster, key: &[u8]) -> (Vec<Bytes>, u64) {
    let read = cluster.get(key, &GetOptions::default()).unwrap();
    (read.values, read.version)
}

#[test]
fn a_change_takes_place_where_its_conditions_hold_and_nowhere_else() {
    let mut cluster = registers(|_| {});
    let options = PutOptions::default();
    let mut cas = |conditions: &[Condition], edit: Edit| {
        let changed = cluster.cas(b"k", conditions, edit, &options);
        changed
            .map(|read| (read.values, read.version))
            .map_err(|error| error.code())
    };
    assert_eq!(cas(&[Condition::Exists], put("x")), Err(Code::Conflict));
    assert_eq!(cas(&[Condition::Absent], put("a")), Ok((vec![], 1)));
    assert_eq!(cas(&[Condition::Absent], put("b")), Err(Code::Conflict));
    assert_eq!(cas(&[Condition::Version(2)], put("b")), Err(Code::Conflict));
    let both = [Condition::Version(1), Condition::Value(Bytes::from("a"))];
    assert_eq!(cas(&both, put("7")), Ok((vec![], 2)));
    assert_eq!(cas(&both, put("b")), Err(Code::Conflict));
    assert_eq!(cas(&[], Edit::Add(-9)), Ok((values(&["-2"]), 3)));
    assert_eq!(cas(&[Condition::Exists], Edit::Delete), Ok((vec![], 4)));
    assert_eq!(
        cas(&[Condition::Absent], Edit::Add(5)),
        Ok((values(&["5"]), 5))
    );
    assert_eq!(cas(&[], put("word")), Ok((vec![], 6)));
    assert_eq!(cas(&[], Edit::Add(1)), Err(Code::InvalidArgument));
    assert_eq!(version(&mut cluster, b"k"), (values(&["word"]), 6));
}

#[test]
fn what_goes_past_agreement_is_refused_with_the_way_out() {
    let mut cluster = registers(|_| {});
    cluster
        .add_table("plain", Conflict::Lww, None, None)
        .unwrap();
    let refused = |result: Result<Read, crate::Error>, part: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.to_string().contains(part), "{error}");
    };
    let read = |context| Read {
        context,
        ..Read::default()
    };
    let options = PutOptions::default();
    refused(cluster.put(b"k", b"v", &options).map(read), "use cas");
    refused(cluster.delete(b"k", &options).map(read), "use cas");
    let at = |level| GetOptions {
        read: Some(level),
        ..GetOptions::default()
    };
    refused(cluster.get(b"k", &at(Level::Quorum)), "serial");
    let plain = in_table("plain");
    refused(cluster.cas(b"k", &[], put("v"), &plain), "conflict=cas");
    let serial = GetOptions {
        table: Some("plain".to_owned()),
        ..at(Level::Serial)
    };
    refused(cluster.get(b"k", &serial), "conflict=cas");
    let pinned = PutOptions {
        to: vec![NodeId(1)],
        ..PutOptions::default()
    };
    refused(cluster.cas(b"k", &[], put("v"), &pinned), "to=");
}

#[test]
fn increments_through_all_nodes_at_once_are_all_counted_and_each_once() {
    let mut cluster = registers(|config| {
        config.timeout = Duration::from_secs(60);
        (config.delay_min, config.delay_max) = (Duration::from_millis(1), Duration::from_millis(9));
        (config.loss, config.duplicate, config.reorder) = (0.1, 0.1, 0.2);
    });
    let tickets: Vec<_> = (0..100_u32)
        .map(|number| {
            let options = via(NodeId(number % 5 + 1));
            cluster
                .start_cas(b"k", &[], Edit::Add(1), &options)
                .unwrap()
        })
        .collect();
    let mut sums: Vec<i64> = Vec::new();
    for ticket in tickets {
        match cluster.wait(ticket) {
            Ok(read) => sums.extend(
                read.values
                    .iter()
                    .map(|sum| std::str::from_utf8(sum).unwrap().parse::<i64>().unwrap()),
            ),
            Err(error) => panic!("{error}"),
        }
    }
    let (found, at) = version(&mut cluster, b"k");
    assert_eq!((found, at), (values(&["100"]), 100));
    let count = sums.len();
    sums.sort_unstable();
    sums.dedup();
    assert_eq!(sums.len(), count, "two increments made the same sum");
}

#[test]
fn the_next_change_through_the_same_node_takes_one_round_trip() {
    let mut cluster = registers(|_| {});
    let owner = cluster.owners(b"k")[0];
    let mut took = Vec::new();
    for _ in 0..3 {
        cluster.cas(b"k", &[], Edit::Add(1), &via(owner)).unwrap();
        took.push(cluster.took().unwrap());
    }
    let round_trip = Duration::from_millis(2);
    assert!(took[0] >= 2 * round_trip, "{took:?}");
    assert!(
        took[1] < 2 * round_trip && took[2] < 2 * round_trip,
        "{took:?}"
    );
    cluster
        .get(
            b"k",
            &GetOptions {
                via: Some(owner),
                ..GetOptions::default()
            },
        )
        .unwrap();
    assert!(
        cluster.took().unwrap() < 2 * round_trip,
        "a read of what is chosen"
    );
}

#[test]
fn a_minority_agrees_on_nothing_and_catches_up_when_it_is_back() {
    let mut cluster = registers(|_| {});
    cluster
        .cas(b"k", &[], put("a"), &PutOptions::default())
        .unwrap();
    let owners = cluster.owners(b"k");
    let (alone, other) = (owners[0], owners[1]);
    cluster.isolate(alone).unwrap();
    let refused = cluster.cas(b"k", &[], put("b"), &via(alone)).unwrap_err();
    assert!(
        matches!(refused.code(), Code::Unavailable | Code::Ambiguous),
        "{refused}"
    );
    let read = GetOptions {
        via: Some(alone),
        ..GetOptions::default()
    };
    assert_eq!(
        cluster.get(b"k", &read).unwrap_err().code(),
        Code::Unavailable
    );
    cluster.cas(b"k", &[], put("c"), &via(other)).unwrap();
    cluster.heal().unwrap();
    assert_eq!(cluster.get(b"k", &read).unwrap().values, values(&["c"]));
}

#[test]
fn a_read_finishes_the_proposal_that_it_finds_or_voids_it_for_good() {
    for to_reach in 0..3 {
        let mut cluster = registers(|config| config.timeout = Duration::from_millis(100));
        let owners = cluster.owners(b"k");
        let stranger = cluster
            .nodes()
            .into_iter()
            .find(|node| !owners.contains(node))
            .unwrap();
        cluster.cas(b"k", &[], put("a"), &via(stranger)).unwrap();
        // The next proposal's Accept reaches so many owners.
        for owner in &owners[to_reach..] {
            cluster.oneway(stranger, *owner).unwrap();
        }
        let told = cluster.cas(b"k", &[], put("b"), &via(stranger));
        let code = told.map(|_| ()).map_err(|error| error.code());
        assert_eq!(
            code,
            if to_reach < 2 {
                Err(Code::Ambiguous)
            } else {
                Ok(())
            }
        );
        let read = GetOptions {
            via: Some(owners[0]),
            ..GetOptions::default()
        };
        let found = cluster.get(b"k", &read).unwrap();
        let seen = (found.values, found.version);
        assert!([1, 2].contains(&seen.1), "{seen:?}");
        for node in cluster.nodes() {
            if node != stranger {
                let read = GetOptions {
                    via: Some(node),
                    ..GetOptions::default()
                };
                let again = cluster.get(b"k", &read).unwrap();
                assert_eq!(
                    (again.values, again.version),
                    seen,
                    "{to_reach} reached, {node}"
                );
            }
        }
    }
}

#[test]
fn what_was_agreed_outlives_any_restart() {
    let mut cluster = registers(|_| {});
    for _ in 0..5 {
        cluster
            .cas(b"k", &[], Edit::Add(1), &PutOptions::default())
            .unwrap();
        for node in cluster.nodes() {
            cluster.kill(node).unwrap();
        }
        for node in cluster.nodes() {
            cluster.restart(node).unwrap();
        }
    }
    assert_eq!(version(&mut cluster, b"k"), (values(&["5"]), 5));
}

#[test]
fn a_change_asked_for_twice_under_one_token_is_applied_once() {
    let mut cluster = registers(|_| {});
    let options = PutOptions {
        token: Some(4),
        ..PutOptions::default()
    };
    for node in 1..=5 {
        let options = PutOptions {
            via: Some(NodeId(node)),
            ..options.clone()
        };
        assert_eq!(
            cluster
                .cas(b"k", &[], Edit::Add(1), &options)
                .unwrap()
                .version,
            1
        );
    }
    assert_eq!(version(&mut cluster, b"k"), (values(&["1"]), 1));
}

#[test]
fn a_local_serial_read_asks_one_zone_and_shows_what_was_agreed_on() {
    let mut cluster = registers(|config| {
        (config.nodes, config.zones, config.replication) = (6, 2, 5);
    });
    cluster
        .cas(b"k", &[], put("a"), &PutOptions::default())
        .unwrap();
    cluster.run_for(Duration::from_secs(1)).unwrap();
    let zone = |node: &NodeId| node.0 % 2 == 1;
    let far: Vec<NodeId> = cluster
        .nodes()
        .into_iter()
        .filter(|node| !zone(node))
        .collect();
    for node in far {
        cluster.kill(node).unwrap();
    }
    let owners = cluster.owners(b"k");
    let near: Vec<NodeId> = owners.into_iter().filter(zone).collect();
    let read = GetOptions {
        read: Some(Level::LocalSerial),
        via: Some(near[0]),
        ..GetOptions::default()
    };
    assert_eq!(cluster.get(b"k", &read).unwrap().values, values(&["a"]));
}

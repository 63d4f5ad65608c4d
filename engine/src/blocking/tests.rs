//! What a cluster promises to who calls it.

mod crdts;
mod expiry;
mod leases;
mod levels;
mod limits;
mod ranges;
mod registers;
mod reshape;
mod retries;
mod sessions;
mod tables;

use core::time::Duration;

use bytes::Bytes;

use super::*;
use crate::base::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::node::{Hints, Level, Purge, ReadRepair};
use crate::sim::DetectorKind;
use crate::sim::trace::What;
use crate::{Code, NodeId};

fn cluster(change: impl FnOnce(&mut ClusterConfig)) -> Cluster {
    let mut config = ClusterConfig {
        seed: 7,
        ..ClusterConfig::default()
    };
    change(&mut config);
    Cluster::simulated(config).unwrap()
}

fn via(node: NodeId) -> PutOptions {
    PutOptions {
        via: Some(node),
        ..PutOptions::default()
    }
}

fn values(values: &[&str]) -> Vec<Bytes> {
    values
        .iter()
        .map(|value| Bytes::copy_from_slice(value.as_bytes()))
        .collect()
}

fn in_table(name: &str) -> PutOptions {
    PutOptions {
        table: Some(name.to_owned()),
        ..PutOptions::default()
    }
}

fn of_table(name: &str) -> GetOptions {
    GetOptions {
        table: Some(name.to_owned()),
        ..GetOptions::default()
    }
}

/// Every owner answers.
fn all() -> GetOptions {
    GetOptions {
        read: Some(Level::All),
        ..GetOptions::default()
    }
}

fn read(cluster: &mut Cluster, key: &[u8], options: &GetOptions) -> Vec<Bytes> {
    cluster.get(key, options).unwrap().values
}

/// The owners of `cart`, then the others.
fn owners_and_others(cluster: &Cluster) -> (Vec<NodeId>, Vec<NodeId>) {
    let owners = cluster.owners(b"cart");
    let others = cluster
        .nodes()
        .into_iter()
        .filter(|node| !owners.contains(node))
        .collect();
    (owners, others)
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    type Change = fn(&mut ClusterConfig);
    let table: [(&str, Change); 12] = [
        ("nodes=0", |config| config.nodes = 0),
        ("nodes=129", |config| config.nodes = 129),
        ("zones=6", |config| config.zones = 6),
        ("replication=6", |config| config.replication = 6),
        ("replication=0", |config| config.replication = 0),
        ("read=4", |config| config.read = Level::Count(4)),
        ("write=0", |config| config.write = Level::Count(0)),
        ("loss=1.5", |config| config.loss = 1.5),
        ("loss=NaN", |config| config.loss = f64::NAN),
        ("timeout", |config| config.timeout = Duration::ZERO),
        ("shortest delay", |config| {
            config.delay_min = Duration::from_secs(1)
        }),
        ("repair", |config| config.repair = Duration::from_nanos(1)),
    ];
    for (what, change) in table {
        let mut config = ClusterConfig::default();
        change(&mut config);
        let error = Cluster::simulated(config).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{what}");
        assert!(error.to_string().contains(what), "{what}: {error}");
    }
    let tokens = Cluster::simulated(ClusterConfig {
        tokens: 0,
        ..ClusterConfig::default()
    });
    assert_eq!(tokens.unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn a_key_or_value_over_its_limit_changes_nothing() {
    let mut cluster = cluster(|_| {});
    let put = |cluster: &mut Cluster, key: usize, value: usize| {
        cluster
            .put(&vec![b'k'; key], &vec![b'v'; value], &PutOptions::default())
            .map_err(|e| e.code())
    };
    assert_eq!(put(&mut cluster, KEY_BYTES_MAX + 1, 1), Err(Code::TooLarge));
    assert_eq!(
        put(&mut cluster, 1, VALUE_BYTES_MAX + 1),
        Err(Code::TooLarge)
    );
    assert_eq!(put(&mut cluster, 0, 1), Err(Code::InvalidArgument));
    assert!(
        cluster
            .nodes()
            .iter()
            .all(|node| cluster.peek(*node, b"k").unwrap().is_empty())
    );
    assert!(put(&mut cluster, KEY_BYTES_MAX, VALUE_BYTES_MAX).is_ok());
    assert!(put(&mut cluster, 1, 0).is_ok(), "an empty value is a value");
    assert_eq!(
        cluster.get(b"k", &GetOptions::default()).unwrap().values,
        [Bytes::new()]
    );
}

#[test]
fn a_write_survives_the_death_and_return_of_every_node() {
    let mut cluster = cluster(|_| {});
    cluster
        .put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    for node in cluster.nodes() {
        cluster.kill(node).unwrap();
    }
    let refused = cluster.get(b"cart", &GetOptions::default()).unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    for node in cluster.nodes() {
        cluster.restart(node).unwrap();
    }
    assert_eq!(
        cluster.get(b"cart", &GetOptions::default()).unwrap().values,
        values(&["milk"])
    );
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(cluster.check_converged(), Ok(()));
}

#[test]
fn a_write_goes_past_dead_owners_to_one_that_lives() {
    let mut cluster = cluster(|_| {});
    let (owners, others) = owners_and_others(&cluster);
    cluster.kill(owners[0]).unwrap();
    cluster.put(b"cart", b"milk", &via(others[0])).unwrap();
    assert_eq!(cluster.peek(owners[1], b"cart").unwrap(), values(&["milk"]));
    // The owner that kept silent is now asked last: the next write does not wait for it.
    let before = cluster.now();
    let seen = cluster.put(b"cart", b"eggs", &via(others[0])).unwrap();
    assert!(
        cluster.now().since(before) < crate::node::FORWARD_PATIENCE,
        "no patience was spent"
    );
    cluster
        .put(
            b"cart",
            b"tea",
            &PutOptions {
                context: Some(seen),
                ..via(others[1])
            },
        )
        .unwrap();
    assert!(
        cluster
            .get(b"cart", &GetOptions::default())
            .unwrap()
            .values
            .contains(&Bytes::from("tea"))
    );
}

#[test]
fn a_write_that_misses_its_quorum_is_ambiguous_and_lives_on() {
    // Either of the two brings it to the owners that missed it.
    for (repair_secs, hints) in [(1, Hints::Off), (0, Hints::On)] {
        let mut cluster = cluster(|config| {
            config.repair = Duration::from_secs(repair_secs);
            config.hints = hints;
        });
        let (owners, _) = owners_and_others(&cluster);
        cluster.kill(owners[1]).unwrap();
        cluster.kill(owners[2]).unwrap();
        let error = cluster.put(b"cart", b"milk", &via(owners[0])).unwrap_err();
        assert_eq!(error.code(), Code::Ambiguous);
        assert!(
            error
                .to_string()
                .contains("1 of 2 acknowledgements within 500ms"),
            "{error}"
        );
        assert!(error.code().retryable());
        cluster.restart(owners[1]).unwrap();
        cluster.restart(owners[2]).unwrap();
        cluster.run_for(Duration::from_secs(30)).unwrap();
        assert_eq!(
            cluster.peek(owners[2], b"cart").unwrap(),
            values(&["milk"]),
            "{hints:?}"
        );
    }
}

#[test]
fn a_read_repairs_who_knew_less_only_where_it_is_switched_on() {
    for readrepair in [ReadRepair::Off, ReadRepair::Async, ReadRepair::Blocking] {
        let mut cluster = cluster(|config| {
            config.readrepair = readrepair;
            config.repair = Duration::ZERO;
            config.hints = Hints::Off;
        });
        let (owners, _) = owners_and_others(&cluster);
        cluster.kill(owners[2]).unwrap();
        cluster.put(b"cart", b"milk", &via(owners[0])).unwrap();
        cluster.restart(owners[2]).unwrap();
        assert!(cluster.peek(owners[2], b"cart").unwrap().is_empty());
        // A read asks no more replicas than it needs: two of them are alike, and all three are not.
        let two = GetOptions {
            to: vec![owners[0], owners[1]],
            ..GetOptions::default()
        };
        cluster.get(b"cart", &two).unwrap();
        cluster.settle().unwrap();
        assert!(cluster.check_converged().is_err());
        let all = GetOptions {
            read: Some(Level::All),
            ..GetOptions::default()
        };
        let read = cluster.get(b"cart", &all).unwrap();
        assert_eq!(read.values, values(&["milk"]), "{readrepair:?}");
        if readrepair == ReadRepair::Blocking {
            assert_eq!(
                cluster.check_converged(),
                Ok(()),
                "repaired before the answer"
            );
        }
        cluster.settle().unwrap();
        assert_eq!(
            cluster.check_converged().is_ok(),
            readrepair != ReadRepair::Off
        );
    }
}

#[test]
fn repair_alone_makes_replicas_agree() {
    let mut cluster = cluster(|config| {
        config.readrepair = ReadRepair::Off;
        config.hints = Hints::Off;
    });
    let (owners, others) = owners_and_others(&cluster);
    cluster
        .partition(&[
            vec![owners[0], owners[1]],
            vec![owners[2], others[0], others[1]],
        ])
        .unwrap();
    for number in 0..50 {
        let key = format!("cart-{number}");
        let _ = cluster.put(key.as_bytes(), b"milk", &via(owners[0]));
    }
    assert!(cluster.check_converged().is_err());
    cluster.heal().unwrap();
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(cluster.check_converged(), Ok(()));
}

#[test]
fn a_delete_removes_what_it_read_and_spares_what_came_beside_it() {
    let mut cluster = cluster(|_| {});
    let (owners, _) = owners_and_others(&cluster);
    cluster
        .put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    let seen = cluster
        .get(b"cart", &GetOptions::default())
        .unwrap()
        .context;
    cluster.put(b"cart", b"eggs", &via(owners[1])).unwrap();
    cluster
        .delete(
            b"cart",
            &PutOptions {
                context: Some(seen),
                ..PutOptions::default()
            },
        )
        .unwrap();
    let all = GetOptions {
        read: Some(Level::All),
        ..GetOptions::default()
    };
    assert_eq!(
        cluster.get(b"cart", &all).unwrap().values,
        values(&["eggs"])
    );
    cluster.delete(b"cart", &PutOptions::default()).unwrap();
    assert!(cluster.get(b"cart", &all).unwrap().values.is_empty());
}

#[test]
fn a_forwarded_write_is_written_once_however_slow_the_network_is() {
    let slow = Duration::from_millis(60);
    let mut cluster = cluster(|config| (config.delay_min, config.delay_max) = (slow, slow));
    let (_, others) = owners_and_others(&cluster);
    let seen = cluster.put(b"cart", b"milk", &via(others[0])).unwrap();
    let next = PutOptions {
        context: Some(seen),
        ..via(others[0])
    };
    cluster.put(b"cart", b"eggs", &next).unwrap();
    cluster.run_for(Duration::from_secs(20)).unwrap();
    let all = GetOptions {
        read: Some(Level::All),
        ..GetOptions::default()
    };
    assert_eq!(
        cluster.get(b"cart", &all).unwrap().values,
        values(&["eggs"])
    );
}

#[test]
fn the_context_of_a_put_claims_no_sibling_that_its_client_was_not_shown() {
    let mut cluster = cluster(|_| {});
    cluster
        .put(b"cart", b"eggs", &PutOptions::default())
        .unwrap();
    cluster.run_for(Duration::from_secs(1)).unwrap();
    let seen = cluster
        .put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    let more = PutOptions {
        context: Some(seen),
        ..PutOptions::default()
    };
    cluster.put(b"cart", b"milk and tea", &more).unwrap();
    cluster.run_for(Duration::from_secs(10)).unwrap();
    let all = GetOptions {
        read: Some(Level::All),
        ..GetOptions::default()
    };
    assert_eq!(
        cluster.get(b"cart", &all).unwrap().values,
        values(&["eggs", "milk and tea"])
    );
}

#[test]
fn a_context_of_another_key_or_of_nowhere_is_refused() {
    let mut cluster = cluster(|_| {});
    let seen = cluster
        .put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    let nowhere = Context(Bytes::from_static(b"not a context at all"));
    for context in [seen, nowhere] {
        let options = PutOptions {
            context: Some(context),
            ..PutOptions::default()
        };
        let error = cluster.put(b"list", b"eggs", &options).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
    assert!(
        cluster
            .get(b"list", &GetOptions::default())
            .unwrap()
            .values
            .is_empty()
    );
}

#[test]
fn a_request_is_waited_for_once() {
    let mut cluster = cluster(|_| {});
    let ticket = cluster
        .start_put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    cluster.settle().unwrap();
    assert!(cluster.wait(ticket).is_ok());
    assert_eq!(
        cluster.wait(ticket).unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[test]
fn a_node_that_dies_with_a_request_open_ends_it() {
    let mut cluster = cluster(|_| {});
    let (owners, _) = owners_and_others(&cluster);
    let put = cluster
        .start_put(b"cart", b"milk", &via(owners[0]))
        .unwrap();
    let get = GetOptions {
        via: Some(owners[0]),
        ..GetOptions::default()
    };
    let get = cluster.start_get(b"cart", &get).unwrap();
    cluster.kill(owners[0]).unwrap();
    assert_eq!(cluster.wait(put).unwrap_err().code(), Code::Ambiguous);
    assert_eq!(cluster.wait(get).unwrap_err().code(), Code::Unavailable);
    assert_eq!(
        cluster
            .get(
                b"cart",
                &GetOptions {
                    via: Some(owners[0]),
                    ..GetOptions::default()
                }
            )
            .unwrap_err()
            .code(),
        Code::Unavailable
    );
}

#[test]
fn a_full_node_refuses_and_recovers() {
    let mut cluster = cluster(|_| {});
    let (owners, _) = owners_and_others(&cluster);
    let limit = crate::base::limits::REQUESTS_PENDING_MAX;
    let tickets: Vec<_> = (0..=limit)
        .map(|_| cluster.start_put(b"cart", b"v", &via(owners[0])).unwrap())
        .collect();
    let refused = tickets
        .into_iter()
        .filter_map(|ticket| cluster.wait(ticket).err());
    let codes: Vec<Code> = refused.map(|error| error.code()).collect();
    assert!(
        codes.contains(&Code::Overloaded),
        "one request too many is refused"
    );
    assert!(
        codes.contains(&Code::Conflict),
        "and siblings have their limit too"
    );
    cluster.settle().unwrap();
    cluster.put(b"list", b"v", &via(owners[0])).unwrap();
}

#[test]
fn partitions_and_faults_name_nodes_that_exist() {
    let mut cluster = cluster(|_| {});
    let n = |numbers: &[u32]| numbers.iter().copied().map(NodeId).collect::<Vec<_>>();
    for groups in [
        vec![],
        vec![n(&[1, 2, 3, 4, 5])],
        vec![n(&[1]), n(&[1, 2])],
        vec![n(&[1]), n(&[9])],
    ] {
        assert_eq!(
            cluster.partition(&groups).unwrap_err().code(),
            Code::InvalidArgument,
            "{groups:?}"
        );
    }
    cluster.partition(&[n(&[1, 2])]).unwrap();
    cluster.heal().unwrap();
    assert_eq!(
        cluster.kill(NodeId(6)).unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(
        cluster.restart(NodeId(1)).unwrap_err().code(),
        Code::InvalidArgument
    );
    cluster.kill(NodeId(1)).unwrap();
    assert_eq!(
        cluster.kill(NodeId(1)).unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[test]
fn an_acknowledgement_never_precedes_its_w_durable_copies() {
    for write in 1..=3 {
        let mut cluster = cluster(|config| config.write = Level::Count(write));
        for number in 0..20 {
            cluster
                .put(
                    format!("k{number}").as_bytes(),
                    b"v",
                    &PutOptions::default(),
                )
                .unwrap();
        }
        let mut stored = 0;
        for event in cluster.trace().events() {
            match &event.what {
                What::Call { .. } => stored = 0,
                What::Stored { text, .. } if text == "write" || text == "copy" => stored += 1,
                What::Answer { .. } => assert!(stored >= write, "{stored} copies at W={write}"),
                _ => {}
            }
        }
    }
}

#[test]
fn last_write_wins_keeps_one_value_and_the_raw_clock_does_too() {
    for conflict in [Conflict::Lww, Conflict::LwwWall] {
        let mut cluster = cluster(|config| config.conflict = conflict);
        let tickets: Vec<_> = cluster
            .nodes()
            .into_iter()
            .map(|node| {
                cluster
                    .start_put(b"cart", node.to_string().as_bytes(), &via(node))
                    .unwrap()
            })
            .collect();
        for ticket in tickets {
            cluster.wait(ticket).unwrap();
        }
        cluster.run_for(Duration::from_secs(10)).unwrap();
        assert_eq!(cluster.check_converged(), Ok(()));
        assert_eq!(cluster.check_no_lost_writes(), Ok(()));
        assert_eq!(
            cluster
                .get(b"cart", &GetOptions::default())
                .unwrap()
                .values
                .len(),
            1
        );
    }
}

#[test]
fn figures_weigh_a_change_without_making_it() {
    let cluster = cluster(|config| config.tokens = 256);
    let join = Change::Join {
        node: NodeId(6),
        zone: crate::Zone(1),
        weight: 1,
    };
    let moved = |kind| cluster.weigh(join, kind, 20_000).unwrap().share();
    assert!((moved(PlacementKind::Ring) - 1.0 / 6.0).abs() < 0.03);
    assert!((moved(PlacementKind::Modulo) - 5.0 / 6.0).abs() < 0.03);
    assert_eq!(cluster.nodes().len(), 5);
    assert!(
        cluster
            .weigh(Change::Leave(NodeId(9)), PlacementKind::Ring, 10)
            .is_err()
    );
    assert!(cluster.balance(0).is_err());
}

#[test]
fn a_hot_key_stays_with_its_owners() {
    let busiest = |tokens, hot| {
        let mut cluster = cluster(|config| {
            (config.tokens, config.replication) = (tokens, 1);
            (config.read, config.write) = (Level::Count(1), Level::Count(1));
        });
        let plan = LoadPlan {
            operations: 2_000,
            keys: 500,
            value_bytes: 10,
            reads: 0.9,
            hot,
            ..LoadPlan::default()
        };
        cluster.load(&plan).unwrap().busiest().unwrap().1
    };
    assert!(busiest(256, 0.0) < 0.3);
    assert!(
        busiest(16, 0.5) > 0.45 && busiest(256, 0.5) > 0.45,
        "more tokens do not spread one key"
    );
}

#[test]
fn a_node_that_comes_back_within_a_millisecond_hides_no_write() {
    for seed in 0..20 {
        let mut cluster = cluster(|config| {
            config.seed = seed;
            (config.delay_min, config.delay_max) =
                (Duration::from_micros(10), Duration::from_micros(10));
        });
        let (_, others) = owners_and_others(&cluster);
        cluster
            .start_put(b"cart", b"milk", &via(others[0]))
            .unwrap();
        // An owner was asked and has accepted; the put is on its way to it, under a stamp that the node forgets.
        cluster.run_for(Duration::from_micros(25)).unwrap();
        cluster.kill(others[0]).unwrap();
        cluster.restart(others[0]).unwrap();
        cluster.put(b"cart", b"eggs", &via(others[0])).unwrap();
        cluster.run_for(Duration::from_secs(10)).unwrap();
        assert_eq!(
            cluster.get(b"cart", &GetOptions::default()).unwrap().values,
            values(&["eggs", "milk"]),
            "seed {seed}"
        );
    }
}

#[test]
fn answered_reads_do_not_hold_the_places_of_others() {
    let mut cluster = cluster(|config| {
        config.timeout = Duration::from_secs(3_600);
        config.repair = Duration::ZERO;
    });
    let (owners, _) = owners_and_others(&cluster);
    // One owner never answers, so that no read hears from all.
    cluster.kill(owners[2]).unwrap();
    let get = GetOptions {
        via: Some(owners[0]),
        ..GetOptions::default()
    };
    for number in 0..=crate::base::limits::REQUESTS_PENDING_MAX {
        assert!(cluster.get(b"cart", &get).is_ok(), "get {number}");
    }
}

#[test]
fn the_timers_of_ended_requests_do_not_pile_up() {
    let mut cluster = cluster(|config| {
        config.timeout = Duration::from_secs(3_600);
        config.repair = Duration::ZERO;
    });
    let plan = LoadPlan {
        operations: 10_000,
        keys: 10,
        value_bytes: 1,
        reads: 0.5,
        ..LoadPlan::default()
    };
    assert_eq!(cluster.load(&plan).unwrap().errors, 0);
    assert!(
        cluster.world.pending() < 5_000,
        "{}",
        cluster.world.pending()
    );
}

#[test]
fn a_run_ends_before_its_clock_does() {
    use crate::base::limits::{RUN_SECONDS_MAX, TIME_SECONDS_MAX};
    let longest = Duration::from_secs(RUN_SECONDS_MAX);
    let mut cluster = cluster(|config| {
        config.repair = longest;
        config.timeout = longest;
        // Who is alive is nothing to ask every second for a hundred years.
        config.detector = DetectorKind::Off;
        (config.purge, config.purge_every) = (Purge::Off, longest);
    });
    // At the end of the clock every timer is due at once, for ever.
    for _ in 0..TIME_SECONDS_MAX / RUN_SECONDS_MAX {
        cluster.run_for(longest).unwrap();
    }
    let over = cluster.run_for(longest).unwrap_err();
    assert_eq!(over.code(), Code::InvalidArgument);
    let over = cluster.put(b"cart", b"milk", &PutOptions::default());
    assert_eq!(over.unwrap_err().code(), Code::InvalidArgument);
}

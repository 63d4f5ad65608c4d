//! A write that its client tries again under one token is applied once.

use super::*;
use crate::base::mutant::Mutant;
use crate::crdt::{Change, Kind};

fn tokened(token: u64, node: NodeId) -> PutOptions {
    PutOptions {
        token: Some(token),
        ..via(node)
    }
}

#[test]
fn a_put_tried_again_through_another_node_is_one_write() {
    for through_owners in [true, false] {
        let mut cluster = cluster(|_| {});
        let (owners, others) = owners_and_others(&cluster);
        let nodes = if through_owners { owners } else { others };
        cluster
            .put(b"cart", b"milk", &tokened(7, nodes[0]))
            .unwrap();
        cluster.run_for(Duration::from_secs(1)).unwrap();
        cluster
            .put(b"cart", b"milk", &tokened(7, nodes[1]))
            .unwrap();
        assert_eq!(read(&mut cluster, b"cart", &all()), values(&["milk"]));
        assert_eq!(cluster.stats().total.repeated, 1);
        cluster
            .put(b"cart", b"eggs", &tokened(8, nodes[1]))
            .unwrap();
        assert_eq!(
            read(&mut cluster, b"cart", &all()),
            values(&["eggs", "milk"]),
            "another token, another write"
        );
        cluster.run_for(Duration::from_secs(5)).unwrap();
        assert_eq!(cluster.check_applied_once(), Ok(()));
    }
}

#[test]
fn a_put_of_unknown_end_tried_again_elsewhere_is_shown_once_and_deleted_whole() {
    let mut cluster = cluster(|_| {});
    let (owners, others) = owners_and_others(&cluster);
    cluster.isolate(owners[0]).unwrap();
    let unsure = cluster
        .put(b"cart", b"milk", &tokened(7, owners[0]))
        .unwrap_err();
    assert_eq!(unsure.code(), Code::Ambiguous);
    // The owners that the client turns to know nothing of the first try, which lives on.
    cluster
        .put(b"cart", b"milk", &tokened(7, others[0]))
        .unwrap();
    cluster.heal().unwrap();
    cluster.run_for(Duration::from_secs(30)).unwrap();
    let read = cluster.get(b"cart", &all()).unwrap();
    assert_eq!(read.values, values(&["milk"]));
    assert_eq!(cluster.check_applied_once(), Ok(()));
    assert_eq!(cluster.check_converged(), Ok(()));
    let shown = PutOptions {
        context: Some(read.context),
        ..PutOptions::default()
    };
    cluster.delete(b"cart", &shown).unwrap();
    cluster.run_for(Duration::from_secs(5)).unwrap();
    assert!(
        super::read(&mut cluster, b"cart", &all()).is_empty(),
        "both copies are gone"
    );
    assert_eq!(cluster.check_no_resurrection(), Ok(()));
}

#[test]
fn the_check_sees_a_token_that_is_ignored() {
    let mut cluster = cluster(|config| config.mutant = Some(Mutant::IgnoreToken));
    let owners = cluster.owners(b"cart");
    cluster
        .put(b"cart", b"milk", &tokened(7, owners[0]))
        .unwrap();
    cluster
        .put(b"cart", b"milk", &tokened(7, owners[1]))
        .unwrap();
    cluster.run_for(Duration::from_secs(5)).unwrap();
    let violation = cluster.check_applied_once().unwrap_err();
    assert!(
        violation.words.contains("key cart has milk twice on n"),
        "{violation}"
    );
}

fn counting(change: impl FnOnce(&mut ClusterConfig)) -> Cluster {
    cluster(|config| {
        config.conflict = Conflict::Crdt(Kind::PnCounter);
        change(config);
    })
}

#[test]
fn an_increment_tried_again_through_another_node_counts_once() {
    for cut_off in [false, true] {
        let mut cluster = counting(|_| {});
        let (owners, others) = owners_and_others(&cluster);
        if cut_off {
            cluster.isolate(owners[0]).unwrap();
        }
        let first = cluster.update(b"cart", &Change::Add(5), &tokened(7, owners[0]));
        assert_eq!(
            first.map_err(|error| error.code()).err(),
            cut_off.then_some(Code::Ambiguous)
        );
        for node in [owners[1], others[0], owners[1], owners[2]] {
            cluster
                .update(b"cart", &Change::Add(5), &tokened(7, node))
                .unwrap();
        }
        cluster.heal().unwrap();
        cluster.run_for(Duration::from_secs(30)).unwrap();
        assert_eq!(
            read(&mut cluster, b"cart", &all()),
            values(&["5"]),
            "cut off: {cut_off}"
        );
        cluster
            .update(b"cart", &Change::Add(-2), &tokened(8, owners[0]))
            .unwrap();
        cluster
            .update(b"cart", &Change::Add(-2), &tokened(8, owners[0]))
            .unwrap();
        cluster.run_for(Duration::from_secs(5)).unwrap();
        assert_eq!(read(&mut cluster, b"cart", &all()), values(&["3"]));
        assert_eq!(cluster.check_applied_once(), Ok(()));
        assert_eq!(cluster.check_converged(), Ok(()));
    }
}

#[test]
fn an_increment_without_a_token_counts_as_often_as_it_is_sent() {
    let mut cluster = counting(|_| {});
    for node in cluster.nodes() {
        cluster
            .update(b"cart", &Change::Add(2), &via(node))
            .unwrap();
    }
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["10"]));
    cluster.settle().unwrap();
    assert_eq!(cluster.check_applied_once(), Ok(()));
}

#[test]
fn the_check_sees_an_increment_that_counts_twice() {
    for mutant in [Mutant::IgnoreToken] {
        let mut cluster = counting(|config| config.mutant = Some(mutant));
        let owners = cluster.owners(b"cart");
        for node in [owners[0], owners[1]] {
            let options = match mutant {
                Mutant::IgnoreToken => tokened(7, node),
                _ => via(node),
            };
            cluster.update(b"cart", &Change::Add(5), &options).unwrap();
        }
        cluster.run_for(Duration::from_secs(5)).unwrap();
        let violation = cluster.check_applied_once().unwrap_err();
        assert!(
            violation.words.contains("counter cart is "),
            "{mutant:?}: {violation}"
        );
    }
}

#[test]
fn what_stands_beside_a_retried_increment_counts_too() {
    // Two replicas that cannot reach each other: each applies the retried increment, and each has one of its own.
    let mut cluster = counting(|config| config.write = Level::Count(1));
    let (owners, others) = owners_and_others(&cluster);
    for early in [true, false] {
        let key = if early { b"cart" } else { b"list" };
        let owners = if early {
            owners.clone()
        } else {
            cluster.owners(key)
        };
        for side in [owners[0], owners[1], owners[2]] {
            cluster.isolate(side).unwrap();
        }
        for (side, own) in [(owners[0], 1), (owners[1], 10), (owners[2], 100)] {
            let alone = Change::Add(own);
            if early {
                cluster.update(key, &alone, &via(side)).unwrap();
            }
            cluster
                .update(key, &Change::Add(1_000), &tokened(7, side))
                .unwrap();
            if !early {
                cluster.update(key, &alone, &via(side)).unwrap();
            }
        }
        cluster.heal().unwrap();
        cluster.run_for(Duration::from_secs(30)).unwrap();
        assert_eq!(cluster.check_converged(), Ok(()));
        assert_eq!(cluster.check_applied_once(), Ok(()));
        let get = GetOptions {
            via: Some(others[0]),
            ..all()
        };
        assert_eq!(
            read(&mut cluster, key, &get),
            values(&["1111"]),
            "its own came first: {early}"
        );
        let page = cluster.scan(key, None, 1, None, &get).unwrap();
        assert_eq!(page.rows[0].1, values(&["1111"]));
        cluster
            .update(key, &Change::Add(0), &via(others[0]))
            .unwrap();
        assert_eq!(read(&mut cluster, key, &get), values(&["1111"]));
    }
}

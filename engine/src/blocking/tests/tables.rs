//! Tables: each with its own copies, its own answer to conflicts, its own time to live.

use super::*;
use crate::base::limits::TABLES_MAX;
use crate::node::{TableId, full_key};

/// The nodes whose disk holds something of a key of this table.
fn holders(cluster: &Cluster, id: TableId, key: &[u8]) -> Vec<NodeId> {
    let full = full_key(id, key);
    let holds = |node: &NodeId| !cluster.world().cell(*node, &full).unwrap().is_empty();
    cluster.nodes().into_iter().filter(holds).collect()
}

#[test]
fn a_table_has_as_many_copies_as_it_says() {
    let mut cluster = cluster(|config| config.write = Level::All);
    for (name, copies) in [("one", Some(1)), ("five", Some(5)), ("usual", None)] {
        cluster
            .add_table(name, Conflict::Siblings, copies, None)
            .unwrap();
    }
    assert_eq!(cluster.tables(), ["one", "five", "usual"]);
    for (id, name, copies) in [(1, "one", 1), (2, "five", 5), (3, "usual", 3)] {
        cluster.put(b"cart", b"milk", &in_table(name)).unwrap();
        let found = holders(&cluster, id, b"cart");
        assert_eq!(found.len(), copies, "{name}: {found:?}");
        assert!(
            found.contains(&cluster.owners(b"cart")[0]),
            "a key has one place in all tables"
        );
    }
    assert!(holders(&cluster, 0, b"cart").is_empty());
    assert_eq!(cluster.check_converged(), Ok(()));
}

#[test]
fn a_level_is_held_against_the_table_s_own_copies() {
    let mut cluster = cluster(|_| {});
    cluster
        .add_table("one", Conflict::Siblings, Some(1), None)
        .unwrap();
    let two = PutOptions {
        write: Some(Level::Count(2)),
        ..in_table("one")
    };
    let refused = cluster.put(b"cart", b"milk", &two).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused
            .to_string()
            .contains("write=2: it must be from 1 to 1"),
        "{refused}"
    );
    let quorum = PutOptions {
        write: Some(Level::Quorum),
        ..in_table("one")
    };
    assert!(cluster.put(b"cart", b"milk", &quorum).is_ok());
}

#[test]
fn one_key_in_two_tables_is_two_keys() {
    let mut cluster = cluster(|_| {});
    cluster
        .add_table("a", Conflict::Siblings, None, None)
        .unwrap();
    cluster
        .add_table("b", Conflict::Siblings, None, None)
        .unwrap();
    cluster
        .put(b"cart", b"milk", &PutOptions::default())
        .unwrap();
    cluster.put(b"cart", b"eggs", &in_table("a")).unwrap();
    cluster.put(b"cart", b"tea", &in_table("b")).unwrap();
    cluster.delete(b"cart", &in_table("a")).unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &GetOptions::default()),
        values(&["milk"])
    );
    assert!(read(&mut cluster, b"cart", &of_table("a")).is_empty());
    assert_eq!(
        read(&mut cluster, b"cart", &of_table("b")),
        values(&["tea"])
    );
}

#[test]
fn each_table_joins_concurrent_writes_in_its_own_way() {
    let mut cluster = cluster(|_| {});
    let expected: [(&str, Conflict, &[&str]); 4] = [
        ("siblings", Conflict::Siblings, &["eggs,milk", "milk,tea"]),
        ("lww", Conflict::Lww, &["milk,tea"]),
        ("lww-wall", Conflict::LwwWall, &["milk,tea"]),
        ("merge", Conflict::Merge, &["eggs,milk,tea"]),
    ];
    for (name, conflict, shown) in expected {
        cluster.add_table(name, conflict, None, None).unwrap();
        let owners = cluster.owners(b"cart");
        for (node, value) in [(owners[0], "eggs,milk"), (owners[1], "milk,tea")] {
            let put = PutOptions {
                via: Some(node),
                ..in_table(name)
            };
            cluster.put(b"cart", value.as_bytes(), &put).unwrap();
            cluster.run_for(Duration::from_millis(5)).unwrap();
        }
        let all = GetOptions {
            read: Some(Level::All),
            ..of_table(name)
        };
        assert_eq!(read(&mut cluster, b"cart", &all), values(shown), "{name}");
    }
    cluster.settle().unwrap();
    assert_eq!(cluster.check_converged(), Ok(()));
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
}

#[test]
fn a_merged_value_is_replaced_by_who_was_shown_it() {
    let mut cluster = cluster(|config| config.conflict = Conflict::Merge);
    let owners = cluster.owners(b"cart");
    for (node, value) in [(owners[0], "milk"), (owners[1], "tea"), (owners[2], "eggs")] {
        cluster.put(b"cart", value.as_bytes(), &via(node)).unwrap();
    }
    let shown = cluster.get(b"cart", &all()).unwrap();
    assert_eq!(shown.values, values(&["eggs,milk,tea"]));
    let without_tea = PutOptions {
        context: Some(shown.context),
        ..PutOptions::default()
    };
    cluster.put(b"cart", b"eggs,milk", &without_tea).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["eggs,milk"]));
    cluster.settle().unwrap();
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
}

#[test]
fn tables_that_make_no_sense_are_refused_and_change_nothing() {
    let mut cluster = cluster(|_| {});
    cluster
        .add_table("carts", Conflict::Lww, None, None)
        .unwrap();
    let zero = Some(Duration::ZERO);
    for (name, copies, ttl, said) in [
        ("carts", None, None, "a table 'carts' already"),
        ("x", Some(6), None, "replication=6"),
        ("x", Some(0), None, "replication=0"),
        ("x", None, zero, "ttl: the shortest is 1ms"),
        ("x", None, Some(Duration::MAX), "ttl: the longest"),
        ("", None, None, "already"),
    ] {
        let refused = cluster
            .add_table(name, Conflict::Lww, copies, ttl)
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{said}");
        assert!(refused.to_string().contains(said), "{said}: {refused}");
    }
    let unknown = cluster
        .get(b"cart", &of_table("cart"))
        .unwrap_err()
        .to_string();
    assert!(
        unknown.contains("there is no table 'cart': there are carts"),
        "{unknown}"
    );
    for number in 2..TABLES_MAX {
        cluster
            .add_table(&format!("t{number}"), Conflict::Lww, None, None)
            .unwrap();
    }
    let full = cluster
        .add_table("one too many", Conflict::Lww, None, None)
        .unwrap_err();
    assert_eq!(full.code(), Code::Overloaded);
    assert_eq!(cluster.tables().len(), TABLES_MAX - 1);
    // The last one works like the first.
    let last = format!("t{}", TABLES_MAX - 1);
    cluster.put(b"cart", b"milk", &in_table(&last)).unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &of_table(&last)),
        values(&["milk"])
    );
}

#[test]
fn a_node_that_was_down_when_a_table_came_knows_it_afterwards() {
    let mut cluster = cluster(|_| {});
    let owners = cluster.owners(b"cart");
    cluster.kill(owners[0]).unwrap();
    cluster
        .add_table("late", Conflict::Lww, Some(5), None)
        .unwrap();
    cluster.restart(owners[0]).unwrap();
    let put = |value: &'static str, cluster: &mut Cluster| {
        let put = PutOptions {
            via: Some(owners[0]),
            write: Some(Level::All),
            ..in_table("late")
        };
        cluster.put(b"cart", value.as_bytes(), &put).unwrap();
    };
    put("milk", &mut cluster);
    put("eggs", &mut cluster);
    assert_eq!(
        read(&mut cluster, b"cart", &of_table("late")),
        values(&["eggs"])
    );
    assert_eq!(holders(&cluster, 1, b"cart").len(), 5);
    for node in cluster.nodes() {
        cluster.kill(node).unwrap();
        cluster.restart(node).unwrap();
    }
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &of_table("late")),
        values(&["eggs"])
    );
    assert_eq!(cluster.check_converged(), Ok(()));
}

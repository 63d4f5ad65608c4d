//! Tables of replicated data types.

use super::*;
use crate::crdt::{Change, Kind};

fn table_of(kind: Kind) -> Cluster {
    cluster(|config| config.conflict = Conflict::Crdt(kind))
}

fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn insert(element: &str) -> Change {
    Change::Insert(text(element))
}

fn remove(element: &str) -> Change {
    Change::Remove(text(element))
}

fn set(field: &str, value: &str) -> Change {
    Change::Set {
        field: text(field),
        value: text(value),
    }
}

fn unset(field: &str) -> Change {
    Change::Unset { field: text(field) }
}

/// Each half's changes, made while a partition keeps the halves apart, on top of `before`; and what is read after.
fn apart(kind: Kind, before: &[Change], left: &[Change], right: &[Change]) -> Vec<Bytes> {
    let mut cluster = cluster(|config| {
        config.conflict = Conflict::Crdt(kind);
        config.write = Level::Count(1);
    });
    let (owners, others) = owners_and_others(&cluster);
    for change in before {
        cluster.update(b"cart", change, &via(owners[0])).unwrap();
        cluster.run_for(Duration::from_secs(1)).unwrap();
    }
    cluster
        .partition(&[
            vec![owners[0], others[0]],
            vec![owners[1], owners[2], others[1]],
        ])
        .unwrap();
    for (node, changes) in [(others[0], left), (others[1], right)] {
        for change in changes {
            cluster.update(b"cart", change, &via(node)).unwrap();
            cluster.run_for(Duration::from_millis(100)).unwrap();
        }
    }
    cluster.heal().unwrap();
    cluster.run_for(Duration::from_secs(30)).unwrap();
    assert_eq!(cluster.check_converged(), Ok(()));
    assert_eq!(cluster.check_applied_once(), Ok(()));
    read(&mut cluster, b"cart", &all())
}

#[test]
fn counters_add_up_what_both_halves_added() {
    let add = Change::Add;
    assert_eq!(
        apart(Kind::PnCounter, &[add(10)], &[add(5), add(-1)], &[add(-3)]),
        values(&["11"])
    );
    assert_eq!(
        apart(Kind::GCounter, &[add(10)], &[add(5)], &[add(3), add(0)]),
        values(&["18"])
    );
    assert_eq!(
        apart(Kind::PnCounter, &[], &[add(-1)], &[add(-1)]),
        values(&["-2"])
    );
}

#[test]
fn in_a_set_an_insert_outlives_a_concurrent_remove() {
    let left = [remove("milk"), insert("tea")];
    let right = [insert("milk"), remove("eggs")];
    assert_eq!(
        apart(
            Kind::OrSet,
            &[insert("milk"), insert("eggs")],
            &left,
            &right
        ),
        values(&["milk", "tea"])
    );
}

#[test]
fn in_a_map_the_later_value_of_each_field_wins() {
    let left = [set("name", "Ann"), set("town", "Rome"), unset("zip")];
    let right = [set("name", "Bob")];
    let before = [set("zip", "00100")];
    assert_eq!(
        apart(Kind::Map, &before, &left, &right),
        values(&["name=Bob", "town=Rome"])
    );
}

#[test]
fn in_a_register_the_later_value_wins() {
    let assign = |value: &str| Change::Assign(text(value));
    assert_eq!(
        apart(
            Kind::Register,
            &[assign("a")],
            &[assign("b")],
            &[assign("c")]
        ),
        values(&["c"])
    );
}

#[test]
fn what_was_never_changed_has_no_value() {
    for kind in Kind::ALL {
        assert!(
            read(&mut table_of(kind), b"cart", &all()).is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn a_deleted_counter_counts_anew() {
    let mut cluster = table_of(Kind::PnCounter);
    cluster
        .update(b"cart", &Change::Add(5), &PutOptions::default())
        .unwrap();
    cluster.delete(b"cart", &PutOptions::default()).unwrap();
    assert!(read(&mut cluster, b"cart", &all()).is_empty());
    cluster
        .update(b"cart", &Change::Add(2), &PutOptions::default())
        .unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["2"]));
}

#[test]
fn a_change_that_a_table_does_not_take_is_refused_and_says_what_it_takes() {
    let changes = [
        (Change::Add(1), "add"),
        (insert("x"), "insert"),
        (remove("x"), "remove"),
        (set("f", "x"), "set"),
        (unset("f"), "unset"),
        (Change::Assign(text("x")), "assign"),
    ];
    let taken: [(Kind, &[&str], &str); 5] = [
        (Kind::GCounter, &["add"], "add of 0 or more"),
        (Kind::PnCounter, &["add"], "add"),
        (Kind::OrSet, &["insert", "remove"], "insert and remove"),
        (Kind::Map, &["set", "unset"], "set and unset"),
        (Kind::Register, &["assign"], "assign"),
    ];
    for (kind, taken, said) in taken {
        let mut cluster = table_of(kind);
        for (change, name) in &changes {
            let told = cluster.update(b"cart", change, &PutOptions::default());
            match taken.contains(name) {
                true => assert!(told.is_ok(), "{kind} takes {name}: {told:?}"),
                false => {
                    let refused = told.unwrap_err();
                    assert_eq!(refused.code(), Code::InvalidArgument, "{kind} {name}");
                    assert!(
                        refused.to_string().contains(said),
                        "{kind} {name}: {refused}"
                    );
                }
            }
        }
        let put = cluster
            .put(b"cart", b"milk", &PutOptions::default())
            .unwrap_err();
        assert_eq!(put.code(), Code::InvalidArgument);
        assert!(
            put.to_string()
                .contains(&format!("this table holds a {kind}")),
            "{put}"
        );
    }
    let mut plain = cluster(|_| {});
    for (change, name) in &changes {
        let refused = plain
            .update(b"cart", change, &PutOptions::default())
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{name}");
        assert!(
            refused
                .to_string()
                .contains("a table with conflict=counter"),
            "{refused}"
        );
    }
}

#[test]
fn a_growing_counter_does_not_shrink() {
    let mut cluster = table_of(Kind::GCounter);
    cluster
        .update(b"cart", &Change::Add(5), &PutOptions::default())
        .unwrap();
    let refused = cluster
        .update(b"cart", &Change::Add(-1), &PutOptions::default())
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["5"]));
    cluster.settle().unwrap();
    assert_eq!(
        cluster.check_applied_once(),
        Ok(()),
        "what was refused did not count"
    );
}

#[test]
fn a_change_needs_an_owner_even_at_any() {
    let mut cluster = table_of(Kind::OrSet);
    let (owners, others) = owners_and_others(&cluster);
    for owner in owners {
        cluster.kill(owner).unwrap();
    }
    let any = PutOptions {
        write: Some(Level::Any),
        ..via(others[0])
    };
    let refused = cluster.update(b"cart", &insert("milk"), &any).unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        refused
            .to_string()
            .contains("only an owner can change this value"),
        "{refused}"
    );
}

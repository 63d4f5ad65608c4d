//! Sessions: a client never reads less than it wrote or read before.

use super::*;
use crate::base::limits::SESSIONS_MAX;
use crate::base::mutant::Mutant;

fn session(name: &str) -> Option<String> {
    Some(name.to_owned())
}

/// A cluster on which the last owner of `cart` missed session s's put of milk; and the owners.
fn with_a_stale_replica(mutant: Option<Mutant>) -> (Cluster, Vec<NodeId>) {
    let mut cluster = cluster(|config| {
        config.hints = Hints::Off;
        config.readrepair = ReadRepair::Off;
        config.repair = Duration::ZERO;
        config.mutant = mutant;
    });
    let owners = cluster.owners(b"cart");
    // Whoever dies before its first sync is taken for one that has lost its disk, and is filled by its peers.
    cluster.run_for(Duration::from_secs(1)).unwrap();
    cluster.kill(owners[2]).unwrap();
    let put = PutOptions {
        session: session("s"),
        client: 1,
        ..via(owners[0])
    };
    cluster.put(b"cart", b"milk", &put).unwrap();
    cluster.restart(owners[2]).unwrap();
    (cluster, owners)
}

/// One owner alone answers.
fn from(owner: NodeId, name: Option<String>) -> GetOptions {
    GetOptions {
        via: Some(owner),
        read: Some(Level::Count(1)),
        to: vec![owner],
        session: name,
        client: 1,
        ..GetOptions::default()
    }
}

#[test]
fn a_session_reads_its_own_writes_or_an_error_never_less() {
    let (mut cluster, owners) = with_a_stale_replica(None);
    assert!(
        read(&mut cluster, b"cart", &from(owners[2], None)).is_empty(),
        "who is in no session may read less"
    );
    assert!(read(&mut cluster, b"cart", &from(owners[2], session("other"))).is_empty());
    let refused = cluster
        .get(b"cart", &from(owners[2], session("s")))
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        refused
            .to_string()
            .contains("knows as much as the session has seen"),
        "{refused}"
    );
    assert_eq!(
        read(&mut cluster, b"cart", &from(owners[1], session("s"))),
        values(&["milk"])
    );
    // Left alone, the node finds a replica that knows enough by itself.
    let any = GetOptions {
        to: Vec::new(),
        ..from(owners[2], session("s"))
    };
    assert_eq!(read(&mut cluster, b"cart", &any), values(&["milk"]));
    assert_eq!(cluster.check_sessions(), Ok(()));
}

#[test]
fn a_session_never_reads_older_than_it_read_before() {
    let (mut cluster, owners) = with_a_stale_replica(None);
    assert_eq!(
        read(&mut cluster, b"cart", &from(owners[1], session("reader"))),
        values(&["milk"])
    );
    assert!(
        cluster
            .get(b"cart", &from(owners[2], session("reader")))
            .is_err()
    );
    let other = cluster.owners(b"list")[0];
    assert!(
        read(&mut cluster, b"list", &from(other, session("reader"))).is_empty(),
        "another key"
    );
    assert_eq!(cluster.check_sessions(), Ok(()));
}

#[test]
fn the_check_sees_a_session_that_is_ignored() {
    let (mut cluster, owners) = with_a_stale_replica(Some(Mutant::IgnoreSession));
    assert!(
        read(&mut cluster, b"cart", &from(owners[2], session("s"))).is_empty(),
        "the bug"
    );
    let violation = cluster.check_sessions().unwrap_err();
    assert_eq!(violation.rule, "read your writes", "{violation}");
    assert_eq!(violation.operations, [0, 1]);
}

#[test]
fn a_session_s_write_supersedes_what_the_session_has_seen() {
    let mut cluster = cluster(|_| {});
    let owners = cluster.owners(b"cart");
    let put = |node: NodeId, name: &str| PutOptions {
        session: session(name),
        ..via(node)
    };
    cluster.put(b"cart", b"milk", &put(owners[0], "a")).unwrap();
    cluster.put(b"cart", b"eggs", &put(owners[1], "b")).unwrap();
    cluster
        .put(b"cart", b"milk and tea", &put(owners[2], "a"))
        .unwrap();
    assert_eq!(
        read(&mut cluster, b"cart", &all()),
        values(&["eggs", "milk and tea"]),
        "b's was not seen by a"
    );
    let seen = GetOptions {
        session: session("b"),
        ..all()
    };
    cluster.get(b"cart", &seen).unwrap();
    cluster.put(b"cart", b"all", &put(owners[0], "b")).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["all"]));
    cluster.settle().unwrap();
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
}

#[test]
fn a_session_s_tables_are_apart() {
    let (mut cluster, owners) = with_a_stale_replica(None);
    cluster
        .add_table("other", Conflict::Siblings, None, None)
        .unwrap();
    let other = GetOptions {
        table: Some("other".to_owned()),
        ..from(owners[2], session("s"))
    };
    assert!(read(&mut cluster, b"cart", &other).is_empty());
}

#[test]
fn sessions_have_a_limit() {
    let mut cluster = cluster(|_| {});
    let get = |number: usize| GetOptions {
        session: Some(format!("s{number}")),
        ..GetOptions::default()
    };
    for number in 0..SESSIONS_MAX {
        let ticket = cluster.start_get(b"cart", &get(number)).unwrap();
        cluster.wait(ticket).unwrap();
    }
    let full = cluster.start_get(b"cart", &get(SESSIONS_MAX)).unwrap_err();
    assert_eq!(full.code(), Code::Overloaded);
    assert!(
        cluster.get(b"cart", &get(0)).is_ok(),
        "those that are there go on"
    );
}

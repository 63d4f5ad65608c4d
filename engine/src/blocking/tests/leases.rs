//! Leases: one holder at a time, and tokens that only rise.

use super::*;
use crate::blocking::Lease;
use crate::sim::ClockFault;

const TTL: Duration = Duration::from_secs(10);

fn leases() -> Cluster {
    cluster(|config| config.conflict = Conflict::Cas)
}

fn acquire(cluster: &mut Cluster, holder: &str) -> Result<Lease, crate::Error> {
    cluster.acquire_lease("file", holder, TTL, &PutOptions::default())
}

#[test]
fn a_lease_is_free_when_absent_released_or_expired_and_its_token_only_rises() {
    let (mut cluster, usual) = (leases(), PutOptions::default());
    let mut tokens = Vec::new();
    for round in 0..3 {
        let ann = acquire(&mut cluster, "ann").unwrap();
        tokens.push(ann.token);
        let refused = acquire(&mut cluster, "bob").unwrap_err();
        assert_eq!(refused.code(), Code::Conflict);
        let text = refused.to_string();
        assert!(
            text.contains("the lease 'file' is not free") && text.contains("found 'ann'"),
            "{text}"
        );
        match round {
            0 => cluster.release_lease(&ann, &usual).unwrap(),
            _ => cluster.run_for(TTL).unwrap(),
        }
    }
    assert!(tokens.is_sorted_by(|a, b| a < b), "{tokens:?}");
}

#[test]
fn a_renewed_lease_keeps_its_token_and_lasts_from_the_renewal_on() {
    let (mut cluster, usual) = (leases(), PutOptions::default());
    let mut lease = acquire(&mut cluster, "ann").unwrap();
    for _ in 0..3 {
        cluster.run_for(Duration::from_secs(8)).unwrap();
        let renewed = cluster.renew_lease(&lease, TTL, &usual).unwrap();
        assert_eq!(renewed.token, lease.token);
        assert!(renewed.until > lease.until && renewed.version > lease.version);
        assert_eq!(
            cluster.renew_lease(&lease, TTL, &usual).unwrap_err().code(),
            Code::Conflict,
            "the old state of it is no more"
        );
        lease = renewed;
    }
    assert!(acquire(&mut cluster, "bob").is_err());
}

#[test]
fn an_expired_lease_is_neither_renewed_nor_taken_from_the_next_holder() {
    let (mut cluster, usual) = (leases(), PutOptions::default());
    let ann = acquire(&mut cluster, "ann").unwrap();
    cluster.run_for(TTL).unwrap();
    let lost = cluster.renew_lease(&ann, TTL, &usual).unwrap_err();
    assert_eq!(lost.code(), Code::Conflict);
    assert!(lost.to_string().contains("ann no longer holds"), "{lost}");
    let bob = acquire(&mut cluster, "bob").unwrap();
    assert!(bob.token > ann.token);
    assert_eq!(
        cluster.release_lease(&ann, &usual).unwrap_err().code(),
        Code::Conflict
    );
    let holder = read(&mut cluster, b"file", &GetOptions::default());
    assert_eq!(holder, values(&["bob"]));
}

#[test]
fn until_lies_before_the_deadline_that_the_nodes_judge_by() {
    let mut cluster = leases();
    for micros in [0_u64, 1, 499, 900, 999] {
        cluster.run_for(Duration::from_micros(micros)).unwrap();
        let lease = acquire(&mut cluster, "ann").unwrap();
        cluster.run_for(lease.until.since(cluster.now())).unwrap();
        for (node, acceptor) in cluster.acceptors(b"file", None).unwrap() {
            let deadline = acceptor.state.deadline.unwrap();
            assert!(cluster.world().wall(node).unwrap() < deadline, "{lease:?}");
        }
        cluster.run_for(TTL).unwrap();
    }
}

#[test]
fn a_clock_that_runs_ahead_makes_two_holders_and_their_tokens_tell_which_is_newer() {
    let mut cluster = leases();
    let ann = acquire(&mut cluster, "ann").unwrap();
    let fast = NodeId(2);
    cluster
        .clock(fast, ClockFault::Ahead(Duration::from_secs(30)))
        .unwrap();
    let bob = cluster
        .acquire_lease("file", "bob", TTL, &via(fast))
        .unwrap();
    assert!(cluster.now() < ann.until, "ann counts on it still");
    assert!(bob.token > ann.token);
}

#[test]
fn a_lease_refuses_what_it_cannot_keep() {
    let mut cluster = leases();
    cluster
        .add_table("plain", Conflict::Lww, None, None)
        .unwrap();
    let mut told = |ttl: Duration, options: &PutOptions| {
        let error = cluster
            .acquire_lease("file", "ann", ttl, options)
            .unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        error.to_string()
    };
    assert!(told(TTL, &in_table("plain")).contains("conflict=cas"));
    assert!(told(Duration::ZERO, &PutOptions::default()).contains("ttl"));
    let retried = PutOptions {
        token: Some(1),
        ..PutOptions::default()
    };
    assert!(told(TTL, &retried).contains("no idempotency key"));
}

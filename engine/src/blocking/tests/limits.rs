//! Too much of something is refused, in words, and shows in the figures.

use super::*;
use crate::base::limits::SIBLINGS_MAX;
use crate::node::{client_key, full_key};

#[test]
fn a_node_admits_a_burst_and_then_its_rate() {
    let mut cluster = cluster(|config| (config.rate, config.burst) = (10, 5));
    let node = NodeId(1);
    let get = GetOptions {
        via: Some(node),
        ..GetOptions::default()
    };
    let burst = |cluster: &mut Cluster, count: usize| -> Vec<crate::Error> {
        let tickets: Vec<_> = (0..count)
            .map(|_| cluster.start_get(b"cart", &get).unwrap())
            .collect();
        tickets
            .into_iter()
            .filter_map(|ticket| cluster.wait(ticket).err())
            .collect()
    };
    let refused = burst(&mut cluster, 20);
    assert_eq!(refused.len(), 15);
    for error in &refused {
        assert_eq!(error.code(), Code::Overloaded);
        let said = error.to_string();
        assert!(
            said.contains("n1 admits 10 requests a second; try again later, or ask another node"),
            "{said}"
        );
    }
    assert_eq!(cluster.stats().total.overloaded, 15);
    let put = cluster.put(b"cart", b"milk", &via(node)).unwrap_err();
    assert_eq!(put.code(), Code::Overloaded, "writes count too");
    assert!(
        cluster.put(b"cart", b"milk", &via(NodeId(2))).is_ok(),
        "another node admits its own"
    );
    cluster.run_for(Duration::from_millis(300)).unwrap();
    assert_eq!(burst(&mut cluster, 20).len(), 17, "three more after 300 ms");
    cluster.run_for(Duration::from_secs(60)).unwrap();
    assert_eq!(
        burst(&mut cluster, 20).len(),
        15,
        "what was not used does not pile up beyond the burst"
    );
    let values = cluster.get(
        b"cart",
        &GetOptions {
            via: Some(NodeId(3)),
            ..GetOptions::default()
        },
    );
    assert_eq!(
        values.unwrap().values,
        super::values(&["milk"]),
        "what was refused was not written"
    );
}

#[test]
fn without_a_rate_everything_is_admitted() {
    let mut cluster = cluster(|config| config.burst = 1);
    let tickets: Vec<_> = (0..500)
        .map(|_| cluster.start_get(b"cart", &GetOptions::default()).unwrap())
        .collect();
    assert!(
        tickets
            .into_iter()
            .all(|ticket| cluster.wait(ticket).is_ok())
    );
}

#[test]
fn a_load_at_a_rate_takes_its_time_and_tells_how_long_requests_took() {
    let mut cluster = cluster(|_| {});
    let plan = LoadPlan {
        operations: 200,
        rate: 100,
        prefix: "cart-".to_owned(),
        ..LoadPlan::default()
    };
    let before = cluster.now();
    let report = cluster.load(&plan).unwrap();
    let took = cluster.now().since(before);
    assert!(
        (Duration::from_millis(1_990)..Duration::from_millis(2_100)).contains(&took),
        "{took:?}"
    );
    let (half, most) = report.latency.unwrap();
    assert!(
        Duration::from_millis(2) < half && half <= most && most < Duration::from_millis(100),
        "{half:?} {most:?}"
    );
    assert_eq!((report.ok, report.errors), (200, 0));
    let keys = cluster
        .history()
        .operations()
        .iter()
        .map(|operation| client_key(&operation.key));
    assert!(keys.clone().count() == 200 && keys.clone().all(|key| key.starts_with(b"cart-")));
}

#[test]
fn a_hot_key_shows_and_even_ones_do_not() {
    let plan = LoadPlan {
        operations: 2_000,
        keys: 1_000,
        ..LoadPlan::default()
    };
    let mut even = cluster(|_| {});
    even.load(&plan).unwrap();
    assert!(even.stats().hot.is_empty(), "{:?}", even.stats().hot);
    let mut skewed = cluster(|_| {});
    skewed.load(&LoadPlan { hot: 0.5, ..plan }).unwrap();
    let hot = skewed.stats().hot;
    assert_eq!(hot.len(), 1, "{hot:?}");
    assert_eq!(hot[0].0, full_key(0, b"key-0"));
    assert!(
        (900..1_200).contains(&hot[0].1),
        "half of 2000 requests: {}",
        hot[0].1
    );
}

#[test]
fn a_few_requests_make_no_key_hot() {
    let mut cluster = cluster(|_| {});
    for _ in 0..10 {
        cluster.get(b"cart", &GetOptions::default()).unwrap();
    }
    assert!(cluster.stats().hot.is_empty());
}

#[test]
fn one_sibling_too_many_is_a_conflict_that_says_what_to_do() {
    let mut cluster = cluster(|_| {});
    let owner = cluster.owners(b"cart")[0];
    for number in 0..SIBLINGS_MAX {
        cluster
            .put(b"cart", number.to_string().as_bytes(), &via(owner))
            .unwrap();
    }
    let refused = cluster.put(b"cart", b"one more", &via(owner)).unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
    let advice = format!(
        "{SIBLINGS_MAX} concurrent versions already; get the key and put with that context"
    );
    assert!(refused.to_string().contains(&advice), "{refused}");
    let shown = cluster.get(b"cart", &all()).unwrap();
    assert_eq!(
        shown.values.len(),
        SIBLINGS_MAX,
        "what was refused was not written"
    );
    let joined = PutOptions {
        context: Some(shown.context),
        ..via(owner)
    };
    cluster.put(b"cart", b"joined", &joined).unwrap();
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["joined"]));
    cluster.settle().unwrap();
    assert_eq!(cluster.check_no_lost_writes(), Ok(()));
}

#[test]
fn last_write_wins_has_no_siblings_to_be_too_many() {
    let mut cluster = cluster(|config| config.conflict = Conflict::Lww);
    for number in 0..=2 * SIBLINGS_MAX {
        cluster
            .put(
                b"cart",
                number.to_string().as_bytes(),
                &PutOptions::default(),
            )
            .unwrap();
    }
    assert_eq!(read(&mut cluster, b"cart", &all()), values(&["128"]));
}

#[test]
fn every_bound_holds_after_a_busy_run() {
    let mut cluster = cluster(|config| config.loss = 0.05);
    cluster
        .load(&LoadPlan {
            operations: 500,
            rate: 1_000,
            ..LoadPlan::default()
        })
        .unwrap();
    assert_eq!(cluster.check_bounded(), Ok(()));
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(cluster.check_bounded(), Ok(()));
}

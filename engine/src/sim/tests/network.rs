//! Losses, copies, late messages, held links.

use super::*;
use crate::base::limits::HELD_MESSAGES_MAX;
use crate::sim::{Delay, LinkConfig};

#[test]
fn a_lost_message_is_counted_where_it_is_lost() {
    let mut world = world();
    let network = NetworkConfig {
        loss: 0.5,
        ..*world.network_config()
    };
    world.network(network).unwrap();
    send(&mut world, N1, N2, 1_000);
    world.settle().unwrap();
    let lost = struck(&world, FaultKind::Loss);
    assert!((400..600).contains(&lost), "{lost}");
    assert_eq!(arrived(&world, N2).len() as u64, 1_000 - lost);
}

#[test]
fn a_duplicate_is_delivered_twice_and_each_copy_takes_its_own_time() {
    let mut world = world();
    let network = NetworkConfig {
        delay_max: ms(9),
        duplicate: 1.0,
        ..*world.network_config()
    };
    world.network(network).unwrap();
    send(&mut world, N1, N2, 100);
    world.settle().unwrap();
    let mut messages = arrived(&world, N2);
    let neighbours = messages.windows(2).filter(|pair| pair[0] == pair[1]);
    assert!(neighbours.count() < 20, "copies come at times of their own");
    messages.sort_unstable();
    assert_eq!(messages.len(), 200);
    assert!(messages.chunks(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(struck(&world, FaultKind::Duplicate), 100);
}

#[test]
fn a_message_that_is_held_up_is_overtaken_and_only_then_counted() {
    let mut world = world();
    let network = NetworkConfig {
        reorder: 0.2,
        reorder_by: ms(10),
        ..*world.network_config()
    };
    world.network(network).unwrap();
    // Alone on its link nothing is overtaken.
    send(&mut world, N3, N4, 1);
    world.settle().unwrap();
    assert_eq!(struck(&world, FaultKind::Reorder), 0);
    for _ in 0..200 {
        send(&mut world, N1, N2, 1);
        run_for(&mut world, ms(1));
    }
    world.settle().unwrap();
    let messages = arrived(&world, N2);
    let overtaken = |place: usize| messages[..place].iter().any(|m| *m > messages[place]);
    let overtaken = (0..messages.len())
        .filter(|place| overtaken(*place))
        .count();
    assert!((20..60).contains(&overtaken), "{overtaken}");
    assert_eq!(struck(&world, FaultKind::Reorder), overtaken as u64);
}

#[test]
fn a_link_goes_before_the_network_in_its_own_direction() {
    let mut world = world();
    let slow = LinkConfig {
        delay: Some(Delay::Fixed(ms(50))),
        loss: Some(0.0),
        ..LinkConfig::default()
    };
    world.link(N1, N2, slow).unwrap();
    assert_eq!(world.link_config(N1, N2), slow);
    let lossy = NetworkConfig {
        loss: 1.0,
        ..*world.network_config()
    };
    world.network(lossy).unwrap();
    send(&mut world, N1, N2, 3);
    send(&mut world, N2, N1, 3);
    run_for(&mut world, ms(49));
    assert!(arrived(&world, N2).is_empty());
    run_for(&mut world, ms(1));
    assert_eq!(
        (arrived(&world, N2).len(), arrived(&world, N1).len()),
        (3, 0)
    );
    world.link(N1, N2, LinkConfig::default()).unwrap();
    send(&mut world, N1, N2, 3);
    world.settle().unwrap();
    assert_eq!(arrived(&world, N2).len(), 3);
}

#[test]
fn a_held_link_keeps_messages_back_and_lets_them_go_in_the_order_they_were_sent() {
    let mut world = world();
    let network = NetworkConfig {
        delay_max: ms(9),
        ..*world.network_config()
    };
    world.network(network).unwrap();
    send(&mut world, N1, N2, 20);
    world.hold(N1, N2).unwrap();
    send(&mut world, N1, N2, 20);
    send(&mut world, N2, N1, 1);
    world.settle().unwrap();
    assert_eq!(arrived(&world, N1).len(), 1, "the other direction is free");
    assert!(arrived(&world, N2).is_empty());
    assert_eq!(struck(&world, FaultKind::Hold), 40);
    let now = world.now();
    world.release(N1, N2).unwrap();
    assert!(world.release(N1, N2).is_err());
    world.settle().unwrap();
    assert_eq!(world.now(), now);
    let messages = arrived(&world, N2);
    assert!(messages.len() == 40 && messages.is_sorted(), "{messages:?}");
}

#[test]
fn healing_releases_what_is_held_and_leaves_the_network_as_it_was_set() {
    let mut world = world();
    world.hold(N1, N2).unwrap();
    let lossy = LinkConfig {
        loss: Some(1.0),
        ..LinkConfig::default()
    };
    world.link(N1, N3, lossy).unwrap();
    send(&mut world, N1, N2, 3);
    world.settle().unwrap();
    world.heal();
    send(&mut world, N1, N3, 3);
    world.settle().unwrap();
    assert_eq!(
        (arrived(&world, N2).len(), arrived(&world, N3).len()),
        (3, 0)
    );
}

#[test]
fn what_is_held_is_bounded_and_the_rest_is_lost() {
    let mut world = world();
    world.keep_trace(crate::sim::trace::TraceKeep::Nothing);
    world.hold(N1, N2).unwrap();
    for _ in 0..HELD_MESSAGES_MAX / 1_024 + 1 {
        send(&mut world, N1, N2, 1_024);
        world.settle().unwrap();
    }
    assert_eq!(struck(&world, FaultKind::Hold), HELD_MESSAGES_MAX as u64);
    assert_eq!(struck(&world, FaultKind::QueueFull), 1_024);
    assert_eq!(world.pending(), HELD_MESSAGES_MAX);
}

#[test]
fn a_network_that_cannot_be_is_refused_and_changes_nothing() {
    let mut world = world();
    let before = *world.network_config();
    let refused = [
        NetworkConfig {
            loss: 1.1,
            ..before
        },
        NetworkConfig {
            duplicate: f64::NAN,
            ..before
        },
        NetworkConfig {
            delay_min: ms(2),
            ..before
        },
        NetworkConfig {
            reorder_by: Duration::MAX,
            ..before
        },
    ];
    for network in refused {
        assert!(world.network(network).is_err(), "{network:?}");
    }
    assert_eq!(*world.network_config(), before);
    let link = LinkConfig {
        reorder: Some(-0.1),
        ..LinkConfig::default()
    };
    assert!(world.link(N1, N2, link).is_err());
    assert!(world.link(N1, N1, LinkConfig::default()).is_err());
    assert!(world.link(N1, NodeId(6), LinkConfig::default()).is_err());
}

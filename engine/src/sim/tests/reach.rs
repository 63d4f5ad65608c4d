//! Who reaches whom.

use super::*;

/// The pairs of nodes between which a message does not get through.
fn unreached(world: &mut World) -> Vec<(u32, u32)> {
    let nodes = world.nodes();
    let mut cut = Vec::new();
    for &from in &nodes {
        for &to in nodes.iter().filter(|to| **to != from) {
            let before = arrived(world, to).len();
            send(world, from, to, 1);
            world.settle().unwrap();
            if arrived(world, to).len() == before {
                cut.push((from.0, to.0));
            }
        }
    }
    cut
}

#[test]
fn a_oneway_link_carries_nothing_in_one_direction() {
    let mut world = world();
    world.oneway(N1, N2).unwrap();
    assert_eq!(unreached(&mut world), [(1, 2)]);
    assert_eq!(struck(&world, FaultKind::Oneway), 1);
    assert!(world.oneway(N1, N1).is_err() && world.oneway(N1, NodeId(9)).is_err());
    world.heal();
    assert!(unreached(&mut world).is_empty());
}

#[test]
fn an_isolated_node_reaches_nobody_and_nobody_reaches_it() {
    let mut world = world();
    world.isolate(N3).unwrap();
    let expected = [
        (1, 3),
        (2, 3),
        (3, 1),
        (3, 2),
        (3, 4),
        (3, 5),
        (4, 3),
        (5, 3),
    ];
    assert_eq!(unreached(&mut world), expected);
    assert_eq!(struck(&world, FaultKind::Isolate), 8);
    world.heal();
    assert!(unreached(&mut world).is_empty());
}

#[test]
fn a_bridge_lets_only_its_middle_through() {
    let mut world = world();
    world.bridge(N3, &[N1, N2], &[N4, N5]).unwrap();
    let expected = [
        (1, 4),
        (1, 5),
        (2, 4),
        (2, 5),
        (4, 1),
        (4, 2),
        (5, 1),
        (5, 2),
    ];
    assert_eq!(unreached(&mut world), expected);
    assert_eq!(struck(&world, FaultKind::Bridge), 8);
    assert!(world.bridge(N3, &[N1, N3], &[N4]).is_err());
    assert!(world.bridge(N3, &[], &[N4]).is_err());
    world.heal();
    assert!(unreached(&mut world).is_empty());
}

#[test]
fn cuts_add_up_and_a_message_under_way_is_judged_where_it_arrives() {
    let mut world = world();
    send(&mut world, N1, N2, 1);
    world.partition(&[vec![N1]]).unwrap();
    send(&mut world, N3, N4, 1);
    world.isolate(N4).unwrap();
    world.settle().unwrap();
    assert_eq!(
        (arrived(&world, N2).len(), arrived(&world, N4).len()),
        (0, 0)
    );
    assert_eq!(struck(&world, FaultKind::Partition), 1);
    assert_eq!(struck(&world, FaultKind::Isolate), 1);
    // What left into a cut is lost, even where it heals before it would have arrived.
    send(&mut world, N1, N2, 1);
    world.heal();
    world.settle().unwrap();
    assert!(arrived(&world, N2).is_empty());
    assert_eq!(struck(&world, FaultKind::Partition), 2);
}

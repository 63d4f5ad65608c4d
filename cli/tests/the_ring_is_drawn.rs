//! `kvorum ring`: the picture, the shares and the preference list agree with the engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::{Place, Ran};
use kvorum::ring::{Member, Placement as _, Ring};
use kvorum::{NodeId, Zone};

fn ring(nodes: u32, zones: u32) -> Ring {
    let members = (0..nodes)
        .map(|index| Member {
            node: NodeId(index + 1),
            zone: Zone(index % zones + 1),
            weight: 1,
        })
        .collect();
    Ring::new(members, 16, 7).unwrap()
}

/// The nodes of the picture's last lines: `tea -> 1st n1 (z1), 2nd ...`.
fn owners_shown(ran: &Ran, key: &str) -> Vec<String> {
    let start = format!("{key} -> ");
    let line = ran
        .out
        .lines()
        .find(|line| line.starts_with(&start))
        .unwrap();
    line.split_whitespace()
        .filter(|word| word.starts_with('n'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_owners_shown_are_the_engines() {
    for (nodes, zones) in [(5, 1), (6, 3)] {
        let ran = Place::new()
            .run(&[
                "ring",
                "--key",
                "tea",
                "--nodes",
                &nodes.to_string(),
                "--zones",
                &zones.to_string(),
            ])
            .ends_with(0);
        let owners = ring(nodes, zones).owners(b"tea", 3);
        let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
        assert_eq!(owners_shown(&ran, "tea"), owners, "{ran:#?}");
    }
}

#[test]
fn a_small_ring_gets_the_copies_that_fit() {
    let place = Place::new();
    for (nodes, owners) in [("1", 1), ("2", 2), ("3", 3), ("9", 3)] {
        let ran = place
            .run(&["ring", "--nodes", nodes, "--key", "tea"])
            .ends_with(0);
        assert_eq!(owners_shown(&ran, "tea").len(), owners, "{ran:#?}");
        place
            .run(&["ring", "--nodes", nodes, "--compare"])
            .ends_with(0)
            .says(&format!("(N={owners})"));
    }
}

#[test]
fn the_tokens_fall_where_the_seed_says() {
    let place = Place::new();
    let first = place.run(&["ring"]).ends_with(0);
    assert_eq!(place.run(&["ring", "--seed", "7"]).out, first.out);
    assert_ne!(place.run(&["ring", "--seed", "8"]).out, first.out);
}

#[test]
fn the_comparison_shows_what_a_new_node_moves() {
    let ran = Place::new().run(&["ring", "--compare"]).ends_with(0);
    let moved = |name: &str| -> f64 {
        let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
        let cell = line.split_whitespace().nth(2).unwrap();
        cell.trim_end_matches('%').parse().unwrap()
    };
    // 5 to 6 nodes: a consistent placement moves about a sixth, modulo about five sixths.
    for consistent in ["ring", "rendezvous", "jump"] {
        assert!((8.0..26.0).contains(&moved(consistent)), "{ran:#?}");
    }
    assert!((78.0..88.0).contains(&moved("modulo")), "{ran:#?}");
}

#[test]
fn every_placement_has_a_picture() {
    let place = Place::new();
    for name in ["ring", "modulo", "rendezvous", "jump"] {
        place
            .run(&["ring", "--placement", name, "--svg", "picture.svg"])
            .ends_with(0)
            .says(&format!("{name}: 5 nodes"))
            .says("picture.svg");
        assert!(place.read("picture.svg").starts_with("<svg"));
    }
}

#[test]
fn a_picture_that_cannot_be_written_is_the_surroundings_fault() {
    Place::new()
        .run(&["ring", "--svg", "no/such/folder/ring.svg"])
        .ends_with(3)
        .complains("no/such/folder/ring.svg: cannot be written");
}

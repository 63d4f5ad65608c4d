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
            .says(&format!("keys of {owners} copies on {nodes} nodes"));
    }
}

#[test]
fn the_tokens_fall_where_the_seed_says() {
    let place = Place::new();
    let first = place.run(&["ring"]).ends_with(0);
    assert_eq!(place.run(&["ring", "--seed", "7"]).out, first.out);
    assert_ne!(place.run(&["ring", "--seed", "8"]).out, first.out);
}

/// A line of the comparison: its name, and its cells but for the lookup time.
fn compared(ran: &Ran, name: &str) -> Vec<String> {
    let line = ran.out.lines().find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no {name}: {ran:#?}"));
    let cells = line[22..].split_whitespace().map(str::to_owned);
    cells.take(6).collect()
}

#[test]
fn the_comparison_shows_what_a_new_node_moves() {
    let ran = Place::new().run(&["ring", "--compare"]).ends_with(0);
    let number = |name: &str, cell: usize| -> f64 {
        let cells = compared(&ran, name);
        cells[cell].trim_end_matches('%').parse().unwrap()
    };
    // 10 to 11 nodes: a consistent strategy moves an eleventh, modulo ten elevenths.
    for name in ["allocated", "partitions", "slots", "jump", "rendezvous"] {
        assert!((8.8..9.4).contains(&number(name, 0)), "{name}: {ran:#?}");
        assert!((8.8..9.8).contains(&number(name, 1)), "{name}: {ran:#?}");
        assert!(number(name, 2) < 1.05, "{name}: {ran:#?}");
        assert!(number(name, 3) < 1.05, "{name}: {ran:#?}");
    }
    assert!((90.0..92.0).contains(&number("modulo", 0)), "{ran:#?}");
    assert!(number("random, 1 token", 2) > 2.0, "{ran:#?}");
    assert!(number("random, 16 tokens", 2) > 1.2, "{ran:#?}");
    assert!(number("random, 128 tokens", 2) < 1.2, "{ran:#?}");
    assert!(number("bounded loads", 2) <= 1.25, "{ran:#?}");
}

#[test]
fn the_comparison_is_the_same_as_an_object_and_on_every_run() {
    let place = Place::new();
    let figures = || -> Vec<serde_json::Value> {
        let ran = place.run(&["ring", "--compare", "--json"]).ends_with(0);
        let mut object: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(object["nodes"], 10);
        let rows = object["strategies"].as_array_mut().unwrap();
        for row in rows.iter_mut() {
            let lookup_ns = row.as_object_mut().unwrap().remove("lookup_ns").unwrap();
            assert!(lookup_ns.as_f64().unwrap() > 0.0);
        }
        rows.clone()
    };
    let rows = figures();
    assert_eq!(rows, figures(), "only the lookup time is measured");
    assert_eq!(rows.len(), 10);
    assert!(
        rows[9]["copies_moved"].is_null(),
        "bounded loads know one copy"
    );
    place.run(&["ring", "--json"]).ends_with(2);
}

#[test]
fn the_lesson_shows_what_the_command_prints() {
    let ran = Place::new().run(&["ring", "--compare"]).ends_with(0);
    let lesson = include_str!("../../lessons/02-consistent-hashing/lesson.md");
    let names: Vec<&str> = ran
        .out
        .lines()
        .skip_while(|line| !line.starts_with("strategy"))
        .skip(1)
        .take_while(|line| !line.starts_with("ideal"))
        .map(|line| line[..22].trim_end())
        .collect();
    assert_eq!(names.len(), 10, "{ran:#?}");
    for name in names {
        let start = format!("| {name} | ");
        let row = lesson.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("the lesson has no row '{start}'"));
        let shown: Vec<String> = row[start.len()..]
            .split('|')
            .flat_map(str::split_whitespace)
            .take(6)
            .map(str::to_owned)
            .collect();
        assert_eq!(shown, compared(&ran, name), "{name}");
    }
}

#[test]
fn every_placement_has_a_picture() {
    let place = Place::new();
    for name in [
        "ring",
        "allocated",
        "partitions",
        "slots",
        "modulo",
        "rendezvous",
        "jump",
    ] {
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

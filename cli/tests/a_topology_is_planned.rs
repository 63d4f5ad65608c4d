//! `kvorum plan-topology`: what it says is what the engine would move, and nothing makes it say nonsense.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use kvorum::ring::{Member, Ring, plan};
use kvorum::{NodeId, Zone};
use serde_json::Value;

fn members(nodes: u32, zones: u32) -> Vec<Member> {
    let member = |index| Member {
        node: NodeId(index + 1),
        zone: Zone(index % zones + 1),
        weight: 1,
    };
    (0..nodes).map(member).collect()
}

fn planned(args: &[&str]) -> Value {
    let args: Vec<&str> = ["plan-topology", "--json"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let ran = Place::new().run(&args).ends_with(0);
    serde_json::from_str(&ran.out).unwrap()
}

fn number(object: &Value, name: &str) -> f64 {
    object[name].as_f64().unwrap()
}

/// Whether two shares are the same, but for how floating numbers were added.
fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn the_ranges_of_a_ring_are_the_engines() {
    let object = planned(&["--nodes", "6", "--zones", "3", "--join", "n7:z2:2"]);
    let before = Ring::new(members(6, 3), 16, 7).unwrap();
    let joiner = Member {
        node: NodeId(7),
        zone: Zone(2),
        weight: 2,
    };
    let after = before.with(joiner).unwrap();
    let plan = plan(&before, &after, 3);
    assert!(same(number(&object, "moved"), plan.share), "{object}");
    let ranges = object["ranges"].as_array().unwrap();
    assert_eq!(ranges.len(), plan.moves.len());
    for (shown, own) in ranges.iter().zip(&plan.moves) {
        assert_eq!(shown["after"], own.start.to_string());
        assert_eq!(shown["up_to"], own.end.to_string());
        assert_eq!(shown["from"], own.from.to_string());
        assert_eq!(shown["to"], own.to.to_string());
    }
    let due = after.copy_shares(3)[&NodeId(7)];
    assert!(same(number(&object, "moved"), due), "only n7 gains");
    assert!(same(number(&object, "least"), due), "{object}");
}

#[test]
fn no_plan_moves_less_than_the_least_and_modulo_moves_far_more() {
    for placement in [
        "ring",
        "allocated",
        "partitions",
        "slots",
        "modulo",
        "rendezvous",
        "jump",
    ] {
        let changes = [
            &["--join", "n6"][..],
            &["--replace", "n2", "n7"],
            &["--leave", "n2", "--dead"],
            &["--leave", "n5"],
            &["--change", "n3", "2"],
            &["--change", "n3", "z2"],
        ];
        let few = !matches!(placement, "ring" | "allocated");
        for change in changes.into_iter().take(if few { 2 } else { 6 }) {
            let args = [&["--placement", placement, "--bytes", "1TB"][..], change].concat();
            let object = planned(&args);
            let (moved, least) = (number(&object, "moved"), number(&object, "least"));
            assert!(least <= moved + 1e-9 && moved <= 1.0, "{args:?}: {object}");
            let sends = object["sends"].as_array().unwrap();
            let sum: f64 = sends.iter().map(|sent| number(sent, "share")).sum();
            assert!(same(sum, moved), "{args:?}: {object}");
            assert!((number(&object, "moved_bytes") - 1e12 * moved).abs() <= 1.0);
            let of_the_dead = sends.iter().filter(|sent| sent["from"] == "n2").count();
            if change.contains(&"--dead") || change.contains(&"--replace") {
                assert_eq!(of_the_dead, 0, "the dead send nothing: {object}");
            }
            if placement == "modulo" && change == ["--join", "n6"] {
                assert!(moved > 2.0 * least, "{object}");
            }
        }
    }
}

#[test]
fn a_person_sees_both_rings_the_members_and_who_sends() {
    let ran = Place::new()
        .run(&["plan-topology", "--join", "n6", "--ranges"])
        .ends_with(0)
        .says("n6 joins in z1, with weight 1")
        .says("5 nodes become 6; 3 copies of each key, 100.0 GiB in all")
        .says("ring: 5 nodes, 80 tokens")
        .says("ring: 6 nodes, 96 tokens")
        .says("n1 -> n6")
        .says("moved ")
        .says("least ");
    let ranges = ran.out.lines().filter(|line| line.contains(".."));
    assert_eq!(ranges.count(), 25, "{ran:#?}");
    Place::new()
        .run(&[
            "plan-topology",
            "--zones",
            "3",
            "--nodes",
            "4",
            "--join",
            "n6",
        ])
        .ends_with(0)
        .says("n6 joins in z2");
}

#[test]
fn the_pictures_stand_beside_each_other() {
    let place = Place::new();
    for (placement, change) in [("ring", "--join"), ("slots", "--leave")] {
        let node = if change == "--join" { "n6" } else { "n1" };
        place
            .run(&[
                "plan-topology",
                "--placement",
                placement,
                change,
                node,
                "--svg",
                "plan.svg",
            ])
            .ends_with(0)
            .says("picture: plan-before.svg")
            .says("picture: plan-after.svg");
        let (before, after) = (place.read("plan-before.svg"), place.read("plan-after.svg"));
        assert!(before.starts_with("<svg") && after.starts_with("<svg"));
        assert_ne!(before, after);
    }
    place
        .run(&[
            "plan-topology",
            "--leave",
            "n1",
            "--svg",
            "no/such/plan.svg",
        ])
        .ends_with(3)
        .complains("plan-before.svg: cannot be written");
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let place = Place::new();
    for (args, why) in [
        (&[][..], "--join"),
        (&["--join", "n6", "--leave", "n1"], "cannot be used with"),
        (&["--join", "n3"], "n3 is a member already"),
        (&["--join", "six"], "'six' is not a node"),
        (&["--join", "n6:z1:99"], "give 1 to 64"),
        (&["--leave", "n9"], "n9 is no member"),
        (
            &["--leave", "n1", "--nodes", "3"],
            "2 members cannot keep 3 copies",
        ),
        (&["--replace", "n1"], "2 values required"),
        (&["--replace", "n1", "n2"], "n2 is a member already"),
        (
            &["--change", "n1", "1"],
            "n1 has this zone and weight already",
        ),
        (&["--change", "n9", "2"], "n9 is no member"),
        (&["--change", "n1", "heavy"], "'heavy' is no weight"),
        (&["--join", "n6", "--copies", "6"], "must be from 1 to 5"),
        (&["--join", "n6", "--bytes", "much"], "'much' is no size"),
        (&["--join", "n6", "--dead"], "cannot be used with"),
    ] {
        let args: Vec<&str> = ["plan-topology"].iter().chain(args).copied().collect();
        let ran = place.run(&args).ends_with(2);
        assert!(ran.err.contains(why), "{args:?}: {ran:#?}");
    }
}

//! `kvorum torture`: seeds run, are counted, and replay to the same result; planted bugs are found, and their
//! scripts show them.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::collections::BTreeSet;
use std::process::Command;

use command::{Place, Ran};
use kvorum::base::mutant::Mutant;
use kvorum::sim::FaultKind;
use serde_json::Value;

fn figure(ran: &Ran, name: &str) -> u64 {
    let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
    let word = line.split_whitespace().nth(1).unwrap();
    word.replace(',', "").parse().unwrap()
}

/// The summary without what the machine's speed decides.
fn figures(ran: &Ran) -> Vec<&str> {
    let of_the_machine = |line: &&str| {
        line.starts_with("wall time")
            || line.starts_with("speed")
            || line.ends_with("simulated hours a minute")
    };
    ran.out
        .lines()
        .filter(|line| !of_the_machine(line))
        .collect()
}

#[test]
fn a_few_seeds_hold() {
    let ran = Place::new()
        .run(&["torture", "--seeds", "10", "--steps", "40"])
        .ends_with(0)
        .says("seeds           10, seeds 1 to 10\n")
        .says("held: no promise was broken, and the replicas agree after every run");
    assert_eq!(figure(&ran, "seeds"), 10);
    for name in ["operations", "acknowledged", "messages", "simulated time"] {
        assert!(ran.out.contains(name), "no {name} in {ran:#?}");
    }
    assert!(figure(&ran, "operations") > figure(&ran, "acknowledged"));
    assert!(figure(&ran, "messages") > figure(&ran, "operations"));
    assert!(
        figure(&ran, "faults") > 0,
        "a torture without faults is none: {ran:#?}"
    );
    let told = FaultKind::ALL
        .iter()
        .filter(|kind| **kind != FaultKind::QueueFull);
    for kind in told {
        assert!(ran.out.contains(&format!(" {} ", kind.name())), "{ran:#?}");
    }
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
}

#[test]
fn one_thread_and_two_give_the_same_figures() {
    let place = Place::new();
    let run = |threads| {
        place
            .run(&["torture", "--seeds", "30", "--threads", threads])
            .ends_with(0)
    };
    let (one, two) = (run("1"), run("2"));
    assert!(figures(&one).len() > 10, "{one:#?}");
    assert_eq!(figures(&one), figures(&two));
    one.says(" seconds, 1 thread\n");
    two.says(" seconds, 2 threads\n");
    place
        .run(&["torture", "--threads", "0"])
        .ends_with(2)
        .complains("--threads");
}

#[test]
fn one_seed_replays_from_the_option_and_from_the_environment() {
    let place = Place::new();
    let by_option = place
        .run(&["torture", "--seed", "3", "--steps", "40"])
        .ends_with(0);
    let by_environment = place
        .command(&["torture", "--steps", "40"])
        .env("SEED", "3")
        .output()
        .unwrap();
    let by_environment = Ran::of(by_environment).ends_with(0);
    for name in ["seeds", "operations", "acknowledged", "messages", "faults"] {
        assert_eq!(figure(&by_option, name), figure(&by_environment, name));
    }
    assert_eq!(figure(&by_option, "seeds"), 1);
    by_option.says("seeds           1, seed 3 (from --seed)\n");
    by_environment.says("seeds           1, seed 3 (from SEED)\n");
}

#[test]
fn the_largest_seed_runs_as_any_other() {
    let largest = u64::MAX.to_string();
    Place::new()
        .run(&["torture", "--seed", &largest, "--steps", "5"])
        .ends_with(0)
        .says(&format!(
            "seeds           1, seed {largest} (from --seed)\n"
        ));
}

#[test]
fn one_seed_is_never_taken_for_many() {
    let place = Place::new();
    place
        .run(&["torture", "--seed", "3", "--seeds", "5"])
        .ends_with(2)
        .complains("--seeds");
    let with_seed = |seed: &str, args: &[&str]| {
        Ran::of(place.command(args).env("SEED", seed).output().unwrap())
    };
    let ran = with_seed("9", &["torture", "--seeds", "1000", "--steps", "40"])
        .ends_with(0)
        .says("--seeds 1000 is set aside");
    assert!(ran.out.starts_with("seed 9 (from SEED)\n"), "{ran:#?}");
    assert_eq!(figure(&ran, "seeds"), 1);
    with_seed("nine", &["torture"])
        .ends_with(2)
        .complains("SEED in the environment is \"nine\"");
}

#[test]
fn a_scenario_is_printed_for_one_seed_and_passes_as_a_script() {
    let place = Place::new();
    for seed in ["3", "4", "5"] {
        let printed = place
            .run(&["torture", "--script", "--seed", seed])
            .ends_with(0)
            .says("cluster ")
            .says("expect no-lost-writes\n");
        place
            .feed(&["run", "-", "--check"], printed.out)
            .ends_with(0);
    }
    place
        .run(&["torture", "--script"])
        .ends_with(2)
        .complains("--seed");
}

#[test]
fn a_planted_bug_is_found_and_its_shrunk_script_shows_it() {
    let place = Place::new();
    for mutant in [
        "skip-fsync",
        "drop-hints-on-timeout",
        "stale-leaf",
        "ignore-token",
    ] {
        let found = place.run(&["torture", "--mutant", mutant]).ends_with(1);
        let seed = found.out.split("FAILED at seed ").nth(1).unwrap();
        let seed = seed.lines().next().unwrap();
        let replay = format!("replay it:  kvorum torture --seed {seed} --mutant {mutant}\n");
        assert!(found.out.contains(&replay), "no '{replay}' in {found:#?}");
        let heading = "The script that shows it\n";
        let script = found.out.split(heading).nth(1).unwrap();
        assert!(script.starts_with("cluster "), "{script}");
        assert!(script.contains(&format!("mutant={mutant}")), "{script}");

        // Nothing but the broken promise fails, and without the bug nothing does.
        let shown = place.feed(&["run", "-", "--check"], script).ends_with(1);
        assert!(shown.out.contains(": 1 of "), "{mutant}: {shown:#?}");
        let whole = script.replace(&format!(" mutant={mutant}"), "");
        place.feed(&["run", "-", "--check"], whole).ends_with(0);

        let again = place
            .run(&["torture", "--seed", seed, "--mutant", mutant])
            .ends_with(1);
        assert!(again.out.ends_with(script), "{again:#?}");
    }
}

#[test]
fn a_replay_line_repeats_what_was_asked_for() {
    Place::new()
        .run(&[
            "torture",
            "--mutant",
            "skip-fsync",
            "--steps",
            "50",
            "--nodes",
            "4",
        ])
        .ends_with(1)
        .says(" --steps 50 --nodes 4 --mutant skip-fsync\n");
}

#[test]
fn a_mutant_that_no_seed_shows_is_said_not_to_be_found() {
    Place::new()
        .run(&[
            "torture",
            "--mutant",
            "skip-fsync",
            "--seeds",
            "1",
            "--steps",
            "1",
        ])
        .ends_with(0)
        .says("not found: no seed showed skip-fsync; try more of them");
}

#[test]
fn the_mutants_are_listed_and_an_unknown_one_is_helped() {
    let place = Place::new();
    let listed = place.run(&["torture", "--list-mutants"]).ends_with(0);
    for mutant in Mutant::ALL {
        let of_it = |line: &str| line.starts_with(&format!("{} ", mutant.name()));
        assert!(listed.out.lines().any(of_it), "no {}", mutant.name());
    }
    for line in listed.out.lines() {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    place
        .run(&["torture", "--mutant", "skip-fsink"])
        .ends_with(2)
        .complains("there is no mutant 'skip-fsink'; did you mean 'skip-fsync'?")
        .complains("kvorum torture --list-mutants");
    place
        .run(&["torture", "--list-mutants", "--seeds", "3"])
        .ends_with(2);
}

#[test]
fn a_history_is_one_object_a_line_with_the_fields_promised() {
    let place = Place::new();
    let file = place.path("history.jsonl");
    let ran = place
        .run(&[
            "torture",
            "--seed",
            "5",
            "--history",
            file.to_str().unwrap(),
        ])
        .ends_with(0)
        .says(" operations of seed 5 are in ");
    let fields = [
        "client",
        "key",
        "op",
        "value",
        "result",
        "call_ns",
        "return_ns",
        "conditions",
        "edit",
        "token",
        "version",
    ];
    let fields: BTreeSet<&str> = fields.into();
    let text = place.read("history.jsonl");
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(ran.out.starts_with(&format!("{} ", rows.len())), "{ran:#?}");
    assert!(rows.len() > 20, "{text}");
    for row in &rows {
        let row = row.as_object().unwrap();
        assert_eq!(
            row.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            fields
        );
        assert!(row["client"].is_u64() && row["key"].is_string(), "{row:?}");
        assert!(
            ["get", "get-local", "put", "delete", "update", "cas"]
                .contains(&row["op"].as_str().unwrap())
        );
        assert!(
            row["value"].is_string() || row["value"].is_null(),
            "{row:?}"
        );
        let call_ns = row["call_ns"].as_u64().unwrap();
        match row["result"].as_str().unwrap() {
            "unknown" => assert!(row["return_ns"].is_null(), "{row:?}"),
            "ok" | "failed" | "siblings" | "conflict" => {
                assert!(row["return_ns"].as_u64().unwrap() > call_ns, "{row:?}");
            }
            other => panic!("{other} is no result"),
        }
    }
    assert!(
        rows.iter()
            .any(|row| row["op"] == "put" && row["value"].is_string())
    );

    place
        .run(&["torture", "--history", "history.jsonl"])
        .ends_with(2)
        .complains("--history is for one scenario; say which, with --seed");
    place
        .run(&[
            "torture",
            "--seed",
            "5",
            "--history",
            "no/such/folder/history.jsonl",
        ])
        .ends_with(3)
        .complains("history.jsonl");
}

#[test]
fn an_interrupt_says_how_far_it_came() {
    let place = Place::new();
    let child = place
        .command(&["torture", "--seeds", "10000000"])
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(kill.success());
    let ran = Ran::of(child.wait_with_output().unwrap())
        .ends_with(130)
        .complains("interrupted");
    assert!(figure(&ran, "seeds") > 0, "{ran:#?}");
}

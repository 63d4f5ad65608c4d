//! `kvorum torture`: seeds run, are counted, and replay to the same result.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::process::Command;

use command::{Place, Ran};

fn figure(ran: &Ran, name: &str) -> u64 {
    let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
    let word = line.split_whitespace().nth(1).unwrap();
    word.trim_end_matches(',').parse().unwrap()
}

#[test]
fn a_few_seeds_hold() {
    let ran = Place::new()
        .run(&["torture", "--seeds", "5", "--steps", "40"])
        .ends_with(0)
        .says("seeds           5, seeds 1 to 5\n")
        .says("no acknowledged write was lost");
    assert_eq!(figure(&ran, "seeds"), 5);
    assert!(figure(&ran, "operations") > 0);
    assert!(
        figure(&ran, "faults") > 0,
        "a torture without faults is none: {ran:#?}"
    );
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
    for name in ["seeds", "operations", "acknowledged", "faults"] {
        assert_eq!(figure(&by_option, name), figure(&by_environment, name));
    }
    assert_eq!(figure(&by_option, "seeds"), 1);
    by_option.says("seeds           1, seed 3 (from --seed)\n");
    by_environment.says("seeds           1, seed 3 (from SEED)\n");
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
fn a_scenario_is_printed_for_one_seed() {
    let place = Place::new();
    place
        .run(&["torture", "--script", "--seed", "3"])
        .ends_with(0)
        .says("cluster ");
    place
        .run(&["torture", "--script"])
        .ends_with(2)
        .complains("--seed");
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

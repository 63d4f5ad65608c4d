//! `kvorum torture`: seeds run, are counted, and replay to the same result.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::process::Command;

use command::{Place, Ran};

fn figure(ran: &Ran, name: &str) -> u64 {
    let line = ran.out.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_few_seeds_hold() {
    let ran = Place::new()
        .run(&["torture", "--seeds", "5", "--steps", "40"])
        .ends_with(0)
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

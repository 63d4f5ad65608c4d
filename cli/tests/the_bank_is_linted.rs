//! `kvorum quiz lint` checks a bank's folder: 0 for a sound one, 1 with findings, 2 for one that cannot be read.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;
#[path = "../../quizzes/tests/small_bank/mod.rs"]
mod small_bank;

use command::Place;
use small_bank::{MISCONCEPTIONS, NUMBER, completed};

/// A prediction that keeps every rule.
fn question() -> String {
    completed(NUMBER)
}

fn bank(question: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path("new/bank")).unwrap();
    place.write("new/misconceptions.toml", MISCONCEPTIONS);
    place.write("new/polls.toml", "");
    place.write("new/bank/03-x.toml", question);
    place
}

#[test]
fn a_sound_bank_has_no_findings() {
    let ran = bank(&question()).run(&["quiz", "lint", "--bank", "new"]);
    let ran = ran.ends_with(0);
    assert!(ran.out.contains("No findings."), "{}", ran.out);
    assert!(ran.out.contains("questions"), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80));
    assert!(
        ran.err.is_empty(),
        "no bar where nobody looks on: {}",
        ran.err
    );
}

#[test]
fn findings_end_with_one_as_text_and_as_json() {
    let place = bank(&question().replace("fair = \"first\"", "fair = \"second\""));
    let ran = place.run(&["quiz", "lint", "--bank", "new"]).ends_with(1);
    assert!(
        ran.out.contains("predict  7a4e2f0c  A counter's key"),
        "{}",
        ran.out
    );
    let ran = place.run(&["quiz", "lint", "--bank", "new", "--json"]);
    let ran = ran.ends_with(1);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"][0]["rule"], "predict");
    assert_eq!(report["whole"], false);
}

#[test]
fn places_are_those_of_the_course() {
    let place = bank(&question().replace(
        "anchor = \"03-replication\"",
        "anchor = \"03-replication#quorums\"",
    ));
    let ran = place.run(&["quiz", "lint", "--bank", "new"]).ends_with(1);
    assert!(
        ran.out.contains("no place '03-replication#quorums'"),
        "{}",
        ran.out
    );
}

#[test]
fn a_bank_that_cannot_be_read_is_named() {
    Place::new()
        .run(&["quiz", "lint", "--bank", "nowhere"])
        .ends_with(2)
        .complains("misconceptions.toml: it is missing");
    bank(&question().replace("fair =", "fare ="))
        .run(&["quiz", "lint", "--bank", "new"])
        .ends_with(2)
        .complains("03-x.toml");
}

#[test]
fn a_sitting_and_the_linter_are_two_commands() {
    Place::new()
        .run(&["quiz", "--lesson", "2", "lint"])
        .ends_with(2)
        .complains("cannot be used with");
}

#[test]
fn the_linter_needs_no_record() {
    let place = bank(&question());
    place.run(&["quiz", "lint", "--bank", "new"]).ends_with(0);
    assert!(!place.record().exists());
}

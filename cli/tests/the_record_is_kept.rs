//! The learner's record through the command: looked at without being made, kept by the quiz, and told
//! about when it is damaged.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use command::Place;
use serde_json::Value;

/// Enough lines for a few questions of any kind. Some fit, most are wrong.
fn answers() -> String {
    "1\n".repeat(60)
}

#[test]
fn kvorum_alone_gives_first_steps_and_makes_no_record() {
    let place = Place::new();
    place
        .run(&[])
        .ends_with(0)
        .says("First steps")
        .says("kvorum tour");
    assert!(!place.record().exists());
}

#[test]
fn a_quiz_is_recorded_and_kvorum_alone_knows() {
    let place = Place::new();
    let args = ["quiz", "--lesson", "2", "--count", "8", "--seed", "3"];
    place.feed(&args, answers()).ends_with(0);
    let ran = place
        .run(&[])
        .ends_with(0)
        .says("Where you are")
        .says("lesson 2")
        .says("questions met");
    assert!(!ran.out.contains("First steps"), "{ran:#?}");
    let progress = place.run(&["progress", "--json"]).ends_with(0);
    let progress: Value = serde_json::from_str(&progress.out).unwrap();
    let lessons = progress["lessons"].as_array().unwrap();
    let second = lessons.iter().find(|lesson| lesson["lesson"] == 2).unwrap();
    assert!(second["asked"].as_u64().unwrap() > 0, "{progress}");
}

#[test]
fn a_lesson_without_questions_is_refused_with_those_that_have_some() {
    Place::new()
        .run(&["quiz", "--lesson", "10"])
        .ends_with(2)
        .complains("lessons with questions: 2");
}

#[test]
fn progress_is_text_or_json() {
    let place = Place::new();
    place.run(&["progress"]).ends_with(0);
    let ran = place.run(&["progress", "--json"]).ends_with(0);
    serde_json::from_str::<Value>(&ran.out).unwrap();
}

#[test]
fn the_option_wins_over_the_environment() {
    let place = Place::new();
    place
        .feed(
            &[
                "--db",
                "other.sqlite",
                "quiz",
                "--count",
                "1",
                "--seed",
                "1",
            ],
            answers(),
        )
        .ends_with(0);
    assert!(place.path("other.sqlite").exists());
    assert!(!place.record().exists());
}

#[test]
fn a_damaged_record_is_told_and_left_alone() {
    let place = Place::new();
    let damage = "this is not a record ".repeat(400);
    place.write("record.sqlite", &damage);
    for args in [&["progress"][..], &["quiz"], &[]] {
        place
            .run(args)
            .ends_with(3)
            .complains("record.sqlite cannot be read")
            .complains("mkdir");
    }
    assert_eq!(place.read("record.sqlite"), damage);
    // Even so the learner sees where to go.
    place.run(&[]).ends_with(3).says("First steps");
}

#[test]
fn a_record_that_cannot_be_there_is_the_surroundings_fault() {
    let place = Place::new();
    place.write("file", "");
    place
        .run(&["progress", "--db", "file/record.sqlite"])
        .ends_with(3)
        .complains("--db");
}

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
fn a_damaged_record_is_told_and_set_aside_whole() {
    let place = Place::new();
    let damage = "this is not a record ".repeat(400);
    place.write("record.sqlite", &damage);
    // Who only looks changes nothing.
    for args in [&["progress"][..], &["plan"], &["record", "check"], &[]] {
        place
            .run(args)
            .ends_with(3)
            .complains("record.sqlite cannot be read")
            .complains("Nothing in it was overwritten");
        assert_eq!(place.read("record.sqlite"), damage);
    }
    // Even so the learner sees where to go.
    place.run(&[]).ends_with(3).says("First steps");
    // Who answers gets a new record, and the old one is where it is said to be.
    place
        .feed(&["quiz", "--count", "3", "--seed", "1"], answers())
        .ends_with(0)
        .complains("it was moved, whole, into")
        .complains("record.sqlite.damaged-1");
    assert_eq!(place.read("record.sqlite.damaged-1/record.sqlite"), damage);
    place.run(&["record", "check"]).ends_with(0).says("sound, ");
}

#[test]
fn a_plan_is_kept_and_says_what_to_do_today() {
    let place = Place::new();
    place
        .run(&["plan"])
        .ends_with(0)
        .says("Today")
        .says("kvorum quiz --count")
        .complains("--interview DATE");
    assert!(!place.record().exists(), "looking makes no record");
    for (day, part) in [("tomorrow", "write it as"), ("2020-01-01", "is over")] {
        place
            .run(&["plan", "--interview", day])
            .ends_with(2)
            .complains(part);
    }
    place.run(&["plan", "--minutes", "0"]).ends_with(2);
    let day = in_days(20);
    place
        .run(&["plan", "--interview", &day, "--minutes", "40"])
        .ends_with(0)
        .says("in 20 days; 40 minutes a day")
        .says("Outlook: ");
    let again = place.run(&["plan", "--json"]).ends_with(0);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(
        (&again["days"], &again["minutes"]),
        (&20.into(), &40.into())
    );
    let (with, without) = (&again["on_the_day_with"], &again["on_the_day_without"]);
    assert!(
        with.as_f64().unwrap() > without.as_f64().unwrap(),
        "{again}"
    );
    place.run(&["progress"]).ends_with(0).says("in 20 days");
}

/// The day so many days from now, as `date` writes it.
fn in_days(days: u32) -> String {
    let day = std::process::Command::new("date")
        .args(["-u", "-d", &format!("+{days} days"), "+%Y-%m-%d"])
        .output()
        .unwrap();
    String::from_utf8(day.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_record_is_carried_to_another_machine() {
    let place = Place::new();
    place
        .feed(&["quiz", "--count", "6", "--seed", "5"], answers())
        .ends_with(0);
    place
        .run(&["progress", "export", "mine.jsonl"])
        .ends_with(0)
        .says("written to mine.jsonl");
    place
        .run(&["progress", "export", "mine.jsonl"])
        .ends_with(2)
        .complains("there already");
    let piped = place.run(&["progress", "export"]).ends_with(0);
    assert_eq!(piped.out, place.read("mine.jsonl"));
    let other = ["--db", "other.sqlite"];
    let run = |rest: &[&str]| place.run(&[&other[..], rest].concat());
    run(&["progress", "import", "mine.jsonl"])
        .ends_with(0)
        .says("taken in");
    run(&["progress", "import", "mine.jsonl"])
        .ends_with(0)
        .says("0 answers taken in");
    run(&["progress", "import", "none.jsonl"])
        .ends_with(2)
        .complains("cannot read none.jsonl");
    place.write("bad.jsonl", "{\"attempt\": 1}\n");
    run(&["progress", "import", "bad.jsonl"])
        .ends_with(2)
        .complains("line 1");
    let same = run(&["progress", "export"]).ends_with(0);
    assert_eq!(same.out, piped.out);
    run(&["record", "rebuild"])
        .ends_with(0)
        .says("folded again from");
    run(&["progress", "reset", "--lesson", "2"])
        .ends_with(0)
        .says("Lesson 2 begins anew");
    run(&["progress", "reset"]).ends_with(2);
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

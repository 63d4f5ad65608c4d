//! A record from every earlier release climbs to today's schema with all its answers.
#![expect(clippy::disallowed_methods, reason = "the tests place real files")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use kvorum_quiz::{Attempt, AttemptFilter, AttemptKind, Record};
use tempfile::TempDir;

/// Written by the first build that had a record, before misconceptions were kept: three answers.
const V1: &[u8] = include_bytes!("fixtures/record-v1.sqlite");

/// Written by the build before forecasts were kept: five answers to the quiz, one of them right, one showing a
/// misconception.
const V2: &[u8] = include_bytes!("fixtures/record-v2.sqlite");

fn in_v1(at_ms: i64) -> Attempt {
    Attempt {
        at_ms,
        kind: AttemptKind::Quiz,
        item: "0c2d8d1e-8f0b-4b3e-9f5e-2f6f0a1b7c11".to_owned(),
        revision: "0".to_owned(),
        lesson: 2,
        seed: 0,
        answer: String::new(),
        right: true,
        elapsed_ms: 0,
        hints: 0,
        misconceptions: Vec::new(),
        confidence: None,
        challenge: None,
        forecast: None,
        exam: false,
    }
}

fn version(path: &std::path::Path) -> i64 {
    let other = rusqlite::Connection::open(path).unwrap();
    other
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn a_version_1_record_keeps_its_answers_and_takes_new_ones() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    fs::write(&path, V1).unwrap();
    assert_eq!(
        version(&path),
        1,
        "the fixture must stay what the first build wrote"
    );

    let newer = Attempt {
        misconceptions: vec!["perfect-balance".to_owned()],
        ..in_v1(9)
    };
    let record = Record::open(&path).unwrap();
    record.append(&newer).unwrap();
    let attempts: Vec<Attempt> = record
        .attempts(&AttemptFilter::default())
        .unwrap()
        .into_iter()
        .map(|kept| kept.attempt)
        .collect();
    assert_eq!(attempts, [in_v1(0), in_v1(1), in_v1(2), newer]);
    drop(record);

    let fresh = folder.path().join("fresh.sqlite");
    drop(Record::open(&fresh).unwrap());
    assert_eq!(version(&path), version(&fresh));
}

#[test]
fn a_version_2_record_keeps_its_answers_and_everything_follows_from_them() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    fs::write(&path, V2).unwrap();
    assert_eq!(
        version(&path),
        2,
        "the fixture must stay what that build wrote"
    );

    let record = Record::open(&path).unwrap();
    let attempts = record.attempts(&AttemptFilter::default()).unwrap();
    let right: Vec<bool> = attempts.iter().map(|kept| kept.attempt.right).collect();
    assert_eq!(right, [false, false, false, false, true]);
    assert!(attempts.iter().all(|kept| kept.attempt.forecast.is_none()));
    let standings = record.standings(AttemptKind::Quiz).unwrap();
    assert_eq!(standings.len(), 5);
    let learner = record.learner().unwrap();
    let last = &attempts[4].attempt;
    let state = learner.item(&last.item).unwrap();
    assert_eq!((state.answers, state.last_right), (1, true));
    assert!(learner.ability(2) < 0.0, "four of five were wrong");
    let weak = record.weak_misconceptions().unwrap();
    assert_eq!(weak[0].misconception, "order-decides-load");
}

#[test]
fn a_climbed_record_has_the_schema_of_a_new_one() {
    let folder = TempDir::new().unwrap();
    let climbed = folder.path().join("climbed.sqlite");
    let fresh = folder.path().join("fresh.sqlite");
    let schema = |path: &std::path::Path| -> Vec<String> {
        drop(Record::open(path).unwrap());
        let other = rusqlite::Connection::open(path).unwrap();
        let mut select = other
            .prepare("SELECT sql FROM sqlite_schema ORDER BY name")
            .unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    for older in [V1, V2] {
        fs::write(&climbed, older).unwrap();
        assert_eq!(schema(&climbed), schema(&fresh));
    }
}

#[test]
fn a_climb_that_fails_half_way_leaves_the_old_record() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    fs::write(&path, V1).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    // The second rung adds a column first and then this index, whose name is now taken.
    other
        .execute_batch("CREATE INDEX attempt_by_item ON attempt (lesson)")
        .unwrap();
    drop(other);
    Record::open(&path).unwrap_err();
    assert_eq!(version(&path), 1);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("DROP INDEX attempt_by_item").unwrap();
    drop(other);
    let record = Record::open(&path).unwrap();
    assert_eq!(record.attempts(&AttemptFilter::default()).unwrap().len(), 3);
}

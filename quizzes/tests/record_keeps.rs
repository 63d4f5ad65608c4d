//! What goes into the record comes out again, counted rightly, and nothing takes it back.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use kvorum_quiz::record::{ANSWER_CHARS_MAX, LessonCount};
use kvorum_quiz::{Attempt, AttemptFilter, AttemptKind, Record, RecordError};
use tempfile::TempDir;

fn attempt(item: &str, lesson: u8, right: bool, at_ms: i64) -> Attempt {
    Attempt {
        at_ms,
        kind: AttemptKind::Quiz,
        item: item.to_owned(),
        revision: "00c0ffee00c0ffee".to_owned(),
        lesson,
        seed: 4_294_967_295,
        answer: "80 %, “about”".to_owned(),
        right,
        elapsed_ms: 12_345,
        hints: 1,
        misconceptions: Vec::new(),
        confidence: Some(70),
        challenge: None,
        forecast: None,
        exam: false,
    }
}

fn fresh() -> (TempDir, Record) {
    let folder = TempDir::new().unwrap();
    let record = Record::open(&folder.path().join("deep/er/record.sqlite")).unwrap();
    (folder, record)
}

#[test]
fn an_answer_comes_back_whole_after_reopening() {
    let (_folder, record) = fresh();
    let first = attempt("a", 2, true, 1000);
    let second = Attempt {
        kind: AttemptKind::Exercise,
        confidence: None,
        ..attempt("b", 3, false, 2000)
    };
    record.append(&first).unwrap();
    record.append(&second).unwrap();
    let path = record.path().to_path_buf();
    drop(record);

    let record = Record::open(&path).unwrap();
    let all = record.attempts(&AttemptFilter::default()).unwrap();
    let attempts: Vec<_> = all.iter().map(|kept| &kept.attempt).collect();
    assert_eq!(attempts, [&first, &second]);
    assert!(all[0].id < all[1].id);
}

#[test]
fn a_filter_reads_only_what_it_names() {
    let (_folder, record) = fresh();
    record.append(&attempt("a", 2, true, 1)).unwrap();
    record.append(&attempt("b", 3, true, 2)).unwrap();
    record
        .append(&Attempt {
            kind: AttemptKind::Poll,
            ..attempt("a", 2, true, 3)
        })
        .unwrap();
    let count = |filter| record.attempts(&filter).unwrap().len();
    let all = AttemptFilter::default;
    assert_eq!(count(all()), 3);
    assert_eq!(
        count(AttemptFilter {
            lesson: Some(2),
            ..all()
        }),
        2
    );
    assert_eq!(
        count(AttemptFilter {
            kind: Some(AttemptKind::Poll),
            ..all()
        }),
        1
    );
    assert_eq!(
        count(AttemptFilter {
            item: Some("b".to_owned()),
            ..all()
        }),
        1
    );
}

#[test]
fn a_lesson_counts_an_item_as_known_by_its_latest_answer() {
    let (_folder, record) = fresh();
    for (item, lesson, right, at_ms) in [
        ("a", 2, false, 10),
        ("a", 2, true, 20),
        ("b", 2, true, 30),
        ("b", 2, false, 40),
        ("d", 2, false, 50),
        ("d", 2, true, 60),
        ("c", 4, true, 5),
    ] {
        record.append(&attempt(item, lesson, right, at_ms)).unwrap();
    }
    assert_eq!(
        record.lesson_counts(AttemptKind::Quiz).unwrap(),
        [
            LessonCount {
                lesson: 2,
                asked: 6,
                right: 3,
                distinct: 3,
                known: 2,
                last_ms: 60
            },
            LessonCount {
                lesson: 4,
                asked: 1,
                right: 1,
                distinct: 1,
                known: 1,
                last_ms: 5
            },
        ]
    );
    let standings = record.standings(AttemptKind::Quiz).unwrap();
    let latest: Vec<_> = standings
        .iter()
        .map(|s| (s.item.as_str(), s.asked, s.last_right, s.last_ms))
        .collect();
    assert_eq!(
        latest,
        [
            ("a", 2, true, 20),
            ("b", 2, false, 40),
            ("c", 1, true, 5),
            ("d", 2, true, 60)
        ]
    );
}

#[test]
fn no_statement_changes_or_deletes_an_answer() {
    let (_folder, record) = fresh();
    record.append(&attempt("a", 2, true, 1)).unwrap();
    let (interview_ms, minutes) = (9, 20);
    record
        .keep_plan(&kvorum_quiz::record::Plan {
            at_ms: 2,
            interview_ms,
            minutes,
        })
        .unwrap();
    let mut record = record;
    let elsewhere = kvorum_quiz::record::Reset {
        at_ms: 2,
        lesson: 9,
    };
    record.reset_lesson(elsewhere).unwrap();
    let path = record.path().to_path_buf();
    let before = record.attempts(&AttemptFilter::default()).unwrap();
    drop(record);

    let other = rusqlite::Connection::open(&path).unwrap();
    for statement in [
        "UPDATE attempt SET is_right = 0",
        "DELETE FROM attempt",
        "INSERT OR REPLACE INTO attempt SELECT id, at_ms, kind, 'forged', revision, lesson, seed, answer,
             is_right, elapsed_ms, hints, confidence,
             misconceptions, difficulty, guess, forecast, exam FROM attempt",
        "UPDATE plan SET minutes = 1",
        "DELETE FROM reset_mark",
    ] {
        let refused = other.execute(statement, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
    drop(other);
    let record = Record::open(&path).unwrap();
    assert_eq!(record.attempts(&AttemptFilter::default()).unwrap(), before);
}

#[test]
fn an_answer_that_breaks_a_rule_is_refused_and_the_rest_stays() {
    let (_folder, record) = fresh();
    record.append(&attempt("a", 2, true, 1)).unwrap();
    for wrong in [
        attempt("", 2, true, 1),
        attempt("a", 0, true, 1),
        attempt("a", 2, true, -1),
        Attempt {
            confidence: Some(101),
            ..attempt("a", 2, true, 1)
        },
    ] {
        let error = record.append(&wrong).unwrap_err();
        assert!(
            matches!(error, RecordError::Refused { .. }),
            "{wrong:?}: {error}"
        );
    }
    let beyond_sqlite = Attempt {
        seed: u64::MAX,
        ..attempt("a", 2, true, 1)
    };
    assert!(record.append(&beyond_sqlite).is_err());
    assert_eq!(record.attempts(&AttemptFilter::default()).unwrap().len(), 1);
}

#[test]
fn a_pasted_novel_is_cut_at_a_character() {
    let (_folder, record) = fresh();
    let novel = Attempt {
        answer: "é".repeat(1_000_000),
        ..attempt("a", 2, true, 1)
    };
    record.append(&novel).unwrap();
    let kept = record.attempts(&AttemptFilter::default()).unwrap();
    assert_eq!(kept[0].attempt.answer, "é".repeat(ANSWER_CHARS_MAX));
}

#[test]
fn the_file_is_in_wal_mode_and_carries_our_mark() {
    let (_folder, record) = fresh();
    let other = rusqlite::Connection::open(record.path()).unwrap();
    let text = |name: &str| -> String {
        other
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    let number = |name: &str| -> i64 {
        other
            .pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!(
        number("application_id"),
        i64::from(u32::from_be_bytes(*b"KVOR"))
    );
    assert!(number("user_version") >= 1);
    let strict: i64 = other
        .query_row(
            "SELECT strict FROM pragma_table_list WHERE name = 'attempt'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(strict, 1);
}

#[test]
fn a_misconception_is_weak_until_its_items_are_answered_without_it() {
    let (_folder, record) = fresh();
    let shows = |item: &str, misconceptions: &[&str], at_ms| Attempt {
        misconceptions: misconceptions.iter().map(|&id| id.to_owned()).collect(),
        ..attempt(item, 2, misconceptions.is_empty(), at_ms)
    };
    for answer in [
        shows("a", &["perfect-balance"], 1),
        shows("b", &["perfect-balance", "vnodes-cure-hot-key"], 2),
        shows("c", &["healed"], 3),
        shows("c", &[], 4),
        shows("a", &["perfect-balance"], 5),
        shows("b", &["vnodes-cure-hot-key"], 6),
    ] {
        record.append(&answer).unwrap();
    }
    let weak = record.weak_misconceptions().unwrap();
    let told: Vec<_> = weak
        .iter()
        .map(|w| (w.misconception.as_str(), w.shown, w.open, w.last_ms))
        .collect();
    assert_eq!(
        told,
        [
            ("perfect-balance", 3, 1, 5),
            ("vnodes-cure-hot-key", 2, 1, 6)
        ]
    );
}

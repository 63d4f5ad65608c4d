//! What follows from the answers can be folded again, carried to another machine, and reset, and stays right.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use kvorum_quiz::learner::ability::Challenge;
use kvorum_quiz::record::{AT_MS_MAX, Plan, Reset};
use kvorum_quiz::{Attempt, AttemptFilter, AttemptKind, Record, RecordError};
use proptest::prelude::*;
use tempfile::TempDir;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn attempt(item: &str, lesson: u8, right: bool, at_ms: i64) -> Attempt {
    Attempt {
        at_ms,
        kind: AttemptKind::Quiz,
        item: item.to_owned(),
        revision: "r".to_owned(),
        lesson,
        seed: 7,
        answer: "1".to_owned(),
        right,
        elapsed_ms: 1000,
        hints: 0,
        misconceptions: if right {
            Vec::new()
        } else {
            vec![format!("wrong-{lesson}")]
        },
        confidence: None,
        challenge: Some(Challenge {
            difficulty: 3,
            guess: 0.25,
        }),
        forecast: None,
        exam: false,
    }
}

/// Every row of the tables that follow from the answers.
fn derived(path: &Path) -> Vec<String> {
    let other = rusqlite::Connection::open(path).unwrap();
    let mut tables = other
        .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'derived%' AND type = 'table' ORDER BY name")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(names.len() >= 7, "{names:?}");
    let mut rows = Vec::new();
    for name in names {
        let mut select = other.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = select.column_count();
        let mut found = select.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<_> = (0..columns)
                .map(|at| row.get::<_, rusqlite::types::Value>(at).unwrap())
                .collect();
            rows.push(format!("{name} {values:?}"));
        }
    }
    rows.sort_unstable();
    rows
}

/// What somebody may do to a record.
#[derive(Clone, Debug)]
enum Deed {
    Answer(Attempt),
    Reset(Reset),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let kinds = prop_oneof![
        4 => Just(AttemptKind::Quiz),
        1 => Just(AttemptKind::Exercise),
        1 => Just(AttemptKind::Poll),
        1 => Just(AttemptKind::Mock),
    ];
    // Clocks go back now and then.
    let answer = (
        kinds,
        0..5_u8,
        1..4_u8,
        any::<bool>(),
        0..40 * DAY_MS,
        0..3_u32,
        any::<bool>(),
    )
        .prop_map(|(kind, item, lesson, right, at_ms, hints, is_old)| {
            let whole = attempt(&format!("item-{lesson}-{item}"), lesson, right, at_ms);
            Deed::Answer(Attempt {
                kind,
                hints,
                challenge: whole.challenge.filter(|_| !is_old),
                ..whole
            })
        });
    let reset =
        (1..4_u8, 0..40 * DAY_MS).prop_map(|(lesson, at_ms)| Deed::Reset(Reset { at_ms, lesson }));
    prop::collection::vec(prop_oneof![12 => answer, 1 => reset], 1..40)
}

fn play(record: &mut Record, deeds: &[Deed]) {
    for deed in deeds {
        match deed {
            Deed::Answer(attempt) => drop(record.append(attempt).unwrap()),
            Deed::Reset(reset) => drop(record.reset_lesson(*reset).unwrap()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_record_that_grew_equals_one_that_is_folded_again(deeds in deeds()) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("record.sqlite");
        let mut record = Record::open(&path).unwrap();
        play(&mut record, &deeds);
        let grown = derived(&path);
        let answers = record.rebuild().unwrap();
        prop_assert_eq!(answers, record.count().unwrap());
        prop_assert_eq!(derived(&path), grown);
    }

    #[test]
    fn a_record_comes_out_of_an_export_as_it_went_in(deeds in deeds()) {
        let folder = TempDir::new().unwrap();
        let (here, there) = (folder.path().join("here.sqlite"), folder.path().join("there.sqlite"));
        let mut record = Record::open(&here).unwrap();
        play(&mut record, &deeds);
        let mut lines = Vec::new();
        record.export(&mut lines).unwrap();
        let mut other = Record::open(&there).unwrap();
        other.import(&mut lines.as_slice()).unwrap();
        let all = AttemptFilter::default();
        let mine: Vec<_> = record.attempts(&all).unwrap().into_iter().map(|kept| kept.attempt).collect();
        let theirs: Vec<_> = other.attempts(&all).unwrap().into_iter().map(|kept| kept.attempt).collect();
        let distinct: std::collections::BTreeSet<_> =
            mine.iter().map(|one| (one.at_ms, &one.item, one.kind.name())).collect();
        if distinct.len() == mine.len() {
            prop_assert_eq!(theirs, mine);
        }
        // A second time nothing is new.
        let again = other.import(&mut lines.as_slice()).unwrap();
        prop_assert_eq!((again.answers, again.marks), (0, 0));
        let before = derived(&there);
        other.rebuild().unwrap();
        prop_assert_eq!(derived(&there), before);
    }
}

#[test]
fn two_machines_are_joined_by_the_times_of_their_answers() {
    let folder = TempDir::new().unwrap();
    let open = |name: &str| Record::open(&folder.path().join(name)).unwrap();
    let days = [0, 3, 9, 20].map(|day| day * DAY_MS);
    let whole = open("whole.sqlite");
    let (laptop, desktop) = (open("laptop.sqlite"), open("desktop.sqlite"));
    for (place, at_ms) in days.into_iter().enumerate() {
        let answer = attempt("a", 2, place != 1, at_ms);
        whole.append(&answer).unwrap();
        let machine = if place % 2 == 0 { &desktop } else { &laptop };
        machine.append(&answer).unwrap();
    }
    let mut lines = Vec::new();
    desktop.export(&mut lines).unwrap();
    let imported = laptop.import(&mut lines.as_slice()).unwrap();
    assert_eq!((imported.answers, imported.known), (2, 0));
    let memory = |record: &Record| record.learner().unwrap().item("a").unwrap().memory;
    assert_eq!(memory(&laptop), memory(&whole));
    // What comes later counts after all of it.
    let later = attempt("a", 2, true, 30 * DAY_MS);
    whole.append(&later).unwrap();
    laptop.append(&later).unwrap();
    assert_eq!(memory(&laptop), memory(&whole));
}

#[test]
fn a_line_that_is_none_is_named_and_nothing_is_taken_in() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    let record = Record::open(&path).unwrap();
    let mut lines = Vec::new();
    record.append(&attempt("a", 2, true, 1)).unwrap();
    record.export(&mut lines).unwrap();
    let good = String::from_utf8(lines).unwrap();
    let new = good.replace("\"at_ms\":1", "\"at_ms\":2");
    for (bad, part) in [
        ("{}", "line 2"),
        ("not json", "line 2"),
        ("{\"attempt\":{}}", "missing field"),
        (
            "{\"plan\":{\"at_ms\":1,\"interview_ms\":2,\"minutes\":0}}",
            "line 2",
        ),
        (
            &new.replace("\"lesson\":2", "\"lesson\":0")
                .replace("\"at_ms\":2", "\"at_ms\":3"),
            "line 2",
        ),
        (
            &new.replace(
                "\"answer\":\"1\"",
                &format!("\"answer\":\"{}\"", "x".repeat(70_000)),
            ),
            "longer than",
        ),
    ] {
        let text = format!("{new}{bad}\n");
        let error = record.import(&mut text.as_bytes()).unwrap_err();
        assert!(matches!(error, RecordError::Transfer { .. }), "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(record.count().unwrap(), 1, "{error}");
    }
    assert_eq!(
        record
            .import(&mut format!("\n{new}\n").as_bytes())
            .unwrap()
            .answers,
        1
    );
}

#[test]
fn a_lesson_that_is_reset_begins_anew_and_keeps_its_answers() {
    let folder = TempDir::new().unwrap();
    let mut record = Record::open(&folder.path().join("record.sqlite")).unwrap();
    for at_ms in [1, 2, 900] {
        record.append(&attempt("a", 2, false, at_ms)).unwrap();
        record.append(&attempt("b", 3, false, at_ms)).unwrap();
    }
    // One answer is dated after the reset by a fast clock; it is meant as well.
    let reset = Reset {
        at_ms: 500,
        lesson: 2,
    };
    assert_eq!(record.reset_lesson(reset).unwrap(), 3);
    let learner = record.learner().unwrap();
    assert!(learner.item("a").is_none());
    assert_eq!(learner.item("b").unwrap().answers, 3);
    assert_eq!(record.count().unwrap(), 6);
    let weak: Vec<_> = record.weak_misconceptions().unwrap();
    assert_eq!(weak.len(), 1);
    assert_eq!(weak[0].misconception, "wrong-3");
    // The next answer counts, even with a clock that stands before the reset.
    record.append(&attempt("a", 2, true, 600)).unwrap();
    assert_eq!(record.learner().unwrap().item("a").unwrap().answers, 1);
    assert_eq!(record.reset_lesson(reset).unwrap(), 1);
}

#[test]
fn the_forecast_is_kept_before_the_answer_is_known() {
    let folder = TempDir::new().unwrap();
    let record = Record::open(&folder.path().join("record.sqlite")).unwrap();
    let foretold = Attempt {
        forecast: Some(0.99),
        ..attempt("a", 2, true, 0)
    };
    record.append(&foretold).unwrap();
    record.append(&attempt("a", 2, false, 10 * DAY_MS)).unwrap();
    let kept = record.attempts(&AttemptFilter::default()).unwrap();
    let forecasts: Vec<f64> = kept
        .iter()
        .map(|kept| kept.attempt.forecast.unwrap())
        .collect();
    // Known with one half, guessed with a quarter; what the caller says of the forecast does not count.
    assert!((forecasts[0] - 0.625).abs() < 1e-9, "{forecasts:?}");
    assert!((0.7..0.95).contains(&forecasts[1]), "{forecasts:?}");
    let tenths: Vec<_> = record
        .forecasts()
        .unwrap()
        .iter()
        .map(|one| (one.tenth, one.right))
        .collect();
    assert_eq!(tenths.len(), 2);
    assert_eq!(tenths[0], (6, 1));
}

#[test]
fn answers_that_another_program_added_are_folded_in() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    drop(Record::open(&path).unwrap());
    let other = rusqlite::Connection::open(&path).unwrap();
    let add = "INSERT INTO attempt (at_ms, kind, item, revision, lesson, seed, answer, is_right, elapsed_ms, hints)
               VALUES (1, 'quiz', 'x', 'r', 2, 0, '', 1, 0, 0)";
    other.execute(add, []).unwrap();
    let record = Record::open(&path).unwrap();
    assert!(record.learner().unwrap().item("x").is_some());
    other.execute(add, []).unwrap();
    record.append(&attempt("x", 2, true, DAY_MS)).unwrap();
    assert_eq!(record.learner().unwrap().item("x").unwrap().answers, 3);
}

#[test]
fn the_latest_plan_holds() {
    let folder = TempDir::new().unwrap();
    let record = Record::open(&folder.path().join("record.sqlite")).unwrap();
    assert_eq!(record.plan().unwrap(), None);
    for (at_ms, minutes) in [(1, 20), (2, 40)] {
        let interview_ms = 10 * DAY_MS;
        record
            .keep_plan(&Plan {
                at_ms,
                interview_ms,
                minutes,
            })
            .unwrap();
    }
    assert_eq!(record.plan().unwrap().unwrap().minutes, 40);
    let none = Plan {
        at_ms: 3,
        interview_ms: 1,
        minutes: 0,
    };
    assert!(matches!(
        record.keep_plan(&none),
        Err(RecordError::Refused { .. })
    ));
}

/// Another program may have put any time that fits the schema into the file; nothing breaks on it, then or later.
#[test]
fn times_at_the_end_of_the_world_break_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    let mut record = Record::open(&path).unwrap();
    record.append(&attempt("a", 2, true, 0)).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let end = i64::MAX;
    let add = format!(
        "INSERT INTO attempt (at_ms, kind, item, revision, lesson, seed, answer, is_right, elapsed_ms, hints)
             VALUES ({end}, 'quiz', 'a', 'r', 2, 0, '', 1, 0, 0);
         INSERT INTO reset_mark (at_ms, lesson) VALUES ({end}, 3);
         INSERT INTO plan (at_ms, interview_ms, minutes) VALUES ({end}, {end}, 20);"
    );
    other.execute_batch(&add).unwrap();
    for lesson in [2, 3] {
        record.append(&attempt("a", lesson, false, DAY_MS)).unwrap();
        record
            .append(&attempt("b", lesson, true, 2 * DAY_MS))
            .unwrap();
    }
    record.rebuild().unwrap();
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    for now_ms in [0, DAY_MS, AT_MS_MAX] {
        let text = kvorum_quiz::render_progress(&record, &bank, now_ms, 80, false).unwrap();
        assert!(text.contains("Ready for "), "{text}");
        let interview_ms = record.plan().unwrap().map(|plan| plan.interview_ms);
        let outlook =
            kvorum_quiz::plan::Outlook::gather(&record, &bank, interview_ms, 20, now_ms).unwrap();
        let text = kvorum_quiz::plan::render_plan(&outlook, 80, false);
        assert!(text.contains("Outlook: "), "{text}");
    }
}

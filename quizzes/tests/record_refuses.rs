//! A file that is not a sound record of a known version is refused in words that help, and stays as it is.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "the tests damage real files")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kvorum_quiz::{Attempt, AttemptFilter, AttemptKind, Record, RecordError};
use proptest::prelude::*;
use tempfile::TempDir;

fn attempt(at_ms: i64) -> Attempt {
    Attempt {
        at_ms,
        kind: AttemptKind::Quiz,
        item: format!("item-{at_ms}"),
        revision: "0".to_owned(),
        lesson: 2,
        seed: 0,
        answer: "x".repeat(200),
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

/// A record of `answers` answers, its write-ahead log already folded into the one file.
fn written(folder: &TempDir, answers: i64) -> PathBuf {
    let path = folder.path().join("it's a record.sqlite");
    let record = Record::open(&path).unwrap();
    for at_ms in 0..answers {
        record.append(&attempt(at_ms)).unwrap();
    }
    drop(record);
    assert!(!companion(&path, "-wal").exists());
    path
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn refusal(path: &Path) -> RecordError {
    let before = fs::read(path).unwrap();
    let error = Record::open(path).unwrap_err();
    assert_eq!(
        fs::read(path).unwrap(),
        before,
        "the refused file changed: {error}"
    );
    error
}

#[test]
fn a_text_file_is_not_a_record_and_can_be_set_aside() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("it's a record.sqlite");
    let poem = "The whole of a poem, long enough to be taken for a page of something.\n".repeat(40);
    fs::write(&path, &poem).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, RecordError::Damaged { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("not an SQLite database"), "{message}");
    assert!(
        message.contains("Nothing in it was overwritten"),
        "{message}"
    );

    let log = companion(&path, "-wal");
    fs::write(&log, "the latest lines").unwrap();
    let folder_1 = Record::set_aside(&path).unwrap();
    assert_eq!(folder_1, companion(&path, ".damaged-1"));
    assert!(!path.exists() && !log.exists());
    Record::open(&path).unwrap().append(&attempt(1)).unwrap();
    let aside = folder_1.join("it's a record.sqlite");
    assert_eq!(fs::read_to_string(&aside).unwrap(), poem);
    let log_aside = companion(&aside, "-wal");
    assert_eq!(fs::read_to_string(log_aside).unwrap(), "the latest lines");

    let folder_2 = Record::set_aside(&path).unwrap();
    assert_eq!(folder_2, companion(&path, ".damaged-2"));
    assert_eq!(fs::read_to_string(&aside).unwrap(), poem);
    let nothing_there = Record::set_aside(&path).unwrap_err();
    assert!(matches!(nothing_there, RecordError::NotSetAside { .. }));
}

/// A long record is not read whole at every start, so that a start stays quick; a check finds what is wrong.
#[test]
fn damage_in_the_depths_of_a_long_record_is_found_by_a_check() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    let record = Record::open(&path).unwrap();
    let lines: Vec<String> = (0..30_000)
        .map(|at_ms| serde_json::json!({ "attempt": attempt(at_ms) }).to_string())
        .collect();
    record.import(&mut lines.join("\n").as_bytes()).unwrap();
    record.check().unwrap();
    drop(record);
    let sound = fs::read(&path).unwrap();
    assert!(sound.len() > 4 * 1024 * 1024, "{}", sound.len());
    let mut scribbled = sound.clone();
    let depth = 100 * 4096;
    scribbled[depth..depth + 64].fill(0xA5);
    fs::write(&path, &scribbled).unwrap();
    let checked = Record::open(&path).and_then(|record| record.check());
    assert!(
        matches!(checked, Err(RecordError::Damaged { .. })),
        "{checked:?}"
    );
    // What a session reads at once is checked at every start.
    let mut first_page = sound;
    first_page[100..160].fill(0xA5);
    fs::write(&path, &first_page).unwrap();
    let opened = Record::open(&path);
    assert!(
        matches!(opened, Err(RecordError::Damaged { .. })),
        "{opened:?}"
    );
}

#[test]
fn a_record_cut_short_or_scribbled_over_is_called_damaged() {
    let folder = TempDir::new().unwrap();
    let path = written(&folder, 200);
    let sound = fs::read(&path).unwrap();
    for keep in [50, 3000, 4096, sound.len() / 2, sound.len() - 4096] {
        fs::write(&path, &sound[..keep]).unwrap();
        let error = refusal(&path);
        assert!(
            matches!(error, RecordError::Damaged { .. }),
            "{keep} of {} bytes: {error}",
            sound.len()
        );
    }
    for page in 1..sound.len() / 4096 {
        let mut scribbled = sound.clone();
        scribbled[page * 4096..][..64].fill(0xA5);
        fs::write(&path, &scribbled).unwrap();
        let error = refusal(&path);
        assert!(
            matches!(error, RecordError::Damaged { .. }),
            "page {page}: {error}"
        );
    }
}

/// The bytes of a sound record.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    fs::read(written(&folder, 60)).unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Whatever bytes flip, opening and reading end in a record or an error, never in a panic.
    #[test]
    fn flipped_bytes_never_panic(flips in prop::collection::vec((0_usize..40_000, any::<u8>()), 1..20)) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("record.sqlite");
        let mut bytes = SOUND.clone();
        for (at, value) in flips {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        fs::write(&path, &bytes).unwrap();
        if let Ok(record) = Record::open(&path) {
            let _ = record.attempts(&AttemptFilter::default());
            let _ = record.lesson_counts(AttemptKind::Quiz);
        }
    }
}

#[test]
fn a_later_release_s_record_is_refused_by_version() {
    let folder = TempDir::new().unwrap();
    let path = written(&folder, 3);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let error = refusal(&path);
    assert!(
        matches!(error, RecordError::Newer { found: 99, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("version 99"), "{error}");
}

#[test]
fn another_program_s_database_is_refused_unchanged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bookmarks.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    drop(other);
    let error = refusal(&path);
    assert!(matches!(error, RecordError::Foreign { .. }), "{error}");
}

#[test]
fn a_place_that_cannot_hold_a_file_is_named() {
    let folder = TempDir::new().unwrap();
    let error = Record::open(folder.path()).unwrap_err();
    assert!(matches!(error, RecordError::NotAFile { .. }), "{error}");
    let file = folder.path().join("plain");
    fs::write(&file, "").unwrap();
    let error = Record::open(&file.join("record.sqlite")).unwrap_err();
    assert!(matches!(error, RecordError::Folder { .. }), "{error}");
    assert!(error.to_string().contains("--db"), "{error}");
}

#[test]
fn an_empty_file_becomes_a_record() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    fs::write(&path, "").unwrap();
    Record::open(&path).unwrap().append(&attempt(1)).unwrap();
}

//! Several processes on one record; one of them killed; one of them without the right to write.
//!
//! Each test starts this test binary again, telling it by an environment variable to play a child's part.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kvorum_quiz::{Attempt, AttemptFilter, AttemptKind, Record};
use tempfile::TempDir;

const PART: &str = "KVORUM_TEST_PART";
/// The name of a child that opens the record to read it.
const READER: &str = "reader";
const NOBODY: u32 = 65_534;

fn attempt(item: &str, at_ms: i64) -> Attempt {
    Attempt {
        at_ms,
        kind: AttemptKind::Quiz,
        item: item.to_owned(),
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

/// Not a test of its own: the part that a child plays, `COUNT NAME PATH` in the environment.
#[test]
fn child() {
    let Ok(part) = env::var(PART) else { return };
    let mut words = part.splitn(3, ' ');
    let count: i64 = words.next().unwrap().parse().unwrap();
    let name = words.next().unwrap();
    let path = Path::new(words.next().unwrap());
    let opened = match name {
        READER => Record::open_to_read(path),
        _ => Record::open(path),
    };
    let record = match opened {
        Ok(record) => record,
        Err(error) => {
            println!("\nrefused {error}");
            return;
        }
    };
    if name == READER {
        let kept = record.attempts(&AttemptFilter::default()).unwrap();
        println!("\nread {}", kept.len());
    }
    for at_ms in 0..count {
        match record.append(&attempt(name, at_ms)) {
            Ok(_) => println!("\nsaved {at_ms}"),
            Err(error) => println!("\nrefused {error}"),
        }
    }
}

fn start(count: i64, name: &str, path: &Path, user: Option<u32>) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PART, format!("{count} {name} {}", path.display()))
        .stdout(Stdio::piped());
    if let Some(user) = user {
        command.uid(user);
    }
    command.spawn().unwrap()
}

fn finish(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn four_processes_open_and_write_one_new_record() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    let names = ["a", "b", "c", "d"];
    let children = names.map(|name| start(25, name, &path, None));
    for child in children {
        let said = finish(child);
        assert!(!said.contains("refused"), "{said}");
    }
    let record = Record::open(&path).unwrap();
    for name in names {
        let filter = AttemptFilter {
            item: Some(name.to_owned()),
            ..AttemptFilter::default()
        };
        let times: Vec<_> = record
            .attempts(&filter)
            .unwrap()
            .iter()
            .map(|kept| kept.attempt.at_ms)
            .collect();
        assert_eq!(times, Vec::from_iter(0..25), "{name}");
    }
}

/// Eight processes make one new record at once, again and again: changing the journal must wait like all else.
#[test]
fn a_new_record_is_made_by_many_at_once() {
    for _ in 0..12 {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("record.sqlite");
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let children = names.map(|name| start(1, name, &path, None));
        for child in children {
            let said = finish(child);
            assert!(said.contains("saved 0"), "{said}");
        }
        assert_eq!(Record::open(&path).unwrap().count().unwrap(), 8);
    }
}

#[test]
fn what_was_saved_survives_sigkill() {
    for round in 0..20 {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("record.sqlite");
        let mut child = start(i64::MAX, "a", &path, None);
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if line.unwrap().starts_with("saved ") {
                seen += 1;
            }
            if seen == 5 + round * 3 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let record = Record::open(&path).unwrap();
        let times: Vec<_> = record
            .attempts(&AttemptFilter::default())
            .unwrap()
            .iter()
            .map(|kept| kept.attempt.at_ms)
            .collect();
        assert!(
            times.len() >= seen,
            "{seen} were reported saved, {} are there",
            times.len()
        );
        assert_eq!(times, Vec::from_iter(0..times.len() as i64));
        record.append(&attempt("after", 0)).unwrap();
    }
}

/// Root may write anywhere, so as root the child plays its part as nobody.
#[test]
fn a_folder_without_the_right_to_write_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("record.sqlite");
    drop(Record::open(&path).unwrap());
    let user = (fs::metadata(folder.path()).unwrap().uid() == 0).then_some(NOBODY);
    let allow = |mode| fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode)).unwrap();
    allow(0o555);
    let on_existing = finish(start(1, "a", &path, user));
    let on_new = finish(start(1, "a", &folder.path().join("other.sqlite"), user));
    allow(0o755);
    for said in [on_existing, on_new] {
        assert!(said.contains("refused cannot write your record"), "{said}");
        assert!(said.contains("--db FILE"), "{said}");
        assert!(!said.contains("saved"), "{said}");
    }
}

#[test]
fn a_record_without_the_right_to_write_can_be_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("it's 100% my record?.sqlite");
    let record = Record::open(&path).unwrap();
    for at_ms in 0..3 {
        record.append(&attempt("a", at_ms)).unwrap();
    }
    let user = (fs::metadata(folder.path()).unwrap().uid() == 0).then_some(NOBODY);
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    let read = || {
        allow(folder.path(), 0o555);
        allow(&path, 0o444);
        let said = finish(start(1, READER, &path, user));
        allow(&path, 0o644);
        allow(folder.path(), 0o755);
        said
    };
    // While its writer holds it open, the answers still stand in the write-ahead log.
    let beside_its_writer = read();
    drop(record);
    let alone = read();
    for said in [beside_its_writer, alone] {
        assert!(said.contains("read 3"), "{said}");
        assert!(said.contains("refused cannot write your record"), "{said}");
        assert!(!said.contains("saved"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    allow(folder.path(), 0o555);
    allow(&path, 0o000);
    let unreadable = finish(start(0, READER, &path, user));
    let absent = finish(start(1, READER, &folder.path().join("none.sqlite"), user));
    allow(&path, 0o644);
    allow(folder.path(), 0o755);
    assert!(
        unreadable.contains("refused cannot read your record"),
        "{unreadable}"
    );
    assert!(unreadable.contains("--db FILE"), "{unreadable}");
    assert!(absent.contains("read 0"), "{absent}");
    assert!(!absent.contains("saved"), "{absent}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

//! A process that is killed while its threads write to a store on the real disk. Every write that it acknowledged before
//! it died, at `os` durability or above, is there when the store is opened again.
//!
//! The child is this test binary, told by the environment to write until it is killed. `FULL=1` kills it 200 times.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use kvorum::base::rng::Rng;
use kvorum::storage::compact::LeveledOptions;
use kvorum::storage::{Compaction, Durability, Options, WriteBatch};
use store_support::{Watch, count, seed};

/// Where the child finds its store; only it has this.
const FOLDER: &str = "KVORUM_KILL_FOLDER";
const WRITERS: u64 = 4;
/// Writes after which a writer deletes what it wrote, so that the store does not grow without end.
const KEPT: u64 = 300;

fn options() -> Options {
    Options {
        memtable_bytes: 64 << 10,
        compaction: Compaction::Leveled(LeveledOptions {
            level_base_bytes: 256 << 10,
            table_bytes: 64 << 10,
            ..LeveledOptions::default()
        }),
        ..Options::small()
    }
}

fn durability(writer: u64) -> Durability {
    match writer {
        0 | 1 => Durability::Fsync,
        2 => Durability::Os,
        _ => Durability::Memory,
    }
}

fn head(writer: u64) -> String {
    format!("head{writer}")
}

fn entry(writer: u64, n: u64) -> String {
    format!("entry{writer}/{n:012}")
}

fn value(writer: u64, n: u64) -> String {
    format!("{writer} wrote {n} ").repeat(1 + (n % 20) as usize)
}

/// The child's life: write, and say so once it is acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let store = kvorum::live::open(Path::new(&folder), options()).unwrap();
    let store = store.store();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                let last = store.get(head(writer).as_bytes()).unwrap();
                let last: u64 =
                    last.map_or(0, |n| core::str::from_utf8(&n).unwrap().parse().unwrap());
                for n in last + 1.. {
                    let mut batch = WriteBatch::new();
                    batch
                        .put(entry(writer, n), value(writer, n))
                        .put(head(writer), n.to_string());
                    if n > KEPT {
                        batch.delete(entry(writer, n - KEPT));
                    }
                    store.write(&batch, durability(writer)).unwrap();
                    // One call, so that a kill leaves no half line but the last.
                    std::io::stdout()
                        .write_all(format!("acknowledged {writer} {n}\n").as_bytes())
                        .unwrap();
                }
            });
        }
    });
}

/// Starts the child, lets it write for a while, kills it; the last write of each writer that it acknowledged.
fn life(folder: &Path, span: Duration) -> [u64; WRITERS as usize] {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "child_that_writes_until_it_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    let reader = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = [0; WRITERS as usize];
            for line in BufReader::new(output).lines() {
                let line = line.unwrap();
                let mut words = line.split(' ');
                if words.next() != Some("acknowledged") {
                    continue;
                }
                let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
                if let [writer, n] = numbers[..] {
                    last[writer as usize] = n;
                }
            }
            last
        });
        thread::sleep(span);
        // SIGKILL, on unix.
        child.kill().unwrap();
        reader.join().unwrap()
    });
    let end = child.wait_with_output().unwrap();
    assert!(
        end.status.code().is_none(),
        "the child ended by itself: {}",
        String::from_utf8_lossy(&end.stderr)
    );
    reader
}

/// What must be there after a life. Returns the last write of each writer that is there.
fn check(folder: &Path, acknowledged: [u64; WRITERS as usize]) {
    let store = kvorum::live::open(folder, options()).unwrap();
    for writer in 0..WRITERS {
        let head = store.get(head(writer).as_bytes()).unwrap();
        let last: u64 = head.map_or(0, |n| core::str::from_utf8(&n).unwrap().parse().unwrap());
        let promised = acknowledged[writer as usize];
        if durability(writer) >= Durability::Os {
            assert!(
                last >= promised,
                "writer {writer}: {promised} was acknowledged, {last} is there"
            );
        }
        // A prefix: everything up to it, each batch whole, and nothing behind it.
        let first = last.saturating_sub(KEPT - 1).max(1);
        let mut range = store.prefix(format!("entry{writer}/").as_bytes()).unwrap();
        for n in first..=last {
            let (key, found) = range
                .next()
                .unwrap()
                .unwrap_or_else(|| panic!("entry {n} of {writer} is gone"));
            assert_eq!(key, entry(writer, n).as_bytes());
            assert_eq!(found, value(writer, n).as_bytes());
        }
        assert_eq!(
            range.next().unwrap(),
            None,
            "writer {writer} has an entry behind {last}"
        );
    }
    assert_eq!(
        store.verify(|_, _| true).unwrap().damage,
        Vec::<String>::new()
    );
    // Every other time it is closed, and every other time it is only dropped.
    if acknowledged[0].is_multiple_of(2) {
        store.close().unwrap();
    }
}

#[test]
fn a_killed_process_loses_no_acknowledged_write() {
    if env::var_os(FOLDER).is_some() {
        return;
    }
    let watch = Watch::start();
    let mut rng = Rng::from_seed(seed(1));
    let kills = count(5, 200);
    let mut writes = [0; WRITERS as usize];
    let mut folder = tempfile::tempdir().unwrap();
    let mut total = 0;
    for kill in 0..kills {
        if kill % 20 == 19 {
            total += writes.iter().sum::<u64>();
            folder = tempfile::tempdir().unwrap();
        }
        let span = Duration::from_millis(rng.between(20, 600));
        let acknowledged = life(folder.path(), span);
        check(folder.path(), acknowledged);
        writes = acknowledged;
    }
    total += writes.iter().sum::<u64>();
    println!(
        "{kills} kills over about {total} acknowledged batches, in {:.1} s",
        watch.seconds()
    );
    assert!(total > 0, "no child wrote anything");
}

//! A small closed store of which every byte is damaged in turn, and every file cut, removed or swapped: what is read is
//! right or refused, never wrong; the scrub names the file; the repair saves the rest.
//!
//! `FULL=1` flips every bit of every byte; without it one bit of each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod store_support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kvorum::base::time::Wall;
use kvorum::storage::compact::LeveledOptions;
use kvorum::storage::{Compaction, Durability, ManualClock, Options, Store, repair, scrub};
use kvorum::vfs::{Calls, Fault, FaultDisk, MemoryDisk, Vfs, When};
use kvorum::{Code, Error};
use store_support::*;

const NOW_MS: u64 = 50;

fn options(clock: &Arc<ManualClock>) -> Options {
    Options {
        memtable_bytes: 64 << 10,
        compaction: Compaction::Leveled(LeveledOptions {
            level0_runs: 4,
            level_base_bytes: 64 << 10,
            table_bytes: 2 << 10,
            ..LeveledOptions::default()
        }),
        ..tiny(clock)
    }
}

fn open(disk: &MemoryDisk) -> Result<Store, Error> {
    let clock = Arc::new(ManualClock::default());
    clock.set(Wall(NOW_MS));
    Store::open(Arc::new(disk.clone()), options(&clock))
}

/// A closed store with all there can be: two levels, range deletes, deadlines, a log with writes in it, a spare.
fn small_store() -> (Image, Ledger) {
    let disk = MemoryDisk::new();
    let store = open(&disk).unwrap();
    let mut ledger = Ledger {
        now_ms: NOW_MS,
        ..Ledger::default()
    };
    let mut write = |changes: &[Change]| {
        ledger.write(&store, changes, Durability::Fsync).unwrap();
    };
    let put = |n: u64, what: &str| Change::Put(key(n), format!("{what} value of {n}").into_bytes());
    for n in 0..40 {
        write(&[put(n, "old")]);
    }
    store.compact(b"", None).unwrap();
    write(&[
        put(1, "new"),
        Change::Delete(key(2)),
        Change::DeleteRange(key(10), key(14)),
    ]);
    write(&[Change::PutUntil(key(3), b"gone".to_vec(), NOW_MS - 1)]);
    write(&[Change::PutUntil(key(4), b"will go".to_vec(), NOW_MS + 10)]);
    store.flush().unwrap();
    write(&[put(5, "newer"), put(12, "newer"), Change::Delete(key(20))]);
    store.flush().unwrap();
    for n in 30..34 {
        write(&[put(n, "newest"), Change::Delete(key(n - 6))]);
    }
    store.close().unwrap();
    assert_eq!(ledger.prefix(&store), Ok(ledger.writes.len()));
    assert!(
        store
            .stats()
            .levels
            .iter()
            .filter(|level| level.tables > 0)
            .count()
            >= 2
    );
    drop(store);
    let mut files = image(&disk);
    // A spare, as a store that was not closed leaves one.
    let log = files.iter().find(|(name, _)| name.ends_with(".kvl"));
    let stale = log.unwrap().1.iter().map(|byte| !byte).collect();
    files.insert("000001.kvr".to_owned(), stale);
    for suffix in [".kvl", ".kvr", ".kvm", ".kvt"] {
        assert!(
            files.keys().any(|name| name.ends_with(suffix)),
            "no {suffix} in {:?}",
            files.keys()
        );
    }
    (files, ledger)
}

/// What was ever written to each key.
fn ever_written(ledger: &Ledger) -> BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> {
    let mut ever: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for change in ledger.writes.iter().flatten() {
        if let Change::Put(key, value) | Change::PutUntil(key, value, _) = change {
            ever.entry(key.clone()).or_default().insert(value.clone());
        }
    }
    ever
}

/// What became of a damaged store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All reads are right.
    Harmless,
    /// All reads are those of an earlier state.
    Prefix,
    /// The store does not open.
    OpenRefused,
    /// It opens, and some reads are refused.
    ReadRefused,
}

struct Case<'a> {
    what: String,
    files: Image,
    ledger: &'a Ledger,
    /// The file that was damaged.
    name: &'a str,
}

impl Case<'_> {
    fn check(&self) -> Result<Outcome, String> {
        let disk = disk_of(&self.files);
        let vfs: Arc<dyn Vfs> = Arc::new(disk.clone());
        let scrubbed = scrub(&vfs, |_, _| true);
        if image(&disk) != self.files {
            return Err("the scrub changes files".into());
        }
        let outcome = self.open_and_read(&disk)?;
        // A manifest that is cut between two edits is whole: then it is the log that misses what it should know.
        let names_it = match &scrubbed {
            Ok(report) => report.damage.iter().any(|line| line.contains(self.name)),
            Err(Error::Corruption { detail }) => {
                detail.contains(self.name) || self.name.ends_with(".kvm")
            }
            Err(Error::InvalidArgument { .. }) => true,
            Err(why) => return Err(format!("scrub: {why}")),
        };
        let clean = scrubbed
            .as_ref()
            .is_ok_and(|report| report.damage.is_empty());
        let refused = matches!(outcome, Outcome::OpenRefused | Outcome::ReadRefused);
        if (refused || !clean) && !names_it {
            return Err(format!("{outcome:?}, and the scrub says {scrubbed:?}"));
        }
        if self.name.ends_with(".kvt") && clean {
            return Err("the scrub sees nothing in a table".into());
        }
        if refused {
            self.repaired()?;
        }
        Ok(outcome)
    }

    fn open_and_read(&self, disk: &MemoryDisk) -> Result<Outcome, String> {
        match open(disk) {
            Ok(store) => match self.ledger.prefix_or_refused(&store)? {
                (count, None) if count == self.ledger.writes.len() => Ok(Outcome::Harmless),
                (_, None) => Ok(Outcome::Prefix),
                (_, Some(Error::Corruption { .. })) => Ok(Outcome::ReadRefused),
                (_, Some(why)) => Err(format!("a read gives: {why}")),
            },
            Err(Error::Corruption { .. } | Error::InvalidArgument { .. }) => {
                // Who opens it anyway changes nothing.
                if image(disk) == self.files {
                    Ok(Outcome::OpenRefused)
                } else {
                    Err("a refused open changes files".into())
                }
            }
            Err(why) => Err(format!("open gives: {why}")),
        }
    }

    /// The repair gives a store that opens and reads, in which nothing is that was never written.
    fn repaired(&self) -> Result<(), String> {
        let disk = disk_of(&self.files);
        let vfs: Arc<dyn Vfs> = Arc::new(disk.clone());
        let report = repair(&vfs).map_err(|why| format!("repair: {why}"))?;
        if self.name.ends_with(".kvt")
            && !report.set_aside.iter().any(|line| line.contains(self.name))
        {
            return Err(format!("the repair does not name the file: {report:?}"));
        }
        let store = open(&disk).map_err(|why| format!("open after repair: {why}; {report:?}"))?;
        let found = content(&store).map_err(|why| format!("a scan after repair: {why}"))?;
        let ever = ever_written(self.ledger);
        for (key, value) in &found {
            if !ever.get(key).is_some_and(|values| values.contains(value)) {
                return Err(format!(
                    "after repair {} is {}",
                    key.escape_ascii(),
                    value.escape_ascii()
                ));
            }
        }
        let damage = store
            .verify(|_, _| true)
            .map_err(|why| why.to_string())?
            .damage;
        if !damage.is_empty() {
            return Err(format!("after repair: {damage:?}"));
        }
        store
            .put(b"again", b"1")
            .map_err(|why| format!("a write after repair: {why}"))?;
        store
            .compact(b"", None)
            .map_err(|why| format!("a merge after repair: {why}"))?;
        drop(store);
        let store = open(&disk).map_err(|why| format!("open after repair and a write: {why}"))?;
        let after = content(&store).map_err(|why| why.to_string())?;
        if after.len() != found.len() + 1 {
            return Err(format!(
                "{} pairs after repair, {} later",
                found.len(),
                after.len()
            ));
        }
        Ok(())
    }

    fn must(&self) -> Outcome {
        self.check()
            .unwrap_or_else(|why| panic!("{}: {why}", self.what))
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("kvl") => "log",
        Some("kvt") => "table",
        Some("kvm") => "manifest",
        Some("kvr") => "spare",
        _ => panic!("what is '{name}'?"),
    }
}

#[test]
fn a_flipped_bit_anywhere_gives_no_wrong_value() {
    let watch = Watch::start();
    let (files, ledger) = small_store();
    let mut outcomes: BTreeMap<(&str, Outcome), u64> = BTreeMap::new();
    let all: usize = files.values().map(Vec::len).sum();
    let mut flips = 0;
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            let masks: Vec<u8> = if full() {
                (0..8).map(|bit| 1 << bit).chain([0xff]).collect()
            } else {
                vec![1 << (at % 8)]
            };
            for mask in masks {
                let mut files = files.clone();
                files.get_mut(name).unwrap()[at] ^= mask;
                let what = format!("byte {at} of {} of '{name}' ^ {mask:#x}", bytes.len());
                let case = Case {
                    what,
                    files,
                    ledger: &ledger,
                    name,
                };
                let outcome = case.must();
                assert_ne!(
                    outcome,
                    Outcome::Prefix,
                    "{}: a promised write is silently gone",
                    case.what
                );
                *outcomes.entry((kind(name), outcome)).or_default() += 1;
                flips += 1;
            }
        }
    }
    println!(
        "{flips} flips in {all} bytes, in {:.1} s: {outcomes:?}",
        watch.seconds()
    );
    let detected = |kind| {
        outcomes
            .keys()
            .any(|(k, outcome)| *k == kind && *outcome > Outcome::Prefix)
    };
    assert!(detected("log") && detected("table") && detected("manifest"));
}

#[test]
fn a_file_that_is_cut_short_gives_no_wrong_value() {
    let watch = Watch::start();
    let (files, ledger) = small_store();
    let mut outcomes: BTreeMap<(&str, Outcome), u64> = BTreeMap::new();
    for (name, bytes) in &files {
        for len in 0..bytes.len() {
            for zeros in [false, true] {
                let mut files = files.clone();
                let file = files.get_mut(name).unwrap();
                file.truncate(len);
                if zeros {
                    // What a file system may leave: the length, without the bytes.
                    file.resize(bytes.len(), 0);
                }
                if file == bytes {
                    continue;
                }
                let what = format!(
                    "'{name}' cut to {len} of {} bytes, zeros behind: {zeros}",
                    bytes.len()
                );
                let outcome = Case {
                    what,
                    files,
                    ledger: &ledger,
                    name,
                }
                .must();
                *outcomes.entry((kind(name), outcome)).or_default() += 1;
            }
        }
    }
    println!("cut short, in {:.1} s: {outcomes:?}", watch.seconds());
}

#[test]
fn a_file_that_is_missing_or_another_one_gives_no_wrong_value() {
    let (files, ledger) = small_store();
    for name in files.keys() {
        let mut less = files.clone();
        less.remove(name);
        let what = format!("'{name}' removed");
        let outcome = Case {
            what,
            files: less,
            ledger: &ledger,
            name,
        }
        .must_without_scrub();
        match kind(name) {
            "spare" => assert_eq!(outcome, Outcome::Harmless),
            "table" => assert_eq!(outcome, Outcome::ReadRefused, "'{name}' removed"),
            _ => assert_eq!(outcome, Outcome::OpenRefused, "'{name}' removed"),
        }
        for other in files.keys().filter(|other| *other != name) {
            let mut mixed = files.clone();
            mixed.insert(name.clone(), files[other].clone());
            let what = format!("'{name}' replaced by '{other}'");
            let outcome = Case {
                what,
                files: mixed,
                ledger: &ledger,
                name,
            }
            .must_without_scrub();
            if kind(name) != "spare" {
                assert!(
                    outcome > Outcome::Prefix,
                    "'{name}' replaced by '{other}': {outcome:?}"
                );
            }
        }
    }
}

impl Case<'_> {
    /// A check of the reads and of the repair.
    fn must_without_scrub(&self) -> Outcome {
        let disk = disk_of(&self.files);
        let outcome = self
            .open_and_read(&disk)
            .unwrap_or_else(|why| panic!("{}: {why}", self.what));
        if outcome > Outcome::Prefix {
            self.repaired()
                .unwrap_or_else(|why| panic!("{}: {why}", self.what));
        }
        outcome
    }
}

/// The files of a store with a damaged manifest, or with a damaged table.
fn damaged(suffix: &str) -> (Image, Ledger) {
    let (mut files, ledger) = small_store();
    let name = files
        .keys()
        .find(|name| name.ends_with(suffix))
        .unwrap()
        .clone();
    let file = files.get_mut(&name).unwrap();
    let middle = file.len() / 2;
    file[middle] ^= 0x10;
    (files, ledger)
}

#[test]
fn a_repair_that_is_cut_off_can_be_done_again_and_loses_nothing() {
    for suffix in [".kvm", ".kvt", ".kvl"] {
        let (files, _) = damaged(suffix);
        let whole = disk_of(&files);
        let vfs: Arc<dyn Vfs> = Arc::new(whole.clone());
        repair(&vfs).unwrap();
        let wanted = content(&open(&whole).unwrap()).unwrap();
        for point in 1.. {
            let memory = disk_of(&files);
            let disk = FaultDisk::over_memory(&memory);
            disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
            let vfs: Arc<dyn Vfs> = Arc::new(disk.clone());
            let outcome = repair(&vfs);
            let mut rng = kvorum::base::rng::Rng::from_seed(point);
            memory.crash_with(ways().nth(point as usize % 16).unwrap(), &mut rng);
            if !disk.is_down() {
                assert!(outcome.is_ok());
                break;
            }
            let vfs: Arc<dyn Vfs> = Arc::new(memory.clone());
            let opened = open(&memory);
            if let Err(why) = &opened {
                assert_eq!(
                    why.code(),
                    Code::Corruption,
                    "{suffix}, cut at call {point}: {why}"
                );
                repair(&vfs).unwrap_or_else(|why| panic!("{suffix}, cut at call {point}: {why}"));
            }
            drop(opened);
            let mut found = content(&open(&memory).unwrap());
            if found.is_err() {
                // It opened as it was before the repair: the damaged table is still in it.
                repair(&vfs).unwrap();
                found = content(&open(&memory).unwrap());
            }
            let found = found.unwrap();
            assert!(
                wanted
                    .iter()
                    .all(|(key, value)| found.get(key) == Some(value)),
                "{suffix}, the repair cut at call {point}: {}",
                difference(&found, &wanted)
            );
        }
    }
}

#[test]
fn a_checkpoint_that_is_cut_off_is_no_store_or_a_whole_one() {
    let (files, ledger) = small_store();
    for point in 1.. {
        let memory = disk_of(&files);
        let disk = FaultDisk::over_memory(&memory);
        let clock = Arc::new(ManualClock::default());
        clock.set(Wall(NOW_MS));
        let store = Store::open(Arc::new(disk.clone()), options(&clock)).unwrap();
        disk.fail(Fault::PowerLoss, Calls::Changing, When::Nth(point));
        let outcome = store.checkpoint("copy");
        let mut rng = kvorum::base::rng::Rng::from_seed(point);
        memory.crash_with(ways().nth(point as usize % 16).unwrap(), &mut rng);
        drop(store);
        assert_eq!(outcome.is_ok(), !disk.is_down());
        ledger.prefix(&open(&memory).unwrap()).unwrap();
        let folder = memory.folder("copy").unwrap();
        let was_empty = folder
            .list()
            .unwrap()
            .iter()
            .all(|name| !name.ends_with(".kvm") && !name.ends_with(".kvt"));
        match Store::open(folder, options(&clock)) {
            Ok(copy) if was_empty => {
                assert!(outcome.is_err() && content(&copy).unwrap().is_empty())
            }
            Ok(copy) => {
                ledger
                    .prefix(&copy)
                    .unwrap_or_else(|why| panic!("cut at call {point}: {why}"));
            }
            Err(why) => assert!(
                outcome.is_err() && why.code() == Code::Corruption,
                "cut at call {point}: {why}"
            ),
        }
        if outcome.is_ok() {
            break;
        }
    }
}

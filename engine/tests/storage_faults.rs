//! A disk that fails, at every step where it can: nothing promised is lost, and nothing is promised twice.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod storage_support;

use core::ops::Bound;
use std::sync::Arc;

use kvorum::base::limits::RECORD_BYTES_MAX;
use kvorum::base::rng::Rng;
use kvorum::storage::{
    LogConfig, LogStore, Maintenance, REWRITE_FILE, STORED_KEY_BYTES_MAX, Storage, WriteBatch,
};
use kvorum::vfs::{MemoryDisk, Vfs};
use kvorum::{Code, Error, Result};
use storage_support::{FailingDisk, Failure, content, disk_with, log_of, open, put};

const EAGER: LogConfig = LogConfig {
    rewrite_dead_bytes_min: 200,
    rewrite_dead_factor: 1,
};

fn open_eager(disk: &FailingDisk) -> Result<LogStore> {
    LogStore::open_with(Arc::new(disk.clone()), EAGER)
}

#[test]
fn a_failed_sync_closes_the_store_for_writes_and_is_never_retried() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk).unwrap();
    store.write(put("kept", "1")).unwrap();
    store.sync().unwrap();
    store.write(put("lost", "2")).unwrap();
    let syncs = disk.syncs();
    disk.fail_next_sync();
    assert_eq!(store.sync().unwrap_err().code(), Code::Io);

    assert!(store.stats().poisoned);
    let refused = store.write(put("late", "3")).unwrap_err().to_string();
    assert!(refused.contains("takes no more writes"), "{refused}");
    assert!(refused.contains("sync of a file failed"), "{refused}");
    assert!(store.sync().is_err());
    assert!(store.maintain().is_err());
    assert_eq!(disk.syncs(), syncs, "no sync was tried again");
    assert_eq!(store.get(b"kept").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(content(&store).len(), 2, "reads go on");

    disk.crash(&mut Rng::from_seed(3));
    let store = open(&disk).unwrap();
    assert_eq!(store.get(b"kept").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(store.get(b"lost").unwrap(), None);
    assert!(!store.stats().poisoned);
}

#[test]
fn a_sync_with_nothing_new_does_not_reach_the_disk() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk).unwrap();
    let syncs = disk.syncs();
    store.sync().unwrap();
    store.write(WriteBatch::new()).unwrap();
    store.sync().unwrap();
    assert_eq!(disk.syncs(), syncs);
    store.write(put("a", "1")).unwrap();
    store.sync().unwrap();
    store.sync().unwrap();
    assert_eq!(disk.syncs(), syncs + 1);
}

#[test]
fn a_write_that_the_disk_refuses_leaves_the_store_as_it_was() {
    let disk = FailingDisk::new(MemoryDisk::new());
    let mut store = open_eager(&disk).unwrap();
    store.write(put("a", "1")).unwrap();
    let before = (store.stats(), log_of(&disk.disk));
    disk.fail_after(0, Failure::Once);
    assert!(store.write(put("b", "2")).is_err());
    assert_eq!((store.stats(), log_of(&disk.disk)), before);

    store.write(put("c", "3")).unwrap();
    store.sync().unwrap();
    disk.disk.crash(&mut Rng::from_seed(1));
    let reopened = open(&disk.disk).unwrap();
    assert_eq!(content(&reopened), content(&store));
}

/// A store on a healthy disk with plenty of dead bytes, all synced.
fn worn(seed: u64) -> (FailingDisk, LogStore) {
    let disk = FailingDisk::new(MemoryDisk::new());
    let mut store = open_eager(&disk).unwrap();
    let mut rng = Rng::from_seed(seed);
    for _ in 0..60 {
        let key = format!("k{}", rng.below(6));
        let mut batch = put(&key, &format!("{:x}", rng.next_u64()));
        batch.delete(format!("k{}", rng.below(6)));
        store.write(batch).unwrap();
    }
    store.sync().unwrap();
    (disk, store)
}

#[test]
fn a_rewrite_drops_the_dead_bytes_and_keeps_the_map() {
    let (disk, mut store) = worn(1);
    let before = content(&store);
    let Maintenance::Rewritten {
        bytes_before,
        bytes_after,
    } = store.maintain().unwrap()
    else {
        panic!("a rewrite was due");
    };
    assert!(bytes_after < bytes_before / 10);
    assert_eq!(log_of(&disk.disk).len() as u64, bytes_after);
    assert_eq!(disk.list().unwrap(), ["log"]);
    assert_eq!(content(&store), before);
    assert_eq!(store.stats().rewrites, 1);
    assert_eq!(store.maintain().unwrap(), Maintenance::Idle);
    assert_eq!(content(&open(&disk.disk).unwrap()), before);
}

#[test]
fn a_rewrite_takes_values_larger_than_its_records() {
    let disk = MemoryDisk::new();
    let mut store = LogStore::open_with(Arc::new(disk.clone()), EAGER).unwrap();
    for round in 0..3_u8 {
        for key in ["a", "b", "c"] {
            let mut batch = WriteBatch::new();
            batch.put(key, vec![round; 300_000]);
            batch.put(format!("{key}-small"), vec![round; 100]);
            store.write(batch).unwrap();
        }
    }
    assert!(matches!(
        store.maintain().unwrap(),
        Maintenance::Rewritten { .. }
    ));
    assert_eq!(content(&open(&disk).unwrap()), content(&store));
}

#[test]
fn a_crash_at_any_step_of_a_rewrite_loses_nothing() {
    let mut steps = 0;
    loop {
        let mut crashed = false;
        for seed in 0..40 {
            let (disk, mut store) = worn(seed);
            let before = content(&store);
            disk.fail_after(steps, Failure::ForGood);
            let outcome = store.maintain();
            crashed = disk.has_failed();
            assert_eq!(outcome.is_err(), crashed);
            assert_eq!(content(&store), before);
            drop(store);

            disk.disk.crash(&mut Rng::from_seed(seed));
            disk.heal();
            let mut store = open_eager(&disk).unwrap();
            assert_eq!(content(&store), before, "step {steps}, seed {seed}");
            assert!(!disk.exists(REWRITE_FILE).unwrap());
            store.write(put("after", "crash")).unwrap();
            store.sync().unwrap();
            let before = content(&store);
            disk.disk.crash(&mut Rng::from_seed(seed + 1));
            assert_eq!(content(&open_eager(&disk).unwrap()), before);
        }
        if !crashed {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 7, "only {steps} steps were crashed");
}

#[test]
fn a_store_that_outlives_a_failed_rewrite_keeps_its_promises() {
    for steps in 0..7 {
        for seed in 0..40 {
            let (disk, mut store) = worn(seed);
            disk.fail_after(steps, Failure::Once);
            assert!(store.maintain().is_err());
            let mut promised = content(&store);
            let written = store.write(put("after", "it")).and_then(|()| store.sync());
            if written.is_ok() {
                promised = content(&store);
            }
            assert_eq!(written.is_err(), store.stats().poisoned);
            disk.disk.crash(&mut Rng::from_seed(seed));
            let store = open_eager(&disk).unwrap();
            assert_eq!(content(&store), promised, "step {steps}, seed {seed}");
        }
    }
}

#[test]
fn a_crash_at_any_step_of_the_first_open_leaves_a_disk_that_opens() {
    for steps in 0..8 {
        for seed in 0..40 {
            let disk = FailingDisk::new(MemoryDisk::new());
            disk.fail_after(steps, Failure::ForGood);
            assert_eq!(open_eager(&disk).is_err(), disk.has_failed());
            disk.disk.crash(&mut Rng::from_seed(seed));
            disk.heal();
            let mut store = open_eager(&disk).unwrap();
            assert!(content(&store).is_empty());
            store.write(put("a", "1")).unwrap();
            store.sync().unwrap();
            disk.disk.crash(&mut Rng::from_seed(seed + 1));
            assert_eq!(content(&open_eager(&disk).unwrap()), content(&store));
        }
    }
}

#[test]
fn a_crash_at_any_step_of_opening_a_torn_log_leaves_a_disk_that_opens() {
    let (worn_disk, store) = worn(5);
    let mut log = log_of(&worn_disk.disk);
    log.extend_from_slice(b"kvfr and the beginning of a record");
    for steps in 0..8 {
        for seed in 0..40 {
            let disk = FailingDisk::new(disk_with(&log));
            disk.fail_after(steps, Failure::ForGood);
            assert_eq!(open_eager(&disk).is_err(), disk.has_failed());
            disk.disk.crash(&mut Rng::from_seed(seed));
            disk.heal();
            assert_eq!(content(&open_eager(&disk).unwrap()), content(&store));
        }
    }
}

#[test]
fn what_a_store_opened_after_a_failed_sync_reads_survives_a_crash() {
    for seed in 0..40 {
        let disk = MemoryDisk::new();
        let mut store = open(&disk).unwrap();
        store.write(put("dropped by the system", "1")).unwrap();
        disk.fail_next_sync();
        assert!(store.sync().is_err());
        let mut store = open(&disk).unwrap();
        store.write(put("new", "2")).unwrap();
        store.sync().unwrap();
        disk.crash(&mut Rng::from_seed(seed));
        assert_eq!(content(&open(&disk).unwrap()), content(&store));
    }
}

#[test]
fn what_a_restarted_process_reads_survives_a_crash() {
    for seed in 0..40 {
        let disk = MemoryDisk::new();
        let mut store = open(&disk).unwrap();
        store.write(put("unsynced", "1")).unwrap();
        drop(store);
        let read = content(&open(&disk).unwrap());
        assert_eq!(read.len(), 1);
        disk.crash(&mut Rng::from_seed(seed));
        assert_eq!(content(&open(&disk).unwrap()), read);
    }
}

#[test]
fn a_store_that_outlives_its_disk_changes_nothing_on_the_next() {
    let (disk, mut store) = worn(2);
    let before = content(&store);
    disk.disk.crash(&mut Rng::from_seed(2));
    assert_eq!(store.maintain(), Err(Error::Closed));
    assert_eq!(store.write(put("late", "write")), Err(Error::Closed));
    assert!(store.stats().poisoned);
    assert_eq!(content(&open(&disk.disk).unwrap()), before);
}

#[test]
fn two_stores_on_one_disk_are_noticed_before_a_rewrite() {
    let (disk, mut first) = worn(3);
    let mut second = open_eager(&disk).unwrap();
    second.write(put("mine", "1")).unwrap();
    second.sync().unwrap();
    let error = first.maintain().unwrap_err().to_string();
    assert!(error.contains("another store was opened"), "{error}");
    assert_eq!(content(&open_eager(&disk).unwrap()), content(&second));
}

#[test]
fn past_a_limit_nothing_changes() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk).unwrap();
    let before = store.stats();
    let mut refuse = |what, batch: WriteBatch| match store.write(batch) {
        Err(Error::TooLarge { what: named, .. }) => assert_eq!(named, what),
        other => panic!("{other:?}"),
    };
    let long_key = vec![b'k'; STORED_KEY_BYTES_MAX + 1];
    let mut batch = put("fits", "1");
    batch.put(long_key.clone(), "1");
    refuse("stored key", batch);
    let mut batch = put("fits", "1");
    batch.delete(long_key);
    refuse("stored key", batch);
    let huge = bytes::Bytes::from(vec![0; RECORD_BYTES_MAX + 1]);
    let mut batch = put("fits", "1");
    batch.put("k", huge.clone());
    refuse("stored value", batch);
    let mut batch = WriteBatch::new();
    let half = huge.slice(..RECORD_BYTES_MAX / 2);
    batch.put("k1", half.clone()).put("k2", half);
    refuse("write batch", batch);
    assert_eq!(store.stats(), before);

    let mut batch = WriteBatch::new();
    batch.put(vec![b'k'; STORED_KEY_BYTES_MAX], "1");
    batch.put("", "the empty key is a key");
    store.write(batch).unwrap();
    assert_eq!(content(&open(&disk).unwrap()), content(&store));
}

#[test]
fn a_scan_keeps_to_its_bounds_and_its_limit() {
    let mut store = open(&MemoryDisk::new()).unwrap();
    for key in ["a", "b", "c", "d"] {
        store.write(put(key, key)).unwrap();
    }
    let scan = |from, to, limit| {
        let pairs = store.scan(from, to, limit).unwrap();
        let keys = pairs.iter().flat_map(|(key, _)| key.to_vec());
        String::from_utf8(keys.collect()).unwrap()
    };
    let (b, c): (&[u8], &[u8]) = (b"b", b"c");
    use Bound::{Excluded, Included, Unbounded};
    assert_eq!(scan(Unbounded, Unbounded, 9), "abcd");
    assert_eq!(scan(Unbounded, Unbounded, 2), "ab");
    assert_eq!(scan(Unbounded, Unbounded, 0), "");
    assert_eq!(scan(Included(b), Included(c), 9), "bc");
    assert_eq!(scan(Excluded(b), Included(c), 9), "c");
    assert_eq!(scan(Included(b), Excluded(c), 9), "b");
    assert_eq!(scan(Excluded(b), Excluded(b), 9), "");
    assert_eq!(scan(Included(b), Excluded(b), 9), "");
    assert_eq!(scan(Included(c), Included(b), 9), "");
    assert_eq!(scan(Excluded(b), Unbounded, 9), "cd");
}

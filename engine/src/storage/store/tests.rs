//! The store as its callers see it. The large tests (models, crashes, faults) stand in `engine/tests`.

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::base::rng::Rng;
use crate::base::time::Wall;
use crate::storage::options::{Durability, ManualClock};
use crate::storage::wal::WriteBatch;
use crate::vfs::MemoryDisk;

fn tiny() -> Options {
    Options {
        memtable_bytes: 8 << 10,
        block_bytes: 256,
        cache_bytes: 16 << 10,
        ..Options::small()
    }
}

fn open(disk: &MemoryDisk) -> Store {
    Store::open(Arc::new(disk.clone()), tiny()).unwrap()
}

fn content(store: &Store) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut range = store.range(Bound::Unbounded, Bound::Unbounded).unwrap();
    let mut pairs = BTreeMap::new();
    while let Some((key, value)) = range.next().unwrap() {
        pairs.insert(key.to_vec(), value.to_vec());
    }
    pairs
}

#[test]
fn thousands_of_writes_survive_flushes_merges_and_reopening() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    let mut model = BTreeMap::new();
    let mut rng = Rng::from_seed(1);
    for round in 0..6_u32 {
        for number in 0..2_000_u32 {
            let key = format!("key{:05}", rng.below(3_000)).into_bytes();
            if rng.chance(0.2) {
                store.delete(&key).unwrap();
                model.remove(&key);
            } else {
                let value = format!("value {round} {number}").into_bytes();
                store.put(&key, &value).unwrap();
                model.insert(key, value);
            }
            if rng.chance(0.05) {
                store.step(4 << 10).unwrap();
            }
        }
        assert_eq!(content(&store), model);
        for (key, value) in &model {
            assert_eq!(store.get(key).unwrap().as_deref(), Some(value.as_slice()));
        }
        if round == 3 {
            store.compact(b"", None).unwrap();
            assert_eq!(content(&store), model);
            assert_eq!(store.stats().runs(), 1);
        }
        drop(store);
        store = open(&disk);
        assert_eq!(content(&store), model);
    }
    let stats = store.stats();
    assert!(stats.table_bytes() > 0, "{stats:?}");
    assert!(store.verify(|_, _| true).unwrap().damage.is_empty());
}

#[test]
fn a_snapshot_and_a_range_see_what_was_there() {
    let store = open(&MemoryDisk::new());
    store.put(b"a", b"1").unwrap();
    store.put(b"b", b"1").unwrap();
    let snapshot = store.snapshot().unwrap();
    let mut range = store.range(Bound::Unbounded, Bound::Unbounded).unwrap();
    store.put(b"a", b"2").unwrap();
    store.delete(b"b").unwrap();
    store.compact(b"", None).unwrap();
    assert_eq!(
        store.get_at(&snapshot, b"a").unwrap().as_deref(),
        Some(&b"1"[..])
    );
    assert_eq!(
        store.get_at(&snapshot, b"b").unwrap().as_deref(),
        Some(&b"1"[..])
    );
    assert_eq!(store.get(b"b").unwrap(), None);
    assert_eq!(range.next().unwrap(), Some((&b"a"[..], &b"1"[..])));
    assert_eq!(range.next().unwrap(), Some((&b"b"[..], &b"1"[..])));
    assert_eq!(range.next().unwrap(), None);
}

#[test]
fn a_range_delete_covers_what_was_there_and_not_what_comes() {
    let store = open(&MemoryDisk::new());
    for key in [b"a", b"b", b"c", b"d"] {
        store.put(key, b"old").unwrap();
    }
    store.flush().unwrap();
    let mut batch = WriteBatch::new();
    batch.delete_range("b", "d").put("c", "new");
    store.write(&batch, Durability::Fsync).unwrap();
    let kept = [("a", "old"), ("c", "new"), ("d", "old")];
    let kept: BTreeMap<_, _> = kept
        .map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .into();
    assert_eq!(content(&store), kept);
    store.flush().unwrap();
    assert_eq!(content(&store), kept);
    assert_eq!(store.get(b"b").unwrap(), None);
    store.compact(b"", None).unwrap();
    assert_eq!(content(&store), kept);
    assert_eq!(
        store
            .stats()
            .levels
            .iter()
            .map(|level| level.range_deletes)
            .sum::<u64>(),
        0
    );
}

#[test]
fn a_value_past_its_deadline_is_not_returned_and_its_space_comes_back() {
    let clock = Arc::new(ManualClock::default());
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn crate::storage::Clock>,
        ..tiny()
    };
    let store = Store::open(Arc::new(MemoryDisk::new()), options).unwrap();
    store.put(b"k", b"older").unwrap();
    let mut batch = WriteBatch::new();
    batch.put_until("k", "brief", 1_000);
    store.write(&batch, Durability::Fsync).unwrap();
    clock.set(Wall(999));
    assert_eq!(store.get(b"k").unwrap().as_deref(), Some(&b"brief"[..]));
    clock.set(Wall(1_000));
    assert_eq!(
        store.get(b"k").unwrap(),
        None,
        "the older value does not come back either"
    );
    assert!(content(&store).is_empty());
    store.compact(b"", None).unwrap();
    assert_eq!(store.get(b"k").unwrap(), None);
    assert_eq!(store.stats().table_bytes(), 0);
}

#[test]
fn a_conditional_write_is_done_only_where_its_condition_holds() {
    let store = open(&MemoryDisk::new());
    let mut batch = WriteBatch::new();
    batch.put("lock", "me");
    let absent = [Condition::Absent("lock".into())];
    store.write_if(&absent, &batch, Durability::Fsync).unwrap();
    let again = store.write_if(&absent, &batch, Durability::Fsync);
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    let mine = [Condition::Equals("lock".into(), "me".into())];
    let mut release = WriteBatch::new();
    release.delete("lock");
    store.write_if(&mine, &release, Durability::Fsync).unwrap();
    assert_eq!(store.get(b"lock").unwrap(), None);
}

#[test]
fn a_checkpoint_is_a_store_of_its_own() {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    store.put(b"a", b"1").unwrap();
    store.checkpoint("copy").unwrap();
    store.put(b"a", b"2").unwrap();
    store.compact(b"", None).unwrap();
    let copy = Store::open(disk.folder("copy").unwrap(), tiny()).unwrap();
    assert_eq!(copy.get(b"a").unwrap().as_deref(), Some(&b"1"[..]));
    copy.put(b"b", b"3").unwrap();
    assert_eq!(store.get(b"b").unwrap(), None);
    assert!(store.checkpoint("copy").is_err());
}

#[test]
fn repair_saves_the_tables_without_a_manifest() {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    for number in 0..500 {
        store.put(format!("k{number:03}").as_bytes(), b"v").unwrap();
    }
    store.flush().unwrap();
    store.put(b"last", b"v").unwrap();
    drop(store);
    for name in disk.list().unwrap() {
        if name.ends_with(".kvm") {
            disk.remove(&name).unwrap();
        }
    }
    let refused = Store::open(Arc::new(disk.clone()), tiny());
    assert!(
        matches!(refused, Err(Error::Corruption { .. })),
        "{refused:?}"
    );
    let vfs: Arc<dyn Vfs> = Arc::new(disk.clone());
    let report = repair(&vfs).unwrap();
    assert!(report.tables > 0 && !report.manifest, "{report:?}");
    assert_eq!(content(&open(&disk)).len(), 501);
}

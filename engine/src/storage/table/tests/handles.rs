//! Tables that open when they are asked for, and close when too many are open.

use std::sync::Arc;

use super::model::*;
use crate::Error;
use crate::storage::entry::SEQUENCE_MAX;
use crate::storage::table::{TableBuilder, TableCache, TableHandle, TableOptions, table_file_name};
use crate::vfs::{MemoryDisk, Vfs};

fn tables(count: u64, open_max: usize) -> (MemoryDisk, Arc<TableCache>, Vec<Arc<TableHandle>>) {
    let disk = MemoryDisk::new();
    let context = Setup::default().context();
    let cache = TableCache::new(Arc::new(disk.clone()), context, open_max);
    let handles = (0..count)
        .map(|id| {
            let file = disk.open(&table_file_name(id)).unwrap();
            let mut builder = TableBuilder::new(file, TableOptions::default());
            let sample = Sample::put(b"k", 1, format!("table {id}").as_bytes());
            builder.add(sample.entry()).unwrap();
            cache.handle(Arc::new(builder.finish(id).unwrap()))
        })
        .collect();
    (disk, cache, handles)
}

fn value_of(handle: &TableHandle) -> String {
    let reader = handle.reader().unwrap();
    let found = get(&reader, b"k", SEQUENCE_MAX).unwrap().unwrap();
    String::from_utf8(found.value.to_vec()).unwrap()
}

#[test]
fn a_file_is_named_by_its_number() {
    assert_eq!(table_file_name(123), "000123.kvt");
    assert_eq!(table_file_name(12_345_678), "12345678.kvt");
}

#[test]
fn no_more_tables_are_open_than_allowed() {
    let (_disk, cache, handles) = tables(20, 4);
    assert_eq!(
        cache.open_tables(),
        0,
        "nothing is opened before it is asked for"
    );
    for round in 0..3 {
        for (id, handle) in handles.iter().enumerate() {
            assert_eq!(value_of(handle), format!("table {id}"), "round {round}");
            assert!(handle.is_open());
            assert!(cache.open_tables() <= 4);
        }
    }
    assert_eq!(cache.open_tables(), 4);
    drop(handles);
    assert_eq!(cache.open_tables(), 0);
}

#[test]
fn a_table_in_use_stays_open_while_others_come_and_go() {
    let (_disk, _cache, handles) = tables(20, 4);
    value_of(&handles[0]);
    let mut reopened = 0;
    for handle in &handles[1..] {
        reopened += u32::from(!handles[0].is_open());
        value_of(&handles[0]);
        value_of(handle);
    }
    assert!(reopened <= 5, "reopened {reopened} times");
}

#[test]
fn a_closed_table_is_readable_by_who_holds_it() {
    let (_disk, cache, handles) = tables(3, 1);
    let held = handles[0].reader().unwrap();
    let kept = handles[1].reader_arc().unwrap();
    value_of(&handles[2]);
    assert_eq!(cache.open_tables(), 1);
    assert!(get(&held, b"k", 1).unwrap().is_some());
    assert!(get(&kept, b"k", 1).unwrap().is_some());
}

#[test]
fn a_missing_file_is_reported_and_not_created() {
    let (disk, cache, handles) = tables(2, 4);
    disk.remove(&table_file_name(1)).unwrap();
    assert!(matches!(handles[1].reader(), Err(Error::Corruption { .. })));
    assert!(!disk.exists(&table_file_name(1)).unwrap());
    assert_eq!(cache.open_tables(), 0);
    assert_eq!(value_of(&handles[0]), "table 0");
}

#[test]
fn two_threads_open_and_close_the_same_tables() {
    let (_disk, cache, handles) = tables(8, 3);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let handles = &handles;
            scope.spawn(move || {
                for step in 0..3000 {
                    let id = (step * 7 + thread) % handles.len();
                    assert_eq!(value_of(&handles[id]), format!("table {id}"));
                }
            });
        }
    });
    assert!(cache.open_tables() <= 3);
}

//! A torn tail is cut and counted; damage before it is reported, and nothing is changed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod seeded;
mod storage_support;

use kvorum::storage::{Storage, WriteBatch};
use kvorum::vfs::{MemoryDisk, Vfs};
use kvorum::{Code, Error};
use proptest::prelude::*;
use seeded::cases;
use storage_support::{Map, content, disk_with, log_of, open, put};

/// A log of some batches: its bytes, where each record ends, and the map after each (the first is the
/// file header's end and the empty map).
struct Written {
    log: Vec<u8>,
    ends: Vec<usize>,
    maps: Vec<Map>,
}

impl Written {
    fn by(batches: Vec<WriteBatch>) -> Self {
        let disk = MemoryDisk::new();
        let mut store = open(&disk).unwrap();
        let mut ends = vec![store.stats().log_bytes as usize];
        let mut maps = vec![Map::new()];
        for batch in batches {
            store.write(batch).unwrap();
            store.sync().unwrap();
            ends.push(store.stats().log_bytes as usize);
            maps.push(content(&store));
        }
        Self {
            log: log_of(&disk),
            ends,
            maps,
        }
    }

    fn last_start(&self) -> usize {
        self.ends[self.ends.len() - 2]
    }

    fn map_before_last(&self) -> &Map {
        &self.maps[self.maps.len() - 2]
    }
}

/// Five records. The last one's value is a copy of the log of the others: frames inside a frame.
fn five_records() -> Written {
    let mut pair = put("b", "2");
    pair.put("c", "3").delete("a");
    let mut batches = vec![
        put("a", "1"),
        pair,
        put("d", "a longer value"),
        put("b", ""),
    ];
    let mut nested = WriteBatch::new();
    nested.put("copy", Written::by(batches.clone()).log);
    batches.push(nested);
    Written::by(batches)
}

fn refused(bytes: &[u8]) -> String {
    let disk = disk_with(bytes);
    let error = open(&disk).expect_err("damage is refused");
    assert_eq!(error.code(), Code::Corruption);
    assert_eq!(log_of(&disk), bytes, "a damaged log stays as it is");
    error.to_string()
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_counted() {
    let written = five_records();
    for len in written.last_start()..written.log.len() {
        let disk = disk_with(&written.log[..len]);
        let mut store = open(&disk).unwrap();
        assert_eq!(&content(&store), written.map_before_last(), "at {len}");
        let stats = store.stats();
        assert_eq!(stats.torn_bytes_cut as usize, len - written.last_start());
        assert_eq!(stats.recovered_records, 4);

        store.write(put("after", "it")).unwrap();
        store.sync().unwrap();
        let again = open(&disk).unwrap();
        assert_eq!(content(&again), content(&store));
        assert_eq!(again.stats().torn_bytes_cut, 0);
    }
}

#[test]
fn a_tail_garbled_at_any_byte_is_cut() {
    let written = five_records();
    for at in written.last_start()..written.log.len() {
        let mut log = written.log.clone();
        log[at] ^= 1 << (at % 8);
        let store = open(&disk_with(&log)).unwrap();
        assert_eq!(&content(&store), written.map_before_last(), "at {at}");
        assert_eq!(
            store.stats().torn_bytes_cut as usize,
            log.len() - written.last_start()
        );
    }
}

#[test]
fn a_flipped_bit_before_the_last_record_is_reported_with_its_place() {
    let written = five_records();
    for at in written.ends[0]..written.last_start() {
        for bit in 0..8 {
            let mut log = written.log.clone();
            log[at] ^= 1 << bit;
            let message = refused(&log);
            let start = written.ends.iter().rfind(|&&end| end <= at).unwrap();
            let place = format!("file 'log', byte {start}:");
            assert!(message.contains(&place), "{message} lacks {place}");
        }
    }
}

#[test]
fn a_flipped_bit_in_the_file_header_is_reported() {
    let written = five_records();
    for at in 0..written.ends[0] {
        for bit in 0..8 {
            let mut log = written.log.clone();
            log[at] ^= 1 << bit;
            assert!(refused(&log).contains("file 'log', byte 0:"));
        }
    }
}

#[test]
fn a_file_that_is_no_log_is_reported_and_left_alone() {
    let header = Written::by(Vec::new()).log;
    for len in 0..header.len() {
        refused(&header[..len]);
    }
    refused(b"");
    refused(&[0; 4096]);
    let garbage: Vec<u8> = (0..4096_u32).map(|i| (i * 37 % 251) as u8).collect();
    refused(&garbage);
}

#[test]
fn garbage_behind_the_last_record_is_cut() {
    let written = five_records();
    for garbage in [vec![0; 1000], vec![0xff; 1000], b"kvfr".repeat(250)] {
        let log = [&written.log[..], &garbage[..]].concat();
        let store = open(&disk_with(&log)).unwrap();
        assert_eq!(Some(&content(&store)), written.maps.last());
        assert_eq!(store.stats().torn_bytes_cut, 1000);
    }
}

#[test]
fn a_record_that_stands_twice_counts_once() {
    let written = Written::by(vec![put("a", "1"), put("a", "2")]);
    let first = &written.log[written.ends[0]..written.ends[1]];
    let log = [&written.log[..], first].concat();
    let store = open(&disk_with(&log)).unwrap();
    assert_eq!(Some(&content(&store)), written.maps.last());
    assert_eq!(store.stats().torn_bytes_cut as usize, first.len());
}

#[test]
fn a_record_of_another_log_in_the_place_of_one_is_reported() {
    // Both logs have records of the same lengths; the other is one generation older.
    let older = Written::by(vec![put("a", "1"), put("b", "1"), put("c", "1")]);
    let mut log = older.log.clone();
    let middle = older.ends[1]..older.ends[2];
    log[middle.clone()].copy_from_slice(&older.log[older.ends[0]..older.ends[1]]);
    assert!(refused(&log).contains(&format!("byte {}:", middle.start)));
}

#[test]
fn an_unfinished_rewrite_is_no_part_of_the_store() {
    let written = five_records();
    let disk = disk_with(&written.log);
    let mut leftover = disk.open(kvorum::storage::REWRITE_FILE).unwrap();
    leftover.append(b"half a log").unwrap();
    let store = open(&disk).unwrap();
    assert_eq!(Some(&content(&store)), written.maps.last());
    assert_eq!(disk.list().unwrap(), ["log"]);
}

#[test]
fn no_damage_is_ever_read_as_data() {
    let written = five_records();
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let cut = any::<prop::sample::Index>();
    proptest!(cases(3000), |(damage in damage, cut in prop::option::of(cut))| {
        let mut log = written.log.clone();
        for (at, byte) in damage {
            let at = at.index(log.len());
            log[at] = byte;
        }
        if let Some(cut) = cut {
            log.truncate(cut.index(log.len()));
        }
        match open(&disk_with(&log)) {
            Ok(store) => prop_assert!(written.maps.contains(&content(&store))),
            Err(Error::Corruption { .. }) => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    });
}

//! Damaged files: an error or the right answer, never a wrong one.

use std::sync::Arc;

use bytes::Bytes;

use super::model::*;
use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::describe::TableMeta;
use crate::storage::entry::{RangeDelete, SEQUENCE_MAX};
use crate::storage::table::{
    Compression, FillCache, FilterChoice, TableCursor, TableOptions, TableReader,
};
use crate::vfs::{File, MemoryDisk, Vfs};

fn small_table(compression: Compression) -> (Vec<Sample>, Vec<RangeDelete>, Vec<u8>, TableMeta) {
    let mut samples = Vec::new();
    for n in 0..30_u64 {
        samples.push(Sample::put(
            format!("key{n:03}").as_bytes(),
            n * 1000,
            &[n as u8; 20],
        ));
        samples.push(Sample::put(
            format!("key{n:03}").as_bytes(),
            n * 1000 + 7,
            b"later",
        ));
    }
    let samples = sorted(samples);
    let deletes = vec![RangeDelete {
        from: Bytes::from_static(b"key005"),
        to: Bytes::from_static(b"key007"),
        sequence: 5500,
    }];
    let options = TableOptions {
        block_bytes: 256,
        compression,
        bits_per_key: 10.0,
        filter: FilterChoice::default(),
        created_ms: 5,
    };
    let (bytes, meta) = file_of(&samples, &deletes, &options);
    (samples, deletes, bytes, meta)
}

/// Every read of the table errs or answers rightly. Whether all answered.
fn reads_are_right(table: &Arc<TableReader>, samples: &[Sample]) -> bool {
    let mut all = true;
    for sample in samples {
        match get(table, &sample.key, sample.sequence) {
            Ok(found) => assert_eq!(found, found_in(samples, &sample.key, sample.sequence)),
            Err(_) => all = false,
        }
    }
    let absent = get(table, b"absent", SEQUENCE_MAX);
    assert!(absent.is_err() || absent == Ok(None));

    let mut cursor = TableCursor::new(Arc::clone(table), FillCache::No);
    let walk = |cursor: &mut TableCursor| -> Result<()> {
        cursor.seek_first()?;
        for sample in samples {
            stands_on(cursor, Some(sample));
            cursor.next()?;
        }
        stands_on(cursor, None);
        cursor.seek_last()?;
        for sample in samples.iter().rev() {
            stands_on(cursor, Some(sample));
            cursor.prev()?;
        }
        stands_on(cursor, None);
        Ok(())
    };
    if walk(&mut cursor).is_err() {
        all = false;
        stands_on(&cursor, None);
    }
    for sample in samples.iter().step_by(7) {
        match cursor.seek(&sample.key, sample.sequence) {
            Ok(()) => stands_on(&cursor, Some(sample)),
            Err(_) => stands_on(&cursor, None),
        }
    }
    all
}

#[test]
fn a_flipped_byte_is_reported_and_never_read_as_data() {
    for compression in [Compression::None, Compression::Lz4] {
        let (samples, deletes, bytes, meta) = small_table(compression);
        for pin_bytes in [0, 1 << 20] {
            let setup = Setup {
                pin_bytes,
                ..Setup::default()
            };
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << (at % 8);
                for meta in [Some(&meta), None] {
                    let Ok(table) = open(&damaged, meta, &setup.context()) else {
                        continue;
                    };
                    assert_eq!(table.range_deletes(), deletes);
                    let all = reads_are_right(&table, &samples);
                    assert!(is_corruption(&table.verify(&mut |_| {})), "byte {at}");
                    assert!(!all, "byte {at}: every byte is read by some read");
                }
            }
        }
    }
}

#[test]
fn a_table_cut_anywhere_does_not_open() {
    let (_, _, bytes, meta) = small_table(Compression::None);
    let context = Setup::default().context();
    for len in 0..bytes.len() {
        for meta in [Some(&meta), None] {
            assert!(
                is_corruption(&open(&bytes[..len], meta, &context)),
                "{len} bytes"
            );
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(is_corruption(&open(&longer, Some(&meta), &context)));
}

#[test]
fn a_table_that_is_cut_while_open_errs() {
    let (samples, _, bytes, meta) = small_table(Compression::None);
    for len in (0..bytes.len()).step_by(11) {
        let disk = MemoryDisk::new();
        let mut file = disk.open("t").unwrap();
        file.append(&bytes).unwrap();
        let context = Setup::default().context();
        let file = disk.open("t").unwrap();
        let table = TableReader::open(file, Some(Arc::new(meta.clone())), &context).unwrap();
        disk.open("t").unwrap().truncate(len as u64).unwrap();
        reads_are_right(&table, &samples);
        assert!(is_corruption(&table.verify(&mut |_| {})));
    }
}

#[test]
fn another_table_under_the_name_is_noticed() {
    let (_, _, bytes, meta) = small_table(Compression::None);
    let context = Setup::default().context();
    for change in 0..4 {
        let mut other = meta.clone();
        match change {
            0 => other.id += 1,
            1 => other.checksum ^= 1,
            2 => other.entries += 1,
            _ => other.end = Bytes::from_static(b"zz"),
        }
        assert!(is_corruption(&open(&bytes, Some(&other), &context)));
    }
}

/// Gives at most three bytes at a time.
#[derive(Debug)]
struct Trickle(Box<dyn File>);

impl File for Trickle {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.append(bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.0.write_at(offset, bytes)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let count = buffer.len().min(3);
        self.0.read_at(offset, &mut buffer[..count])
    }

    fn len(&self) -> Result<u64> {
        self.0.len()
    }

    fn truncate(&mut self, len: u64) -> Result<()> {
        self.0.truncate(len)
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn try_clone(&self) -> Result<Box<dyn File>> {
        Ok(Box::new(Self(self.0.try_clone()?)))
    }
}

#[test]
fn short_reads_are_no_damage() {
    let (samples, _, bytes, meta) = small_table(Compression::Lz4);
    let disk = MemoryDisk::new();
    let mut file = disk.open("t").unwrap();
    file.append(&bytes).unwrap();
    let context = Setup::default().context();
    let table = TableReader::open(Box::new(Trickle(file)), Some(Arc::new(meta)), &context).unwrap();
    table.verify(&mut |_| {}).unwrap();
    assert!(reads_are_right(&table, &samples));
}

#[test]
fn verify_reports_its_progress() {
    let (_, _, bytes, meta) = small_table(Compression::None);
    let table = open(&bytes, Some(&meta), &Setup::default().context()).unwrap();
    let mut read = 0;
    table.verify(&mut |more| read += more).unwrap();
    assert_eq!(read, crc_covered(&meta));
}

/// Everything but the footer.
fn crc_covered(meta: &TableMeta) -> u64 {
    meta.bytes - crate::storage::table::footer::FOOTER_BYTES as u64
}

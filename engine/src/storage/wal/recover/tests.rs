//! The verdicts, on logs that were cut, flipped, mixed and crashed.

mod crashes;

use super::*;
use crate::storage::wal::frame::mark;
use crate::storage::wal::{
    Ahead, AppendMode, LOG_READ_BYTES, LOG_ZERO_AHEAD_BYTES, SegmentOptions, SegmentWriter,
    WriteBatch, retire,
};
use crate::vfs::MemoryDisk;

/// What was recovered: the first sequence and the bytes of each batch.
type Batches = Vec<(Sequence, Vec<u8>)>;

fn options(id: FileId, first_sequence: Sequence) -> SegmentOptions {
    SegmentOptions {
        id,
        first_sequence,
        durable_sequence: 0,
        ahead: Ahead::Nothing,
        recycled: None,
    }
}

/// Batch `sequence` of the tests: one to three operations, of lengths that differ.
fn batch(sequence: Sequence) -> WriteBatch {
    let mut batch = WriteBatch::new();
    for operation in 0..1 + sequence % 3 {
        let key = format!("key {sequence} {operation}");
        batch.put(key, vec![sequence as u8; (sequence * 7 % 23) as usize]);
    }
    batch
}

/// A log that is being built, batch by batch.
struct Log {
    disk: MemoryDisk,
    writer: SegmentWriter,
    batches: Batches,
    /// Where each batch's frame ends, in its segment.
    ends: Vec<u64>,
}

impl Log {
    fn new(options: &SegmentOptions) -> Self {
        let disk = MemoryDisk::new();
        Self {
            writer: SegmentWriter::create(&disk, options).unwrap(),
            disk,
            batches: Batches::new(),
            ends: Vec::new(),
        }
    }

    fn next(&self) -> Sequence {
        self.writer.last_sequence() + 1
    }

    /// Appends the next batch; `lag` says how far behind it the log is synced.
    fn append(&mut self, lag: Sequence) {
        let sequence = self.next();
        let batch = batch(sequence);
        let durable = sequence.saturating_sub(lag);
        let mode = AppendMode::WriteThrough;
        self.writer
            .append(sequence, batch.len(), batch.payload(), durable, mode)
            .unwrap();
        self.batches.push((sequence, batch.payload().to_vec()));
        self.ends.push(self.writer.bytes());
    }

    fn rotate(&mut self, durable_sequence: Sequence) {
        let next = SegmentOptions {
            durable_sequence,
            ..options(self.writer.id() + 1, self.next())
        };
        self.writer = SegmentWriter::create(&self.disk, &next).unwrap();
    }

    fn bytes(&self, id: FileId) -> Vec<u8> {
        let file = self.disk.open(&log_file_name(id)).unwrap();
        file.read_all().unwrap()
    }

    fn put(&self, id: FileId, bytes: &[u8]) {
        put(&self.disk, id, bytes);
    }
}

fn put(disk: &MemoryDisk, id: FileId, bytes: &[u8]) {
    let mut file = disk.open(&log_file_name(id)).unwrap();
    file.truncate(0).unwrap();
    file.append(bytes).unwrap();
    file.sync().unwrap();
}

fn read_with(disk: &MemoryDisk, recovery: Recovery) -> (Batches, Result<Recovered>) {
    let mut batches = Batches::new();
    let recovered = recover(disk, recovery, |sequence, view| {
        batches.push((sequence, view.payload().to_vec()));
        Ok(())
    });
    (batches, recovered)
}

fn read(disk: &MemoryDisk) -> (Batches, Result<Recovered>) {
    read_with(disk, Recovery::default())
}

#[track_caller]
fn check_damage(disk: &MemoryDisk, file: FileId) {
    let files = |disk: &MemoryDisk| {
        let names = disk.list().unwrap();
        let read = |name: &String| disk.open(name).unwrap().read_all().unwrap();
        names.iter().map(read).collect::<Vec<_>>()
    };
    let before = files(disk);
    match read(disk).1 {
        Err(Error::Corruption { detail }) => {
            assert!(detail.contains(&log_file_name(file)), "{detail}");
        }
        other => panic!("damage in {file} read as {other:?}"),
    }
    assert!(files(disk) == before, "a refusal changes nothing");
}

/// The log reads as torn behind `batches`, and after a seal as whole, and takes new writes.
#[track_caller]
fn check_torn(disk: &MemoryDisk, batches: &[(Sequence, Vec<u8>)], context: &str) {
    let (found, recovered) = read(disk);
    let recovered = recovered.unwrap();
    assert!(found == batches, "{context}: {} batches", found.len());
    seal(disk, &recovered).unwrap();
    let (sealed, whole) = read(disk);
    let whole = whole.unwrap();
    assert!(sealed == batches, "{context}: sealed");
    assert_eq!((whole.torn, whole.torn_bytes), (None, 0), "{context}");
    assert_eq!(whole.last_sequence, recovered.last_sequence, "{context}");

    let next = recovered.last_sequence + 1;
    let id = recovered.segments.last().map_or(1, |id| id + 1);
    let mut writer = SegmentWriter::create(disk, &options(id, next)).unwrap();
    let more = batch(next);
    let mode = AppendMode::WriteThrough;
    writer
        .append(next, more.len(), more.payload(), next - 1, mode)
        .unwrap();
    let (with_more, _) = read(disk);
    assert_eq!(with_more.len(), batches.len() + 1, "{context}: with more");
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1 << (at % 8);
    flipped
}

#[test]
fn each_byte_of_a_closed_log_flipped_is_damage_or_changes_nothing() {
    for lag in [1, 5, 1_000] {
        let mut log = Log::new(&options(3, 1));
        (0..8).for_each(|_| log.append(lag));
        let data_end = log.writer.bytes() as usize;
        log.writer.close().unwrap();
        let bytes = log.bytes(3);
        for at in 0..bytes.len() {
            log.put(3, &flipped(&bytes, at));
            if at < data_end {
                check_damage(&log.disk, 3);
            } else {
                check_torn(&log.disk, &log.batches, &format!("byte {at}"));
                let mut disk = log.disk.list().unwrap();
                disk.retain(|name| *name != log_file_name(3));
                disk.iter().for_each(|name| log.disk.remove(name).unwrap());
            }
        }
    }
}

#[test]
fn each_byte_flipped_in_a_log_that_was_synced_write_by_write_is_damage_up_to_the_last_frame() {
    let mut log = Log::new(&options(3, 1));
    (0..8).for_each(|_| log.append(1));
    let bytes = log.bytes(3);
    let last_frame = log.ends[6] as usize;
    for at in 0..bytes.len() {
        log.put(3, &flipped(&bytes, at));
        if at < last_frame {
            check_damage(&log.disk, 3);
        } else {
            let (found, recovered) = read(&log.disk);
            assert!(found == log.batches[..7], "byte {at}");
            assert!(recovered.unwrap().torn.is_some(), "byte {at}");
        }
    }
}

#[test]
fn each_byte_flipped_in_a_log_that_was_never_synced_leaves_the_prefix_before_it() {
    let mut log = Log::new(&options(3, 1));
    (0..8).for_each(|_| log.append(1_000));
    let bytes = log.bytes(3);
    for at in SEGMENT_HEADER_BYTES..bytes.len() {
        log.put(3, &flipped(&bytes, at));
        let whole = log.ends.iter().filter(|end| **end <= at as u64).count();
        let (found, recovered) = read(&log.disk);
        assert!(found == log.batches[..whole], "byte {at}");
        let torn = recovered.unwrap().torn;
        let offset = whole
            .checked_sub(1)
            .map_or(SEGMENT_HEADER_BYTES as u64, |last| log.ends[last]);
        assert_eq!(torn, Some(TornAt { segment: 3, offset }), "byte {at}");
    }
}

#[test]
fn a_log_cut_at_any_length_holds_the_prefix_that_fits() {
    let mut log = Log::new(&options(3, 1));
    (0..8).for_each(|_| log.append(1));
    let bytes = log.bytes(3);
    for length in 0..bytes.len() {
        let disk = MemoryDisk::new();
        put(&disk, 3, &bytes[..length]);
        if length < SEGMENT_HEADER_BYTES {
            check_damage(&disk, 3);
            continue;
        }
        let whole = log.ends.iter().filter(|end| **end <= length as u64).count();
        check_torn(&disk, &log.batches[..whole], &format!("length {length}"));
    }
}

#[test]
fn a_last_frame_torn_at_any_byte_is_dropped_whatever_is_behind_it() {
    let mut log = Log::new(&options(3, 1));
    (0..4).for_each(|_| log.append(1));
    let bytes = log.bytes(3);
    let start = log.ends[2] as usize;
    for kept in start..bytes.len() {
        for filler in [0, mark(3), mark(3) | 1, 0xff] {
            let mut torn = bytes[..kept].to_vec();
            torn.resize(bytes.len() + 600, filler);
            if torn[..bytes.len()] == bytes {
                continue;
            }
            let disk = MemoryDisk::new();
            put(&disk, 3, &torn);
            check_torn(
                &disk,
                &log.batches[..3],
                &format!("kept {kept}, then {filler}"),
            );
        }
    }
}

#[test]
fn frames_of_a_recycled_files_former_life_never_pass() {
    for length in 0..120 {
        let mut log = Log::new(&options(1, 1));
        (0..6).for_each(|_| log.append(1));
        let sequence = log.next();
        retire(&log.disk, 1).unwrap();
        let recycled = SegmentOptions {
            recycled: Some("000001.kvr".to_owned()),
            ..options(2, sequence)
        };
        let mut writer = SegmentWriter::create(&log.disk, &recycled).unwrap();
        let mut first = WriteBatch::new();
        first.put("aligned", vec![0; length]);
        let mode = AppendMode::WriteThrough;
        let durable = sequence - 1;
        writer
            .append(sequence, 1, first.payload(), durable, mode)
            .unwrap();
        let recovery = Recovery {
            from: 2,
            flushed_sequence: durable,
            ..Recovery::default()
        };
        let (found, recovered) = read_with(&log.disk, recovery);
        let recovered = recovered.unwrap();
        assert_eq!(found, [(sequence, first.payload().to_vec())]);
        assert_eq!((recovered.torn, recovered.torn_bytes), (None, 0));

        // The same number again, as if a stale frame had the mark and the offset by chance.
        let bytes = log.bytes(2);
        let at = bytes.len() - 1;
        log.put(2, &flipped(&bytes, at));
        let (found, _) = read_with(&log.disk, recovery);
        assert!(found.len() <= 1);
    }
}

#[test]
fn the_log_goes_on_from_one_segment_to_the_next() {
    let mut log = Log::new(&options(3, 1));
    for _ in 0..4 {
        (0..3).for_each(|_| log.append(1));
        let durable = log.next() - 1;
        log.rotate(durable);
    }
    let (found, recovered) = read(&log.disk);
    assert!(found == log.batches);
    let recovered = recovered.unwrap();
    assert_eq!(recovered.segments, [3, 4, 5, 6, 7]);
    assert_eq!(recovered.frames, 12);
    assert_eq!(recovered.torn, None);
}

/// Three segments of three batches each; the middle one loses its last frame, and `lag` says what the frames of
/// the third know.
fn log_with_a_hole(lag: Sequence, header_durable: Sequence) -> Log {
    let mut log = Log::new(&options(1, 1));
    (0..3).for_each(|_| log.append(1_000));
    log.rotate(0);
    (0..3).for_each(|_| log.append(1_000));
    log.rotate(header_durable);
    (0..3).for_each(|_| log.append(lag));
    let cut = log.bytes(2)[..log.ends[4] as usize].to_vec();
    log.put(2, &cut);
    log
}

#[test]
fn what_later_segments_know_decides_about_a_missing_write() {
    let missing = log_with_a_hole(1_000, 0).batches[5].0;
    let last = log_with_a_hole(1_000, 0).batches[8].0;

    let log = log_with_a_hole(1_000, 0);
    check_torn(&log.disk, &log.batches[..5], "nobody knows of it");
    assert!(!log.disk.exists(&log_file_name(3)).unwrap());

    let log = log_with_a_hole(1_000, missing - 1);
    check_torn(&log.disk, &log.batches[..5], "it was not synced");

    check_damage(&log_with_a_hole(1_000, missing).disk, 2);
    let to_the_missing = last - missing;
    check_damage(&log_with_a_hole(to_the_missing, 0).disk, 2);
    let log = log_with_a_hole(to_the_missing + 1, 0);
    check_torn(&log.disk, &log.batches[..5], "the last frame knows less");
}

#[test]
fn a_gap_inside_a_segment_is_torn_or_damage_like_any_other() {
    for (durable, damage) in [(0, false), (2, false), (3, true), (4, true)] {
        let mut log = Log::new(&options(1, 1));
        let mut put = WriteBatch::new();
        put.put("key", "value");
        let mut bytes = log.bytes(1);
        for (sequence, durable) in [(1, 0), (2, 1), (5, durable)] {
            let header = FrameHeader::batch(sequence, 1, durable, put.payload());
            header.encode(1, bytes.len() as u64, &mut bytes);
            bytes.extend_from_slice(put.payload());
            log.batches.push((sequence, put.payload().to_vec()));
        }
        log.put(1, &bytes);
        if damage {
            check_damage(&log.disk, 1);
        } else {
            check_torn(&log.disk, &log.batches[..2], &format!("durable {durable}"));
        }
    }
}

#[test]
fn a_segment_that_is_gone_is_damage_when_it_was_synced() {
    for (durable, damage) in [(0, false), (1_000, true)] {
        let mut log = Log::new(&options(1, 1));
        for _ in 0..3 {
            (0..3).for_each(|_| log.append(1_000));
            let known = durable.min(log.next() - 1);
            log.rotate(known);
        }
        for gone in [1, 2] {
            let disk = MemoryDisk::new();
            for id in [1, 2, 3, 4] {
                if id != gone {
                    put(&disk, id, &log.bytes(id));
                }
            }
            if damage {
                check_damage(&disk, if gone == 1 { 2 } else { 1 });
            } else {
                let whole = 3 * (gone as usize - 1);
                check_torn(&disk, &log.batches[..whole], &format!("{gone} gone"));
            }
        }
    }
}

#[test]
fn a_write_that_is_in_a_table_is_not_missing() {
    let log = log_with_a_hole(1, 0);
    check_damage(&log.disk, 2);
    let third_begins = log.batches[6].0;
    for flushed_sequence in [third_begins - 1, third_begins, third_begins + 1] {
        let recovery = Recovery {
            flushed_sequence,
            ..Recovery::default()
        };
        let (found, recovered) = read_with(&log.disk, recovery);
        let expected = [&log.batches[..5], &log.batches[6..]].concat();
        assert!(found == expected);
        assert_eq!(recovered.unwrap().torn, None);
    }
    let recovery = Recovery {
        flushed_sequence: third_begins - 2,
        ..Recovery::default()
    };
    assert!(read_with(&log.disk, recovery).1.is_err());
}

#[test]
fn an_empty_log_ends_where_the_tables_do() {
    let recovery = Recovery {
        flushed_sequence: 77,
        ..Recovery::default()
    };
    let disk = MemoryDisk::new();
    let (_, recovered) = read_with(&disk, recovery);
    assert_eq!(recovered.unwrap().last_sequence, 77);
    SegmentWriter::create(&disk, &options(1, 50)).unwrap();
    let (_, recovered) = read_with(&disk, recovery);
    assert_eq!(recovered.unwrap().last_sequence, 77);
}

#[test]
fn obsolete_segments_are_not_looked_at() {
    let mut log = Log::new(&options(1, 1));
    log.append(1);
    let flushed_sequence = log.next() - 1;
    log.rotate(flushed_sequence);
    log.append(1);
    log.put(1, b"nonsense");
    let recovery = Recovery {
        from: 2,
        flushed_sequence,
        ..Recovery::default()
    };
    let (found, recovered) = read_with(&log.disk, recovery);
    assert!(found == log.batches[1..]);
    assert_eq!(recovered.unwrap().segments, [2]);
}

#[test]
fn a_segment_that_begins_before_the_end_of_the_last_is_damage() {
    let mut log = Log::new(&options(1, 1));
    (0..3).for_each(|_| log.append(1));
    SegmentWriter::create(&log.disk, &options(2, 2)).unwrap();
    check_damage(&log.disk, 2);
}

#[test]
fn repair_keeps_the_prefix_and_says_what_it_dropped() {
    let mut log = Log::new(&options(1, 1));
    (0..6).for_each(|_| log.append(1));
    let bytes = log.bytes(1);
    let repair = Recovery {
        on_damage: OnDamage::DropRest,
        ..Recovery::default()
    };
    for at in 0..log.ends[4] as usize {
        log.put(1, &flipped(&bytes, at));
        let whole = log.ends.iter().filter(|end| **end <= at as u64).count();
        let (found, recovered) = read_with(&log.disk, repair);
        let recovered = recovered.unwrap();
        assert!(found == log.batches[..whole], "byte {at}");
        assert!(recovered.damage.is_some(), "byte {at}");
        seal(&log.disk, &recovered).unwrap();
        let (found, recovered) = read(&log.disk);
        assert!(found == log.batches[..whole], "byte {at}");
        assert_eq!(recovered.unwrap().torn, None, "byte {at}");
    }
}

#[test]
fn a_whole_frame_that_holds_no_batch_is_damage() {
    for payload in [&b"nonsense"[..], &[], batch(3).payload()] {
        let mut log = Log::new(&options(1, 1));
        log.append(1);
        let mode = AppendMode::WriteThrough;
        log.writer.append(log.next(), 40, payload, 0, mode).unwrap();
        check_damage(&log.disk, 1);
    }
}

#[test]
fn frames_that_straddle_what_is_read_at_a_time_are_read() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    let lengths = [
        LOG_READ_BYTES - 100,
        200,
        3 * LOG_READ_BYTES,
        1,
        LOG_READ_BYTES,
        LOG_ZERO_AHEAD_BYTES as usize,
        70,
    ];
    let mut expected = Batches::new();
    for (index, length) in lengths.into_iter().enumerate() {
        let mut batch = WriteBatch::new();
        batch.put("key", vec![index as u8; length]);
        let sequence = index as u64 + 1;
        let mode = AppendMode::WriteThrough;
        writer
            .append(sequence, 1, batch.payload(), index as u64, mode)
            .unwrap();
        expected.push((sequence, batch.payload().to_vec()));
    }
    let (found, recovered) = read(&disk);
    assert!(found == expected);
    assert_eq!(recovered.unwrap().torn, None);
    // A broken frame far ahead of the one that knows of it.
    let mut bytes = disk.open(&log_file_name(1)).unwrap().read_all().unwrap();
    bytes[SEGMENT_HEADER_BYTES + 2] ^= 1;
    put(&disk, 1, &bytes);
    check_damage(&disk, 1);
}

#[test]
fn a_close_mark_is_not_the_end_of_a_log_that_was_opened_again() {
    let mut log = Log::new(&options(1, 1));
    log.append(1);
    log.writer.close().unwrap();
    log.rotate(0);
    log.append(1);
    let (found, recovered) = read(&log.disk);
    assert!(found == log.batches);
    assert!(!recovered.unwrap().closed);
    log.writer.close().unwrap();
    assert!(read(&log.disk).1.unwrap().closed);
}

#[test]
fn an_error_of_the_reader_of_batches_is_passed_on() {
    let mut log = Log::new(&options(1, 1));
    log.append(1);
    let outcome = recover(&log.disk, Recovery::default(), |_, _| Err(Error::Closed));
    assert_eq!(outcome, Err(Error::Closed));
}

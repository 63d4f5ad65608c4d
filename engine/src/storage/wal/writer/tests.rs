#[cfg(feature = "live")]
mod figures;

use super::*;
use crate::storage::wal::{
    LOG_RECYCLED_MAX, Recovered, Recovery, Retired, WriteBatch, recover, retire, segments, spares,
};
use crate::vfs::MemoryDisk;

fn options(id: FileId, first_sequence: Sequence) -> SegmentOptions {
    SegmentOptions {
        id,
        first_sequence,
        durable_sequence: 0,
        ahead: Ahead::Nothing,
        recycled: None,
    }
}

fn batch(sequence: Sequence) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(sequence.to_be_bytes(), vec![sequence as u8; 60]);
    batch
}

fn append(writer: &mut SegmentWriter, sequence: Sequence, mode: AppendMode) -> Result<()> {
    let batch = batch(sequence);
    writer.append(sequence, batch.len(), batch.payload(), 0, mode)
}

/// The sequences in the log of `disk`.
fn sequences(disk: &MemoryDisk) -> (Vec<Sequence>, Recovered) {
    let mut sequences = Vec::new();
    let recovered = recover(disk, Recovery::default(), |sequence, view| {
        assert_eq!(view, batch(sequence).view());
        sequences.push(sequence);
        Ok(())
    });
    (sequences, recovered.unwrap())
}

#[test]
fn what_is_appended_is_recovered() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    for sequence in 1..=100 {
        append(&mut writer, sequence, AppendMode::WriteThrough).unwrap();
    }
    let (found, recovered) = sequences(&disk);
    assert_eq!(found, (1..=100).collect::<Vec<_>>());
    assert_eq!(recovered.last_sequence, 100);
    assert_eq!(recovered.whole_bytes, writer.bytes());
    assert_eq!((recovered.torn, recovered.closed), (None, false));
}

#[test]
fn buffered_frames_reach_the_file_when_asked_and_when_the_buffer_is_full() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    append(&mut writer, 1, AppendMode::Buffer).unwrap();
    assert_eq!(sequences(&disk).0, []);
    assert_eq!((writer.written_sequence(), writer.last_sequence()), (0, 1));
    append(&mut writer, 2, AppendMode::WriteThrough).unwrap();
    assert_eq!(sequences(&disk).0, [1, 2]);
    append(&mut writer, 3, AppendMode::Buffer).unwrap();
    writer.flush_buffer().unwrap();
    assert_eq!(writer.written_sequence(), 3);

    let mut sequence = 4;
    while writer.written_sequence() == 3 {
        append(&mut writer, sequence, AppendMode::Buffer).unwrap();
        sequence += 1;
        assert!(writer.buffer.len() <= LOG_BUFFER_BYTES_MAX);
    }
    assert!(sequence as usize * 60 > LOG_BUFFER_BYTES_MAX / 2);
}

#[test]
fn a_batch_longer_than_the_buffer_goes_past_it() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    append(&mut writer, 1, AppendMode::Buffer).unwrap();
    let mut long = WriteBatch::new();
    long.put("long", vec![7; 3 * LOG_BUFFER_BYTES_MAX]);
    writer
        .append(2, 1, long.payload(), 0, AppendMode::Buffer)
        .unwrap();
    assert_eq!(writer.written_sequence(), 2);
    let mut batches = Vec::new();
    recover(&disk, Recovery::default(), |_, view| {
        batches.push(view.payload().to_vec());
        Ok(())
    })
    .unwrap();
    assert_eq!(batches, [batch(1).payload(), long.payload()]);
}

#[test]
fn a_segment_is_on_the_platter_before_its_first_frame() {
    let disk = MemoryDisk::new();
    SegmentWriter::create(&disk, &options(5, 9)).unwrap();
    assert_eq!(disk.synced_bytes(), SEGMENT_HEADER_BYTES as u64);
    let again = SegmentWriter::create(&disk, &options(5, 9));
    assert!(matches!(again, Err(Error::InvalidArgument { .. })));
}

#[test]
fn a_sync_handle_syncs_what_was_written() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    append(&mut writer, 1, AppendMode::WriteThrough).unwrap();
    let handle = writer.sync_handle();
    assert!(disk.synced_bytes() < writer.bytes());
    handle.sync().unwrap();
    assert_eq!(disk.synced_bytes(), writer.bytes());
    disk.fail_next_sync();
    assert!(handle.sync().is_err());
}

#[test]
fn zeros_ahead_are_no_frames_and_are_written_over() {
    let disk = MemoryDisk::new();
    let zeros = SegmentOptions {
        ahead: Ahead::Zeros,
        ..options(1, 1)
    };
    let mut writer = SegmentWriter::create(&disk, &zeros).unwrap();
    let mut sequence = 0;
    while writer.bytes() < 2 * LOG_ZERO_AHEAD_BYTES {
        let before = disk.bytes();
        sequence += 1;
        append(&mut writer, sequence, AppendMode::WriteThrough).unwrap();
        assert!(disk.bytes() == before || disk.bytes() > before + LOG_ZERO_AHEAD_BYTES / 2);
    }
    let (found, recovered) = sequences(&disk);
    assert_eq!(found.len() as u64, sequence);
    assert_eq!((recovered.torn, recovered.torn_bytes), (None, 0));
}

#[test]
fn a_refused_batch_leaves_nothing_behind_and_freed_space_revives_the_log() {
    for ahead in [Ahead::Nothing, Ahead::Zeros] {
        for room in 0..150 {
            let disk = MemoryDisk::new();
            let with = SegmentOptions {
                ahead,
                ..options(1, 1)
            };
            let mut writer = SegmentWriter::create(&disk, &with).unwrap();
            append(&mut writer, 1, AppendMode::WriteThrough).unwrap();
            append(&mut writer, 2, AppendMode::Buffer).unwrap();
            let mut next = 3;
            disk.set_capacity_bytes(disk.bytes() + room);
            while append(&mut writer, next, AppendMode::WriteThrough).is_ok() {
                next += 1;
            }
            assert_eq!(writer.last_sequence(), next - 1);
            let (found, _) = sequences(&disk);
            assert!((found.len() as u64) < next, "room {room}: {found:?}");
            disk.set_capacity_bytes(u64::MAX);
            append(&mut writer, next, AppendMode::WriteThrough).unwrap();
            let (found, recovered) = sequences(&disk);
            assert_eq!(found, (1..=next).collect::<Vec<_>>(), "room {room}");
            assert_eq!(recovered.torn, None);
        }
    }
}

#[test]
fn a_full_disk_makes_no_segment_and_leaves_no_file() {
    let disk = MemoryDisk::with_capacity_bytes(20);
    let refused = SegmentWriter::create(&disk, &options(1, 1));
    assert!(matches!(refused, Err(Error::DiskFull { .. })));
    assert_eq!(disk.list().unwrap(), Vec::<String>::new());
    disk.set_capacity_bytes(1_000);
    SegmentWriter::create(&disk, &options(1, 1)).unwrap();
}

#[test]
fn obsolete_segments_are_kept_up_to_a_limit_and_made_new_ones() {
    let disk = MemoryDisk::new();
    let kept = LOG_RECYCLED_MAX as u64;
    for id in 1..=kept + 2 {
        let mut writer = SegmentWriter::create(&disk, &options(id, id)).unwrap();
        append(&mut writer, id, AppendMode::WriteThrough).unwrap();
    }
    for id in 1..=kept {
        assert!(matches!(retire(&disk, id), Ok(Retired::Kept(_))));
    }
    assert_eq!(retire(&disk, kept + 1), Ok(Retired::Removed));
    assert_eq!(segments(&disk).unwrap(), [kept + 2]);
    let waiting = spares(&disk).unwrap();
    assert_eq!(waiting.len(), LOG_RECYCLED_MAX);

    let recycled = SegmentOptions {
        recycled: waiting.first().cloned(),
        ..options(50, kept + 3)
    };
    SegmentWriter::create(&disk, &recycled).unwrap();
    assert_eq!(segments(&disk).unwrap(), [kept + 2, 50]);
    assert_eq!(spares(&disk).unwrap().len(), LOG_RECYCLED_MAX - 1);
    let recovery = Recovery {
        from: 50,
        flushed_sequence: kept + 2,
        ..Recovery::default()
    };
    let recovered = recover(&disk, recovery, |_, _| panic!("a stale frame")).unwrap();
    assert_eq!(recovered.last_sequence, kept + 2);
    assert_eq!((recovered.torn, recovered.torn_bytes), (None, 0));
}

#[test]
fn a_long_segment_is_not_kept() {
    let disk = MemoryDisk::new();
    SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    let mut file = disk.open(&log_file_name(1)).unwrap();
    for _ in 0..(super::super::LOG_SPARE_BYTES_MAX >> 20) {
        file.append(&vec![0; 1 << 20]).unwrap();
    }
    assert_eq!(retire(&disk, 1), Ok(Retired::Removed));
}

#[test]
fn a_name_is_a_segments_only_in_one_spelling() {
    use crate::storage::wal::log_file_id;
    assert_eq!(log_file_name(123), "000123.kvl");
    assert_eq!(log_file_id("000123.kvl"), Some(123));
    assert_eq!(log_file_id("12345678.kvl"), Some(12_345_678));
    for other in [
        "123.kvl",
        "0000123.kvl",
        "+00123.kvl",
        "000123.kvr",
        "x.kvl",
        ".kvl",
    ] {
        assert_eq!(log_file_id(other), None, "{other}");
    }
}

#[test]
#[should_panic(expected = "where frame 2 is due")]
fn a_gap_in_the_sequences_is_a_bug() {
    let disk = MemoryDisk::new();
    let mut writer = SegmentWriter::create(&disk, &options(1, 1)).unwrap();
    append(&mut writer, 1, AppendMode::WriteThrough).unwrap();
    let _ = append(&mut writer, 3, AppendMode::WriteThrough);
}

//! Doors for the fuzz targets in `engine/fuzz`: bytes from anywhere come in, and nothing may panic, take memory
//! out of proportion, or read differently when it is written and read again.

use std::sync::Arc;

use crate::storage::entry::Sequence;
use crate::storage::manifest::{Edit, Manifest, manifest_file_name, manifests};
use crate::storage::wal::frame::{FrameHeader, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::storage::wal::{
    Ahead, AppendMode, BatchView, OnDamage, Operation, Recovered, Recovery, SegmentOptions,
    SegmentWriter, WriteBatch, log_file_name, recover, seal,
};
use crate::vfs::{MemoryDisk, Vfs};
use crate::{Error, Result};

/// A batch of the log as it was replayed: its first sequence and its bytes.
type Replayed = Vec<(Sequence, Vec<u8>)>;

/// The first byte of the input says what the rest is: a segment, the payload of a batch, or frames whose
/// checksums are put right (each a length byte and so many bytes of payload).
pub fn log(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else {
        return;
    };
    match mode % 3 {
        0 => log_file(rest),
        1 => payload(rest),
        _ => log_file(&framed(rest)),
    }
}

/// `bytes` is segment 1, whole or not.
fn log_file(bytes: &[u8]) {
    let disk = MemoryDisk::new();
    put_file(&disk, &log_file_name(1), bytes);
    let before = disk
        .open(&log_file_name(1))
        .and_then(|file| file.read_all());
    let (refusing, refused) = replay(&disk, OnDamage::Refuse);
    let after = disk
        .open(&log_file_name(1))
        .and_then(|file| file.read_all());
    assert_eq!(before, after, "recovery changes nothing");
    if let Err(error) = &refused {
        check_refusal(error);
    }
    let (batches, recovered) = replay(&disk, OnDamage::DropRest);
    let Ok(recovered) = recovered else { return };
    assert!(batches.starts_with(&refusing), "both read the same prefix");
    assert_eq!(recovered.frames, batches.len() as u64);

    seal(&disk, &recovered).expect("a memory disk has no faults");
    let (sealed_batches, sealed) = replay(&disk, OnDamage::Refuse);
    let sealed = sealed.expect("a sealed log is whole");
    assert_eq!(
        sealed_batches, batches,
        "a sealed log holds the same prefix"
    );
    assert_eq!(sealed.torn, None);
    check_rewrite(&batches);
}

fn replay(disk: &MemoryDisk, on_damage: OnDamage) -> (Replayed, Result<Recovered>) {
    let mut batches = Vec::new();
    let recovery = Recovery {
        flushed_sequence: u64::from(u32::MAX),
        on_damage,
        ..Recovery::default()
    };
    let recovered = recover(disk, recovery, |sequence, batch| {
        batches.push((sequence, batch.payload().to_vec()));
        Ok(())
    });
    (batches, recovered)
}

/// What was replayed, written to a new log, replays the same.
fn check_rewrite(batches: &Replayed) {
    let Some((first_sequence, _)) = batches.first() else {
        return;
    };
    let disk = MemoryDisk::new();
    let options = SegmentOptions {
        id: 2,
        first_sequence: *first_sequence,
        durable_sequence: 0,
        ahead: Ahead::Nothing,
        recycled: None,
    };
    let mut writer = SegmentWriter::create(&disk, &options).expect("a memory disk has no faults");
    for (sequence, bytes) in batches {
        let batch = BatchView::validate(bytes).expect("it was replayed");
        let appended = writer.append(*sequence, batch.len(), bytes, 0, AppendMode::Buffer);
        appended.expect("a memory disk has no faults");
    }
    writer.close().expect("a memory disk has no faults");
    let (again, recovered) = replay(&disk, OnDamage::Refuse);
    assert!(recovered.is_ok_and(|recovered| recovered.closed));
    assert_eq!(&again, batches);
}

/// A segment 1 whose frames hold, whatever their payloads are.
fn framed(input: &[u8]) -> Vec<u8> {
    let header = SegmentHeader {
        id: 1,
        first_sequence: 1,
        durable_sequence: 0,
        former_bytes: 0,
    };
    let mut file = header.encode().to_vec();
    let mut rest = input;
    let mut sequence = 1;
    while let Some((length, tail)) = rest.split_first() {
        let (bytes, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = tail;
        let operations = BatchView::validate(bytes).map_or(1, |batch| batch.len().max(1));
        let frame = FrameHeader::batch(sequence, operations as u64, sequence - 1, bytes);
        frame.encode(1, file.len() as u64, &mut file);
        file.extend_from_slice(bytes);
        sequence += operations as u64;
    }
    debug_assert!(file.len() >= SEGMENT_HEADER_BYTES);
    file
}

/// A payload that is a batch is built again, operation by operation, into a batch that says the same.
fn payload(bytes: &[u8]) {
    let Ok(view) = BatchView::validate(bytes) else {
        return;
    };
    let mut batch = WriteBatch::new();
    for operation in view.operations() {
        match operation {
            Operation::Put {
                key,
                value,
                deadline_ms,
            } => batch.put_until(key, value, deadline_ms),
            Operation::Delete { key } => batch.delete(key),
            Operation::DeleteRange { from, to } => batch.delete_range(from, to),
        };
    }
    assert_eq!(batch.len(), view.len());
    batch.check().expect("what was read back is within limits");
    assert!(batch.operations().eq(view.operations()));
}

/// The first byte of the input says what the rest is: a manifest, or an edit.
pub fn manifest(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else {
        return;
    };
    let disk = MemoryDisk::new();
    if mode % 2 == 0 {
        put_file(&disk, &manifest_file_name(1), rest);
        let inspected = Manifest::inspect(&disk);
        match (inspected, Manifest::open(Arc::new(disk.clone()))) {
            (Err(error), Err(_)) => check_refusal(&error),
            (Ok(state), Ok((_, opened))) => {
                assert_eq!(state, opened);
                check_state(&disk);
            }
            (inspected, opened) => panic!("inspected {inspected:?}, opened {opened:?}"),
        }
    } else if let Ok(edit) = Edit::decode(rest) {
        let mut bytes = Vec::new();
        edit.encode(&mut bytes);
        assert_eq!(Edit::decode(&bytes).as_ref(), Ok(&edit));
        let created = Manifest::create(Arc::new(disk.clone()));
        let (mut manifest, state) = created.expect("the disk is empty");
        let fits = state.after(&edit);
        assert_eq!(manifest.commit(&edit).is_ok(), fits.is_ok());
        assert_eq!(manifest.state(), &fits.unwrap_or(state));
        drop(manifest);
        check_state(&disk);
    }
}

/// A manifest that opens says the same every time, and takes an edit.
fn check_state(disk: &MemoryDisk) {
    let opened = Manifest::open(Arc::new(disk.clone()));
    let (mut manifest, state) = opened.expect("it opened before");
    assert_eq!(Manifest::inspect(disk).as_ref(), Ok(&state));
    if state.next_file < u64::MAX {
        let edit = Edit {
            next_file: Some(state.next_file + 1),
            ..Edit::default()
        };
        manifest.commit(&edit).expect("the edit fits");
        assert_eq!(Manifest::inspect(disk).as_ref(), Ok(manifest.state()));
    }
    assert_eq!(manifests(disk).map(|ids| ids.len()), Ok(1));
}

fn check_refusal(error: &Error) {
    assert!(
        matches!(
            error,
            Error::Corruption { .. } | Error::InvalidArgument { .. }
        ),
        "hostile bytes give {error:?}"
    );
}

fn put_file(disk: &MemoryDisk, name: &str, bytes: &[u8]) {
    let put = disk.open(name).and_then(|mut file| {
        file.append(bytes)?;
        file.sync()
    });
    put.and_then(|()| disk.sync_dir())
        .expect("a memory disk has no faults");
}

//! Doors for the fuzz targets in `engine/fuzz`: bytes from anywhere come in, and nothing may panic, take memory
//! out of proportion, or read differently when it is written and read again.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::hash::hash64;
use crate::storage::cache::{BlockCache, CachePolicy};
use crate::storage::cursor::Cursor as _;
use crate::storage::entry::{Entry, Kind, NEVER_MS, SEQUENCE_MAX, Sequence};
use crate::storage::manifest::{Edit, Manifest, manifest_file_name, manifests};
use crate::storage::table::{
    BLOCK_BYTES_RANGE, Compression, FillCache, FilterChoice, PinBudget, TableBuilder, TableContext,
    TableCursor, TableOptions, TableReader, table_file_name,
};
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
/// checksums are put right (each a length byte and so many bytes of payload). From 128 on, the tables are
/// taken to hold the first 2^32 writes, so that a segment may begin with any of them.
pub fn log(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else {
        return;
    };
    let flushed_sequence = if *mode < 128 { 0 } else { 1 << 32 };
    match mode % 3 {
        0 => log_file(rest, flushed_sequence),
        1 => payload(rest),
        _ => log_file(&framed(rest), flushed_sequence),
    }
}

/// `bytes` is segment 1, whole or not.
fn log_file(bytes: &[u8], flushed_sequence: Sequence) {
    let disk = MemoryDisk::new();
    put_file(&disk, &log_file_name(1), bytes);
    let before = disk
        .open(&log_file_name(1))
        .and_then(|file| file.read_all());
    let (refusing, refused) = replay(&disk, flushed_sequence, OnDamage::Refuse);
    let after = disk
        .open(&log_file_name(1))
        .and_then(|file| file.read_all());
    assert_eq!(before, after, "recovery changes nothing");
    if let Err(error) = &refused {
        check_refusal(error);
    }
    let (batches, recovered) = replay(&disk, flushed_sequence, OnDamage::DropRest);
    let Ok(recovered) = recovered else { return };
    assert!(batches.starts_with(&refusing), "both read the same prefix");
    assert_eq!(recovered.frames, batches.len() as u64);

    seal(&disk, &recovered).expect("a memory disk has no faults");
    let (sealed_batches, sealed) = replay(&disk, flushed_sequence, OnDamage::Refuse);
    let sealed = sealed.expect("a sealed log is whole");
    assert_eq!(
        sealed_batches, batches,
        "a sealed log holds the same prefix"
    );
    assert_eq!(sealed.torn, None);
    check_rewrite(&batches);
}

fn replay(
    disk: &MemoryDisk,
    flushed_sequence: Sequence,
    on_damage: OnDamage,
) -> (Replayed, Result<Recovered>) {
    let mut batches = Vec::new();
    let recovery = Recovery {
        flushed_sequence,
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
    let (again, recovered) = replay(&disk, *first_sequence - 1, OnDamage::Refuse);
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

/// The first byte of the input says what the rest is: a table's file, or a recipe of entries for one.
pub fn table(input: &[u8]) {
    let Some((mode, rest)) = input.split_first() else {
        return;
    };
    let disk = MemoryDisk::new();
    let name = table_file_name(1);
    if mode % 2 == 0 {
        put_file(&disk, &name, rest);
        match open_table(&disk, &name) {
            Ok(reader) => read_table(&reader),
            Err(error) => check_refusal(&error),
        }
        return;
    }
    let keys: BTreeSet<&[u8]> = rest.chunks(usize::from(mode / 8) + 1).collect();
    if keys.is_empty() {
        return;
    }
    let file = disk.open(&name).expect("a memory disk has no faults");
    let options = TableOptions {
        block_bytes: *BLOCK_BYTES_RANGE.start(),
        compression: if mode % 4 == 1 {
            Compression::Lz4
        } else {
            Compression::None
        },
        ..TableOptions::default()
    };
    let mut builder = TableBuilder::new(file, options);
    for key in &keys {
        let entry = Entry {
            key,
            sequence: 1,
            kind: Kind::Put,
            deadline_ms: NEVER_MS,
            value: rest,
        };
        builder.add(entry).expect("the entries are in order");
    }
    builder.finish(1).expect("a memory disk has no faults");
    let reader = open_table(&disk, &name).expect("what was written can be read");
    reader
        .verify(&mut |_| {})
        .expect("what was written is whole");
    for key in keys {
        let found = reader
            .get(key, hash64(key), 1)
            .expect("what was written can be read");
        assert_eq!(found.expect("it was written").value, rest);
    }
}

fn open_table(disk: &MemoryDisk, name: &str) -> Result<Arc<TableReader>> {
    let context = TableContext {
        cache: Arc::new(BlockCache::new(1 << 16, CachePolicy::default())),
        pins: PinBudget::new(1 << 16),
        counters: Arc::default(),
        filter: FilterChoice::default(),
    };
    TableReader::open(disk.open(name)?, None, &context)
}

/// Reads a table that opened, every way there is. Its blocks may be damaged.
fn read_table(reader: &Arc<TableReader>) {
    let verified = reader.verify(&mut |_| {});
    let mut cursor = TableCursor::new(Arc::clone(reader), FillCache::Yes);
    let mut keys = Vec::new();
    let mut moved = cursor.seek_first();
    while let (Ok(()), Some(entry)) = (&moved, cursor.entry()) {
        keys.push(entry.key.to_vec());
        moved = cursor.next();
    }
    if verified.is_ok() {
        assert_eq!(moved, Ok(()), "a table that verifies can be scanned");
        assert_eq!(keys.len() as u64, reader.meta().entries);
        assert!(keys.is_sorted());
    }
    for key in &keys {
        let found = reader.get(key, hash64(key), SEQUENCE_MAX);
        assert!(
            verified.is_err() || matches!(found, Ok(Some(_))),
            "a key of the scan is found"
        );
    }
    let mut moved = cursor.seek_last();
    while let (Ok(()), Some(_)) = (&moved, cursor.entry()) {
        moved = cursor.prev();
    }
    let _ = cursor.seek_before(b"m");
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

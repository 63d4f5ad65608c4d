//! Seeds for the fuzz targets: whole files, and files that were cut and flipped.

use std::sync::Arc;

use bytes::Bytes;
use kvorum::base::rng::Rng;
use kvorum::storage::describe::TableMeta;
use kvorum::storage::entry::{Entry, Kind, NEVER_MS, RangeDelete};
use kvorum::storage::manifest::{Added, Edit, Manifest, manifest_file_name};
use kvorum::storage::table::{Compression, TableBuilder, TableOptions, table_file_name};
use kvorum::storage::wal::{
    Ahead, AppendMode, SegmentOptions, SegmentWriter, WriteBatch, log_file_name,
};
use kvorum::vfs::{MemoryDisk, Vfs};

type Seeds = Vec<(String, Vec<u8>)>;

/// What the first byte of a seed says.
const FILE: u8 = 0;
const PAYLOAD: u8 = 1;
const FRAMES: u8 = 2;
const EDIT: u8 = 1;

/// How many cut or flipped variants each whole seed has.
const VARIANTS: usize = 3;

fn seed(mode: u8, bytes: &[u8]) -> Vec<u8> {
    [&[mode], bytes].concat()
}

/// The seeds, and variants of each that are cut or have flipped bits.
fn with_variants(whole: Seeds) -> Seeds {
    let mut rng = Rng::from_seed(5);
    let mut seeds = Seeds::new();
    for (name, bytes) in whole {
        for variant in 0..VARIANTS {
            let mut changed = bytes.clone();
            if variant == 0 {
                changed.truncate(rng.index(bytes.len()) + 1);
            } else {
                for _ in 0..variant {
                    let at = rng.index(changed.len());
                    changed[at] ^= 1 << rng.index(8);
                }
            }
            seeds.push((format!("{name}-{variant}"), changed));
        }
        seeds.push((name, bytes));
    }
    seeds
}

fn batch(number: u64) -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.put(format!("key {number}"), vec![number as u8; 20]);
    batch.put_until("soon gone", "", 1_700_000_000_000 + number);
    batch.delete("cart").delete_range("a", "b");
    batch
}

fn segment(id: u64, first_sequence: u64) -> SegmentOptions {
    SegmentOptions {
        id,
        first_sequence,
        durable_sequence: 0,
        ahead: Ahead::Nothing,
        recycled: None,
    }
}

fn append(writer: &mut SegmentWriter, count: u64) {
    for number in 0..count {
        let batch = batch(number);
        let next = writer.last_sequence() + 1;
        writer
            .append(
                next,
                batch.len(),
                batch.payload(),
                next - 1,
                AppendMode::WriteThrough,
            )
            .expect("a memory disk has no faults");
    }
}

fn read(disk: &MemoryDisk, name: &str) -> Vec<u8> {
    let file = disk.open(name).expect("the file is there");
    file.read_all().expect("a memory disk has no faults")
}

fn create(disk: &MemoryDisk, options: &SegmentOptions) -> SegmentWriter {
    SegmentWriter::create(disk, options).expect("a memory disk has no faults")
}

/// Segment 1 with so many batches, closed or not, with `tail` behind it.
fn log_file(batches: u64, close: bool, tail: &[u8]) -> Vec<u8> {
    let disk = MemoryDisk::new();
    let mut writer = create(&disk, &segment(1, 1));
    append(&mut writer, batches);
    if close {
        writer.close().expect("a memory disk has no faults");
    }
    let mut bytes = read(&disk, &log_file_name(1));
    bytes.extend_from_slice(tail);
    seed(FILE, &bytes)
}

/// Seeds for the target `log`.
pub fn log() -> Seeds {
    let frames: Vec<u8> = (0..3)
        .flat_map(|number| {
            let payload = batch(number).payload().to_vec();
            [vec![payload.len() as u8], payload].concat()
        })
        .collect();
    let stale = log_file(3, false, &[])[60..].to_vec();
    let disk = MemoryDisk::new();
    let mut late = create(&disk, &segment(1, 1 << 30));
    append(&mut late, 2);
    with_variants(vec![
        ("empty".to_owned(), log_file(0, false, &[])),
        ("one".to_owned(), log_file(1, false, &[])),
        ("three".to_owned(), log_file(3, false, &[])),
        ("closed".to_owned(), log_file(3, true, &[])),
        ("zeros-ahead".to_owned(), log_file(2, false, &[0; 200])),
        ("stale-tail".to_owned(), log_file(2, false, &stale)),
        (
            "late".to_owned(),
            seed(129 + FILE, &read(&disk, &log_file_name(1))),
        ),
        ("payload".to_owned(), seed(PAYLOAD, batch(7).payload())),
        ("frames".to_owned(), seed(FRAMES, &frames)),
    ])
}

fn flush(id: u64) -> Edit {
    Edit {
        added: vec![Added {
            level: (id % 3) as u8,
            run: id,
            meta: TableMeta {
                id,
                bytes: 4_096,
                entries: 30,
                smallest: Bytes::from(format!("a{id}")),
                end: Bytes::from(format!("b{id}")),
                sequence_max: id,
                ..TableMeta::default()
            },
        }],
        log_min: Some(id),
        last_sequence: Some(id),
        ..Edit::default()
    }
}

fn manifest_file(edits: &[Edit]) -> Vec<u8> {
    let disk = MemoryDisk::new();
    let created = Manifest::create(Arc::new(disk.clone()));
    let (mut manifest, _) = created.expect("a memory disk has no faults");
    for edit in edits {
        manifest.commit(edit).expect("the edit fits");
    }
    seed(FILE, &read(&disk, &manifest_file_name(1)))
}

/// Seeds for the target `manifest`.
pub fn manifest() -> Seeds {
    let leaves = Edit {
        removed: vec![(1, 1, 1)],
        next_file: Some(90),
        ..Edit::default()
    };
    let mut edit = Vec::new();
    flush(4).encode(&mut edit);
    let mut removal = Vec::new();
    leaves.encode(&mut removal);
    with_variants(vec![
        ("new".to_owned(), manifest_file(&[])),
        ("one".to_owned(), manifest_file(&[flush(1)])),
        (
            "five".to_owned(),
            manifest_file(&[flush(1), flush(2), leaves, flush(5), flush(7)]),
        ),
        ("edit".to_owned(), seed(EDIT, &edit)),
        ("removal".to_owned(), seed(EDIT, &removal)),
    ])
}

fn table_file(keys: u32, options: TableOptions) -> Vec<u8> {
    let disk = MemoryDisk::new();
    let name = table_file_name(1);
    let file = disk.open(&name).expect("a memory disk has no faults");
    let mut builder = TableBuilder::new(file, options);
    for number in 0..keys {
        let key = format!("key {number:04}");
        let entry = Entry {
            key: key.as_bytes(),
            sequence: u64::from(number) + 1,
            kind: if number % 5 == 4 {
                Kind::Delete
            } else {
                Kind::Put
            },
            deadline_ms: if number % 7 == 6 { 1_000 } else { NEVER_MS },
            value: if number % 5 == 4 {
                b""
            } else {
                b"a value, a value"
            },
        };
        let entry = match entry.kind {
            Kind::Delete => Entry {
                deadline_ms: NEVER_MS,
                ..entry
            },
            Kind::Put => entry,
        };
        builder.add(entry).expect("the entries are in order");
    }
    let delete = RangeDelete {
        from: Bytes::from("key 0001"),
        to: Bytes::from("key 0003"),
        sequence: 900,
    };
    builder.add_range_delete(delete).expect("it covers keys");
    builder.finish(1).expect("a memory disk has no faults");
    seed(FILE, &read(&disk, &name))
}

/// Seeds for the target `table`.
pub fn table() -> Seeds {
    let small = TableOptions {
        block_bytes: 256,
        ..TableOptions::default()
    };
    let pressed = TableOptions {
        compression: Compression::Lz4,
        ..small.clone()
    };
    let bare = TableOptions {
        bits_per_key: 0.0,
        ..small.clone()
    };
    with_variants(vec![
        ("one".to_owned(), table_file(1, small.clone())),
        ("many".to_owned(), table_file(120, small)),
        ("pressed".to_owned(), table_file(60, pressed)),
        ("bare".to_owned(), table_file(60, bare)),
        (
            "recipe".to_owned(),
            seed(43, &[b"abcdefgh".as_slice(); 40].concat()),
        ),
    ])
}

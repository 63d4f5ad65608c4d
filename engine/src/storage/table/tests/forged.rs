//! Files whose checksums hold and whose contents are hostile: no panic, no allocation beyond the file.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::model::*;
use crate::seeded::cases;
use crate::storage::cursor::Cursor;
use crate::storage::entry::SEQUENCE_MAX;
use crate::storage::table::block::seal::{SEAL_BYTES, seal, unseal};
use crate::storage::table::block::{Block, BlockWriter};
use crate::storage::table::footer::{FOOTER_BYTES, Footer, Section};
use crate::storage::table::index::handle_at;
use crate::storage::table::{Compression, FillCache, TableCursor, TableReader};

/// Reads all there is to read, whatever comes of it.
fn exercise(table: &Arc<TableReader>) {
    let mut cursor = TableCursor::new(Arc::clone(table), FillCache::Yes);
    let _ = cursor.seek_first();
    for _ in 0..2000 {
        if cursor.entry().is_none() || cursor.next().is_err() {
            break;
        }
    }
    let _ = cursor.seek_last();
    for _ in 0..2000 {
        if cursor.entry().is_none() || cursor.prev().is_err() {
            break;
        }
    }
    for key in [&b""[..], b"key003", b"key0055", b"key900", &[255; 20]] {
        let _ = get(table, key, SEQUENCE_MAX);
        let _ = cursor.seek(key, 3);
        let _ = cursor.seek_before(key);
    }
    let _ = table.verify(&mut |_| {});
}

/// Where the sealed blocks of a table start, and their payloads' lengths.
fn sealed_blocks(table: &TableReader, footer: &Footer) -> Vec<Section> {
    let mut sections = vec![
        footer.filter,
        footer.top,
        footer.range_deletes,
        footer.properties,
    ];
    let top = table.top().unwrap();
    for number in 0..top.count() {
        let handle = handle_at(top, number, footer.filter.offset).unwrap();
        sections.push(Section {
            offset: handle.offset,
            bytes: u64::from(handle.bytes),
        });
        let partition = table.partition(number).unwrap();
        for index in 0..partition.count() {
            let handle = handle_at(&partition, index, table.data_end).unwrap();
            sections.push(Section {
                offset: handle.offset,
                bytes: u64::from(handle.bytes),
            });
        }
    }
    sections
}

#[test]
fn any_byte_may_be_forged_under_a_true_checksum() {
    let samples: Vec<Sample> = (0..60)
        .map(|n| Sample::put(format!("key{n:03}").as_bytes(), n + 1, &[9; 9]))
        .collect();
    let setup = Setup::default();
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let table = open(&bytes, Some(&meta), &setup.context()).unwrap();
    let footer = table.footer;
    for section in sealed_blocks(&table, &footer) {
        let (start, len) = (section.offset as usize, section.bytes as usize);
        // Of the filter, whose bits mean nothing by themselves, only its ends.
        for at in (0..len).filter(|at| section != footer.filter || *at < 8 || at + 8 > len) {
            for value in [0, 1, 127, 128, 255] {
                let mut forged = bytes.clone();
                forged[start + at] = value;
                let mut sealed = forged[start..start + len].to_vec();
                seal(
                    &mut sealed,
                    0,
                    section.offset,
                    Compression::None,
                    &mut Vec::new(),
                );
                forged[start..start + sealed.len()].copy_from_slice(&sealed);
                let body_end = forged.len() - FOOTER_BYTES;
                let footer = Footer {
                    body_checksum: crc32fast::hash(&forged[..body_end]),
                    ..footer
                };
                forged[body_end..].copy_from_slice(&footer.encode());
                if let Ok(table) = open(&forged, None, &setup.context()) {
                    exercise(&table);
                }
            }
        }
    }
}

#[test]
fn a_footer_may_claim_anything() {
    let samples = [Sample::put(b"k", 1, b"v")];
    let setup = Setup::default();
    let (bytes, meta) = file_of(&samples, &[], &setup.options);
    let footer = open(&bytes, Some(&meta), &setup.context()).unwrap().footer;
    let body_end = bytes.len() - FOOTER_BYTES;
    for field in 0..8 {
        for claim in [0, 1, 5, bytes.len() as u64, 1 << 40, u64::MAX - 5, u64::MAX] {
            let mut forged = footer;
            let section = match field / 2 {
                0 => &mut forged.filter,
                1 => &mut forged.top,
                2 => &mut forged.range_deletes,
                _ => &mut forged.properties,
            };
            match field % 2 {
                0 => section.offset = claim,
                _ => section.bytes = claim,
            }
            if forged == footer {
                continue;
            }
            let mut file = bytes[..body_end].to_vec();
            file.extend_from_slice(&forged.encode());
            assert!(is_corruption(&open(&file, None, &setup.context())));
        }
    }
}

#[test]
fn lz4_may_claim_any_length() {
    let mut block = vec![3; 5000];
    seal(&mut block, 0, 40, Compression::Lz4, &mut Vec::new());
    for claim in [0, 1, 4999, 5001, 100_000, u32::MAX] {
        let mut forged = block[..block.len() - SEAL_BYTES].to_vec();
        forged[..4].copy_from_slice(&claim.to_le_bytes());
        forged.push(1);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&forged);
        hasher.update(&40_u64.to_le_bytes());
        forged.extend_from_slice(&hasher.finalize().to_le_bytes());
        assert!(is_corruption(&unseal(Bytes::from(forged), 40)), "{claim}");
    }
    assert_eq!(unseal(Bytes::from(block.clone()), 40).unwrap().len(), 5000);
    assert!(
        is_corruption(&unseal(Bytes::from(block), 41)),
        "another place"
    );
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_bytes_are_a_block_or_none(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        // Small counts and prefixes, so that the rest is looked at.
        for (at, modulus) in [(0, 40), (1, 1), (2, 1), (3, 2), (4, 20), (5, 1)] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = (*byte % modulus) << if at == 3 { 7 } else { 0 };
            }
        }
        let Ok(block) = Block::parse(Bytes::from(bytes)) else {
            return Ok(());
        };
        for index in 0..block.count() {
            if let Ok(slot) = block.slot(index) {
                let mut key = block.prefix().to_vec();
                block.rebuild_key(&slot, &mut key);
                let _ = block.find(&key, slot.sequence);
                let _ = block.value(&slot).len() + block.shared_value(&slot).len();
            }
        }
    }

    #[test]
    fn a_block_finds_each_of_its_entries(samples in samples()) {
        let mut writer = BlockWriter::default();
        for sample in &samples {
            prop_assert!(writer.push_within(&sample.entry(), usize::MAX));
        }
        let estimated = writer.bytes();
        let mut bytes = Vec::new();
        writer.finish_into(&mut bytes);
        prop_assert!(bytes.len() >= estimated);
        let block = Block::parse(Bytes::from(bytes)).unwrap();
        prop_assert_eq!(block.count(), samples.len());
        for (index, sample) in samples.iter().enumerate() {
            let rank = block.rank(&sample.key, |newer| newer > sample.sequence).unwrap();
            prop_assert_eq!(rank, index);
        }
    }
}

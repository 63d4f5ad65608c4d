//! Checking a whole table against itself.

use bytes::Bytes;

use super::block::Block;
use super::block::seal::unseal;
use super::footer::FOOTER_BYTES;
use super::index::{Handle, bound_at, handle_at};
use super::properties::Properties;
use super::reader::{TableReader, read_footer};
use crate::base::hash::hash64;
use crate::storage::describe::TableMeta;
use crate::storage::entry::{Kind, SEQUENCE_MAX, Sequence, order};
use crate::{Error, Result};

/// The file is read in pieces of about this size, bytes.
const CHUNK_BYTES: u64 = 256 << 10;

/// Reads the file once from its start, and hands out sealed blocks, which must follow each other.
struct Scan<'a> {
    table: &'a TableReader,
    body: crc32fast::Hasher,
    chunk: Bytes,
    /// Where the chunk starts in the file.
    chunk_at: u64,
    at: u64,
    progress: &'a mut dyn FnMut(u64),
}

impl Scan<'_> {
    fn end(&self) -> u64 {
        self.table.meta().bytes - FOOTER_BYTES as u64
    }

    /// The next `bytes` of the file.
    fn take(&mut self, bytes: u64) -> Result<Bytes> {
        let held = self.chunk_at + self.chunk.len() as u64 - self.at;
        if bytes > held {
            let left = self.end() - self.at;
            if bytes > left {
                return Err(self.wrong("has a block that reaches into its footer"));
            }
            // What is held of the block is read again: a few KiB of each chunk.
            let mut chunk = vec![0; bytes.max(CHUNK_BYTES.min(left)) as usize];
            self.table.file().read_exact_at(self.at, &mut chunk)?;
            let fresh = &chunk[held as usize..];
            self.body.update(fresh);
            (self.progress)(fresh.len() as u64);
            self.chunk = Bytes::from(chunk);
            self.chunk_at = self.at;
        }
        let start = (self.at - self.chunk_at) as usize;
        self.at += bytes;
        Ok(self.chunk.slice(start..start + bytes as usize))
    }

    fn block(&mut self, handle: Handle) -> Result<Block> {
        if handle.offset != self.at {
            return Err(self.wrong("has blocks that overlap or leave gaps"));
        }
        let sealed = self.take(handle.sealed_bytes())?;
        Block::parse(unseal(sealed, handle.offset)?)
    }

    fn wrong(&self, what: &str) -> Error {
        wrong(self.table.meta().id, self.at, what)
    }
}

fn wrong(id: u64, at: u64, what: &str) -> Error {
    Error::corruption(format!("table {id} {what}, near offset {at}"))
}

/// What the entries add up to.
struct Tally {
    properties: Properties,
    last: Option<(Vec<u8>, Sequence)>,
}

impl TableReader {
    /// Reads the whole table and checks everything that it says: every checksum, the order of the entries,
    /// the index's bounds, that the filter passes every key, and the counts. `progress` is told how many
    /// more bytes have been read, each time some have.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) at the first thing that is wrong; what the disk reports.
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<()> {
        let mut scan = Scan {
            table: self,
            body: crc32fast::Hasher::new(),
            chunk: Bytes::new(),
            chunk_at: 0,
            at: 0,
            progress,
        };
        let mut tally = Tally {
            properties: Properties {
                meta: TableMeta {
                    sequence_min: SEQUENCE_MAX,
                    ..TableMeta::default()
                },
                ..Properties::default()
            },
            last: None,
        };
        if read_footer(self.file(), self.file().len()?)? != self.footer {
            return Err(scan.wrong("has another footer than when it was opened"));
        }
        self.verify_data(&mut scan, &mut tally)?;
        if let Some(top) = self.top() {
            for index in 0..top.count() {
                scan.block(handle_at(top, index, self.footer.filter.offset)?)?;
            }
        }
        let (sections_at, end) = (scan.at, scan.end());
        if sections_at != self.footer.filter.offset {
            return Err(scan.wrong("has a gap before its filter"));
        }
        let sections = scan.take(end - sections_at)?;
        for section in [
            self.footer.filter,
            self.footer.top,
            self.footer.range_deletes,
            self.footer.properties,
        ] {
            let start = (section.offset - sections_at) as usize;
            let sealed = section.bytes as usize + super::block::seal::SEAL_BYTES;
            unseal(sections.slice(start..start + sealed), section.offset)?;
        }
        if scan.body.clone().finalize() != self.meta().checksum {
            return Err(scan.wrong("fails the checksum of the whole file"));
        }
        self.verify_counts(tally)
    }

    fn verify_data(&self, scan: &mut Scan<'_>, tally: &mut Tally) -> Result<()> {
        let Some(top) = self.top() else {
            return Ok(());
        };
        for number in 0..top.count() {
            let partition = self.partition(number)?;
            tally.properties.partitions += 1;
            for index in 0..partition.count() {
                let block = scan.block(handle_at(&partition, index, self.data_end)?)?;
                tally.properties.data_blocks += 1;
                let lower = bound_of(&partition, index)?;
                if index == 0 && bound_of(top, number)? != lower {
                    return Err(scan.wrong("has a top index that differs from its partition"));
                }
                if tally
                    .last
                    .as_ref()
                    .is_some_and(|last| !precedes(last, &lower))
                {
                    return Err(scan.wrong("has an index bound that is not above the block before"));
                }
                self.verify_block(&block, &lower, tally)
                    .map_err(|error| match error {
                        Error::Corruption { detail } => scan.wrong(&detail),
                        other => other,
                    })?;
            }
        }
        Ok(())
    }

    fn verify_block(
        &self,
        block: &Block,
        lower: &(Vec<u8>, Sequence),
        tally: &mut Tally,
    ) -> Result<()> {
        for index in 0..block.count() {
            let slot = block.slot(index)?;
            let mut key = block.prefix().to_vec();
            block.rebuild_key(&slot, &mut key);
            let here = (key, slot.sequence);
            if index == 0 && precedes(&here, lower) {
                return Err(Error::corruption("has an index bound above its block"));
            }
            if tally
                .last
                .as_ref()
                .is_some_and(|last| !precedes(last, &here))
            {
                return Err(Error::corruption("has entries out of order"));
            }
            if block.rank(&here.0, |newer| newer > here.1)? != index {
                return Err(Error::corruption("has an entry that no search finds"));
            }
            if !self.filter.may_contain(hash64(&here.0)) {
                return Err(Error::corruption("has a key that its filter denies"));
            }
            let meta = &mut tally.properties.meta;
            meta.entries += 1;
            meta.raw_bytes += (here.0.len() + block.value(&slot).len()) as u64;
            meta.sequence_min = meta.sequence_min.min(here.1);
            meta.sequence_max = meta.sequence_max.max(here.1);
            match slot.kind {
                Kind::Put => meta.deadline_max_ms = meta.deadline_max_ms.max(slot.deadline_ms),
                Kind::Delete => meta.deletes += 1,
            }
            if meta.entries == 1 {
                meta.smallest = Bytes::copy_from_slice(&here.0);
            }
            tally.last = Some(here);
        }
        Ok(())
    }

    /// The properties must be what entries and range tombstones add up to.
    fn verify_counts(&self, tally: Tally) -> Result<()> {
        let mut counted = tally.properties;
        let meta = &mut counted.meta;
        let mut smallest = (meta.entries > 0).then(|| meta.smallest.clone());
        if let Some((mut last_key, _)) = tally.last {
            last_key.push(0);
            meta.end = Bytes::from(last_key);
        }
        for delete in self.range_deletes() {
            meta.range_deletes += 1;
            meta.sequence_min = meta.sequence_min.min(delete.sequence);
            meta.sequence_max = meta.sequence_max.max(delete.sequence);
            meta.end = meta.end.clone().max(delete.to.clone());
            let from = delete.from.clone();
            smallest = Some(smallest.map_or(from.clone(), |smallest| smallest.min(from)));
        }
        meta.smallest = smallest.unwrap_or_default();
        meta.id = self.properties.meta.id;
        meta.created_ms = self.properties.meta.created_ms;
        counted.filter_name.clone_from(&self.properties.filter_name);
        if counted == self.properties {
            return Ok(());
        }
        Err(Error::corruption(format!(
            "table {} says {:?} of itself and holds {counted:?}",
            self.meta().id,
            self.properties
        )))
    }
}

fn bound_of(block: &Block, index: usize) -> Result<(Vec<u8>, Sequence)> {
    let (slot, sequence) = bound_at(block, index)?;
    let mut key = block.prefix().to_vec();
    block.rebuild_key(&slot, &mut key);
    Ok((key, sequence))
}

fn precedes(a: &(Vec<u8>, Sequence), b: &(Vec<u8>, Sequence)) -> bool {
    order(&a.0, a.1, &b.0, b.1).is_lt()
}

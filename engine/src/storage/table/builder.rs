//! Writing a table, front to back, from sorted entries.

use bytes::Bytes;

use super::block::BlockWriter;
use super::block::seal::seal;
use super::footer::{FOOTER_BYTES, Footer, Section};
use super::index::{Bound, Handle, IndexWriter, top_of};
use super::options::{BLOCK_BYTES_RANGE, Compression, TableOptions};
use super::properties::Properties;
use super::{filter, range_deletes};
use crate::base::hash::hash64;
use crate::base::limits::RECORD_BYTES_MAX;
use crate::storage::describe::{FileId, TableMeta};
use crate::storage::entry::{Entry, Kind, RangeDelete, SEQUENCE_MAX, Sequence, order};
use crate::vfs::File;
use crate::{Error, Result};

/// The file is written in pieces of this size, bytes: a call each, and few of them.
const CHUNK_BYTES: usize = 256 << 10;

/// Writes a table. Entries come in their order; [`finish`](Self::finish) makes the file whole and durable.
/// A builder that is dropped, or that returned an error, leaves a file that is no table.
///
/// ```
/// use kvorum::storage::entry::{Entry, Kind, NEVER_MS};
/// use kvorum::storage::table::{TableBuilder, TableOptions, table_file_name};
/// use kvorum::vfs::{MemoryDisk, Vfs};
///
/// let disk = MemoryDisk::new();
/// let file = disk.open(&table_file_name(7))?;
/// let mut builder = TableBuilder::new(file, TableOptions::default());
/// for (sequence, key) in [(2, b"a"), (1, b"b")] {
///     builder.add(Entry { key, sequence, kind: Kind::Put, deadline_ms: NEVER_MS, value: b"v" })?;
/// }
/// let meta = builder.finish(7)?;
/// assert_eq!((meta.entries, meta.sequence_max), (2, 2));
/// assert_eq!((meta.smallest.as_ref(), meta.end.as_ref()), (b"a".as_slice(), b"b\0".as_slice()));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Debug)]
pub struct TableBuilder {
    file: Box<dyn File>,
    options: TableOptions,
    /// Bytes that the file has got already.
    written_bytes: u64,
    /// What comes next in the file.
    chunk: Vec<u8>,
    body: crc32fast::Hasher,
    scratch: Vec<u8>,

    block: BlockWriter,
    /// The lower bound of the block that is being filled.
    bound: Bound,
    index: IndexWriter,
    hashes: Vec<u64>,
    range_deletes: Vec<RangeDelete>,
    last_key: Vec<u8>,
    last_sequence: Sequence,
    first_key: Option<Bytes>,
    properties: Properties,
}

impl TableBuilder {
    /// A table that goes to `file`, which must be empty.
    #[must_use]
    pub fn new(file: Box<dyn File>, options: TableOptions) -> Self {
        let mut options = options;
        options.block_bytes = options
            .block_bytes
            .clamp(*BLOCK_BYTES_RANGE.start(), *BLOCK_BYTES_RANGE.end());
        let meta = TableMeta {
            created_ms: options.created_ms,
            sequence_min: SEQUENCE_MAX,
            ..TableMeta::default()
        };
        Self {
            file,
            options,
            written_bytes: 0,
            chunk: Vec::new(),
            body: crc32fast::Hasher::new(),
            scratch: Vec::new(),
            block: BlockWriter::default(),
            bound: Bound::default(),
            index: IndexWriter::default(),
            hashes: Vec::new(),
            range_deletes: Vec::new(),
            last_key: Vec::new(),
            last_sequence: 0,
            first_key: None,
            properties: Properties {
                meta,
                ..Properties::default()
            },
        }
    }

    /// Adds the next entry, which must come after the last in the order of entries.
    ///
    /// # Errors
    /// - [`TooLarge`](Error::TooLarge) where key and value pass
    ///   [`RECORD_BYTES_MAX`]: nothing was added.
    /// - What the disk reports.
    pub fn add(&mut self, entry: Entry<'_>) -> Result<()> {
        let raw_bytes = entry.key.len() + entry.value.len();
        if raw_bytes > RECORD_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "a table's entry",
                actual: raw_bytes,
                limit: RECORD_BYTES_MAX,
            });
        }
        assert!(entry.sequence <= SEQUENCE_MAX, "sequences have 56 bits");
        let mut new_key = true;
        if self.first_key.is_some() {
            let (last_key, last_sequence) = (&self.last_key, self.last_sequence);
            let sorted = order(last_key, last_sequence, entry.key, entry.sequence);
            assert!(sorted.is_lt(), "a table's entries come in their order");
            new_key = last_key != entry.key;
        } else {
            self.first_key = Some(Bytes::copy_from_slice(entry.key));
            self.bound = Bound {
                key: entry.key.to_vec(),
                sequence: SEQUENCE_MAX,
            };
        }
        if new_key {
            self.hashes.push(hash64(entry.key));
        }
        if !self.block.push_within(&entry, self.options.block_bytes) {
            self.finish_block()?;
            self.bound = Bound::between(&self.last_key, self.last_sequence, entry.key);
            self.block.push_within(&entry, self.options.block_bytes);
        }
        self.last_key.clear();
        self.last_key.extend_from_slice(entry.key);
        self.last_sequence = entry.sequence;

        let meta = &mut self.properties.meta;
        meta.entries += 1;
        meta.raw_bytes += raw_bytes as u64;
        meta.sequence_min = meta.sequence_min.min(entry.sequence);
        meta.sequence_max = meta.sequence_max.max(entry.sequence);
        match entry.kind {
            Kind::Put => meta.deadline_max_ms = meta.deadline_max_ms.max(entry.deadline_ms),
            Kind::Delete => meta.deletes += 1,
        }
        Ok(())
    }

    /// Adds a range tombstone; they come in any order.
    ///
    /// # Errors
    /// [`InvalidArgument`](Error::InvalidArgument) where it covers nothing: its end is not above its start.
    pub fn add_range_delete(&mut self, delete: RangeDelete) -> Result<()> {
        if delete.from >= delete.to {
            return Err(Error::invalid(
                "a range tombstone ends above its start, or it covers nothing",
            ));
        }
        assert!(delete.sequence <= SEQUENCE_MAX, "sequences have 56 bits");
        let meta = &mut self.properties.meta;
        meta.range_deletes += 1;
        meta.sequence_min = meta.sequence_min.min(delete.sequence);
        meta.sequence_max = meta.sequence_max.max(delete.sequence);
        self.range_deletes.push(delete);
        Ok(())
    }

    /// About how long the file would be, were it finished now.
    #[must_use]
    pub fn estimated_bytes(&self) -> u64 {
        let filter = self.hashes.len() as f64 * self.options.bits_per_key / 8.0;
        self.position() + (self.block.bytes() + self.index.bytes()) as u64 + filter as u64
    }

    /// The point entries so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.properties.meta.entries
    }

    /// Whether nothing has been added: such a table cannot be finished.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries() == 0 && self.range_deletes.is_empty()
    }

    /// Where the next byte goes.
    fn position(&self) -> u64 {
        self.written_bytes + self.chunk.len() as u64
    }

    fn finish_block(&mut self) -> Result<()> {
        let (at, offset) = (self.chunk.len(), self.position());
        self.block.finish_into(&mut self.chunk);
        let compression = self.options.compression;
        let bytes = seal(&mut self.chunk, at, offset, compression, &mut self.scratch);
        let handle = Handle {
            offset,
            bytes: bytes_of(bytes)?,
        };
        self.index.add(core::mem::take(&mut self.bound), handle);
        self.properties.data_blocks += 1;
        if self.chunk.len() >= CHUNK_BYTES {
            self.write_chunk()?;
        }
        Ok(())
    }

    fn write_chunk(&mut self) -> Result<()> {
        if self.written_bytes == 0 && !self.file.is_empty()? {
            return Err(Error::invalid("a table goes to an empty file"));
        }
        self.body.update(&self.chunk);
        self.file.append(&self.chunk)?;
        self.written_bytes += self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }

    /// Adds a sealed block that is not compressed.
    fn section(&mut self, payload: &[u8]) -> Section {
        let (at, offset) = (self.chunk.len(), self.position());
        self.chunk.extend_from_slice(payload);
        let none = Compression::None;
        let bytes = seal(&mut self.chunk, at, offset, none, &mut self.scratch);
        Section {
            offset,
            bytes: bytes as u64,
        }
    }

    /// Completes the file, which gets the number `id`, and syncs it. The caller syncs the folder.
    ///
    /// # Errors
    /// - [`InvalidArgument`](Error::InvalidArgument) for an empty table.
    /// - What the disk reports.
    pub fn finish(mut self, id: FileId) -> Result<TableMeta> {
        if self.is_empty() {
            return Err(Error::invalid("a table holds at least one entry"));
        }
        if !self.block.is_empty() {
            self.finish_block()?;
        }
        let mut partitions = Vec::new();
        for (bound, bytes) in core::mem::take(&mut self.index).into_partitions() {
            let section = self.section(&bytes);
            let handle = Handle {
                offset: section.offset,
                bytes: bytes_of(bytes.len())?,
            };
            partitions.push((bound, handle));
        }
        range_deletes::sort(&mut self.range_deletes);
        self.properties.partitions = partitions.len() as u64;
        self.properties.meta.id = id;
        self.set_range();
        let bits_per_key = self.options.bits_per_key;
        let (name, filter) = filter::build(&self.options.filter, &self.hashes, bits_per_key);
        self.properties.filter_name = name;
        let mut footer = Footer {
            filter: self.section(&filter),
            top: self.section(&top_of(&partitions)),
            range_deletes: self.section(&range_deletes::encode(&self.range_deletes)),
            properties: self.section(&self.properties.encode()),
            body_checksum: 0,
        };
        self.write_chunk()?;
        footer.body_checksum = self.body.clone().finalize();
        self.file.append(&footer.encode())?;
        self.file.sync()?;

        let mut meta = self.properties.meta;
        meta.bytes = self.written_bytes + FOOTER_BYTES as u64;
        meta.checksum = footer.body_checksum;
        Ok(meta)
    }

    /// What keys and range tombstones touch.
    fn set_range(&mut self) {
        let mut end = Bytes::new();
        if self.first_key.is_some() {
            let mut past_last = core::mem::take(&mut self.last_key);
            past_last.push(0);
            end = Bytes::from(past_last);
        }
        let ends = self.range_deletes.iter().map(|delete| &delete.to);
        let end = ends.fold(end, |end, to| end.max(to.clone()));
        let starts = self.range_deletes.first().map(|delete| delete.from.clone());
        let smallest = self.first_key.take().into_iter().chain(starts).min();
        self.properties.meta.smallest = smallest.unwrap_or_default();
        self.properties.meta.end = end;
    }
}

/// A block's length as the index stores it. Blocks hold an entry of [`RECORD_BYTES_MAX`] or little.
fn bytes_of(bytes: usize) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::TooLarge {
        what: "a table's block",
        actual: bytes,
        limit: u32::MAX as usize,
    })
}

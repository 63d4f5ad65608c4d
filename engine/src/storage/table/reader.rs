//! Reading a table.

use core::ops::Deref;
use std::sync::Arc;

use arc_swap::Guard;
use bytes::Bytes;

use super::block::seal::unseal;
use super::block::{Block, Lookup};
use super::counters::{FilterOutcome, TableCounters};
use super::fetch::{BlockSource, FillCache, HotPlace, ReadAhead};
use super::filter::TableFilter;
use super::footer::{FOOTER_BYTES, Footer, Section};
use super::index::{Handle, handle_at, position};
use super::options::FilterChoice;
use super::pins::{PinBudget, PinCharge};
use super::properties::Properties;
use super::range_deletes;
use crate::storage::cache::{BlockCache, HOT_SLOT_BYTES, HotSlots, touch};
use crate::storage::describe::TableMeta;
use crate::storage::entry::{Found, RangeDelete, Sequence};
use crate::storage::merge::RangeDeletes;
use crate::vfs::File;
use crate::{Error, Result};

/// What the open tables of a store share.
#[derive(Clone, Debug)]
pub struct TableContext {
    /// The blocks that stay in memory.
    pub cache: Arc<BlockCache>,
    /// How much index may be pinned.
    pub pins: PinBudget,
    /// What reads count.
    pub counters: Arc<TableCounters>,
    /// Whose filters the tables carry.
    pub filter: FilterChoice,
}

/// The partitions of the index.
#[derive(Debug)]
enum Partitions {
    Pinned(
        Vec<PinnedPartition>,
        #[expect(dead_code, reason = "held for its drop")] PinCharge,
    ),
    /// Read through the block cache.
    Cached,
}

/// A partition in memory. Where these are, the data blocks have numbers.
#[derive(Debug)]
struct PinnedPartition {
    block: Block,
    /// The number of its first data block.
    first: u32,
}

/// The way past the cache's locks to the data blocks that are in it.
#[derive(Debug)]
struct Hot {
    slots: Arc<HotSlots<Block>>,
    #[expect(dead_code, reason = "held for its drop")]
    charge: PinCharge,
}

/// A partition to look into.
pub(super) enum Partition<'a> {
    Pinned(&'a Block),
    Fetched(Block),
}

impl Deref for Partition<'_> {
    type Target = Block;

    #[inline]
    fn deref(&self) -> &Block {
        match self {
            Self::Pinned(block) => block,
            Self::Fetched(block) => block,
        }
    }
}

/// An open table: immutable, shared by any number of threads. Its filter and the top of its index are in
/// memory, and its partitions too while the budget lasts.
#[derive(Debug)]
pub struct TableReader {
    file: Box<dyn File>,
    meta: Arc<TableMeta>,
    context: TableContext,
    pub(super) footer: Footer,
    pub(super) properties: Properties,
    pub(super) filter: TableFilter,
    /// None in a table of range tombstones alone.
    top: Option<Block>,
    partitions: Partitions,
    /// None where the partitions are not pinned, or the budget has no room for it.
    hot: Option<Hot>,
    /// Where the data blocks end and the partitions begin.
    pub(super) data_end: u64,
    range_deletes: Vec<RangeDelete>,
    range_delete_set: RangeDeletes,
    pinned_bytes: u64,
}

impl TableReader {
    /// Opens the table in `file`. `meta` is what the manifest knows of it; None takes the table's word for
    /// it, for a repair.
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) where this is no whole table, or not the one that `meta` describes;
    /// what the disk reports.
    pub fn open(
        file: Box<dyn File>,
        meta: Option<Arc<TableMeta>>,
        context: &TableContext,
    ) -> Result<Arc<Self>> {
        let file_bytes = file.len()?;
        let footer = read_footer(file.as_ref(), file_bytes)?;
        let section = |section: Section| read_section(file.as_ref(), section);
        let properties = Properties::decode(&section(footer.properties)?)?;
        let own = TableMeta {
            bytes: file_bytes,
            checksum: footer.body_checksum,
            ..properties.meta.clone()
        };
        let meta = match meta {
            Some(meta) if *meta != own => {
                return Err(Error::corruption(format!(
                    "table {} is not the one that the manifest describes",
                    meta.id
                )));
            }
            Some(meta) => meta,
            None => Arc::new(own),
        };
        let deletes = range_deletes::decode(&section(footer.range_deletes)?)?;
        let filter = section(footer.filter)?;
        let filter = TableFilter::decode(&context.filter, &properties.filter_name, filter)?;
        let top = match section(footer.top)? {
            top if top.is_empty() => None,
            top => Some(Block::parse(top)?),
        };
        if top.as_ref().map_or(0, Block::count) as u64 != properties.partitions {
            return Err(Error::corruption("a table's top index misses partitions"));
        }
        let mut data_end = footer.filter.offset;
        if let Some(top) = &top {
            data_end = handle_at(top, 0, footer.filter.offset)?.offset;
        }
        let mut reader = Self {
            file,
            meta,
            context: context.clone(),
            pinned_bytes: (filter.bytes() + top.as_ref().map_or(0, |top| top.bytes().len())) as u64,
            footer,
            properties,
            filter,
            top,
            partitions: Partitions::Cached,
            hot: None,
            data_end,
            range_delete_set: RangeDeletes::new(deletes.iter().cloned()),
            range_deletes: deletes,
        };
        reader.pin_partitions()?;
        Ok(Arc::new(reader))
    }

    /// Reads all partitions at once, if the budget has room for them.
    fn pin_partitions(&mut self) -> Result<()> {
        let (Some(top), end) = (&self.top, self.footer.filter.offset) else {
            return Ok(());
        };
        let bytes = end - self.data_end;
        let Some(charge) = self.context.pins.charge(bytes) else {
            return Ok(());
        };
        let mut section = vec![0; bytes as usize];
        self.file.read_exact_at(self.data_end, &mut section)?;
        let section = Bytes::from(section);
        let mut partitions = Vec::with_capacity(top.count());
        let mut data_blocks = 0_usize;
        for index in 0..top.count() {
            let handle = handle_at(top, index, end)?;
            let start = handle.offset.checked_sub(self.data_end);
            let start = start.ok_or_else(|| Error::corruption("a partition among data blocks"))?;
            let sealed = section.slice(start as usize..(handle.end() - self.data_end) as usize);
            let block = Block::parse(unseal(sealed, handle.offset)?)?;
            let first = u32::try_from(data_blocks)
                .map_err(|_| Error::corruption("a table with more blocks than bytes"))?;
            data_blocks += block.count();
            partitions.push(PinnedPartition { block, first });
        }
        self.pinned_bytes += bytes;
        self.partitions = Partitions::Pinned(partitions, charge);
        self.add_hot_slots(data_blocks);
        Ok(())
    }

    /// Gives each data block a hot slot, if the cache keeps any and the budget has room for the slots.
    fn add_hot_slots(&mut self, data_blocks: usize) {
        let bytes = (data_blocks * HOT_SLOT_BYTES) as u64;
        if self.context.cache.capacity_bytes() == 0 {
            return;
        }
        if let Some(charge) = self.context.pins.charge(bytes) {
            self.pinned_bytes += bytes;
            self.hot = Some(Hot {
                slots: Arc::new(HotSlots::new(data_blocks)),
                charge,
            });
        }
    }

    /// What is known of the table.
    #[must_use]
    pub fn meta(&self) -> &Arc<TableMeta> {
        &self.meta
    }

    /// The range tombstones, sorted by their start.
    #[must_use]
    pub fn range_deletes(&self) -> &[RangeDelete] {
        &self.range_deletes
    }

    /// The range tombstones, ready to be asked which of them covers a key.
    #[must_use]
    pub fn range_delete_set(&self) -> &RangeDeletes {
        &self.range_delete_set
    }

    /// Memory that the open table holds: filter, index, not the cached blocks; bytes.
    #[must_use]
    pub fn pinned_bytes(&self) -> u64 {
        self.pinned_bytes
    }

    /// Whether the table may have an entry of the key with this [hash](crate::base::hash::hash64).
    #[inline]
    #[must_use]
    pub fn may_contain(&self, hash: u64) -> bool {
        self.filter.may_contain(hash)
    }

    /// The newest version of `key` that `snapshot` sees; its range tombstones are not asked. `hash` is the
    /// key's [`hash64`](crate::base::hash::hash64).
    ///
    /// # Errors
    /// [`Corruption`](Error::Corruption) where the block is damaged; what the disk reports.
    #[inline]
    pub fn get(&self, key: &[u8], hash: u64, snapshot: Sequence) -> Result<Option<Found>> {
        let counters = &*self.context.counters;
        if !self.filter.may_contain(hash) {
            counters.count_filter(FilterOutcome::Negative);
            return Ok(None);
        }
        let Some(top) = &self.top else {
            return Ok(None);
        };
        let number = position(top, key, snapshot)?;
        let partition = self.partition(number)?;
        let index = position(&partition, key, snapshot)?;
        let place = self.hot_place(number, index);
        if let Some(HotPlace { slots, number }) = place
            && let Some(guard) = slots.load(number, true)
            && let Some(block) = guard.as_deref()
        {
            self.context.cache.count_hot_hit();
            touch(block.bytes());
            return self.look_into(block, key, snapshot);
        }
        let handle = handle_at(&partition, index, self.data_end)?;
        match place {
            Some(hot) => {
                let block = self.data().block_at(handle, hot, FillCache::Yes)?;
                self.look_into(&block, key, snapshot)
            }
            None => {
                let block = self.data().block(handle, FillCache::Yes)?;
                self.look_into(&block, key, snapshot)
            }
        }
    }

    /// Looks for a key in the block where it must be.
    #[inline]
    fn look_into(&self, block: &Block, key: &[u8], snapshot: Sequence) -> Result<Option<Found>> {
        let lookup = block.find(key, snapshot)?;
        self.context.counters.count_filter(match lookup {
            _ if self.filter.is_none() => FilterOutcome::Unfiltered,
            Lookup::Absent => FilterOutcome::FalsePositive,
            Lookup::Visible(_) | Lookup::Hidden => FilterOutcome::TruePositive,
        });
        Ok(match lookup {
            Lookup::Visible(slot) => Some(Found {
                sequence: slot.sequence,
                kind: slot.kind,
                deadline_ms: slot.deadline_ms,
                value: block.shared_value(&slot),
            }),
            Lookup::Hidden | Lookup::Absent => None,
        })
    }

    pub(super) fn file(&self) -> &dyn File {
        self.file.as_ref()
    }

    pub(super) fn top(&self) -> Option<&Block> {
        self.top.as_ref()
    }

    #[inline]
    fn source(&self, end: u64) -> BlockSource<'_> {
        BlockSource {
            file: self.file.as_ref(),
            id: self.meta.id,
            cache: &self.context.cache,
            counters: &self.context.counters,
            end,
        }
    }

    #[inline]
    fn data(&self) -> BlockSource<'_> {
        self.source(self.data_end)
    }

    /// Partition `index`, below the count that the top has.
    #[inline]
    pub(super) fn partition(&self, index: usize) -> Result<Partition<'_>> {
        match &self.partitions {
            Partitions::Pinned(partitions, _) => match partitions.get(index) {
                Some(pinned) => Ok(Partition::Pinned(&pinned.block)),
                None => Err(super::block::malformed()),
            },
            Partitions::Cached => self.fetch_partition(index),
        }
    }

    #[inline(never)]
    fn fetch_partition(&self, index: usize) -> Result<Partition<'_>> {
        let top = self.top.as_ref().ok_or_else(super::block::malformed)?;
        let end = self.footer.filter.offset;
        let handle = handle_at(top, index, end)?;
        let block = self.source(end).block(handle, FillCache::Yes)?;
        Ok(Partition::Fetched(block))
    }

    /// The hot slot of data block `index` of `partition`, if it has one.
    #[inline]
    fn hot_place(&self, partition: usize, index: usize) -> Option<HotPlace<'_>> {
        let (Some(hot), Partitions::Pinned(partitions, _)) = (&self.hot, &self.partitions) else {
            return None;
        };
        Some(HotPlace {
            slots: &hot.slots,
            number: partitions.get(partition)?.first + index as u32,
        })
    }

    /// Whether data block `index` of `partition` is hot; this is no hit.
    #[cfg(test)]
    pub(super) fn is_hot(&self, partition: usize, index: usize) -> bool {
        let place = self.hot_place(partition, index);
        place.is_some_and(|place| place.slots.load(place.number, false).is_some())
    }

    /// Data block `index` of `partition`, if it is hot; for a cursor.
    #[inline]
    pub(super) fn hot_block(
        &self,
        partition: usize,
        index: usize,
        fill: FillCache,
    ) -> Option<Arc<Block>> {
        let HotPlace { slots, number } = self.hot_place(partition, index)?;
        // A scan that leaves the cache alone does not count as use.
        let guard = slots.load(number, fill == FillCache::Yes)?;
        let block = Guard::into_inner(guard)?;
        self.context.cache.count_hot_hit();
        touch(block.bytes());
        Some(block)
    }

    /// Data block `index` of `partition`, which is at `handle` and not hot; for a cursor.
    pub(super) fn data_block(
        &self,
        (partition, index): (usize, usize),
        handle: Handle,
        fill: FillCache,
        ahead: &mut ReadAhead,
    ) -> Result<Arc<Block>> {
        let hot = self.hot_place(partition, index);
        self.data().block_ahead(handle, hot, fill, ahead)
    }
}

pub(super) fn read_footer(file: &dyn File, file_bytes: u64) -> Result<Footer> {
    let Some(offset) = file_bytes.checked_sub(FOOTER_BYTES as u64) else {
        return Err(Error::corruption(format!(
            "{file_bytes} bytes are too few for a table"
        )));
    };
    let mut bytes = [0; FOOTER_BYTES];
    file.read_exact_at(offset, &mut bytes)?;
    Footer::decode(&bytes, file_bytes)
}

/// A section's payload. The footer has been checked: it lies in the file.
fn read_section(file: &dyn File, section: Section) -> Result<Bytes> {
    let mut sealed = vec![0; (section.bytes + super::block::seal::SEAL_BYTES as u64) as usize];
    file.read_exact_at(section.offset, &mut sealed)?;
    unseal(Bytes::from(sealed), section.offset)
}

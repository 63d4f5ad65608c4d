//! A position in a table.

use std::sync::Arc;

use bytes::Bytes;

use super::block::{Block, Slot};
use super::fetch::{FillCache, ReadAhead};
use super::index::{handle_at, position};
use super::reader::{Partition, TableReader};
use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, SEQUENCE_MAX, Sequence};

/// A position in a table. It keeps the table open.
///
/// A step inside a block decodes one entry where it lies; only the key is put together, from the block's
/// prefix and the entry's part, in a buffer that is reused.
#[derive(Debug)]
pub struct TableCursor {
    table: Arc<TableReader>,
    fill: FillCache,
    ahead: ReadAhead,
    /// The partition it stands in; `fetched` holds it where it is not pinned.
    partition: usize,
    fetched: Option<Block>,
    /// Its block's place in the partition.
    block_index: usize,
    /// The block it stands in; None where it stands on no entry.
    block: Option<Arc<Block>>,
    index: usize,
    slot: Option<Slot>,
    key: Vec<u8>,
}

impl TableCursor {
    /// A cursor on `table` that stands nowhere yet.
    #[must_use]
    pub fn new(table: Arc<TableReader>, fill: FillCache) -> Self {
        Self {
            table,
            fill,
            ahead: ReadAhead::default(),
            partition: usize::MAX,
            fetched: None,
            block_index: 0,
            block: None,
            index: 0,
            slot: None,
            key: Vec::new(),
        }
    }

    /// The table that it reads.
    #[must_use]
    pub fn table(&self) -> &Arc<TableReader> {
        &self.table
    }

    fn partitions(&self) -> usize {
        self.table.top().map_or(0, Block::count)
    }

    /// Goes to a partition and asks it something.
    #[inline]
    fn in_partition<T>(
        &mut self,
        index: usize,
        ask: impl FnOnce(&Block) -> Result<T>,
    ) -> Result<T> {
        if self.partition == index
            && let Some(block) = &self.fetched
        {
            return ask(block);
        }
        self.partition = index;
        self.fetched = None;
        match self.table.partition(index)? {
            Partition::Pinned(block) => ask(block),
            Partition::Fetched(block) => {
                let answer = ask(&block);
                self.fetched = Some(block);
                answer
            }
        }
    }

    /// Loads block `index` of `partition`. `follows` says that it comes behind the last one that was loaded.
    fn load(&mut self, partition: usize, index: usize, follows: bool) -> Result<&Block> {
        self.ahead.follow(follows);
        let block = match self.table.hot_block(partition, index, self.fill) {
            Some(block) => {
                self.partition = partition;
                self.block_index = index;
                block
            }
            None => self.load_cold(partition, index)?,
        };
        self.key.clear();
        self.key.extend_from_slice(block.prefix());
        Ok(self.block.insert(block))
    }

    /// A block that is not hot.
    #[inline(never)]
    fn load_cold(&mut self, partition: usize, index: usize) -> Result<Arc<Block>> {
        let data_end = self.table.data_end;
        let handle = self.in_partition(partition, |block| handle_at(block, index, data_end))?;
        self.block_index = index;
        let (place, ahead) = ((partition, index), &mut self.ahead);
        self.table.data_block(place, handle, self.fill, ahead)
    }

    /// Loads the block where the place of `(key, sequence)` is. False where the table has no blocks.
    fn load_for(&mut self, key: &[u8], sequence: Sequence) -> Result<bool> {
        let Some(top) = self.table.top() else {
            return Ok(false);
        };
        let partition = position(top, key, sequence)?;
        let index = self.in_partition(partition, |block| position(block, key, sequence))?;
        self.load(partition, index, false)?;
        Ok(true)
    }

    /// Stands on entry `index` of the block.
    #[inline]
    fn stand(&mut self, index: usize) -> Result<()> {
        let Some(block) = &self.block else {
            return Ok(());
        };
        let slot = block.slot(index)?;
        block.rebuild_key(&slot, &mut self.key);
        self.index = index;
        self.slot = Some(slot);
        Ok(())
    }

    /// Stands on the first entry of the next block, if there is one.
    fn next_block(&mut self) -> Result<()> {
        let (mut partition, mut index) = (self.partition, self.block_index + 1);
        if index >= self.in_partition(partition, |block| Ok(block.count()))? {
            (partition, index) = (partition + 1, 0);
            if partition >= self.partitions() {
                return Ok(());
            }
        }
        self.load(partition, index, true)?;
        self.stand(0)
    }

    /// Stands on the last entry of the block before, if there is one.
    fn previous_block(&mut self) -> Result<()> {
        let (mut partition, index) = (self.partition, self.block_index);
        let index = match index.checked_sub(1) {
            Some(index) => index,
            None => match partition.checked_sub(1) {
                Some(before) => {
                    partition = before;
                    self.in_partition(partition, |block| Ok(block.count()))? - 1
                }
                None => return Ok(()),
            },
        };
        let last = self.load(partition, index, false)?.count() - 1;
        self.stand(last)
    }

    /// Moves as `go` says from a cursor that stands nowhere: after an error it still does.
    #[inline]
    fn placed(&mut self, go: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.slot = None;
        let outcome = go(self);
        if outcome.is_err() {
            self.slot = None;
        }
        outcome
    }
}

impl Cursor for TableCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.placed(|cursor| {
            if cursor.partitions() == 0 {
                return Ok(());
            }
            cursor.load(0, 0, true)?;
            cursor.stand(0)
        })
    }

    fn seek_last(&mut self) -> Result<()> {
        self.placed(|cursor| {
            let Some(partition) = cursor.partitions().checked_sub(1) else {
                return Ok(());
            };
            let index = cursor.in_partition(partition, |block| Ok(block.count()))? - 1;
            let last = cursor.load(partition, index, false)?.count() - 1;
            cursor.stand(last)
        })
    }

    fn seek(&mut self, key: &[u8], sequence: Sequence) -> Result<()> {
        self.placed(|cursor| {
            if !cursor.load_for(key, sequence)? {
                return Ok(());
            }
            let Some(block) = &cursor.block else {
                return Ok(());
            };
            let rank = block.rank(key, |newer| newer > sequence)?;
            if rank < block.count() {
                cursor.stand(rank)
            } else {
                cursor.next_block()
            }
        })
    }

    fn seek_before(&mut self, key: &[u8]) -> Result<()> {
        self.placed(|cursor| {
            if !cursor.load_for(key, SEQUENCE_MAX)? {
                return Ok(());
            }
            let Some(block) = &cursor.block else {
                return Ok(());
            };
            match block.rank(key, |_| false)?.checked_sub(1) {
                Some(last) => cursor.stand(last),
                None => cursor.previous_block(),
            }
        })
    }

    #[inline]
    fn next(&mut self) -> Result<()> {
        self.placed(|cursor| {
            let next = cursor.index.wrapping_add(1);
            match &cursor.block {
                Some(block) if next < block.count() => cursor.stand(next),
                _ => cursor.next_block(),
            }
        })
    }

    #[inline]
    fn prev(&mut self) -> Result<()> {
        self.placed(|cursor| match cursor.index.checked_sub(1) {
            Some(before) => cursor.stand(before),
            None => cursor.previous_block(),
        })
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        let (slot, block) = (self.slot.as_ref()?, self.block.as_ref()?);
        Some(Entry {
            key: &self.key,
            sequence: slot.sequence,
            kind: slot.kind,
            deadline_ms: slot.deadline_ms,
            value: block.value(slot),
        })
    }

    #[inline]
    fn value(&self) -> Bytes {
        match (&self.slot, &self.block) {
            (Some(slot), Some(block)) => block.shared_value(slot),
            _ => Bytes::new(),
        }
    }
}

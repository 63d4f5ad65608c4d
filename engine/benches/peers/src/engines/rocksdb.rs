//! RocksDB with its defaults, but for the cache, a Bloom filter and fjall's compression by level.

use std::path::Path;

use rocksdb::{
    BlockBasedOptions, Cache, DB, DBCompressionType, Options, ReadOptions, WaitForCompactOptions,
    WriteBatch, WriteOptions,
};

use crate::engine::{Batch, Durability, Engine, Reader, Result, Settings};

/// Bits per key of the filters: what fjall uses below level 0. RocksDB builds none by default.
const FILTER_BITS_PER_KEY: f64 = 10.0;
/// RocksDB's default number of levels.
const LEVELS: usize = 7;
/// Levels from the top whose blocks are not compressed, as in fjall.
const LEVELS_UNCOMPRESSED: usize = 2;

pub struct Rocks {
    db: DB,
    unsynced: WriteOptions,
    synced: WriteOptions,
    reads: ReadOptions,
}

impl Engine for Rocks {
    type Reader<'a> = RocksReader<'a>;

    fn open(dir: &Path, settings: &Settings) -> Result<Self> {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&Cache::new_lru_cache(settings.cache_bytes));
        blocks.set_bloom_filter(FILTER_BITS_PER_KEY, false);

        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_write_buffer_size(settings.memtable_bytes);
        options.set_block_based_table_factory(&blocks);
        let mut compression = [DBCompressionType::Lz4; LEVELS];
        compression[..LEVELS_UNCOMPRESSED].fill(DBCompressionType::None);
        options.set_compression_per_level(&compression);

        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        Ok(Self {
            db: DB::open(&options, dir)?,
            unsynced: WriteOptions::default(),
            synced,
            reads: ReadOptions::default(),
        })
    }

    fn put(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<()> {
        let options = match durability {
            Durability::Os => &self.unsynced,
            Durability::Fsync => &self.synced,
        };
        Ok(self.db.put_opt(key, value, options)?)
    }

    fn delete(&self, key: &[u8]) -> Result<()> {
        Ok(self.db.delete_opt(key, &self.unsynced)?)
    }

    fn write(&self, batch: &Batch) -> Result<()> {
        let mut writes = WriteBatch::default();
        for (key, value) in batch.entries() {
            writes.put(key, value);
        }
        Ok(self.db.write_opt(writes, &self.unsynced)?)
    }

    fn get(&self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        // The pinned read hands out the cached block itself: no copy of the value.
        let value = self.db.get_pinned_opt(key, &self.reads)?;
        Ok(value.map(|value| visit(&value)).is_some())
    }

    fn reader(&self) -> Result<Self::Reader<'_>> {
        Ok(RocksReader { engine: self })
    }

    fn settle(&self) -> Result<()> {
        let mut options = WaitForCompactOptions::default();
        options.set_flush(true);
        Ok(self.db.wait_for_compact(&options)?)
    }
}

pub struct RocksReader<'a> {
    engine: &'a Rocks,
}

impl Reader for RocksReader<'_> {
    fn get(&mut self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        self.engine.get(key, visit)
    }

    fn scan(
        &mut self,
        from: &[u8],
        limit: usize,
        mut visit: impl FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let mut cursor = self.engine.db.raw_iterator();
        cursor.seek(from);
        let mut count = 0;
        while count < limit {
            let Some((key, value)) = cursor.item() else {
                break;
            };
            visit(key, value);
            count += 1;
            if count < limit {
                cursor.next();
            }
        }
        cursor.status()?;
        Ok(count)
    }
}

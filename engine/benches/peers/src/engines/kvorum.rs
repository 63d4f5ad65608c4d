//! Kvorum, as a program embeds it: the store with its pool of background threads.

use std::ops::Bound;
use std::path::Path;

use kvorum::live::{self, LiveStore};
use kvorum::storage::{self, Options, WriteBatch};

use crate::engine::{Batch, Durability, Engine, Reader, Result, Settings};

pub struct Kvorum {
    store: LiveStore,
}

impl Engine for Kvorum {
    type Reader<'a> = KvorumReader<'a>;

    fn open(dir: &Path, settings: &Settings) -> Result<Self> {
        let options = Options {
            memtable_bytes: settings.memtable_bytes,
            cache_bytes: settings.cache_bytes,
            durability: storage::Durability::Os,
            ..Options::default()
        };
        Ok(Self {
            store: live::open(dir, options)?,
        })
    }

    fn put(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<()> {
        let durability = match durability {
            Durability::Os => storage::Durability::Os,
            Durability::Fsync => storage::Durability::Fsync,
        };
        self.store.put_with(key, value, durability)?;
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<()> {
        self.store.delete_with(key, storage::Durability::Os)?;
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<()> {
        let mut writes = WriteBatch::new();
        for (key, value) in batch.entries() {
            writes.put(key, value);
        }
        self.store.write(&writes, storage::Durability::Os)?;
        Ok(())
    }

    fn get(&self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        Ok(self.store.get(key)?.map(|value| visit(&value)).is_some())
    }

    fn reader(&self) -> Result<Self::Reader<'_>> {
        Ok(KvorumReader { engine: self })
    }

    fn settle(&self) -> Result<()> {
        self.store.flush()?;
        self.store.settle()?;
        Ok(())
    }
}

pub struct KvorumReader<'a> {
    engine: &'a Kvorum,
}

impl Reader for KvorumReader<'_> {
    fn get(&mut self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        self.engine.get(key, visit)
    }

    fn scan(
        &mut self,
        from: &[u8],
        limit: usize,
        mut visit: impl FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let mut range = self
            .engine
            .store
            .range(Bound::Included(from), Bound::Unbounded)?;
        let mut count = 0;
        while count < limit {
            let Some((key, value)) = range.next()? else {
                break;
            };
            visit(key, value);
            count += 1;
        }
        Ok(count)
    }
}

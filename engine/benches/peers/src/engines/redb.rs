//! redb with its defaults, but for the size of the cache: a copy-on-write B-tree, one transaction a write.

use std::path::Path;

use redb::{
    Builder, Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, TableDefinition,
    WriteTransaction,
};

use crate::engine::{Batch, Durability, Engine, Reader, Result, Settings};

const ENTRIES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("entries");

pub struct Redb {
    db: Database,
}

impl Redb {
    fn begin(&self, durability: Durability) -> Result<WriteTransaction> {
        let mut transaction = self.db.begin_write()?;
        transaction.set_durability(match durability {
            Durability::Os => redb::Durability::None,
            Durability::Fsync => redb::Durability::Immediate,
        })?;
        Ok(transaction)
    }
}

impl Engine for Redb {
    type Reader<'a> = RedbReader;

    fn open(dir: &Path, settings: &Settings) -> Result<Self> {
        let db = Builder::new()
            .set_cache_size(settings.cache_bytes)
            .create(dir.join("entries.redb"))?;
        let engine = Self { db };
        if engine.db.begin_read()?.list_tables()?.next().is_none() {
            let transaction = engine.begin(Durability::Fsync)?;
            transaction.open_table(ENTRIES)?;
            transaction.commit()?;
        }
        Ok(engine)
    }

    fn put(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<()> {
        let transaction = self.begin(durability)?;
        transaction.open_table(ENTRIES)?.insert(key, value)?;
        Ok(transaction.commit()?)
    }

    fn delete(&self, key: &[u8]) -> Result<()> {
        let transaction = self.begin(Durability::Os)?;
        transaction.open_table(ENTRIES)?.remove(key)?;
        Ok(transaction.commit()?)
    }

    fn write(&self, batch: &Batch) -> Result<()> {
        let transaction = self.begin(Durability::Os)?;
        let mut table = transaction.open_table(ENTRIES)?;
        for (key, value) in batch.entries() {
            table.insert(&key[..], value)?;
        }
        drop(table);
        Ok(transaction.commit()?)
    }

    fn get(&self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        self.reader()?.get(key, visit)
    }

    fn reader(&self) -> Result<Self::Reader<'_>> {
        let transaction = self.db.begin_read()?;
        Ok(RedbReader {
            table: transaction.open_table(ENTRIES)?,
            _transaction: transaction,
        })
    }

    fn settle(&self) -> Result<()> {
        // A durable commit writes what the others left in memory. redb has no other background work; the second
        // commit returns the pages that the first one freed.
        self.begin(Durability::Fsync)?.commit()?;
        Ok(self.begin(Durability::Fsync)?.commit()?)
    }
}

/// A read transaction held open for the whole phase: redb's quickest way to read.
pub struct RedbReader {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    _transaction: ReadTransaction,
}

impl Reader for RedbReader {
    fn get(&mut self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        Ok(self
            .table
            .get(key)?
            .map(|value| visit(value.value()))
            .is_some())
    }

    fn scan(
        &mut self,
        from: &[u8],
        limit: usize,
        mut visit: impl FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let mut count = 0;
        for entry in self.table.range::<&[u8]>(from..)?.take(limit) {
            let (key, value) = entry?;
            visit(key.value(), value.value());
            count += 1;
        }
        Ok(count)
    }
}

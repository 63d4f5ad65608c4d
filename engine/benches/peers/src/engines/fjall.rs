//! fjall with its defaults, but for the size of the cache.

use std::path::Path;
use std::time::Duration;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::engine::{Batch, Durability, Engine, Reader, Result, Settings};

/// fjall does not tell what its workers have queued: it counts as settled when nothing ran for this long.
const QUIET: Duration = Duration::from_millis(500);
/// How often its counters are looked at meanwhile.
const POLL: Duration = Duration::from_millis(10);

pub struct Fjall {
    db: Database,
    entries: Keyspace,
}

impl Engine for Fjall {
    type Reader<'a> = FjallReader<'a>;

    fn open(dir: &Path, settings: &Settings) -> Result<Self> {
        let db = Database::builder(dir)
            .cache_size(settings.cache_bytes as u64)
            .open()?;
        let entries = db.keyspace("entries", || {
            KeyspaceCreateOptions::default().max_memtable_size(settings.memtable_bytes as u64)
        })?;
        Ok(Self { db, entries })
    }

    fn put(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<()> {
        self.entries.insert(key, value)?;
        match durability {
            Durability::Os => {}
            Durability::Fsync => self.db.persist(PersistMode::SyncData)?,
        }
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<()> {
        Ok(self.entries.remove(key)?)
    }

    fn write(&self, batch: &Batch) -> Result<()> {
        let mut writes = self.db.batch();
        for (key, value) in batch.entries() {
            writes.insert(&self.entries, &key[..], value);
        }
        Ok(writes.commit()?)
    }

    fn get(&self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        Ok(self.entries.get(key)?.map(|value| visit(&value)).is_some())
    }

    fn reader(&self) -> Result<Self::Reader<'_>> {
        Ok(FjallReader { engine: self })
    }

    fn settle(&self) -> Result<()> {
        self.entries.rotate_memtable_and_wait()?;
        let mut quiet = Duration::ZERO;
        let mut completed = self.db.compactions_completed();
        while quiet < QUIET {
            std::thread::sleep(POLL);
            let busy = self.db.active_compactions() > 0
                || self.db.outstanding_flushes() > 0
                || self.entries.sealed_memtable_count() > 0;
            let completed_now = self.db.compactions_completed();
            quiet = if busy || completed_now != completed {
                Duration::ZERO
            } else {
                quiet + POLL
            };
            completed = completed_now;
        }
        Ok(())
    }
}

pub struct FjallReader<'a> {
    engine: &'a Fjall,
}

impl Reader for FjallReader<'_> {
    fn get(&mut self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool> {
        self.engine.get(key, visit)
    }

    fn scan(
        &mut self,
        from: &[u8],
        limit: usize,
        mut visit: impl FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let mut count = 0;
        for entry in self.engine.entries.range(from..).take(limit) {
            let (key, value) = entry.into_inner()?;
            visit(&key, &value);
            count += 1;
        }
        Ok(count)
    }
}

//! What the benchmark asks of an engine: the same few calls of each, generic, so that none pays for dispatch.

use std::path::Path;

use crate::keys::Key;

/// What can go wrong in an engine or in the checks of what it returned: one sentence for the reader.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What every engine is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The block cache; for redb its page cache.
    pub cache_bytes: usize,
    /// The write buffer, for the engines that have one.
    pub memtable_bytes: usize,
}

/// How safe a write is when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Handed to the operating system (redb: kept in its own cache, which is less), not synced.
    Os,
    /// On the disk: synced before the call returns.
    Fsync,
}

/// A batch of entries that become visible together. Its buffers are reused from one batch to the next.
#[derive(Default)]
pub struct Batch {
    keys: Vec<Key>,
    values: Vec<u8>,
    value_bytes: usize,
}

impl Batch {
    /// An empty batch for values of one length.
    pub fn new(value_bytes: usize) -> Self {
        Self {
            value_bytes,
            ..Self::default()
        }
    }

    /// Forgets the entries, keeps the buffers.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    /// Adds an entry and hands out the place of its value, to be filled in.
    pub fn add(&mut self, key: Key) -> &mut [u8] {
        self.keys.push(key);
        let from = self.values.len();
        self.values.resize(from + self.value_bytes, 0);
        &mut self.values[from..]
    }

    /// The entries, in the order they were added.
    pub fn entries(&self) -> impl Iterator<Item = (&Key, &[u8])> {
        self.keys
            .iter()
            .zip(self.values.chunks_exact(self.value_bytes))
    }
}

/// A store under test. Every method may be called from many threads at once.
pub trait Engine: Sized + Send + Sync {
    /// What a thread reads through while nobody writes.
    type Reader<'a>: Reader
    where
        Self: 'a;

    /// Opens the store in a folder that exists; creates it if the folder is empty.
    fn open(dir: &Path, settings: &Settings) -> Result<Self>;

    /// Writes one entry.
    fn put(&self, key: &[u8], value: &[u8], durability: Durability) -> Result<()>;

    /// Removes one key, unsynced.
    fn delete(&self, key: &[u8]) -> Result<()>;

    /// Writes a batch, unsynced.
    fn write(&self, batch: &Batch) -> Result<()>;

    /// Reads the newest value of a key, seeing every write that has returned.
    fn get(&self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool>;

    /// A reader for a phase without writes: it may keep a snapshot open, if that is the engine's quickest way.
    fn reader(&self) -> Result<Self::Reader<'_>>;

    /// Makes everything written durable and waits until no background work is left.
    fn settle(&self) -> Result<()>;
}

/// Reads by one thread.
pub trait Reader {
    /// Reads the value of a key.
    fn get(&mut self, key: &[u8], visit: impl FnOnce(&[u8])) -> Result<bool>;

    /// Visits up to `limit` entries from `from` on, ascending; returns how many there were.
    fn scan(&mut self, from: &[u8], limit: usize, visit: impl FnMut(&[u8], &[u8]))
    -> Result<usize>;
}

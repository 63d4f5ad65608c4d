//! The log-structured store: one log on disk, the whole map in memory.

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::storage::batch::{Operation, put_bytes};
use crate::storage::frame::{self, FileHeader};
use crate::storage::recover::recover;
use crate::storage::rewrite::{self, RewriteError};
use crate::storage::{Maintenance, Storage, StorageStats, WriteBatch};
use crate::vfs::{File, Vfs};
use crate::{Error, Result};

/// The log's file name.
pub const LOG_FILE: &str = "log";

/// When a [`LogStore`] writes its log anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// Dead bytes below which a rewrite is not worth its cost.
    pub rewrite_dead_bytes_min: u64,
    /// A rewrite is due when dead bytes exceed live ones this many times.
    pub rewrite_dead_factor: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            rewrite_dead_bytes_min: 4 << 20,
            rewrite_dead_factor: 1,
        }
    }
}

/// A [`Storage`] that appends each batch to a checksummed log and keeps the map in memory.
///
/// ```
/// use std::sync::Arc;
/// use kvorum::base::rng::Rng;
/// use kvorum::storage::{LogStore, Storage, WriteBatch};
/// use kvorum::vfs::MemoryDisk;
///
/// let disk = MemoryDisk::new();
/// let mut store = LogStore::open(Arc::new(disk.clone()))?;
/// let mut batch = WriteBatch::new();
/// batch.put("cart", "milk").put("wishlist", "tea");
/// store.write(batch)?;
/// store.sync()?;
///
/// disk.crash(&mut Rng::from_seed(1));
/// let store = LogStore::open(Arc::new(disk))?;
/// assert_eq!(store.get(b"cart")?.as_deref(), Some(b"milk".as_slice()));
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Debug)]
pub struct LogStore {
    vfs: Arc<dyn Vfs>,
    config: LogConfig,
    log: Log,
    map: BTreeMap<Bytes, Bytes>,
    /// Bytes that the pairs of `map` take in a log.
    live_bytes: u64,
    state: State,
    counts: Counts,
    /// The last frame built, kept for its room.
    scratch: Vec<u8>,
}

/// The open log file and where it ends.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) file: Box<dyn File>,
    pub(super) header: FileHeader,
    pub(super) bytes: u64,
    pub(super) next_sequence: u64,
}

#[derive(Debug)]
enum State {
    /// Every byte of the log is synced.
    Synced,
    /// Batches were appended since the last sync.
    Dirty,
    /// A failure after which the disk's content is unknown; the text says which.
    Poisoned(String),
}

#[derive(Debug, Default)]
struct Counts {
    recovered_records: u64,
    torn_bytes_cut: u64,
    syncs: u64,
    rewrites: u64,
}

impl LogStore {
    /// Opens the store on `vfs`, or starts an empty one there. What it then holds is synced. One store at a
    /// time may be open on a disk.
    ///
    /// The log is read and then written anew, without its dead bytes and its torn tail. Syncing the old
    /// file instead would prove little: the process before this one may have had a sync fail, or ended before
    /// it asked for one, and then the system's cache can show bytes that the disk never took and that no
    /// later sync writes.
    ///
    /// # Errors
    /// - [`Error::Corruption`] when the log is damaged other than by a crash at its end. It names file and
    ///   offset, and changes nothing on the disk.
    /// - What the disk reports.
    pub fn open(vfs: Arc<dyn Vfs>) -> Result<Self> {
        Self::open_with(vfs, LogConfig::default())
    }

    /// Like [`open`](Self::open), with its own settings.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(vfs: Arc<dyn Vfs>, config: LogConfig) -> Result<Self> {
        let mut map = BTreeMap::new();
        let mut live_bytes = 0;
        let mut counts = Counts::default();
        let mut start = rewrite::FIRST;
        if vfs.exists(LOG_FILE)? {
            let content = vfs.open(LOG_FILE)?.read_all()?;
            let recovered = recover(LOG_FILE, &content, |batch| {
                apply(&mut map, &mut live_bytes, batch);
            })?;
            counts.recovered_records = recovered.frames;
            counts.torn_bytes_cut = (content.len() - recovered.whole_bytes) as u64;
            start = recovered.header.successor(recovered.next_sequence);
        }
        let log = rewrite::rewrite(&*vfs, &map, start).map_err(RewriteError::into_inner)?;
        Ok(Self {
            vfs,
            config,
            log,
            map,
            live_bytes,
            state: State::Synced,
            counts,
            scratch: Vec::new(),
        })
    }

    fn check_writable(&self) -> Result<()> {
        match &self.state {
            State::Synced | State::Dirty => Ok(()),
            State::Poisoned(why) => Err(Error::io(format!(
                "the store takes no more writes since this failed: {why}; open it again to see what is left"
            ))),
        }
    }

    fn poison(&mut self, error: Error) -> Error {
        self.state = State::Poisoned(error.to_string());
        error
    }

    fn append(&mut self, batch: &WriteBatch) -> Result<()> {
        let Log {
            file,
            header,
            bytes,
            next_sequence,
        } = &mut self.log;
        frame::encode(
            header.generation,
            *bytes,
            *next_sequence,
            &mut self.scratch,
            |out| batch.encode(out),
        );
        let appended = file.append(&self.scratch);
        if let Err(error) = appended {
            // Part of the frame may stand there. Once it is gone, the store is as it was before.
            return match file.truncate(*bytes) {
                Ok(()) => {
                    self.state = State::Dirty;
                    Err(error)
                }
                Err(_) => Err(self.poison(error)),
            };
        }
        *bytes += self.scratch.len() as u64;
        *next_sequence += 1;
        self.state = State::Dirty;
        self.scratch.shrink_to(SCRATCH_BYTES_KEPT);
        Ok(())
    }

    fn rewrite_is_due(&self) -> bool {
        let header_bytes = frame::FILE_HEADER_BYTES as u64;
        let dead_bytes = self.log.bytes - header_bytes - self.live_bytes;
        dead_bytes > self.config.rewrite_dead_bytes_min
            && dead_bytes / self.config.rewrite_dead_factor.max(1) > self.live_bytes
    }

    /// A rewrite puts a file in the place of `log`. It must be this store's log that stands there, on the
    /// disk as this store knows it.
    fn check_in_place(&self) -> Result<()> {
        self.log.file.len()?;
        let mut header = [0; frame::FILE_HEADER_BYTES];
        self.vfs.open(LOG_FILE)?.read_at(0, &mut header)?;
        if header == self.log.header.encode() {
            return Ok(());
        }
        Err(Error::corruption(format!(
            "file '{LOG_FILE}' is no longer the one that this store writes: another store was opened on the \
             same disk; close this one"
        )))
    }
}

/// The room for frames that is kept between writes, bytes.
const SCRATCH_BYTES_KEPT: usize = 1 << 16;

fn apply(map: &mut BTreeMap<Bytes, Bytes>, live_bytes: &mut u64, batch: WriteBatch) {
    for operation in batch.into_operations() {
        match operation {
            Operation::Put(key, value) => {
                *live_bytes += put_bytes(&key, &value) as u64;
                if let Some(old) = map.get_mut(&key) {
                    *live_bytes -= put_bytes(&key, old) as u64;
                    *old = value;
                } else {
                    map.insert(key, value);
                }
            }
            Operation::Delete(key) => {
                if let Some(old) = map.remove(&key) {
                    *live_bytes -= put_bytes(&key, &old) as u64;
                }
            }
        }
    }
}

impl Storage for LogStore {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        Ok(self.map.get(key).cloned())
    }

    fn write(&mut self, batch: WriteBatch) -> Result<()> {
        self.check_writable()?;
        batch.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.append(&batch)?;
        apply(&mut self.map, &mut self.live_bytes, batch);
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.check_writable()?;
        if matches!(self.state, State::Synced) {
            return Ok(());
        }
        match self.log.file.sync() {
            Ok(()) => {
                self.state = State::Synced;
                self.counts.syncs += 1;
                Ok(())
            }
            Err(error) => Err(self.poison(error)),
        }
    }

    fn scan(
        &self,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>> {
        if bounds_cross(from, to) {
            return Ok(Vec::new());
        }
        let pairs = self.map.range::<[u8], _>((from, to)).take(limit);
        Ok(pairs.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn maintain(&mut self) -> Result<Maintenance> {
        self.check_writable()?;
        if !self.rewrite_is_due() {
            return Ok(Maintenance::Idle);
        }
        self.check_in_place()?;
        let start = self.log.header.successor(self.log.next_sequence);
        let bytes_before = self.log.bytes;
        match rewrite::rewrite(&*self.vfs, &self.map, start) {
            Ok(log) => self.log = log,
            Err(RewriteError::Before(error)) => return Err(error),
            Err(RewriteError::Unknown(error)) => return Err(self.poison(error)),
        }
        self.state = State::Synced;
        self.counts.syncs += 1;
        self.counts.rewrites += 1;
        Ok(Maintenance::Rewritten {
            bytes_before,
            bytes_after: self.log.bytes,
        })
    }

    fn stats(&self) -> StorageStats {
        StorageStats {
            records: self.log.next_sequence - self.log.header.first_sequence,
            live_keys: self.map.len() as u64,
            live_bytes: self.live_bytes,
            log_bytes: self.log.bytes,
            recovered_records: self.counts.recovered_records,
            torn_bytes_cut: self.counts.torn_bytes_cut,
            syncs: self.counts.syncs,
            rewrites: self.counts.rewrites,
            poisoned: matches!(self.state, State::Poisoned(_)),
        }
    }
}

/// Whether no key can lie between the bounds; a sorted map refuses to be asked then.
fn bounds_cross(from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
    match (from, to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
        | (Bound::Excluded(from), Bound::Included(to)) => from >= to,
    }
}

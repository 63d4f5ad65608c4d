//! The drivers of real life: real disk, real clock, real threads. The core below starts no thread and reads
//! no clock; what does, stands here, behind the feature `live`.
//!
//! ```
//! use kvorum::storage::{Durability, Options, WriteBatch};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("cart.store");
//! let store = kvorum::live::open(&path, Options::default())?;
//! store.put(b"cart", b"milk")?; // on the disk, synced, when it returns
//! let mut batch = WriteBatch::new();
//! batch.put("cart", "eggs").delete("wishlist");
//! store.write(&batch, Durability::Os)?; // whole or not at all; survives a kill, not a power cut
//! assert_eq!(store.get(b"cart")?.as_deref(), Some(&b"eggs"[..]));
//! store.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod pool;

use core::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::Result;
use crate::storage::{Options, Store};
use crate::vfs::OsDisk;

pub use clock::SystemClock;
pub use pool::{POOL_THREADS_MAX, Pool, PoolOptions};

/// A store on a real disk with a pool that does its upkeep. It derefs to the [`Store`]. Dropping it closes it;
/// [`close`](Self::close) also says whether that went well.
#[derive(Debug)]
pub struct LiveStore {
    /// Ends before the store does.
    pool: Option<Pool>,
    store: Arc<Store>,
}

/// Opens the store in the folder `path`, creating both where there is none. Deadlines follow the system's
/// clock, whatever clock `options` name.
///
/// # Errors
/// As [`Store::open`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) when another process has it
/// open.
pub fn open(path: &Path, options: Options) -> Result<LiveStore> {
    open_with(path, options, PoolOptions::default())
}

/// As [`open`], with a pool of one's own choice.
///
/// # Errors
/// As [`open`].
pub fn open_with(path: &Path, options: Options, pool: PoolOptions) -> Result<LiveStore> {
    let disk = OsDisk::open(path)?;
    let options = Options {
        clock: Arc::new(SystemClock),
        ..options
    };
    let store = Arc::new(Store::open(Arc::new(disk), options)?);
    let pool = Pool::start(&store, pool)?;
    Ok(LiveStore {
        pool: Some(pool),
        store,
    })
}

impl LiveStore {
    /// The store itself, to share with threads that outlive this handle.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Ends the pool, makes every write durable, and says how the log ends.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub fn close(mut self) -> Result<()> {
        self.pool.take();
        self.store.close()
    }
}

impl Drop for LiveStore {
    fn drop(&mut self) {
        self.pool.take();
        // Whoever wants to know closes it.
        let _ = self.store.close();
    }
}

impl Deref for LiveStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

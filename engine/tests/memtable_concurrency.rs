//! The memtable under a model checker: its own sources, compiled with loom's atomics in place of the standard
//! library's, so that loom runs every order of one writer and one reader that the memory model allows (up to a
//! bound on preemptions). Bytes are watched too: a read of a word that a write has not been ordered before is
//! reported as a race.
#![allow(dead_code, reason = "the sources are whole, the models use a part")]
#![allow(unsafe_code, reason = "stand-ins for cells that threads share")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub use kvorum::Result;

mod storage {
    pub mod entry {
        pub use kvorum::storage::entry::*;
    }
    pub mod cursor {
        pub use kvorum::storage::cursor::*;
    }
}

/// What `engine/src/storage/memtable/sync.rs` takes from the standard library.
mod sync {
    use std::fmt;

    use loom::sync::atomic::AtomicPtr;
    pub use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    pub use loom::sync::{Mutex, MutexGuard};

    /// Set once. What it holds is leaked: a model is short.
    pub struct OnceLock<T>(AtomicPtr<T>);

    impl<T> OnceLock<T> {
        pub fn new() -> Self {
            Self(AtomicPtr::new(std::ptr::null_mut()))
        }

        pub fn get(&self) -> Option<&T> {
            let held = self.0.load(Ordering::Acquire);
            // SAFETY: it is null or leaked by `set`, and nothing changes it.
            unsafe { held.as_ref() }
        }

        pub fn set(&self, value: T) -> Result<(), T> {
            let fresh = Box::into_raw(Box::new(value));
            let null = std::ptr::null_mut();
            match self
                .0
                .compare_exchange(null, fresh, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => Ok(()),
                // SAFETY: nobody else has seen it.
                Err(_) => Err(*unsafe { Box::from_raw(fresh) }),
            }
        }
    }

    impl<T> fmt::Debug for OnceLock<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("OnceLock")
        }
    }
}

/// What `engine/src/storage/memtable/words.rs` offers, with a watch on each word's bytes.
mod words {
    use std::cell::UnsafeCell;

    use super::sync::AtomicU64;

    pub const WORD_BYTES: usize = 8;
    /// Short, so that a model crosses into a second chunk.
    pub const FIRST_CHUNK_WORDS: usize = 32;

    #[derive(Debug)]
    pub struct Words {
        words: Box<[AtomicU64]>,
        watches: Box<[loom::cell::UnsafeCell<()>]>,
        bytes: Box<[UnsafeCell<u8>]>,
    }

    // SAFETY: the watches panic on what would be a race.
    unsafe impl Sync for Words {}
    // SAFETY: as above.
    unsafe impl Send for Words {}

    impl Words {
        pub fn zeroed(count: usize) -> Self {
            Self {
                words: (0..count).map(|_| AtomicU64::new(0)).collect(),
                watches: (0..count)
                    .map(|_| loom::cell::UnsafeCell::new(()))
                    .collect(),
                bytes: (0..count * WORD_BYTES)
                    .map(|_| UnsafeCell::new(0))
                    .collect(),
            }
        }

        pub fn len(&self) -> usize {
            self.words.len()
        }

        pub fn slice(&self, at: usize, count: usize) -> &[AtomicU64] {
            &self.words[at..at + count]
        }

        pub fn word(&self, at: usize) -> &AtomicU64 {
            &self.words[at]
        }

        fn watched(&self, at: usize, len: usize) -> &[loom::cell::UnsafeCell<()>] {
            &self.watches[at..at + len.div_ceil(WORD_BYTES)]
        }

        /// # Safety
        /// As the original's; the watches check it.
        pub unsafe fn bytes(&self, at: usize, len: usize) -> &[u8] {
            for watch in self.watched(at, len) {
                watch.with(|_| ());
            }
            let bytes = &self.bytes[at * WORD_BYTES..at * WORD_BYTES + len];
            // SAFETY: a cell of a byte is a byte, and the watches saw no write beside this read.
            unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<u8>(), len) }
        }

        /// # Safety
        /// As the original's; the watches check it.
        pub unsafe fn write_bytes(&self, at: usize, bytes: &[u8]) {
            for watch in self.watched(at, bytes.len()) {
                watch.with_mut(|_| ());
            }
            for (cell, byte) in self.bytes[at * WORD_BYTES..].iter().zip(bytes) {
                // SAFETY: the watches saw no other use beside this write.
                unsafe { *cell.get() = *byte };
            }
        }

        pub fn prefetch(&self, _at: usize) {}
    }
}

#[path = "../src/storage/memtable/append.rs"]
mod append;
#[path = "../src/storage/memtable/arena.rs"]
mod arena;
#[path = "../src/storage/memtable/cursor.rs"]
mod cursor;
#[path = "../src/storage/memtable/index.rs"]
mod index;
#[path = "../src/storage/memtable/node.rs"]
mod node;
#[path = "../src/storage/memtable/radix.rs"]
mod radix;
#[path = "../src/storage/memtable/ranges.rs"]
mod ranges;
#[path = "../src/storage/memtable/record.rs"]
mod record;
#[path = "../src/storage/memtable/table.rs"]
mod table;
#[path = "../src/storage/memtable/walk.rs"]
mod walk;

use std::sync::Arc;
use std::time::Duration;

use kvorum::base::hash::hash64;
use loom::sync::atomic::{AtomicU64, Ordering};
use storage::cursor::Cursor as _;
use storage::entry::{Kind, NEVER_MS};
use table::Memtable;

/// How often the checker may take a thread off the processor where it would not have to yield. Two find nearly
/// all that more would find (Musuvathi and Qadeer, "Iterative Context Bounding", PLDI 2007).
const PREEMPTIONS: usize = 6;
/// An end to a model that grew too large; the models here end by themselves.
const MODEL_MAX: Duration = Duration::from_secs(60);

/// A model that looked at fewer orders of events checks nothing.
const ORDERS_MIN: usize = 10;

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.max_duration = Some(MODEL_MAX);
    builder.max_branches = 100_000;
    let orders = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        model();
    });
    let orders = orders.load(std::sync::atomic::Ordering::Relaxed);
    println!("{orders} orders of events");
    assert!(orders >= ORDERS_MIN, "only {orders} orders were looked at");
}

fn put(table: &Memtable, key: &[u8], sequence: u64) {
    let value = sequence.to_be_bytes();
    table
        .writer()
        .insert(key, hash64(key), sequence, Kind::Put, NEVER_MS, &value);
}

/// A writer puts `writes` in turn and says how far it is; a reader looks meanwhile.
fn one_writer_and(
    before: &'static [&'static [u8]],
    writes: &'static [&'static [u8]],
    reader: impl Fn(&Arc<Memtable>, u64) + Send + Sync + Copy + 'static,
) {
    check(move || {
        let table = Arc::new(Memtable::new(0));
        for (key, sequence) in before.iter().zip(1..) {
            put(&table, key, sequence);
        }
        let done = before.len() as u64;
        let published = Arc::new(AtomicU64::new(done));
        let writing = {
            let (table, published) = (Arc::clone(&table), Arc::clone(&published));
            loom::thread::spawn(move || {
                for (key, sequence) in writes.iter().zip(done + 1..) {
                    put(&table, key, sequence);
                    published.store(sequence, Ordering::Release);
                }
            })
        };
        let snapshot = published.load(Ordering::Acquire);
        reader(&table, snapshot);
        writing.join().unwrap();
    });
}

#[test]
fn a_get_finds_what_was_published_and_whole() {
    one_writer_and(&[b"a"], &[b"a", b"b"], |table, snapshot| {
        let found = table.get(b"a", hash64(b"a"), snapshot).unwrap();
        assert_eq!(found.sequence, snapshot.min(2));
        assert_eq!(found.value.as_ref(), found.sequence.to_be_bytes());
        let found = table.get(b"b", hash64(b"b"), snapshot);
        assert_eq!(found.is_some(), snapshot == 3);
    });
}

#[test]
fn a_scan_sees_every_published_key_in_order() {
    one_writer_and(&[b"ab", b"cd"], &[b"b", b"abc"], |table, snapshot| {
        let mut cursor = table.cursor();
        cursor.seek_first().unwrap();
        let mut seen: Vec<(Vec<u8>, u64)> = Vec::new();
        while let Some(entry) = cursor.entry() {
            assert_eq!(entry.value, entry.sequence.to_be_bytes());
            seen.push((entry.key.to_vec(), entry.sequence));
            cursor.next().unwrap();
        }
        assert!(seen.is_sorted_by_key(|(key, _)| key), "{seen:?}");
        let published = seen.iter().filter(|(_, sequence)| *sequence <= snapshot);
        assert_eq!(published.count() as u64, snapshot, "{seen:?}");
    });
}

#[test]
fn a_node_that_is_copied_to_a_longer_one_loses_no_branch() {
    one_writer_and(&[b"1", b"2", b"3"], &[b"4"], |table, snapshot| {
        let mut cursor = table.cursor();
        cursor.seek_last().unwrap();
        let mut count = 0;
        while let Some(entry) = cursor.entry() {
            count += u64::from(entry.sequence <= snapshot);
            cursor.prev().unwrap();
        }
        assert_eq!(count, snapshot);
    });
}

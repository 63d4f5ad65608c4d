//! A list that one writer appends to while others read: chunks that double, none of which ever moves.

use super::sync::{AtomicUsize, OnceLock, Ordering};

/// Elements of the first chunk.
const FIRST_CHUNK: usize = 8;
const CHUNKS_MAX: usize = 30;

/// An append-only list.
#[derive(Debug)]
pub struct Appended<T> {
    chunks: [OnceLock<Box<[OnceLock<T>]>>; CHUNKS_MAX],
    len: AtomicUsize,
}

impl<T> Appended<T> {
    /// An empty list.
    pub fn new() -> Self {
        Self {
            chunks: core::array::from_fn(|_| OnceLock::new()),
            len: AtomicUsize::new(0),
        }
    }

    /// How many elements there are; all of them can be read.
    #[inline]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// The element at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> Option<&T> {
        let (chunk, place) = locate(at);
        self.chunks.get(chunk)?.get()?.get(place)?.get()
    }

    /// Appends `value` and returns its place. Only one thread at a time may append.
    ///
    /// # Panics
    /// When two threads append at once.
    pub fn push(&self, value: T) -> usize {
        let at = self.len.load(Ordering::Relaxed);
        let (chunk, place) = locate(at);
        let chunk = &self.chunks[chunk];
        if chunk.get().is_none() {
            let room = (0..FIRST_CHUNK.max(at)).map(|_| OnceLock::new()).collect();
            assert!(chunk.set(room).is_ok(), "one writer appends");
        }
        let slot = &chunk.get().expect("it was just made")[place];
        assert!(slot.set(value).is_ok(), "one writer appends");
        self.len.store(at + 1, Ordering::Release);
        at
    }
}

/// Chunk 0 holds places 0..8, chunk `c` holds `8 << (c - 1) .. 8 << c`.
#[inline]
fn locate(at: usize) -> (usize, usize) {
    if at < FIRST_CHUNK {
        return (0, at);
    }
    let chunk = (at / FIRST_CHUNK).ilog2() as usize + 1;
    (chunk, at - (FIRST_CHUNK << (chunk - 1)))
}

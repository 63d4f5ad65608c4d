//! The memory of one memtable: chunks of words, each twice as long as the one before, given out front to back
//! and given back all at once when the memtable dies.
//!
//! A place is an [`Offset`]: a number of words, 32 bits, half of a pointer. Chunk `c` holds the offsets
//! `F << c .. F << (c + 1)` (`F` = [`FIRST_CHUNK_WORDS`]), so that an offset's highest bit names its chunk, 0 is
//! no place, and no table of starts is searched. What does not fit the rest of a chunk begins the next that is
//! long enough.

#![expect(
    unsafe_code,
    reason = "passes on what Words asks of those who read and write bytes"
)]

use super::sync::{AtomicU64, OnceLock};
use super::words::{FIRST_CHUNK_WORDS, WORD_BYTES, Words};

/// A place in an arena, in words. 0 is none.
pub type Offset = u32;

/// Chunks that 32-bit offsets reach: 32 GiB of memory.
const CHUNKS_MAX: usize = 32 - FIRST_CHUNK_WORDS.trailing_zeros() as usize;

/// The chunks.
#[derive(Debug)]
pub struct Arena {
    chunks: [OnceLock<Words>; CHUNKS_MAX],
}

/// Where the one writer of an arena goes on.
#[derive(Debug)]
pub struct Bump {
    /// The next free word.
    next: usize,
    /// The end of its chunk.
    end: usize,
    /// Words given out.
    used: usize,
}

impl Bump {
    /// Nothing is given out yet.
    pub const fn new() -> Self {
        Self {
            next: FIRST_CHUNK_WORDS,
            end: FIRST_CHUNK_WORDS,
            used: 0,
        }
    }

    /// Bytes given out.
    pub const fn used_bytes(&self) -> usize {
        self.used * WORD_BYTES
    }
}

impl Arena {
    /// An arena without a chunk.
    pub fn new() -> Self {
        Self {
            chunks: core::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// Gives out `count` words, all zero, in one piece.
    ///
    /// # Panics
    /// Past 32 GiB.
    #[inline]
    pub fn allocate(&self, bump: &mut Bump, count: usize) -> Offset {
        if count > bump.end - bump.next {
            self.next_chunk(bump, count);
        }
        let at = bump.next;
        bump.next += count;
        bump.used += count;
        at as Offset
    }

    #[cold]
    fn next_chunk(&self, bump: &mut Bump, count: usize) {
        // `end` is where the next chunk begins, and how long it is.
        let mut length = bump.end;
        while length < count {
            length *= 2;
        }
        assert!(
            length <= 1 << 31,
            "a memtable holds less than 32 GiB of keys and values"
        );
        let (chunk, _) = locate(length as Offset);
        let fresh = self.chunks[chunk].set(Words::zeroed(length)).is_ok();
        assert!(fresh, "one writer makes each chunk once");
        bump.next = length;
        bump.end = length * 2;
    }

    /// The word at `at`.
    #[inline]
    pub fn word(&self, at: Offset) -> &AtomicU64 {
        let (words, start) = self.chunk(at);
        words.word(start)
    }

    /// `count` words from `at` on, which were given out together.
    #[inline]
    pub fn words(&self, at: Offset, count: usize) -> &[AtomicU64] {
        let (words, start) = self.chunk(at);
        words.slice(start, count)
    }

    /// The `len` bytes that begin at `at`.
    ///
    /// # Safety
    /// As [`Words::bytes`].
    #[inline]
    pub unsafe fn bytes(&self, at: Offset, len: usize) -> &[u8] {
        let (words, start) = self.chunk(at);
        // SAFETY: the caller vouches for it.
        unsafe { words.bytes(start, len) }
    }

    /// Copies `bytes` to `at`.
    ///
    /// # Safety
    /// As [`Words::write_bytes`].
    #[inline]
    pub unsafe fn write_bytes(&self, at: Offset, bytes: &[u8]) {
        let (words, start) = self.chunk(at);
        // SAFETY: the caller vouches for it.
        unsafe { words.write_bytes(start, bytes) }
    }

    /// Asks the processor for the `lines` cache lines from `at` on.
    #[inline]
    pub fn prefetch(&self, at: Offset, lines: usize) {
        let (chunk, start) = locate(at);
        if let Some(words) = self.chunks.get(chunk).and_then(OnceLock::get) {
            for line in 0..lines {
                words.prefetch(start + line * 8);
            }
        }
    }

    #[inline]
    fn chunk(&self, at: Offset) -> (&Words, usize) {
        let (chunk, start) = locate(at);
        let words = self.chunks[chunk]
            .get()
            .expect("an offset lies in a chunk that was made");
        (words, start)
    }
}

/// The chunk that holds an offset, and the word in it. An offset below the first chunk gives no chunk.
#[inline]
fn locate(at: Offset) -> (usize, usize) {
    let highest = 31 - (at | 1).leading_zeros();
    let chunk = (highest as usize).wrapping_sub(FIRST_CHUNK_WORDS.trailing_zeros() as usize);
    (chunk, (at ^ (1 << highest)) as usize)
}

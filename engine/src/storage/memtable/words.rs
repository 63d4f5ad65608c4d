//! A fixed block of memory: 64-bit words that may change, or bytes that are written once.
//!
//! Fresh words are zero, and the pages behind them are the operating system's until they are first touched, so
//! a large block costs nothing before it is used. A word is an atomic, so that no use of words races. Bytes are
//! a plain copy in and a plain slice out, which is what the two unsafe functions promise about.

#![expect(
    unsafe_code,
    reason = "a key and a value are written as bytes beside words that other threads read"
)]

use super::sync::AtomicU64;

/// Bytes of a word.
pub const WORD_BYTES: usize = 8;

/// The words of an arena's first chunk: 4 KiB.
pub const FIRST_CHUNK_WORDS: usize = 512;

/// A block of words.
#[derive(Debug)]
pub struct Words {
    words: Box<[AtomicU64]>,
}

impl Words {
    /// `count` words, all zero.
    #[must_use]
    pub fn zeroed(count: usize) -> Self {
        let words = Box::<[AtomicU64]>::new_zeroed_slice(count);
        // SAFETY: an AtomicU64 has the representation of a u64, for which all zeros is a value.
        let words = unsafe { words.assume_init() };
        Self { words }
    }

    /// How many words it has.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The words from `at` on.
    #[inline]
    #[must_use]
    pub fn slice(&self, at: usize, count: usize) -> &[AtomicU64] {
        &self.words[at..at + count]
    }

    /// The word at `at`.
    #[inline]
    #[must_use]
    pub fn word(&self, at: usize) -> &AtomicU64 {
        &self.words[at]
    }

    /// The `len` bytes that begin at word `at`.
    ///
    /// # Safety
    /// While the slice lives nothing writes to the words that it covers, neither as bytes nor as words.
    #[inline]
    #[must_use]
    pub unsafe fn bytes(&self, at: usize, len: usize) -> &[u8] {
        let words = &self.words[at..at + len.div_ceil(WORD_BYTES)];
        // SAFETY: the words are initialised, `len` bytes of them lie in the block, any byte is a u8, and
        // the caller vouches that they stand still.
        unsafe { core::slice::from_raw_parts(words.as_ptr().cast::<u8>(), len) }
    }

    /// Copies `bytes` to word `at` and on. What is left of the last word keeps its bytes.
    ///
    /// # Safety
    /// No other thread reads or writes the words that the bytes cover, and no slice of them lives.
    #[inline]
    pub unsafe fn write_bytes(&self, at: usize, bytes: &[u8]) {
        let words = &self.words[at..at + bytes.len().div_ceil(WORD_BYTES)];
        // SAFETY: the words lie in the block, an atomic's memory may be written through a shared reference,
        // the caller vouches that nobody else uses it now, and a caller's bytes cannot overlap it, since a
        // slice of it would live.
        unsafe {
            core::ptr::copy_nonoverlapping(
                bytes.as_ptr(),
                words.as_ptr().cast::<u8>().cast_mut(),
                bytes.len(),
            );
        }
    }

    /// Asks the processor for the cache line of word `at`; nothing where there is no such word.
    #[inline]
    pub fn prefetch(&self, at: usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(word) = self.words.get(at) {
            // SAFETY: a prefetch has no effect that a program can see, and every x86-64 has SSE.
            unsafe {
                core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(
                    core::ptr::from_ref(word).cast::<i8>(),
                );
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = at;
    }
}

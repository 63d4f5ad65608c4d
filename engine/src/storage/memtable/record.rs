//! What is stored of a key: its record, and the chain of its versions, newest first.
//!
//! | record, in words | what |
//! |---|---|
//! | 0 | newest version (32 bits) and the key's length (32); the only word that changes |
//! | 1.. | the key, padded to a word |
//! | then | the first version |
//!
//! | version, in words | what |
//! |---|---|
//! | 0 | sequence (56 bits) and flags (8) |
//! | 1 | the next older version, 0 for none (32), and the value's length (32), or its number among the large ones |
//! | 2, if flagged | the deadline |
//! | 2 or 3, if there is an older | a leap towards older versions (32) and how many versions are older (32) |
//! | then | the value, padded to a word, unless it is large |
//!
//! A leap makes an old snapshot's read of a key with many versions logarithmic: every 16th version is a
//! milestone, milestones leap over each other as in a skew-binary list (Myers 1983, "An applicative
//! random-access stack"), and the versions between leap to the milestone behind them.

#![expect(
    unsafe_code,
    reason = "keys and values are read as the bytes that were written before their record was published"
)]

use bytes::Bytes;

use super::append::Appended;
use super::arena::{Arena, Bump, Offset};
use super::sync::{AtomicU64, Ordering};
use super::words::WORD_BYTES;
use crate::storage::entry::{Entry, Kind, NEVER_MS, Sequence};

/// A value of this length or more is allocated by itself: a read then shares it and copies nothing.
pub const LARGE_VALUE_BYTES: usize = 4096;

const PUT: u64 = 1;
const DEADLINE: u64 = 2;
const OLDER: u64 = 4;
const LARGE: u64 = 8;

/// Versions between milestones.
const MILESTONE: u32 = 16;

/// Where records stand.
#[derive(Debug)]
pub struct Records {
    /// Shared with the radix tree, which stores its nodes in words of its own.
    pub arena: Arena,
    large: Appended<Bytes>,
}

/// What a write says about its key.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// Its place in the order of writes.
    pub sequence: Sequence,
    /// Whether it is a value or a tombstone.
    pub kind: Kind,
    /// When it expires.
    pub deadline_ms: u64,
    /// The value.
    pub value: &'a [u8],
}

/// A version's fixed part.
#[derive(Clone, Copy, Debug)]
struct Head {
    flags: u64,
    sequence: Sequence,
    older: Offset,
    /// The value's length, or its number among the large ones.
    length: u32,
}

impl Head {
    /// Words before the value.
    #[inline]
    fn words(self) -> usize {
        2 + usize::from(self.flags & DEADLINE != 0) + usize::from(self.flags & OLDER != 0)
    }
}

/// How a version leaps: 0 versions older and itself for a key's first.
#[derive(Clone, Copy, Debug)]
struct Leap {
    to: Offset,
    depth: u32,
}

impl Records {
    /// Nothing.
    pub fn new() -> Self {
        Self {
            arena: Arena::new(),
            large: Appended::new(),
        }
    }

    /// The key of `record`.
    #[inline]
    pub fn key(&self, record: Offset) -> &[u8] {
        let length = self.arena.word(record).load(Ordering::Relaxed) >> 32;
        // SAFETY: the key was written before the record's offset was published (or by this thread, the
        // writer), and is not written again: the tree and the index store only to words of their own.
        unsafe { self.arena.bytes(record + 1, length as usize) }
    }

    /// The newest version of `record`.
    #[inline]
    pub fn newest(&self, record: Offset) -> Offset {
        // Acquire: with the version's offset comes the version.
        self.arena.word(record).load(Ordering::Acquire) as Offset
    }

    #[inline]
    fn head(&self, version: Offset) -> Head {
        let words = self.arena.words(version, 2);
        let first = words[0].load(Ordering::Relaxed);
        let second = words[1].load(Ordering::Relaxed);
        Head {
            flags: first & 0xff,
            sequence: first >> 8,
            older: second as Offset,
            length: (second >> 32) as u32,
        }
    }

    /// The next older version, 0 for none.
    #[inline]
    pub fn older(&self, version: Offset) -> Offset {
        self.head(version).older
    }

    /// The sequence of `version`.
    #[inline]
    pub fn sequence(&self, version: Offset) -> Sequence {
        self.head(version).sequence
    }

    fn leap(&self, version: Offset, head: Head) -> Leap {
        if head.flags & OLDER == 0 {
            return Leap {
                to: version,
                depth: 0,
            };
        }
        let word = self.arena.word(version + head.words() as Offset - 1);
        let word = word.load(Ordering::Relaxed);
        Leap {
            to: word as Offset,
            depth: (word >> 32) as u32,
        }
    }

    /// The newest version at or behind `version` that is not newer than `snapshot`, 0 for none.
    #[inline]
    pub fn visible(&self, version: Offset, snapshot: Sequence) -> Offset {
        let head = self.head(version);
        if head.sequence <= snapshot {
            return version;
        }
        let oldest_newer = self.oldest_above(version, snapshot);
        self.older(oldest_newer)
    }

    /// The oldest version at or behind `version`, itself newer than `floor`, that is newer than `floor`.
    #[cold]
    pub fn oldest_above(&self, version: Offset, floor: Sequence) -> Offset {
        let mut version = version;
        loop {
            let head = self.head(version);
            let leap = self.leap(version, head).to;
            if leap != version && self.sequence(leap) > floor {
                version = leap;
            } else if head.older != 0 && self.sequence(head.older) > floor {
                version = head.older;
            } else {
                return version;
            }
        }
    }

    /// The oldest version of `record`.
    pub fn oldest(&self, record: Offset) -> Offset {
        let newest = self.newest(record);
        let mut version = newest;
        loop {
            let head = self.head(version);
            if head.older == 0 {
                return version;
            }
            let leap = self.leap(version, head).to;
            version = if leap == version { head.older } else { leap };
        }
    }

    /// The version of `record`, newest or not, that is next newer than `version`; 0 for the newest.
    pub fn newer(&self, record: Offset, version: Offset) -> Offset {
        let newest = self.newest(record);
        if newest == version {
            return 0;
        }
        self.oldest_above(newest, self.sequence(version))
    }

    /// `version` of `record`, where it stands.
    #[inline]
    pub fn entry(&self, record: Offset, version: Offset) -> Entry<'_> {
        let head = self.head(version);
        Entry {
            key: self.key(record),
            sequence: head.sequence,
            kind: if head.flags & PUT == 0 {
                Kind::Delete
            } else {
                Kind::Put
            },
            deadline_ms: if head.flags & DEADLINE == 0 {
                NEVER_MS
            } else {
                self.arena.word(version + 2).load(Ordering::Relaxed)
            },
            value: self.value_bytes(version, head),
        }
    }

    #[inline]
    fn value_bytes(&self, version: Offset, head: Head) -> &[u8] {
        if head.flags & LARGE != 0 {
            return self.large_value(head);
        }
        if head.length == 0 {
            // The version may end where its chunk ends.
            return &[];
        }
        // SAFETY: as in `key`.
        unsafe {
            self.arena
                .bytes(version + head.words() as Offset, head.length as usize)
        }
    }

    fn large_value(&self, head: Head) -> &Bytes {
        self.large
            .get(head.length as usize)
            .expect("a large value is kept before its version is written")
    }

    /// The value of `version`: shared if it is large, else copied.
    #[inline]
    pub fn value(&self, version: Offset) -> Bytes {
        let head = self.head(version);
        if head.flags & LARGE != 0 {
            self.large_value(head).clone()
        } else if head.length == 0 {
            Bytes::new()
        } else {
            Bytes::copy_from_slice(self.value_bytes(version, head))
        }
    }

    /// Writes a record of `key` with its first version. Nobody finds it before its offset is published.
    #[inline]
    pub fn create(&self, bump: &mut Bump, key: &[u8], write: Write<'_>) -> Offset {
        let key_words = key.len().div_ceil(WORD_BYTES);
        let head = self.draw_head(write, 0);
        let version_words = head.words() + inline_words(write.value);
        let record = self.arena.allocate(bump, 1 + key_words + version_words);
        let version = record + 1 + key_words as Offset;
        let first = (key.len() as u64) << 32 | u64::from(version);
        self.arena.word(record).store(first, Ordering::Relaxed);
        // SAFETY: the words were just given out, and only this thread knows of them.
        unsafe { self.arena.write_bytes(record + 1, key) };
        self.fill(version, head, write, None);
        record
    }

    /// Writes a newer version of `record` and makes it the newest.
    #[inline]
    pub fn update(&self, bump: &mut Bump, record: Offset, write: Write<'_>) {
        let older = self.newest(record);
        let head = self.draw_head(write, older);
        let leap = self.draw_leap(older);
        let version = self
            .arena
            .allocate(bump, head.words() + inline_words(write.value));
        self.fill(version, head, write, Some(leap));
        let word = self.arena.word(record);
        let key_length = word.load(Ordering::Relaxed) & !0xffff_ffff;
        // Release: who finds the version sees it whole.
        word.store(key_length | u64::from(version), Ordering::Release);
    }

    #[inline]
    fn draw_head(&self, write: Write<'_>, older: Offset) -> Head {
        let mut flags = match write.kind {
            Kind::Delete => 0,
            Kind::Put => PUT,
        };
        if write.deadline_ms != NEVER_MS {
            flags |= DEADLINE;
        }
        if older != 0 {
            flags |= OLDER;
        }
        let mut length = write.value.len() as u32;
        if write.value.len() >= LARGE_VALUE_BYTES {
            flags |= LARGE;
            length = self.large.push(Bytes::copy_from_slice(write.value)) as u32;
        }
        Head {
            flags,
            sequence: write.sequence,
            older,
            length,
        }
    }

    /// The leap of a version on top of `older`.
    #[inline]
    fn draw_leap(&self, older: Offset) -> Leap {
        let below = self.leap(older, self.head(older));
        let depth = below.depth + 1;
        let milestone = if below.depth.is_multiple_of(MILESTONE) {
            older
        } else {
            below.to
        };
        let to = if depth.is_multiple_of(MILESTONE) {
            self.leap_milestone(milestone)
        } else {
            milestone
        };
        Leap { to, depth }
    }

    /// The leap of a milestone on top of `milestone`: over its leap and the next, if they are equally long.
    #[cold]
    fn leap_milestone(&self, milestone: Offset) -> Offset {
        let near = self.leap(milestone, self.head(milestone));
        let middle = self.leap(near.to, self.head(near.to));
        let far = self.leap(middle.to, self.head(middle.to));
        if near.depth - middle.depth == middle.depth - far.depth {
            middle.to
        } else {
            milestone
        }
    }

    #[inline]
    fn fill(&self, version: Offset, head: Head, write: Write<'_>, leap: Option<Leap>) {
        let words = self.arena.words(version, head.words());
        let store = |at: usize, word: u64| AtomicU64::store(&words[at], word, Ordering::Relaxed);
        store(0, head.sequence << 8 | head.flags);
        store(1, u64::from(head.length) << 32 | u64::from(head.older));
        if head.flags & DEADLINE != 0 {
            store(2, write.deadline_ms);
        }
        if let Some(leap) = leap {
            store(
                head.words() - 1,
                u64::from(leap.depth) << 32 | u64::from(leap.to),
            );
        }
        if head.flags & LARGE == 0 && head.length != 0 {
            // SAFETY: the words were just given out, and only this thread knows of them.
            unsafe {
                self.arena
                    .write_bytes(version + head.words() as Offset, write.value);
            }
        }
    }
}

/// The words that a value takes beside its version.
#[inline]
fn inline_words(value: &[u8]) -> usize {
    if value.len() >= LARGE_VALUE_BYTES {
        0
    } else {
        value.len().div_ceil(WORD_BYTES)
    }
}

//! The nodes of the radix tree, as words of the arena.
//!
//! A link leads to a node or a record and says what it leads to, so that a step down reads the node and nothing
//! else:
//!
//! | bits | link |
//! |---|---|
//! | 0..32 | the offset |
//! | 32..36 | the shape |
//! | 40..64 | the depth: how many bytes all keys below have in common at least; the branch is on the next |
//!
//! | shape | words | holds |
//! |---|---|---|
//! | none | | nothing |
//! | leaf | | a record |
//! | end | 2 | 0: the record of the key that ends at the depth; 1: what goes on |
//! | list of 3, 7, 15, 31, 63 | 4, 8, 17, 35, 71 | a count and the branches' bytes (word 0: the count, then seven; 8 in each further word), in the order of their making; then a link for each |
//! | direct | 256 | a link for each byte |
//!
//! Only the writer stores, and what it stores a reader may meet at any moment: a link is stored whole; a
//! branch of a list is there once the count says so; a node that is full is left as it is and a longer copy
//! linked in its place. So nothing that a reader stands on is ever taken away or changes its meaning.

use super::arena::{Arena, Bump, Offset};
use super::sync::{AtomicU64, Ordering};

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(u64);

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    None,
    /// A record.
    Leaf,
    /// A key that ends, and those that go on.
    End,
    /// A list of up to this many branches.
    List(usize),
    /// 256 branches.
    Direct,
}

/// The longest key, bytes: a depth has 24 bits.
pub const DEPTH_MAX: usize = (1 << 24) - 1;
/// Branches of the shortest list.
const LIST_MIN: usize = 3;
/// Branches of the longest list.
const LIST_MAX: usize = 63;
/// Branches of a direct node.
const BYTES: usize = 256;

/// The branch of an [`Shape::End`] node for the key that ends.
pub const ENDS: u32 = 0;
/// The branch of an [`Shape::End`] node for the keys that go on.
pub const GOES_ON: u32 = 1;

impl Link {
    /// Leads nowhere.
    pub const NONE: Self = Self(0);

    /// Leads to a record.
    #[inline]
    pub fn leaf(record: Offset) -> Self {
        Self(1 << 32 | u64::from(record))
    }

    #[inline]
    fn node(code: u64, depth: usize, at: Offset) -> Self {
        Self((depth as u64) << 40 | code << 32 | u64::from(at))
    }

    /// As a word holds it.
    #[inline]
    pub fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// For a word to hold.
    #[inline]
    pub fn to_word(self) -> u64 {
        self.0
    }

    /// Where it leads.
    #[inline]
    pub fn offset(self) -> Offset {
        self.0 as Offset
    }

    /// How many bytes all keys below have in common at least.
    #[inline]
    pub fn depth(self) -> usize {
        (self.0 >> 40) as usize
    }

    /// What it leads to.
    #[inline]
    pub fn shape(self) -> Shape {
        match self.0 >> 32 & 0xf {
            0 => Shape::None,
            1 => Shape::Leaf,
            2 => Shape::End,
            3 => Shape::Direct,
            code => Shape::List((1 << (code - 2)) - 1),
        }
    }

    /// The words of the node; none for a leaf.
    #[inline]
    fn words(self, arena: &Arena) -> &[AtomicU64] {
        let count = match self.shape() {
            Shape::None | Shape::Leaf => return &[],
            Shape::End => 2,
            Shape::List(room) => head_words(room) + room,
            Shape::Direct => BYTES,
        };
        arena.words(self.offset(), count)
    }

    /// The link for `branch`: a byte, or [`ENDS`] or [`GOES_ON`].
    #[inline]
    pub fn child(self, arena: &Arena, branch: u32) -> Self {
        match self.find(arena, branch) {
            Some(at) => Self(arena.word(at).load(Ordering::Acquire)),
            None => Self::NONE,
        }
    }

    /// Where the link for `branch` stands, if there is a place for it.
    #[inline]
    pub fn find(self, arena: &Arena, branch: u32) -> Option<Offset> {
        match self.shape() {
            Shape::None | Shape::Leaf => None,
            Shape::End | Shape::Direct => Some(self.offset() + branch),
            Shape::List(room) => {
                let head = head_words(room);
                let words = arena.words(self.offset(), head);
                let first = words[0].load(Ordering::Acquire);
                let count = (first & 0xff) as usize;
                let mut matches = equal_bytes(first, branch as u8) & !0xff;
                let mut word = 0;
                loop {
                    while matches != 0 {
                        let at = word * 8 + matches.trailing_zeros() as usize / 8 - 1;
                        if at < count {
                            return Some(self.offset() + (head + at) as Offset);
                        }
                        matches &= matches - 1;
                    }
                    word += 1;
                    if word * 8 > count {
                        return None;
                    }
                    matches = equal_bytes(words[word].load(Ordering::Relaxed), branch as u8);
                }
            }
        }
    }

    /// The lowest branch at or after `from` and its link.
    #[inline]
    pub fn at_or_after(self, arena: &Arena, from: u32) -> Option<(u32, Self)> {
        match self.shape() {
            Shape::None | Shape::Leaf => None,
            Shape::List(room) => self.nearest(arena, room, |branch| {
                (branch >= from).then(|| branch - from)
            }),
            Shape::End | Shape::Direct => {
                let words = self.words(arena);
                (from as usize..words.len()).find_map(|branch| taken(words, branch))
            }
        }
    }

    /// The highest branch before `to` and its link.
    #[inline]
    pub fn before(self, arena: &Arena, to: u32) -> Option<(u32, Self)> {
        match self.shape() {
            Shape::None | Shape::Leaf => None,
            Shape::List(room) => {
                self.nearest(arena, room, |branch| (branch < to).then(|| to - branch))
            }
            Shape::End | Shape::Direct => {
                let words = self.words(arena);
                (0..words.len().min(to as usize))
                    .rev()
                    .find_map(|branch| taken(words, branch))
            }
        }
    }

    /// The branch of a list with the least distance, of those that have one.
    #[inline]
    fn nearest(
        self,
        arena: &Arena,
        room: usize,
        distance: impl Fn(u32) -> Option<u32>,
    ) -> Option<(u32, Self)> {
        let words = self.words(arena);
        let count = (words[0].load(Ordering::Acquire) & 0xff) as usize;
        let mut best = None;
        for at in 0..count {
            let byte = byte_of(words, at);
            if let Some(far) = distance(u32::from(byte))
                && best.is_none_or(|(least, _, _)| far < least)
            {
                best = Some((far, u32::from(byte), at));
            }
        }
        let (_, branch, at) = best?;
        let link = Self(words[head_words(room) + at].load(Ordering::Acquire));
        Some((branch, link))
    }

    /// Asks the processor for what the node's links lead to.
    #[inline]
    pub fn prefetch_children(self, arena: &Arena) {
        if let Shape::List(room) = self.shape() {
            let words = self.words(arena);
            let count = (words[0].load(Ordering::Acquire) & 0xff) as usize;
            for word in &words[head_words(room)..head_words(room) + count] {
                let link = Self(word.load(Ordering::Relaxed));
                arena.prefetch(link.offset(), 2);
            }
        }
    }

    /// A node of `depth` for the key that ends there and what goes on.
    pub fn make_end(
        arena: &Arena,
        bump: &mut Bump,
        depth: usize,
        ends: Self,
        goes_on: Self,
    ) -> Self {
        let at = arena.allocate(bump, 2);
        let words = arena.words(at, 2);
        words[ENDS as usize].store(ends.0, Ordering::Relaxed);
        words[GOES_ON as usize].store(goes_on.0, Ordering::Relaxed);
        Self::node(2, depth, at)
    }

    /// A node of `depth` for two branches.
    pub fn make_pair(
        arena: &Arena,
        bump: &mut Bump,
        depth: usize,
        one: (u8, Self),
        other: (u8, Self),
    ) -> Self {
        let node = Self::make_list(arena, bump, depth, LIST_MIN);
        node.push(arena, one);
        node.push(arena, other);
        node
    }

    fn make_list(arena: &Arena, bump: &mut Bump, depth: usize, room: usize) -> Self {
        let at = arena.allocate(bump, head_words(room) + room);
        let code = (room + 1).trailing_zeros() + 2;
        Self::node(u64::from(code), depth, at)
    }

    /// Adds a branch that the node has not. Where it has no room, a longer copy is returned, which nobody
    /// knows of yet.
    pub fn add(self, arena: &Arena, bump: &mut Bump, branch: (u8, Self)) -> Option<Self> {
        let Shape::List(room) = self.shape() else {
            // Release: who finds the link sees what it leads to.
            arena
                .word(self.offset() + u32::from(branch.0))
                .store(branch.1.0, Ordering::Release);
            return None;
        };
        let words = self.words(arena);
        let count = (words[0].load(Ordering::Relaxed) & 0xff) as usize;
        if count < room {
            self.push(arena, branch);
            return None;
        }
        let longer = if room < LIST_MAX {
            Self::make_list(arena, bump, self.depth(), room * 2 + 1)
        } else {
            Self::node(3, self.depth(), arena.allocate(bump, BYTES))
        };
        for at in 0..count {
            let byte = byte_of(words, at);
            let link = Self(words[head_words(room) + at].load(Ordering::Relaxed));
            longer.put(arena, (byte, link));
        }
        longer.put(arena, branch);
        Some(longer)
    }

    /// Adds a branch to a node that has room.
    #[inline]
    fn put(self, arena: &Arena, branch: (u8, Self)) {
        if let Shape::List(_) = self.shape() {
            self.push(arena, branch);
        } else {
            arena
                .word(self.offset() + u32::from(branch.0))
                .store(branch.1.0, Ordering::Relaxed);
        }
    }

    /// Adds a branch to a list that has room.
    #[inline]
    fn push(self, arena: &Arena, (byte, link): (u8, Self)) {
        let words = self.words(arena);
        let first = words[0].load(Ordering::Relaxed);
        let count = (first & 0xff) as usize;
        let head = words.len() - room_of(words.len());
        words[head + count].store(link.0, Ordering::Relaxed);
        let place = count + 1;
        let shifted = u64::from(byte) << (place % 8 * 8);
        let mut first = first + 1;
        if place < 8 {
            first |= shifted;
        } else {
            let word = &words[place / 8];
            word.store(word.load(Ordering::Relaxed) | shifted, Ordering::Relaxed);
        }
        // Release: who counts the branch sees its byte, its link and what that leads to.
        words[0].store(first, Ordering::Release);
    }
}

#[inline]
fn taken(words: &[AtomicU64], branch: usize) -> Option<(u32, Link)> {
    let link = Link(words[branch].load(Ordering::Acquire));
    (link != Link::NONE).then_some((branch as u32, link))
}

/// The byte of a list's branch `at`, which the list is known to count.
#[inline]
fn byte_of(words: &[AtomicU64], at: usize) -> u8 {
    let place = at + 1;
    (words[place / 8].load(Ordering::Relaxed) >> (place % 8 * 8)) as u8
}

/// The words that hold a list's count and bytes.
#[inline]
const fn head_words(room: usize) -> usize {
    room.div_ceil(8)
}

/// The room of a list of so many words.
#[inline]
const fn room_of(words: usize) -> usize {
    words * 8 / 9
}

/// The high bit of each byte of `word` that equals `byte`.
#[inline]
const fn equal_bytes(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let differ = word ^ (byte as u64).wrapping_mul(0x0101_0101_0101_0101);
    !(((differ & LOW) + LOW) | differ | LOW)
}

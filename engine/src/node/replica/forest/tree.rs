//! One hash tree: a root over 32 branches over 1,024 leaves.

use crate::base::hash::{hash64, hash64_with};

/// How many words stand under one word.
pub const FANOUT: usize = 32;
/// Leaves of a tree.
pub const LEAVES: usize = FANOUT * FANOUT;
/// The words under one word: a tree's branches, or a branch's leaves.
pub type Row = [u64; FANOUT];

/// Odd, and close to 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The leaf of a key. Not the top bits of its hash as they are: the ring cuts its segments by those, so a group's
/// keys would crowd in few leaves. The product brings the low bits up.
#[must_use]
pub fn leaf_of(key: &[u8]) -> u16 {
    let mixed = hash64(key).wrapping_mul(SPREAD);
    (mixed >> (u64::BITS - LEAVES.trailing_zeros())) as u16
}

/// What a key with this digest adds to its leaf, its branch and the root.
#[must_use]
pub fn word_of(key: &[u8], digest: u64) -> u64 {
    hash64_with(digest, key)
}

/// Every word is the XOR of the words of the keys below it, so a change of one key changes three words, whatever
/// the order in which keys came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    root: u64,
    branches: Row,
    /// A row is there once a key fell into it: a tree of few keys is small.
    leaves: [Option<Box<Row>>; FANOUT],
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            root: 0,
            branches: [0; FANOUT],
            leaves: [const { None }; FANOUT],
        }
    }
}

impl Tree {
    /// Puts `word` in where it is not, or takes it out where it is.
    pub(super) fn toggle(&mut self, leaf: u16, word: u64) {
        let (branch, place) = (usize::from(leaf) / FANOUT, usize::from(leaf) % FANOUT);
        self.root ^= word;
        self.branches[branch] ^= word;
        self.leaves[branch].get_or_insert_with(|| Box::new([0; FANOUT]))[place] ^= word;
    }

    pub(super) fn root(&self) -> u64 {
        self.root
    }

    pub(super) fn branches(&self) -> Row {
        self.branches
    }

    pub(super) fn leaves(&self, branch: usize) -> Row {
        self.leaves[branch].as_deref().copied().unwrap_or_default()
    }
}

/// Some of a tree's leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeafSet([u32; FANOUT]);

impl LeafSet {
    /// Adds a leaf; one past the last is no leaf and adds nothing.
    pub fn insert(&mut self, leaf: u16) {
        if let Some(row) = self.0.get_mut(usize::from(leaf) / FANOUT) {
            *row |= 1 << (usize::from(leaf) % FANOUT);
        }
    }

    /// Adds the leaves of `other`.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// Whether the leaf is in it.
    #[must_use]
    pub fn contains(&self, leaf: u16) -> bool {
        let row = self.0.get(usize::from(leaf) / FANOUT);
        row.is_some_and(|row| row & (1 << (usize::from(leaf) % FANOUT)) != 0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; FANOUT]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|row| row.count_ones() as usize).sum()
    }
}

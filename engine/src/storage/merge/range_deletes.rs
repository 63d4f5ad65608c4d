//! Range tombstones, ready to be asked.
//!
//! Overlapping [`RangeDelete`]s come in, an immutable [`RangeDeletes`] comes out that says which of them is
//! the newest one that a snapshot sees at a key. The ends of all ranges cut the keys into *fragments*;
//! inside one, every key is covered by the same deletes:
//!
//! ```text
//! deletes    a-----------------m  @9           @ is the sequence
//!                  f-----------------t  @4
//! fragments  a-----f-----------m-----t
//! newest        9        9        4
//! covering      9       9 4       4
//! ```
//!
//! Listing the sequences of every fragment takes quadratic space where ranges nest (RocksDB's fragmented list
//! does so). Here they hang in a segment tree over the fragments (Bentley 1977): a range is kept at the
//! O(log n) nodes that tile it, and the deletes that cover a fragment stand on the path from its leaf to the
//! root. So building takes O(n log n) time and space whatever the ranges look like, and asking takes one binary
//! search among the fragments; the path is only walked for a snapshot that is too old for the fragment's newest
//! delete. [`Coverage`] remembers the fragment, so an ordered scan does not even search.
//!
//! Invariants: the fragments' bounds ascend strictly; each node's sequences descend; no delete is empty and
//! none has sequence 0, so 0 stands for "not covered".

use std::sync::Arc;

use crate::storage::entry::{RangeDelete, SEQUENCE_MAX, Sequence};

#[cfg(test)]
mod tests;

/// An immutable set of range deletes. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct RangeDeletes {
    /// None where there is none, so that the usual case costs nothing to make, clone and ask.
    fragments: Option<Arc<Fragments>>,
}

#[derive(Debug)]
struct Fragments {
    /// By first key, then newest first.
    deletes: Vec<RangeDelete>,
    /// Fragment `i` is `bounds[i]..bounds[i + 1]`; strictly ascending.
    bounds: Vec<bytes::Bytes>,
    /// The newest sequence of each fragment; 0 where nothing covers it.
    newest: Vec<Sequence>,
    /// Node `i` of the tree has the sequences `tree[starts[i]..starts[i + 1]]`, descending. Node 1 is the root,
    /// the parent of `i` is `i / 2`, and fragment `f` is node `newest.len() + f`.
    starts: Vec<usize>,
    tree: Vec<Sequence>,
}

impl RangeDeletes {
    /// The set of `deletes`, in any order. Empty ranges and those of sequence 0 (they are older than every write)
    /// are left out.
    #[must_use]
    pub fn new(deletes: impl IntoIterator<Item = RangeDelete>) -> Self {
        let mut deletes: Vec<RangeDelete> = deletes
            .into_iter()
            .filter(|delete| delete.from < delete.to && delete.sequence > 0)
            .collect();
        if deletes.is_empty() {
            return Self::default();
        }
        deletes.sort_unstable_by(|a, b| {
            (&a.from, b.sequence, &a.to).cmp(&(&b.from, a.sequence, &b.to))
        });
        deletes.dedup();
        Self {
            fragments: Some(Arc::new(Fragments::new(deletes))),
        }
    }

    /// All deletes of several sets. With at most one that is not empty, nothing is built.
    #[must_use]
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut some = sets.into_iter().filter(|set| !set.is_empty());
        let Some(first) = some.next() else {
            return Self::default();
        };
        let Some(second) = some.next() else {
            return first.clone();
        };
        let all = [first, second].into_iter().chain(some);
        Self::new(all.flat_map(Self::iter).cloned())
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fragments.is_none()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.deletes().len()
    }

    /// Them, by first key, then newest first: what a table stores.
    pub fn iter(&self) -> impl Iterator<Item = &RangeDelete> {
        self.deletes().iter()
    }

    fn deletes(&self) -> &[RangeDelete] {
        self.fragments
            .as_deref()
            .map_or(&[], |fragments| &fragments.deletes)
    }

    /// The newest delete that covers `key` and that a reader at `snapshot` sees. It hides every version of
    /// `key` with a lower sequence.
    #[inline]
    #[must_use]
    pub fn covering(&self, key: &[u8], snapshot: Sequence) -> Option<Sequence> {
        let fragments = self.fragments.as_deref()?;
        let sequence = fragments.covering(fragments.place(key), snapshot);
        (sequence > 0).then_some(sequence)
    }

    /// What lies in `from..to`; no `to` means to the end of all keys.
    #[must_use]
    pub fn clip(&self, from: &[u8], to: Option<&[u8]>) -> Self {
        let Some(fragments) = self.fragments.as_deref() else {
            return Self::default();
        };
        let [first, .., last] = fragments.bounds.as_slice() else {
            return Self::default();
        };
        if from <= first.as_ref() && to.is_none_or(|to| last.as_ref() <= to) {
            return self.clone();
        }
        Self::new(self.iter().map(|delete| {
            let mut clipped = delete.clone();
            if clipped.from.as_ref() < from {
                clipped.from = bytes::Bytes::copy_from_slice(from);
            }
            if let Some(to) = to
                && to < clipped.to.as_ref()
            {
                clipped.to = bytes::Bytes::copy_from_slice(to);
            }
            clipped
        }))
    }

    /// The same set for every reader that is left: the snapshots in use (ascending), and those to come. At each
    /// key, of the deletes that no snapshot tells apart, only the newest stays.
    #[must_use]
    pub fn condense(&self, snapshots: &[Sequence]) -> Self {
        let mut by_age = self.deletes().to_vec();
        by_age.sort_by_key(|delete| delete.sequence);
        let mut kept = Vec::new();
        let stratum = |delete: &RangeDelete| snapshots.partition_point(|&s| s < delete.sequence);
        for alike in by_age.chunk_by(|a, b| stratum(a) == stratum(b)) {
            Self::new(alike.iter().cloned()).push_newest(&mut kept);
        }
        Self::new(kept)
    }

    /// Appends the newest delete of every fragment; neighbours of one sequence become one again.
    fn push_newest(&self, kept: &mut Vec<RangeDelete>) {
        let Some(fragments) = self.fragments.as_deref() else {
            return;
        };
        let start = kept.len();
        for (bounds, &sequence) in fragments.bounds.windows(2).zip(&fragments.newest) {
            match kept.get_mut(start..).and_then(<[_]>::last_mut) {
                Some(last) if last.sequence == sequence && last.to == bounds[0] => {
                    last.to = bounds[1].clone();
                }
                _ if sequence > 0 => kept.push(RangeDelete {
                    from: bounds[0].clone(),
                    to: bounds[1].clone(),
                    sequence,
                }),
                _ => {}
            }
        }
    }
}

impl Fragments {
    fn new(deletes: Vec<RangeDelete>) -> Self {
        let mut bounds: Vec<bytes::Bytes> = deletes
            .iter()
            .flat_map(|delete| [delete.from.clone(), delete.to.clone()])
            .collect();
        bounds.sort_unstable();
        bounds.dedup();
        let leaves = bounds.len() - 1;

        let place = |key: &[u8]| bounds.partition_point(|bound| bound.as_ref() < key);
        let mut tiled: Vec<(Sequence, usize, usize)> = deletes
            .iter()
            .map(|delete| (delete.sequence, place(&delete.from), place(&delete.to)))
            .collect();
        tiled.sort_unstable_by(|a, b| b.cmp(a));

        let mut starts = vec![0; 2 * leaves + 2];
        for &(_, from, to) in &tiled {
            tiles(leaves, from, to, |node| starts[node + 1] += 1);
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        let mut tree = vec![0; starts.last().copied().unwrap_or(0)];
        let mut free = starts.clone();
        for &(sequence, from, to) in &tiled {
            tiles(leaves, from, to, |node| {
                tree[free[node]] = sequence;
                free[node] += 1;
            });
        }

        let mut fragments = Self {
            deletes,
            bounds,
            newest: vec![SEQUENCE_MAX; leaves],
            starts,
            tree,
        };
        fragments.newest = (1..=leaves)
            .map(|place| fragments.walk(place, SEQUENCE_MAX))
            .collect();
        fragments
    }

    /// How many bounds are at most `key`: fragment `place - 1`, or outside of all.
    #[inline]
    fn place(&self, key: &[u8]) -> usize {
        self.bounds.partition_point(|bound| bound.as_ref() <= key)
    }

    /// The newest sequence of the fragment at `place`, 0 for none or outside.
    #[inline]
    fn newest(&self, place: usize) -> Sequence {
        self.newest.get(place.wrapping_sub(1)).copied().unwrap_or(0)
    }

    /// The newest sequence at `place` that is at most `snapshot`, 0 for none.
    #[inline]
    fn covering(&self, place: usize, snapshot: Sequence) -> Sequence {
        let newest = self.newest(place);
        if newest <= snapshot {
            newest
        } else {
            self.walk(place, snapshot)
        }
    }

    /// [`covering`](Self::covering) by the path from the fragment's leaf to the root.
    fn walk(&self, place: usize, snapshot: Sequence) -> Sequence {
        let mut node = self.newest.len() + place - 1;
        let mut newest = 0;
        while node > 0 {
            let here = &self.tree[self.starts[node]..self.starts[node + 1]];
            let seen = here.partition_point(|&sequence| sequence > snapshot);
            newest = newest.max(here.get(seen).copied().unwrap_or(0));
            node /= 2;
        }
        newest
    }
}

/// Calls `visit` with the O(log n) nodes of a tree of `leaves` that together are the leaves `from..to`.
fn tiles(leaves: usize, from: usize, to: usize, mut visit: impl FnMut(usize)) {
    let (mut low, mut high) = (from + leaves, to + leaves);
    while low < high {
        if low % 2 == 1 {
            visit(low);
            low += 1;
        }
        if high % 2 == 1 {
            high -= 1;
            visit(high);
        }
        low /= 2;
        high /= 2;
    }
}

/// Several sets, asked about keys in some order, ascending or descending: a key in the fragment of the
/// last one costs two comparisons, a neighbour three, and only a leap searches.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    fragments: Arc<Fragments>,
    /// See [`Fragments::place`].
    place: usize,
    /// What the last question was, and what it found.
    snapshot: Sequence,
    sequence: Sequence,
}

impl Coverage {
    /// A position in the union of `sets`. Without any delete it allocates nothing.
    #[must_use]
    pub fn new<'a>(sets: impl IntoIterator<Item = &'a RangeDeletes>) -> Self {
        let fragments = sets.into_iter().filter_map(|set| set.fragments.clone());
        Self {
            steps: fragments
                .map(|fragments| Step {
                    fragments,
                    place: 0,
                    snapshot: 0,
                    sequence: 0,
                })
                .collect(),
        }
    }

    /// Whether no key is covered.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The newest sequence at most `snapshot` that covers `key`, 0 for none.
    #[inline]
    pub fn covering(&mut self, key: &[u8], snapshot: Sequence) -> Sequence {
        let mut newest = 0;
        for step in &mut self.steps {
            newest = newest.max(step.covering(key, snapshot));
        }
        newest
    }
}

impl Step {
    #[inline]
    fn covering(&mut self, key: &[u8], snapshot: Sequence) -> Sequence {
        let moved = self.go(key);
        if moved || self.snapshot != snapshot {
            self.snapshot = snapshot;
            self.sequence = self.fragments.covering(self.place, snapshot);
        }
        self.sequence
    }

    /// Moves to `key`; tells whether that is another fragment.
    #[inline]
    fn go(&mut self, key: &[u8]) -> bool {
        let bounds = self.fragments.bounds.as_slice();
        let below = |place: usize| bounds.get(place).is_none_or(|end| key < end.as_ref());
        let from = |place: usize| {
            place
                .checked_sub(1)
                .is_none_or(|start| bounds[start].as_ref() <= key)
        };
        if !below(self.place) {
            let next = self.place + 1;
            self.place = if below(next) {
                next
            } else {
                self.fragments.place(key)
            };
        } else if !from(self.place) {
            let before = self.place - 1;
            self.place = if from(before) {
                before
            } else {
                self.fragments.place(key)
            };
        } else {
            return false;
        }
        true
    }
}

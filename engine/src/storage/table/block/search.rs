//! Finding a place in a block.

use core::cmp::Ordering;

use super::{Block, HEAD_BYTES, Slot, head_of, malformed, rest_of, u32_at};
use crate::Result;
use crate::storage::entry::Sequence;

/// So many heads are counted rather than halved: 16 vectors of four.
const COUNTED_MAX: usize = 64;

/// What a block holds of a key, as a snapshot sees it.
#[derive(Clone, Copy, Debug)]
pub(in crate::storage::table) enum Lookup {
    /// The newest version that the snapshot sees.
    Visible(Slot),
    /// Only versions that are newer than the snapshot.
    Hidden,
    /// Nothing.
    Absent,
}

/// How a key stands to all keys of a block.
enum Side<'a> {
    /// It has the block's prefix; what follows.
    Inside(&'a [u8]),
    Before,
    After,
}

#[inline]
fn head_at(heads: &[u8], index: usize) -> u32 {
    u32_at(heads, index.wrapping_mul(HEAD_BYTES)).unwrap_or(u32::MAX)
}

/// How many of these heads are smaller. Written so that the compiler makes vectors of it.
#[inline]
fn count_smaller(heads: &[u8], head: u32) -> usize {
    let (heads, _) = heads.as_chunks::<HEAD_BYTES>();
    let smaller = heads.iter().fold(0_u32, |smaller, other| {
        smaller.wrapping_add(u32::from(u32::from_le_bytes(*other) < head))
    });
    smaller as usize
}

impl Block {
    #[inline]
    fn side<'a>(&self, key: &'a [u8]) -> Side<'a> {
        let prefix = self.prefix();
        if let Some((start, suffix)) = key.split_at_checked(prefix.len())
            && start == prefix
        {
            return Side::Inside(suffix);
        }
        match key.cmp(prefix) {
            Ordering::Greater => Side::After,
            _ => Side::Before,
        }
    }

    /// The range of entries whose head is `head`.
    #[inline]
    fn same_head(&self, head: u32) -> (usize, usize) {
        let heads = self.heads();
        let (mut low, mut high) = (0, self.count());
        while high.wrapping_sub(low) > COUNTED_MAX {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            if head_at(heads, middle) < head {
                low = middle.wrapping_add(1);
            } else {
                high = middle;
            }
        }
        let window = heads.get(low.wrapping_mul(4)..high.wrapping_mul(4));
        low = low.wrapping_add(count_smaller(window.unwrap_or_default(), head));
        (low, self.end_of_head(low, head))
    }

    /// Where the entries with this head end that start at `from`.
    #[inline]
    fn end_of_head(&self, from: usize, head: u32) -> usize {
        let (heads, count) = (self.heads(), self.count());
        let is = |index: usize| index < count && head_at(heads, index) == head;
        if !is(from) {
            return from;
        }
        let (mut low, mut high) = (from.wrapping_add(1), count);
        if !is(low) {
            return low;
        }
        while low < high {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            if is(middle) {
                low = middle.wrapping_add(1);
            } else {
                high = middle;
            }
        }
        low
    }

    /// How an entry's key compares with a key of the same prefix and head. Behind equal bytes the longer
    /// key is the greater: a head's padding zeros are no bytes.
    #[inline]
    fn compare_suffix(&self, slot: &Slot, suffix: &[u8]) -> Ordering {
        let rest = self.rest(slot).cmp(rest_of(suffix));
        rest.then((slot.suffix_bytes as usize).cmp(&suffix.len()))
    }

    /// How many entries come before a place: those with a smaller key, and those of `key` itself whose
    /// sequence `comes_before` it.
    #[inline]
    pub(in crate::storage::table) fn rank(
        &self,
        key: &[u8],
        comes_before: impl Fn(Sequence) -> bool,
    ) -> Result<usize> {
        let suffix = match self.side(key) {
            Side::Inside(suffix) => suffix,
            Side::Before => return Ok(0),
            Side::After => return Ok(self.count()),
        };
        let (mut low, mut high) = self.same_head(head_of(suffix));
        while low < high {
            let middle = low.wrapping_add(high.wrapping_sub(low) / 2);
            let slot = self.slot(middle)?;
            let before = match self.compare_suffix(&slot, suffix) {
                Ordering::Less => true,
                Ordering::Equal => comes_before(slot.sequence),
                Ordering::Greater => false,
            };
            if before {
                low = middle.wrapping_add(1);
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The newest version of `key` that `snapshot` sees.
    #[inline]
    pub(in crate::storage::table) fn find(&self, key: &[u8], snapshot: Sequence) -> Result<Lookup> {
        let Side::Inside(suffix) = self.side(key) else {
            return Ok(Lookup::Absent);
        };
        let (low, high) = self.same_head(head_of(suffix));
        if low == high {
            return Ok(Lookup::Absent);
        }
        if high.wrapping_sub(low) > 1 {
            return self.find_among(key, suffix, snapshot);
        }
        let slot = self.slot_checked(low).ok_or_else(malformed)?;
        Ok(if self.compare_suffix(&slot, suffix) != Ordering::Equal {
            Lookup::Absent
        } else if slot.sequence > snapshot {
            Lookup::Hidden
        } else {
            Lookup::Visible(slot)
        })
    }

    /// [`find`](Self::find) where several entries share the key's head: versions, or long common parts.
    fn find_among(&self, key: &[u8], suffix: &[u8], snapshot: Sequence) -> Result<Lookup> {
        let rank = self.rank(key, |sequence| sequence > snapshot)?;
        let same = |index: usize| -> Result<Option<Slot>> {
            if index >= self.count() {
                return Ok(None);
            }
            let slot = self.slot(index)?;
            let same = slot.head == head_of(suffix)
                && self.compare_suffix(&slot, suffix) == Ordering::Equal;
            Ok(same.then_some(slot))
        };
        if let Some(slot) = same(rank)? {
            return Ok(Lookup::Visible(slot));
        }
        if rank > 0 && same(rank - 1)?.is_some() {
            return Ok(Lookup::Hidden);
        }
        Ok(Lookup::Absent)
    }
}

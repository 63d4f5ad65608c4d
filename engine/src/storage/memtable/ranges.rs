//! The range deletes of a memtable, in the order of their writing, and which of them covers a key.
//!
//! Delete number `n` (from 1) is kept with a skyline of the deletes `n - l + 1 ..= n`, where `l` is the lowest
//! bit of `n`: disjoint fragments of the key space, sorted, each with the newest delete that covers it. Any
//! first `n` deletes are then a handful of skylines, one for each bit of `n` (Fenwick 1994, "A new data
//! structure for cumulative frequency tables"), newest first, and the first that covers a key answers. A
//! snapshot sees the first `n` deletes for some `n`, since their sequences increase. Adding one costs the
//! logarithm of their number on average, a look its square, and nobody waits for anybody.

use std::sync::Arc;

use bytes::Bytes;

use super::append::Appended;
use super::sync::{AtomicUsize, Mutex, Ordering};
use crate::storage::entry::{RangeDelete, Sequence};

/// The range deletes.
#[derive(Debug)]
pub struct Ranges {
    deletes: Appended<Layer>,
    /// How many there are: what a read looks at before anything else.
    count: AtomicUsize,
    /// What [`all`](Self::all) returned last.
    all: Mutex<Arc<[RangeDelete]>>,
}

#[derive(Debug)]
struct Layer {
    delete: RangeDelete,
    skyline: Box<[Fragment]>,
}

/// A stretch of the key space and the newest delete that covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fragment {
    from: Bytes,
    to: Bytes,
    sequence: Sequence,
}

impl Ranges {
    /// Without a delete.
    pub fn new() -> Self {
        Self {
            deletes: Appended::new(),
            count: AtomicUsize::new(0),
            all: Mutex::new(Arc::from([])),
        }
    }

    /// How many there are.
    #[inline]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Adds a delete that is newer than all others, and returns the bytes that it takes. Only one thread at a
    /// time may add.
    pub fn push(&self, from: &[u8], to: &[u8], sequence: Sequence) -> usize {
        let delete = RangeDelete {
            from: Bytes::copy_from_slice(from),
            to: Bytes::copy_from_slice(to),
            sequence,
        };
        let before = self.deletes.len();
        let number = before + 1;
        let mut skyline = vec![Fragment {
            from: delete.from.clone(),
            to: delete.to.clone(),
            sequence,
        }];
        // The skylines of the deletes just before, back to where this one's begins.
        let mut older = before;
        while older > number & before {
            let layer = self.deletes.get(older - 1).expect("it was added");
            skyline = overlay(&skyline, &layer.skyline);
            older &= older - 1;
        }
        let bytes =
            from.len() + to.len() + size_of::<Layer>() + skyline.len() * size_of::<Fragment>();
        self.deletes.push(Layer {
            delete,
            skyline: skyline.into_boxed_slice(),
        });
        self.count.store(number, Ordering::Release);
        bytes
    }

    /// The highest sequence, up to `snapshot`, of a delete that covers `key`.
    pub fn covering(&self, key: &[u8], snapshot: Sequence) -> Option<Sequence> {
        let mut number = self.seen(snapshot);
        while number != 0 {
            let layer = self.deletes.get(number - 1)?;
            let after = layer
                .skyline
                .partition_point(|fragment| fragment.from.as_ref() <= key);
            if let Some(fragment) = after.checked_sub(1).map(|at| &layer.skyline[at])
                && key < fragment.to.as_ref()
            {
                return Some(fragment.sequence);
            }
            number &= number - 1;
        }
        None
    }

    /// How many deletes are not newer than `snapshot`.
    fn seen(&self, snapshot: Sequence) -> usize {
        let sequence = |at: usize| self.deletes.get(at).map(|layer| layer.delete.sequence);
        let (mut low, mut high) = (0, self.count());
        if high == 0 || sequence(high - 1) <= Some(snapshot) {
            return high;
        }
        while low < high {
            let middle = low.midpoint(high);
            if sequence(middle) <= Some(snapshot) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// All of them, oldest first. It is made anew only when there is a new one.
    pub fn all(&self) -> Arc<[RangeDelete]> {
        let mut all = self
            .all
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = self.count();
        if all.len() < count {
            *all = (0..count)
                .filter_map(|at| self.deletes.get(at))
                .map(|layer| layer.delete.clone())
                .collect();
        }
        Arc::clone(&all)
    }
}

/// `newer` where it covers, `older` elsewhere.
fn overlay(newer: &[Fragment], older: &[Fragment]) -> Vec<Fragment> {
    let mut merged = Vec::with_capacity(newer.len() + older.len());
    let mut newer = newer.iter().peekable();
    for fragment in older {
        // What is left of the older fragment begins here.
        let mut from = fragment.from.clone();
        while from < fragment.to {
            let Some(over) = newer.peek() else { break };
            if over.from < fragment.to && from < over.from {
                merged.push(Fragment {
                    from: from.clone(),
                    to: over.from.clone(),
                    sequence: fragment.sequence,
                });
            }
            if over.from >= fragment.to {
                break;
            }
            from = from.max(over.to.clone());
            if over.to <= fragment.to {
                merged.extend(newer.next().cloned());
            }
        }
        if from < fragment.to {
            merged.push(Fragment {
                from,
                to: fragment.to.clone(),
                sequence: fragment.sequence,
            });
        }
    }
    merged.extend(newer.cloned());
    merged
}

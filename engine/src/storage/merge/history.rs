//! Random histories of a store, for tests: what every reader must see, and the sorted runs that hold them.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::range_deletes::RangeDeletes;
use super::vec_cursor::{Owned, VecCursor};
use crate::storage::entry::{Kind, NEVER_MS, RangeDelete, Sequence};

/// Moments run from 0 to this one, ms.
pub const END_MS: u64 = 10;

/// What a write does.
#[derive(Clone, Debug)]
pub enum Write {
    /// Sets a key until a deadline, ms. The value tells the write's place.
    Put(Bytes, u64),
    /// Deletes a key.
    Delete(Bytes),
    /// Deletes the keys from the first to before the second.
    DeleteRange(Bytes, Bytes),
}

/// Writes in order; the first has sequence 1.
#[derive(Clone, Debug)]
pub struct History(pub Vec<Write>);

/// A part of a history, sorted.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Entries, in any order.
    pub entries: Vec<Owned>,
    /// Range deletes, in any order.
    pub range_deletes: Vec<RangeDelete>,
}

impl Run {
    /// A position in the entries.
    pub fn cursor(&self) -> VecCursor {
        VecCursor::new(self.entries.clone())
    }

    /// The range deletes, fragmented.
    pub fn set(&self) -> RangeDeletes {
        RangeDeletes::new(self.range_deletes.clone())
    }

    /// Whether it says anything about `key`.
    pub fn touches(&self, key: &[u8]) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
            || self
                .range_deletes
                .iter()
                .any(|delete| delete.from <= key && key < delete.to.as_ref())
    }

    /// Whether it says anything about a key of `from..to`.
    pub fn touches_range(&self, from: &[u8], to: &[u8]) -> bool {
        self.entries
            .iter()
            .any(|entry| from <= entry.key.as_ref() && entry.key < to)
            || self
                .range_deletes
                .iter()
                .any(|delete| from < delete.to.as_ref() && delete.from < to)
    }
}

impl History {
    /// The sequence of the last write.
    pub fn last(&self) -> Sequence {
        self.0.len() as Sequence
    }

    /// Every key with the value that a reader at `snapshot` sees at `now_ms`.
    pub fn seen(&self, snapshot: Sequence, now_ms: u64) -> BTreeMap<Bytes, Bytes> {
        let mut map = BTreeMap::new();
        for (write, sequence) in self.0.iter().zip(1..=snapshot) {
            match write {
                Write::Put(key, deadline_ms) => {
                    map.insert(key.clone(), (*deadline_ms, value(sequence)));
                }
                Write::Delete(key) => {
                    map.remove(key);
                }
                Write::DeleteRange(from, to) => map.retain(|key, _| key < from || to <= key),
            }
        }
        map.into_iter()
            .filter(|(_, (deadline_ms, _))| *deadline_ms > now_ms)
            .map(|(key, (_, value))| (key, value))
            .collect()
    }

    /// The runs that `cuts` (sequences) part the history into, newest first.
    pub fn runs(&self, cuts: &[Sequence]) -> Vec<Run> {
        let mut runs = vec![Run::default()];
        for (write, sequence) in self.0.iter().zip(1..) {
            if cuts.contains(&sequence) {
                runs.insert(0, Run::default());
            }
            let run = &mut runs[0];
            match write.clone() {
                Write::Put(key, deadline_ms) => run.entries.push(Owned {
                    key,
                    sequence,
                    kind: Kind::Put,
                    deadline_ms,
                    value: value(sequence),
                }),
                Write::Delete(key) => run.entries.push(Owned::delete(&key, sequence)),
                Write::DeleteRange(from, to) => {
                    run.range_deletes.push(RangeDelete { from, to, sequence })
                }
            }
        }
        runs
    }
}

/// The value of the write at `sequence`; each seventh is long.
fn value(sequence: Sequence) -> Bytes {
    let copies = if sequence.is_multiple_of(7) { 300 } else { 1 };
    format!("v{sequence}").repeat(copies).into()
}

/// A key of few, some alike in their first 16 bytes, some shorter than that.
pub fn key() -> impl Strategy<Value = Bytes> {
    (
        any::<bool>(),
        prop::collection::vec(prop_oneof![Just(0_u8), Just(b'm')], 0..4),
    )
        .prop_map(|(long, end)| {
            let start: &[u8] = if long { b"a shared beginning" } else { b"" };
            [start, &end].concat().into()
        })
}

/// A history of up to `writes`.
pub fn history(writes: usize) -> impl Strategy<Value = History> {
    let deadline = prop_oneof![3 => Just(NEVER_MS), 2 => 0..=END_MS + 1];
    let write = prop_oneof![
        6 => (key(), deadline).prop_map(|(key, deadline_ms)| Write::Put(key, deadline_ms)),
        3 => key().prop_map(Write::Delete),
        1 => (key(), key()).prop_map(|(a, b)| Write::DeleteRange(a.clone().min(b.clone()), a.max(b))),
    ];
    prop::collection::vec(write, 0..writes).prop_map(History)
}

//! Building a block: entries are staged until their common prefix is known.

use super::{COUNT_MAX, FLAG_DEADLINE, FLAG_PUT, HEAD_BYTES, HEADER_BYTES, WIDE, head_of, rest_of};
use crate::base::codec::put_varint;
use crate::storage::entry::{Entry, Kind, NEVER_MS, Sequence};

#[derive(Debug)]
struct Staged {
    key_at: usize,
    value_at: usize,
    sequence: Sequence,
    deadline_ms: u64,
    kind: Kind,
}

/// The entries of the block that is being filled.
#[derive(Debug, Default)]
pub(in crate::storage::table) struct BlockWriter {
    /// Keys and values, one behind the other.
    staged: Vec<u8>,
    entries: Vec<Staged>,
    /// How many bytes the first and the last key share; so do all between.
    shared: usize,
    key_bytes: usize,
    /// What the entries take besides their keys' bytes, and besides their heads and starts.
    other_bytes: usize,
}

/// How many bytes a sequence takes: none for 0, at most 7.
#[inline]
fn sequence_bytes(sequence: Sequence) -> usize {
    8 - sequence.leading_zeros() as usize / 8
}

#[inline]
fn varint_bytes(number: u64) -> usize {
    (70 - (number | 1).leading_zeros() as usize) / 7
}

/// How many bytes `a` and `b` share at their start.
#[inline]
pub(in crate::storage::table) fn shared_bytes(a: &[u8], b: &[u8]) -> usize {
    let (a_words, _) = a.as_chunks::<8>();
    let (b_words, _) = b.as_chunks::<8>();
    let mut shared = 0;
    for (a_word, b_word) in a_words.iter().zip(b_words) {
        let differing = u64::from_le_bytes(*a_word) ^ u64::from_le_bytes(*b_word);
        if differing != 0 {
            return shared + differing.trailing_zeros() as usize / 8;
        }
        shared += 8;
    }
    let rest = a[shared..].iter().zip(&b[shared..]);
    shared + rest.take_while(|(a, b)| a == b).count()
}

impl BlockWriter {
    pub(in crate::storage::table) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(in crate::storage::table) fn count(&self) -> usize {
        self.entries.len()
    }

    fn other_bytes_of(entry: &Entry<'_>) -> usize {
        let deadline = match entry.deadline_ms {
            NEVER_MS => 0,
            deadline_ms => varint_bytes(deadline_ms),
        };
        1 + varint_bytes(entry.key.len() as u64)
            + sequence_bytes(entry.sequence)
            + deadline
            + entry.value.len()
    }

    fn first_key(&self) -> &[u8] {
        match self.entries.first() {
            Some(first) => &self.staged[first.key_at..first.value_at],
            None => &[],
        }
    }

    fn shared_with(&self, key: &[u8]) -> usize {
        if self.entries.is_empty() {
            return key.len().min(usize::from(u16::MAX));
        }
        shared_bytes(&self.first_key()[..self.shared], key)
    }

    fn estimate(count: usize, shared: usize, key_bytes: usize, other_bytes: usize) -> usize {
        let once = HEADER_BYTES + shared;
        let cut = (count * (shared + HEAD_BYTES)).min(key_bytes);
        once + count * (HEAD_BYTES + 2) + key_bytes - cut + other_bytes
    }

    /// About how many bytes the block takes.
    pub(in crate::storage::table) fn bytes(&self) -> usize {
        Self::estimate(self.count(), self.shared, self.key_bytes, self.other_bytes)
    }

    /// Adds `entry` unless there are entries already and the block would pass `bytes_max` with it. Whether
    /// it was added.
    #[inline]
    pub(in crate::storage::table) fn push_within(
        &mut self,
        entry: &Entry<'_>,
        bytes_max: usize,
    ) -> bool {
        let shared = self.shared_with(entry.key);
        let key_bytes = self.key_bytes + entry.key.len();
        let other_bytes = self.other_bytes + Self::other_bytes_of(entry);
        let count = self.entries.len() + 1;
        let past = Self::estimate(count, shared, key_bytes, other_bytes) > bytes_max;
        if (past || count > COUNT_MAX) && count > 1 {
            return false;
        }
        let key_at = self.staged.len();
        self.staged.extend_from_slice(entry.key);
        self.staged.extend_from_slice(entry.value);
        self.entries.push(Staged {
            key_at,
            value_at: key_at + entry.key.len(),
            sequence: entry.sequence,
            deadline_ms: entry.deadline_ms,
            kind: entry.kind,
        });
        self.shared = shared;
        self.key_bytes = key_bytes;
        self.other_bytes = other_bytes;
        true
    }

    /// Appends the block to `out` and starts the next.
    pub(in crate::storage::table) fn finish_into(&mut self, out: &mut Vec<u8>) {
        assert!(!self.entries.is_empty(), "a block holds entries");
        let count = self.entries.len();
        let prefix_bytes = self.shared;
        // An upper bound of where the last entry starts.
        let wide = self.key_bytes + self.other_bytes > usize::from(u16::MAX);
        let start_bytes = if wide { 4 } else { 2 };

        let word = count as u32 | if wide { WIDE } else { 0 };
        out.extend_from_slice(&word.to_le_bytes());
        out.extend_from_slice(&(prefix_bytes as u16).to_le_bytes());
        out.extend_from_slice(&self.first_key()[..prefix_bytes]);
        for entry in &self.entries {
            let suffix = &self.staged[entry.key_at + prefix_bytes..entry.value_at];
            out.extend_from_slice(&head_of(suffix).to_le_bytes());
        }
        let starts_at = out.len();
        let entries_at = starts_at + count * start_bytes;
        out.resize(entries_at, 0);

        let ends = self.entries.iter().skip(1).map(|entry| entry.key_at);
        let ends = ends.chain([self.staged.len()]);
        for (index, (entry, end)) in self.entries.iter().zip(ends).enumerate() {
            let start = ((out.len() - entries_at) as u32).to_le_bytes();
            let start_at = starts_at + index * start_bytes;
            out[start_at..start_at + start_bytes].copy_from_slice(&start[..start_bytes]);

            let suffix = &self.staged[entry.key_at + prefix_bytes..entry.value_at];
            let sequence_bytes = sequence_bytes(entry.sequence);
            let mut flags = sequence_bytes as u8;
            if entry.kind == Kind::Put {
                flags |= FLAG_PUT;
            }
            if entry.deadline_ms != NEVER_MS {
                flags |= FLAG_DEADLINE;
            }
            out.push(flags);
            put_varint(out, suffix.len() as u64);
            out.extend_from_slice(&entry.sequence.to_le_bytes()[..sequence_bytes]);
            if entry.deadline_ms != NEVER_MS {
                put_varint(out, entry.deadline_ms);
            }
            // The key's rest and the value lie side by side in the stage as in the block.
            let rest_at = entry.value_at - rest_of(suffix).len();
            out.extend_from_slice(&self.staged[rest_at..end]);
        }
        self.staged.clear();
        self.entries.clear();
        self.shared = 0;
        self.key_bytes = 0;
        self.other_bytes = 0;
    }
}

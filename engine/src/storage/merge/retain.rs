//! Which entries a flush or a compaction writes: the fewest that read the same for every reader left.
//!
//! The merged entries and the range deletes of the inputs come in, and what is known of the readers: the
//! *snapshots* in use. These cut the sequences into *strata*, and of what lies in one stratum no reader can tell
//! more than the newest part:
//!
//! ```text
//! snapshots             20              50
//! strata       0 .. =20 | 21 .. =50     | 51 ..          (readers to come see all of the last)
//! key k        7   13   |  28   31  44  |  60
//! written          13   |           44  |  60
//! ```
//!
//! A stratum's newest version of a key is then judged by these rules, of which the first that fits holds:
//!
//! | what | becomes |
//! |---|---|
//! | a range delete of its stratum covers it and is newer | nothing |
//! | a value that no snapshot sees, the key's newest, and the filter removes it | a tombstone, judged as below |
//! | a value that has expired | a tombstone of the same sequence, judged as below |
//! | a tombstone at the *bottom*, in the lowest stratum or with no older version of the key left | nothing |
//! | a value at the bottom, in the lowest stratum, under no range delete of the inputs | itself with sequence 0 |
//! | anything else | itself |
//!
//! A key is at the bottom where no older version of it exists outside of the inputs; the store says so. Why this
//! is safe: a reader stands at a snapshot in use or after all inputs, so inside a stratum only the newest thing
//! decides; what is dropped at the bottom has nothing below it that could come back; a tombstone in place
//! of an expired value says what the value says to every reader from now on (the clock the store is given must
//! not run back past a compaction). A sequence is not forgotten under a range delete, even an older one: if that
//! stays, it would swallow the value.
//!
//! A range delete stays unless, in its stratum, newer ones cover its keys; or it lies in the lowest stratum and
//! the store says that its range is at the bottom. [`Retain::surviving_range_deletes`] gives them for one
//! output table, clipped to it.

use std::sync::Arc;

use super::filter::{CompactionFilter, Decision};
use super::range_deletes::{Coverage, RangeDeletes};
use super::visible::expired;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Kind, NEVER_MS, SEQUENCE_MAX, Sequence};
use crate::{Error, Result};

#[cfg(test)]
mod tests;

/// What is known of the readers and the application.
#[derive(Clone, Default)]
pub struct RetainOptions {
    /// The snapshots in use, ascending: read after the inputs were chosen, so that every snapshot taken later
    /// sees all of them.
    pub snapshots: Vec<Sequence>,
    /// A value with this deadline or an earlier one has expired, ms.
    pub now_ms: u64,
    /// Where the output goes: for the filter.
    pub level: u8,
    /// The application's say.
    pub filter: Option<Arc<dyn CompactionFilter>>,
}

/// How many entries came in, and what became of those that did not go out as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Entries read.
    pub read: u64,
    /// Entries given out.
    pub written: u64,
    /// Left out: a newer version of the key is in the same stratum.
    pub hidden: u64,
    /// Left out: a range delete of the same stratum covers it.
    pub range_deleted: u64,
    /// Tombstones left out at the bottom.
    pub tombstones: u64,
    /// Expired values left out at the bottom.
    pub expired: u64,
    /// Values that the filter removed, left out at the bottom.
    pub filtered: u64,
    /// Expired values that became tombstones.
    pub expired_to_tombstone: u64,
    /// Values that the filter removed, and that became tombstones.
    pub filtered_to_tombstone: u64,
    /// Values that the filter replaced.
    pub replaced: u64,
    /// Values whose sequence became 0.
    pub sequences_forgotten: u64,
}

/// The entries to write. See the module's documentation.
pub struct Retain<C, B> {
    cursor: C,
    /// What decides whether a key is at the bottom.
    bottom: B,
    options: RetainOptions,
    range_deletes: RangeDeletes,
    coverage: Coverage,
    /// Whether the cursor's entry has been dealt with.
    stale: bool,
    placed: bool,
    /// The key of the last entry read, if there was one.
    key: Vec<u8>,
    has_key: bool,
    /// What `bottom` said of it, once asked.
    is_bottom: Option<bool>,
    stratum: usize,
    given: Given,
    /// The filter's value.
    replaced: Vec<u8>,
    failed: Option<Error>,
    retained: Retained,
}

/// What [`Retain::next`] gives.
#[derive(Clone, Copy)]
enum Given {
    /// The cursor's entry, with this sequence.
    Entry(Sequence),
    /// A tombstone of `key`.
    Tombstone(Sequence),
    /// The value in `replaced`.
    Replaced(Sequence, u64),
}

/// Why an entry counts as a tombstone.
#[derive(Clone, Copy)]
enum Gone {
    Deleted,
    Expired,
    Filtered,
}

/// Whether the store holds entries older than those of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// It may: tombstones stay.
    Something,
    /// It holds none at all.
    Nothing,
}

/// Answers for all keys alike.
pub type Always = fn(&[u8]) -> bool;

impl<C: Cursor> Retain<C, Always> {
    /// The entries that a flush of memtables writes.
    #[must_use]
    pub fn for_flush(
        cursor: C,
        range_deletes: &RangeDeletes,
        below: Below,
        options: RetainOptions,
    ) -> Self {
        let bottom: Always = match below {
            Below::Something => |_| false,
            Below::Nothing => |_| true,
        };
        Self::new(cursor, range_deletes, bottom, options)
    }
}

impl<C: Cursor, B: FnMut(&[u8]) -> bool> Retain<C, B> {
    /// The entries to write of `cursor`'s, from its first. `range_deletes` are those of all inputs. `bottom` says
    /// whether neither an older version of a key nor an older range delete over it can exist outside of the
    /// inputs; it is asked about ascending keys, about each at most once.
    #[must_use]
    pub fn new(cursor: C, range_deletes: &RangeDeletes, bottom: B, options: RetainOptions) -> Self {
        let range_deletes = range_deletes.condense(&options.snapshots);
        Self {
            cursor,
            bottom,
            coverage: Coverage::new([&range_deletes]),
            options,
            range_deletes,
            stale: false,
            placed: false,
            key: Vec::new(),
            has_key: false,
            is_bottom: None,
            stratum: 0,
            given: Given::Tombstone(0),
            replaced: Vec::new(),
            failed: None,
            retained: Retained::default(),
        }
    }

    /// What became of the entries so far.
    #[must_use]
    pub fn retained(&self) -> &Retained {
        &self.retained
    }

    /// The next entry to write; none at the end.
    ///
    /// # Errors
    /// What the cursor reports. From then on it gives that error again, so that no part of the inputs passes
    /// for all of them.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "what it gives borrows from it: it cannot be an Iterator"
    )]
    pub fn next(&mut self) -> Result<Option<Entry<'_>>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.advance() {
            Ok(true) => Ok(self.entry()),
            Ok(false) => Ok(None),
            Err(error) => {
                self.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// The range deletes that a table of the keys `from..to` must hold (no `to`: all keys from there on), clipped
    /// to them. `bottom` says of a range what the other one says of a key, for all keys of the range; it is asked
    /// about those that every reader sees.
    #[must_use]
    pub fn surviving_range_deletes(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        mut bottom: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> RangeDeletes {
        let clipped = self.range_deletes.clip(from, to);
        let oldest = self.oldest_snapshot();
        let stays = |delete: &&crate::storage::entry::RangeDelete| {
            delete.sequence > oldest || !bottom(&delete.from, &delete.to)
        };
        let staying: Vec<_> = clipped.iter().filter(stays).cloned().collect();
        if staying.len() == clipped.len() {
            return clipped;
        }
        RangeDeletes::new(staying)
    }

    fn oldest_snapshot(&self) -> Sequence {
        self.options
            .snapshots
            .first()
            .copied()
            .unwrap_or(SEQUENCE_MAX)
    }

    #[inline]
    fn entry(&self) -> Option<Entry<'_>> {
        let tombstone = Entry {
            key: &self.key,
            sequence: 0,
            kind: Kind::Delete,
            deadline_ms: NEVER_MS,
            value: &[],
        };
        match self.given {
            Given::Entry(sequence) => {
                let entry = self.cursor.entry()?;
                Some(Entry { sequence, ..entry })
            }
            Given::Tombstone(sequence) => Some(Entry {
                sequence,
                ..tombstone
            }),
            Given::Replaced(sequence, deadline_ms) => Some(Entry {
                key: &self.key,
                sequence,
                kind: Kind::Put,
                deadline_ms,
                value: &self.replaced,
            }),
        }
    }

    /// Whether `sequence` lies in the stratum of the last entry, which is not older.
    #[inline]
    fn in_stratum(&self, sequence: Sequence) -> bool {
        match self.stratum.checked_sub(1) {
            Some(below) => sequence > self.options.snapshots[below],
            None => true,
        }
    }

    /// Whether the last entry's key is at the bottom.
    #[inline]
    fn at_bottom(&mut self) -> bool {
        match self.is_bottom {
            Some(known) => known,
            None => *self.is_bottom.insert((self.bottom)(&self.key)),
        }
    }

    /// Finds the next entry to write, into `given`.
    fn advance(&mut self) -> Result<bool> {
        if !self.placed {
            self.cursor.seek_first()?;
            self.placed = true;
        }
        loop {
            if self.stale {
                self.cursor.next()?;
            }
            self.stale = true;
            let Some(entry) = self.cursor.entry() else {
                // The end stays the end.
                self.stale = false;
                return Ok(false);
            };
            self.retained.read += 1;
            let same_key = self.has_key && entry.key == self.key.as_slice();
            if same_key && self.in_stratum(entry.sequence) {
                self.retained.hidden += 1;
                continue;
            }
            if !same_key {
                self.key.clear();
                self.key.extend_from_slice(entry.key);
                self.has_key = true;
                self.is_bottom = None;
            }
            let sequence = entry.sequence;
            let snapshots = &self.options.snapshots;
            self.stratum = snapshots.partition_point(|&snapshot| snapshot < sequence);
            if !self.coverage.is_empty() {
                let ceiling = snapshots.get(self.stratum).copied().unwrap_or(SEQUENCE_MAX);
                if self.coverage.covering(entry.key, ceiling) > sequence {
                    self.retained.range_deleted += 1;
                    continue;
                }
            }
            let given = if entry.kind == Kind::Delete {
                self.bury(sequence, Gone::Deleted)?
            } else if expired(entry.deadline_ms, self.options.now_ms) {
                self.bury(sequence, Gone::Expired)?
            } else {
                self.keep_value(!same_key)?
            };
            if let Some(given) = given {
                self.given = given;
                self.retained.written += 1;
                return Ok(true);
            }
        }
    }

    /// What becomes of the cursor's live value; `newest` of its key or not.
    #[inline]
    fn keep_value(&mut self, newest: bool) -> Result<Option<Given>> {
        let Some(entry) = self.cursor.entry() else {
            return Ok(None);
        };
        let (mut sequence, deadline_ms) = (entry.sequence, entry.deadline_ms);
        let unseen = self.stratum == self.options.snapshots.len();
        let decision = match &self.options.filter {
            Some(filter) if newest && unseen => {
                filter.filter(self.options.level, entry.key, entry.value)
            }
            _ => Decision::Keep,
        };
        if decision == Decision::Remove {
            return self.bury(sequence, Gone::Filtered);
        }
        if self.stratum == 0
            && sequence > 0
            && self.coverage.covering(&self.key, SEQUENCE_MAX) == 0
            && self.at_bottom()
        {
            sequence = 0;
            self.retained.sequences_forgotten += 1;
        }
        Ok(Some(match decision {
            Decision::Replace(value) => {
                self.replaced = value;
                self.retained.replaced += 1;
                Given::Replaced(sequence, deadline_ms)
            }
            Decision::Keep | Decision::Remove => Given::Entry(sequence),
        }))
    }

    /// What becomes of the cursor's entry, which counts as a tombstone.
    fn bury(&mut self, sequence: Sequence, gone: Gone) -> Result<Option<Given>> {
        if self.at_bottom() && (self.stratum == 0 || !self.look_for_older()?) {
            match gone {
                Gone::Deleted => self.retained.tombstones += 1,
                Gone::Expired => self.retained.expired += 1,
                Gone::Filtered => self.retained.filtered += 1,
            }
            return Ok(None);
        }
        match gone {
            Gone::Deleted => {}
            Gone::Expired => self.retained.expired_to_tombstone += 1,
            Gone::Filtered => self.retained.filtered_to_tombstone += 1,
        }
        Ok(Some(Given::Tombstone(sequence)))
    }

    /// Leaves the stratum; tells whether the next one has a version of the same key.
    fn look_for_older(&mut self) -> Result<bool> {
        self.stale = false;
        loop {
            self.cursor.next()?;
            match self.cursor.entry() {
                Some(entry) if entry.key == self.key.as_slice() => {
                    if !self.in_stratum(entry.sequence) {
                        return Ok(true);
                    }
                    self.retained.read += 1;
                    self.retained.hidden += 1;
                }
                _ => return Ok(false),
            }
        }
    }
}

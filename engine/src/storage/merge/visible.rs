//! What a reader sees of the merged entries at one snapshot and one moment.
//!
//! Versions come in, keys with their values go out: of each key within the bounds the newest version that the
//! snapshot sees, unless that is a tombstone, has expired, or lies under a newer range delete of the snapshot.
//!
//! One position, moved both ways:
//!
//! ```text
//! place            next() gives             prev() gives             where the cursor stands
//! Unplaced         the first                the last                 anywhere
//! Gap before key   the first at or after    the last before          anywhere
//! Forward          the one after            the one before           on the entry
//! Backward         the one after            the one before           before the entry's versions
//! BeforeFirst      the first                nothing                  anywhere
//! AfterLast        nothing                  the last                 anywhere
//! ```
//!
//! So `prev` after `next` gives the entry before the one that `next` gave, as RocksDB's iterators do, and a seek
//! costs nothing until a direction is known. A turn is a seek of the cursor.
//!
//! Forward, a key is copied once (to tell the older versions that follow), a value never. Backward, the newest
//! version of a key comes last, and only the entry after it tells so: a value up to [`COPIED_BYTES_MAX`] is
//! copied once, a longer one keeps its block alive instead. After [`STEPS_MAX`] hidden versions of one key the
//! cursor seeks past the rest (RocksDB's `max_sequential_skip_in_iterations`, whose default is also 8).

use bytes::Bytes;

use super::bounds::Bounds;
use super::range_deletes::{Coverage, RangeDeletes};
use crate::Result;
use crate::storage::cursor::Cursor;
use crate::storage::entry::{Entry, Kind, NEVER_MS, Sequence};

#[cfg(test)]
mod tests;

/// So many hidden versions of one key are stepped over before a seek is tried.
pub const STEPS_MAX: u32 = 8;

/// Backward, a value up to this size is copied rather than shared, bytes.
pub const COPIED_BYTES_MAX: usize = 512;

/// A key and its value.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// The keys and values of one snapshot within bounds.
#[derive(Debug)]
pub struct Visible<C> {
    cursor: C,
    snapshot: Sequence,
    now_ms: u64,
    bounds: Bounds,
    coverage: Coverage,
    place: Place,
    /// Of the entry it stands on, or where the gap is.
    key: Vec<u8>,
    /// The entry it stands on, going backward.
    saved: Saved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Unplaced,
    Gap,
    Forward,
    Backward,
    BeforeFirst,
    AfterLast,
}

/// A version that the cursor has left behind; its key is kept apart.
#[derive(Debug)]
struct Saved {
    sequence: Sequence,
    kind: Kind,
    deadline_ms: u64,
    value: SavedValue,
    /// The value, if copied. Kept between entries for its memory.
    copied: Vec<u8>,
}

#[derive(Debug)]
enum SavedValue {
    Copied,
    Shared(Bytes),
}

impl<C: Cursor> Visible<C> {
    /// What a reader at `snapshot` sees of `cursor`'s entries under `range_deletes`, within `bounds`. A value whose
    /// deadline is `now_ms` or earlier has expired. Not placed: `next` gives the first, `prev` the last.
    #[must_use]
    pub fn new<'a>(
        cursor: C,
        snapshot: Sequence,
        now_ms: u64,
        bounds: Bounds,
        range_deletes: impl IntoIterator<Item = &'a RangeDeletes>,
    ) -> Self {
        Self {
            cursor,
            snapshot,
            now_ms,
            bounds,
            coverage: Coverage::new(range_deletes),
            place: Place::Unplaced,
            key: Vec::new(),
            saved: Saved::default(),
        }
    }

    /// Moves to the gap before `key` (or before the first key of the bounds, or after the last): `next` then gives
    /// the first key that is not before `key`, and `prev` the last that is before it.
    pub fn seek(&mut self, key: &[u8]) {
        copy(&mut self.key, key);
        self.place = Place::Gap;
    }

    /// Moves to the gap after `key`: `next` then gives the first key after it, and `prev` the last that is not
    /// after it.
    pub fn seek_after(&mut self, key: &[u8]) {
        self.seek(key);
        self.key.push(0);
    }

    /// Moves before the first key.
    pub fn seek_first(&mut self) {
        self.place = Place::BeforeFirst;
    }

    /// Moves after the last key.
    pub fn seek_last(&mut self) {
        self.place = Place::AfterLast;
    }

    /// Moves to the next key and gives it with its value; none at the end.
    ///
    /// # Errors
    /// What the cursor reports. It is not placed afterwards.
    #[inline]
    #[expect(
        clippy::should_implement_trait,
        reason = "what it gives borrows from it: it cannot be an Iterator"
    )]
    pub fn next(&mut self) -> Result<Option<Pair<'_>>> {
        match self.forward() {
            Ok(true) => Ok(self.pair()),
            Ok(false) => {
                self.place = Place::AfterLast;
                Ok(None)
            }
            Err(error) => {
                self.place = Place::Unplaced;
                Err(error)
            }
        }
    }

    /// Moves to the key before and gives it with its value; none at the start.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    #[inline]
    pub fn prev(&mut self) -> Result<Option<Pair<'_>>> {
        match self.backward() {
            Ok(true) => {
                self.place = Place::Backward;
                Ok(self.pair())
            }
            Ok(false) => {
                self.place = Place::BeforeFirst;
                Ok(None)
            }
            Err(error) => {
                self.place = Place::Unplaced;
                Err(error)
            }
        }
    }

    /// The entry it stands on: what the last `next` or `prev` gave.
    #[inline]
    #[must_use]
    pub fn entry(&self) -> Option<Entry<'_>> {
        match self.place {
            Place::Forward => self.cursor.entry(),
            Place::Backward => Some(self.saved.entry(&self.key)),
            _ => None,
        }
    }

    /// The value it stands on, sharing memory with its block where there is one; empty where it stands on none.
    #[must_use]
    pub fn value(&self) -> Bytes {
        match (self.place, &self.saved.value) {
            (Place::Forward, _) => self.cursor.value(),
            (Place::Backward, SavedValue::Shared(value)) => value.clone(),
            (Place::Backward, SavedValue::Copied) => Bytes::copy_from_slice(&self.saved.copied),
            _ => Bytes::new(),
        }
    }

    #[inline]
    fn pair(&self) -> Option<Pair<'_>> {
        self.entry().map(|entry| (entry.key, entry.value))
    }

    /// Finds the next key that is visible. The place is `Forward` then.
    #[inline]
    fn forward(&mut self) -> Result<bool> {
        // Whether `self.key` is a key whose versions are all behind or to be skipped.
        let mut done = true;
        let mut steps = 0;
        if self.place == Place::Forward {
            self.cursor.next()?;
        } else {
            match self.enter_forward()? {
                Some(given) => done = given,
                None => return Ok(false),
            }
        }
        while let Some(entry) = self.cursor.entry() {
            if done && entry.key == self.key.as_slice() {
                steps += 1;
                if steps > STEPS_MAX {
                    // Lands on sequence 0 of this key if there is one, else past it.
                    self.cursor.seek(&self.key, 0)?;
                    steps = 0;
                    if self
                        .cursor
                        .entry()
                        .is_none_or(|entry| entry.key != self.key.as_slice())
                    {
                        continue;
                    }
                }
                self.cursor.next()?;
                continue;
            }
            if self.bounds.is_past(entry.key) {
                return Ok(false);
            }
            if entry.sequence > self.snapshot {
                if !done && entry.key == self.key.as_slice() {
                    steps += 1;
                } else {
                    copy(&mut self.key, entry.key);
                    (done, steps) = (false, 1);
                }
                if steps > STEPS_MAX {
                    self.cursor.seek(&self.key, self.snapshot)?;
                    steps = 0;
                } else {
                    self.cursor.next()?;
                }
                continue;
            }
            // The newest version that the snapshot sees.
            copy(&mut self.key, entry.key);
            if entry.kind == Kind::Put
                && !expired(entry.deadline_ms, self.now_ms)
                && (self.coverage.is_empty()
                    || self.coverage.covering(entry.key, self.snapshot) <= entry.sequence)
            {
                self.place = Place::Forward;
                return Ok(true);
            }
            (done, steps) = (true, 0);
            self.cursor.next()?;
        }
        Ok(false)
    }

    /// Places the cursor for a way forward that does not go on from one. Gives whether the versions of
    /// `self.key` are done with; none where nothing can follow.
    fn enter_forward(&mut self) -> Result<Option<bool>> {
        let from = self.bounds.from();
        match self.place {
            Place::AfterLast => return Ok(None),
            Place::Backward => {
                self.cursor.seek(&self.key, 0)?;
                return Ok(Some(true));
            }
            Place::Gap if from < self.key.as_slice() => {
                self.cursor.seek(&self.key, self.snapshot)?;
            }
            _ if from.is_empty() => self.cursor.seek_first()?,
            _ => self.cursor.seek(from, self.snapshot)?,
        }
        Ok(Some(false))
    }

    /// Finds the key before that is visible, into `self.key` and `self.saved`.
    fn backward(&mut self) -> Result<bool> {
        if !self.enter_backward()? {
            return Ok(false);
        }
        let mut newer = 0;
        while let Some(entry) = self.cursor.entry() {
            if self.bounds.is_before(entry.key) {
                return Ok(false);
            }
            if entry.sequence > self.snapshot {
                // What the snapshot sees of this key, if anything, has come already: its older versions do.
                if newer > 0 && entry.key == self.key.as_slice() {
                    newer += 1;
                } else {
                    copy(&mut self.key, entry.key);
                    newer = 1;
                }
                if newer > STEPS_MAX {
                    self.cursor.seek_before(&self.key)?;
                    newer = 0;
                } else {
                    self.cursor.prev()?;
                }
                continue;
            }
            newer = 0;
            copy(&mut self.key, entry.key);
            self.save_newest_visible()?;
            if self.saved.kind == Kind::Put
                && !expired(self.saved.deadline_ms, self.now_ms)
                && (self.coverage.is_empty()
                    || self.coverage.covering(&self.key, self.snapshot) <= self.saved.sequence)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Places the cursor for a way backward; tells whether something can come.
    fn enter_backward(&mut self) -> Result<bool> {
        let to = self.bounds.to();
        let key = self.key.as_slice();
        match (self.place, to) {
            (Place::BeforeFirst, _) => return Ok(false),
            (Place::Backward, _) => {}
            (Place::Forward, _) => self.cursor.seek_before(key)?,
            (Place::Gap, None) => self.cursor.seek_before(key)?,
            (Place::Gap, Some(to)) => self.cursor.seek_before(key.min(to))?,
            (Place::Unplaced | Place::AfterLast, Some(to)) => self.cursor.seek_before(to)?,
            (Place::Unplaced | Place::AfterLast, None) => self.cursor.seek_last()?,
        }
        Ok(true)
    }

    /// The cursor stands on the oldest version of `self.key`, which the snapshot sees: saves the newest that it
    /// sees, and leaves the cursor before it.
    fn save_newest_visible(&mut self) -> Result<()> {
        for _ in 0..STEPS_MAX {
            self.saved.save(&self.cursor);
            self.cursor.prev()?;
            match self.cursor.entry() {
                Some(entry)
                    if entry.sequence <= self.snapshot && entry.key == self.key.as_slice() => {}
                _ => return Ok(()),
            }
        }
        self.cursor.seek(&self.key, self.snapshot)?;
        self.saved.save(&self.cursor);
        self.cursor.seek_before(&self.key)
    }
}

impl Saved {
    fn entry<'a>(&'a self, key: &'a [u8]) -> Entry<'a> {
        Entry {
            key,
            sequence: self.sequence,
            kind: self.kind,
            deadline_ms: self.deadline_ms,
            value: match &self.value {
                SavedValue::Copied => &self.copied,
                SavedValue::Shared(value) => value,
            },
        }
    }

    #[inline]
    fn save<C: Cursor>(&mut self, cursor: &C) {
        let Some(entry) = cursor.entry() else {
            return;
        };
        self.sequence = entry.sequence;
        self.kind = entry.kind;
        self.deadline_ms = entry.deadline_ms;
        if entry.value.len() <= COPIED_BYTES_MAX {
            copy(&mut self.copied, entry.value);
            self.value = SavedValue::Copied;
        } else {
            self.value = SavedValue::Shared(cursor.value());
        }
    }
}

impl Default for Saved {
    fn default() -> Self {
        Self {
            sequence: 0,
            kind: Kind::Delete,
            deadline_ms: NEVER_MS,
            value: SavedValue::Copied,
            copied: Vec::new(),
        }
    }
}

/// Whether a value of this deadline counts as deleted.
#[inline]
pub(super) fn expired(deadline_ms: u64, now_ms: u64) -> bool {
    deadline_ms <= now_ms && deadline_ms != NEVER_MS
}

#[inline]
fn copy(to: &mut Vec<u8>, from: &[u8]) {
    to.clear();
    to.extend_from_slice(from);
}

//! What one actor has added to a counter, as far as a state knows.
//!
//! ```text
//!    increments of one actor, by dot:   1   2   3   4   5   6   7
//!    with a token                       t       t       t   t
//!                                       '-folded-'      '-recent-'     one sum, up to a dot, and single entries
//!    without                                2       4           7      one sum, up to the actor's latest dot
//! ```
//!
//! A share is two things that grow, each in a line: what its actor wrote, which only the actor adds to and which
//! `at` numbers; and how far it is folded, which `upto` numbers. The join takes the further of each and drops the
//! entries that are folded by then. A mark that an entry is another's copy is never taken back. So the join of
//! shares is a semilattice, whoever folds, and whenever.

use std::collections::BTreeMap;

use super::wire::{STAMP_BYTES_MAX, VARINT_BYTES_MAX};
use crate::base::codec::{Reader, put_signed, put_varint};
use crate::causal::{Stamp, Token};
use crate::{Error, Result};

/// What was added and what was taken away; both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    plus: u64,
    minus: u64,
}

/// One increment with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) token: Token,
    pub(super) delta: i64,
    pub(super) stamp: Stamp,
    /// True when it was seen that another entry with this token counts instead.
    pub(super) copy: bool,
}

/// One actor's part of a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Share {
    /// The counter of the actor's latest dot here.
    at: u64,
    /// Increments without a token.
    direct: Sums,
    /// Entries up to this dot's counter are folded.
    upto: u64,
    /// Their sum, copies left out.
    folded: Sums,
    /// Entries above `upto`, by their dot's counter.
    recent: BTreeMap<u64, Entry>,
}

impl Sums {
    fn add(&mut self, delta: i64) {
        // Share::refuse_overflow has looked; forged sums stand still rather than wrap.
        let side = if delta < 0 {
            &mut self.minus
        } else {
            &mut self.plus
        };
        *side = side.saturating_add(delta.unsigned_abs());
    }

    /// Two folds up to one dot differ where one of them knew of more copies, and so counted less.
    fn least(self, other: Self) -> Self {
        Self {
            plus: self.plus.min(other.plus),
            minus: self.minus.min(other.minus),
        }
    }

    fn net(self) -> i128 {
        i128::from(self.plus) - i128::from(self.minus)
    }

    fn encode(self, out: &mut Vec<u8>) {
        put_varint(out, self.plus);
        put_varint(out, self.minus);
    }

    fn decode(input: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            plus: input.varint()?,
            minus: input.varint()?,
        })
    }
}

impl Share {
    /// The share of an actor that now makes its first change here, under dot `counter`. What it wrote before
    /// that was deleted, and stays so: it counts as folded, to nothing.
    pub(super) fn before(counter: u64) -> Self {
        let before = counter.saturating_sub(1);
        Self {
            at: before,
            direct: Sums::default(),
            upto: before,
            folded: Sums::default(),
            recent: BTreeMap::new(),
        }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn recent(&self) -> &BTreeMap<u64, Entry> {
        &self.recent
    }

    pub(super) fn recent_mut(&mut self) -> &mut BTreeMap<u64, Entry> {
        &mut self.recent
    }

    /// What it adds to the counter, recent entries left out.
    pub(super) fn settled(&self) -> i128 {
        self.direct.net() + self.folded.net()
    }

    pub(super) fn only_grows(&self) -> bool {
        let entries_grow = self.recent.values().all(|entry| entry.delta >= 0);
        self.direct.minus == 0 && self.folded.minus == 0 && entries_grow
    }

    /// Checks that all of this share and `delta` can be folded into one sum.
    pub(super) fn refuse_overflow(&self, delta: i64) -> Result<()> {
        let side = |sums: Sums| if delta < 0 { sums.minus } else { sums.plus };
        let same_side = |entry: &&Entry| (entry.delta < 0) == (delta < 0);
        let recent = self.recent.values().filter(same_side);
        let total = recent
            .map(|entry| u128::from(entry.delta.unsigned_abs()))
            .sum::<u128>()
            + u128::from(side(self.direct))
            + u128::from(side(self.folded))
            + u128::from(delta.unsigned_abs());
        if u64::try_from(total).is_ok() {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "adding {delta} takes this node's part of the counter past 64 bits: add less"
        )))
    }

    /// Adds `delta` under dot `counter`, as an entry of its own where it has a token.
    pub(super) fn add(&mut self, counter: u64, delta: i64, entry: Option<Entry>) {
        debug_assert!(counter > self.at, "a dot is given once");
        self.at = counter;
        match entry {
            Some(entry) => _ = self.recent.insert(counter, entry),
            None => self.direct.add(delta),
        }
    }

    /// How many entries [`Share::fold`] would fold.
    pub(super) fn foldable(&self, before_ms: u64) -> usize {
        let old = |entry: &&Entry| entry.stamp.wall_ms < before_ms;
        self.recent.values().take_while(old).count()
    }

    /// Folds the entries that are older than `before_ms`, in the order of their dots, up to the first that is not.
    pub(super) fn fold(&mut self, before_ms: u64) {
        while let Some(first) = self.recent.first_entry() {
            if first.get().stamp.wall_ms >= before_ms {
                break;
            }
            let (counter, entry) = first.remove_entry();
            self.upto = counter;
            if !entry.copy {
                self.folded.add(entry.delta);
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.upto > self.upto {
            (self.upto, self.folded) = (other.upto, other.folded);
        } else if other.upto == self.upto {
            self.folded = self.folded.least(other.folded);
        }
        if other.at > self.at {
            (self.at, self.direct) = (other.at, other.direct);
            let mine = core::mem::replace(&mut self.recent, other.recent.clone());
            self.take_marks(&mine);
        } else {
            self.take_marks(&other.recent);
        }
        let upto = self.upto;
        self.recent.retain(|counter, _| *counter > upto);
    }

    fn take_marks(&mut self, from: &BTreeMap<u64, Entry>) {
        for (counter, _) in from.iter().filter(|(_, entry)| entry.copy) {
            if let Some(entry) = self.recent.get_mut(counter) {
                entry.copy = true;
            }
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        // at, upto, four sums, the count; then counter, token, delta, stamp and mark of each entry.
        7 * VARINT_BYTES_MAX + self.recent.len() * (3 * VARINT_BYTES_MAX + STAMP_BYTES_MAX + 1)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.at);
        self.direct.encode(out);
        put_varint(out, self.upto);
        self.folded.encode(out);
        put_varint(out, self.recent.len() as u64);
        for (&counter, entry) in &self.recent {
            put_varint(out, counter);
            put_varint(out, entry.token.0);
            put_signed(out, entry.delta);
            entry.stamp.encode(out);
            out.push(u8::from(entry.copy));
        }
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let at = input.varint()?;
        let direct = Sums::decode(input)?;
        let upto = input.varint()?;
        let folded = Sums::decode(input)?;
        let mut recent = BTreeMap::new();
        for _ in 0..input.varint()? {
            let counter = input.varint()?;
            let entry = Entry {
                token: Token(input.varint()?),
                delta: input.signed()?,
                stamp: Stamp::decode(input)?,
                copy: input.byte()? != 0,
            };
            if counter <= upto || counter > at {
                return Err(Error::corruption(format!(
                    "an increment {counter} that is folded, or not yet written"
                )));
            }
            recent.insert(counter, entry);
        }
        if at == 0 || upto > at {
            return Err(Error::corruption(format!("{upto} of {at} dots folded")));
        }
        Ok(Self {
            at,
            direct,
            upto,
            folded,
            recent,
        })
    }
}

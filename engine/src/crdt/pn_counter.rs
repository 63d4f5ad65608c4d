//! A counter up and down, in which a retry counts once.
//!
//! Each actor has a [`Share`] that it alone adds to; the value is the sum of all shares (Shapiro et al. 2011, "A
//! comprehensive study", section 3.1.3). There a PN-counter is two G-counters, one of what was added and one of what
//! was taken away. Here the two sums of an actor stand in one share under one progress mark: after a delete they
//! cannot come back apart.
//!
//! **What a token promises.** An increment whose client got no answer is tried again, perhaps at another node, and
//! both tries may have been applied before the nodes meet. Increments with a token are therefore remembered singly;
//! of those with one token the one with the least dot counts, whichever side is read. That is exact as long as the
//! entries stand. They are folded into sums when they are older than [`IDEMPOTENCY_WINDOW_MS`] against the stamp of
//! the update at hand. Hence:
//!
//! - **An increment with a token counts once** if, within the window, every try of it is made and reaches the nodes
//!   that applied the others, and if no node goes on updating the counter for [`COUNTER_ADOPT_MS`] without hearing
//!   of them. (Less what clocks differ by: a minute at most with hybrid stamps.)
//! - **It is never lost**, whatever happens.
//! - A partition that outlasts the window, with a try on either side of it, counts both. No bounded memory can tell a
//!   forgotten token from a new one.
//!
//! Why no increment is lost, and why one that was folded is not counted beside its copy: an entry is marked as a
//! copy only in sight of one with a lesser dot, so the least of all is never marked; and an update marks what it
//! sees before it folds, so when the least is folded with its amount the others stand marked, and are folded as
//! zero. An actor folds its own entries. After [`COUNTER_ADOPT_MS`] everybody does: a restarted node is another
//! actor, and what its former life left must not fill the counter for ever.

use std::collections::BTreeMap;

use super::change::Origin;
use super::share::{Entry, Share};
use super::wire::{DOT_BYTES_MAX, VARINT_BYTES_MAX};
use crate::base::codec::{Reader, put_varint};
use crate::base::limits::{
    ACTORS_MAX, COUNTER_ADOPT_MS, COUNTER_RECENT_MAX, IDEMPOTENCY_WINDOW_MS,
};
use crate::causal::{Actor, Dot, Token};
use crate::{Error, Result};

/// A counter up and down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PnCounter {
    shares: BTreeMap<Actor, Share>,
}

impl PnCounter {
    /// The value. Each share fits 65 bits with its sign, so the sum cannot overflow.
    #[must_use]
    pub fn sum(&self) -> i128 {
        let settled: i128 = self.shares.values().map(Share::settled).sum();
        let counting = self.counting();
        let entries = self.entries().filter(|(dot, entry)| {
            // A marked entry whose counterpart is gone: that one was folded.
            !entry.copy && counting.get(&entry.token) == Some(dot)
        });
        settled
            + entries
                .map(|(_, entry)| i128::from(entry.delta))
                .sum::<i128>()
    }

    fn entries(&self) -> impl Iterator<Item = (Dot, &Entry)> {
        self.shares.iter().flat_map(|(&actor, share)| {
            let dot = move |counter| Dot { actor, counter };
            let entries = share.recent().iter();
            entries.map(move |(&counter, entry)| (dot(counter), entry))
        })
    }

    /// The least dot of each token in sight.
    fn counting(&self) -> BTreeMap<Token, Dot> {
        let mut counting = BTreeMap::new();
        for (dot, entry) in self.entries() {
            // Entries come in the order of their dots.
            counting.entry(entry.token).or_insert(dot);
        }
        counting
    }

    pub(super) fn add(&mut self, delta: i64, origin: &Origin) -> Result<()> {
        let Dot { actor, counter } = origin.dot;
        let share = self.shares.get(&actor);
        if share.map_or(0, Share::at) >= counter {
            return Err(Error::invalid(format!(
                "dot {} was given before: a change needs a fresh one",
                origin.dot
            )));
        }
        if let Some(token) = origin.token
            && let Some((_, first)) = self.entries().find(|(_, entry)| entry.token == token)
        {
            return refuse_other_amount(first, delta);
        }
        self.refuse_overload(origin)?;
        if let Some(share) = share {
            share.refuse_overflow(delta)?;
        }
        self.mark_copies();
        for (&of, share) in &mut self.shares {
            share.fold(fold_before_ms(of, origin));
        }
        let entry = origin.token.map(|token| Entry {
            token,
            delta,
            stamp: origin.stamp,
            copy: false,
        });
        let share = self.shares.entry(actor);
        share
            .or_insert_with(|| Share::before(counter))
            .add(counter, delta, entry);
        Ok(())
    }

    fn refuse_overload(&self, origin: &Origin) -> Result<()> {
        let overloaded = |detail| Err(Error::Overloaded { detail });
        if !self.shares.contains_key(&origin.dot.actor) && self.shares.len() >= ACTORS_MAX {
            return overloaded(format!("{ACTORS_MAX} actors have written this counter"));
        }
        if origin.token.is_none() {
            return Ok(());
        }
        let left = |(&of, share): (&Actor, &Share)| {
            share.recent().len() - share.foldable(fold_before_ms(of, origin))
        };
        if self.shares.iter().map(left).sum::<usize>() >= COUNTER_RECENT_MAX {
            return overloaded(format!(
                "{COUNTER_RECENT_MAX} increments with a token stand in this counter, of the last \
                 {} minutes or of nodes that were silent since; add without a token, or later",
                IDEMPOTENCY_WINDOW_MS / 60_000
            ));
        }
        Ok(())
    }

    /// Marks every entry that does not count, so that it is known when the one that does is folded.
    fn mark_copies(&mut self) {
        let counting = self.counting();
        for (&actor, share) in &mut self.shares {
            for (&counter, entry) in share.recent_mut() {
                if counting.get(&entry.token) != Some(&Dot { actor, counter }) {
                    entry.copy = true;
                }
            }
        }
    }

    pub(super) fn only_grows(&self) -> bool {
        self.shares.values().all(Share::only_grows)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (&actor, theirs) in &other.shares {
            match self.shares.get_mut(&actor) {
                Some(mine) => mine.merge(theirs),
                None => _ = self.shares.insert(actor, theirs.clone()),
            }
        }
    }

    pub(super) fn bytes_at_most(&self) -> usize {
        let share = |share: &Share| DOT_BYTES_MAX + share.bytes_at_most();
        VARINT_BYTES_MAX + self.shares.values().map(share).sum::<usize>()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.shares.len() as u64);
        for (actor, share) in &self.shares {
            actor.encode(out);
            share.encode(out);
        }
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        let mut shares = BTreeMap::new();
        for _ in 0..input.varint()? {
            let actor = Actor::decode(input)?;
            shares.insert(actor, Share::decode(input)?);
        }
        Ok(Self { shares })
    }
}

/// Entries of `of` with a stamp before this are folded by an update of `origin`.
fn fold_before_ms(of: Actor, origin: &Origin) -> u64 {
    let age_ms = if of == origin.dot.actor {
        IDEMPOTENCY_WINDOW_MS
    } else {
        COUNTER_ADOPT_MS
    };
    origin.stamp.wall_ms.saturating_sub(age_ms)
}

/// A token that was seen is a retry, which has nothing left to do.
fn refuse_other_amount(first: &Entry, delta: i64) -> Result<()> {
    if first.delta == delta {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "this token came with {} before and comes with {delta} now: give each increment its own",
        first.delta
    )))
}

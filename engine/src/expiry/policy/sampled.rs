//! The best of a few: Redis' way to evict without an order of all entries.
//!
//! Each entry keeps a mark of a few bytes: when it was used last, how often, or when it expires. To find a
//! victim, a few entries are drawn at random (5 by default), join the best 16 of earlier draws (the pool), and the
//! best of all goes:
//!
//! ```text
//!   all entries --draw 5--> [ pool of the 16 best so far ] --best--> victim
//! ```
//!
//! A hit writes one mark and no link, and an entry costs 16 bytes instead of a place in a list. What it gives up:
//! the victim is only likely to be old. With 10 samples the choice comes close to exact LRU (Redis documentation,
//! "Key eviction").
//!
//! Two differences to Redis, both towards the better victim: draws are independent (Redis takes neighbours in
//! its hash table), and the pool's scores are computed anew each time (Redis keeps the score of the day of the
//! draw, so that an entry may be evicted although it was used since).

use core::fmt::Debug;

use super::{EvictionPolicy, Item, Scope, Slot};
use crate::base::rng::Rng;
use crate::expiry::members::Members;

/// Entries drawn for each victim unless said otherwise (`maxmemory-samples`).
pub const SAMPLES_USUAL: usize = 5;
/// The most entries drawn for each victim.
pub const SAMPLES_MAX: usize = 64;
/// Candidates kept from one draw to the next.
pub const POOL_ENTRIES: usize = 16;

/// What makes an entry a good victim.
pub trait Rank: Debug + Send {
    /// What is kept for each entry.
    type Mark: Copy + Debug + Default + Send;

    /// The name of the policy.
    fn name(&self) -> &'static str;

    /// The mark of a new entry.
    fn insert(&mut self, item: Item, now_ms: u64) -> Self::Mark;

    /// The mark after one more use.
    fn hit(&mut self, mark: Self::Mark, now_ms: u64) -> Self::Mark;

    /// The mark after the entry was overwritten.
    fn update(&mut self, mark: Self::Mark, item: Item, now_ms: u64) -> Self::Mark;

    /// How good a victim the entry is: the highest goes.
    fn score(&self, mark: Self::Mark, now_ms: u64) -> u64;
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Sampled<R: Rank> {
    rank: R,
    scope: Scope,
    samples: usize,
    members: Members,
    marks: Vec<R::Mark>,
    /// Candidates, the best first.
    pool: Vec<(u64, Slot)>,
    rng: Rng,
}

impl<R: Rank> Sampled<R> {
    /// Draws `samples` entries (1 to [`SAMPLES_MAX`]; beyond that, the nearest) of its scope for each victim.
    #[must_use]
    pub fn new(rank: R, scope: Scope, samples: usize, rng: Rng) -> Self {
        Self {
            rank,
            scope,
            samples: samples.clamp(1, SAMPLES_MAX),
            members: Members::default(),
            marks: Vec::new(),
            pool: Vec::with_capacity(POOL_ENTRIES + SAMPLES_MAX),
            rng,
        }
    }

    fn join(&mut self, slot: Slot, mark: R::Mark) {
        let index = slot as usize;
        if index >= self.marks.len() {
            self.marks.resize(index + 1, R::Mark::default());
        }
        self.marks[index] = mark;
        self.members.insert(slot);
    }
}

impl<R: Rank> EvictionPolicy for Sampled<R> {
    fn name(&self) -> &'static str {
        self.rank.name()
    }

    fn on_insert(&mut self, slot: Slot, item: Item, now_ms: u64) {
        if self.scope.covers(item) {
            let mark = self.rank.insert(item, now_ms);
            self.join(slot, mark);
        }
    }

    #[inline]
    fn on_hit(&mut self, slot: Slot, now_ms: u64) {
        // A slot outside the scope may have a mark from an earlier tenant; nobody reads it.
        if let Some(mark) = self.marks.get_mut(slot as usize) {
            *mark = self.rank.hit(*mark, now_ms);
        }
    }

    fn on_update(&mut self, slot: Slot, item: Item, now_ms: u64) {
        match (self.scope.covers(item), self.members.contains(slot)) {
            (true, true) => {
                let mark = &mut self.marks[slot as usize];
                *mark = self.rank.update(*mark, item, now_ms);
            }
            (true, false) => self.on_insert(slot, item, now_ms),
            (false, true) => self.on_remove(slot),
            (false, false) => {}
        }
    }

    fn on_remove(&mut self, slot: Slot) {
        if self.members.remove(slot) {
            self.pool.retain(|(_, pooled)| *pooled != slot);
        }
    }

    fn victim(&mut self, _incoming: Item, now_ms: u64) -> Option<Slot> {
        for _ in 0..self.samples {
            let slot = self.members.draw(&mut self.rng)?;
            if self.pool.iter().all(|(_, pooled)| *pooled != slot) {
                self.pool.push((0, slot));
            }
        }
        for (score, slot) in &mut self.pool {
            *score = self.rank.score(self.marks[*slot as usize], now_ms);
        }
        self.pool
            .sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        self.pool.truncate(POOL_ENTRIES);
        self.pool.first().map(|(_, slot)| *slot)
    }

    fn len(&self) -> usize {
        self.members.len()
    }
}

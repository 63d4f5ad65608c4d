//! Active expiry: how expired entries are found that nobody asks for.
//!
//! | way | finds | costs |
//! |---|---|---|
//! | timing wheel | every due entry, in order | 24 bytes an entry with a deadline, constant time each |
//! | sampling | some, until few of a sample are stale | 8 bytes an entry with a deadline, a draw each |
//!
//! Sampling is Redis' way: draw 20 keys that have a deadline, remove the stale ones, and go on while more than 10% of
//! the sample were. It says nothing of which keys are left: a sample of 20 is noisy, so that a cycle often ends long
//! before 10% is reached (`cargo run --release -p kvorum --example eviction`).

use super::{ByteCache, Gone};
use crate::base::rng::Rng;
use crate::expiry::Slot;
use crate::expiry::members::Members;
use crate::expiry::wheel::Wheel;

/// Keys of one sample (Redis' `ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP`).
pub const CYCLE_SAMPLE_KEYS: usize = 20;
/// A cycle goes on while more of a sample than this was stale, percent (Redis'
/// `ACTIVE_EXPIRE_CYCLE_ACCEPTABLE_STALE`).
pub const CYCLE_STALE_PERCENT_MAX: usize = 10;
/// Entries that one call examines unless said otherwise: a millisecond's work or so. Redis bounds its cycle by time,
/// 25% of a core; a core without a clock bounds it by work.
pub const EXPIRE_ENTRIES_USUAL: usize = 10_000;

/// How expired entries are found that nobody asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActiveExpiry {
    /// A timing wheel of all deadlines.
    #[default]
    Wheel,
    /// Samples of [`CYCLE_SAMPLE_KEYS`], repeated while more than [`CYCLE_STALE_PERCENT_MAX`] percent are stale.
    Sampling,
}

/// What one call of active expiry did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Entries looked at.
    pub examined: usize,
    /// Entries removed.
    pub expired: usize,
    /// True when it stopped for want of work: the wheel holds nothing due, or the last sample was fresh enough. False
    /// when it stopped at its bound.
    pub is_idle: bool,
}

/// The entries that have a deadline.
#[derive(Debug)]
pub(super) enum Tracker {
    Wheel(Wheel),
    Sampling { members: Members, rng: Rng },
}

impl Tracker {
    pub(super) fn new(way: ActiveExpiry, rng: Rng) -> Self {
        match way {
            ActiveExpiry::Wheel => Self::Wheel(Wheel::new(0)),
            ActiveExpiry::Sampling => Self::Sampling {
                members: Members::default(),
                rng,
            },
        }
    }

    pub(super) fn insert(&mut self, slot: Slot, deadline_ms: u64) {
        match self {
            Self::Wheel(wheel) => wheel.insert(deadline_ms, slot),
            Self::Sampling { members, .. } => {
                members.insert(slot);
            }
        }
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        match self {
            Self::Wheel(wheel) => wheel.cancel(slot),
            Self::Sampling { members, .. } => members.remove(slot),
        };
    }

    /// An entry that is due, when the way can name one without a search.
    pub(super) fn pop_due(&mut self, now_ms: u64) -> Option<Slot> {
        match self {
            Self::Wheel(wheel) => wheel.pop_due(now_ms).map(|due| due.id),
            Self::Sampling { .. } => None,
        }
    }

    /// At most `entries_max` entries at random: all of them when they are few.
    fn sample(&mut self, entries_max: usize) -> Vec<Slot> {
        match self {
            Self::Sampling { members, .. } if members.len() <= entries_max => {
                members.as_slice().to_vec()
            }
            Self::Sampling { members, rng } => {
                (0..entries_max).filter_map(|_| members.draw(rng)).collect()
            }
            Self::Wheel(_) => Vec::new(),
        }
    }
}

impl ByteCache {
    /// Reclaims expired entries that nobody asks for, looking at no more than `entries_max` of them
    /// ([`EXPIRE_ENTRIES_USUAL`] suits a call ten times a second).
    pub fn expire_due(&mut self, now_ms: u64, entries_max: usize) -> Sweep {
        match self.tracker {
            Tracker::Wheel(_) => self.expire_from_wheel(now_ms, entries_max),
            Tracker::Sampling { .. } => self.expire_by_samples(now_ms, entries_max),
        }
    }

    fn expire_from_wheel(&mut self, now_ms: u64, entries_max: usize) -> Sweep {
        let mut sweep = Sweep::default();
        while sweep.examined < entries_max {
            let Some(slot) = self.tracker.pop_due(now_ms) else {
                sweep.is_idle = true;
                break;
            };
            self.remove(slot, Gone::ExpiredActively);
            sweep.examined += 1;
            sweep.expired += 1;
        }
        sweep
    }

    fn expire_by_samples(&mut self, now_ms: u64, entries_max: usize) -> Sweep {
        let mut sweep = Sweep::default();
        while sweep.examined < entries_max {
            let keys = CYCLE_SAMPLE_KEYS.min(entries_max - sweep.examined);
            let sample = self.tracker.sample(keys);
            let mut stale = 0;
            for slot in &sample {
                // A slot may be drawn twice; by the second time its entry may be gone.
                if self.entries.holds(*slot) && self.entries.get(*slot).deadline_ms <= now_ms {
                    self.remove(*slot, Gone::ExpiredActively);
                    stale += 1;
                }
            }
            sweep.examined += sample.len();
            sweep.expired += stale;
            if stale * 100 <= sample.len() * CYCLE_STALE_PERCENT_MAX {
                sweep.is_idle = true;
                break;
            }
        }
        sweep
    }
}

//! Which block leaves next: the policies of [`expiry`](crate::expiry::policy), chosen by name.

use crate::expiry::policy::{Clock, EvictionPolicy, Item, Lru, S3Fifo, Slot, WTinyLfu};

/// How the cache chooses the block that makes room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CachePolicy {
    /// Three queues: a scan passes through the smallest and leaves the rest alone
    /// ([`S3Fifo`]).
    #[default]
    S3Fifo,
    /// The block that was asked for longest ago ([`Lru`]).
    Lru,
    /// Second chance ([`Clock`]).
    Clock,
    /// A newcomer must have been asked for more often than what it would drive out ([`WTinyLfu`]).
    TinyLfu,
}

/// The policy of one shard. A match instead of a virtual call: a hit is a few instructions.
#[derive(Debug)]
pub(super) enum Eviction {
    S3Fifo(S3Fifo),
    Lru(Lru),
    Clock(Clock),
    TinyLfu(Box<WTinyLfu>),
}

/// Blocks have no deadlines, so the policies need no time.
const NO_TIME_MS: u64 = 0;

impl Eviction {
    pub(super) fn new(policy: CachePolicy, capacity_bytes: usize) -> Self {
        match policy {
            CachePolicy::S3Fifo => Self::S3Fifo(S3Fifo::new(capacity_bytes as u64)),
            CachePolicy::Lru => Self::Lru(Lru::default()),
            CachePolicy::Clock => Self::Clock(Clock::default()),
            CachePolicy::TinyLfu => Self::TinyLfu(Box::new(WTinyLfu::new(capacity_bytes as u64))),
        }
    }

    fn policy(&mut self) -> &mut dyn EvictionPolicy {
        match self {
            Self::S3Fifo(policy) => policy,
            Self::Lru(policy) => policy,
            Self::Clock(policy) => policy,
            Self::TinyLfu(policy) => policy.as_mut(),
        }
    }

    #[inline]
    pub(super) fn on_hit(&mut self, slot: Slot) {
        match self {
            Self::S3Fifo(policy) => policy.on_hit(slot, NO_TIME_MS),
            Self::Lru(policy) => policy.on_hit(slot, NO_TIME_MS),
            Self::Clock(policy) => policy.on_hit(slot, NO_TIME_MS),
            Self::TinyLfu(policy) => policy.on_hit(slot, NO_TIME_MS),
        }
    }

    pub(super) fn on_insert(&mut self, slot: Slot, item: Item) {
        self.policy().on_insert(slot, item, NO_TIME_MS);
    }

    /// Names the block that makes room for `incoming` and lets it go; None where none goes for it. A victim
    /// that `touched` says was read behind the policy's back counts as hit, and another is named. Asking
    /// takes the touch away; where readers touch blocks faster than that, the last of `tries` goes anyway.
    pub(super) fn evict_for(
        &mut self,
        incoming: Item,
        tries: usize,
        mut touched: impl FnMut(Slot) -> bool,
    ) -> Option<Slot> {
        let policy = self.policy();
        let mut victim = policy.victim(incoming, NO_TIME_MS)?;
        for _ in 1..tries {
            if !touched(victim) {
                break;
            }
            policy.on_hit(victim, NO_TIME_MS);
            victim = policy.victim(incoming, NO_TIME_MS)?;
        }
        if !policy.admit(incoming, victim) {
            return None;
        }
        policy.on_evict(victim);
        Some(victim)
    }
}

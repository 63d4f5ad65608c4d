//! Making room within the budget, and the books of what is held.

use super::{ByteCache, ENTRY_OVERHEAD_BYTES, Gone};
use crate::base::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::expiry::policy::{Item, Scope};
use crate::expiry::{NEVER_MS, Slot};
use crate::{Error, Result};

impl ByteCache {
    pub(super) fn check_sizes(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let bytes = key.len() + value.len() + ENTRY_OVERHEAD_BYTES;
        let budget_bytes = usize::try_from(self.budget_bytes).unwrap_or(usize::MAX);
        let limits = [
            ("a key", key.len(), KEY_BYTES_MAX),
            ("a value", value.len(), VALUE_BYTES_MAX),
            ("a cache entry with its overhead", bytes, budget_bytes),
        ];
        let past = limits.into_iter().find(|(_, actual, limit)| actual > limit);
        past.map_or(Ok(()), |(what, actual, limit)| {
            Err(Error::TooLarge {
                what,
                actual,
                limit,
            })
        })
    }

    /// The slot of `key`, unless it has expired: then it is removed.
    pub(super) fn live(&mut self, key: &[u8], now_ms: u64) -> Option<Slot> {
        let slot = self.entries.find(self.entries.hash(key), key)?;
        if self.entries.get(slot).deadline_ms > now_ms {
            return Some(slot);
        }
        self.remove(slot, Gone::ExpiredLazily);
        None
    }

    /// Makes room for `item` under `key`: what is due goes first, then the policy's victims. False when the policy
    /// refuses the newcomer.
    pub(super) fn make_room(&mut self, key: &[u8], item: Item, now_ms: u64) -> Result<bool> {
        let incoming = u64::from(item.weight_bytes);
        loop {
            let own = self.entries.find(item.key_hash, key);
            let after = self.bytes - self.weight(own) + incoming;
            if after <= self.budget_bytes {
                return Ok(true);
            }
            if let Some(slot) = self.tracker.pop_due(now_ms) {
                self.remove(slot, Gone::ExpiredActively);
                continue;
            }
            if after - self.evictable_beside(own) > self.budget_bytes {
                return Err(self.overloaded(after));
            }
            let policy = self.policy.as_mut();
            let Some((victim, policy)) =
                policy.and_then(|policy| Some((policy.victim(item, now_ms)?, policy)))
            else {
                return Err(self.overloaded(after));
            };
            if !self.entries.holds(victim) {
                let name = policy.name();
                return Err(Error::invalid(format!(
                    "policy {name} named slot {victim} as its victim, where no entry is: name a slot that was inserted and not removed since"
                )));
            }
            if own.is_none() && !policy.admit(item, victim) {
                return Ok(false);
            }
            self.remove(victim, Gone::Evicted);
        }
    }

    fn weight(&self, slot: Option<Slot>) -> u64 {
        slot.map_or(0, |slot| u64::from(self.entries.get(slot).weight_bytes()))
    }

    /// What the policy could free, without the entry that is to be replaced.
    fn evictable_beside(&self, own: Option<Slot>) -> u64 {
        match self.scope {
            None => 0,
            Some(Scope::All) => self.bytes - self.weight(own),
            Some(Scope::Volatile) => {
                let own = own.filter(|slot| self.entries.get(*slot).deadline_ms != NEVER_MS);
                self.volatile_bytes - self.weight(own)
            }
        }
    }

    fn overloaded(&self, after: u64) -> Error {
        let budget = self.budget_bytes;
        let over = after - budget;
        let why = match self.scope {
            None => "noeviction keeps every entry",
            Some(Scope::All) => "its policy named no victim",
            Some(Scope::Volatile) => {
                "its policy evicts only entries with a deadline, and those are too few"
            }
        };
        Error::Overloaded {
            detail: format!(
                "the write would put the cache {over} bytes over its budget of {budget} bytes, and {why}: delete keys, give keys a deadline, raise the budget, or choose a policy such as allkeys-lru"
            ),
        }
    }

    /// Takes the entry in `slot` out of the books.
    pub(super) fn detach(&mut self, slot: Slot) {
        let entry = self.entries.get(slot);
        let bytes = u64::from(entry.weight_bytes());
        self.bytes -= bytes;
        if entry.deadline_ms != NEVER_MS {
            self.volatile_bytes -= bytes;
            self.tracker.remove(slot);
        }
    }

    /// Enters it into the books.
    pub(super) fn attach(&mut self, slot: Slot) {
        let entry = self.entries.get(slot);
        let bytes = u64::from(entry.weight_bytes());
        self.bytes += bytes;
        if entry.deadline_ms != NEVER_MS {
            self.volatile_bytes += bytes;
            self.tracker.insert(slot, entry.deadline_ms);
        }
        assert!(self.bytes <= self.budget_bytes, "room was made before");
    }

    pub(super) fn remove(&mut self, slot: Slot, gone: Gone) {
        self.detach(slot);
        self.entries.remove(slot);
        if let Some(policy) = &mut self.policy {
            match gone {
                Gone::Evicted => policy.on_evict(slot),
                _ => policy.on_remove(slot),
            }
        }
        match gone {
            Gone::Deleted => {}
            Gone::Evicted => self.counters.evictions += 1,
            Gone::ExpiredLazily => self.counters.expired_lazily += 1,
            Gone::ExpiredActively => self.counters.expired_actively += 1,
        }
    }
}

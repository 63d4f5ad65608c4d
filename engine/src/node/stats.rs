//! What a node counts, from its boot on.

use crate::base::limits::HOT_KEYS_TRACKED;
use bytes::Bytes;

macro_rules! stats {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Counters of one life of a node.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Stats {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Stats {
            /// The counters with their names, as `show stats` and `expect stat` call them.
            pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }

            /// Adds another node's counters.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)+
            }
        }
    };
}

stats! {
    /// Reads of this node's clients.
    reads,
    /// Writes of this node's clients.
    writes,
    /// Range scans of this node's clients.
    scans,
    /// Requests refused since the node was admitting as many as it may, or held as many as it can.
    overloaded,
    /// Requests that ended without their quorum.
    timeouts,
    /// Writes passed on to an owner.
    forwarded,
    /// Retried writes that were found applied already.
    repeated,
    /// Reads whose digests differed.
    digest_mismatches,
    /// Replicas asked only because another was slow.
    hedges,
    /// Cells sent to replicas that a read found stale.
    read_repairs,
    /// Writes kept as hints.
    hints_stored,
    /// Hints that their owner has confirmed.
    hints_replayed,
    /// Hints given up: too old, or beyond a limit.
    hints_dropped,
    /// Writes acknowledged by a stand-in.
    stand_ins,
    /// Rounds of repair begun.
    repairs,
    /// Bytes of cells sent for repair.
    repair_bytes,
    /// Bytes of those of them that the receiver lacked or held otherwise.
    repair_differing_bytes,
    /// Bytes of hashes and keys sent to find out which cells differ.
    repair_tree_bytes,
    /// Proposals of registers that began with asking for promises.
    paxos_prepares,
    /// States of registers that were chosen, by this node's proposals.
    paxos_rounds,
    /// Proposals that another proposer's overtook.
    paxos_lost,
    /// Tombstones removed.
    purged,
    /// Rounds of purging begun.
    purge_rounds,
    /// Cells refused since they came from an earlier repair epoch.
    stale_refused,
    /// Versions refused since their stamp was too far ahead.
    far_ahead,
    /// Changes of mind about who is alive.
    liveness_changes,
    /// Cells streamed to this node after it lost its disk.
    rebuilt_cells,
}

/// The keys asked for most: a space-saving summary (Metwally et al. 2005). Each count may be too high by what the
/// key that was there before had, and any key asked for more than one time in [`HOT_KEYS_TRACKED`] is in it.
#[derive(Clone, Debug, Default)]
pub struct HotKeys {
    counts: Vec<(Bytes, u64, u64)>,
    total: u64,
}

impl HotKeys {
    /// Counts one request.
    pub fn touch(&mut self, key: &Bytes) {
        self.total += 1;
        if let Some(place) = self.counts.iter().position(|(known, ..)| known == key) {
            self.counts[place].1 += 1;
            // The busy ones come first, where they are found at once.
            if place > 0 && self.counts[place - 1].1 < self.counts[place].1 {
                self.counts.swap(place - 1, place);
            }
        } else if self.counts.len() < HOT_KEYS_TRACKED {
            self.counts.push((key.clone(), 1, 0));
        } else if let Some(last) = self.counts.iter_mut().min_by_key(|(_, count, _)| *count) {
            let floor = last.1;
            *last = (key.clone(), floor + 1, floor);
        }
    }

    /// The keys that certainly had more than `share` of the requests, with their counts at least; the hottest first.
    #[must_use]
    pub fn above(&self, share: f64) -> Vec<(Bytes, u64)> {
        let sure = |(key, count, over): &(Bytes, u64, u64)| (key.clone(), count - over);
        let mut hot: Vec<_> = self.counts.iter().map(sure).collect();
        hot.retain(|(_, count)| *count as f64 > share * self.total as f64);
        hot.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        hot
    }

    /// Requests counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hot_key_is_found_among_many_cold_ones() {
        let mut hot = HotKeys::default();
        for number in 0..10_000_u32 {
            let key = if number % 3 == 0 { 0 } else { number };
            hot.touch(&Bytes::from(format!("key-{key}")));
        }
        let found = hot.above(0.2);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "key-0");
        assert!((3_000..=3_334).contains(&found[0].1), "{found:?}");
    }
}

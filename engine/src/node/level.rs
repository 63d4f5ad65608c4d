//! How many replicas must answer, and which: consistency levels.
//!
//! ```text
//!   QUORUM, N=3     any 2 owners
//!   LOCAL_QUORUM    a majority of the owners in the coordinator's zone
//!   EACH_QUORUM     a majority of the owners in every zone that has some
//!   ANY             one owner, or one hint for an owner
//! ```
//!
//! The names and meanings are Cassandra's (documentation, "Dynamo", tunable consistency); a zone here is what
//! it calls a data centre. A plain number is the R or W of Dynamo 2007, section 4.5.

use smallvec::SmallVec;

use crate::{Error, NodeId, Result, Zone};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// So many owners: R or W.
    Count(usize),
    /// More than half of the owners.
    Quorum,
    /// Every owner.
    All,
    /// One owner in the coordinator's zone.
    LocalOne,
    /// More than half of the owners in the coordinator's zone.
    LocalQuorum,
    /// More than half of the owners in each zone that has some.
    EachQuorum,
    /// For writes: one owner or, where none can be reached, one hint on any node.
    Any,
    /// Of a register: more than half of the owners, in agreement (see [`super::paxos`]).
    Serial,
    /// Of a register, for reads: more than half of the owners in the coordinator's zone. What is read was agreed on,
    /// and never goes back from one such read in a zone to the next; elsewhere there may be a newer state.
    LocalSerial,
}

impl Level {
    /// Whether it asks for agreement: a register is read and changed at no other level, and nothing else is.
    #[must_use]
    pub fn is_serial(self) -> bool {
        matches!(self, Self::Serial | Self::LocalSerial)
    }

    /// Every level with a name, as scripts write it.
    pub const NAMED: &'static [(&'static str, Self)] = &[
        ("one", Self::Count(1)),
        ("two", Self::Count(2)),
        ("quorum", Self::Quorum),
        ("all", Self::All),
        ("local_one", Self::LocalOne),
        ("local_quorum", Self::LocalQuorum),
        ("each_quorum", Self::EachQuorum),
        ("any", Self::Any),
        ("serial", Self::Serial),
        ("local_serial", Self::LocalSerial),
    ];
}

/// The larger half of `count`.
fn majority(count: usize) -> usize {
    count / 2 + 1
}

/// What must come in before a request is answered: so many owners in all, and so many of each zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    total: usize,
    zones: SmallVec<[(Zone, usize); 2]>,
    /// Whether one hint is enough.
    pub(super) hint_suffices: bool,
}

impl Need {
    /// What `level` needs of these owners, for a coordinator in zone `local`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for more owners than there are, or a zone without one.
    pub fn of(
        level: Level,
        owners: &[NodeId],
        zone_of: impl Fn(NodeId) -> Zone,
        local: Zone,
    ) -> Result<Self> {
        let in_zone = |zone| owners.iter().filter(|node| zone_of(**node) == zone).count();
        let here = || match in_zone(local) {
            0 => Err(Error::invalid(format!(
                "no replica of this key is in {local}, the coordinator's zone: ask at another level, or through \
                 a node of another zone"
            ))),
            count => Ok(count),
        };
        let mut need = Self {
            total: 0,
            zones: SmallVec::new(),
            hint_suffices: level == Level::Any,
        };
        match level {
            Level::Count(count) => need.total = count,
            Level::Quorum | Level::Serial => need.total = majority(owners.len()),
            Level::All => need.total = owners.len(),
            Level::Any => need.total = 1,
            Level::LocalOne => {
                here()?;
                need.zones.push((local, 1));
            }
            Level::LocalQuorum | Level::LocalSerial => need.zones.push((local, majority(here()?))),
            Level::EachQuorum => {
                for &owner in owners {
                    let zone = zone_of(owner);
                    if need.zones.iter().all(|(known, _)| *known != zone) {
                        need.zones.push((zone, majority(in_zone(zone))));
                    }
                }
            }
        }
        let count = need.count();
        if count == 0 || count > owners.len() {
            return Err(Error::invalid(format!(
                "a quorum of {count} of {} replicas: it must be from 1 to {}",
                owners.len(),
                owners.len()
            )));
        }
        Ok(need)
    }

    /// How many owners at least.
    #[must_use]
    pub fn count(&self) -> usize {
        let zones: usize = self.zones.iter().map(|(_, count)| count).sum();
        self.total.max(zones)
    }

    /// Whether the nodes that came in are enough. `extra` is what else counts, as a stand-in's copy does in a
    /// sloppy quorum.
    pub fn met(
        &self,
        came: impl Iterator<Item = NodeId> + Clone,
        extra: usize,
        zone_of: impl Fn(NodeId) -> Zone,
    ) -> bool {
        came.clone().count() + extra >= self.total
            && self.zones.iter().all(|(zone, count)| {
                came.clone().filter(|node| zone_of(*node) == *zone).count() + extra >= *count
            })
    }

    /// Whether `node` would bring a request nearer to its end when `asked` were asked already.
    pub fn wants(&self, node: NodeId, asked: &[NodeId], zone_of: impl Fn(NodeId) -> Zone) -> bool {
        let zone = zone_of(node);
        let of_zone = asked
            .iter()
            .filter(|other| zone_of(**other) == zone)
            .count();
        asked.len() < self.total
            || self
                .zones
                .iter()
                .any(|(wanted, count)| *wanted == zone && of_zone < *count)
    }

    /// One replica fewer: what the planted bug `short-quorum` waits for.
    pub(super) fn shortened(mut self) -> Self {
        self.total = if self.total > 1 {
            self.total - 1
        } else {
            self.total
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes 1 to 4 are in zone 1, 5 to 6 in zone 2.
    fn zone_of(node: NodeId) -> Zone {
        Zone(if node.0 <= 4 { 1 } else { 2 })
    }

    fn owners() -> Vec<NodeId> {
        [1, 2, 3, 5, 6].map(NodeId).to_vec()
    }

    fn met(level: Level, local: u32, came: &[u32], extra: usize) -> bool {
        let need = Need::of(level, &owners(), zone_of, Zone(local)).unwrap();
        need.met(came.iter().map(|id| NodeId(*id)), extra, zone_of)
    }

    #[test]
    fn each_level_counts_what_its_name_says() {
        assert!(met(Level::Quorum, 1, &[1, 2, 5], 0) && !met(Level::Quorum, 1, &[1, 2], 0));
        assert!(met(Level::All, 1, &[1, 2, 3, 5, 6], 0) && !met(Level::All, 1, &[1, 2, 3, 5], 0));
        assert!(
            met(Level::LocalQuorum, 1, &[1, 3], 0) && !met(Level::LocalQuorum, 1, &[1, 5, 6], 0)
        );
        assert!(
            met(Level::LocalQuorum, 2, &[5, 6], 0) && !met(Level::LocalQuorum, 2, &[1, 2, 3, 5], 0)
        );
        assert!(met(Level::LocalOne, 2, &[6], 0) && !met(Level::LocalOne, 2, &[1, 2, 3], 0));
        assert!(met(Level::EachQuorum, 1, &[1, 2, 5, 6], 0));
        assert!(
            !met(Level::EachQuorum, 1, &[1, 2, 3, 5], 0),
            "zone 2 has a majority of two"
        );
        assert!(
            met(Level::Count(2), 1, &[1], 1),
            "a stand-in counts where the quorum is sloppy"
        );
    }

    #[test]
    fn what_cannot_be_met_is_refused() {
        let of = |level, local| Need::of(level, &owners(), zone_of, Zone(local));
        assert!(of(Level::Count(0), 1).is_err() && of(Level::Count(6), 1).is_err());
        assert!(of(Level::LocalOne, 3).is_err() && of(Level::LocalQuorum, 3).is_err());
        assert!(of(Level::EachQuorum, 3).is_ok());
        assert!(of(Level::Any, 3).unwrap().hint_suffices);
    }

    #[test]
    fn only_nodes_that_help_are_wanted() {
        let need = Need::of(Level::EachQuorum, &owners(), zone_of, Zone(1)).unwrap();
        let asked = [NodeId(1), NodeId(2)];
        assert!(!need.wants(NodeId(3), &asked, zone_of) && need.wants(NodeId(5), &asked, zone_of));
    }
}

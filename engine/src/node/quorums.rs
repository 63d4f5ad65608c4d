//! What a request must hear before it is answered, of which nodes: of the key's owners and, while the key moves, of
//! its owners to come as well. Then a quorum met before the move's end is met in every set that may be asked after it.

use super::level::{Level, Need};
use super::machine::Node;
use crate::base::id::Nodes;
use crate::base::mutant::Mutant;
use crate::{NodeId, Result, Zone};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Quorums {
    owners: Nodes,
    need: Need,
    coming: Nodes,
    need_of_coming: Option<Need>,
}

impl Quorums {
    /// All nodes that take part, the owners first.
    pub(super) fn all(&self) -> Nodes {
        let mut all = self.owners.clone();
        all.extend(
            self.coming
                .iter()
                .copied()
                .filter(|node| !self.owners.contains(node)),
        );
        all
    }

    /// Whether the nodes that came in are enough of each set. `extra` is what else counts, as a stand-in's copy
    /// does in a sloppy quorum.
    pub(super) fn met(
        &self,
        came: impl Iterator<Item = NodeId> + Clone,
        extra: usize,
        zone_of: impl Fn(NodeId) -> Zone + Copy,
    ) -> bool {
        let met = |need: &Need, set: &Nodes| {
            let of_set = came.clone().filter(|node| set.contains(node));
            need.met(of_set, extra, zone_of)
        };
        met(&self.need, &self.owners)
            && self
                .need_of_coming
                .as_ref()
                .is_none_or(|need| met(need, &self.coming))
    }

    /// How many owners at least.
    pub(super) fn count(&self) -> usize {
        self.need.count()
    }

    pub(super) fn hint_suffices(&self) -> bool {
        self.need.hint_suffices
    }

    /// Whether `node` would bring a request nearer to its end when `asked` were asked already.
    pub(super) fn wants(
        &self,
        node: NodeId,
        asked: &[NodeId],
        zone_of: impl Fn(NodeId) -> Zone + Copy,
    ) -> bool {
        let wants = |need: &Need, set: &Nodes| {
            let of_set: Nodes = asked
                .iter()
                .copied()
                .filter(|node| set.contains(node))
                .collect();
            set.contains(&node) && need.wants(node, &of_set, zone_of)
        };
        wants(&self.need, &self.owners)
            || self
                .need_of_coming
                .as_ref()
                .is_some_and(|need| wants(need, &self.coming))
    }

    /// One owner fewer: what the planted bug `short-quorum` waits for.
    pub(super) fn shortened(self) -> Self {
        Self {
            need: self.need.shortened(),
            ..self
        }
    }
}

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom<'a> {
    /// The owners and, while the key moves, those to come.
    Both,
    /// These alone, or where there are none, both.
    Pinned(&'a Nodes),
}

impl Node {
    /// What a request of a key at a level needs, taken in zone `local`.
    pub(super) fn quorums(
        &self,
        key: &[u8],
        (level, local): (Level, Zone),
        whom: Whom<'_>,
    ) -> Result<Quorums> {
        let mut owners = match whom {
            Whom::Pinned(pinned) if !pinned.is_empty() => pinned.clone(),
            _ => self.owners(key),
        };
        let mut coming = match whom {
            Whom::Pinned(pinned) if !pinned.is_empty() => Nodes::new(),
            Whom::Both | Whom::Pinned(_) => self.coming(key),
        };
        if self.settings.has(Mutant::NewQuorumOnly) && !coming.is_empty() {
            owners = core::mem::take(&mut coming);
        }
        let need = self.need_from(local, level, &owners)?;
        let need_of_coming = match coming.is_empty() || coming == owners {
            true => None,
            false => Some(self.need_from(local, level, &coming)?),
        };
        Ok(Quorums {
            owners,
            need,
            coming: if need_of_coming.is_some() {
                coming
            } else {
                Nodes::new()
            },
            need_of_coming,
        })
    }
}

//! Whose votes decide a register.

use crate::NodeId;
use crate::base::id::Nodes;

/// The owners of a register: while a range moves there are two sets, and a proposal needs a majority of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptors {
    /// The owners.
    pub owners: Nodes,
    /// The owners to come, while the range moves; empty otherwise.
    pub coming: Nodes,
    /// Whether there is one owner more, the proposer, whose votes are lost: a majority must be one without it.
    pub one_lost: bool,
}

impl Acceptors {
    /// One set.
    #[must_use]
    pub fn of(owners: Nodes) -> Self {
        Self {
            owners,
            ..Self::default()
        }
    }

    /// All of them, each once.
    pub fn all(&self) -> impl Iterator<Item = NodeId> + '_ {
        let coming = self.coming.iter();
        let coming = coming.filter(|node| !self.owners.contains(node));
        self.owners.iter().chain(coming).copied()
    }

    /// Whether `node` is one of them.
    #[must_use]
    pub fn contains(&self, node: NodeId) -> bool {
        self.owners.contains(&node) || self.coming.contains(&node)
    }

    /// Whether these are a majority of each set: any two majorities have a member in common that has lost nothing.
    #[must_use]
    pub fn majority(&self, votes: impl Iterator<Item = NodeId> + Clone) -> bool {
        let of = |set: &Nodes| {
            let count = votes.clone().filter(|node| set.contains(node)).count();
            count * 2 > set.len() + usize::from(self.one_lost)
        };
        of(&self.owners) && (self.coming.is_empty() || of(&self.coming))
    }
}

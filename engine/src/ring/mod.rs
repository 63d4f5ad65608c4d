//! Lesson 2: which nodes hold a key.

use crate::{NodeId, Zone};

/// A node as placement sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub node: NodeId,
    /// In which failure domain.
    pub zone: Zone,
    /// How large a share it takes, against the others' weights; 1 is usual.
    pub weight: u32,
}

/// Decides which nodes hold a key. One of the parts of a node that can be swapped.
pub trait Placement: core::fmt::Debug + Send + Sync {
    /// `ring`, `modulo`, `rendezvous` or `jump`.
    fn name(&self) -> &'static str;
    /// The members, by node id.
    fn members(&self) -> &[Member];
    /// The first `copies` distinct nodes for `key`, the preferred one first; a zone is used again only
    /// when no other is left. Fewer when there are fewer members.
    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId>;
}

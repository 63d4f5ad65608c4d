//! Highest random weight: Thaler and Ravishankar 1998, "Using name-based mappings to increase hit rates".

use super::members::Members;
use super::{Member, Placement};
use crate::base::hash::{hash64, hash64_with};
use crate::{NodeId, Result};

/// Every node draws a number for the key, and the highest draw wins; the next copies go to the next
/// highest. A node that joins or leaves changes nobody else's draw, so only its own keys move.
///
/// A node of weight `w` draws `w` times and keeps its best, which makes it win `w` times as often. That
/// is the exact integer form of the usual `-w / ln(draw)`, and a logarithm may differ between machines.
/// A lookup costs one hash for each unit of weight, where a ring needs one hash and a binary search.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    members: Members,
}

impl Rendezvous {
    /// A placement over `members`.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, or a weight out of its limits.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        Members::new(members).map(|members| Self { members })
    }
}

fn best_draw(key_hash: u64, member: &Member) -> u64 {
    let draw = |ticket: u32| {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&member.node.0.to_le_bytes());
        bytes[4..].copy_from_slice(&ticket.to_le_bytes());
        hash64_with(key_hash, &bytes)
    };
    (0..member.weight).map(draw).max().unwrap_or(0)
}

impl Placement for Rendezvous {
    fn name(&self) -> &'static str {
        "rendezvous"
    }

    fn members(&self) -> &[Member] {
        self.members.as_slice()
    }

    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId> {
        let key_hash = hash64(key);
        let members = self.members.as_slice().iter();
        let mut draws: Vec<_> = members
            .map(|member| (best_draw(key_hash, member), member.node))
            .collect();
        draws.sort_unstable_by(|left, right| right.cmp(left));
        let walk = draws.into_iter().map(|(_, node)| node);
        self.members.spread(walk, copies).into_vec()
    }

    fn with(&self, member: Member) -> Result<Box<dyn Placement>> {
        let members = self.members.with(member)?;
        Ok(Box::new(Self { members }))
    }

    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>> {
        let members = self.members.without(node)?;
        Ok(Box::new(Self { members }))
    }
}

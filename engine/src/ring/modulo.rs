//! What everyone writes first: the hash modulo the number of nodes.

use super::members::Members;
use super::{Member, Placement};
use crate::base::hash::hash64;
use crate::{NodeId, Result};

/// The key's hash modulo the number of nodes; the next copies go to the next nodes by number. A node of
/// weight `w` is counted `w` times.
///
/// Even and free of memory, but one node more or less renumbers nearly everything: from N to N+1 nodes
/// a key stays only where both remainders agree, so N/(N+1) of the keys move.
#[derive(Clone, Debug)]
pub struct Modulo {
    members: Members,
    slots: Vec<NodeId>,
}

impl Modulo {
    /// A placement over `members`.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, or a weight out of its limits.
    pub fn new(members: Vec<Member>) -> Result<Self> {
        Ok(Self::of(Members::new(members)?))
    }

    fn of(members: Members) -> Self {
        let slots = members.slots();
        Self { members, slots }
    }
}

impl Placement for Modulo {
    fn name(&self) -> &'static str {
        "modulo"
    }

    fn members(&self) -> &[Member] {
        self.members.as_slice()
    }

    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId> {
        let first = (hash64(key) % self.slots.len() as u64) as usize;
        let (before, after) = self.slots.split_at(first);
        self.members
            .spread(after.iter().chain(before).copied(), copies)
            .into_vec()
    }

    fn with(&self, member: Member) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::of(self.members.with(member)?)))
    }

    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>> {
        Ok(Box::new(Self::of(self.members.without(node)?)))
    }

    fn table_bytes(&self) -> usize {
        size_of_val(&self.slots[..])
    }
}

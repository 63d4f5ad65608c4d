//! Lesson 2: which nodes hold a key.
//!
//! ```text
//!   key bytes --hash64--> position --placement--> preference list: n4, n1, n7
//! ```
//!
//! A [`Placement`] answers one question, the same on every machine that knows the same: who are the first N
//! nodes for this key? The answers stand beside each other, so that they can be compared:
//!
//! | placement | memory | a node joins N | a node leaves N |
//! |---|---|---|---|
//! | [`Modulo`] | none | nearly every key moves | nearly every key moves |
//! | [`Ring`], random tokens | its tokens | about 1/(N+1) of the keys move, all to the new node | only the leaver's keys move |
//! | [`Ring`], allocated tokens | its tokens | as above, and shares stay even | as above |
//! | [`Partitions`] | a list for each partition | 1/(N+1), whole partitions | only the leaver's partitions |
//! | [`Slots`] | a list for each slot | 1/(N+1), whole slots | only the leaver's slots |
//! | [`Rendezvous`] | none, but N hashes a lookup | as the ring | as the ring |
//! | [`Jump`] | none | as the ring, if the new node has the highest number | cheap for the highest number only |
//!
//! [`BoundedLoads`] puts a cap on each node; where a key is then depends on the others, so it is no placement.
//! [`Strategy`] sets all of them side by side, with their figures.
//!
//! [`movement()`] counts by keys what a change of members would move, [`plan`] gives a ring's exact ranges,
//! and [`balance`] counts how evenly keys lie.

mod allocate;
mod bounded;
mod hash_ring;
mod jump;
mod lookup;
mod members;
mod modulo;
mod movement;
mod partitions;
mod rendezvous;
mod slots;
mod strategies;
mod sweep;
mod table;
mod token;
pub mod topology;

pub use bounded::BoundedLoads;
pub use hash_ring::{Allocation, Ring};
pub use jump::{Jump, jump_hash};
pub use modulo::Modulo;
pub use movement::{Balance, Movement, MovementPlan, RangeMove, balance, movement, plan};
pub use partitions::Partitions;
pub use rendezvous::Rendezvous;
pub use slots::{SLOTS, Slots, slot};
pub use strategies::{Figures, PARTITIONS_USUAL, Placed, STRATEGIES, Strategy};
pub use token::Token;
pub use topology::{Coming, Reshape, Topology};

use crate::base::id::Nodes;
use crate::{NodeId, Result, Zone};

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
///
/// A placement is a value: joining or leaving gives a new one, and the old one still answers for the
/// time before.
pub trait Placement: core::fmt::Debug + Send + Sync {
    /// `ring`, `allocated`, `partitions`, `slots`, `modulo`, `rendezvous` or `jump`.
    fn name(&self) -> &'static str;

    /// The members, by node id.
    fn members(&self) -> &[Member];

    /// The first `copies` distinct nodes for `key`, the preferred one first; a zone is used again only
    /// when no other is left. Fewer when there are fewer members.
    ///
    /// Exactly: each placement has its own order of the nodes for a key. The list takes from it, in
    /// order, the first node of each zone; after the last zone it takes the nodes passed over, in order.
    /// So the first owner is always the order's first node, and a shorter list is the head of a longer.
    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId>;

    /// The same list, which for a few copies need not take memory: a node asks for one with each request.
    fn preference(&self, key: &[u8], copies: usize) -> Nodes {
        Nodes::from_vec(self.owners(key, copies))
    }

    /// The placement after `member` has joined.
    ///
    /// # Errors
    /// `InvalidArgument` when the node is a member already, or its id or weight makes no sense.
    fn with(&self, member: Member) -> Result<Box<dyn Placement>>;

    /// The placement after `node` has left.
    ///
    /// # Errors
    /// `InvalidArgument` when the node is no member, or the last one.
    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>>;

    /// Whether it depends on which members there were before, and not on those alone that there are.
    fn goes_by_past(&self) -> bool {
        false
    }

    /// The ring behind this placement, where there is one: pictures and exact plans need its tokens.
    fn as_ring(&self) -> Option<&Ring> {
        None
    }

    /// What it keeps beside the list of its members, bytes: its tables.
    fn table_bytes(&self) -> usize {
        0
    }
}

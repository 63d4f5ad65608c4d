//! Fixed equal partitions: Dynamo 2007, section 6.2, strategy 3.

use super::table::Table;
use super::{Member, Placement, Token};
use crate::base::id::Nodes;
use crate::base::limits::PARTITIONS_MAX;
use crate::{Error, NodeId, Result};

/// The ring is cut into Q equal partitions once and for all, and each is dealt to nodes. Which keys form a
/// partition no longer depends on who holds it: what moves is a whole partition, a file.
///
/// Each partition has a list of its own of as many nodes as a key has copies. Dynamo takes the nodes of the next
/// partitions instead; with lists, copies are as even as first owners are, in any number of zones, at the cost
/// of N entries a partition. Past the list a preference list goes on with the first owners of the next partitions.
///
/// Of S nodes of one weight each is the first owner of Q/S partitions, rounded up or down, and of weight `w` of
/// `w` times as many; as far as the zone rule allows, copies are dealt by the same rule. A join takes from
/// the fullest no more than its due; what a leave frees goes to those with the least of their due. So the table is
/// the state: who joined when can be seen in it.
///
/// ```
/// use kvorum::ring::{Member, Partitions, Placement};
/// use kvorum::{NodeId, Zone};
///
/// let members = (1..=5).map(|id| Member { node: NodeId(id), zone: Zone(1), weight: 1 }).collect();
/// let partitions = Partitions::new(members, 100, 3)?;
/// let first_of = |node| partitions.lists().iter().filter(|list| list[0] == node).count();
/// assert_eq!(first_of(NodeId(4)), 20);
/// assert_eq!(partitions.owners(b"cart", 3), partitions.lists()[partitions.partition(b"cart")].to_vec());
/// # Ok::<(), kvorum::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Partitions {
    table: Table,
}

impl Partitions {
    /// `partitions` partitions over `members`, with lists of `copies` nodes.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, a weight out of its limits, 0 copies, or a
    /// number of partitions below the number of members or above [`PARTITIONS_MAX`].
    pub fn new(members: Vec<Member>, partitions: u32, copies: usize) -> Result<Self> {
        if partitions > PARTITIONS_MAX {
            return Err(Error::invalid(format!(
                "{partitions} partitions are too many: give {PARTITIONS_MAX} at most"
            )));
        }
        let table = Table::new(members, partitions as usize, copies)?;
        Ok(Self { table })
    }

    /// The number of the partition that a key lies in, from 0: how many Q-ths of the ring lie before it.
    #[must_use]
    pub fn partition(&self, key: &[u8]) -> usize {
        let position = u128::from(Token::of_key(key).0);
        ((position * self.table.cells().len() as u128) >> 64) as usize
    }

    /// Every partition's nodes, the first owner first.
    #[must_use]
    pub fn lists(&self) -> &[Nodes] {
        self.table.cells()
    }
}

impl Placement for Partitions {
    fn name(&self) -> &'static str {
        "partitions"
    }

    fn goes_by_past(&self) -> bool {
        true
    }

    fn members(&self) -> &[Member] {
        self.table.members().as_slice()
    }

    fn owners(&self, key: &[u8], copies: usize) -> Vec<NodeId> {
        self.preference(key, copies).into_vec()
    }

    fn preference(&self, key: &[u8], copies: usize) -> Nodes {
        self.table.owners(self.partition(key), copies)
    }

    fn with(&self, member: Member) -> Result<Box<dyn Placement>> {
        let table = self.table.with(member)?;
        Ok(Box::new(Self { table }))
    }

    fn without(&self, node: NodeId) -> Result<Box<dyn Placement>> {
        let table = self.table.without(node)?;
        Ok(Box::new(Self { table }))
    }

    fn table_bytes(&self) -> usize {
        self.table.bytes()
    }
}

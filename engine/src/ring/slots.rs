//! Hash slots as in Redis Cluster: its cluster specification, "Key distribution model" and "Hash tags".

use super::table::Table;
use super::{Member, Placement};
use crate::base::id::Nodes;
use crate::{NodeId, Result};

/// Slots, whatever the number of nodes.
pub const SLOTS: usize = 1 << 14;

/// The slot of a key: CRC16 modulo 16,384, of the key's hash tag if it has one.
///
/// ```
/// use kvorum::ring::slot;
///
/// assert_eq!(slot(b"cart"), 15_997);
/// assert_eq!(slot(b"{alice}:cart"), slot(b"{alice}:orders"), "one tag, one slot");
/// ```
#[must_use]
pub fn slot(key: &[u8]) -> usize {
    usize::from(crc16(hash_tag(key))) % SLOTS
}

/// What stands between the first `{` and the next `}`, or the whole key if there is nothing between them.
fn hash_tag(key: &[u8]) -> &[u8] {
    let inside = key
        .iter()
        .position(|byte| *byte == b'{')
        .map(|open| &key[open + 1..]);
    let tag = inside.and_then(|inside| {
        let close = inside.iter().position(|byte| *byte == b'}')?;
        Some(&inside[..close])
    });
    tag.filter(|tag| !tag.is_empty()).unwrap_or(key)
}

/// CRC16/XMODEM: polynomial x^16 + x^12 + x^5 + 1, from 0, bits not reflected.
fn crc16(bytes: &[u8]) -> u16 {
    let step = |crc: u16, byte: &u8| (crc << 8) ^ CRC16[usize::from((crc >> 8) as u8 ^ byte)];
    bytes.iter().fold(0, step)
}

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = ((byte as u16) << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// 16,384 hash slots and a table from slot to nodes.
///
/// It is no consistent hashing: a slot moves only where someone changes the table. Here a join takes slots
/// from the fullest nodes and a leave spreads the leaver's, as for [`Partitions`](super::Partitions).
///
/// Each slot has a list of its own of as many nodes as a key has copies, so that this compares with the other
/// placements. Redis gives a slot to one master, and each master replicas that copy all of its slots.
#[derive(Clone, Debug)]
pub struct Slots {
    table: Table,
}

impl Slots {
    /// Slots over `members`, with lists of `copies` nodes.
    ///
    /// # Errors
    /// `InvalidArgument` for no members or too many, a node twice, a weight out of its limits, or 0 copies.
    pub fn new(members: Vec<Member>, copies: usize) -> Result<Self> {
        let table = Table::new(members, SLOTS, copies)?;
        Ok(Self { table })
    }

    /// Every slot's nodes, the first owner first.
    #[must_use]
    pub fn lists(&self) -> &[Nodes] {
        self.table.cells()
    }
}

impl Placement for Slots {
    fn name(&self) -> &'static str {
        "slots"
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
        self.table.owners(slot(key), copies)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_checksum_of_the_specification() {
        // Appendix A of the Redis Cluster specification, and what `CLUSTER KEYSLOT` answers.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b""), 0);
    }

    #[test]
    fn only_a_tag_with_something_in_it_counts() {
        let tag = |key: &'static str| core::str::from_utf8(hash_tag(key.as_bytes())).unwrap();
        assert_eq!(tag("{user1000}.following"), "user1000");
        assert_eq!(tag("foo{}{bar}"), "foo{}{bar}");
        assert_eq!(tag("foo{{bar}}zap"), "{bar");
        assert_eq!(tag("foo{bar}{zap}"), "bar");
        assert_eq!(tag("foo{bar"), "foo{bar");
        assert_eq!(tag("foo}bar"), "foo}bar");
    }
}

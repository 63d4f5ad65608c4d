//! Names of single writes.

use core::cmp::Ordering;
use core::fmt;

use crate::NodeId;
use crate::Result;
use crate::base::codec::{Reader, put_varint, varint_len};

/// Who writes: one life of one node, and within it the node's epoch. Each part closes one door through
/// which a dot could be handed out for the second time:
///
/// - a restarted node is a new incarnation, since it may have lost its memory, or its disk;
/// - a node that removed a key's cell, and so forgot how far it had counted, writes the key anew under a
///   higher epoch. What it gave before may still be named in a client's context or in a peer's vector, but
///   perhaps not the last of it, so counting on from there would not be safe.
///
/// No dot is given twice, because: one life of a node runs its storage operations in order. From the first
/// write of a key to the removal of its cell, all dots are of one actor, which the stored
/// [`Cell`](super::Cell) remembers, and each has a higher counter than the one before, which the cell's
/// `seen` covers. After the removal the cell remembers no actor, and the write that follows takes the
/// node's epoch, which is higher than every epoch under which this life wrote before the removal.
///
/// The node's part of it: raise the epoch before a cell is removed from the disk, whatever the reason
/// (purge, or a range that moved away). It need not outlive the incarnation.
///
/// Ordered by node, then incarnation, then epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The node.
    pub node: NodeId,
    /// Which of its lives, from 1.
    pub incarnation: u32,
    /// How often this life had removed cells when it first wrote the key; usually 0, which is not shown.
    pub epoch: u32,
}

/// One write of one key: its actor, and the actor's counter for this key, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dot {
    /// Who wrote.
    pub actor: Actor,
    /// Its how-manieth write of this key.
    pub counter: u64,
}

impl Actor {
    /// A life of a node that has removed nothing yet: epoch 0.
    #[must_use]
    pub const fn new(node: NodeId, incarnation: u32) -> Self {
        Self {
            node,
            incarnation,
            epoch: 0,
        }
    }

    /// True when both are of one life of one node, whatever the epoch.
    #[must_use]
    pub fn same_life(self, other: Self) -> bool {
        (self.node, self.incarnation) == (other.node, other.incarnation)
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(self.node.0));
        put_varint(out, u64::from(self.incarnation));
        put_varint(out, u64::from(self.epoch));
    }

    pub(crate) fn encoded_len(self) -> usize {
        varint_len(u64::from(self.node.0))
            + varint_len(u64::from(self.incarnation))
            + varint_len(u64::from(self.epoch))
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            node: NodeId(input.varint32()?),
            incarnation: input.varint32()?,
            epoch: input.varint32()?,
        })
    }
}

impl Actor {
    /// One number to compare: vectors are searched by actor all the time.
    fn rank(self) -> u128 {
        u128::from(self.node.0) << 64 | u128::from(self.incarnation) << 32 | u128::from(self.epoch)
    }
}

impl Ord for Actor {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Actor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Dot {
    /// As four bytes, where each of its numbers is a varint of one; most are.
    fn short(self) -> Option<[u8; 4]> {
        let Self { actor, counter } = self;
        let all = actor.node.0 | actor.incarnation | actor.epoch;
        let short = all < 0x80 && counter < 0x80;
        short.then_some([
            actor.node.0 as u8,
            actor.incarnation as u8,
            actor.epoch as u8,
            counter as u8,
        ])
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        if let Some(bytes) = self.short() {
            out.extend_from_slice(&bytes);
        } else {
            self.actor.encode(out);
            put_varint(out, self.counter);
        }
    }

    pub(crate) fn encoded_len(self) -> usize {
        match self.short() {
            Some(bytes) => bytes.len(),
            None => self.actor.encoded_len() + varint_len(self.counter),
        }
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        if let Some(&[node, incarnation, epoch, counter]) = input.rest().first_chunk()
            && node | incarnation | epoch | counter < 0x80
        {
            input.take(4)?;
            return Ok(Self {
                actor: Actor {
                    node: NodeId(u32::from(node)),
                    incarnation: u32::from(incarnation),
                    epoch: u32::from(epoch),
                },
                counter: u64::from(counter),
            });
        }
        Ok(Self {
            actor: Actor::decode(input)?,
            counter: input.varint()?,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.incarnation)?;
        match self.epoch {
            0 => Ok(()),
            epoch => write!(f, ".{epoch}"),
        }
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.actor, self.counter)
    }
}

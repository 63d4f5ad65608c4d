//! Names of single writes.

use core::fmt;

use crate::NodeId;
use crate::Result;
use crate::base::codec::{Reader, put_varint};

/// Who writes: one life of one node. A restarted node is a new actor, so a node that lost its memory, or
/// its disk, cannot hand out a dot for the second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// The node.
    pub node: NodeId,
    /// Which of its lives, from 1.
    pub incarnation: u32,
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
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(self.node.0));
        put_varint(out, u64::from(self.incarnation));
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            node: NodeId(input.varint32()?),
            incarnation: input.varint32()?,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.incarnation)
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.actor, self.counter)
    }
}

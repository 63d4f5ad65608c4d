//! Stamps that order writes in time, as far as clocks can.

use core::fmt;

use crate::base::codec::{Reader, put_varint, varint_len};
use crate::base::time::Wall;
use crate::{Error, NodeId, Result};

/// How far ahead of a node's own clock another's stamp may be, milliseconds. Further ahead is a broken
/// clock, and taking it over would spread the damage.
pub const HLC_AHEAD_MS_MAX: u64 = 60_000;

/// When a write happened, with ties broken by a counter and then by node. Stamps of one life of a node
/// never repeat; a node that dies and comes back within a millisecond may give one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Wall-clock milliseconds.
    pub wall_ms: u64,
    /// Counts the stamps within one millisecond, or while the clock stands behind what was seen.
    pub logical: u32,
    /// Who stamped.
    pub node: NodeId,
}

impl Default for Stamp {
    fn default() -> Self {
        Self {
            wall_ms: 0,
            logical: 0,
            node: NodeId(0),
        }
    }
}

impl Stamp {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.wall_ms);
        put_varint(out, u64::from(self.logical));
        put_varint(out, u64::from(self.node.0));
    }

    pub(crate) fn encoded_len(&self) -> usize {
        varint_len(self.wall_ms)
            + varint_len(u64::from(self.logical))
            + varint_len(u64::from(self.node.0))
    }

    pub(crate) fn decode(input: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            wall_ms: input.varint()?,
            logical: input.varint32()?,
            node: NodeId(input.varint32()?),
        })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}@{}", self.wall_ms, self.logical, self.node)
    }
}

/// Hands out stamps. One of the parts of a node that can be swapped.
pub trait StampClock: fmt::Debug + Send {
    /// A stamp for a write that happens now.
    fn stamp(&mut self, wall: Wall, node: NodeId) -> Stamp;

    /// Takes note of a stamp that another node, or a client, has shown.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it lies more than [`HLC_AHEAD_MS_MAX`] ahead of `wall`; the clock
    /// stays as it was.
    fn observe(&mut self, seen: Stamp, wall: Wall) -> Result<()>;
}

/// A hybrid logical clock (Kulkarni et al. 2014): close to the wall clock, and never behind anything seen,
/// so a write that has seen another gets the higher stamp even where clocks disagree.
#[derive(Clone, Debug, Default)]
pub struct Hlc {
    wall_ms: u64,
    logical: u32,
}

impl Hlc {
    /// A clock that starts behind nothing up to `seen`.
    #[must_use]
    pub fn starting_after(seen: Stamp) -> Self {
        Self {
            wall_ms: seen.wall_ms,
            logical: seen.logical,
        }
    }
}

impl StampClock for Hlc {
    fn stamp(&mut self, wall: Wall, node: NodeId) -> Stamp {
        if wall.0 > self.wall_ms {
            (self.wall_ms, self.logical) = (wall.0, 0);
        } else if let Some(next) = self.logical.checked_add(1) {
            self.logical = next;
        } else {
            (self.wall_ms, self.logical) = (self.wall_ms.saturating_add(1), 0);
        }
        Stamp {
            wall_ms: self.wall_ms,
            logical: self.logical,
            node,
        }
    }

    fn observe(&mut self, seen: Stamp, wall: Wall) -> Result<()> {
        refuse_far_ahead(seen, wall)?;
        if (seen.wall_ms, seen.logical) > (self.wall_ms, self.logical) {
            (self.wall_ms, self.logical) = (seen.wall_ms, seen.logical);
        }
        Ok(())
    }
}

fn refuse_far_ahead(seen: Stamp, wall: Wall) -> Result<()> {
    let ahead_ms = seen.wall_ms.saturating_sub(wall.0);
    if ahead_ms <= HLC_AHEAD_MS_MAX {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "stamp {seen} is {ahead_ms} ms ahead of this node's clock, the limit is {HLC_AHEAD_MS_MAX} ms"
    )))
}

/// The wall clock as it is, right or wrong. It shows in lesson 7 what last-write-wins loses with it.
#[derive(Clone, Debug, Default)]
pub struct RawWall {
    last: Stamp,
}

impl StampClock for RawWall {
    fn stamp(&mut self, wall: Wall, node: NodeId) -> Stamp {
        // Only the counter within one millisecond is kept: two writes must not share a stamp.
        let logical = if self.last.wall_ms == wall.0 {
            self.last.logical.saturating_add(1)
        } else {
            0
        };
        self.last = Stamp {
            wall_ms: wall.0,
            logical,
            node,
        };
        self.last
    }

    fn observe(&mut self, _seen: Stamp, _wall: Wall) -> Result<()> {
        Ok(())
    }
}

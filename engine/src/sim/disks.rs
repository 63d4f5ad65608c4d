//! What befalls a disk.

use core::fmt;
use core::time::Duration;

use super::counts::FaultKind;
use super::trace::What;
use super::world::World;
use crate::base::limits::RUN_SECONDS_MAX;
use crate::base::time::Pretty;
use crate::{Error, NodeId, Result};

/// What befalls a machine's disk. It stays so over kills and restarts, until it is [`Fine`](Self::Fine) or
/// wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// Each operation takes so much longer.
    Slow(Duration),
    /// There is no room left: what needs some is refused.
    Full,
    /// There is room again.
    Room,
    /// Syncs report success and do nothing: only a crash shows it.
    Lie,
    /// The next sync fails, and what it should have written is lost. The node's store takes no more writes
    /// until the node is restarted.
    FailSync,
    /// One bit of one stored file flips now, at a place that the seed draws. Nothing happens to an empty disk.
    Flip,
    /// What it holds now is remembered, for [`Self::Restore`].
    Backup,
    /// An operator puts back what was remembered, over whatever came after. The node must be down.
    /// It counts as a start of the node, so that it is known for a copy: as good as an empty disk.
    Restore,
    /// All of these end. What was lost or flipped stays so.
    Fine,
}

impl fmt::Display for DiskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(by) => write!(f, "slow {}", Pretty(*by)),
            Self::Full => f.write_str("full"),
            Self::Room => f.write_str("room"),
            Self::Lie => f.write_str("lie"),
            Self::FailSync => f.write_str("failsync"),
            Self::Flip => f.write_str("flip"),
            Self::Backup => f.write_str("backup"),
            Self::Restore => f.write_str("restore"),
            Self::Fine => f.write_str("fine"),
        }
    }
}

impl World {
    /// Lets something befall a node's disk, up or down. What the node then meets are errors of its store.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when there is no such node, or for a disk slower than [`RUN_SECONDS_MAX`]:
    /// nothing changed then. What a disk that was given reports when a bit of it is flipped.
    pub fn disk(&mut self, node: NodeId, fault: DiskFault) -> Result<()> {
        self.peek_host(node)?;
        if let DiskFault::Slow(by) = fault
            && by > Duration::from_secs(RUN_SECONDS_MAX)
        {
            return Err(Error::invalid(format!(
                "disk slow: by {RUN_SECONDS_MAX}s at most"
            )));
        }
        if fault == DiskFault::Restore && self.is_up(node) {
            return Err(Error::invalid(format!(
                "{node} is up: kill it before its disk is put back"
            )));
        }
        let mut rng = self.faults_rng.fork();
        if self.host(node)?.disk.strike(fault, &mut rng)? {
            self.counts.one(FaultKind::DiskFlip);
        }
        if fault == DiskFault::Restore {
            // It counts as a start, so that the copy is of an earlier life also where it is of the last one: nothing
            // on it tells what was said after it was made.
            self.host(node)?.next_incarnation()?;
        }
        self.trace.push(self.now, What::Disk { node, fault });
        Ok(())
    }
}

//! The disk of a simulated machine: in memory, or a folder that was given.

use std::sync::Arc;

use crate::base::rng::Rng;
use crate::vfs::{MemoryDisk, Vfs};
use crate::{Error, Result};

/// Where a given disk keeps how often its node was started. A dot names a node and an incarnation, so a node
/// that comes back to what it wrote must not be the one that it was.
const INCARNATION_FILE: &str = "incarnation";
const INCARNATION_DRAFT: &str = "incarnation.new";
const CHECKSUM_BYTES: usize = 4;

/// See the module.
#[derive(Debug)]
pub(super) enum MachineDisk {
    /// Loses what was not synced when its machine is killed.
    Memory(MemoryDisk),
    /// Outlives the world. Killing its machine is killing a process: what the disk was handed stays.
    Given(Arc<dyn Vfs>),
}

impl MachineDisk {
    pub(super) fn vfs(&self) -> Arc<dyn Vfs> {
        match self {
            Self::Memory(disk) => Arc::new(disk.clone()),
            Self::Given(disk) => Arc::clone(disk),
        }
    }

    /// A copy in memory of all that a restart would find.
    pub(super) fn copy(&self) -> Result<MemoryDisk> {
        let (disk, copy) = (self.vfs(), MemoryDisk::new());
        for name in disk.list()? {
            let mut file = copy.open(&name)?;
            file.append(&disk.open(&name)?.read_all()?)?;
            file.sync()?;
        }
        copy.sync_dir()?;
        Ok(copy)
    }

    pub(super) fn crash(&self, rng: &mut Rng) {
        if let Self::Memory(disk) = self {
            disk.crash(rng);
        }
    }

    /// The number of this start of a node that was started `before` times in this world.
    pub(super) fn next_incarnation(&self, before: u32) -> Result<u32> {
        let Self::Given(disk) = self else {
            return Ok(before + 1);
        };
        let stored = match disk.exists(INCARNATION_FILE)? {
            true => decode(&disk.open(INCARNATION_FILE)?.read_all()?)?,
            false => 0,
        };
        let next = stored
            .max(before)
            .checked_add(1)
            .ok_or_else(|| Error::corruption("this node was started as often as can be counted"))?;
        let mut file = disk.open(INCARNATION_DRAFT)?;
        file.truncate(0)?;
        file.append(&encode(next))?;
        file.sync()?;
        disk.rename(INCARNATION_DRAFT, INCARNATION_FILE)?;
        disk.sync_dir()?;
        Ok(next)
    }
}

fn encode(incarnation: u32) -> Vec<u8> {
    let mut bytes = incarnation.to_le_bytes().to_vec();
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Result<u32> {
    let damaged = || {
        Error::corruption(format!(
            "the file '{INCARNATION_FILE}' is damaged: without it this node could take the name of its former \
             self; empty its folder and let its replicas fill it"
        ))
    };
    let (number, checksum) = bytes.split_first_chunk().ok_or_else(damaged)?;
    let whole = checksum.len() == CHECKSUM_BYTES
        && checksum == crc32fast::hash(number).to_le_bytes().as_slice();
    whole
        .then(|| u32::from_le_bytes(*number))
        .ok_or_else(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_disk_counts_starts_across_worlds_and_refuses_a_damaged_count() {
        let memory = MemoryDisk::new();
        let disk = MachineDisk::Given(Arc::new(memory.clone()));
        assert_eq!(disk.next_incarnation(0).unwrap(), 1);
        assert_eq!(disk.next_incarnation(0).unwrap(), 2);
        memory.crash(&mut Rng::from_seed(1));
        assert_eq!(disk.next_incarnation(7).unwrap(), 8);
        let mut file = memory.open(INCARNATION_FILE).unwrap();
        file.write_at(0, &[9]).unwrap();
        assert!(matches!(
            disk.next_incarnation(0),
            Err(Error::Corruption { .. })
        ));
    }
}

//! The disk of a simulated machine: in memory, or a folder that was given; and what is wrong with it.

use core::time::Duration;
use std::sync::Arc;

use super::counts::FaultKind;
use super::disks::DiskFault;
use crate::base::rng::Rng;
use crate::vfs::{Call, Calls, Fault, FaultDisk, MemoryDisk, Vfs, When};
use crate::{Error, Result};

/// Where a given disk keeps how often its node was started. A dot names a node and an incarnation, so a node
/// that comes back to what it wrote must not be the one that it was.
const INCARNATION_FILE: &str = "incarnation";
const INCARNATION_DRAFT: &str = "incarnation.new";
const CHECKSUM_BYTES: usize = 4;

#[derive(Debug)]
enum Kind {
    /// Loses what was not synced when its machine is killed.
    Memory(MemoryDisk),
    /// Outlives the world. Killing its machine is killing a process: what the disk was handed stays.
    Given(Arc<dyn Vfs>),
}

/// What is wrong with a disk.
#[derive(Debug, Default)]
struct Faults {
    slow: Duration,
    full: bool,
    lies: bool,
    /// The next sync fails; how many calls had been struck when that was planned.
    fails_sync: Option<u64>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct MachineDisk {
    kind: Kind,
    /// The same disk, failing as planned: what the node sees.
    faulty: FaultDisk,
    faults: Faults,
    /// A copy from an earlier time.
    backup: Option<MemoryDisk>,
}

impl MachineDisk {
    pub(super) fn memory() -> Self {
        let disk = MemoryDisk::new();
        Self {
            faulty: FaultDisk::over_memory(&disk),
            kind: Kind::Memory(disk),
            faults: Faults::default(),
            backup: None,
        }
    }

    pub(super) fn given(disk: Arc<dyn Vfs>) -> Self {
        Self {
            faulty: FaultDisk::new(Arc::clone(&disk)),
            kind: Kind::Given(disk),
            faults: Faults::default(),
            backup: None,
        }
    }

    /// The disk as the node sees it.
    pub(super) fn vfs(&self) -> Arc<dyn Vfs> {
        Arc::new(self.faulty.clone())
    }

    fn sound(&self) -> Arc<dyn Vfs> {
        match &self.kind {
            Kind::Memory(disk) => Arc::new(disk.clone()),
            Kind::Given(disk) => Arc::clone(disk),
        }
    }

    /// A copy in memory of all that a restart would find.
    pub(super) fn copy(&self) -> Result<MemoryDisk> {
        let (disk, copy) = (self.sound(), MemoryDisk::new());
        for name in disk.list()? {
            let mut file = copy.open(&name)?;
            file.append(&disk.open(&name)?.read_all()?)?;
            file.sync()?;
        }
        copy.sync_dir()?;
        Ok(copy)
    }

    /// The next sync of a file, and all that follows it, comes too late; until the crash.
    pub(super) fn lose_power(&self) {
        self.faulty.heal();
        self.faulty
            .fail(Fault::PowerLoss, Calls::Of(Call::Sync), When::Nth(1));
    }

    /// Turns the power off and on again; how many bytes went with it.
    pub(super) fn crash(&self, rng: &mut Rng) -> u64 {
        self.plan();
        let Kind::Memory(disk) = &self.kind else {
            return 0;
        };
        let before = disk.bytes();
        disk.crash(rng);
        before.saturating_sub(disk.bytes())
    }

    /// Puts back what the disk held when a copy was made.
    fn restore(&mut self) -> Result<()> {
        let Some(backup) = self.backup.take() else {
            return Err(Error::invalid(
                "there is no copy of this disk: make one first, with backup",
            ));
        };
        self.wipe()?;
        let disk = self.sound();
        for name in backup.list()? {
            if name == INCARNATION_FILE {
                continue;
            }
            let mut file = disk.open(&name)?;
            file.append(&backup.open(&name)?.read_all()?)?;
            file.sync()?;
        }
        disk.sync_dir()?;
        self.backup = Some(backup);
        Ok(())
    }

    /// Puts an empty disk, with nothing wrong, in the place of this one. How often the node was started is
    /// the machine's to know, and stays.
    pub(super) fn wipe(&mut self) -> Result<()> {
        match &self.kind {
            Kind::Memory(disk) => disk.wipe(),
            Kind::Given(disk) => {
                for name in disk.list()? {
                    if name != INCARNATION_FILE {
                        disk.remove(&name)?;
                    }
                }
                disk.sync_dir()?;
            }
        }
        self.faults = Faults::default();
        self.plan();
        Ok(())
    }

    /// Lets a fault begin, or end. True where a bit flipped.
    pub(super) fn strike(&mut self, fault: DiskFault, rng: &mut Rng) -> Result<bool> {
        match fault {
            DiskFault::Slow(by) => self.faults.slow = by,
            DiskFault::Full => self.faults.full = true,
            DiskFault::Room => self.faults.full = false,
            DiskFault::Lie => self.faults.lies = true,
            DiskFault::FailSync => self.faults.fails_sync = Some(self.faulty.strikes()),
            DiskFault::Flip => return self.flip(rng),
            DiskFault::Backup => self.backup = Some(self.copy()?),
            DiskFault::Restore => self.restore()?,
            DiskFault::Fine => self.faults = Faults::default(),
        }
        self.plan();
        Ok(false)
    }

    /// Plans the faults that there are anew, so that plans that were met do not pile up.
    fn plan(&self) {
        let (faulty, faults) = (&self.faulty, &self.faults);
        faulty.heal();
        if faults.full {
            faulty.limit_room(0);
        }
        if faults.lies {
            faulty.fail(Fault::Lie, Calls::All, When::From(1));
        }
        if faults.fails_sync.is_some() {
            faulty.fail(Fault::Io, Calls::Of(Call::Sync), When::Nth(1));
        }
    }

    fn flip(&self, rng: &mut Rng) -> Result<bool> {
        let disk = match &self.kind {
            Kind::Memory(disk) => return Ok(disk.flip_bit(rng)),
            Kind::Given(disk) => disk,
        };
        let mut bytes = 0;
        let mut files = Vec::new();
        for name in disk.list()? {
            let file = disk.open(&name)?;
            bytes += file.len()?;
            files.push(file);
        }
        let (mut byte, bit) = (rng.below(bytes), rng.below(8));
        for mut file in files {
            let len = file.len()?;
            if byte < len {
                let mut found = [0];
                file.read_exact_at(byte, &mut found)?;
                file.write_at(byte, &[found[0] ^ (1 << bit)])?;
                file.sync()?;
                return Ok(true);
            }
            byte -= len;
        }
        Ok(false)
    }

    /// How much longer an operation takes.
    pub(super) fn slow(&self) -> Duration {
        self.faults.slow
    }

    pub(super) fn lies(&self) -> bool {
        self.faults.lies
    }

    /// The fault that stands behind an error of the store, if it is one of the disk's.
    pub(super) fn blame(&mut self, error: &Error) -> Option<FaultKind> {
        match error {
            Error::DiskFull { .. } if self.faults.full => Some(FaultKind::DiskFull),
            Error::Corruption { .. } => Some(FaultKind::Unreadable),
            Error::Io { .. } => {
                let struck = self.faulty.strikes() > self.faults.fails_sync?;
                struck.then(|| {
                    self.faults.fails_sync = None;
                    self.plan();
                    FaultKind::DiskSync
                })
            }
            _ => None,
        }
    }

    /// The number of this start of a node that was started `before` times in this world.
    pub(super) fn next_incarnation(&self, before: u32) -> Result<u32> {
        let Kind::Given(disk) = &self.kind else {
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
        let mut disk = MachineDisk::given(Arc::new(memory.clone()));
        assert_eq!(disk.next_incarnation(0).unwrap(), 1);
        assert_eq!(disk.next_incarnation(0).unwrap(), 2);
        memory.crash(&mut Rng::from_seed(1));
        assert_eq!(disk.next_incarnation(7).unwrap(), 8);
        memory.open("table").unwrap().append(b"gone").unwrap();
        disk.wipe().unwrap();
        assert_eq!(memory.list().unwrap(), [INCARNATION_FILE]);
        assert_eq!(disk.next_incarnation(0).unwrap(), 9);
        assert!(
            disk.strike(DiskFault::Flip, &mut Rng::from_seed(1))
                .unwrap()
        );
        assert!(matches!(
            disk.next_incarnation(0),
            Err(Error::Corruption { .. })
        ));
    }
}

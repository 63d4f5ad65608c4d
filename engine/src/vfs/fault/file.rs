//! A file whose calls may fail.

use std::sync::Arc;

use super::plan::{Call, Fault, refused};
use super::{Shared, lock};
use crate::Result;
use crate::vfs::File;

#[derive(Debug)]
pub(super) struct FaultFile {
    name: String,
    file: Box<dyn File>,
    shared: Arc<Shared>,
}

impl FaultFile {
    pub(super) fn new(name: &str, file: Box<dyn File>, shared: Arc<Shared>) -> Self {
        Self {
            name: name.to_owned(),
            file,
            shared,
        }
    }

    fn check(&self, call: Call) -> Result<()> {
        refused(self.shared.meet(call), || self.what(call))
    }

    fn what(&self, call: Call) -> String {
        format!("{call:?} of '{}'", self.name)
    }

    /// Writes `bytes` with `write`, or the part of them that the faults let through. `longer` of them are
    /// added to the file.
    fn write(
        &mut self,
        call: Call,
        bytes: &[u8],
        longer: usize,
        write: impl FnOnce(&mut dyn File, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let (part, fault) = match self.shared.meet(call) {
            Some(Fault::PowerLoss) => return Err(Fault::PowerLoss.error(&self.what(call))),
            Some(fault) => (bytes.len() / 2, Some(fault)),
            None => {
                let room = lock(&self.shared.plans).take_room(longer);
                let fault = (room < longer).then_some(Fault::Full);
                (bytes.len() - (longer - room), fault)
            }
        };
        write(&mut *self.file, &bytes[..part])?;
        lock(&self.shared.plans).bytes_written += part as u64;
        refused(fault, || self.what(call))
    }
}

impl File for FaultFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(Call::Append, bytes, bytes.len(), |file, part| {
            file.append(part)
        })
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        let inside = self.file.len()?.saturating_sub(offset);
        let longer = (bytes.len() as u64).saturating_sub(inside) as usize;
        self.write(Call::WriteAt, bytes, longer, |file, part| {
            file.write_at(offset, part)
        })
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let fault = self.shared.meet(Call::ReadAt);
        if matches!(fault, Some(Fault::Io | Fault::PowerLoss)) {
            refused(fault, || self.what(Call::ReadAt))?;
        }
        let mut count = self.file.read_at(offset, buffer)?;
        match fault {
            Some(Fault::ShortRead) => count = count.div_ceil(2),
            Some(Fault::FlipBit(number)) if count > 0 => {
                let bit = (number % (count as u64 * 8)) as usize;
                buffer[bit / 8] ^= 1 << (bit % 8);
            }
            _ => {}
        }
        lock(&self.shared.plans).bytes_read += count as u64;
        Ok(count)
    }

    fn len(&self) -> Result<u64> {
        self.check(Call::Len)?;
        self.file.len()
    }

    fn truncate(&mut self, len: u64) -> Result<()> {
        self.check(Call::Truncate)?;
        self.file.truncate(len)
    }

    fn sync(&self) -> Result<()> {
        let fault = self.shared.meet(Call::Sync);
        let what = || self.what(Call::Sync);
        self.shared.sync(fault, what, || self.file.sync())
    }

    fn try_clone(&self) -> Result<Box<dyn File>> {
        let file = self.file.try_clone()?;
        Ok(Box::new(Self::new(
            &self.name,
            file,
            Arc::clone(&self.shared),
        )))
    }
}

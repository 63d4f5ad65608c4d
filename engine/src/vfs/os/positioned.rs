//! Reading and writing at an offset: one system call where there is one, else a seek before.

#[cfg(not(unix))]
pub(super) use seeking::{read_at, write_all_at};
#[cfg(unix)]
pub(super) use system::{read_at, write_all_at};

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt as _;

    pub(in crate::vfs::os) fn read_at(
        file: &File,
        buffer: &mut [u8],
        offset: u64,
    ) -> io::Result<usize> {
        file.read_at(buffer, offset)
    }

    pub(in crate::vfs::os) fn write_all_at(
        file: &File,
        bytes: &[u8],
        offset: u64,
    ) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }
}

/// A file has one position for all its handles, so one lock guards every seek.
#[cfg(any(not(unix), test))]
pub(super) mod seeking {
    use std::fs::File;
    use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
    use std::sync::{Mutex, PoisonError};

    static POSITION: Mutex<()> = Mutex::new(());

    pub(in crate::vfs::os) fn read_at(
        file: &File,
        buffer: &mut [u8],
        offset: u64,
    ) -> io::Result<usize> {
        let _held = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = file;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }

    pub(in crate::vfs::os) fn write_all_at(
        file: &File,
        bytes: &[u8],
        offset: u64,
    ) -> io::Result<()> {
        let _held = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = file;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }
}

//! What the operating system counts: bytes written, memory, and the disk under a folder.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Advice, fadvise, statfs, syncfs};

use crate::engine::Result;

/// Bytes that this process has passed to `write` and its kin so far (`wchar` of `/proc/self/io`): each engine's own
/// work, whenever the kernel chooses to bring it to the disk.
pub fn written_bytes() -> Result<u64> {
    field("/proc/self/io", "wchar:")
}

/// The most memory this process has had resident at once (`VmHWM`).
pub fn peak_memory_bytes() -> Result<u64> {
    Ok(field("/proc/self/status", "VmHWM:")? * 1024)
}

/// The memory this process has resident now (`VmRSS`).
pub fn memory_bytes() -> Result<u64> {
    Ok(field("/proc/self/status", "VmRSS:")? * 1024)
}

fn field(path: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(path)?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or_else(|| format!("{path} has no {name}"))?;
    Ok(value.parse()?)
}

/// Bytes the files of a folder occupy on the disk: allocated blocks, so that what is set aside in advance counts
/// and a hole does not.
pub fn disk_bytes(dir: &Path) -> Result<u64> {
    /// `st_blocks` counts in these, whatever the file system's own block.
    const BLOCK_BYTES: u64 = 512;
    let mut bytes = 0;
    each_file(dir, &mut |path| {
        bytes += fs::metadata(path)?.blocks() * BLOCK_BYTES;
        Ok(())
    })?;
    Ok(bytes)
}

/// Brings everything the file system holds in memory to the disk, so that one cell's writes do not delay the next.
pub fn sync(dir: &Path) -> Result<()> {
    Ok(syncfs(File::open(dir)?)?)
}

/// Drops the files of a folder from the page cache.
pub fn drop_page_cache(dir: &Path) -> Result<()> {
    sync(dir)?;
    each_file(dir, &mut |path| {
        Ok(fadvise(File::open(path)?, 0, None, Advice::DontNeed)?)
    })
}

/// The file system of a folder, by name where it is a usual one, and whether it lies in memory.
pub fn file_system(dir: &Path) -> Result<(String, bool)> {
    let kind = statfs(dir)?.f_type;
    let name = match kind {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x794c_7630 => "overlayfs",
        0x0102_1994 => return Ok(("tmpfs".into(), true)),
        _ => return Ok((format!("file system {kind:#x}"), false)),
    };
    Ok((name.into(), false))
}

fn each_file(dir: &Path, visit: &mut impl FnMut(&Path) -> Result<()>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            each_file(&entry.path(), visit)?;
        } else {
            visit(&entry.path())?;
        }
    }
    Ok(())
}

//! The names of segments, and what becomes of those whose writes are in tables.
//!
//! | name | what it is |
//! |---|---|
//! | `000123.kvl` | segment 123: its header is whole and synced, always |
//! | `000123.kvr` | nothing: a file to be made a segment, whatever it holds |
//!
//! A segment is made in a `.kvr` file and renamed once its header is synced, so there is no moment, and no crash,
//! at which a `.kvl` file has a header of another life. An obsolete segment becomes a `.kvr` file again:
//! its blocks are allocated and written, so the next segment in them costs less to sync.

use super::{LOG_RECYCLED_MAX, LOG_SPARE_BYTES_MAX};
use crate::Result;
use crate::storage::describe::FileId;
use crate::vfs::Vfs;

const SEGMENT_SUFFIX: &str = ".kvl";
const SPARE_SUFFIX: &str = ".kvr";

/// The name of a segment.
#[must_use]
pub fn log_file_name(id: FileId) -> String {
    format!("{id:06}{SEGMENT_SUFFIX}")
}

/// The segment of this name, if it is one's.
#[must_use]
pub fn log_file_id(name: &str) -> Option<FileId> {
    let id = name.strip_suffix(SEGMENT_SUFFIX)?.parse().ok()?;
    (log_file_name(id) == name).then_some(id)
}

/// The name under which segment `id` is made and, if it is kept, waits to be made another.
pub(super) fn spare_file_name(id: FileId) -> String {
    format!("{id:06}{SPARE_SUFFIX}")
}

/// The numbers of the segments there are, ascending.
///
/// # Errors
/// What the disk reports.
pub fn segments(vfs: &dyn Vfs) -> Result<Vec<FileId>> {
    let mut ids: Vec<FileId> = vfs
        .list()?
        .iter()
        .filter_map(|name| log_file_id(name))
        .collect();
    ids.sort_unstable();
    Ok(ids)
}

/// The names of the files that wait to be made segments, oldest first.
///
/// # Errors
/// What the disk reports.
pub fn spares(vfs: &dyn Vfs) -> Result<Vec<String>> {
    let mut names = vfs.list()?;
    names.retain(|name| name.ends_with(SPARE_SUFFIX));
    Ok(names)
}

/// What became of an obsolete segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retired {
    /// It waits under this name to be made another.
    Kept(String),
    /// It is gone.
    Removed,
}

/// Takes segment `id` out of the log: at most [`LOG_RECYCLED_MAX`] are kept to be made others, the rest are
/// removed. Call it only once a synced manifest says that the segment is obsolete: it then does not matter
/// whether a crash undoes this.
///
/// # Errors
/// What the disk reports; the segment may still be there, and may be retired again. One that is gone is no error.
pub fn retire(vfs: &dyn Vfs, id: FileId) -> Result<Retired> {
    let name = log_file_name(id);
    if !vfs.exists(&name)? {
        return Ok(Retired::Removed);
    }
    let roomy = vfs.open(&name)?.len()? <= LOG_SPARE_BYTES_MAX;
    if roomy && spares(vfs)?.len() < LOG_RECYCLED_MAX {
        let spare = spare_file_name(id);
        vfs.rename(&name, &spare)?;
        return Ok(Retired::Kept(spare));
    }
    vfs.remove(&name)?;
    Ok(Retired::Removed)
}

//! Which names a file or a folder may have, whatever disk it lies on.

use crate::{Error, Result};

/// The name that [`Vfs::lock`](crate::vfs::Vfs::lock) takes for itself on a real disk, and no file may have.
pub(super) const LOCK_NAME: &str = "LOCK";
/// The longest name that the usual file systems take, bytes.
pub(super) const NAME_BYTES_MAX: usize = 255;

/// Refuses what is no flat name, or would lead out of the folder.
pub(super) fn check_name(name: &str) -> Result<()> {
    let wrong = if name.is_empty() {
        "is empty"
    } else if name.len() > NAME_BYTES_MAX {
        "is longer than 255 bytes"
    } else if name == "." || name == ".." {
        "leads to another folder"
    } else if name.contains(['/', '\\']) {
        "names a path: names are flat"
    } else if name.contains('\0') {
        "holds a NUL"
    } else if name == LOCK_NAME {
        "belongs to the folder's lock"
    } else {
        return Ok(());
    };
    Err(Error::invalid(format!("the file name {name:?} {wrong}")))
}

//! Where the learner's record lies, and what stands beside it.

use std::path::{Path, PathBuf};

use kvorum_quiz::{Record, RecordError, default_path};

use crate::exit::Stop;

/// The record's file: `--db` or `KVORUM_DB`, or the usual place.
///
/// # Errors
/// [`Stop::Environment`] where no home folder is known.
pub fn path(db: Option<&Path>) -> Result<PathBuf, Stop> {
    match db {
        Some(named) => Ok(named.to_path_buf()),
        None => default_path().map_err(refused),
    }
}

/// Opens the record, making one where there is none.
///
/// # Errors
/// [`Stop::Environment`] for one that is damaged, locked or not a record.
pub fn open(db: Option<&Path>) -> Result<Record, Stop> {
    Record::open(&path(db)?).map_err(refused)
}

/// A file beside the record, where there is a place for one.
#[must_use]
pub fn beside(db: Option<&Path>, name: &str) -> Option<PathBuf> {
    path(db).ok().map(|record| record.with_file_name(name))
}

/// A record that cannot be used is the surroundings' fault: the text says how to set it aside.
#[must_use]
pub fn refused(error: RecordError) -> Stop {
    Stop::Environment(error.to_string())
}

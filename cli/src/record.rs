//! Where the learner's record lies, what stands beside it, and what its errors end with.

use std::io;
use std::path::{Path, PathBuf};

use kvorum_quiz::{QuizError, Record, RecordError, default_path};

use crate::exit::Stop;
use crate::terminal::{Terminal, printable};

/// The record's file: `--db` or `KVORUM_DB`, or the usual place.
///
/// # Errors
/// [`Stop::Environment`] where no home folder is known.
pub fn path(db: Option<&Path>) -> Result<PathBuf, Stop> {
    match db {
        Some(named) => Ok(named.to_path_buf()),
        None => default_path().map_err(unusable),
    }
}

/// Opens the record, making one where there is none. A damaged one is moved aside whole, which is said.
///
/// # Errors
/// [`Stop::Environment`] for one that is locked, from a later release, or not a record.
pub fn open(db: Option<&Path>, terminal: &mut Terminal) -> Result<Record, Stop> {
    let path = path(db)?;
    match Record::open(&path) {
        Err(RecordError::Damaged { what, .. }) => {
            let folder = Record::set_aside(&path).map_err(unusable)?;
            let (path_text, folder) = (path.display().to_string(), folder.display().to_string());
            terminal.remark(printable(&format!(
                "Your record {path_text} cannot be read: {what}.\n\
                 Nothing in it was overwritten: it was moved, whole, into {folder}, and a new record\n\
                 begins. To get answers back, try sqlite3's .recover on a copy of it, or\n\
                 `kvorum progress import` with an earlier export."
            )));
            Record::open(&path).map_err(unusable)
        }
        other => other.map_err(unusable),
    }
}

/// Opens the record to look at it only: one that may not be written can still be read.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be read.
pub fn open_to_read(db: Option<&Path>) -> Result<Record, Stop> {
    Record::open_to_read(&path(db)?).map_err(unusable)
}

/// A file beside the record, where there is a place for one.
#[must_use]
pub fn beside(db: Option<&Path>, name: &str) -> Option<PathBuf> {
    path(db).ok().map(|record| record.with_file_name(name))
}

/// A record that cannot be used is the surroundings' fault: the text says what to do.
pub fn unusable(error: RecordError) -> Stop {
    Stop::Environment(error.to_string())
}

/// What an error of the quiz ends with.
#[must_use]
pub fn refused(error: QuizError) -> Stop {
    match error {
        QuizError::Terminal(error) if is_gone(&error) => Stop::ReaderGone,
        QuizError::NoQuestions { .. } | QuizError::NoPoll { .. } => Stop::Usage(error.to_string()),
        _ => Stop::Environment(error.to_string()),
    }
}

/// Whether nobody is there any more: a pipe without a reader, or a terminal that was closed.
fn is_gone(error: &io::Error) -> bool {
    /// EIO, the same number on every Unix.
    const CLOSED_TERMINAL: i32 = 5;
    error.kind() == io::ErrorKind::BrokenPipe
        || cfg!(unix) && error.raw_os_error() == Some(CLOSED_TERMINAL)
}

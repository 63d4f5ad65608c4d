//! What can go wrong with a record. No variant changes the file: what was saved before stays saved.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the learner's record. Nothing in the file is overwritten or deleted by any of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// No folder for a user's data is known.
    #[error(
        "no home folder is known, so there is no usual place for your record: name a file with --db FILE or KVORUM_DB=FILE"
    )]
    NoPlace,
    /// The record's folder is not there and cannot be made.
    #[error("cannot make the folder {} for your record: {source}; name another file with --db FILE or KVORUM_DB=FILE", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path names something that is not a file.
    #[error("{} is not a file, so it cannot be your record: name a file with --db FILE or KVORUM_DB=FILE", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be opened or written.
    #[error("cannot write your record {}: {source}; check that you may write to this file and to its folder, or name another with --db FILE or KVORUM_DB=FILE", .path.display())]
    NotWritable {
        /// The record.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file can be neither written nor read.
    #[error("cannot read your record {}: {source}; check that you may read this file and its folder, or name another with --db FILE or KVORUM_DB=FILE", .path.display())]
    NotReadable {
        /// The record.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The disk is full.
    #[error("the disk that holds your record {} is full: this answer is not saved, the earlier ones are; free some space and answer again", .path.display())]
    DiskFull {
        /// The record.
        path: PathBuf,
    },
    /// Another program kept the file locked.
    #[error("another program keeps your record {} locked: this answer is not saved, the earlier ones are; close the other program and try again", .path.display())]
    Locked {
        /// The record.
        path: PathBuf,
    },
    /// The file is damaged, or not an SQLite file at all.
    #[error("your record {} cannot be read: {what}. Nothing in it was overwritten. The next `kvorum quiz` moves it aside whole and begins a new record; to get answers out of it, try: sqlite3 COPY_OF_IT .recover", .path.display())]
    Damaged {
        /// The record.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A database of some other program.
    #[error("{} is a database of some other program, not a Kvorum record. Nothing in it was changed. Name another file with --db FILE or KVORUM_DB=FILE", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A record that a later release of Kvorum wrote.
    #[error("your record {} has version {found} and this Kvorum knows versions up to {known}. Nothing in it was changed. Use the newer Kvorum that wrote it, or name another file with --db FILE or KVORUM_DB=FILE", .path.display())]
    Newer {
        /// The record.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version this build knows.
        known: i64,
    },
    /// An answer that breaks a rule of the record, like a lesson 0.
    #[error("this answer does not fit the record {}: {source}", .path.display())]
    Refused {
        /// The record.
        path: PathBuf,
        /// Which rule.
        source: rusqlite::Error,
    },
    /// What is to be imported cannot be read, or what is to be exported cannot be written.
    #[error("{what}; nothing in your record {} was changed", .path.display())]
    Transfer {
        /// The record.
        path: PathBuf,
        /// What is wrong, and in which line.
        what: String,
    },
    /// A damaged record could not be moved out of the way.
    #[error("your record {} is damaged and cannot be moved to {}: {source}; move it yourself, with its -wal and -shm, or name another file with --db FILE or KVORUM_DB=FILE", .path.display(), .to.display())]
    NotSetAside {
        /// The record.
        path: PathBuf,
        /// The folder it was to go to.
        to: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Anything else that SQLite reports.
    #[error("your record {}: {source}", .path.display())]
    Sqlite {
        /// The record.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl RecordError {
    /// Sorts what SQLite says by what the learner can do about it.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Damaged {
                path,
                what: "it is not an SQLite database".to_owned(),
            },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                what: format!("it is damaged ({source})"),
            },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path, source }
            }
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ConstraintViolation) => Self::Refused { path, source },
            _ => Self::Sqlite { path, source },
        }
    }
}

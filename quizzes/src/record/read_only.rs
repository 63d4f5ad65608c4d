//! A record for whoever only reads it: on a read-only disk, from a backup, as another user.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::migrate::{self, Standing};
use super::{LOCK_WAIT, Record, RecordError, inspect};

impl Record {
    /// Opens the record at `path` to read it. Where it may be written this is [`Record::open`]; where not,
    /// it is read as it is. Where there is none, an empty one stands in, and no file is made.
    ///
    /// # Errors
    /// Any [`RecordError`]. One that an earlier release wrote has to be writable, to be brought up to date.
    pub fn open_to_read(path: &Path) -> Result<Self, RecordError> {
        if matches!(path.try_exists(), Ok(false)) {
            return stand_in(path);
        }
        match Self::open(path) {
            Err(not_writable @ RecordError::NotWritable { .. }) => as_it_is(path, not_writable),
            other => other,
        }
    }
}

/// A record without answers that refuses to keep any: it would forget them.
fn stand_in(path: &Path) -> Result<Record, RecordError> {
    let fail = |source| RecordError::from_sqlite(path, source);
    let mut connection = Connection::open_in_memory().map_err(fail)?;
    migrate::climb(&mut connection).map_err(fail)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(fail)?;
    Ok(Record {
        connection,
        path: path.to_path_buf(),
    })
}

fn as_it_is(path: &Path, not_writable: RecordError) -> Result<Record, RecordError> {
    let fail = |source| match RecordError::from_sqlite(path, source) {
        RecordError::NotWritable { path, source } => RecordError::NotReadable { path, source },
        other => other,
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path), flags).map_err(fail)?;
    connection.busy_timeout(LOCK_WAIT).map_err(fail)?;
    let standing = migrate::standing(&connection).map_err(fail)?;
    inspect(&connection, path)?;
    if standing == Standing::Empty {
        return stand_in(path);
    }
    if !migrate::is_current(&connection).map_err(fail)? {
        return Err(not_writable);
    }
    Ok(Record {
        connection,
        path: path.to_path_buf(),
    })
}

/// The path as SQLite's URI. Without a write-ahead log the file is whole by itself, and calling it immutable
/// spares SQLite the companions that it cannot make in a read-only folder. With one, they are there.
fn uri(path: &Path) -> String {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let has_log = fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0);
    let mut uri = String::from(if path.has_root() { "file://" } else { "file:" });
    let text = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) && path.is_absolute() {
        uri.push('/');
    }
    for &byte in text {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' => uri.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if !has_log {
        uri.push_str("?immutable=1");
    }
    uri
}

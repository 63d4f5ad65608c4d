//! A damaged record is moved out of the way, whole, and stays.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Record, RecordError};

/// A record's companions, then the record. The write-ahead log goes along: it may hold the latest answers, and
/// it goes first: left alone, it would be read into the record that comes next.
const PARTS: [&str; 3] = ["-wal", "-shm", ""];

impl Record {
    /// Moves the record at `path` with its companions into a new folder beside it, and returns that folder.
    ///
    /// # Errors
    /// [`RecordError::NotSetAside`]; what could not be moved is where it was.
    pub fn set_aside(path: &Path) -> Result<PathBuf, RecordError> {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let mut number = 1;
        let folder = loop {
            let folder = with_suffix(path, &format!(".damaged-{number}"));
            match fs::create_dir(&folder) {
                Ok(()) => break folder,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(not_set_aside(path, folder, source)),
            }
        };
        for suffix in PARTS {
            let from = with_suffix(path, suffix);
            match fs::rename(&from, with_suffix(&folder.join(name), suffix)) {
                Err(error) if suffix.is_empty() || error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(not_set_aside(path, folder, error));
                }
                _ => {}
            }
        }
        Ok(folder)
    }
}

fn not_set_aside(path: &Path, to: PathBuf, source: std::io::Error) -> RecordError {
    RecordError::NotSetAside {
        path: path.to_path_buf(),
        to,
        source,
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

//! Where the record lies.

use std::env;
use std::path::PathBuf;

use super::RecordError;

/// The file name in the platform's data folder.
const FILE_NAME: &str = "record.sqlite";

/// The record's file when none is named: `KVORUM_DB`, or `record.sqlite` in the platform's data folder.
///
/// # Errors
/// [`RecordError::NoPlace`] where the platform knows no home folder.
pub fn default_path() -> Result<PathBuf, RecordError> {
    if let Some(named) = env::var_os("KVORUM_DB").filter(|named| !named.is_empty()) {
        return Ok(PathBuf::from(named));
    }
    let folders =
        directories::ProjectDirs::from("dev", "kvorum", "kvorum").ok_or(RecordError::NoPlace)?;
    Ok(folders.data_local_dir().join(FILE_NAME))
}

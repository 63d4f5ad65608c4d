//! `kvorum record`.

use std::io::Write as _;
use std::path::Path;

use crate::args::{RecordAction, RecordArgs};
use crate::exit::{Exit, Stop};
use crate::record;
use crate::session::counted;
use crate::terminal::{Terminal, printable};

/// Checks the record's file, or computes again what follows from its answers.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be used.
pub fn record(args: &RecordArgs, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let path = record::path(db)?.display().to_string();
    let path = printable(&path);
    match args.action {
        RecordAction::Check => {
            let record = record::open_to_read(db)?;
            record.check().map_err(record::unusable)?;
            let answers = record.count().map_err(record::unusable)?;
            let answers = counted(usize::try_from(answers).unwrap_or(usize::MAX), "answer");
            writeln!(terminal, "{path}: sound, {answers}")?;
        }
        RecordAction::Rebuild => {
            let mut record = record::open(db, terminal)?;
            let answers = record.rebuild().map_err(record::unusable)?;
            let answers = counted(usize::try_from(answers).unwrap_or(usize::MAX), "answer");
            writeln!(terminal, "{path}: folded again from {answers}")?;
        }
    }
    Ok(Exit::Done)
}

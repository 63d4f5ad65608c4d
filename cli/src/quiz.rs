//! `kvorum quiz`.

pub mod lint;
pub mod simulate;

use std::io;
use std::path::Path;

use kvorum_quiz::{Bank, Clock as _, Lines, SessionOptions, SystemClock, run_session};

use crate::args::QuizArgs;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::Terminal;

/// Asks questions, keeping every answer in the record before its feedback is shown.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be used; [`Stop::Usage`] for a lesson without questions.
pub fn quiz(args: &QuizArgs, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let record = record::open(db, terminal)?;
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let options = SessionOptions {
        lesson: args.lesson,
        count: args.count,
        seed: args
            .seed
            .unwrap_or_else(|| SystemClock.now_ms().unsigned_abs()),
        colour: terminal.is_coloured(),
        width: terminal.columns(),
    };
    let mut lines = Lines::new(io::stdin().lock(), terminal);
    run_session(&mut lines, &SystemClock, &bank, &record, &options).map_err(record::refused)?;
    Ok(Exit::Done)
}

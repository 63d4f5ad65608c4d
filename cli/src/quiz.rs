//! `kvorum quiz`.

pub mod lint;
pub mod simulate;

use std::io;
use std::path::Path;

use kvorum_quiz::{
    Bank, Clock as _, Ending, Lines, Mode, QuizError, Record, SessionOptions, Summary, SystemClock,
    run_session,
};

use crate::args::{QUESTIONS_MAX, QuizArgs};
use crate::exit::{Exit, Stop};
#[cfg(unix)]
use crate::keyboard::Keyboard;
use crate::record;
use crate::terminal::Terminal;

/// Questions of one sitting, where nobody says how many.
const QUESTIONS_USUAL: usize = 10;

/// Asks questions, keeping every answer in the record before its feedback is shown.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be used; [`Stop::Usage`] for a lesson without questions, or
/// without a poll.
pub fn quiz(args: &QuizArgs, db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let record = record::open(db, terminal)?;
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let usual = if args.exam {
        QUESTIONS_MAX
    } else {
        QUESTIONS_USUAL
    };
    let options = SessionOptions {
        mode: mode(args),
        lesson: args.lesson,
        count: args.count.unwrap_or(usual),
        seed: args
            .seed
            .unwrap_or_else(|| SystemClock.now_ms().unsigned_abs()),
        colour: terminal.is_coloured() && !args.plain,
        width: terminal.columns(),
        plain: args.plain,
        paragraph: &kvorum_lessons::paragraph,
    };
    let summary = session(&bank, &record, &options, terminal).map_err(record::refused)?;
    Ok(match summary.ending {
        Ending::Interrupted => Exit::Interrupted,
        Ending::Done | Ending::Stopped => Exit::Done,
    })
}

fn mode(args: &QuizArgs) -> Mode {
    match (args.poll, args.lesson) {
        (true, Some(lesson)) => Mode::Poll(lesson),
        _ if args.exam => Mode::Exam,
        _ if args.review => Mode::Review,
        _ => Mode::Practice,
    }
}

/// Key by key where somebody types who looks on, otherwise line by line.
fn session(
    bank: &Bank,
    record: &Record,
    options: &SessionOptions<'_>,
    terminal: &mut Terminal,
) -> Result<Summary, QuizError> {
    let is_typed_into = terminal.is_typed_into();
    #[cfg(unix)]
    if is_typed_into
        && !options.plain
        && let Some(mut keyboard) = Keyboard::open(terminal)?
    {
        return run_session(&mut keyboard, &SystemClock, bank, record, options);
    }
    let lines = Lines::new(io::stdin().lock(), terminal);
    let mut lines = match is_typed_into {
        true => lines.typed(),
        false => lines.echoing(),
    };
    run_session(&mut lines, &SystemClock, bank, record, options)
}

//! `kvorum` alone: where you are, and what to do next.

use std::io::Write as _;
use std::path::Path;

use kvorum_quiz::{Bank, Clock as _, LessonProgress, Progress, SystemClock};

use crate::args::RELEASE;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::{ASIDE, COMMAND, Terminal, wrapped};

/// Columns of a command in a list of steps.
const STEP_COLUMNS: usize = 24;

/// What Kvorum is.
const ABOUT: &str =
    "A distributed key-value store that you learn by running, breaking and rebuilding it.";

/// What someone new does, in order.
const FIRST_STEPS: [(&str, &str); 4] = [
    (
        "kvorum tour",
        "see a cluster live through a failure, 15 seconds",
    ),
    (
        "kvorum learn",
        "read the course in your browser, with live labs",
    ),
    ("kvorum quiz", "predict what a cluster does, and see it run"),
    ("kvorum cluster", "break a cluster of your own"),
];

/// Says where the learner is. A record that cannot be read is told, with the first steps, and ends with
/// the code of [`Exit::Environment`].
///
/// # Errors
/// As any write.
pub fn welcome(db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    terminal.title(format_args!("Kvorum {RELEASE}"))?;
    for line in wrapped(ABOUT, terminal.columns()) {
        writeln!(terminal, "{line}")?;
    }
    writeln!(terminal)?;
    let exit = match standing(db) {
        Ok(None) => {
            steps("First steps", &FIRST_STEPS, terminal)?;
            Exit::Done
        }
        Ok(Some(progress)) => {
            where_you_are(&progress, terminal)?;
            Exit::Done
        }
        Err(stop) => {
            steps("First steps", &FIRST_STEPS, terminal)?;
            terminal.finish()?;
            terminal.complain(&stop);
            stop.exit()
        }
    };
    writeln!(terminal)?;
    writeln!(
        terminal,
        "{ASIDE}Every command: {ASIDE:#}{COMMAND}kvorum --help{COMMAND:#}"
    )?;
    Ok(exit)
}

/// Where the learner stands, when any answer was given. Looking does not make a record.
fn standing(db: Option<&Path>) -> Result<Option<Progress>, Stop> {
    if !record::path(db)?.exists() {
        return Ok(None);
    }
    let record = record::open_to_read(db)?;
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    let progress =
        Progress::gather(&record, &bank, SystemClock.now_ms()).map_err(record::refused)?;
    Ok(Some(progress).filter(|progress| progress.lessons.iter().any(is_begun)))
}

fn is_begun(lesson: &LessonProgress) -> bool {
    lesson.asked > 0 || lesson.exercises_tried > 0
}

fn where_you_are(progress: &Progress, terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title("Where you are")?;
    for lesson in progress.lessons.iter().filter(|lesson| is_begun(lesson)) {
        let met = format!("{} of {} questions met,", lesson.seen, lesson.questions);
        let right = format!("{} right at the last try", lesson.known);
        let lesson = format!("  lesson {:<3} ", lesson.lesson);
        let indent = lesson.len();
        let lines = wrapped(&format!("{met} {right}"), terminal.columns() - indent);
        writeln!(
            terminal,
            "{lesson}{}",
            lines.join(&format!("\n{:indent$}", ""))
        )?;
    }
    writeln!(terminal)?;
    let next = [
        (progress.next.command.as_str(), progress.next.text.as_str()),
        ("kvorum progress", "see how ready you are, lesson by lesson"),
        ("kvorum learn", "read on in your browser"),
        ("kvorum cluster", "break a cluster of your own"),
    ];
    steps("What to do next", &next, terminal)
}

fn steps(title: &str, steps: &[(&str, &str)], terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title(title)?;
    for (command, what) in steps {
        let lines = wrapped(what, terminal.columns() - STEP_COLUMNS - 3);
        let first = lines.first().map_or("", String::as_str);
        writeln!(
            terminal,
            "  {COMMAND}{command:<STEP_COLUMNS$}{COMMAND:#} {first}"
        )?;
        for line in lines.iter().skip(1) {
            writeln!(terminal, "{:1$}{line}", "", STEP_COLUMNS + 3)?;
        }
    }
    Ok(())
}

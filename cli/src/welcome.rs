//! `kvorum` alone: where you are, and what to do next.

use std::io::Write as _;
use std::path::Path;

use kvorum_quiz::AttemptKind;
use kvorum_quiz::record::LessonCount;

use crate::args::RELEASE;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::session::counted;
use crate::terminal::{ASIDE, COMMAND, Terminal};

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
    (
        "kvorum quiz --lesson 2",
        "predict what a cluster does, and see it run",
    ),
    ("kvorum cluster", "break a cluster of your own"),
];

/// Says where the learner is. A record that cannot be read is told, with the first steps, and ends with
/// the code of [`Exit::Environment`].
///
/// # Errors
/// As any write.
pub fn welcome(db: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Stop> {
    terminal.title(format_args!("Kvorum {RELEASE}"))?;
    writeln!(
        terminal,
        "A distributed key-value store that you learn by running, breaking and"
    )?;
    writeln!(terminal, "rebuilding it.")?;
    writeln!(terminal)?;
    let exit = match counts(db) {
        Ok(lessons) if lessons.is_empty() => {
            steps("First steps", &FIRST_STEPS, terminal)?;
            Exit::Done
        }
        Ok(lessons) => {
            where_you_are(&lessons, terminal)?;
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

/// The answers so far by lesson. Looking does not make a record where there is none.
fn counts(db: Option<&Path>) -> Result<Vec<LessonCount>, Stop> {
    if !record::path(db)?.exists() {
        return Ok(Vec::new());
    }
    let record = record::open(db)?;
    record
        .lesson_counts(AttemptKind::Quiz)
        .map_err(record::refused)
}

fn where_you_are(lessons: &[LessonCount], terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title("Where you are")?;
    for count in lessons {
        let asked = counted(count.distinct as usize, "question");
        writeln!(
            terminal,
            "  lesson {:<3} {asked} met, {} right at the last try",
            count.lesson, count.known
        )?;
    }
    writeln!(terminal)?;
    let shaky = lessons.iter().find(|count| count.known < count.distinct);
    let quiz = match shaky {
        Some(count) => format!("kvorum quiz --lesson {}", count.lesson),
        None => "kvorum quiz".to_owned(),
    };
    let why = match shaky {
        Some(_) => "try again what you missed",
        None => "everything you met was right: meet more",
    };
    let next = [
        (quiz.as_str(), why),
        ("kvorum progress", "see how ready you are, lesson by lesson"),
        ("kvorum learn", "read on in your browser"),
        ("kvorum cluster", "break a cluster of your own"),
    ];
    steps("What to do next", &next, terminal)
}

fn steps(title: &str, steps: &[(&str, &str)], terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title(title)?;
    for (command, what) in steps {
        writeln!(terminal, "  {COMMAND}{command:<24}{COMMAND:#} {what}")?;
    }
    Ok(())
}

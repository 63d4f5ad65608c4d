//! `kvorum tour`: a scenario script, told act by act at a walking pace.
//!
//! The script is a file like any other. Its comments carry the tale: `##` opens an act, `#` is said to
//! the reader, and every other line runs on a real cluster.

use std::io::Write as _;
use std::time::Duration;

use kvorum::script::{RunOptions, Session};

use crate::args::TourArgs;
use crate::exit::{Exit, Stop};
use crate::session::{show_detail, show_failure, show_step};
use crate::terminal::{BAD, COMMAND, GOOD, Terminal, wrapped};

/// The tour's script.
pub const SCRIPT: &str = include_str!("tour/tour.kv");
/// What stands for the script's file name in messages.
const FILE: &str = "tour.kv";
/// How long the tour takes on a terminal.
const LENGTH: Duration = Duration::from_secs(15);
/// The first lines tell an author about the script, not the reader about Kvorum.
const AUTHOR_PREFIX: &str = "#!";

/// One beat of the tour.
#[derive(Debug, PartialEq, Eq)]
enum Beat<'a> {
    Act(&'a str),
    Say(&'a str),
    Run(&'a str),
}

impl Beat<'_> {
    /// How long it takes to read, against the other beats.
    fn weight(&self) -> u32 {
        match self {
            Self::Act(_) => 1,
            Self::Say(_) => 3,
            Self::Run(_) => 2,
        }
    }
}

/// Runs the tour; fails when one of its checks does not hold.
///
/// # Errors
/// As any write.
pub fn tour(args: &TourArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    if args.script {
        for line in SCRIPT.lines() {
            writeln!(terminal, "{line}")?;
        }
        return Ok(Exit::Done);
    }
    let beats = beats(SCRIPT);
    let weights: u32 = beats.iter().map(|(_, beat)| beat.weight()).sum();
    let unit = if args.fast {
        Duration::ZERO
    } else {
        LENGTH / weights.max(1)
    };
    writeln!(
        terminal,
        "Every line with an arrow really runs, on a cluster in virtual time."
    )?;
    let mut session = Session::new(&RunOptions::default());
    let mut held = true;
    for (number, beat) in &beats {
        match beat {
            Beat::Act(title) => {
                writeln!(terminal)?;
                terminal.title(title)?;
            }
            Beat::Say(text) => {
                for line in wrapped(text, terminal.columns()) {
                    writeln!(terminal, "{line}")?;
                }
            }
            Beat::Run(line) => held &= execute(&mut session, *number, line, terminal)?,
        }
        terminal.pause(unit * beat.weight())?;
    }
    farewell(held, &session, terminal)?;
    Ok(Exit::of_check(held))
}

fn execute(
    session: &mut Session,
    number: usize,
    line: &str,
    terminal: &mut Terminal,
) -> Result<bool, Stop> {
    let step = match session.execute(FILE, number, line) {
        Ok(None) => return Ok(true),
        Ok(Some(step)) => step,
        Err(error) => {
            writeln!(terminal, "{BAD}{error}{BAD:#}")?;
            return Ok(false);
        }
    };
    show_step(terminal, &step)?;
    if !step.ok {
        show_failure(terminal, FILE, &step)?;
        show_detail(terminal, &step)?;
    }
    Ok(step.ok)
}

fn farewell(held: bool, session: &Session, terminal: &mut Terminal) -> Result<(), Stop> {
    writeln!(terminal)?;
    if held {
        writeln!(terminal, "{GOOD}Every check of the tour held.{GOOD:#}")?;
    } else {
        writeln!(
            terminal,
            "{BAD}A check of the tour failed: see above.{BAD:#}"
        )?;
    }
    if let Some(cluster) = session.cluster() {
        let hash = cluster.trace_hash();
        writeln!(
            terminal,
            "Trace {hash}: the same on every machine, in Rust, Python and Java."
        )?;
    }
    writeln!(terminal)?;
    terminal.title("Where to go on")?;
    for (command, what) in NEXT {
        writeln!(terminal, "  {COMMAND}{command:<26}{COMMAND:#} {what}")?;
    }
    Ok(())
}

const NEXT: [(&str, &str); 4] = [
    (
        "kvorum learn",
        "read the course in your browser, with live labs",
    ),
    ("kvorum quiz", "see what you can predict already"),
    ("kvorum cluster", "break a cluster of your own"),
    (
        "kvorum tour --script",
        "this tour as a script, to change and run",
    ),
];

/// The script's lines with their numbers; blank lines and the author's remarks are left out.
fn beats(script: &str) -> Vec<(usize, Beat<'_>)> {
    script
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let line = line.trim();
            let beat = if line.is_empty() || line.starts_with(AUTHOR_PREFIX) {
                return None;
            } else if let Some(title) = line.strip_prefix("##") {
                Beat::Act(title.trim())
            } else if let Some(text) = line.strip_prefix('#') {
                Beat::Say(text.trim())
            } else {
                Beat::Run(line)
            };
            Some((index + 1, beat))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kvorum_quiz::LESSON_COUNT;

    use super::{Beat, SCRIPT, beats};

    #[test]
    fn comments_tell_and_lines_run() {
        let script = "#! for authors\n## Act\n\n# said\nput a b -> ok\n";
        let expected = [
            (2, Beat::Act("Act")),
            (4, Beat::Say("said")),
            (5, Beat::Run("put a b -> ok")),
        ];
        assert_eq!(beats(script), expected);
    }

    #[test]
    fn the_tour_sends_to_lessons_that_there_are() {
        let lines = SCRIPT.lines().filter(|line| line.contains("lesson "));
        let is_named = |line: &str, number: u8| line.contains(&format!("lesson {number},"));
        let known = |line: &&str| (1..=LESSON_COUNT).any(|number| is_named(line, number));
        assert!(lines.clone().count() >= 4);
        assert_eq!(lines.clone().find(|line| !known(line)), None);
    }
}

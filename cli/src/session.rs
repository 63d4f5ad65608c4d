//! One executed line of the scenario language, shown to a person: the same in `run`, `cluster` and
//! `tour`.

use std::io::Write as _;

use kvorum::script::Step;

use crate::exit::Stop;
use crate::terminal::{ASIDE, BAD, COMMAND, GOOD, Terminal, clipped, printable, wrapped};

/// The column where `->` stands, where the line before it leaves room.
pub const ARROW_COLUMN: usize = 40;
/// Columns before what is said about a line.
const INDENT: usize = 4;

/// Shows a step as it would stand in a script: the line, `->`, and what really happened. A picture
/// stands below its line.
///
/// # Errors
/// As any write.
pub fn show_step(terminal: &mut Terminal, step: &Step) -> Result<(), Stop> {
    let source = printable(&step.source);
    let gap = ARROW_COLUMN.saturating_sub(source.chars().count()).max(1);
    write!(terminal, "{COMMAND}{source}{COMMAND:#}")?;
    show_answer(terminal, step, gap)
}

/// Shows what a step returned; `gap` blanks stand before the arrow, none where it begins its line.
///
/// # Errors
/// As any write.
pub fn show_answer(terminal: &mut Terminal, step: &Step, gap: usize) -> Result<(), Stop> {
    if step.printed.contains('\n') {
        if gap > 0 {
            writeln!(terminal)?;
        }
        writeln!(terminal, "{}", printable(step.printed.trim_end()))?;
        return Ok(());
    }
    let printed = printable(clipped(&step.printed).as_ref()).into_owned();
    let style = match (step.ok, step.expected.is_some() || is_check(step)) {
        (false, _) => BAD,
        (true, true) => GOOD,
        (true, false) => anstyle::Style::new(),
    };
    writeln!(
        terminal,
        "{:gap$}{ASIDE}->{ASIDE:#} {style}{printed}{style:#}",
        ""
    )?;
    Ok(())
}

/// Shows the text of an error that a line gave, below its name.
///
/// # Errors
/// As any write.
pub fn show_detail(terminal: &mut Terminal, step: &Step) -> Result<(), Stop> {
    if let Some(detail) = &step.detail {
        for line in wrapped(
            &printable(clipped(detail).as_ref()),
            terminal.columns() - INDENT,
        ) {
            writeln!(terminal, "{:INDENT$}{ASIDE}{line}{ASIDE:#}", "")?;
        }
    }
    Ok(())
}

/// True for an `expect` line, which is a check by itself.
#[must_use]
pub fn is_check(step: &Step) -> bool {
    step.source.split_whitespace().next() == Some("expect")
}

/// Shows where an expectation failed, what it stated and what happened.
///
/// # Errors
/// As any write.
pub fn show_failure(terminal: &mut Terminal, file: &str, step: &Step) -> Result<(), Stop> {
    let label = step.label.as_deref().map(|label| format!(" ({label})"));
    let label = label.unwrap_or_default();
    writeln!(
        terminal,
        "    {BAD}FAILED{BAD:#} at {}:{}{}",
        printable(file),
        step.line,
        printable(&label)
    )?;
    let expected = match &step.expected {
        Some(expected) => printable(clipped(expected).as_ref()).into_owned(),
        None if is_check(step) => "that this holds".to_owned(),
        None => "no error".to_owned(),
    };
    writeln!(terminal, "    expected  {expected}")?;
    let got = printable(clipped(&step.printed).as_ref()).into_owned();
    writeln!(
        terminal,
        "    got       {}",
        got.replace('\n', "\n              ")
    )?;
    Ok(())
}

/// `1 key`, `2 keys`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

//! `help` and `help VERB`, from the engine's verb table.

use std::io::Write as _;

use kvorum::script::{VERBS, Verb, nearest};

use crate::exit::Stop;
use crate::terminal::{COMMAND, Terminal, printable, wrapped};

/// Prints the language's verbs, or one of them in full.
///
/// # Errors
/// As any write.
pub fn help(terminal: &mut Terminal, topic: Option<&str>) -> Result<(), Stop> {
    match topic {
        None => overview(terminal),
        Some(topic) => match VERBS.iter().find(|verb| verb.name == topic) {
            Some(verb) => one(terminal, verb),
            None => unknown(terminal, topic),
        },
    }
}

fn overview(terminal: &mut Terminal) -> Result<(), Stop> {
    for verb in VERBS {
        let lines = wrapped(verb.about, terminal.columns() - 12);
        let first = lines.first().map_or("", String::as_str);
        writeln!(terminal, "{COMMAND}{:<11}{COMMAND:#} {first}", verb.name)?;
        for line in lines.iter().skip(1) {
            writeln!(terminal, "{:12}{line}", "")?;
        }
    }
    writeln!(terminal)?;
    writeln!(
        terminal,
        "A line may end in `-> answer`: what it must return. `#` starts a comment."
    )?;
    writeln!(
        terminal,
        "help VERB says more; exit or Ctrl-D ends; Tab completes. What each setting"
    )?;
    writeln!(
        terminal,
        "means stands in `kvorum learn`, on the page \"The Scenario Language\"."
    )?;
    Ok(())
}

fn one(terminal: &mut Terminal, verb: &Verb) -> Result<(), Stop> {
    for line in wrapped(verb.usage, terminal.columns()) {
        writeln!(terminal, "{COMMAND}{line}{COMMAND:#}")?;
    }
    for line in wrapped(verb.about, terminal.columns() - 4) {
        writeln!(terminal, "    {line}")?;
    }
    let options: Vec<String> = verb.options.iter().map(|name| format!("{name}=")).collect();
    listed(terminal, "one of", &verb.words.join(" "))?;
    listed(terminal, "options", &options.join(" "))
}

/// Words below a heading; nothing where there are none.
fn listed(terminal: &mut Terminal, heading: &str, words: &str) -> Result<(), Stop> {
    for (index, line) in wrapped(words, terminal.columns() - 13).iter().enumerate() {
        let heading = if index == 0 { heading } else { "" };
        writeln!(terminal, "    {heading:<8} {line}")?;
    }
    Ok(())
}

fn unknown(terminal: &mut Terminal, topic: &str) -> Result<(), Stop> {
    let topic = printable(topic);
    match nearest(&topic, VERBS.iter().map(|verb| verb.name)) {
        Some(near) => writeln!(terminal, "no verb '{topic}'; did you mean '{near}'?")?,
        None => writeln!(terminal, "no verb '{topic}'; help alone lists them")?,
    }
    Ok(())
}

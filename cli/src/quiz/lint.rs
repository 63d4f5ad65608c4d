//! `kvorum quiz lint`.

use std::io::Write as _;

use kvorum_lessons::has_place;
use kvorum_quiz::Bank;
use kvorum_quiz::lint::lint_watched;

use crate::args::LintArgs;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::{Terminal, printable};

/// Checks the bank inside the program, or the one in a folder, against the rules of its authors.
///
/// # Errors
/// [`Stop::Usage`] for a folder whose bank cannot be read.
pub fn lint(args: &LintArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let bank = match &args.bank {
        Some(folder) => {
            Bank::from_folder(folder).map_err(|error| Stop::Usage(error.to_string()))?
        }
        None => Bank::embedded().map_err(|error| record::refused(error.into()))?,
    };
    let bar = terminal.bar("{pos}/{len} runs");
    let report = lint_watched(&bank, &has_place, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    if args.json {
        writeln!(terminal, "{}", serde_json::json!(report))?;
    } else {
        let text = report.render(terminal.columns());
        for line in text.lines() {
            writeln!(terminal, "{}", printable(line))?;
        }
    }
    Ok(Exit::of_check(report.is_clean()))
}

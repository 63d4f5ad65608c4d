//! `kvorum progress`.

use std::io::Write as _;
use std::path::Path;

use kvorum_quiz::{Bank, Progress, render_progress};

use crate::args::ProgressArgs;
use crate::exit::{Exit, Stop};
use crate::record;
use crate::terminal::Terminal;

/// Shows where the learner stands, as text or as one JSON object.
///
/// # Errors
/// [`Stop::Environment`] for a record that cannot be used.
pub fn progress(
    args: &ProgressArgs,
    db: Option<&Path>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let record = record::open_to_read(db)?;
    let bank = Bank::embedded().map_err(|error| record::refused(error.into()))?;
    if args.json {
        let progress = Progress::gather(&record, &bank).map_err(record::refused)?;
        writeln!(terminal, "{}", serde_json::json!(progress))?;
    } else {
        let colour = terminal.is_coloured();
        let text =
            render_progress(&record, &bank, terminal.columns(), colour).map_err(record::refused)?;
        write!(terminal, "{text}")?;
    }
    Ok(Exit::Done)
}

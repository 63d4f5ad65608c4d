//! `kvorum completions SHELL`.

use std::io::Write as _;

use crate::args::{CompletionsArgs, public_command};
use crate::exit::{Exit, Stop};
use crate::terminal::Terminal;

/// Prints the completion script of a shell.
///
/// # Errors
/// As any write.
pub fn completions(args: &CompletionsArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    // Generated into memory first, since the generator panics where a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut public_command(), "kvorum", &mut script);
    terminal.write_all(&script)?;
    Ok(Exit::Done)
}

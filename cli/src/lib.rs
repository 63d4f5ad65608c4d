//! # The `kvorum` command
//!
//! Arguments come in, an exit code goes out. The same function serves the binary and the command that
//! the Python package installs, so nothing here ends the process, and nothing panics because a reader
//! such as `head` has seen enough.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done, and every check held |
//! | 1 | an expectation or a check failed |
//! | 2 | the command line or an input makes no sense |
//! | 3 | the surroundings refuse: a port, a file, a record |
//! | 130 | interrupted |
//!
//! One file per subcommand; [`terminal`] is how they all speak, [`files`] how they all read and write.

pub mod args;
pub mod browser;
pub mod cheatsheet;
pub mod completions;
pub mod dispatch;
pub mod estimate;
pub mod exit;
pub mod files;
pub mod interrupt;
#[cfg(unix)]
pub mod keyboard;
pub mod learn;
pub mod man;
pub mod plan;
pub mod progress;
pub mod quiz;
pub mod record;
pub mod repl;
pub mod ring;
pub mod run;
pub mod session;
pub mod store;
pub mod terminal;
pub mod topology;
pub mod torture;
pub mod tour;
pub mod upkeep;
pub mod welcome;

use std::ffi::OsString;

use clap::Parser as _;

use crate::args::Args;
use crate::exit::{Exit, Stop};
use crate::terminal::Terminal;

/// Runs the command on `args`, the program's name first; returns the exit code.
///
/// ```
/// assert_eq!(kvorum_cli::run(["kvorum".into(), "completions".into(), "tcsh".into()]), 2);
/// ```
pub fn run<I: IntoIterator<Item = OsString>>(args: I) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(refusal) => return refuse(&refusal),
    };
    let mut terminal = Terminal::standard();
    let ending = dispatch::dispatch(&args, &mut terminal).and_then(|exit| {
        terminal.finish()?;
        Ok(exit)
    });
    match ending {
        Ok(exit) => exit.code(),
        Err(Stop::ReaderGone) => Exit::Done.code(),
        Err(stop) => {
            terminal.complain(&stop);
            stop.exit().code()
        }
    }
}

/// Prints what clap has to say: help and the version are answers, the rest is bad usage.
fn refuse(refusal: &clap::Error) -> u8 {
    // A reader that has gone away does not turn help into a failure.
    drop(refusal.print());
    if refusal.use_stderr() {
        Exit::Usage.code()
    } else {
        Exit::Done.code()
    }
}

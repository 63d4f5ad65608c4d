//! `kvorum cluster`: scenario lines typed into a cluster, one after the other. An error is told and the
//! cluster goes on.

mod completer;
mod help;
mod lines;

use std::io::Write as _;
use std::path::PathBuf;

use kvorum::script::{RunOptions, Session};

use crate::args::ClusterArgs;
use crate::exit::{Exit, Stop};
use crate::interrupt::Interrupt;
use crate::repl::lines::{Lines, Typed};
use crate::session::{show_answer, show_detail, show_failure, show_step};
use crate::terminal::{BAD, COMMAND, Terminal, printable};

/// The history's file name, beside the learner's record.
pub const HISTORY_FILE: &str = "cluster-history.txt";
/// What stands where a script's file name would.
const FILE: &str = "cluster";
/// What a line answers that Ctrl-C came into the middle of.
const CLOSED: &str = "error closed";
/// What is said then.
const STOPPED: &str = "stopped; the cluster stands where it was";

/// Reads lines until `exit` or the end of the input. Fails when a checked line failed and nobody
/// typed: a person saw it, a pipeline needs the exit code.
///
/// # Errors
/// [`Stop::Usage`] for settings that make no sense.
pub fn cluster(
    args: &ClusterArgs,
    history: Option<PathBuf>,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let typed = terminal.is_typed_into();
    // In a pipe Ctrl-C ends the process, as it ends whatever feeds it.
    let interrupt = if typed {
        Interrupt::listen()
    } else {
        Interrupt::default()
    };
    let mut session = Session::new(&RunOptions {
        stop: interrupt.switch(),
        ..RunOptions::default()
    });
    let first = first_line(args);
    let step = session
        .execute(FILE, 1, &first)
        .map_err(|error| Stop::Usage(error.message))?;
    if typed {
        greet(terminal)?;
    }
    if let Some(step) = &step {
        show_step(terminal, step)?;
    }
    let mut lines = Lines::open(typed, history, terminal)?;
    let mut held = true;
    let mut number = 1;
    loop {
        if let Some(cluster) = session.cluster() {
            lines.know(&cluster.nodes());
        }
        let line = match lines.next()? {
            Typed::Line(line) => line,
            Typed::Abandoned => continue,
            Typed::End => break,
        };
        number += 1;
        lines.keep(terminal);
        interrupt.forget();
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["exit" | "quit"] => break,
            ["help" | "?", topic @ ..] => help::help(terminal, topic.first().copied())?,
            _ => {
                let stop = typed.then_some(&interrupt);
                held &= execute(&mut session, number, &line, stop, terminal)?;
            }
        }
    }
    Ok(Exit::of_check(held || typed))
}

/// Executes a line and shows what happened; false when it could not be understood, did not hold or was
/// stopped. The Ctrl-C that stops it is there when somebody types.
fn execute(
    session: &mut Session,
    number: usize,
    line: &str,
    typed: Option<&Interrupt>,
    terminal: &mut Terminal,
) -> Result<bool, Stop> {
    let stopped = || typed.is_some_and(Interrupt::came);
    let typed = typed.is_some();
    match session.execute(FILE, number, line) {
        Ok(None) => Ok(true),
        Ok(Some(step)) if stopped() && step.printed == CLOSED => {
            writeln!(terminal, "{STOPPED}")?;
            Ok(false)
        }
        Ok(Some(step)) => {
            if typed {
                // The line stands above already, as it was typed.
                show_answer(terminal, &step, 0)?;
            } else {
                show_step(terminal, &step)?;
            }
            if !step.ok && step.expected.is_some() {
                show_failure(terminal, FILE, &step)?;
            }
            show_detail(terminal, &step)?;
            Ok(step.ok)
        }
        Err(error) => {
            let at = if typed {
                format!("column {}", error.column)
            } else {
                format!("{FILE}:{}:{}", error.line, error.column)
            };
            let message = printable(&error.message).into_owned();
            writeln!(terminal, "{BAD}{at}:{BAD:#} {message}")?;
            Ok(false)
        }
    }
}

/// The `cluster` line that the options stand for, shown so that the learner can write it next time.
fn first_line(args: &ClusterArgs) -> String {
    let replication = args.copies();
    let majority = replication / 2 + 1;
    format!(
        "cluster nodes={} replication={replication} read={} write={} seed={}",
        args.nodes,
        args.read.unwrap_or(majority),
        args.write.unwrap_or(majority),
        args.seed
    )
}

fn greet(terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.title("A simulated cluster, in this terminal")?;
    writeln!(
        terminal,
        "Type {COMMAND}help{COMMAND:#}, or try {COMMAND}put cart milk{COMMAND:#}, {COMMAND}kill n1{COMMAND:#}, {COMMAND}get cart{COMMAND:#}, {COMMAND}show ring{COMMAND:#}. Ctrl-D ends."
    )?;
    Ok(())
}

//! The scenario language: one small language for the command line, the book's labs, the quiz's predict
//! questions, regression tests and shrunk failures.
//!
//! ```text
//! line    = [ label ":" ] command [ "->" expected ] [ "#" comment ]
//! command = verb { word } { name=value } [ "via" node ]
//! word    = bare | "quoted, with \\n \\" \\\\ \\xNN"
//! ```
//!
//! A line's result is printed as it would be written after `->`: `ok`, `milk`, `eggs, milk` (siblings,
//! sorted), `(nothing)`, `error unavailable`, a number, a list. Every line is checked before the first one
//! runs. What the verbs are, [`VERBS`] says.

mod command;
mod expect;
mod lease;
mod nearest;
mod reshape;
mod send;
mod session;
mod show;
mod strike;
mod syntax;
#[cfg(test)]
mod tests;
pub mod torture;
mod values;
mod variables;
mod verbs;

use crate::base::limits::SCRIPT_BYTES_MAX;
use crate::base::stop::Stop;
use crate::blocking::Cluster;
use crate::draw::{SpacetimeOptions, spacetime_svg};
use crate::sim::trace::TraceKeep;

pub use nearest::nearest;
pub use session::Session;
pub use verbs::{VERBS, Verb};

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ScriptError {
    /// The file's name as given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What stood there, what was expected, and the nearest word that would do.
    pub message: String,
}

/// A picture that a `show` line made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, one line.
    pub title: String,
    /// A standalone SVG document.
    pub svg: String,
}

/// One executed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Line in the file, from 1.
    pub line: usize,
    /// The line as written, without its expectation and comment.
    pub source: String,
    /// The `label:` before it.
    pub label: Option<String>,
    /// What happened, as it would stand after `->`; may have several lines for `show`.
    pub printed: String,
    /// What stood after `->`.
    pub expected: Option<String>,
    /// False where `expected` differs from `printed`, or an `expect` failed.
    pub ok: bool,
    /// The error's text, where the line gave an error.
    pub detail: Option<String>,
    /// The picture of a `show` line.
    pub picture: Option<Picture>,
}

/// A whole run.
#[derive(Debug)]
pub struct Report {
    /// The executed lines, in order.
    pub steps: Vec<Step>,
    /// The cluster as it stood at the end: trace, placement, pictures.
    pub cluster: Cluster,
}

impl Report {
    /// True when every expectation held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.ok)
    }

    /// The hash of the trace: equal for equal runs, in every language.
    #[must_use]
    pub fn trace_hash(&self) -> String {
        self.cluster.trace_hash()
    }

    /// The space-time diagram of the run, a standalone SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        spacetime_svg(self.cluster.trace(), &SpacetimeOptions::default())
    }
}

/// Settings of a run from outside the script.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Replaces the seed of the script's `cluster` line.
    pub seed: Option<u64>,
    /// What the trace keeps: all its events, for pictures, or its hash alone.
    pub keep: TraceKeep,
    /// Closes the run's cluster from another thread: the lines left then end with `error closed`.
    pub stop: Stop,
}

/// Parses and runs a script. A line whose expectation fails does not stop it: see [`Step::ok`].
///
/// ```
/// use kvorum::script::{RunOptions, run};
///
/// let report = run("demo.kv", "cluster nodes=3 seed=1\nput cart milk\nget cart -> milk", &RunOptions::default())?;
/// assert!(report.passed());
/// # Ok::<(), kvorum::script::ScriptError>(())
/// ```
///
/// # Errors
/// [`ScriptError`] for a line that cannot be understood, before anything runs; and for one that waits for
/// a request, or uses a context, that no line before it made.
pub fn run(file: &str, text: &str, options: &RunOptions) -> Result<Report, ScriptError> {
    let text = check(file, text)?;
    let mut session = Session::new(options);
    let mut steps = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        steps.extend(session.execute(file, number, line)?);
    }
    let cluster = session
        .into_cluster()
        .map_err(|error| syntax::Place { file, line: 1 }.error(1, error.to_string()))?;
    Ok(Report { steps, cluster })
}

/// Understands every line of a script and runs none. Returns the lines, without the mark that some editors
/// begin a file with: what [`Session::execute`] takes one by one.
///
/// # Errors
/// [`ScriptError`] for the first line that cannot be understood, or a script over [`SCRIPT_BYTES_MAX`].
pub fn check<'a>(file: &str, text: &'a str) -> Result<&'a str, ScriptError> {
    let place = |line| syntax::Place { file, line };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > SCRIPT_BYTES_MAX {
        let message = format!(
            "a script of {} bytes, the limit is {SCRIPT_BYTES_MAX}",
            text.len()
        );
        return Err(place(1).error(1, message));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(line) = syntax::line(place(number), line)? {
            command::command(place(number), &line)?;
        }
    }
    Ok(text)
}

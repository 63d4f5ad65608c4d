//! The scenario language: one small language for the command line, the book's labs, the quiz's predict
//! questions, regression tests and shrunk failures.

use crate::blocking::Cluster;

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

#[expect(clippy::todo)]
impl Report {
    /// True when every expectation held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.ok)
    }
    /// The hash of the trace: equal for equal runs, in every language.
    #[must_use]
    pub fn trace_hash(&self) -> String {
        todo!()
    }
    /// The space-time diagram of the run, a standalone SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        todo!()
    }
}

/// Settings of a run from outside the script.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Replaces the seed of the script's `cluster` line.
    pub seed: Option<u64>,
}

/// Parses and runs a script. A line whose expectation fails does not stop it: see [`Step::ok`].
///
/// # Errors
/// [`ScriptError`] for a line that cannot be understood, before anything runs.
#[expect(clippy::todo, unused_variables)]
pub fn run(file: &str, text: &str, options: &RunOptions) -> Result<Report, ScriptError> {
    todo!()
}

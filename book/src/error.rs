//! What can go wrong when the book is built or served.

use std::io;
use std::path::PathBuf;

/// What went wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// A page asks for something that is wrong: a directive, a lab, an expectation. Nothing was written.
    #[error("{file}:{line}: {message}")]
    Page {
        /// The file as a path from the book's folder, or a lesson's path.
        file: String,
        /// Line in that file, from 1.
        line: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// mdBook could not load or render the book.
    #[error("{0}")]
    Render(String),
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another program listens on the port. Nothing was served.
    #[error(
        "port {port} is in use: stop what listens there, or choose another with --port (0 takes any free one)"
    )]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The server could not start or stopped by itself.
    #[error("the book's server: {0}")]
    Server(#[source] io::Error),
    /// The learner's record could not be opened or written.
    #[error("the learner's record: {0}")]
    Record(String),
    /// The questions inside this program do not read: a mistake of ours.
    #[error("the question bank: {0}")]
    Bank(String),
    /// Standard input was not what mdBook sends to a preprocessor.
    #[error("this is the side of kvorum that mdBook calls, and what came in is not a book: {0}")]
    Protocol(String),
}

impl BookError {
    /// Our own error out of mdBook's, or mdBook's with its causes.
    pub(crate) fn from_mdbook(error: mdbook_preprocessor::errors::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(other) => Self::Render(format!("{other:#}")),
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            path: path.into(),
            source,
        }
    }
}

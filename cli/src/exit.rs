//! How a command ends: the exit codes, and the errors that lead to them.

use std::io;

/// The exit codes. `--help` and the manual page document them in the words of [`EXIT_CODES_HELP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and every check held.
    Done,
    /// An expectation or a check failed.
    Failed,
    /// The command line or an input makes no sense.
    Usage,
    /// The surroundings refuse: a port in use, a damaged record, a file that cannot be written.
    Environment,
    /// Interrupted from the keyboard.
    Interrupted,
}

/// What `--help` says about exit codes.
pub const EXIT_CODES_HELP: &str = "\
Exit codes:
  0    done, and every check held
  1    an expectation or a check failed
  2    the command line or an input makes no sense (script, option, value)
  3    the surroundings refuse (port in use, damaged record, unwritable file)
  130  interrupted";

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Interrupted => 130,
        }
    }

    /// [`Exit::Done`] when what was checked held.
    #[must_use]
    pub fn of_check(held: bool) -> Self {
        if held { Self::Done } else { Self::Failed }
    }
}

/// Why a command stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Whoever read the output went away, as `head` does. Not a failure.
    #[error("nobody reads the output any more")]
    ReaderGone,
    /// The command line or an input makes no sense. The text says what would.
    #[error("{0}")]
    Usage(String),
    /// The surroundings refuse. The text says what to do.
    #[error("{0}")]
    Environment(String),
    /// Interrupted from the keyboard.
    #[error("interrupted")]
    Interrupted,
}

impl Stop {
    /// The exit code that this ends with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::ReaderGone => Exit::Done,
            Self::Usage(_) => Exit::Usage,
            Self::Environment(_) => Exit::Environment,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// An error while printing. Errors of named files are turned into a [`Stop`] where the name is known.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            io::ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Environment(format!("cannot print: {error}")),
        }
    }
}

/// A setting that the engine refuses is bad usage.
impl From<kvorum::Error> for Stop {
    fn from(error: kvorum::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

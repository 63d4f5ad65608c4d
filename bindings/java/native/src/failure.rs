//! Why an operation did not succeed, as Java is told: a status and a text.

use kvorum::{Code, Error};

/// The status of an answer that is no failure.
pub(crate) const STATUS_OK: u8 = 0;
/// The status of a check that found a fault; the engine's own codes lie below.
pub(crate) const STATUS_CHECK_FAILED: u8 = 254;
/// The status of a bug.
pub(crate) const STATUS_INTERNAL: u8 = 255;

/// A failure on its way to Java.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The engine's [`Code`] as a number, or one of the constants above.
    pub(crate) status: u8,
    /// What happened, for a person.
    pub(crate) text: String,
}

impl Failure {
    /// A bug of this crate or the engine.
    pub(crate) fn internal(text: impl Into<String>) -> Self {
        Self {
            status: STATUS_INTERNAL,
            text: format!("internal: {}", text.into()),
        }
    }

    /// A cluster that a bug left half way.
    pub(crate) fn failed_earlier() -> Self {
        Self {
            status: status_of(Code::Closed),
            text: "closed: an earlier call on this cluster hit a bug, so its state is unknown: start a new one"
                .to_owned(),
        }
    }

    /// A check that found a fault in the cluster.
    pub(crate) fn check(text: String) -> Self {
        Self {
            status: STATUS_CHECK_FAILED,
            text,
        }
    }

    /// An argument that makes no sense; the text says what would.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Error::invalid(text).into()
    }
}

/// The status byte of a code.
pub(crate) fn status_of(code: Code) -> u8 {
    code as u8
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            status: status_of(error.code()),
            text: error.to_string(),
        }
    }
}

//! What can be wrong with the bank's files. The bank is checked whole before a question is asked.

/// A mistake in a bank file: where it is, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BankError {
    /// The file is not TOML, or a field is missing, misspelt or of the wrong type.
    #[error("{file}: {message}")]
    File {
        /// The file.
        file: String,
        /// What the TOML reader says, with its line.
        message: String,
    },
    /// A field's content breaks a rule.
    #[error("{file}: question {number} ({id}), field '{field}': {message}")]
    Field {
        /// The file.
        file: String,
        /// The question's place in the file, from 1.
        number: usize,
        /// Its id.
        id: String,
        /// The field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// A field of a poll breaks a rule.
    #[error("{file}: poll {number} ({id}), field '{field}': {message}")]
    Poll {
        /// The file.
        file: String,
        /// The poll's place in the file, from 1.
        number: usize,
        /// Its id.
        id: String,
        /// The field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
}

//! One error tree for every face. A variant says what happened, whether the request may have taken
//! effect, and whether a retry helps; Python and Java see the same tree under the same names.

/// What an operation of the store returns.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Too few replicas could be reached, and nothing was sent that could change one.
    ///
    /// State: unchanged. Retry: helps once the fault has passed, or through another node.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// Who was asked and who answered.
        detail: String,
    },
    /// A write ran out of time before enough replicas acknowledged it. It may live on: some replicas may
    /// hold it, and repair may spread it.
    ///
    /// State: unknown. Retry: safe only for a write that may be applied twice.
    #[error("ambiguous: {detail}")]
    Ambiguous {
        /// How many acknowledgements came, of how many needed.
        detail: String,
    },
    /// A conditional write found another version than the one it named.
    ///
    /// State: unchanged. Retry: after a fresh read.
    #[error("conflict: {detail}")]
    Conflict {
        /// What stood there.
        detail: String,
    },
    /// An argument is larger than its limit in [`crate::base::limits`].
    ///
    /// State: unchanged. Retry: does not help.
    #[error("too large: {what} has {actual} bytes, the limit is {limit}")]
    TooLarge {
        /// Which argument.
        what: &'static str,
        /// Its size, in bytes unless `what` says otherwise.
        actual: usize,
        /// The limit, in the same unit.
        limit: usize,
    },
    /// A bounded queue or table is full.
    ///
    /// State: unchanged. Retry: helps later, after backing off.
    #[error("overloaded: {detail}")]
    Overloaded {
        /// Which queue, and its limit.
        detail: String,
    },
    /// Stored bytes fail their checksum or make no sense.
    ///
    /// State: the damaged bytes are kept for inspection. Retry: does not help on this node.
    #[error("corruption: {detail}")]
    Corruption {
        /// Which file, which offset, what was expected.
        detail: String,
    },
    /// The cluster or store has been closed.
    ///
    /// State: unchanged. Retry: does not help.
    #[error("closed: open a new one first")]
    Closed,
    /// An argument makes no sense. The text says what would.
    ///
    /// State: unchanged. Retry: does not help.
    #[error("invalid argument: {detail}")]
    InvalidArgument {
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// The disk failed. What it holds of the latest writes is unknown.
    ///
    /// State: a write in flight may or may not survive; the store reads on, and refuses writes until it is
    /// opened again. Retry: does not help.
    #[error("io: {detail}")]
    Io {
        /// Which file, which operation, what the system said.
        detail: String,
    },
    /// The disk has no room left.
    ///
    /// State: unchanged, and reads go on. Retry: helps once space is freed.
    #[error("disk full: {detail}")]
    DiskFull {
        /// Which file, which operation.
        detail: String,
    },
}

/// The stable name of an error's kind, the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// See [`Error::Unavailable`].
    Unavailable = 1,
    /// See [`Error::Ambiguous`].
    Ambiguous = 2,
    /// See [`Error::Conflict`].
    Conflict = 3,
    /// See [`Error::TooLarge`].
    TooLarge = 4,
    /// See [`Error::Overloaded`].
    Overloaded = 5,
    /// See [`Error::Corruption`].
    Corruption = 6,
    /// See [`Error::Closed`].
    Closed = 7,
    /// See [`Error::InvalidArgument`].
    InvalidArgument = 8,
    /// See [`Error::Io`].
    Io = 9,
    /// See [`Error::DiskFull`].
    DiskFull = 10,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Unavailable,
        Self::Ambiguous,
        Self::Conflict,
        Self::TooLarge,
        Self::Overloaded,
        Self::Corruption,
        Self::Closed,
        Self::InvalidArgument,
        Self::Io,
        Self::DiskFull,
    ];

    /// The name in scripts: `-> error unavailable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Ambiguous => "ambiguous",
            Self::Conflict => "conflict",
            Self::TooLarge => "too-large",
            Self::Overloaded => "overloaded",
            Self::Corruption => "corruption",
            Self::Closed => "closed",
            Self::InvalidArgument => "invalid-argument",
            Self::Io => "io",
            Self::DiskFull => "disk-full",
        }
    }

    /// The name of the class in Python and Java (`TooLarge`; a Java class adds `Exception`).
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Unavailable => "Unavailable",
            Self::Ambiguous => "Ambiguous",
            Self::Conflict => "Conflict",
            Self::TooLarge => "TooLarge",
            Self::Overloaded => "Overloaded",
            Self::Corruption => "Corruption",
            Self::Closed => "Closed",
            Self::InvalidArgument => "InvalidArgument",
            Self::Io => "Io",
            Self::DiskFull => "DiskFull",
        }
    }

    /// True where the same request may succeed later.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::Ambiguous | Self::Overloaded | Self::DiskFull
        )
    }
}

impl Error {
    /// The kind of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Ambiguous { .. } => Code::Ambiguous,
            Self::Conflict { .. } => Code::Conflict,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Overloaded { .. } => Code::Overloaded,
            Self::Corruption { .. } => Code::Corruption,
            Self::Closed => Code::Closed,
            Self::InvalidArgument { .. } => Code::InvalidArgument,
            Self::Io { .. } => Code::Io,
            Self::DiskFull { .. } => Code::DiskFull,
        }
    }

    /// An [`Error::InvalidArgument`] from a text.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::InvalidArgument {
            detail: detail.into(),
        }
    }

    /// An [`Error::Corruption`] from a text.
    pub fn corruption(detail: impl Into<String>) -> Self {
        Self::Corruption {
            detail: detail.into(),
        }
    }

    /// An [`Error::Io`] from a text.
    pub fn io(detail: impl Into<String>) -> Self {
        Self::Io {
            detail: detail.into(),
        }
    }

    /// An [`Error::DiskFull`] from a text.
    pub fn disk_full(detail: impl Into<String>) -> Self {
        Self::DiskFull {
            detail: detail.into(),
        }
    }
}

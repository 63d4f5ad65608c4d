//! A say of the application in what compaction keeps.

/// What a [`CompactionFilter`] makes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays.
    Keep,
    /// It goes, as if deleted when it was written.
    Remove,
    /// It becomes this value, with the same deadline.
    Replace(Vec<u8>),
}

/// Looks at values while a compaction rewrites them: to drop what the application no longer needs, or to bring
/// it into a new form. It sees the newest version of a key, and only once no snapshot sees that version. How often
/// and when it sees a value is up to the compactions, so its answer must not depend on that.
pub trait CompactionFilter: core::fmt::Debug + Send + Sync {
    /// What becomes of `value`, which is on its way to `level`.
    fn filter(&self, level: u8, key: &[u8], value: &[u8]) -> Decision;
}

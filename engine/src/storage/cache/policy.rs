//! Which block leaves next.

/// How the cache chooses the block that makes room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CachePolicy {
    /// Second chance: a hand goes round the slots and takes the first that nobody has asked for since it
    /// last passed (Corbato, "A Paging Experiment with the Multics System", 1968).
    #[default]
    Clock,
}
